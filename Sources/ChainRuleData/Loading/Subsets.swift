public import ChainRule

/// Some samples of a dataset, in an order of their own.
public struct Subset<Base: Dataset>: Dataset {
  /// The whole set.
  public let dataset: Base
  /// Which samples of it, in this order.
  public let indices: [Int]

  /// The samples of `dataset` at `indices`.
  public init(_ dataset: Base, indices: [Int]) {
    self.dataset = dataset
    self.indices = indices
  }

  /// The number of indices.
  public var count: Int { indices.count }

  /// The samples at these places of `indices`.
  public func loadBatch(at indices: [Int]) throws -> Base.Batch {
    try dataset.loadBatch(at: indices.map { try dataset.checked(self.indices[checked($0)]) })
  }

  /// The same; what cannot be had ends the program with its error's sentence.
  public func batch(at indices: [Int]) -> Base.Batch { unthrowing { try loadBatch(at: indices) } }
}

extension Subset: SampleDataset where Base: SampleDataset {
  /// The sample at `indices[index]` of the whole set.
  public subscript(index: Int) -> Base.Sample { get throws { try dataset[indices[checked(index)]] } }

  /// As the whole set does.
  public func collate(_ samples: [Base.Sample]) throws -> Base.Batch { try dataset.collate(samples) }
}

/// Datasets of one kind, one after the other.
public struct ConcatDataset<Base: SampleDataset>: SampleDataset {
  /// The parts.
  public let datasets: [Base]
  /// How many samples there are up to the end of each part.
  public let cumulativeSizes: [Int]

  /// The samples of all `datasets`, in their order.
  public init(_ datasets: [Base]) {
    self.datasets = datasets
    var sum = 0
    cumulativeSizes = datasets.map { part in
      sum += part.count
      return sum
    }
    if datasets.isEmpty {
      refuse(
        TensorError(
          .argument, "datasets should not be an empty iterable", hint: "Give it at least one dataset.", operation: "ConcatDataset"))
    }
  }

  /// The samples of all parts.
  public var count: Int { cumulativeSizes.last ?? 0 }

  /// The part that has a sample, and its number there.
  private func place(_ index: Int) throws -> (part: Int, index: Int) {
    let i = try checked(index)
    var low = 0, high = cumulativeSizes.count - 1
    while low < high {
      let middle = (low + high) / 2
      if i < cumulativeSizes[middle] { high = middle } else { low = middle + 1 }
    }
    return (low, low == 0 ? i : i - cumulativeSizes[low - 1])
  }

  /// The sample of this number.
  public subscript(index: Int) -> Base.Sample {
    get throws {
      let (part, i) = try place(index)
      return try datasets[part][i]
    }
  }

  /// The samples at `indices`: by the part that has them all, or else one by one.
  public func loadBatch(at indices: [Int]) throws -> Base.Batch {
    let places = try indices.map(place)
    if let part = places.first?.part, places.allSatisfy({ $0.part == part }) {
      return try datasets[part].loadBatch(at: places.map(\.index))
    }
    return try collate(places.map { try datasets[$0.part][$0.index] })
  }

  /// As the first part does.
  public func collate(_ samples: [Base.Sample]) throws -> Base.Batch {
    guard let first = datasets.first else { throw TensorError(.argument, "no datasets", hint: "Give it one.", operation: "ConcatDataset") }
    return try first.collate(samples)
  }
}

/// Two datasets side by side: sample i is sample i of both.
public struct StackDataset<First: Dataset, Second: Dataset>: Dataset {
  /// What gives the first half of a sample.
  public let first: First
  /// What gives the second half of a sample.
  public let second: Second

  /// Pairs of the samples of two datasets of equal length; a third one is paired with the pair.
  public init(_ first: First, _ second: Second) {
    self.first = first
    self.second = second
    if first.count != second.count {
      refuse(
        TensorError(
          .argument, "Size mismatch between datasets", hint: "One has \(first.count) samples, the other \(second.count).",
          operation: "StackDataset"))
    }
  }

  /// The number of samples of either.
  public var count: Int { Swift.min(first.count, second.count) }

  /// The samples at `indices` of both.
  public func loadBatch(at indices: [Int]) throws -> (First.Batch, Second.Batch) {
    try (first.loadBatch(at: indices), second.loadBatch(at: indices))
  }

  /// The same; what cannot be had ends the program with its error's sentence.
  public func batch(at indices: [Int]) -> (First.Batch, Second.Batch) { unthrowing { try loadBatch(at: indices) } }
}

extension StackDataset: SampleDataset where First: SampleDataset, Second: SampleDataset {
  /// The samples of this number.
  public subscript(index: Int) -> (First.Sample, Second.Sample) { get throws { try (first[index], second[index]) } }

  /// Each half as its dataset does.
  public func collate(_ samples: [(First.Sample, Second.Sample)]) throws -> (First.Batch, Second.Batch) {
    try (first.collate(samples.map(\.0)), second.collate(samples.map(\.1)))
  }
}

/// A dataset whose samples are changed as they are asked for.
public struct MappedDataset<Base: SampleDataset, Sample: Sendable, Batch: Sendable>: SampleDataset {
  /// What the samples are made of.
  public let dataset: Base
  private let transform: @Sendable (Base.Sample) throws -> Sample
  private let together: @Sendable ([Sample]) throws -> Batch

  /// The samples of `dataset`, each passed through `transform`; `collate` puts them together.
  public init(
    _ dataset: Base, _ transform: @escaping @Sendable (Base.Sample) throws -> Sample,
    collate: @escaping @Sendable ([Sample]) throws -> Batch
  ) {
    self.dataset = dataset
    self.transform = transform
    together = collate
  }

  /// The number of samples, which does not change.
  public var count: Int { dataset.count }

  /// The changed sample.
  public subscript(index: Int) -> Sample { get throws { try transform(dataset[index]) } }

  /// By the closure given.
  public func collate(_ samples: [Sample]) throws -> Batch { try together(samples) }
}

extension SampleDataset {
  /// This set with every sample passed through `transform`.
  ///
  ///     let augmented = images.map({ (image, label) in (flip(image), label) }, collate: defaultCollate)
  public func map<Output, Together>(
    _ transform: @escaping @Sendable (Sample) throws -> Output, collate: @escaping @Sendable ([Output]) throws -> Together
  ) -> MappedDataset<Self, Output, Together> {
    MappedDataset(self, transform, collate: collate)
  }

  /// This set with every sample passed through `transform`, a tensor and a class number.
  public func map(_ transform: @escaping @Sendable (Sample) throws -> (Tensor, Int)) -> MappedDataset<Self, (Tensor, Int), (Tensor, Tensor)>
  {
    MappedDataset(self, transform) { try defaultCollate($0) }
  }

  /// This set with every sample passed through `transform`, two tensors.
  public func map(
    _ transform: @escaping @Sendable (Sample) throws -> (Tensor, Tensor)
  ) -> MappedDataset<Self, (Tensor, Tensor), (Tensor, Tensor)> {
    MappedDataset(self, transform) { try defaultCollate($0) }
  }
}

/// Cuts a dataset at random into parts of these lengths: `torch.utils.data.random_split`'s parts for the same seed.
///
///     let parts = randomSplit(dataset, lengths: [50_000, 10_000], generator: Generator(seed: 42))
public func randomSplit<D: Dataset>(_ dataset: D, lengths: [Int], generator: ChainRule.Generator? = nil) -> [Subset<D>] {
  var sum = 0, isWhole = true
  for length in lengths {
    let (next, overflow) = sum.addingReportingOverflow(length)
    isWhole = isWhole && length >= 0 && !overflow
    sum = next
  }
  guard isWhole, sum == dataset.count else {
    refuse(
      TensorError(
        .argument, "Sum of input lengths does not equal the length of the input dataset!",
        hint: "The lengths are \(shapeText(lengths)), the dataset has \(dataset.count) samples.", operation: "random_split"))
    return []
  }
  let order = Tensor.randperm(sum, generator: generator).array(of: Int.self)
  if isErrorPending { return [] }
  var start = 0
  return lengths.map { length in
    defer { start += length }
    return Subset(dataset, indices: Array(order[start..<start + length]))
  }
}

/// Cuts a dataset at random into parts of these shares, which add up to 1; what is left by rounding down goes to the parts in turn.
public func randomSplit<D: Dataset>(_ dataset: D, fractions: [Double], generator: ChainRule.Generator? = nil) -> [Subset<D>] {
  let sum = fractions.reduce(0, +)
  guard fractions.allSatisfy({ $0 >= 0 && $0 <= 1 }), abs(sum - 1) <= 1e-9 else {
    refuse(
      TensorError(
        .argument, "Sum of input lengths does not equal the length of the input dataset!",
        hint: "The fractions add up to \(sum), not to 1.",
        operation: "random_split"))
    return []
  }
  var lengths = fractions.map { Int(Double(dataset.count) * $0) }
  let rest = dataset.count - lengths.reduce(0, +)
  for i in 0..<Swift.max(rest, 0) { lengths[i % lengths.count] += 1 }
  return randomSplit(dataset, lengths: lengths, generator: generator)
}

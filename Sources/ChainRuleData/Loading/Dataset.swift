public import ChainRule

/// Samples that can be asked for by number, a batch at a time.
///
/// A set that can give single samples is a `SampleDataset`; subsets, mixtures and transforms are made of those.
public protocol Dataset<Batch>: Sendable {
  /// What a batch is: usually inputs and targets.
  associatedtype Batch: Sendable
  /// The number of samples.
  var count: Int { get }
  /// The samples at `indices`, stacked along dimension 0.
  func batch(at indices: [Int]) -> Batch
  /// The same for sets whose samples may be missing or damaged; by default `batch(at:)`.
  func loadBatch(at indices: [Int]) throws -> Batch
}

extension Dataset {
  /// The samples at `indices`, by `batch(at:)`.
  public func loadBatch(at indices: [Int]) throws -> Batch { batch(at: indices) }

  /// `index`, where there is a sample of this number.
  ///
  /// - Throws: `TensorError` where there is none.
  func checked(_ index: Int) throws -> Int {
    guard index >= 0, index < count else {
      throw TensorError(
        .index, "index \(index) is out of range", hint: "There are \(count) samples, counted from 0.", operation: "\(Self.self)")
    }
    return index
  }
}

/// The value of `body`; an error ends the program with its sentence.
func unthrowing<R>(_ body: () throws -> R) -> R {
  do {
    return try body()
  } catch {
    refuseBatch(error)
    fatalError("\(error)")
  }
}

/// A set that gives single samples: it says how many there are and makes each.
///
///     struct Squares: SampleDataset {
///       let count = 100
///       subscript(i: Int) -> (Tensor, Tensor) { (Tensor([Double(i)]), Tensor([Double(i * i)])) }
///     }
///     for (x, y) in DataLoader(Squares(), batchSize: 10, shuffle: true) { ... }   // x and y: [10, 1]
///
/// Samples of tensors, pairs of tensors, tensors with a class number, lists and dictionaries of tensors are put together by
/// `defaultCollate`; for others the set has a `collate(_:)` of its own.
public protocol SampleDataset<Batch>: Dataset {
  /// What is asked for by one number.
  associatedtype Sample: Sendable
  /// What `collate(_:)` makes of samples.
  associatedtype Batch
  /// The sample of this number, from 0 on.
  subscript(index: Int) -> Sample { get throws }
  /// Samples as one batch.
  func collate(_ samples: [Sample]) throws -> Batch
}

extension SampleDataset {
  /// The samples at `indices`, put together.
  ///
  /// - Throws: what the subscript or `collate(_:)` throws.
  public func loadBatch(at indices: [Int]) throws -> Batch { try collate(indices.map { try self[$0] }) }

  /// The samples at `indices`, put together; one that cannot be had ends the program with its error's sentence. `loadBatch(at:)` throws it.
  public func batch(at indices: [Int]) -> Batch { unthrowing { try loadBatch(at: indices) } }
}

/// Inputs and targets of equal length, in memory.
///
///     for (x, y) in DataLoader(TensorDataset(inputs, targets), batchSize: 64, shuffle: true) { ... }
public struct TensorDataset: SampleDataset {
  /// One row for each sample.
  public let inputs: Tensor
  /// One row for each sample.
  public let targets: Tensor

  /// A dataset whose sample i is row i of both tensors.
  public init(_ inputs: Tensor, _ targets: Tensor) {
    self.inputs = inputs
    self.targets = targets
    checkRows([inputs, targets], "TensorDataset")
  }

  /// The number of rows.
  public var count: Int { inputs.shape.first ?? 0 }

  /// Row `index` of both tensors.
  public subscript(index: Int) -> (Tensor, Tensor) {
    get throws {
      let i = try checked(index)
      return (inputs[i], targets[i])
    }
  }

  /// The same as `batch(at:)`; tensors in memory are never missing.
  public func loadBatch(at indices: [Int]) -> (Tensor, Tensor) { batch(at: indices) }

  /// The rows at `indices` of both tensors.
  public func batch(at indices: [Int]) -> (Tensor, Tensor) {
    let index = Tensor(indices)
    return (inputs.indexSelect(dim: 0, index: index), targets.indexSelect(dim: 0, index: index))
  }
}

/// Any number of tensors of equal length, in memory.
///
///     for rows in DataLoader(TensorsDataset(images, labels, weights), batchSize: 64) { ... }   // rows: three tensors
public struct TensorsDataset: SampleDataset {
  /// One row of each for each sample.
  public let tensors: [Tensor]

  /// A dataset whose sample i is row i of all tensors.
  public init(_ tensors: Tensor...) { self.init(tensors) }

  /// A dataset whose sample i is row i of all tensors.
  public init(_ tensors: [Tensor]) {
    self.tensors = tensors
    checkRows(tensors, "TensorsDataset")
  }

  /// The number of rows.
  public var count: Int { tensors.first?.shape.first ?? 0 }

  /// Row `index` of all tensors.
  public subscript(index: Int) -> [Tensor] {
    get throws {
      let i = try checked(index)
      return tensors.map { $0[i] }
    }
  }

  /// The same as `batch(at:)`; tensors in memory are never missing.
  public func loadBatch(at indices: [Int]) -> [Tensor] { batch(at: indices) }

  /// The rows at `indices` of all tensors.
  public func batch(at indices: [Int]) -> [Tensor] {
    let index = Tensor(indices)
    return tensors.map { $0.indexSelect(dim: 0, index: index) }
  }
}

private func checkRows(_ tensors: [Tensor], _ operation: String) {
  guard let first = tensors.first, first.rank > 0, tensors.allSatisfy({ $0.rank > 0 && $0.shape[0] == first.shape[0] }) else {
    return refuse(
      TensorError(
        .shape, "Size mismatch between tensors", hint: "All tensors have one row for each sample.", operation: operation,
        shapes: tensors.map(\.shape)))
  }
}

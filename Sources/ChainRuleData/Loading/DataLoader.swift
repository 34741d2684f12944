public import ChainRule

/// Batches of a dataset, in order or shuffled, epoch after epoch.
///
/// The shuffled order is PyTorch's for the same seed: each epoch draws a number for the loader and one that seeds the
/// epoch's permutation; with a generator of its own it draws one number and permutes with that generator.
public struct DataLoader<D: Dataset>: Sequence {
  private let dataset: D
  private let batchSize: Int
  private let shuffle: Bool
  private let dropLast: Bool
  private let generator: ChainRule.Generator?

  /// Batches of `dataset`.
  ///
  /// - Parameters:
  ///   - dataset: the samples.
  ///   - batchSize: samples in a batch; the last may have fewer.
  ///   - shuffle: whether each epoch has a new random order.
  ///   - dropLast: whether a last batch of fewer samples is left out.
  ///   - generator: the source of the order; by default the process-wide one.
  public init(_ dataset: D, batchSize: Int = 1, shuffle: Bool = false, dropLast: Bool = false, generator: ChainRule.Generator? = nil) {
    self.dataset = dataset
    self.batchSize = Swift.max(batchSize, 1)
    self.shuffle = shuffle
    self.dropLast = dropLast
    self.generator = generator
    if batchSize < 1 {
      refuse(
        TensorError(
          .argument, "batch_size should be a positive integer value, but got batch_size=\(batchSize)",
          mend: "A batch has at least one sample.", operation: "DataLoader"))
    }
  }

  /// The number of batches in an epoch.
  public var batchCount: Int {
    dropLast ? dataset.count / batchSize : (dataset.count + batchSize - 1) / batchSize
  }

  /// An epoch: draws its order now.
  public func makeIterator() -> Iterator { Iterator(self, order: order()) }

  private func order() -> [Int] {
    // The loader's own draw, for the seeds of its workers, comes first whether or not the order is random.
    _ = (generator ?? ChainRule.Generator.default).nextSeed()
    guard shuffle else { return Array(0..<dataset.count) }
    let source = generator ?? ChainRule.Generator(seed: ChainRule.Generator.default.nextSeed())
    return Tensor.randperm(dataset.count, generator: source).array(of: Int.self)
  }

  /// The batches of one epoch.
  public struct Iterator: IteratorProtocol {
    private let loader: DataLoader
    private let order: [Int]
    private var start = 0

    fileprivate init(_ loader: DataLoader, order: [Int]) {
      self.loader = loader
      self.order = order
    }

    /// The next batch, nil at the end of the epoch.
    public mutating func next() -> D.Batch? {
      let end = Swift.min(start + loader.batchSize, order.count)
      guard start < end, !loader.dropLast || end - start == loader.batchSize else { return nil }
      defer { start = end }
      return loader.dataset.batch(at: Array(order[start..<end]))
    }
  }
}

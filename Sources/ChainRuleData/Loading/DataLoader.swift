public import ChainRule

/// Batches of a dataset, in order or shuffled, epoch after epoch.
///
///     for (x, y) in DataLoader(dataset, batchSize: 64, shuffle: true, workers: 2) { ... }
///
/// The shuffled order is PyTorch's for the same seed: each epoch draws a number for the loader and one that seeds the
/// epoch's permutation; with a generator of its own it draws one number and permutes with that generator, once more when the
/// samples are used up (PyTorch's sampler asks for the rest of a next round, which is empty). With workers, threads
/// prepare batches ahead of the loop; order and contents are the same, and leaving the loop early ends them.
public struct DataLoader<D: Dataset>: Sequence {
  private let dataset: D
  private let batchSize: Int
  private let shuffle: Bool
  private let dropLast: Bool
  private let workers: Int
  private let prefetch: Int
  private let generator: ChainRule.Generator?

  /// Batches of `dataset`.
  ///
  /// - Parameters:
  ///   - dataset: the samples.
  ///   - batchSize: samples in a batch; the last may have fewer.
  ///   - shuffle: whether each epoch has a new random order.
  ///   - dropLast: whether a last batch of fewer samples is left out.
  ///   - workers: threads that prepare batches ahead; with 0 the loop prepares its own.
  ///   - prefetch: how many batches each worker may be ahead.
  ///   - generator: the source of the order; by default the process-wide one.
  public init(
    _ dataset: D, batchSize: Int = 1, shuffle: Bool = false, dropLast: Bool = false, workers: Int = 0, prefetch: Int = 2,
    generator: ChainRule.Generator? = nil
  ) {
    self.dataset = dataset
    self.batchSize = Swift.max(batchSize, 1)
    self.shuffle = shuffle
    self.dropLast = dropLast
    self.workers = Swift.max(workers, 0)
    self.prefetch = Swift.max(prefetch, 1)
    self.generator = generator
    if batchSize < 1 {
      refuse("batch_size should be a positive integer value, but got batch_size=\(batchSize)", "A batch has at least one sample.")
    }
    if workers < 0 {
      refuse(
        "num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.", "Use 0 to prepare batches in the loop.")
    }
    if prefetch < 1 { refuse("prefetch_factor option should be positive, but got \(prefetch)", "Use workers: 0 for no batches ahead.") }
  }

  private func refuse(_ message: String, _ hint: String) {
    ChainRule.refuse(TensorError(.argument, message, hint: hint, operation: "DataLoader"))
  }

  /// The number of batches in an epoch.
  public var batchCount: Int {
    dataset.count / batchSize + (dropLast || dataset.count % batchSize == 0 ? 0 : 1)
  }

  /// An epoch: draws its order now.
  public func makeIterator() -> Iterator { iterator(from: 0) }

  /// An epoch without its first `start` batches: draws the order of the whole epoch now.
  public func epoch(from start: Int) -> IteratorSequence<Iterator> { IteratorSequence(iterator(from: Swift.max(start, 0))) }

  private func iterator(from start: Int) -> Iterator {
    let order = order(), size = batchSize, count = dataset.count, dataset = dataset
    let (ahead, overflow) = workers.multipliedReportingOverflow(by: prefetch)
    var iterator = Iterator(next: start, count: isErrorPending ? 0 : batchCount, workers: workers, ahead: overflow ? .max : ahead) { i in
      let samples = i * size..<Swift.min((i + 1) * size, count)
      return dataset.batch(at: order.map { Array($0[samples]) } ?? Array(samples))
    }
    if shuffle, let generator { iterator.drawAtEnd(count, generator, atLastBatch: !dropLast && count % size != 0) }
    return iterator
  }

  /// The samples in the order of this epoch; nil where it is their own.
  private func order() -> [Int]? {
    // The loader's own draw, for the seeds of its workers, comes first whether or not the order is random.
    _ = (generator ?? ChainRule.Generator.default).nextSeed()
    guard shuffle else { return nil }
    let source = generator ?? ChainRule.Generator(seed: ChainRule.Generator.default.nextSeed())
    return Tensor.randperm(dataset.count, generator: source).array(of: Int.self)
  }

  /// The batches of one epoch.
  public struct Iterator: IteratorProtocol {
    private var position: Int
    private let count: Int
    private let make: @Sendable (Int) -> D.Batch
    private let prefetcher: Prefetcher<D.Batch>?
    private var lastDraw: (() -> Void)?
    private var drawsAtLastBatch = false

    fileprivate init(next: Int, count: Int, workers: Int, ahead: Int, _ make: @escaping @Sendable (Int) -> D.Batch) {
      position = next
      self.count = count
      self.make = make
      prefetcher = workers > 0 && next < count ? Prefetcher(next..<count, workers: workers, ahead: ahead, make) : nil
    }

    fileprivate mutating func drawAtEnd(_ samples: Int, _ generator: ChainRule.Generator, atLastBatch: Bool) {
      lastDraw = { _ = Tensor.randperm(samples, generator: generator) }
      drawsAtLastBatch = atLastBatch
    }

    /// The next batch, nil at the end of the epoch. An operation that failed in a worker fails here.
    public mutating func next() -> D.Batch? {
      guard position < count, !isErrorPending else {
        lastDraw.take()?()
        return nil
      }
      position += 1
      if position == count, drawsAtLastBatch { lastDraw.take()?() }
      guard let prefetcher else { return make(position - 1) }
      switch prefetcher.next() {
      case .success(let batch): return batch
      case .failure(let error):
        ChainRule.refuse(error)
        return nil
      }
    }
  }
}

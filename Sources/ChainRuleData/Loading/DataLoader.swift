public import ChainRule

/// Batches of a dataset, in order, shuffled or as a sampler says, epoch after epoch.
///
///     for (x, y) in DataLoader(dataset, batchSize: 64, shuffle: true, workers: 2) { ... }
///
/// The shuffled order is PyTorch's for the same seed: each epoch draws a number for the loader and one that seeds the
/// epoch's permutation; with a generator of its own it draws one number and permutes with that generator, once more when the
/// samples are used up (PyTorch's sampler asks for the rest of a next round, which is empty). With workers, threads
/// prepare batches ahead of the loop; order and contents are the same, and leaving the loop early ends them. What a dataset draws at random
/// in a worker comes from that worker's generator, seeded as PyTorch seeds it.
///
/// In an asynchronous function, `for try await (x, y) in loader.stream` waits without holding a thread.
public struct DataLoader<D: Dataset>: Sequence, Sendable {
  private let dataset: D
  private let batchSize: Int
  private let shuffle: Bool
  private let dropLast: Bool
  private let settings: LoaderSettings
  /// The order of an epoch, where a sampler gives it.
  private let order: (@Sendable () -> [Int])?
  /// How many samples an epoch has.
  private let sampleCount: Int

  /// Batches of `dataset`.
  ///
  /// - Parameters:
  ///   - dataset: the samples.
  ///   - batchSize: samples in a batch; the last may have fewer.
  ///   - shuffle: whether each epoch has a new random order.
  ///   - dropLast: whether a last batch of fewer samples is left out.
  ///   - workers: threads that prepare batches ahead; with 0 the loop prepares its own.
  ///   - prefetch: how many batches each worker may be ahead.
  ///   - persistentWorkers: whether the workers' random numbers go on from epoch to epoch, rather than being seeded anew.
  ///   - generator: the source of the order; by default the process-wide one.
  public init(
    _ dataset: D, batchSize: Int = 1, shuffle: Bool = false, dropLast: Bool = false, workers: Int = 0, prefetch: Int = 2,
    persistentWorkers: Bool = false, generator: ChainRule.Generator? = nil
  ) {
    self.init(
      dataset, batchSize, shuffle, dropLast, LoaderSettings(workers, prefetch, persistentWorkers, generator), nil, dataset.count)
  }

  /// Batches of the samples that `sampler` names, in its order.
  ///
  ///     let sampler = WeightedRandomSampler(weights, numSamples: 1000)
  ///     for (x, y) in DataLoader(dataset, batchSize: 64, sampler: sampler) { ... }
  public init(
    _ dataset: D, batchSize: Int = 1, sampler: some Sampler, dropLast: Bool = false, workers: Int = 0, prefetch: Int = 2,
    persistentWorkers: Bool = false, generator: ChainRule.Generator? = nil
  ) {
    self.init(
      dataset, batchSize, false, dropLast, LoaderSettings(workers, prefetch, persistentWorkers, generator), { sampler.indices() },
      sampler.count)
  }

  /// The batches that `batchSampler` names.
  public init<S: Sampler>(
    _ dataset: D, batchSampler: BatchSampler<S>, workers: Int = 0, prefetch: Int = 2, persistentWorkers: Bool = false,
    generator: ChainRule.Generator? = nil
  ) {
    let sampler = batchSampler.sampler
    self.init(
      dataset, batchSampler.batchSize, false, batchSampler.dropLast, LoaderSettings(workers, prefetch, persistentWorkers, generator),
      { sampler.indices() }, sampler.count)
  }

  private init(
    _ dataset: D, _ batchSize: Int, _ shuffle: Bool, _ dropLast: Bool, _ settings: LoaderSettings, _ order: (@Sendable () -> [Int])?,
    _ count: Int
  ) {
    self.dataset = dataset
    self.batchSize = Swift.max(batchSize, 1)
    self.shuffle = shuffle
    self.dropLast = dropLast
    self.settings = settings
    self.order = order
    sampleCount = count
    if batchSize < 1 {
      refuse(
        TensorError(
          .argument, "batch_size should be a positive integer value, but got batch_size=\(batchSize)",
          hint: "A batch has at least one sample.", operation: "DataLoader"))
    }
  }

  /// The number of batches in an epoch.
  public var batchCount: Int { sampleCount / batchSize + (dropLast || sampleCount % batchSize == 0 ? 0 : 1) }

  /// The number of batches in an epoch: `len(loader)`.
  public var count: Int { batchCount }

  /// An epoch: draws its order now.
  public func makeIterator() -> Iterator { iterator(from: 0) }

  /// An epoch without its first `start` batches: draws the order of the whole epoch now.
  public func epoch(from start: Int) -> IteratorSequence<Iterator> { IteratorSequence(iterator(from: Swift.max(start, 0))) }

  private func iterator(from start: Int) -> Iterator {
    let epoch = epoch(from: start, workers: settings.workers)
    var iterator = Iterator(next: start, count: isErrorPending ? 0 : batchCount, epoch.prefetcher, epoch.make)
    if shuffle, let generator = settings.generator {
      iterator.drawAtEnd(dataset.count, generator, atLastBatch: !dropLast && dataset.count % batchSize != 0)
    }
    return iterator
  }

  fileprivate typealias Epoch = (prefetcher: Prefetcher<D.Batch>?, make: @Sendable (Int) throws -> D.Batch)

  /// Draws the order of an epoch, and has workers begin with it.
  fileprivate func epoch(from start: Int, workers: Int) -> Epoch {
    // The loader's own draw, for the seeds of its workers, comes first whether or not the order is random.
    let generators = settings.workerGenerators(workers)
    let order = drawnOrder(), size = batchSize, count = order?.count ?? sampleCount, dataset = dataset
    let make: @Sendable (Int) throws -> D.Batch = { i in
      let samples = Swift.min(i * size, count)..<Swift.min((i + 1) * size, count)
      return try dataset.loadBatch(at: order.map { Array($0[samples]) } ?? Array(samples))
    }
    let end = isErrorPending ? 0 : batchCount
    return (workers > 0 && start < end ? Prefetcher(start..<end, generators: generators, ahead: settings.ahead(workers), make) : nil, make)
  }

  /// The samples in the order of this epoch; nil where it is their own.
  private func drawnOrder() -> [Int]? {
    if let order { return order() }
    guard shuffle else { return nil }
    let source = settings.generator ?? ChainRule.Generator(seed: ChainRule.Generator.default.nextSeed())
    return Tensor.randperm(dataset.count, generator: source).array(of: Int.self)
  }

  /// The batches of one epoch.
  public struct Iterator: IteratorProtocol {
    private var position: Int
    private let count: Int
    private let make: @Sendable (Int) throws -> D.Batch
    private let prefetcher: Prefetcher<D.Batch>?
    private var lastDraw: (() -> Void)?
    private var drawsAtLastBatch = false

    fileprivate init(
      next: Int, count: Int, _ prefetcher: Prefetcher<D.Batch>?, _ make: @escaping @Sendable (Int) throws -> D.Batch
    ) {
      position = next
      self.count = count
      self.make = make
      self.prefetcher = prefetcher
    }

    fileprivate mutating func drawAtEnd(_ samples: Int, _ generator: ChainRule.Generator, atLastBatch: Bool) {
      lastDraw = { _ = Tensor.randperm(samples, generator: generator) }
      drawsAtLastBatch = atLastBatch
    }

    /// The next batch, nil at the end of the epoch. An operation that failed in a worker fails here, and so does a sample that cannot be read.
    public mutating func next() -> D.Batch? {
      guard position < count, !isErrorPending else {
        lastDraw.take()?()
        return nil
      }
      position += 1
      if position == count, drawsAtLastBatch { lastDraw.take()?() }
      switch prefetcher?.next() ?? Result(catching: { try make(position - 1) }) {
      case .success(let batch): return batch
      case .failure(let error):
        refuseBatch(error)
        return nil
      }
    }
  }

  /// The batches of epochs in an asynchronous function: `for try await (x, y) in loader.stream`.
  ///
  /// Workers prepare them, at least one; the loop waits without holding a thread. What a worker throws is thrown there.
  public var stream: Stream { Stream(loader: self) }

  /// Batches that are waited for without holding a thread; each `for try await` is an epoch.
  public struct Stream: AsyncSequence, Sendable {
    fileprivate let loader: DataLoader

    /// An epoch: draws its order now.
    public func makeAsyncIterator() -> Iterator {
      let epoch = loader.epoch(from: 0, workers: Swift.max(loader.settings.workers, 1))
      return Iterator(remaining: epoch.prefetcher == nil ? 0 : loader.batchCount, prefetcher: epoch.prefetcher)
    }

    /// The batches of one epoch.
    public struct Iterator: AsyncIteratorProtocol {
      fileprivate var remaining: Int
      fileprivate let prefetcher: Prefetcher<D.Batch>?

      /// The next batch, nil at the end of the epoch.
      ///
      /// - Throws: what the dataset threw, or `CancellationError` where the task was cancelled.
      public mutating func next() async throws -> D.Batch? {
        guard remaining > 0, let prefetcher else { return nil }
        remaining -= 1
        return try await prefetcher.next().get()
      }
    }
  }
}

/// Fails for a batch that could not be made, on behalf of a loop that cannot throw.
func refuseBatch(_ error: any Error) {
  refuse(
    error as? TensorError
      ?? TensorError(
        .argument, "\(error)", hint: "A sample could not be read; for try await (...) in loader.stream throws the error itself.",
        operation: "DataLoader"))
}

/// How a loader's batches are prepared.
struct LoaderSettings: Sendable {
  let workers: Int
  let prefetch: Int
  let generator: ChainRule.Generator?
  private let persistent: WorkerGenerators?

  init(_ workers: Int, _ prefetch: Int, _ persistentWorkers: Bool, _ generator: ChainRule.Generator?) {
    // A number that is refused starts no threads.
    self.workers = (0...4096).contains(workers) ? workers : 0
    self.prefetch = Swift.max(prefetch, 1)
    self.generator = generator
    persistent = persistentWorkers ? WorkerGenerators() : nil
    func refuse(_ message: String, _ hint: String) {
      ChainRule.refuse(TensorError(.argument, message, hint: hint, operation: "DataLoader"))
    }
    if workers < 0 {
      refuse(
        "num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.", "Use 0 to prepare batches in the loop.")
    }
    if workers > 4096 { refuse("num_workers is \(workers)", "Use at most as many threads as the machine has cores.") }
    if prefetch < 1 { refuse("prefetch_factor option should be positive, but got \(prefetch)", "Use workers: 0 for no batches ahead.") }
  }

  /// How many batches may be ready before they are asked for.
  func ahead(_ workers: Int) -> Int {
    let (ahead, overflow) = workers.multipliedReportingOverflow(by: prefetch)
    return overflow ? .max : ahead
  }

  /// The source of random numbers of each worker in an epoch that begins.
  func workerGenerators(_ workers: Int) -> [ChainRule.Generator] {
    let seed = { (generator ?? ChainRule.Generator.default).nextSeed() }
    return persistent?.kept(workers, seed: seed) ?? WorkerGenerators.make(workers, seed: seed())
  }
}

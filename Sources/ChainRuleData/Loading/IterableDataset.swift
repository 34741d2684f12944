public import ChainRule

/// Samples that come one after the other, of unknown number: lines of a file, messages, things drawn at random.
///
///     struct Walk: IterableDataset {
///       func samples(worker: Int, of workers: Int) -> () throws -> Tensor? {
///         var x = 0.0
///         return { x += 1; return x > 100 ? nil : Tensor([x]) }
///       }
///     }
///     for x in IterableDataLoader(Walk(), batchSize: 10) { ... }       // x: [10, 1]
public protocol IterableDataset<Batch>: Sendable {
  /// What comes one after the other.
  associatedtype Sample: Sendable
  /// What `collate(_:)` makes of samples.
  associatedtype Batch: Sendable
  /// A function that gives the next sample, nil at the end.
  ///
  /// - Parameters:
  ///   - worker: which of the loader's threads asks, from 0; each has samples of its own.
  ///   - workers: how many there are; 1 where the loop itself asks.
  func samples(worker: Int, of workers: Int) throws -> () throws -> Sample?
  /// Samples as one batch.
  func collate(_ samples: [Sample]) throws -> Batch
}

/// Iterable datasets of one kind, one after the other.
public struct ChainDataset<Base: IterableDataset>: IterableDataset {
  /// The parts.
  public let datasets: [Base]

  /// The samples of all `datasets`, in their order.
  public init(_ datasets: [Base]) { self.datasets = datasets }

  /// The samples of each part in turn.
  public func samples(worker: Int, of workers: Int) -> () throws -> Base.Sample? {
    var rest = datasets[...], current: (() throws -> Base.Sample?)?
    return {
      while true {
        if let sample = try current?() { return sample }
        guard let next = rest.popFirst() else { return nil }
        current = try next.samples(worker: worker, of: workers)
      }
    }
  }

  /// As the first part does.
  public func collate(_ samples: [Base.Sample]) throws -> Base.Batch {
    guard let first = datasets.first else { throw TensorError(.argument, "no datasets", hint: "Give it one.", operation: "ChainDataset") }
    return try first.collate(samples)
  }
}

/// Batches of an iterable dataset, epoch after epoch.
///
/// With workers, each thread has an iteration of its own, told which it is, and the batches come from them in turn; one that is at its end is
/// passed over, as in PyTorch.
public struct IterableDataLoader<D: IterableDataset>: Sequence, Sendable {
  private let dataset: D
  private let batchSize: Int
  private let dropLast: Bool
  private let settings: LoaderSettings

  /// Batches of `dataset`.
  ///
  /// - Parameters:
  ///   - dataset: the samples.
  ///   - batchSize: samples in a batch; the last of each worker may have fewer.
  ///   - dropLast: whether such a last batch is left out.
  ///   - workers: threads that prepare batches ahead; with 0 the loop prepares its own.
  ///   - prefetch: how many batches each worker may be ahead.
  ///   - generator: the source of the workers' seeds; by default the process-wide one.
  public init(
    _ dataset: D, batchSize: Int = 1, dropLast: Bool = false, workers: Int = 0, prefetch: Int = 2, generator: ChainRule.Generator? = nil
  ) {
    self.dataset = dataset
    self.batchSize = Swift.max(batchSize, 1)
    self.dropLast = dropLast
    settings = LoaderSettings(workers, prefetch, false, generator)
    if batchSize < 1 {
      refuse(
        TensorError(
          .argument, "batch_size should be a positive integer value, but got batch_size=\(batchSize)",
          hint: "A batch has at least one sample.", operation: "IterableDataLoader"))
    }
  }

  /// An epoch.
  public func makeIterator() -> Iterator {
    let generators = settings.workerGenerators(settings.workers), workers = Swift.max(settings.workers, 1)
    let sources = (0..<workers).map { BatchSource(dataset, worker: $0, of: workers, batchSize, dropLast) }
    guard settings.workers > 0 else { return Iterator(workers: 1, prefetcher: nil) { try sources[0].next() } }
    let prefetcher = Prefetcher(0..<Int.max, generators: generators, ahead: settings.ahead(workers)) { try sources[$0 % workers].next() }
    return Iterator(workers: workers, prefetcher: prefetcher) { nil }
  }

  /// The batches of one epoch.
  public struct Iterator: IteratorProtocol {
    fileprivate let workers: Int
    fileprivate let prefetcher: Prefetcher<D.Batch?>?
    fileprivate let make: () throws -> D.Batch?
    fileprivate var ended = 0

    fileprivate init(workers: Int, prefetcher: Prefetcher<D.Batch?>?, _ make: @escaping () throws -> D.Batch?) {
      self.workers = workers
      self.prefetcher = prefetcher
      self.make = make
    }

    /// The next batch, nil at the end of all workers.
    public mutating func next() -> D.Batch? {
      while ended < workers, !isErrorPending {
        switch prefetcher?.next() ?? Result(catching: make) {
        case .success(let batch?):
          ended = 0
          return batch
        case .success(nil): ended += 1
        case .failure(let error):
          refuseBatch(error)
          return nil
        }
      }
      return nil
    }
  }
}

/// One worker's batches; used by its thread alone.
private final class BatchSource<D: IterableDataset>: @unchecked Sendable {
  private let dataset: D
  private let worker: Int
  private let workers: Int
  private let batchSize: Int
  private let dropLast: Bool
  private var samples: (() throws -> D.Sample?)?
  private var isAtEnd = false

  init(_ dataset: D, worker: Int, of workers: Int, _ batchSize: Int, _ dropLast: Bool) {
    self.dataset = dataset
    self.worker = worker
    self.workers = workers
    self.batchSize = batchSize
    self.dropLast = dropLast
  }

  func next() throws -> D.Batch? {
    if isAtEnd { return nil }
    let samples = try self.samples ?? dataset.samples(worker: worker, of: workers)
    self.samples = samples
    var batch: [D.Sample] = []
    while batch.count < batchSize {
      guard let sample = try samples() else {
        isAtEnd = true
        return batch.isEmpty || dropLast ? nil : try dataset.collate(batch)
      }
      batch.append(sample)
    }
    return try dataset.collate(batch)
  }
}

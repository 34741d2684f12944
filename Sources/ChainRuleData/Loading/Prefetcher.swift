import ChainRule
import Foundation

/// Threads that make things by number ahead of the one who takes them in order. The first thread makes the first, the second the second,
/// and so on in turn, so that what a thread draws at random depends on its seed alone.
///
/// The threads hold the queue and not this object, so when it goes, and with it the loop, they end.
final class Prefetcher<Product: Sendable>: Sendable {
  private let queue: PrefetchQueue<Product>

  /// Makes the things of `numbers`, at most `ahead` of them before they are asked for, one thread for each of `generators`: its default one.
  init(_ numbers: Range<Int>, generators: [ChainRule.Generator], ahead: Int, _ make: @escaping @Sendable (Int) throws -> Product) {
    let queue = PrefetchQueue<Product>(numbers, ahead: ahead)
    self.queue = queue
    for (i, generator) in generators.enumerated().prefix(numbers.count) {
      let thread = Thread {
        ChainRule.Generator.withDefault(generator) {
          var number = numbers.lowerBound + i
          while queue.claim(number) {
            queue.put(Result { try catching { try make(number) } }, number)
            let (next, overflow) = number.addingReportingOverflow(generators.count)
            if overflow { return }
            number = next
          }
        }
      }
      thread.name = "DataLoader \(i)"
      thread.start()
    }
  }

  deinit { queue.stop() }

  /// The next thing, when it is there; blocks the thread until then.
  func next() -> Result<Product, any Error> { queue.take() }

  /// The next thing; the thread does other work until it is there.
  func next() async -> Result<Product, any Error> {
    await withTaskCancellationHandler {
      await withCheckedContinuation { queue.take($0) }
    } onCancel: {
      queue.cancel()
    }
  }
}

/// What is made and not yet taken.
private final class PrefetchQueue<Product: Sendable>: @unchecked Sendable {
  typealias Waiter = CheckedContinuation<Result<Product, any Error>, Never>
  private let condition = NSCondition()
  private let end: Int
  private let ahead: Int
  private var taken: Int
  private var ready: [Int: Result<Product, any Error>] = [:]
  private var waiter: Waiter?
  private var isStopped = false

  init(_ numbers: Range<Int>, ahead: Int) {
    taken = numbers.lowerBound
    end = numbers.upperBound
    self.ahead = ahead
  }

  /// Waits until there is room for the thing of this number; false at the end.
  func claim(_ number: Int) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    while !isStopped, number < end, number - taken >= ahead { condition.wait() }
    return !isStopped && number < end
  }

  func put(_ product: Result<Product, any Error>, _ number: Int) {
    condition.lock()
    if !isStopped { ready[number] = product }
    let served = serve()
    condition.broadcast()
    condition.unlock()
    served?()
  }

  /// What to do for the one who waits without a thread, outside the lock.
  private func serve() -> (() -> Void)? {
    guard let waiter, let product = ready.removeValue(forKey: taken) else { return nil }
    taken += 1
    self.waiter = nil
    return { waiter.resume(returning: product) }
  }

  func take() -> Result<Product, any Error> {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let product = ready.removeValue(forKey: taken) {
        taken += 1
        condition.broadcast()
        return product
      }
      condition.wait()
    }
  }

  func take(_ waiter: Waiter) {
    condition.lock()
    let isCancelled = Task.isCancelled
    if !isCancelled { self.waiter = waiter }
    let served = serve()
    condition.broadcast()
    condition.unlock()
    if isCancelled { waiter.resume(returning: .failure(CancellationError())) }
    served?()
  }

  func cancel() {
    condition.lock()
    let waiter = self.waiter
    self.waiter = nil
    condition.unlock()
    waiter?.resume(returning: .failure(CancellationError()))
  }

  func stop() {
    condition.lock()
    isStopped = true
    ready.removeAll()
    condition.broadcast()
    condition.unlock()
  }
}

/// The sources of random numbers of a loader's workers.
final class WorkerGenerators: @unchecked Sendable {
  private let lock = NSLock()
  private var generators: [ChainRule.Generator]?

  /// Those of the epochs before, or where there are none for so many workers new ones; `seed` is asked for then.
  func kept(_ workers: Int, seed: () -> Int) -> [ChainRule.Generator] {
    lock.lock()
    defer { lock.unlock() }
    if let generators, generators.count == workers { return generators }
    let made = Self.make(workers, seed: seed())
    generators = made
    return made
  }

  /// One for each worker, as PyTorch seeds them.
  static func make(_ workers: Int, seed: Int) -> [ChainRule.Generator] { (0..<workers).map { ChainRule.Generator(seed: seed &+ $0) } }
}

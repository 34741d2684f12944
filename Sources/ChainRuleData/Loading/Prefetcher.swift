import ChainRule
import Foundation

/// Threads that make things by number ahead of the one who takes them in order.
///
/// The threads hold the queue and not this object, so when it goes, and with it the loop, they end.
final class Prefetcher<Product: Sendable>: Sendable {
  private let queue: PrefetchQueue<Product>

  /// Makes the things of `numbers`, at most `ahead` of them before they are asked for.
  init(_ numbers: Range<Int>, workers: Int, ahead: Int, _ make: @escaping @Sendable (Int) -> Product) {
    let queue = PrefetchQueue<Product>(numbers, ahead: ahead)
    self.queue = queue
    for i in 0..<Swift.min(workers, numbers.count) {
      let thread = Thread {
        while let number = queue.claim() {
          let result = Result { try catching { make(number) } }
          queue.put(
            result.mapError { error in
              error as? TensorError
                ?? TensorError(.argument, "\(error)", hint: "A dataset's batch(at:) does not throw.", operation: "DataLoader")
            }, number)
        }
      }
      thread.name = "DataLoader \(i)"
      thread.start()
    }
  }

  deinit { queue.stop() }

  /// The next thing, when it is there.
  func next() -> Result<Product, TensorError> { queue.take() }
}

/// What is made and not yet taken.
private final class PrefetchQueue<Product: Sendable>: @unchecked Sendable {
  private let condition = NSCondition()
  private let end: Int
  private let ahead: Int
  private var claimed: Int
  private var taken: Int
  private var ready: [Int: Result<Product, TensorError>] = [:]
  private var isStopped = false

  init(_ numbers: Range<Int>, ahead: Int) {
    claimed = numbers.lowerBound
    taken = numbers.lowerBound
    end = numbers.upperBound
    self.ahead = ahead
  }

  /// The next number to make, when there is room for it; nil at the end.
  func claim() -> Int? {
    condition.lock()
    defer { condition.unlock() }
    while !isStopped, claimed < end, claimed - taken >= ahead { condition.wait() }
    guard !isStopped, claimed < end else { return nil }
    claimed += 1
    return claimed - 1
  }

  func put(_ product: Result<Product, TensorError>, _ number: Int) {
    condition.lock()
    if !isStopped { ready[number] = product }
    condition.broadcast()
    condition.unlock()
  }

  func take() -> Result<Product, TensorError> {
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

  func stop() {
    condition.lock()
    isStopped = true
    ready.removeAll()
    condition.broadcast()
    condition.unlock()
  }
}

import ChainRule
import ChainRuleData
import Foundation
import Testing

/// Counts how many batches have been made, and how many threads are in it.
private final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var made = 0
  func add() { lock.withLock { made += 1 } }
  var count: Int { lock.withLock { made } }
}

private final class Token: Sendable {}

private struct Numbers: Dataset {
  let count: Int
  var counter = Counter()
  var token = Token()
  /// The batch that fails, by its first sample.
  var bad: Int?
  /// Sleeps for the early batches, so that late ones are ready first.
  var isUneven = false

  func batch(at indices: [Int]) -> [Int] {
    counter.add()
    if isUneven { usleep(indices[0] % 3 == 0 ? 3000 : 0) }
    if let bad, indices.contains(bad) { _ = Tensor([1.0, 2.0]) + Tensor([1.0, 2.0, 3.0]) }
    return indices
  }
}

@Suite struct LoaderTests {
  @Test func batchesInOrder() {
    #expect(Array(DataLoader(Numbers(count: 7), batchSize: 3)) == [[0, 1, 2], [3, 4, 5], [6]])
    #expect(Array(DataLoader(Numbers(count: 7), batchSize: 3, dropLast: true)) == [[0, 1, 2], [3, 4, 5]])
    #expect(Array(DataLoader(Numbers(count: 0), batchSize: 3, workers: 2)) == [])
    #expect(Array(DataLoader(Numbers(count: 7), batchSize: 3).epoch(from: 1)) == [[3, 4, 5], [6]])
    #expect(Array(DataLoader(Numbers(count: 7), batchSize: 3, workers: 2).epoch(from: 9)) == [])
  }

  /// `list(DataLoader(range(n), batch_size=4, shuffle=True, generator=torch.Generator().manual_seed(7)))`, two epochs.
  @Test func shufflesAsPyTorchDoes() {
    for (count, epochs) in [
      (10, [[[1, 3, 5, 7], [9, 4, 6, 2], [8, 0]], [[5, 1, 6, 0], [9, 7, 8, 4], [3, 2]]]),
      (8, [[[1, 2, 3, 5], [7, 4, 6, 0]], [[7, 2, 1, 3], [0, 5, 6, 4]]]),
    ] {
      let loader = DataLoader(Numbers(count: count), batchSize: 4, shuffle: true, generator: Generator(seed: 7))
      for epoch in epochs { #expect(Array(loader) == epoch) }
    }
  }

  @Test(arguments: [1, 2, 5]) func workersChangeNothing(workers: Int) {
    let plain = Array(DataLoader(Numbers(count: 103), batchSize: 4, shuffle: true, generator: Generator(seed: 1)))
    let loader = DataLoader(
      Numbers(count: 103, isUneven: true), batchSize: 4, shuffle: true, workers: workers, generator: Generator(seed: 1))
    #expect(Array(loader) == plain)
  }

  @Test func workersStayCloseAhead() {
    let numbers = Numbers(count: 1000)
    var iterator = DataLoader(numbers, batchSize: 1, workers: 2, prefetch: 3).makeIterator()
    _ = iterator.next()
    usleep(50_000)
    #expect(numbers.counter.count <= 1 + 2 * 3)
    for _ in 0..<10 { _ = iterator.next() }
    usleep(50_000)
    #expect((11...11 + 2 * 3).contains(numbers.counter.count))
  }

  @Test func anErrorSurfacesAtItsBatch() throws {
    for workers in [0, 2] {
      var seen: [[Int]] = []
      let error = #expect(throws: TensorError.self) {
        try catching {
          for batch in DataLoader(Numbers(count: 12, bad: 7), batchSize: 3, workers: workers) { if !isPoisoned() { seen.append(batch) } }
        }
      }
      #expect(error?.kind == .shape)
      #expect(seen == [[0, 1, 2], [3, 4, 5]])
    }
  }

  /// Inside `catching` a batch made in the loop itself still arrives after the error; it counts as not seen.
  private func isPoisoned() -> Bool { (Tensor([1.0]) + 1).count == 0 }

  @Test func leavingTheLoopEarlyLeavesNothing() {
    weak var token: Token?
    do {
      let numbers = Numbers(count: 1000)
      token = numbers.token
      for batch in DataLoader(numbers, batchSize: 1, workers: 3) where batch == [4] { break }
    }
    // The threads end when they next look at the queue.
    for _ in 0..<200 where token != nil { usleep(5000) }
    #expect(token == nil)
  }

  @Test func refusesNonsense() {
    for (workers, batchSize, prefetch) in [(-1, 1, 2), (0, 0, 2), (1, 1, 0)] {
      #expect(throws: TensorError.self) {
        try catching { _ = DataLoader(Numbers(count: 3), batchSize: batchSize, workers: workers, prefetch: prefetch) }
      }
    }
  }
}

import ChainRule
import ChainRuleData
import Foundation
import Testing

/// Datasets, samplers and loaders beside PyTorch's: Fixtures/make_loading.py.
@Suite struct SetTests {
  /// What the script wrote: lists of numbers, of lists of them.
  private static func expected(_ name: String) throws -> [Double] {
    func flat(_ value: Any) -> [Double] {
      if let number = value as? NSNumber { return [number.doubleValue] }
      return (value as? [Any] ?? []).flatMap(flat)
    }
    let all = try JSONSerialization.jsonObject(with: Data(contentsOf: fixture("loading.json"))) as? [String: Any]
    return flat(try #require(all?[name]))
  }

  private func expect(_ indices: [Int], _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let wanted = try Self.expected(name)
    #expect(indices.map(Double.init) == wanted, "\(name)", sourceLocation: sourceLocation)
  }

  private struct Numbers: SampleDataset {
    var range = 0..<10
    var bad: Int?
    var count: Int { range.count }
    subscript(index: Int) -> Tensor {
      get throws {
        if index == bad { throw FormatError(file: "f.png", place: .byte(7), "is damaged") }
        return Tensor(range.lowerBound + index)
      }
    }
  }

  @Test func splitsAreThoseOfPyTorch() throws {
    let parts = randomSplit(Numbers(), lengths: [3, 5, 2], generator: Generator(seed: 42))
    try expect(parts.flatMap(\.indices), "split")
    try expect(randomSplit(Numbers(), fractions: [0.35, 0.35, 0.3], generator: Generator(seed: 42)).flatMap(\.indices), "fractions")
    #expect(try parts[1].loadBatch(at: [0, 2]).array(of: Int.self) == [parts[1].indices[0], parts[1].indices[2]])
    for lengths in [[3, 3], [11], [-1, 11], [.max, .max]] {
      let error = #expect(throws: TensorError.self) { try catching { randomSplit(Numbers(), lengths: lengths) } }
      #expect(error?.message == "Sum of input lengths does not equal the length of the input dataset!")
    }
    #expect(throws: TensorError.self) { try catching { randomSplit(Numbers(), fractions: [0.5, .nan]) } }
  }

  @Test func samplersAreThoseOfPyTorch() throws {
    func twice(_ sampler: some Sampler) -> [Int] { sampler.indices() + sampler.indices() }
    try expect(twice(RandomSampler(10, generator: Generator(seed: 7))), "random")
    try expect(twice(RandomSampler(10, numSamples: 25, generator: Generator(seed: 7))), "random 25")
    try expect(twice(RandomSampler(10, replacement: true, numSamples: 70, generator: Generator(seed: 7))), "replacement")
    try expect(twice(SubsetRandomSampler([4, 7, 9, 1], generator: Generator(seed: 7))), "subset")
    let weights = [0.1, 0, 3, 0.5, 1, 2]
    try expect(twice(WeightedRandomSampler(weights, numSamples: 12, generator: Generator(seed: 7))), "weighted")
    try expect(
      twice(WeightedRandomSampler(weights, numSamples: 5, replacement: false, generator: Generator(seed: 7))), "weighted without")
    try expect(BatchSampler(RandomSampler(10, generator: Generator(seed: 7)), batchSize: 4).batches().flatMap(\.self), "batch")
    for dropLast in [false, true] {
      for rank in 0..<3 {
        var sampler = DistributedSampler(10, replicas: 3, rank: rank, seed: 5, dropLast: dropLast)
        sampler.epoch = 2
        try expect(sampler.indices(), "distributed \(rank) \(dropLast ? "True" : "False")")
      }
    }
    try expect(DistributedSampler(2, replicas: 5, rank: 4, shuffle: false).indices(), "distributed small")
    #expect(SequentialSampler(3).indices() == [0, 1, 2])
  }

  /// The process-wide generator, in one test: others draw from it too.
  @Test func loadersDrawAsPyTorchsDo() throws {
    let samples = Numbers()
    try Generator.withDefault(Generator(seed: 7)) {
      try expect(RandomSampler(10).indices() + RandomSampler(10).indices(), "default random")
    }
    try Generator.withDefault(Generator(seed: 7)) {
      let loader = DataLoader(samples, batchSize: 4, sampler: RandomSampler(10))
      #expect(loader.count == 3)
      try expect((0..<2).flatMap { _ in loader.flatMap { $0.array(of: Int.self) } }, "loader sampler")
    }
    struct Drawing: SampleDataset {
      let count = 6
      subscript(index: Int) -> Tensor { .rand([]) }
    }
    for (name, isPersistent) in [("workers", false), ("persistent", true)] {
      try Generator.withDefault(Generator(seed: 7)) {
        let loader = DataLoader(Drawing(), workers: 2, persistentWorkers: isPersistent)
        let wanted = try Self.expected(name)
        let drawn = (0..<2).flatMap { _ in loader.map { $0.item() } }
        // Foundation on Linux reads the last digit of some numbers wrong.
        #expect(drawn.count == wanted.count && zip(drawn, wanted).allSatisfy { abs($0 - $1) < 1e-12 }, "\(name)")
      }
    }
  }

  @Test func randomTensorsAreThoseOfPyTorch() throws {
    let p = Tensor([[0.1, 0.2, 0.3, 0.4], [3.0, 0.0, 1.0, 1.0]])
    let calls: [(String, () -> Tensor)] = [
      ("multinomial one", { p.multinomial(1) }), ("multinomial two", { p.multinomial(2) }),
      ("multinomial replacement", { p.multinomial(9, replacement: true) }),
      ("multinomial double", { p.to(.float64).multinomial(9, replacement: true) }),
      ("multinomial vector", { p[0].to(.float64).multinomial(3) }),
      ("bernoulli", { Tensor.linspace(0, 1, 24).bernoulli() }),
      ("bernoulli double", { Tensor.linspace(0, 1, 24).to(.float64).bernoulli() }),
      ("normal both", { .normal(mean: Tensor([0.0, 1, 2, 3, 4]), std: .linspace(0, 2, 5)) }),
      ("normal mean", { .normal(mean: Tensor([0.0, 1, 2, 3, 4]), std: 0.5) }),
      ("normal std", { .normal(mean: 1.5, std: .linspace(0, 2, 5)) }),
      ("rand_like", { p.randLike() }), ("randn_like", { p.randnLike() }), ("randint_like", { p.randintLike(3, 20) }),
    ]
    for (name, call) in calls {
      let numbers = Generator.withDefault(Generator(seed: 11)) { call().array(of: Double.self) }, wanted = try Self.expected(name)
      #expect(
        numbers.count == wanted.count && zip(numbers, wanted).allSatisfy { abs($0 - $1) <= 1e-6 * (1 + abs($1)) }, "\(name): \(numbers)")
    }
  }

  @Test(arguments: [
    ([1.0, -1], "probability tensor contains either `inf`, `nan` or element < 0"), ([1, .nan], "probability tensor contains"),
    ([0, 0], "invalid multinomial distribution (sum of probabilities <= 0)"), ([1, .infinity], "probability tensor contains"),
  ]) func multinomialRefuses(weights: [Double], sentence: String) {
    for replacement in [false, true] {
      let error = #expect(throws: TensorError.self) { try catching { Tensor(weights).multinomial(2, replacement: replacement) } }
      #expect(error?.message.hasPrefix(sentence) ?? false)
    }
  }

  @Test func setsOfSets() throws {
    let both = ConcatDataset([Numbers(range: 0..<3), Numbers(range: 10..<12), Numbers(range: 0..<0), Numbers(range: 20..<21)])
    #expect(both.count == 6 && both.cumulativeSizes == [3, 5, 5, 6])
    #expect(try (0..<6).map { try both[$0].item(as: Int.self) } == [0, 1, 2, 10, 11, 20])
    #expect(try both.loadBatch(at: [5, 0, 3]).array(of: Int.self) == [20, 0, 10])
    #expect(throws: TensorError.self) { try both[6] }
    #expect(throws: TensorError.self) { try both[-1] }
    let pairs = TensorDataset(Tensor([[1.0, 2], [3, 4]]), Tensor([0, 1]))
    #expect(try pairs[1].0.array(of: Int.self) == [3, 4] && pairs[1].1.item(as: Int.self) == 1)
    let joined = ConcatDataset([pairs, pairs])
    #expect(try joined.loadBatch(at: [3, 0]).0.array(of: Int.self) == [3, 4, 1, 2])
    let stacked = StackDataset(Numbers(range: 0..<2), pairs)
    #expect(try stacked.loadBatch(at: [1]).1.0.shape == [1, 2] && stacked[0].0.item() == 0)
    let three = TensorsDataset(Tensor([1, 2]), Tensor([[3.0], [4]]), Tensor([true, false]))
    #expect(try three[1].map(\.shape) == [[], [1], []] && three.batch(at: [1, 0])[0].array(of: Int.self) == [2, 1])
    let mapped = Numbers().map({ ($0 * 2, $0.item(as: Int.self)) })
    let (x, y) = mapped.batch(at: [3, 4])
    #expect(x.array(of: Int.self) == [6, 8] && y.array(of: Int.self) == [3, 4])
    #expect(try defaultCollate([["a": Tensor([1.0])], ["a": Tensor([2.0])]])["a"]?.shape == [2, 1])
    #expect(throws: TensorError.self) { try defaultCollate([Tensor([1.0]), Tensor([1.0, 2])]) }
    #expect(throws: TensorError.self) { try catching { StackDataset(Numbers(), pairs) } }
    #expect(throws: TensorError.self) { try catching { TensorsDataset(Tensor([1]), Tensor([1, 2])) } }
  }

  /// A sample that cannot be read is named: by the loop's own error, and as it was thrown where the loop can throw.
  @Test(arguments: [0, 2]) func whatCannotBeReadIsNamed(workers: Int) async throws {
    let error = #expect(throws: TensorError.self) {
      try catching { for _ in DataLoader(Numbers(bad: 5), batchSize: 2, workers: workers) {} }
    }
    #expect(error?.message == "f.png: byte 7: is damaged")
    var seen: [[Int]] = []
    await #expect(throws: FormatError.self) {
      for try await batch in DataLoader(Numbers(bad: 5), batchSize: 2, workers: workers).stream { seen.append(batch.array(of: Int.self)) }
    }
    #expect(seen == [[0, 1], [2, 3]])
  }

  /// More loops than the machine has threads for tasks wait at once for batches that another task must let go.
  @Test func waitingHoldsNoThread() async throws {
    final class Gate: @unchecked Sendable {
      let condition = NSCondition()
      var isOpen = false
      func wait() {
        condition.lock()
        while !isOpen { condition.wait() }
        condition.unlock()
      }
      func open() {
        condition.lock()
        isOpen = true
        condition.broadcast()
        condition.unlock()
      }
    }
    struct Gated: SampleDataset {
      let gate: Gate
      let count = 1
      subscript(index: Int) -> Tensor {
        gate.wait()
        return Tensor(1.0)
      }
    }
    let gate = Gate(), count = 4 * ProcessInfo.processInfo.activeProcessorCount
    let sum = try await withThrowingTaskGroup(of: Double.self) { group in
      for _ in 0..<count {
        group.addTask {
          var sum = 0.0
          for try await batch in DataLoader(Gated(gate: gate)).stream { sum += batch.item() }
          return sum
        }
      }
      group.addTask {
        for _ in 0..<20 { await Task.yield() }
        gate.open()
        return 0
      }
      return try await group.reduce(0, +)
    }
    #expect(sum == Double(count))
  }

  @Test func aCancelledLoopEnds() async throws {
    struct Slow: SampleDataset {
      let count = 3
      subscript(index: Int) -> Tensor {
        if index == 1 { usleep(300_000) }
        return Tensor(index)
      }
    }
    let task = Task {
      for try await _ in DataLoader(Slow()).stream {}
    }
    try await Task.sleep(nanoseconds: 20_000_000)
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  private struct Lines: IterableDataset {
    typealias Batch = Tensor
    let count: Int
    func samples(worker: Int, of workers: Int) -> () throws -> Tensor? {
      // Worker 0 has most: the last batches are all its own.
      var next = worker
      let end = worker == 0 ? count : Swift.min(count, 2 * workers)
      return {
        defer { next += workers }
        return next < end ? Tensor(next) : nil
      }
    }
  }

  @Test func iterableSets() {
    func batches(_ loader: IterableDataLoader<Lines>) -> [[Int]] { loader.map { $0.array(of: Int.self) } }
    #expect(batches(IterableDataLoader(Lines(count: 5), batchSize: 2)) == [[0, 1], [2, 3], [4]])
    #expect(batches(IterableDataLoader(Lines(count: 5), batchSize: 2, dropLast: true)) == [[0, 1], [2, 3]])
    #expect(batches(IterableDataLoader(Lines(count: 9), batchSize: 1, workers: 3)) == [[0], [1], [2], [3], [4], [5], [6]])
    let chain = IterableDataLoader(ChainDataset([Lines(count: 2), Lines(count: 0), Lines(count: 3)]), batchSize: 2)
    #expect(chain.map { $0.array(of: Int.self) } == [[0, 1], [0, 1], [2]])
    #expect(Array(IterableDataLoader(Lines(count: 1000), workers: 2).prefix(3)).count == 3)
  }
}

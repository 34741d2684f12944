import ChainRule
import ChainRuleData

/// The samples of a job, whatever they come from, so that one kind of run serves all.
struct Samples: Dataset {
  let count: Int
  private let make: @Sendable ([Int]) -> (Tensor, Tensor)

  init(count: Int, _ make: @escaping @Sendable ([Int]) -> (Tensor, Tensor)) {
    self.count = count
    self.make = make
  }

  init(_ data: some Dataset<(Tensor, Tensor)>) { self.init(count: data.count) { data.batch(at: $0) } }

  func batch(at indices: [Int]) -> (Tensor, Tensor) { make(indices) }

  /// These samples alone.
  func part(_ indices: [Int]) -> Samples { Samples(count: indices.count) { make($0.map { indices[$0] }) } }

  /// All samples in order, `size` at a time.
  func chunks(of size: Int) -> some Sequence<(Tensor, Tensor)> {
    stride(from: 0, to: count, by: size).lazy.map { batch(at: Array($0..<Swift.min($0 + size, count))) }
  }

  /// A random part of `fraction` of `count` things, one at least, and the rest; the same for the same seed, whatever else is random.
  static func split(_ count: Int, fraction: Double, seed: Int) -> (part: [Int], rest: [Int]) {
    let order = Tensor.randperm(count, generator: ChainRule.Generator(seed: seed)).array(of: Int.self)
    let size = Swift.min(Swift.max(1, Int((Double(count) * fraction).rounded())), Swift.max(count - 1, 0))
    return (order.prefix(size).sorted(), order.dropFirst(size).sorted())
  }
}

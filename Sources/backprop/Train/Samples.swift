import ChainRule
import ChainRuleData

/// The samples of a job, whatever they come from, so that one kind of run serves all.
struct Samples: Dataset {
  let count: Int
  private let make: @Sendable ([Int], Range<Int>) -> (Tensor, Tensor)
  /// Which rows of a batch are made; nil for all.
  private var rows: (@Sendable (Int) -> Range<Int>)?

  init(count: Int, _ make: @escaping @Sendable ([Int]) -> (Tensor, Tensor)) {
    self.init(count: count, rows: { indices, rows in make(Array(indices[rows])) })
  }

  /// - Parameter make: makes some rows of the batch of these samples, where a sample depends on the batch that it is in.
  init(count: Int, rows make: @escaping @Sendable ([Int], Range<Int>) -> (Tensor, Tensor)) {
    self.count = count
    self.make = make
  }

  init(_ data: some Dataset<(Tensor, Tensor)>) { self.init(count: data.count) { data.batch(at: $0) } }

  func batch(at indices: [Int]) -> (Tensor, Tensor) { make(indices, rows?(indices.count) ?? 0..<indices.count) }

  /// The same batches, of which only some rows are made.
  func part(_ rows: @escaping @Sendable (Int) -> Range<Int>) -> Samples {
    var part = self
    part.rows = rows
    return part
  }

  /// These samples alone.
  func part(_ indices: [Int]) -> Samples { Samples(count: indices.count, rows: { make($0.map { indices[$0] }, $1) }) }

  /// All samples in order, `size` at a time; of the chunks those whose number is asked for.
  func chunks(
    of size: Int, where isWanted: @escaping (Int) -> Bool = { _ in true }
  ) -> some Sequence<(number: Int, batch: (Tensor, Tensor))> {
    stride(from: 0, to: count, by: size).lazy.filter { isWanted($0 / size) }.map {
      (number: $0 / size, batch: batch(at: Array($0..<Swift.min($0 + size, count))))
    }
  }

  /// A random part of `fraction` of `count` things, one at least, and the rest; the same for the same seed, whatever else is random.
  static func split(_ count: Int, fraction: Double, seed: Int) -> (part: [Int], rest: [Int]) {
    let order = Tensor.randperm(count, generator: ChainRule.Generator(seed: seed)).array(of: Int.self)
    let size = Swift.min(Swift.max(1, Int((Double(count) * fraction).rounded())), Swift.max(count - 1, 0))
    return (order.prefix(size).sorted(), order.dropFirst(size).sorted())
  }
}

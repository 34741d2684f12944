import ChainRule

/// A sum of shards in the order of a binary tree: neighbours first, then neighbouring pairs. Only the sums of finished subtrees are kept.
///
/// What is missing counts as zero, and is no zero that is added: so `-0` becomes `0` beside it, as it does where a zero is added.
struct TreeSum {
  /// Finished subtrees, the larger ones first, and how many shards each has.
  private var parts: [(values: [Tensor?], shards: Int)] = []

  /// Adds the next shard.
  mutating func add(_ values: [Tensor?]) {
    var values = values, shards = 1
    while let last = parts.last, last.shards == shards {
      values = zip(last.values, values).map { TreeSum.sum($0, $1) }
      shards *= 2
      parts.removeLast()
    }
    parts.append((values, shards))
  }

  /// The sum of all shards, of the tensor of a number.
  func total(_ i: Int) -> Tensor? {
    guard let last = parts.last else { return nil }
    return parts.dropLast().reversed().reduce(last.values[i]) { TreeSum.sum($1.values[i], $0) }
  }

  /// The same with one more shard, the last, whose tensor this is.
  func total(_ i: Int, with value: Tensor?) -> Tensor? { parts.reversed().reduce(value) { TreeSum.sum($1.values[i], $0) } }

  private static func sum(_ a: Tensor?, _ b: Tensor?) -> Tensor? {
    if let a, let b { return a + b }
    return (a ?? b).map { $0 + 0 }
  }
}

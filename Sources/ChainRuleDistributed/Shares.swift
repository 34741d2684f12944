public import ChainRuleData

/// How rows are shared: halves of halves, the earlier half the larger one. So a rank's part of a batch, cut further, gives the same shards
/// as the whole batch cut at once.
enum Shares {
  /// `count` rows in `parts` ranges that follow each other.
  static func cut(_ count: Int, into parts: Int) -> [Range<Int>] {
    func cut(_ rows: Range<Int>, _ parts: Int) -> [Range<Int>] {
      if parts <= 1 { return [rows] }
      let left = (parts + 1) / 2
      let (q, r) = rows.count.quotientAndRemainder(dividingBy: parts)
      let middle = rows.lowerBound + q * left + (r * left + parts - 1) / parts
      return cut(rows.lowerBound..<middle, left) + cut(middle..<rows.upperBound, parts - left)
    }
    return cut(0..<count, parts)
  }
}

/// A dataset of which each batch holds only this rank's rows: what `DataParallel.part(of:)` gives.
///
/// All ranks draw the same order, and each reads its part of a batch; what the batches are does not depend on how many ranks there are.
public struct RankPart<Base: Dataset>: Dataset {
  private let base: Base
  private let rank: Int
  private let size: Int

  init(_ base: Base, rank: Int, size: Int) {
    self.base = base
    self.rank = rank
    self.size = size
  }

  /// The number of samples, of all ranks together.
  public var count: Int { base.count }

  /// This rank's rows of the batch of all ranks.
  public func batch(at indices: [Int]) -> Base.Batch { base.batch(at: Array(indices[rows(indices.count)])) }

  /// The same for sets whose samples may be missing or damaged.
  public func loadBatch(at indices: [Int]) throws -> Base.Batch { try base.loadBatch(at: Array(indices[rows(indices.count)])) }

  private func rows(_ count: Int) -> Range<Int> { Shares.cut(count, into: size)[rank] }
}

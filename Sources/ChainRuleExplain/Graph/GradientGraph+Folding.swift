import ChainRule

extension GradientGraph {
  /// How deep groups nest; 0 without groups.
  public var groupDepth: Int { (groupDepths.max() ?? -1) + 1 }

  var groupDepths: [Int] {
    var depths: [Int] = []
    for group in groups { depths.append(group.parent.map { depths[$0] + 1 } ?? 0) }
    return depths
  }

  /// A graph of about `limit` nodes that says the same in less detail; the graph itself where it is small enough.
  ///
  /// First groups are folded, the innermost first; then what repeats (`mul → add → relu` a thousand times is one node); then stretches of
  /// time. Every fold is a stretch of time, so the result has no cycles.
  public func folded(limit: Int) -> GradientGraph {
    if nodes.count <= limit { return self }
    let folds = folds(limit)
    return folds.graph(foldingSources: folds.count > limit)
  }

  /// What `folded(limit:)` folds.
  func folds(_ limit: Int) -> Folds {
    var folds = Folds(self)
    for depth in stride(from: groupDepth, through: 1, by: -1) where folds.count > limit { folds.foldGroups(at: depth - 1, groupDepths) }
    if folds.count > limit { folds.foldRepeats() }
    if folds.count > limit { folds.foldTime(into: max(2, limit / 3)) }
    return folds
  }

  /// The graph with every group at `depth` (0 for the outermost) drawn as one node.
  public func foldingGroups(at depth: Int) -> GradientGraph {
    var folds = Folds(self)
    folds.foldGroups(at: depth, groupDepths)
    return folds.graph(foldingSources: false)
  }
}

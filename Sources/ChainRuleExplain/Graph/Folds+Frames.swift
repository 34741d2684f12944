import ChainRule

extension Folds {
  /// The folded graph with what is inside the folds, as far as `budget` nodes go: in frames, which are given too, and which a page folds
  /// at first. Of what repeats the first and the last ones are shown, the others are one node; of what is long, stretches of time.
  func framed(budget: Int) -> (graph: GradientGraph, frames: [Int]) {
    var opened = OpenedFolds(self)
    let share = max(6, (budget - stretches.count) / max(1, stretches.count { $0.children.count > 1 }))
    for stretch in stretches { opened.add(stretch, share, outside: stretch.group) }
    return opened.graph()
  }
}

/// Folds under way of being opened into frames.
private struct OpenedFolds {
  private let source: GradientGraph
  private var folds: Folds
  private var groups: [GradientGraph.Group]
  private var frames: [Int] = []
  /// How many results are in each group and those inside it.
  private var sizes: [Int]

  init(_ folds: Folds) {
    source = folds.source
    self.folds = folds
    self.folds.stretches = []
    groups = source.groups
    sizes = Array(repeating: 0, count: groups.count)
    for node in source.nodes where node.kind == .result {
      var group = node.group
      while let inner = group {
        sizes[inner] += 1
        group = groups[inner].parent
      }
    }
  }

  /// Adds what is inside a fold, in a frame; what cannot have one, as it stands.
  ///
  /// - Parameter outside: the group of the fold in the source.
  mutating func add(_ fold: Folds.Stretch, _ share: Int, outside: Int?) {
    guard fold.children.count > 1, share > 7, let frame = frame(around: fold, outside) else { return folds.stretches.append(fold) }
    frames.append(frame)
    let parts = parts(of: fold, share)
    for var part in parts {
      let group = part.members.count == 1 ? source.nodes[part.members[0]].group : part.group
      part.group = group == outside ? frame : group
      if part.members.count == 1 { part.name = nil }
      add(part, share / parts.count, outside: group)
    }
  }

  private func parts(of fold: Folds.Stretch, _ share: Int) -> [Folds.Stretch] {
    let children = fold.children, period = fold.period
    if children.count <= share { return children }
    // As many repetitions at either end as there is room for, three at most.
    let end = period * min(3, (share - 1) / max(1, 2 * period))
    if end > 0 {
      let middle = folds.join(Array(children[end..<children.count - end]), period: period)
      return children.prefix(end) + [middle] + children.suffix(end)
    }
    return (0..<share).map { i in
      let range = i * children.count / share..<(i + 1) * children.count / share
      return range.count == 1 ? children[range.lowerBound] : folds.join(Array(children[range]), name: "part \(i + 1) of \(share)")
    }
  }

  /// The group that was folded, or a new one around all groups that lie in the fold; nil where one of them lies in it only partly.
  private mutating func frame(around fold: Folds.Stretch, _ outside: Int?) -> Int? {
    if let group = fold.folded { return group }
    var inside: [Int: Int] = [:]
    for member in fold.members where source.nodes[member].kind == .result {
      guard var top = source.nodes[member].group, top != outside else { continue }
      while let parent = groups[top].parent, parent != outside, parent != fold.group { top = parent }
      inside[top, default: 0] += 1
    }
    for (group, count) in inside where sizes[group] != count { return nil }
    for group in inside.keys { groups[group] = .init(name: groups[group].name, parent: groups.count) }
    groups.append(.init(name: fold.name ?? "", parent: fold.group))
    sizes.append(inside.values.reduce(0, +))
    return groups.count - 1
  }

  /// The graph, with outer groups before inner ones, and what is given in the frame of its user; what is used again and again stays in sight.
  func graph() -> (graph: GradientGraph, frames: [Int]) {
    var result = folds.graph(foldingSources: false)
    var number: [Int: Int] = [:], order: [Int] = []
    for group in groups.indices {
      var path: [Int] = [], outer = Optional(group)
      while let next = outer, number[next] == nil {
        path.append(next)
        outer = groups[next].parent
      }
      for next in path.reversed() {
        number[next] = order.count
        order.append(next)
      }
    }
    result.groups = order.map { .init(name: groups[$0].name, parent: groups[$0].parent.flatMap { number[$0] }) }
    for id in result.nodes.indices { result.nodes[id].group = result.nodes[id].group.flatMap { number[$0] } }
    for id in result.nodes.indices where [.leaf, .constant].contains(result.nodes[id].kind) && result.nodes[id].outputs.count == 1 {
      result.nodes[id].group = result.nodes[result.edges[result.nodes[id].outputs[0]].to].group
    }
    return (result, frames.compactMap { number[$0] }.sorted())
  }
}

extension GradientGraph {
  /// The graph with a group around what repeats at least three times: around operations of one group, or around whole outermost groups.
  func framingRepeats() -> GradientGraph {
    var result = self
    var inner = Folds(self)
    inner.foldRepeats()
    for (name, members) in inner.named where Set(members.map { nodes[$0].group }).count == 1 {
      // A run that is all of its group has a frame already.
      let group = nodes[members[0]].group
      if let group, nodes.count(where: { $0.kind == .result && $0.group == group }) == members.count { continue }
      result.groups.append(Group(name: name, parent: group))
      result.place(members, in: result.groups.count - 1, insteadOf: group)
    }
    var outer = Folds(self)
    outer.foldGroups(at: 0, groupDepths)
    let modules = Set(outer.named.map(\.name))
    outer.foldRepeats()
    for (name, members) in outer.named where !modules.contains(name) && members.contains(where: { nodes[$0].group != nil }) {
      result.frame(members, name)
    }
    return result
  }

  /// Puts results, and what only one of them uses, into a group.
  private mutating func place(_ members: [Int], in group: Int, insteadOf old: Int?) {
    for member in members {
      nodes[member].group = group
      for edge in nodes[member].inputs {
        let from = edges[edge].from
        if nodes[from].kind != .result, nodes[from].outputs.count == 1, nodes[from].group == old { nodes[from].group = group }
      }
    }
  }

  /// A group around outermost groups, all of whose members are among those given.
  private mutating func frame(_ members: [Int], _ name: String) {
    let parents = groups.map(\.parent)
    let top = { (group: Int) -> Int in
      var group = group
      while let parent = parents[group] { group = parent }
      return group
    }
    let framed = Set(members.compactMap { nodes[$0].group.map(top) }), inside = Set(members)
    guard !framed.isEmpty else { return }
    for (id, node) in nodes.enumerated() where node.kind == .result && !inside.contains(id) {
      if let group = node.group, framed.contains(top(group)) { return }
    }
    // Groups come after the one around them, so the new one is the first.
    groups =
      [Group(name: name, parent: nil)]
      + groups.enumerated().map { Group(name: $1.name, parent: $1.parent.map { $0 + 1 } ?? (framed.contains($0) ? 0 : nil)) }
    for id in nodes.indices { nodes[id].group = nodes[id].group.map { $0 + 1 } }
    place(members.filter { nodes[$0].group == nil }, in: 0, insteadOf: nil)
  }
}

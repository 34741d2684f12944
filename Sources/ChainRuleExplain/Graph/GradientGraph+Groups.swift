import ChainRule

extension GradientGraph {
  /// Frames: the scopes that were open, and within them the runs of operations that use parameters of one module.
  mutating func findGroups(_ tape: RecordedTape, _ names: [ObjectIdentifier: String]) {
    var numbers: [ObjectIdentifier: Int] = [:]
    var last: (parent: Int?, module: String, group: Int)?
    for i in nodes.indices where nodes[i].kind == .result {
      var parent: Int?
      for scope in tape.vertices[i].groups {
        let id = ObjectIdentifier(scope)
        if numbers[id] == nil {
          numbers[id] = groups.count
          groups.append(Group(name: printable(scope.name), parent: parent))
        }
        parent = numbers[id]
      }
      nodes[i].group = parent
      guard let module = module(of: i, tape, names) else {
        last = nil
        continue
      }
      if let last, last.parent == parent, last.module == module {
        nodes[i].group = last.group
      } else {
        nodes[i].group = groups.count
        last = (parent, module, groups.count)
        groups.append(Group(name: printable(module), parent: parent))
      }
    }
    // What was given belongs to the group of all its users.
    for i in nodes.indices where nodes[i].kind != .result {
      let users = Set(nodes[i].outputs.map { nodes[edges[$0].to].group })
      if users.count == 1, let group = users.first { nodes[i].group = group }
    }
  }

  /// The module whose parameters the operation uses: `fc1` for `fc1.weight`.
  private func module(of node: Int, _ tape: RecordedTape, _ names: [ObjectIdentifier: String]) -> String? {
    for edge in nodes[node].inputs {
      guard let leaf = tape.vertices[edges[edge].from].leaf, let name = names[leaf], let dot = name.lastIndex(of: ".") else { continue }
      return String(name[..<dot])
    }
    return nil
  }
}

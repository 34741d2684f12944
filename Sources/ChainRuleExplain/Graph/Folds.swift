import ChainRule

/// The results of a graph in stretches of time, each to be drawn as one node.
struct Folds {
  struct Stretch {
    var members: [Int]
    var name: String?
    /// Equal for stretches that do the same.
    var signature: Int
    /// The group it is drawn in.
    var group: Int?
    /// What was joined, and how many of these repeat; of a group that was folded, which one.
    var children: [Stretch] = []
    var period = 0
    var folded: Int?
  }

  let source: GradientGraph
  var stretches: [Stretch] = []

  init(_ graph: GradientGraph) {
    source = graph
    for (id, node) in graph.nodes.enumerated() where node.kind != .leaf && node.kind != .constant {
      stretches.append(Stretch(members: [id], name: nil, signature: node.operation.hashValue, group: node.group))
    }
  }

  /// The number of nodes as it stands: sources that are used once disappear with their user.
  var count: Int { stretches.count + owners.values.count { $0 == nil } }

  /// The stretch of each source that is used once, if that is folded; else nil. What is used again and again stays in sight.
  private var owners: [Int: Int?] {
    let places = places
    var owners: [Int: Int?] = [:]
    for (id, node) in source.nodes.enumerated() where node.kind == .leaf || node.kind == .constant {
      let users = node.outputs.map { places[source.edges[$0].to] }
      if users.count == 1, stretches[users[0]].members.count > 1 { owners[id] = users[0] } else { owners[id] = .some(nil) }
    }
    return owners
  }

  /// The stretch of each result.
  private var places: [Int] {
    var places = [Int](repeating: 0, count: source.nodes.count)
    for (place, stretch) in stretches.enumerated() { for member in stretch.members { places[member] = place } }
    return places
  }

  /// The stretches that were folded.
  var named: [(name: String, members: [Int])] { stretches.compactMap { stretch in stretch.name.map { ($0, stretch.members) } } }

  mutating func foldGroups(at depth: Int, _ depths: [Int]) {
    // The ancestor of each group at the depth asked for.
    var ancestors: [Int?] = []
    for (id, group) in source.groups.enumerated() {
      ancestors.append(depths[id] < depth ? nil : depths[id] == depth ? id : group.parent.flatMap { ancestors[$0] })
    }
    var result: [Stretch] = [], last: Int?
    for stretch in stretches {
      let ancestor = stretch.group.flatMap { ancestors[$0] }
      if let ancestor, ancestor == last {
        result[result.count - 1].members += stretch.members
        result[result.count - 1].children.append(stretch)
        result[result.count - 1].signature = result[result.count - 1].signature &* 31 &+ stretch.signature
      } else {
        result.append(stretch)
        if let ancestor {
          result[result.count - 1].children = [stretch]
          result[result.count - 1].folded = ancestor
          result[result.count - 1].name = source.groups[ancestor].name
          result[result.count - 1].group = source.groups[ancestor].parent
        }
      }
      last = ancestor
    }
    stretches = result
  }

  /// Joins what repeats at least three times in a row, with a period of at most 64.
  mutating func foldRepeats() {
    let count = stretches.count
    var best = [(period: Int, length: Int)](repeating: (0, 0), count: count)
    for period in 1...64 where period < count {
      var run = 0
      for i in stride(from: count - period - 1, through: 0, by: -1) {
        run = stretches[i].signature == stretches[i + period].signature ? run + 1 : 0
        let repeats = run / period + 1
        if repeats >= 3, repeats * period > best[i].length { best[i] = (period, repeats * period) }
      }
    }
    var result: [Stretch] = [], i = 0
    while i < count {
      let (period, length) = best[i]
      guard length > 0 else {
        result.append(stretches[i])
        i += 1
        continue
      }
      result.append(join(Array(stretches[i..<i + length]), period: period))
      i += length
    }
    stretches = result
  }

  /// Joins stretches into a given number of larger ones.
  mutating func foldTime(into parts: Int) {
    let count = stretches.count
    stretches = (0..<min(parts, count)).map { part in
      let range = part * count / parts..<(part + 1) * count / parts
      return range.count == 1 ? stretches[range.lowerBound] : join(Array(stretches[range]), name: "part \(part + 1) of \(parts)")
    }
  }

  /// The group, or the operation without the remark that its operand is a number.
  private func describe(_ stretch: Stretch) -> String {
    if let name = stretch.name { return name }
    let operation = source.nodes[stretch.members[0]].operation
    return operation.hasSuffix(" (scalar)") ? String(operation.dropLast(9)) : operation
  }

  /// What repeats as one stretch.
  func join(_ children: [Stretch], period: Int) -> Stretch {
    let pattern = children.prefix(min(period, 6)).map(describe).joined(separator: " → ") + (period > 6 ? " → …" : "")
    return join(children, period: period, name: "\(NumberText.count(children.count / period)) × (\(pattern))")
  }

  func join(_ children: [Stretch], period: Int = 0, name: String) -> Stretch {
    let groups = Set(children.map(\.group))
    return Stretch(
      members: children.flatMap(\.members), name: name, signature: children.reduce(17) { $0 &* 31 &+ $1.signature },
      group: groups.count == 1 ? groups.first ?? nil : nil, children: children, period: period)
  }

  /// The folded graph; with `foldingSources` what was given is joined too, by who uses it.
  func graph(foldingSources: Bool) -> GradientGraph {
    var result = GradientGraph()
    result.groups = source.groups
    var places = places, members = stretches.map(\.members)
    var names = stretches.map(\.name), groups = stretches.map(\.group)
    var byUsers: [[Int]: Int] = [:]
    for (id, owner) in owners.sorted(by: { $0.key < $1.key }) {
      if let owner {
        places[id] = owner
        members[owner].append(id)
        continue
      }
      let users = foldingSources ? Set(source.nodes[id].outputs.map { places[source.edges[$0].to] }).sorted() : []
      if let known = byUsers[users], foldingSources {
        places[id] = known
        members[known].append(id)
        names[known] = "\(NumberText.count(members[known].count)) inputs"
        continue
      }
      byUsers[users] = members.count
      places[id] = members.count
      members.append([id])
      names.append(nil)
      groups.append(source.nodes[id].group)
    }
    // A stretch counts at its last result, a source just before its first user: inputs stay before results.
    let time = members.map { $0.lazy.filter { source.nodes[$0].kind == .result }.max() ?? $0[0] }
    let order = members.indices.sorted { time[$0] < time[$1] }
    var final = [Int](repeating: 0, count: members.count)
    for (position, place) in order.enumerated() { final[place] = position }
    for place in order { result.nodes.append(node(members[place], names[place], groups[place])) }
    var numbers: [[Int]: Int] = [:], sources: [Int] = []
    for edge in source.edges {
      let from = final[places[edge.from]], to = final[places[edge.to]]
      if from == to { continue }
      let isPlain = members[places[edge.from]].count == 1 && members[places[edge.to]].count == 1
      if !isPlain, let known = numbers[[from, to]] {
        result.edges[known].count += 1
        // Contributions to one tensor add up; those to several have no sum.
        if edge.from != sources[known] { sources[known] = -1 }
        let terms = [result.edges[known].contribution, edge.contribution].compactMap { $0 }
        result.edges[known].contribution = sources[known] < 0 || terms.isEmpty ? nil : terms.dropFirst().reduce(terms[0]) { $0 + $1 }
        continue
      }
      let number = result.edges.count
      numbers[[from, to]] = number
      sources.append(edge.from)
      result.edges.append(
        GradientGraph.Edge(from: from, to: to, local: isPlain ? edge.local : .unknown, contribution: edge.contribution))
      result.nodes[to].inputs.append(number)
      result.nodes[from].outputs.append(number)
    }
    result.root = final[places[source.root]]
    return result
  }

  /// One node for all of `members`: with the value and the gradient of the one result that others use.
  private func node(_ members: [Int], _ name: String?, _ group: Int?) -> GradientGraph.Node {
    let inside = Set(members)
    let used =
      inside.contains(source.root)
      ? [source.root] : members.filter { id in source.nodes[id].outputs.contains { !inside.contains(source.edges[$0].to) } }
    if members.count == 1 {
      var node = source.nodes[members[0]]
      node.inputs = []
      node.outputs = []
      node.group = group
      return node
    }
    var node = GradientGraph.Node(
      kind: .folded(count: members.count), name: name ?? "\(members.count) nodes",
      requiresGrad: members.contains { source.nodes[$0].requiresGrad })
    node.group = group
    if used.count == 1 {
      node.handsOn = source.nodes[used[0]].symbol
      node.value = source.nodes[used[0]].value
      node.shape = source.nodes[used[0]].shape
      node.gradient = source.nodes[used[0]].gradient
    }
    return node
  }
}

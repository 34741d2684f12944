/// The first step of a ranked drawing: which rank each node goes to.
enum RankAssignment {
  /// Ranks from 0 such that every edge leads to a later rank.
  ///
  /// Longest path layering (K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system structures", IEEE
  /// Trans. SMC 11, 1981), then nodes slide to the side where they have more edges, so that a weight sits right before its operation.
  /// That shortens edges nearly as the network simplex of Gansner et al. (1993) does, in linear time.
  ///
  /// Groups that feed each other are put in ranks of their own: each has a top vertex before and a bottom vertex after its members, and an
  /// edge from group to group goes from bottom to top as well (the nesting graph of G. Sander, "Layout of compound directed graphs",
  /// Saarbrücken 1996). Where that would close a cycle, because a path leaves a group and returns to it, the group does without.
  ///
  /// - Parameters:
  ///   - groupOf: the innermost group of each node, -1 for none.
  ///   - parents: the group around each group, -1 for none; it has the smaller number.
  static func ranks(edges: [(from: Int, to: Int)], groupOf: [Int], parents: [Int] = []) throws(LayoutError) -> [Int] {
    let nesting = Nesting(groupOf: groupOf, parents: parents)
    var isLoose = [Bool](repeating: false, count: parents.count)
    while true {
      let graph = nesting.graph(edges, isLoose)
      let order = graph.order()
      if order.count == graph.count { return compacted(slid(graph, order, nodeCount: groupOf.count), nodeCount: groupOf.count) }
      let stuck = graph.onCycles(order)
      let culprits = isLoose.indices.filter { !isLoose[$0] && (stuck[nesting.top($0)] || stuck[nesting.bottom($0)]) }
      guard !culprits.isEmpty else { throw .cycle(groupOf.indices.filter { stuck[$0] }) }
      for group in culprits { isLoose[group] = true }
    }
  }

  private static func slid(_ graph: OrderGraph, _ order: [Int], nodeCount: Int) -> [Int] {
    var rank = [Int](repeating: 0, count: graph.count)
    for vertex in order { for next in graph.after[vertex] { rank[next] = max(rank[next], rank[vertex] + 1) } }
    for _ in 0..<3 {
      for node in order.reversed() where node < nodeCount && graph.pull[node] > 0 {
        rank[node] = graph.after[node].reduce(Int.max) { min($0, rank[$1] - 1) }
      }
      for node in order where node < nodeCount && graph.pull[node] < 0 {
        rank[node] = graph.before[node].reduce(0) { max($0, rank[$1] + 1) }
      }
    }
    return rank
  }

  /// Ranks without nodes are dropped: sliding leaves some, tops and bottoms have theirs.
  private static func compacted(_ rank: [Int], nodeCount: Int) -> [Int] {
    var used = [Int: Int]()
    for (index, value) in Set(rank.prefix(nodeCount)).sorted().enumerated() { used[value] = index }
    return rank.prefix(nodeCount).map { used[$0] ?? 0 }
  }
}

/// What must come before what.
private struct OrderGraph {
  var after: [[Int]]
  var before: [[Int]]
  /// Edges out less edges in, not counting those that only keep groups apart.
  var pull: [Int]

  var count: Int { after.count }

  init(count: Int) {
    after = Array(repeating: [], count: count)
    before = after
    pull = Array(repeating: 0, count: count)
  }

  mutating func add(_ from: Int, _ to: Int) {
    after[from].append(to)
    before[to].append(from)
  }

  /// The vertices in an order along the edges; those on cycles and behind them are missing.
  func order() -> [Int] { Self.order(after, before.map(\.count)) }

  /// The vertices on cycles or between them.
  func onCycles(_ order: [Int]) -> [Bool] {
    var isStuck = [Bool](repeating: true, count: count)
    for vertex in order { isStuck[vertex] = false }
    // From the other end, what is only behind a cycle comes free as well.
    for vertex in Self.order(before, after.map(\.count)) { isStuck[vertex] = false }
    return isStuck
  }

  private static func order(_ after: [[Int]], _ degrees: [Int]) -> [Int] {
    var waiting = degrees
    var order = waiting.indices.filter { waiting[$0] == 0 }
    var next = 0
    while next < order.count {
      for vertex in after[order[next]] {
        waiting[vertex] -= 1
        if waiting[vertex] == 0 { order.append(vertex) }
      }
      next += 1
    }
    return order
  }
}

/// The nesting of nodes in groups, as vertices that come before and after the members.
private struct Nesting {
  let groupOf: [Int]
  let parents: [Int]
  private let depths: [Int]

  init(groupOf: [Int], parents: [Int]) {
    self.groupOf = groupOf
    self.parents = parents
    var depths: [Int] = []
    for parent in parents { depths.append(parent < 0 ? 0 : depths[parent] + 1) }
    self.depths = depths
  }

  func top(_ group: Int) -> Int { groupOf.count + 2 * group }
  func bottom(_ group: Int) -> Int { groupOf.count + 2 * group + 1 }

  func graph(_ edges: [(from: Int, to: Int)], _ isLoose: [Bool]) -> OrderGraph {
    var graph = OrderGraph(count: groupOf.count + 2 * parents.count)
    for edge in edges {
      graph.add(edge.from, edge.to)
      graph.pull[edge.from] += 1
      graph.pull[edge.to] -= 1
      let (first, second) = outermostApart(groupOf[edge.from], groupOf[edge.to], isLoose)
      if first >= 0 || second >= 0 { graph.add(first < 0 ? edge.from : bottom(first), second < 0 ? edge.to : top(second)) }
    }
    for (node, group) in groupOf.enumerated() { hold(node, node, firm(group, isLoose), in: &graph) }
    for group in parents.indices where !isLoose[group] { hold(top(group), bottom(group), firm(parents[group], isLoose), in: &graph) }
    return graph
  }

  private func hold(_ first: Int, _ last: Int, _ group: Int, in graph: inout OrderGraph) {
    guard group >= 0 else { return }
    graph.add(top(group), first)
    graph.add(last, bottom(group))
  }

  /// The innermost group from here outwards that has a top and a bottom.
  private func firm(_ group: Int, _ isLoose: [Bool]) -> Int {
    var group = group
    while group >= 0 && isLoose[group] { group = parents[group] }
    return group
  }

  /// The outermost groups of each end that do not hold the other end, -1 for none.
  private func outermostApart(_ first: Int, _ second: Int, _ isLoose: [Bool]) -> (Int, Int) {
    var (a, b, outerA, outerB) = (first, second, -1, -1)
    while a != b {
      if a >= 0 && (b < 0 || depths[a] >= depths[b]) {
        if !isLoose[a] { outerA = a }
        a = parents[a]
      } else {
        if !isLoose[b] { outerB = b }
        b = parents[b]
      }
    }
    return (outerA, outerB)
  }
}

/// The second step of a ranked drawing: the order within each rank.
///
/// Sweeps down and up sort each rank by the barycentres of the neighbours (Sugiyama et al. 1981), exchanges of neighbours follow (E. R.
/// Gansner, E. Koutsofios, S. C. North, K.-P. Vo, "A technique for drawing directed graphs", IEEE Trans. Softw. Eng. 19, 1993), the best
/// order seen is kept. The members of a group stay together in each rank, and sibling groups keep one order over all ranks (after M.
/// Forster, "Applying crossing reduction strategies to layered compound graphs", GD 2002), so that their frames can be rectangles.
struct CrossingReduction {
  private var graph: RankedGraph
  private var position: [Int]
  /// The place of each group among its siblings.
  private var groupPlace: [Double]
  /// For each rank the groups present, deepest first.
  private let groupsOfRank: [[Int]]
  private let leftBorders: [[Int: Int]]
  private let rightBorders: [[Int: Int]]

  /// The graph with its ranks ordered, and the crossings left.
  static func ordered(_ graph: RankedGraph) -> (graph: RankedGraph, crossings: Int) {
    var work = CrossingReduction(graph)
    let crossings = work.run()
    return (work.graph, crossings)
  }

  private init(_ graph: RankedGraph) {
    self.graph = graph
    position = Array(repeating: 0, count: graph.vertexCount)
    groupPlace = Array(repeating: 0, count: graph.parents.count)
    var (lefts, rights) = ([[Int: Int]](repeating: [:], count: graph.ranks.count), [[Int: Int]](repeating: [:], count: graph.ranks.count))
    for vertex in graph.kind.indices {
      switch graph.kind[vertex] {
      case .leftBorder(let group): lefts[graph.rank[vertex]][group] = vertex
      case .rightBorder(let group): rights[graph.rank[vertex]][group] = vertex
      default: break
      }
    }
    (leftBorders, rightBorders) = (lefts, rights)
    groupsOfRank = lefts.map { $0.keys.sorted { (-graph.depths[$0], $0) < (-graph.depths[$1], $1) } }
  }

  private mutating func run() -> Int {
    start()
    var best = (ranks: graph.ranks, crossings: crossings())
    // A fixed number of sweeps, fewer the larger the graph: 2,000 nodes take all 24.
    let work = graph.vertexCount + graph.successors.reduce(0) { $0 + $1.count }
    let sweeps = max(2, min(24, 2_400_000 / max(1, work)))
    let exchanges = work <= 60_000
    var idle = 0
    for sweep in 0..<sweeps where best.crossings > 0 && idle < 6 {
      if sweep < sweeps / 2 { placeGroups() }
      let isDown = sweep % 2 == 0
      for step in graph.ranks.indices {
        sort(isDown ? step : graph.ranks.count - 1 - step, by: isDown ? graph.predecessors : graph.successors, isDown ? -1 : 1)
      }
      if exchanges { exchangeNeighbours() }
      let now = crossings()
      idle += 1
      if now < best.crossings {
        best = (graph.ranks, now)
        idle = 0
      }
    }
    graph.ranks = best.ranks
    return best.crossings
  }

  /// Vertices in the order of a depth-first walk, which keeps paths together.
  private mutating func start() {
    var isSeen = [Bool](repeating: false, count: graph.vertexCount)
    var ranks = [[Int]](repeating: [], count: graph.ranks.count)
    for root in graph.ranks.joined() where !isSeen[root] {
      var stack = [root]
      while let vertex = stack.popLast() {
        guard !isSeen[vertex] else { continue }
        isSeen[vertex] = true
        ranks[graph.rank[vertex]].append(vertex)
        stack += graph.successors[vertex].reversed()
        stack += graph.predecessors[vertex].reversed()
      }
    }
    graph.ranks = ranks
    setPositions()
    placeGroups()
    let none = [[Int]](repeating: [], count: graph.vertexCount)
    for rank in graph.ranks.indices { sort(rank, by: none, 0) }
  }

  private mutating func setPositions() {
    for rank in graph.ranks { for (index, vertex) in rank.enumerated() { position[vertex] = index } }
  }

  /// Orders sibling groups by the mean place of their members over all ranks.
  private mutating func placeGroups() {
    guard !groupPlace.isEmpty else { return }
    var sums = [Double](repeating: 0, count: groupPlace.count), counts = sums
    for rank in graph.ranks {
      for vertex in rank {
        let place = (Double(position[vertex]) + 0.5) / Double(rank.count)
        var group = graph.group[vertex]
        while group >= 0 {
          sums[group] += place
          counts[group] += 1
          group = graph.parents[group]
        }
      }
    }
    let order = groupPlace.indices.sorted { (sums[$0] / max(1, counts[$0]), $0) < (sums[$1] / max(1, counts[$1]), $1) }
    for (index, group) in order.enumerated() { groupPlace[group] = Double(index) }
  }

  private enum Item {
    case vertex(Int)
    case group(Int)
  }

  /// Sorts a rank by the barycentres of its neighbours in the rank `offset` away; a vertex without neighbours keeps its place.
  private mutating func sort(_ index: Int, by neighbours: [[Int]], _ offset: Int) {
    let rank = graph.ranks[index]
    let isInside = graph.ranks.indices.contains(index + offset)
    let scale = isInside ? Double(graph.ranks[index + offset].count) / Double(max(1, rank.count)) : 1
    var key: [Int: Double] = [:]
    key.reserveCapacity(rank.count)
    for vertex in rank {
      let near = neighbours[vertex]
      key[vertex] =
        near.isEmpty
        ? (Double(position[vertex]) + 0.5) * scale - 0.5 : near.reduce(0.0) { $0 + Double(position[$1]) } / Double(near.count)
    }
    // The last component makes the order total and the sort stable.
    let isBefore = { (a: (Double, Int), b: (Double, Int)) in a < b }
    if groupsOfRank[index].isEmpty {
      graph.ranks[index] = rank.sorted { isBefore((key[$0] ?? 0, position[$0]), (key[$1] ?? 0, position[$1])) }
    } else {
      graph.ranks[index] = sortedByGroups(index, rank, key)
    }
    for (place, vertex) in graph.ranks[index].enumerated() { position[vertex] = place }
  }

  private func sortedByGroups(_ index: Int, _ rank: [Int], _ key: [Int: Double]) -> [Int] {
    var members: [Int: [(item: Item, key: Double, tie: Int)]] = [:]
    var sums: [Int: (sum: Double, count: Double)] = [:]
    for vertex in rank where !graph.isBorder(vertex) {
      let group = graph.group[vertex], value = key[vertex] ?? 0
      members[group, default: []].append((.vertex(vertex), value, position[vertex]))
      let old = sums[group] ?? (0, 0)
      sums[group] = (old.sum + value, old.count + 1)
    }
    for group in groupsOfRank[index] {
      guard let left = leftBorders[index][group], let right = rightBorders[index][group] else { continue }
      let inner = sums[group] ?? (0, 0)
      let mean = inner.count > 0 ? inner.sum / inner.count : ((key[left] ?? 0) + (key[right] ?? 0)) / 2
      let parent = graph.parents[group]
      members[parent, default: []].append((.group(group), mean, position[left]))
      let old = sums[parent] ?? (0, 0)
      sums[parent] = (old.sum + mean * max(1, inner.count), old.count + max(1, inner.count))
    }
    var order: [Int] = []
    order.reserveCapacity(rank.count)
    var stack: [Item] = arranged(members[-1] ?? []).reversed()
    while let item = stack.popLast() {
      switch item {
      case .vertex(let vertex): order.append(vertex)
      case .group(let group):
        if let left = leftBorders[index][group] { order.append(left) }
        if let right = rightBorders[index][group] { stack.append(.vertex(right)) }
        stack += arranged(members[group] ?? []).reversed()
      }
    }
    return order
  }

  /// The children of one frame in their order: groups by place, vertices among them by key.
  private func arranged(_ items: [(item: Item, key: Double, tie: Int)]) -> [Item] {
    var groups: [(group: Int, key: Double, tie: Int)] = []
    var rest: [(item: Item, key: Double, tie: Int)] = []
    for entry in items {
      if case .group(let group) = entry.item { groups.append((group, entry.key, entry.tie)) } else { rest.append(entry) }
    }
    groups.sort { groupPlace[$0.group] < groupPlace[$1.group] }
    // Keys must not contradict these places: neighbours that do are pooled to their mean (isotonic regression by pool adjacent violators).
    var pools: [(sum: Double, count: Int)] = []
    for entry in groups {
      pools.append((entry.key, 1))
      while pools.count > 1, let last = pools.last {
        let before = pools[pools.count - 2]
        guard before.sum / Double(before.count) > last.sum / Double(last.count) else { break }
        pools.removeLast(2)
        pools.append((before.sum + last.sum, before.count + last.count))
      }
    }
    let keys = pools.flatMap { Array(repeating: $0.sum / Double($0.count), count: $0.count) }
    rest += zip(groups, keys).map { (.group($0.group), $1, $0.tie) }
    rest.sort { ($0.key, $0.tie) < ($1.key, $1.tie) }
    // Groups with equal keys may have been sorted by the tie; the ranks decide.
    var next = 0
    return rest.map { entry in
      guard case .group = entry.item else { return entry.item }
      next += 1
      return .group(groups[next - 1].group)
    }
  }

  /// Swaps neighbours of one frame where that removes crossings.
  private mutating func exchangeNeighbours() {
    for _ in 0..<4 {
      var hasChanged = false
      for index in graph.ranks.indices {
        for place in graph.ranks[index].indices.dropLast() {
          let (a, b) = (graph.ranks[index][place], graph.ranks[index][place + 1])
          guard graph.group[a] == graph.group[b], !graph.isBorder(a), !graph.isBorder(b) else { continue }
          let gain =
            swapGain(graph.predecessors[a], graph.predecessors[b]) + swapGain(graph.successors[a], graph.successors[b])
          guard gain > 0 else { continue }
          graph.ranks[index].swapAt(place, place + 1)
          (position[a], position[b]) = (place + 1, place)
          hasChanged = true
        }
      }
      if !hasChanged { return }
    }
  }

  /// Crossings of the edges of two neighbours as they stand, less those after a swap.
  private func swapGain(_ left: [Int], _ right: [Int]) -> Int {
    guard !left.isEmpty, !right.isEmpty else { return 0 }
    // Two busy vertices would cost the product of their degrees.
    guard left.count * right.count <= 4096 else { return 0 }
    var gain = 0
    for a in left { for b in right { gain += (position[a] - position[b]).signum() } }
    return gain
  }

  /// All crossings, those with a frame three times. Counted with a tree of partial sums (W. Barth, M. Jünger, P. Mutzel, "Simple and
  /// efficient bilayer cross counting", GD 2002).
  private func crossings() -> Int {
    var total = 0
    for (index, rank) in graph.ranks.enumerated().dropLast() {
      let size = graph.ranks[index + 1].count
      var tree = [Int](repeating: 0, count: size + 1)
      var inserted = 0
      for vertex in rank {
        let weight = graph.isBorder(vertex) ? 3 : 1
        let ends = graph.successors[vertex].map { position[$0] }.sorted()
        for end in ends {
          var (below, slot) = (0, end + 1)
          while slot > 0 {
            below += tree[slot]
            slot -= slot & -slot
          }
          total += weight * (inserted - below)
        }
        for end in ends {
          inserted += weight
          var slot = end + 1
          while slot <= size {
            tree[slot] += weight
            slot += slot & -slot
          }
        }
      }
    }
    return total
  }
}

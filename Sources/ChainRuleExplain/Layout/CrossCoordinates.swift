/// The third step of a ranked drawing: the coordinate across the ranks.
///
/// U. Brandes and B. Köpf, "Fast and simple horizontal coordinate assignment" (GD 2001): vertices are aligned with the median neighbour
/// into blocks, four times (from above and below, from left and right), each alignment is compacted, and every vertex takes the mean of the
/// middle two of its four places. Compaction is by longest paths over the graph of blocks, which respects widths and avoids the class
/// shifts whose error the authors corrected in 2020 (arXiv:2008.01252).
struct CrossCoordinates {
  private let graph: RankedGraph
  private let options: LayoutOptions
  private var position: [Int]

  /// The coordinate of the centre of each vertex. No two vertices of a rank overlap.
  static func coordinates(of graph: RankedGraph, _ options: LayoutOptions) -> [Double] {
    CrossCoordinates(graph, options).run()
  }

  private init(_ graph: RankedGraph, _ options: LayoutOptions) {
    self.graph = graph
    self.options = options
    position = Array(repeating: 0, count: graph.vertexCount)
    for rank in graph.ranks { for (index, vertex) in rank.enumerated() { position[vertex] = index } }
  }

  private func run() -> [Double] {
    guard graph.vertexCount > 0 else { return [] }
    let conflicts = innerSegmentConflicts()
    var candidates: [[Double]] = []
    for isUpward in [false, true] {
      for isMirrored in [false, true] {
        var ranks = isUpward ? graph.ranks.reversed() : graph.ranks
        if isMirrored { ranks = ranks.map { $0.reversed() } }
        let root = blocks(ranks, isUpward ? graph.successors : graph.predecessors, isMirrored, conflicts)
        let x = compacted(ranks, root, isMirrored)
        candidates.append(isMirrored ? x.map { -$0 } : x)
      }
    }
    // All four are moved to the narrowest one: those packed to the left by their left ends, the others by their right ends.
    let ends = candidates.map { x in (low: x.min() ?? 0, high: x.max() ?? 0) }
    let narrowest = ends.min { $0.high - $0.low < $1.high - $1.low } ?? (0, 0)
    for (index, end) in ends.enumerated() {
      let shift = index % 2 == 0 ? narrowest.low - end.low : narrowest.high - end.high
      for vertex in candidates[index].indices { candidates[index][vertex] += shift }
    }
    return (0..<graph.vertexCount).map { vertex in
      let places = candidates.map { $0[vertex] }.sorted()
      return (places[1] + places[2]) / 2
    }
  }

  /// The least distance between the centres of neighbours of a rank.
  static func separation(_ graph: RankedGraph, _ left: Int, _ right: Int, _ options: LayoutOptions) -> Double {
    let half = (graph.width[left] + graph.width[right]) / 2
    switch (graph.kind[left], graph.kind[right]) {
    case (.leftBorder(let first), .rightBorder(let second)) where first == second:
      return 2 * options.groupPadding + graph.headingDepths[first]
    case (.leftBorder(let group), _): return half + options.groupPadding + graph.headingDepths[group]
    case (_, .rightBorder): return half + options.groupPadding
    case (.rightBorder, _), (_, .leftBorder): return half + max(options.edgeSpacing, options.nodeSpacing / 2)
    case (.dummy, .dummy): return half + options.edgeSpacing
    case (.dummy, _), (_, .dummy): return half + (options.edgeSpacing + options.nodeSpacing) / 2
    default: return half + options.nodeSpacing
    }
  }

  private struct Segment: Hashable {
    let upper: Int
    let lower: Int
  }

  /// Segments that cross an inner segment (one between two dummies), which is to be drawn straight; they must not be aligned. Of two inner
  /// segments that cross, neither is marked; whichever is aligned first wins.
  private func innerSegmentConflicts() -> Set<Segment> {
    var marked: Set<Segment> = []
    for rank in graph.ranks.dropFirst() {
      var (low, next) = (-1, 0)
      for (index, vertex) in rank.enumerated() {
        let above = isThrough(vertex) ? graph.predecessors[vertex].first { isThrough($0) } : nil
        guard above != nil || index == rank.count - 1 else { continue }
        let high = above.map { position[$0] } ?? Int.max
        while next <= index {
          for upper in graph.predecessors[rank[next]] where position[upper] < low || position[upper] > high {
            if !(isThrough(upper) && isThrough(rank[next])) { marked.insert(Segment(upper: upper, lower: rank[next])) }
          }
          next += 1
        }
        low = above.map { position[$0] } ?? low
      }
    }
    return marked
  }

  private func isThrough(_ vertex: Int) -> Bool { !graph.isNode(vertex) }

  /// The root of each vertex's block.
  private func blocks(_ ranks: [[Int]], _ neighbours: [[Int]], _ isMirrored: Bool, _ conflicts: Set<Segment>) -> [Int] {
    var root = Array(0..<graph.vertexCount), align = root
    // Mirrored ranks count places from the right.
    let place = { (vertex: Int) in isMirrored ? -position[vertex] : position[vertex] }
    for rank in ranks {
      var last = Int.min
      for vertex in rank {
        let near = neighbours[vertex].sorted { place($0) < place($1) }
        guard !near.isEmpty else { continue }
        for index in ((near.count - 1) / 2)...(near.count / 2) where align[vertex] == vertex && last < place(near[index]) {
          let other = near[index]
          let isDown = graph.rank[other] < graph.rank[vertex]
          let segment = isDown ? Segment(upper: other, lower: vertex) : Segment(upper: vertex, lower: other)
          guard !conflicts.contains(segment) else { continue }
          align[other] = vertex
          root[vertex] = root[other]
          align[vertex] = root[vertex]
          last = place(other)
        }
      }
    }
    return root
  }

  /// Packs the blocks to the left, then moves each as far right as the next one allows, so that blocks are near their neighbours.
  private func compacted(_ ranks: [[Int]], _ root: [Int], _ isMirrored: Bool) -> [Double] {
    var arcs = SeparationGraph(count: graph.vertexCount)
    for rank in ranks {
      for (left, right) in zip(rank, rank.dropFirst()) {
        let gap = isMirrored ? Self.separation(graph, right, left, options) : Self.separation(graph, left, right, options)
        arcs.add(root[left], root[right], gap)
      }
    }
    let order = arcs.order()
    var x = [Double](repeating: 0, count: graph.vertexCount)
    for block in order { for arc in arcs.after[block] { x[arc.to] = max(x[arc.to], x[block] + arc.gap) } }
    for block in order.reversed() where !arcs.after[block].isEmpty {
      x[block] = arcs.after[block].reduce(Double.infinity) { min($0, x[$1.to] - $1.gap) }
    }
    return root.map { x[$0] }
  }
}

/// Least distances between variables on a line: `x[to] - x[from] >= gap`.
struct SeparationGraph {
  private(set) var after: [[(to: Int, gap: Double)]]
  private(set) var before: [[(from: Int, gap: Double)]]

  init(count: Int) {
    after = Array(repeating: [], count: count)
    before = Array(repeating: [], count: count)
  }

  mutating func add(_ from: Int, _ to: Int, _ gap: Double) {
    after[from].append((to, gap))
    before[to].append((from, gap))
  }

  /// The variables from left to right; those on a cycle, and behind one, are missing.
  func order() -> [Int] {
    var waiting = before.map(\.count)
    var order = waiting.indices.filter { waiting[$0] == 0 }
    var next = 0
    while next < order.count {
      for arc in after[order[next]] {
        waiting[arc.to] -= 1
        if waiting[arc.to] == 0 { order.append(arc.to) }
      }
      next += 1
    }
    return order
  }

  /// Places that keep all distances, near the desired ones: the mean of pushing everything right and everything left, which is feasible
  /// because both are.
  func projected(_ desired: [Double], order: [Int]) -> [Double] {
    var (right, left) = (desired, desired)
    for variable in order { for arc in after[variable] { right[arc.to] = max(right[arc.to], right[variable] + arc.gap) } }
    for variable in order.reversed() { for arc in before[variable] { left[arc.from] = min(left[arc.from], left[variable] - arc.gap) } }
    return zip(left, right).map { ($0 + $1) / 2 }
  }
}

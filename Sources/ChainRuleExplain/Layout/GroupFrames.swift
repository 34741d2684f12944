/// Makes the frames of groups upright: all left borders of a group get one coordinate, all right borders another, members stay between them
/// and everything else outside.
enum GroupFrames {
  /// The coordinates moved as little as needed, and the sides of each group.
  static func straightened(
    _ graph: RankedGraph, _ desired: [Double], headings: [Double], _ options: LayoutOptions
  ) -> (x: [Double], sides: [(left: Double, right: Double)]) {
    let groupCount = graph.spans.count
    guard graph.spans.contains(where: { $0 != nil }) else { return (desired, Array(repeating: (0, 0), count: groupCount)) }
    // Vertices that stand exactly below each other move as one, or long edges would bend. That may contradict the frames; the unions on a
    // cycle of distances are then undone.
    var root = unions(graph, desired)
    var (arcs, order) = (SeparationGraph(count: 0), [Int]())
    while true {
      arcs = distances(graph, root, headings, options)
      order = arcs.order()
      if order.count == arcs.after.count { break }
      let placed = Set(order)
      let stuck = root.indices.filter { root[$0] != $0 && !placed.contains(root[$0]) }
      guard !stuck.isEmpty else { break }
      for vertex in stuck { root[vertex] = vertex }
    }
    let count = graph.vertexCount
    var wanted = desired + [Double](repeating: 0, count: 2 * groupCount)
    for group in 0..<groupCount {
      wanted[count + 2 * group] = -.infinity
      wanted[count + 2 * group + 1] = .infinity
    }
    for vertex in 0..<count {
      // Frames want to be tight: the innermost of the places found for each side.
      switch graph.kind[vertex] {
      case .leftBorder(let group): wanted[count + 2 * group] = max(wanted[count + 2 * group], desired[vertex])
      case .rightBorder(let group): wanted[count + 2 * group + 1] = min(wanted[count + 2 * group + 1], desired[vertex])
      default: break
      }
    }
    for index in wanted.indices where !wanted[index].isFinite { wanted[index] = 0 }
    var x = arcs.projected(wanted, order: order)
    // Inner frames first; a side that moves inwards comes nearer to nothing outside.
    for group in (0..<groupCount).sorted(by: { (-graph.depths[$0], $0) < (-graph.depths[$1], $1) }) where graph.spans[group] != nil {
      let (left, right) = (count + 2 * group, count + 2 * group + 1)
      let inner = arcs.after[left].filter { $0.to != right }
      guard !inner.isEmpty else { continue }
      let low = inner.reduce(Double.infinity) { min($0, x[$1.to] - $1.gap) }
      let high = arcs.before[right].filter { $0.from != left }.reduce(-Double.infinity) { max($0, x[$1.from] + $1.gap) }
      // A heading wider than the members keeps its room, in the middle where possible.
      let missing = max(0, headings[group] + 2 * options.groupPadding - (high - low))
      x[left] = max(x[left], low - missing / 2)
      x[right] = min(x[right], max(high, x[left] + (high - low) + missing))
    }
    let places = (0..<count).map { vertex -> Double in
      switch graph.kind[vertex] {
      case .leftBorder(let group): return x[count + 2 * group]
      case .rightBorder(let group): return x[count + 2 * group + 1]
      default: return x[root[vertex]]
      }
    }
    return (places, (0..<groupCount).map { (x[count + 2 * $0], x[count + 2 * $0 + 1]) })
  }

  /// The root of the column each vertex stands in: connected vertices with the same coordinate.
  private static func unions(_ graph: RankedGraph, _ x: [Double]) -> [Int] {
    var root = Array(0..<graph.vertexCount)
    for rank in graph.ranks {
      for vertex in rank where !graph.isBorder(vertex) {
        for above in graph.predecessors[vertex] where !graph.isBorder(above) && abs(x[above] - x[vertex]) < 0.01 {
          root[vertex] = root[above]
        }
      }
    }
    return root
  }

  /// The distances along every rank. Variables: the vertices, then left and right side of each group.
  private static func distances(_ graph: RankedGraph, _ root: [Int], _ headings: [Double], _ options: LayoutOptions) -> SeparationGraph {
    let count = graph.vertexCount
    let variable = { (vertex: Int) -> Int in
      switch graph.kind[vertex] {
      case .leftBorder(let group): return count + 2 * group
      case .rightBorder(let group): return count + 2 * group + 1
      default: return root[vertex]
      }
    }
    var arcs = SeparationGraph(count: count + 2 * graph.spans.count)
    for rank in graph.ranks {
      for (left, right) in zip(rank, rank.dropFirst()) {
        arcs.add(variable(left), variable(right), CrossCoordinates.separation(graph, left, right, options))
      }
    }
    for group in graph.spans.indices where graph.spans[group] != nil {
      arcs.add(count + 2 * group, count + 2 * group + 1, headings[group] + 2 * options.groupPadding)
    }
    return arcs
  }
}

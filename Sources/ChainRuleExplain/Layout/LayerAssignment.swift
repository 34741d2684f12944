/// The first step of a layered drawing: which layer each node goes to.
enum LayerAssignment {
  /// Layers from 0 such that every edge leads to a later layer.
  ///
  /// Longest path layering (K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system structures", IEEE
  /// Trans. SMC 11, 1981), then nodes slide to the side where they have more edges, so that a weight sits right before its operation.
  /// That shortens edges nearly as the network simplex of Gansner et al. (1993) does, in linear time.
  static func layers(count: Int, edges: [(from: Int, to: Int)]) throws(LayoutError) -> [Int] {
    var successors = [[Int]](repeating: [], count: count), predecessors = successors
    for edge in edges {
      successors[edge.from].append(edge.to)
      predecessors[edge.to].append(edge.from)
    }
    var waiting = predecessors.map(\.count)
    var order = (0..<count).filter { waiting[$0] == 0 }
    var layer = [Int](repeating: 0, count: count)
    var next = 0
    while next < order.count {
      let node = order[next]
      next += 1
      for successor in successors[node] {
        layer[successor] = max(layer[successor], layer[node] + 1)
        waiting[successor] -= 1
        if waiting[successor] == 0 { order.append(successor) }
      }
    }
    guard order.count == count else { throw .cycle((0..<count).filter { waiting[$0] > 0 }) }

    for _ in 0..<3 {
      for node in order.reversed() where successors[node].count > predecessors[node].count {
        layer[node] = successors[node].reduce(Int.max) { min($0, layer[$1] - 1) }
      }
      for node in order where predecessors[node].count > successors[node].count {
        layer[node] = predecessors[node].reduce(0) { max($0, layer[$1] + 1) }
      }
    }
    // Sliding may leave layers empty.
    var used = [Int: Int]()
    for (index, value) in Set(layer).sorted().enumerated() { used[value] = index }
    return layer.map { used[$0] ?? 0 }
  }
}

/// The proper ranked graph that the later steps work on: every segment joins neighbouring ranks. Long edges run through dummies, texts of
/// edges are vertices, and the frame of a group is a left and a right border vertex in each of its ranks.
struct RankedGraph {
  enum Kind: Equatable {
    case node(Int)
    /// Where a long edge passes a rank.
    case dummy
    case label
    case leftBorder(Int)
    case rightBorder(Int)
  }

  var kind: [Kind] = []
  var width: [Double] = []
  var height: [Double] = []
  var rank: [Int] = []
  /// The group around each vertex, -1 for none. A border belongs to its own group.
  var group: [Int] = []
  var successors: [[Int]] = []
  var predecessors: [[Int]] = []
  /// The vertices of each rank from left to right.
  var ranks: [[Int]] = []
  /// The vertices each edge of the input passes, its ends included; two only where an edge was too long for dummies.
  var chains: [[Int]] = []
  /// For each group the ranks it has members in; nil without members.
  var spans: [ClosedRange<Int>?]
  /// The group around each group, -1 for none.
  let parents: [Int]
  /// How deep each group lies, 0 outermost.
  let depths: [Int]
  /// The room for a heading between the left border of each group and its members, where edges lead to the right.
  let headingDepths: [Double]

  init(_ graph: LayoutGraph, swapsAxes: Bool) throws(LayoutError) {
    parents = graph.groups.map { $0.parent ?? -1 }
    var depths: [Int] = []
    for parent in parents { depths.append(parent < 0 ? 0 : depths[parent] + 1) }
    self.depths = depths
    headingDepths = graph.groups.map { swapsAxes ? $0.heading.height : 0 }
    spans = Array(repeating: nil, count: graph.groups.count)

    // Texts take part in the ranking, so that there is room for them between the nodes.
    var links: [(from: Int, to: Int)] = []
    var labelOf = [Int](repeating: -1, count: graph.edges.count)
    var groupOf = graph.nodes.map { $0.group ?? -1 }
    for (index, edge) in graph.edges.enumerated() {
      if edge.label != nil {
        labelOf[index] = groupOf.count
        links += [(edge.from, groupOf.count), (groupOf.count, edge.to)]
        groupOf.append(Self.commonGroup(groupOf[edge.from], groupOf[edge.to], parents, depths))
      } else {
        links.append((edge.from, edge.to))
      }
    }
    let assigned: [Int]
    do {
      assigned = try RankAssignment.ranks(edges: links, groupOf: groupOf, parents: parents)
    } catch {
      guard case .cycle(let vertices) = error else { throw error }
      throw .cycle(vertices.filter { $0 < graph.nodes.count })
    }
    ranks = Array(repeating: [], count: (assigned.max() ?? -1) + 1)
    for (index, node) in graph.nodes.enumerated() {
      let size = swapsAxes ? LayoutSize(node.size.height, node.size.width) : node.size
      addVertex(.node(index), size, rank: assigned[index], group: node.group ?? -1)
    }
    setSpans()
    for (index, edge) in graph.edges.enumerated() where labelOf[index] >= 0 {
      let size = edge.label.map { swapsAxes ? LayoutSize($0.height, $0.width) : $0 } ?? LayoutSize(0, 0)
      addVertex(.label, size, rank: assigned[labelOf[index]], group: groupOnTheWay(edge.from, edge.to, assigned[labelOf[index]]))
    }
    addChains(graph, labelOf)
    addBorders()
  }

  var vertexCount: Int { kind.count }

  func isNode(_ vertex: Int) -> Bool {
    if case .node = kind[vertex] { return true }
    return false
  }

  func isBorder(_ vertex: Int) -> Bool {
    switch kind[vertex] {
    case .leftBorder, .rightBorder: return true
    default: return false
    }
  }

  @discardableResult
  private mutating func addVertex(_ newKind: Kind, _ size: LayoutSize, rank newRank: Int, group newGroup: Int) -> Int {
    kind.append(newKind)
    width.append(size.width)
    height.append(size.height)
    rank.append(newRank)
    group.append(newGroup)
    successors.append([])
    predecessors.append([])
    ranks[newRank].append(kind.count - 1)
    return kind.count - 1
  }

  private mutating func addSegment(_ from: Int, _ to: Int) {
    successors[from].append(to)
    predecessors[to].append(from)
  }

  private mutating func setSpans() {
    for vertex in kind.indices {
      var around = group[vertex]
      while around >= 0 {
        let (low, high) = (spans[around]?.lowerBound ?? rank[vertex], spans[around]?.upperBound ?? rank[vertex])
        spans[around] = min(low, rank[vertex])...max(high, rank[vertex])
        around = parents[around]
      }
    }
  }

  /// The group whose frame an edge is inside of at a rank: it leaves the groups of its start by the bottom and enters those of its end by
  /// the top, instead of passing their sides.
  private func groupOnTheWay(_ from: Int, _ to: Int, _ at: Int) -> Int {
    let common = Self.commonGroup(group[from], group[to], parents, depths)
    for end in [from, to] {
      var around = group[end]
      while around != common {
        if let span = spans[around], span.contains(at) { return around }
        around = parents[around]
      }
    }
    return common
  }

  private static func commonGroup(_ first: Int, _ second: Int, _ parents: [Int], _ depths: [Int]) -> Int {
    var (a, b) = (first, second)
    while a != b {
      if a >= 0 && (b < 0 || depths[a] >= depths[b]) { a = parents[a] } else { b = parents[b] }
    }
    return a
  }

  /// The longest edges give up their dummies first once there would be too many, and are then drawn straight, over what lies between.
  private mutating func addChains(_ graph: LayoutGraph, _ labelOf: [Int]) {
    var pieces: [(edge: Int, from: Int, to: Int)] = []
    for (index, edge) in graph.edges.enumerated() {
      if labelOf[index] >= 0 {
        pieces += [(index, edge.from, labelOf[index]), (index, labelOf[index], edge.to)]
      } else {
        pieces.append((index, edge.from, edge.to))
      }
    }
    var budget = 20_000 + 4 * (graph.nodes.count + graph.edges.count)
    var longest = Int.max
    for length in pieces.map({ rank[$0.to] - rank[$0.from] - 1 }).sorted() {
      budget -= length
      if budget < 0 {
        longest = length
        break
      }
    }
    chains = Array(repeating: [], count: graph.edges.count)
    for piece in pieces {
      if chains[piece.edge].isEmpty { chains[piece.edge].append(piece.from) }
      let inner = (rank[piece.from] + 1)..<rank[piece.to]
      if inner.count < longest {
        var last = piece.from
        for at in inner {
          let edge = graph.edges[piece.edge]
          let vertex = addVertex(.dummy, LayoutSize(0, 0), rank: at, group: groupOnTheWay(edge.from, edge.to, at))
          addSegment(last, vertex)
          chains[piece.edge].append(vertex)
          last = vertex
        }
        addSegment(last, piece.to)
      }
      chains[piece.edge].append(piece.to)
    }
  }

  private mutating func addBorders() {
    for (index, span) in spans.enumerated() {
      guard let span else { continue }
      for make in [Kind.leftBorder, Kind.rightBorder] {
        var last = -1
        for at in span {
          let vertex = addVertex(make(index), LayoutSize(0, 0), rank: at, group: index)
          if last >= 0 { addSegment(last, vertex) }
          last = vertex
        }
      }
    }
  }
}

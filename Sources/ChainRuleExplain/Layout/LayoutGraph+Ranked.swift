extension LayoutGraph {
  /// Places the graph in ranks so that every edge leads the same way.
  ///
  /// The method of Sugiyama, Tagawa and Toda (1981) in four steps: `RankAssignment`, `CrossingReduction`, `CrossCoordinates` with
  /// `GroupFrames`, `EdgeRouting`. The result is a function of the graph alone. Nothing recurses. Beyond some thousand nodes fewer sweeps
  /// are made and the longest edges run straight.
  ///
  /// - Throws: `LayoutError` where the graph has a cycle or names what does not exist.
  public func layered(_ options: LayoutOptions = LayoutOptions()) throws(LayoutError) -> GraphLayout {
    try validate()
    let turns = options.direction == .right
    let (graph, crossings) = CrossingReduction.ordered(try RankedGraph(self, swapsAxes: turns))
    let wanted = CrossCoordinates.coordinates(of: graph, options)
    let headings = groups.map { turns ? 0 : $0.heading.width }
    let (x, sides) = GroupFrames.straightened(graph, wanted, headings: headings, options)
    let routing = EdgeRouting(graph, x: x, edges: edges, options)
    let bands = RankBands(graph, self, routing, options)

    var nodeBoxes = Array(repeating: LayoutBox(x: 0, y: 0, width: 0, height: 0), count: nodes.count)
    for vertex in graph.kind.indices {
      guard case .node(let node) = graph.kind[vertex] else { continue }
      let (width, height) = (graph.width[vertex], graph.height[vertex])
      nodeBoxes[node] = LayoutBox(x: x[vertex] - width / 2, y: bands.middle(graph.rank[vertex]) - height / 2, width: width, height: height)
    }
    let groupBoxes = groups.indices.map { group -> LayoutBox? in
      guard let span = graph.spans[group] else { return nil }
      let top = bands.tops[span.lowerBound] - bands.above[group], bottom = bands.bottoms[span.upperBound] + bands.below[group]
      return LayoutBox(x: sides[group].left, y: top, width: sides[group].right - sides[group].left, height: bottom - top)
    }
    let paths = edges.enumerated().map { index, edge in
      routing.path(
        ofEdge: index, start: nodeBoxes[edge.from].y + nodeBoxes[edge.from].height, end: nodeBoxes[edge.to].y,
        endRank: graph.rank[edge.to], tops: bands.tops, bottoms: bands.bottoms, options.routing)
    }
    let labels = edges.indices.map { edge -> LayoutPoint? in
      graph.chains[edge].first { graph.kind[$0] == .label }.map { LayoutPoint(x[$0], bands.middle(graph.rank[$0])) }
    }
    return Self.placed(nodeBoxes, groupBoxes, paths, labels, crossings, bands.height, options)
  }

  /// Moves everything into view, and turns it where edges lead to the right.
  private static func placed(
    _ nodes: [LayoutBox], _ groups: [LayoutBox?], _ paths: [[LayoutStep]], _ labels: [LayoutPoint?], _ crossings: Int, _ height: Double,
    _ options: LayoutOptions
  ) -> GraphLayout {
    var (low, high) = (Double.infinity, -Double.infinity)
    for box in nodes + groups.compactMap({ $0 }) {
      low = min(low, box.x)
      high = max(high, box.x + box.width)
    }
    for step in paths.joined() {
      low = min(low, step.end.x)
      high = max(high, step.end.x)
    }
    if low > high { (low, high) = (0, 0) }
    let turns = options.direction == .right
    let moved = { (point: LayoutPoint) -> LayoutPoint in
      let (across, along) = (point.x - low + options.margin, point.y + options.margin)
      return turns ? LayoutPoint(along, across) : LayoutPoint(across, along)
    }
    let box = { (box: LayoutBox) -> LayoutBox in
      let corner = moved(LayoutPoint(box.x, box.y))
      return LayoutBox(x: corner.x, y: corner.y, width: turns ? box.height : box.width, height: turns ? box.width : box.height)
    }
    let across = high - low + 2 * options.margin, along = height + 2 * options.margin
    return GraphLayout(
      size: turns ? LayoutSize(along, across) : LayoutSize(across, along), nodes: nodes.map(box),
      edges: paths.map { path in
        path.map { step in
          switch step {
          case .move(let point): return .move(moved(point))
          case .line(let point): return .line(moved(point))
          case .curve(let first, let second, let point): return .curve(moved(first), moved(second), moved(point))
          }
        }
      },
      labels: labels.map { $0.map(moved) }, groups: groups.map { $0.map(box) }, crossings: crossings, direction: options.direction)
  }
}

extension GradientGraph {
  /// Where everything goes, and the boxes' texts.
  struct Drawing {
    let layout: GraphLayout
    let lines: [[String]]
  }

  /// Lays the graph out, at most some hundred nodes of it; see `folded(limit:)`.
  func drawing(_ direction: LayoutOptions.Direction) throws(LayoutError) -> Drawing {
    var graph = LayoutGraph()
    for group in groups {
      _ = graph.addGroup(heading: LayoutSize(TextMetrics.width(group.name, size: 11) + 12, 16), parent: group.parent)
    }
    let lines = nodes.indices.map(boxLines)
    for (id, node) in nodes.enumerated() {
      let width = lines[id].map { TextMetrics.width($0, size: 12) }.max() ?? 0
      _ = graph.addNode(LayoutSize(width + 16, Double(lines[id].count) * 16 + 10), group: node.group)
    }
    for edge in edges {
      let text = edge.local.text
      graph.addEdge(from: edge.from, to: edge.to, label: text.isEmpty ? nil : LayoutSize(TextMetrics.width(text, size: 11) + 8, 16))
    }
    var options = LayoutOptions()
    options.direction = direction
    return Drawing(layout: try graph.layered(options), lines: lines)
  }

  /// The graph as a picture that needs no other program: values and gradients in the boxes, the factor of the chain rule on every edge;
  /// edges, and the boxes of data, are dashed where no gradient is asked for.
  ///
  /// - Parameters:
  ///   - direction: where the computation leads.
  ///   - limit: beyond this many nodes the graph is folded first.
  public func svg(direction: LayoutOptions.Direction = .right, limit: Int = 150) throws(LayoutError) -> String {
    let graph = folded(limit: limit)
    let drawing = try graph.drawing(direction)
    let layout = drawing.layout
    var picture = SVGDocument(
      width: layout.size.width, height: layout.size.height, title: "Gradient graph of \(nodes[root].name)",
      description: "In each box a tensor, its value and its gradient; on each edge the local derivative.")
    graph.draw(drawing, in: &picture, isTagged: false)
    return picture.text
  }

  /// Draws frames, edges and boxes; tagged ones carry the numbers by which a page's script finds them.
  func draw(_ drawing: Drawing, in picture: inout SVGDocument, isTagged: Bool) {
    let layout = drawing.layout
    for (group, box) in layout.groups.enumerated() {
      guard let box else { continue }
      if isTagged { picture.begin("g", ["class": "frame", "data-group": group, "tabindex": 0, "role": "button"]) }
      picture.element("rect", ["class": "cr-group", "x": box.x, "y": box.y, "width": box.width, "height": box.height, "rx": 6])
      picture.label(groups[group].name, x: box.x + 6, y: box.y + 13, style: "cr-faint", size: 11)
      if isTagged { picture.end() }
    }
    for (id, edge) in edges.enumerated() {
      if isTagged { picture.begin("g", ["class": "edge", "data-edge": id]) }
      let path = layout.svgPath(ofEdge: id)
      if nodes[edge.from].requiresGrad {
        picture.element("path", ["class": "cr-edge", "d": path])
      } else {
        picture.element("path", ["class": "cr-edge", "stroke-dasharray": "4 3", "d": path])
      }
      picture.element("path", ["class": "cr-arrow", "d": layout.svgArrow(ofEdge: id)])
      if let place = layout.labels[id] {
        picture.label(edge.local.text, x: place.x, y: place.y + 4, style: "cr-fill0 cr-halo", size: 11, anchor: "middle")
      }
      if isTagged { picture.end() }
    }
    for (id, box) in layout.nodes.enumerated() {
      if isTagged { picture.begin("g", ["class": "node", "data-node": id, "tabindex": 0, "role": "img"]) }
      let (style, round) = Self.look(nodes[id].kind)
      if isData(id) {
        picture.element(
          "rect",
          ["class": style, "stroke-dasharray": "4 3", "x": box.x, "y": box.y, "width": box.width, "height": box.height, "rx": round])
      } else {
        picture.element(
          "rect", ["class": style, "x": box.x, "y": box.y, "width": box.width, "height": box.height, "rx": round])
      }
      if id == root {
        picture.element(
          "rect",
          ["class": "cr-mark", "x": box.x - 3, "y": box.y - 3, "width": box.width + 6, "height": box.height + 6, "rx": round + 3])
      }
      for (row, line) in drawing.lines[id].enumerated() {
        var color = row == 0 ? "cr-text" : line.hasPrefix("grad ") ? "cr-fill1" : line.hasPrefix("value ") ? "cr-fill2" : "cr-faint"
        if isTagged, row > 0 { color += line.hasPrefix("grad ") ? " grad" : line.hasPrefix("value ") ? " value" : "" }
        picture.label(line, x: box.center.x, y: box.y + 17 + Double(row) * 16, style: color, size: 12, anchor: "middle")
      }
      if isTagged { picture.end() }
    }
  }

  private static func look(_ kind: Kind) -> (style: String, round: Double) {
    switch kind {
    case .leaf: ("cr-node cr-line2", 2)
    case .constant: ("cr-node", 2)
    case .result: ("cr-node", 10)
    case .folded: ("cr-node cr-line0", 10)
    }
  }
}

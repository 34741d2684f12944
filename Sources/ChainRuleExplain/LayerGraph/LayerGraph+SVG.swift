extension LayerGraph {
  /// The network as a picture: values and gradients in the boxes, the local derivative on every arrow; what there is of them after
  /// `forward()` and `backward(from:)`. Variables stand in angular boxes, layers in round ones.
  public func svg(direction: LayoutOptions.Direction = .right) throws(LayoutError) -> String {
    let read = Set(layers.flatMap(\.inputs)), names = variableNames.filter { read.contains($0) } + layerNames
    let number = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    var graph = LayoutGraph()
    let lines = names.map { name in
      [name]
        + [("value", self[name]), ("grad", gradients[name])].compactMap { word, value in
          value.map { "\(word) \(NumberText.significant($0, digits: 6))" }
        }
    }
    for texts in lines {
      let width = texts.map { TextMetrics.width($0, size: 12) }.max() ?? 0
      _ = graph.addNode(LayoutSize(width + 16, Double(texts.count) * 16 + 10))
    }
    var labels: [String] = []
    for layer in layers {
      for input in layer.inputs {
        guard let from = number[input], let to = number[layer.name] else { continue }
        let local = localGradient(of: layer.name, withRespectTo: input).map { NumberText.significant($0, digits: 6) } ?? ""
        graph.addEdge(from: from, to: to, label: local.isEmpty ? nil : LayoutSize(TextMetrics.width(local, size: 11) + 8, 16))
        labels.append(local)
      }
    }
    var options = LayoutOptions()
    options.direction = direction
    let layout = try graph.layered(options)
    var picture = SVGDocument(
      width: layout.size.width, height: layout.size.height, title: "Layers \(layerNames.joined(separator: ", "))",
      description: "In each box a variable or a layer, its value and its gradient; on each arrow the local derivative.")
    for (id, label) in labels.enumerated() {
      picture.element("path", ["class": "cr-edge", "d": layout.svgPath(ofEdge: id)])
      picture.element("path", ["class": "cr-arrow", "d": layout.svgArrow(ofEdge: id)])
      guard let place = layout.labels[id] else { continue }
      picture.label(label, x: place.x, y: place.y + 4, style: "cr-fill0 cr-halo", size: 11, anchor: "middle")
    }
    for (id, box) in layout.nodes.enumerated() {
      let isLayer = position[names[id]] != nil
      picture.element(
        "rect",
        [
          "class": isLayer ? "cr-node" : "cr-node cr-line2", "x": box.x, "y": box.y, "width": box.width, "height": box.height,
          "rx": isLayer ? 10 : 2,
        ])
      for (row, line) in lines[id].enumerated() {
        let style = row == 0 ? "cr-text" : line.hasPrefix("grad ") ? "cr-fill1" : "cr-fill2"
        picture.label(line, x: box.center.x, y: box.y + 17 + Double(row) * 16, style: style, size: 12, anchor: "middle")
      }
    }
    return picture.text
  }
}

/// A graph as boxes, lines and words, for whoever draws it with means of its own.
package struct GraphPicture: Sendable, Encodable {
  /// A node.
  package struct Box: Sendable, Encodable {
    /// leaf, constant, result or folded.
    let kind: String
    let data: Bool
    let root: Bool
    let name: String
    let formula: String
    let value: String
    let grad: String
    /// `dL/dw`.
    let gradName: String
    /// What the box says, line by line.
    let lines: [String]
    let x: Double
    let y: Double
    let w: Double
    let h: Double
    /// The name by which the result can be differentiated for it; nil where it has none.
    package var target: String?
    /// The name of a node.
    package var title: String { name }
  }

  /// An edge, with the chain rule's product on it.
  package struct Line: Sendable, Encodable {
    let from: Int
    let to: Int
    let path: String
    let label: String?
    let x: Double?
    let y: Double?
    /// Whether no gradient is asked for.
    let dashed: Bool
    let factor: String
    let into: String
    let of: String
    let incoming: String
    let local: String
    /// Incoming times local; empty where none flows.
    let part: String
  }

  /// A frame around nodes that belong together.
  package struct Frame: Sendable, Encodable {
    let name: String
    let x: Double
    let y: Double
    let w: Double
    let h: Double
  }

  /// A step of the two passes.
  package struct Step: Sendable, Encodable {
    let back: Bool
    let node: Int
    let edges: [Int]
    /// The nodes and the gradients they have then.
    let sums: [[String]]
    let en: String
    let ko: String
  }

  let width: Double
  let height: Double
  package var nodes: [Box]
  let edges: [Line]
  let groups: [Frame]
  let steps: [Step]
}

extension GradientGraph {
  /// Where everything goes and what it says.
  ///
  /// - Parameter limit: beyond this many nodes the graph is folded first.
  package func picture(direction: LayoutOptions.Direction = .right, limit: Int = 150) throws(LayoutError) -> GraphPicture {
    let graph = folded(limit: limit)
    return try graph.whole(direction)
  }

  private func whole(_ direction: LayoutOptions.Direction) throws(LayoutError) -> GraphPicture {
    let drawing = try drawing(direction), layout = drawing.layout
    let boxes = nodes.indices.map { id -> GraphPicture.Box in
      let kind =
        switch nodes[id].kind {
        case .leaf: "leaf"
        case .constant: "constant"
        case .result: "result"
        case .folded: "folded"
        }
      let box = layout.nodes[id]
      return GraphPicture.Box(
        kind: kind, data: isData(id), root: id == root, name: title(of: id), formula: formula(of: id), value: valueText(of: id),
        grad: gradientText(of: id), gradName: derivativeName(id), lines: drawing.lines[id], x: box.x, y: box.y, w: box.width, h: box.height)
    }
    let lines = edges.indices.map { id -> GraphPicture.Line in
      let edge = edges[id], place = layout.labels[id]
      return GraphPicture.Line(
        from: edge.from, to: edge.to, path: layout.svgPath(ofEdge: id), label: place == nil ? nil : edge.local.text, x: place?.x,
        y: place?.y,
        dashed: !nodes[edge.from].requiresGrad, factor: factorName(id), into: derivativeName(edge.to), of: contributionName(id),
        incoming: gradientText(of: edge.to), local: edge.local.text, part: edge.contribution.map { TensorSummary($0).short } ?? "")
    }
    let frames = zip(groups, layout.groups).compactMap { group, box in
      box.map { GraphPicture.Frame(name: group.name, x: $0.x, y: $0.y, w: $0.width, h: $0.height) }
    }
    let walk = steps.map { step in
      GraphPicture.Step(
        back: step.direction == .backward, node: step.node, edges: step.edges,
        sums: step.sums.map { ["\($0.node)", TensorSummary($0.gradient).short] }, en: step.words.english, ko: step.words.korean)
    }
    return GraphPicture(
      width: layout.size.width, height: layout.size.height, nodes: boxes, edges: lines, groups: frames, steps: walk)
  }
}

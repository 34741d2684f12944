import ChainRule

extension GradientGraph {
  /// A page of its own, without anything from the network: one steps forward and backward node by node, sees incoming gradient times local
  /// derivative become a contribution, and the sum over paths; hovers for details; switches between English and Korean. A click on a frame
  /// folds its module or its repeated layers to one box, a click on the box unfolds them; a list folds all groups of a depth. A step into a
  /// folded frame goes through all of it.
  ///
  /// Keys: arrows, Home and End step; Enter folds the frame that has the focus; L changes the language, F the depth of folding.
  /// `#step=7&lang=ko&view=1&folded=0,2` opens a page at a place.
  ///
  /// - Parameters:
  ///   - direction: where the computation leads.
  ///   - limit: beyond this many nodes the graph is folded first; clicks unfold it, in as much detail as a page can hold.
  ///   - title: the heading; without it the formula of the last operation.
  ///   - language: the one in which the page opens; without it the reader's.
  public func html(
    direction: LayoutOptions.Direction = .right, limit: Int = 150, title: String? = nil, language: ExplanationLanguage? = nil
  ) throws(LayoutError) -> String {
    var pictures = "", data: [String] = []
    for (index, view) in views(limit).enumerated() {
      let drawing = try view.graph.drawing(direction)
      var picture = SVGDocument(
        width: drawing.layout.size.width, height: drawing.layout.size.height,
        title: "Gradient graph of \(view.graph.nodes[view.graph.root].symbol)")
      view.graph.draw(drawing, in: &picture, isTagged: true)
      pictures += "<div class=\"view\" data-view=\"\(index)\"\(index == 0 ? "" : " hidden")>\n\(picture.text)</div>\n"
      data.append(view.graph.script(view.title, view.folded, direction))
    }
    let title = SVGDocument.escaped(TextMetrics.clipped(title ?? formula(of: root), columns: 200))
    return GraphPage.text(title: title, pictures: pictures, data: "[\(data.joined(separator: ",\n"))]", language: language)
  }

  /// What the page can show: everything (as far as it fits), and each depth of groups folded.
  private func views(_ limit: Int) -> [(graph: GradientGraph, title: Phrase, folded: [Int])] {
    var views = [(graph: self, title: Phrase("all nodes", "모든 노드"), folded: [Int]())]
    if nodes.count <= limit {
      views[0].graph = framingRepeats()
    } else {
      let folds = folds(limit)
      (views[0].graph, views[0].folded) = folds.framed(budget: 2 * max(0, min(limit, nodes.count)))
      let all = NumberText.count(nodes.count)
      views[0].title = Phrase("folded to \(folds.count) of \(all) nodes", "노드 \(all)개를 \(folds.count)개로 접음")
    }
    for depth in (0..<groupDepth).reversed() {
      let graph = foldingGroups(at: depth)
      guard graph.nodes.count < views[views.count - 1].graph.nodes.count, graph.nodes.count <= limit else { continue }
      views.append((graph, Phrase("groups of depth \(depth + 1) folded", "깊이 \(depth + 1)의 그룹을 접음"), []))
    }
    return views
  }

  /// The graph and its steps as an object of JavaScript.
  private func script(_ choice: Phrase, _ folded: [Int], _ direction: LayoutOptions.Direction) -> String {
    let nodeTexts = nodes.indices.map { id in
      let node = nodes[id]
      let fields: [(String, String)] = [
        ("name", title(of: id)), ("formula", formula(of: id)), ("op", node.operation), ("fn", node.gradFn),
        ("shape", node.shape.map { "\($0)" } ?? ""), ("dtype", node.dtype?.name ?? ""),
        ("value", node.value.map { TensorSummary($0).long } ?? ""), ("grad", node.gradient.map { TensorSummary($0).long } ?? ""),
      ]
      let count = if case .folded(let count) = node.kind { count } else { 1 }
      return object(fields, numbers: [("group", node.group ?? -1), ("count", count)])
    }
    let groupTexts = groups.map { object([("name", $0.name)], numbers: [("parent", $0.parent ?? -1)]) }
    let edgeTexts = edges.indices.map { id in
      let edge = edges[id]
      let contribution = edge.contribution.map { TensorSummary($0).short } ?? ""
      return object(
        [
          ("factor", factorName(id)), ("into", derivativeName(edge.to)), ("incoming", gradientText(of: edge.to)),
          ("local", edge.local.text), ("part", contribution), ("of", contributionName(id)), ("use", useName(id)),
        ], numbers: [("from", edge.from), ("to", edge.to)])
    }
    let stepTexts = steps.map { step in
      let sums = step.sums.map { "[\($0.node),\(GraphPage.quoted(TensorSummary($0.gradient).short))]" }.joined(separator: ",")
      return "{d:\(step.direction == .forward ? 0 : 1),node:\(step.node),edges:\(step.edges),sums:[\(sums)],"
        + "en:\(GraphPage.quoted(step.words.english)),ko:\(GraphPage.quoted(step.words.korean))}"
    }
    return "{en:\(GraphPage.quoted(choice.english)),ko:\(GraphPage.quoted(choice.korean)),down:\(direction == .down),fold:\(folded),\n"
      + "groups:[\(groupTexts.joined(separator: ",\n"))],\nnodes:[\(nodeTexts.joined(separator: ",\n"))],\n"
      + "edges:[\(edgeTexts.joined(separator: ",\n"))],\nsteps:[\(stepTexts.joined(separator: ",\n"))]}"
  }

  private func object(_ texts: [(String, String)], numbers: [(String, Int)] = []) -> String {
    "{" + (texts.map { "\($0):\(GraphPage.quoted($1))" } + numbers.map { "\($0):\($1)" }).joined(separator: ",") + "}"
  }
}

import ChainRule

extension GradientGraph {
  /// The graph as a tree of text, the result at the top; what is used twice is written out once.
  ///
  /// ```
  /// L = relu(v2) = 5    dL/dL = 1
  /// └─ v2 = v1 + b = 5    dL/dv2 = 1
  ///    ├─ v1 = w * x = 6    dL/dv1 = 1    ∂v2/∂v1 = 1
  /// ```
  /// Beside each value stands its whole derivative dL/dv, and the local one, ∂u/∂v, of the u above it.
  /// - Parameters:
  ///   - ascii: whether only ASCII characters are used.
  ///   - limit: beyond this many nodes the graph is folded first.
  ///   - language: that of the words.
  public func tree(ascii: Bool = false, limit: Int = 100, language: ExplanationLanguage = .english) -> String {
    let text = folded(limit: limit).wholeTree(ascii, language)
    return ascii ? Self.withoutSigns(text) : text
  }

  private func wholeTree(_ ascii: Bool, _ language: ExplanationLanguage) -> String {
    let (branch, last, bar, gap) = ascii ? ("|- ", "`- ", "|  ", "   ") : ("├─ ", "└─ ", "│  ", "   ")
    var lines: [String] = [], seen = Set<Int>()
    // Each entry: the node, the edge to it, what stands before its own line and before those below it.
    var stack: [(node: Int, edge: Int?, head: String, tail: String)] = [(root, nil, "", "")]
    while let (id, edge, head, tail) = stack.popLast() {
      let isNew = seen.insert(id).inserted
      let inputs = nodes[id].inputs.reversed()
      lines.append(head + line(id, edge, isRepeated: !isNew && !inputs.isEmpty, language))
      guard isNew else { continue }
      for (i, input) in inputs.enumerated() {
        let isLast = i == 0
        stack.append((edges[input].from, input, tail + (isLast ? last : branch), tail + (isLast ? gap : bar)))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(_ id: Int, _ edge: Int?, isRepeated: Bool, _ language: ExplanationLanguage) -> String {
    let value = valueText(of: id), gradient = gradientText(of: id), formula = formula(of: id)
    var text = title(of: id)
    if nodes[id].kind == .result, formula != text { text += " = \(formula)" }
    if !value.isEmpty, value != nodes[id].name {
      text += Self.equals(Self.areExact(nodes[id].value)) + value
    } else if value.isEmpty {
      text += shapeText(id)
    }
    if isData(id) { text += "    " + Phrase("data", "데이터")(language) }
    if isRepeated { text += "  " + Phrase("(above)", "(위에 있음)")(language) }
    if !gradient.isEmpty { text += "    \(derivativeName(id))\(Self.equals(Self.areExact(nodes[id].gradient)))\(gradient)" }
    if let edge, edges[edge].to != root, !edges[edge].local.text.isEmpty {
      text += "    \(factorName(edge))\(Self.equals(edges[edge].local.isExact))\(edges[edge].local.text)"
    }
    return text
  }

  /// The name, of what is folded with the name of the result it hands on.
  func title(of id: Int) -> String { nodes[id].name + (nodes[id].handsOn.map { ": \($0)" } ?? "") }

  private func shapeText(_ id: Int) -> String { nodes[id].shape.map { " \($0)" } ?? "" }

  /// What a box of a drawing says, line by line.
  func boxLines(_ id: Int) -> [String] {
    let node = nodes[id], value = valueText(of: id), gradient = gradientText(of: id)
    var lines = [node.kind == .result ? "\(node.name) = \(formula(of: id))" : node.name]
    lines[0] = TextMetrics.clipped(lines[0], columns: 34)
    if !value.isEmpty, value != node.name { lines.append("value \(value)") }
    if value.isEmpty, let shape = node.shape { lines.append("shape \(shape)") }
    if isData(id) { lines.append("data") }
    if !gradient.isEmpty { lines.append("grad \(gradient)") }
    if case .folded(let count) = node.kind { lines.append("\(NumberText.count(count)) nodes") }
    return lines
  }

  /// The graph in Graphviz's language.
  ///
  /// - Parameters:
  ///   - direction: where the computation leads.
  ///   - limit: beyond this many nodes the graph is folded first.
  public func dot(direction: LayoutOptions.Direction = .right, limit: Int = 150) -> String { folded(limit: limit).wholeDOT(direction) }

  private func wholeDOT(_ direction: LayoutOptions.Direction) -> String {
    var text =
      "digraph gradient {\n  rankdir=\(direction == .down ? "TB" : "LR");\n  node [shape=box, style=rounded, fontname=\"Helvetica\"];\n"
    text += "  edge [fontname=\"Helvetica\", fontsize=10];\n"
    // Graphviz reads HTML entities and escapes of its own (\N is a node's name); only \n is meant.
    let quoted = { (text: String) in
      "\""
        + text.replacing("&", with: "&amp;").replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
    }
    text += nested { depth in
      String(repeating: "  ", count: depth + 1)
    } open: { group, name in
      "subgraph cluster\(group) { label=\(quoted(name));"
    } node: { id in
      let shape = nodes[id].kind == .leaf ? ", style=\"rounded,bold\"" : nodes[id].kind == .constant ? ", style=\"rounded,dashed\"" : ""
      return "n\(id) [label=\(quoted(boxLines(id).joined(separator: "\n")))\(shape)];"
    } close: {
      "}"
    }
    for edge in edges {
      let label = edge.local.text.isEmpty ? "" : " [label=\(quoted(edge.local.text))]"
      text += "  n\(edge.from) -> n\(edge.to)\(label);\n"
    }
    return text + "}\n"
  }

  /// The graph in the language of Mermaid, which GitHub draws in Markdown.
  ///
  /// - Parameters:
  ///   - direction: where the computation leads.
  ///   - limit: beyond this many nodes the graph is folded first; GitHub draws no more than 500 edges.
  public func mermaid(direction: LayoutOptions.Direction = .right, limit: Int = 150) -> String {
    folded(limit: limit).wholeMermaid(direction)
  }

  private func wholeMermaid(_ direction: LayoutOptions.Direction) -> String {
    // Mermaid reads HTML, entities, and Markdown between backticks, and " ends a label; its own entities begin with #.
    let quoted = { (text: String) in
      let escapes: [Character: String] = ["#": "#35;", "\"": "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", "\n": "<br/>"]
      return "\"" + text.map { escapes[$0] ?? String($0) }.joined() + "\""
    }
    var text = "flowchart \(direction == .down ? "TB" : "LR")\n"
    text += nested { depth in
      String(repeating: "  ", count: depth + 1)
    } open: { group, name in
      "subgraph g\(group)[\(quoted(name))]"
    } node: { id in
      let label = quoted(boxLines(id).joined(separator: "\n"))
      return nodes[id].kind == .result ? "n\(id)(\(label))" : "n\(id)[\(label)]"
    } close: {
      "end"
    }
    for edge in edges {
      text +=
        edge.local.text.isEmpty ? "  n\(edge.from) --> n\(edge.to)\n" : "  n\(edge.from) -->|\(quoted(edge.local.text))| n\(edge.to)\n"
    }
    return text
  }

  /// The nodes inside their groups, as nested blocks of text.
  private func nested(
    indent: (Int) -> String, open: (Int, String) -> String, node: (Int) -> String, close: () -> String
  ) -> String {
    var members: [Int?: [Int]] = [:], children: [Int?: [Int]] = [:]
    for id in nodes.indices { members[nodes[id].group, default: []].append(id) }
    for group in groups.indices { children[groups[group].parent, default: []].append(group) }
    var text = ""
    var stack: [(group: Int?, depth: Int, closes: Bool)] = [(nil, 0, false)]
    while let (group, depth, closes) = stack.popLast() {
      if closes {
        text += indent(depth - 1) + close() + "\n"
        continue
      }
      if let group {
        text += indent(depth - 1) + open(group, groups[group].name) + "\n"
        stack.append((group, depth, true))
      }
      for id in members[group] ?? [] { text += indent(depth) + node(id) + "\n" }
      for child in (children[group] ?? []).reversed() { stack.append((child, depth + 1, false)) }
    }
    return text
  }
}

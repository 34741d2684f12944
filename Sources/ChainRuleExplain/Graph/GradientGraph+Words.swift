import ChainRule

extension GradientGraph {
  /// How the names of a node's inputs make its formula: `w * x`, `relu(s)`.
  func formula(of id: Int) -> String {
    let node = nodes[id]
    guard node.kind == .result else { return node.name }
    let operands = node.inputs.map { edge -> String in
      let input = nodes[edges[edge].from]
      if case .folded = input.kind { return input.handsOn ?? "…" }
      return input.name
    }
    return formula(of: id, operands: operands)
  }

  /// The formula with other texts for the inputs.
  func formula(of id: Int, operands: [String]) -> String {
    let node = nodes[id]
    var name = node.operation.isEmpty ? node.gradFn : node.operation
    let number = node.attributes.first { ["scalar", "exponent", "base"].contains($0.name) }?.value
    if let parenthesis = name.firstIndex(of: "("), number != nil { name = name[..<parenthesis].filter { $0 != " " } }
    let all = operands + (number.map { [trimmed($0)] } ?? [])
    if all.count == 2, node.attributes.allSatisfy({ ["scalar", "exponent", "base"].contains($0.name) }) {
      switch name {
      case "add": return "\(all[0]) + \(all[1])"
      case "sub": return "\(all[0]) - \(all[1])"
      case "rsub": return "\(all[1]) - \(all[0])"
      case "mul": return "\(all[0]) * \(all[1])"
      case "div": return "\(all[0]) / \(all[1])"
      case "rdiv": return "\(all[1]) / \(all[0])"
      case "pow": return node.attributes.first?.name == "base" ? "\(all[1])^\(all[0])" : "\(all[0])^\(all[1])"
      case "matmul": return "\(all[0]) @ \(all[1])"
      default: break
      }
    }
    if all.count == 1, name == "neg" { return "-\(all[0])" }
    let attributes = node.attributes.filter { !["scalar", "exponent", "base"].contains($0.name) }.map { "\($0.name): \($0.value)" }
    return "\(name)(\((all + attributes).joined(separator: ", ")))"
  }

  private func trimmed(_ number: String) -> String { number.hasSuffix(".0") ? String(number.dropLast(2)) : number }

  /// The value in a few words; empty where the tape did not keep it.
  func valueText(of id: Int) -> String { nodes[id].value.map { TensorSummary($0).short } ?? "" }

  /// The gradient in a few words; empty where there is none.
  func gradientText(of id: Int) -> String { nodes[id].gradient.map { TensorSummary($0).short } ?? "" }

  /// `dL/dw`.
  func derivativeName(_ id: Int) -> String { "d\(nodes[root].symbol)/d\(nodes[id].symbol)" }

  /// `ds/dw`.
  func factorName(_ edge: Int) -> String { "d\(nodes[edges[edge].to].symbol)/d\(nodes[edges[edge].from].symbol)" }

  /// Whether the edge carries a gradient.
  func carries(_ edge: Int) -> Bool { edges[edge].contribution != nil }

  /// A number or summary as a factor: what is negative or has several words in parentheses.
  static func factor(_ text: String) -> String { text.hasPrefix("-") || text.contains(" ") ? "(\(text))" : text }

  /// `-2 * 1 * (-1)`: the first factor may have a sign.
  static func product(_ factors: [String]) -> String {
    factors.enumerated().map { $0.offset == 0 && !$0.element.contains(" ") ? $0.element : factor($0.element) }.joined(separator: " * ")
  }
}

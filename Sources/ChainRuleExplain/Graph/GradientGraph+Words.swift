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

  /// The names of attributes that are operands: the number beside a tensor.
  private static let numbers: Set<String> = ["scalar", "exponent", "base"]

  /// The formula with other texts for the inputs, in the order in which it was written.
  func formula(of id: Int, operands: [String]) -> String {
    let node = nodes[id]
    let number = node.attributes.first { Self.numbers.contains($0.name) }?.value
    let attributes = node.attributes.filter { !Self.numbers.contains($0.name) }.map { "\($0.name): \($0.value)" }
    // `mul (scalar)` is a `mul`, and `pow (tensors)` a `pow`: the operands say so.
    let name = (node.operation.isEmpty ? node.gradFn : node.operation).split(separator: " (").first.map(String.init) ?? ""
    let isFirst = node.isNumberFirst || ["rsub", "pow"].contains(name) && node.attributes.first?.name != "exponent"
    let numbers = number.map { [trimmed($0)] } ?? []
    let all = isFirst ? numbers + operands : operands + numbers
    if attributes.isEmpty, let written = Self.written(name, all) { return written }
    return "\(name)(\((all + attributes).joined(separator: ", ")))"
  }

  private static let infix = [
    "add": "+", "sub": "-", "rsub": "-", "mul": "*", "div": "/", "matmul": "@", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">",
    "ge": ">=",
  ]

  /// An operation that has a sign of its own: `w * x`, `-x`, `1 / x`.
  private static func written(_ name: String, _ operands: [String]) -> String? {
    if operands.count == 2, let sign = infix[name] { return "\(leading(operands[0])) \(sign) \(factor(operands[1]))" }
    if operands.count == 2, name == "pow" { return "\(factor(operands[0]))^\(factor(operands[1]))" }
    if operands.count == 1, name == "neg" { return "-\(factor(operands[0]))" }
    if operands.count == 1, name == "reciprocal" { return "1 / \(factor(operands[0]))" }
    return nil
  }

  private func trimmed(_ number: String) -> String { number.hasSuffix(".0") ? String(number.dropLast(2)) : number }

  /// The value in a few words; empty where the tape did not keep it.
  func valueText(of id: Int) -> String { nodes[id].value.map { TensorSummary($0).short } ?? "" }

  /// The gradient in a few words; empty where there is none.
  func gradientText(of id: Int) -> String { nodes[id].gradient.map { TensorSummary($0).short } ?? "" }

  /// What leads to a number: equality, unless the number is rounded.
  static func equals(_ isExact: Bool) -> String { isExact ? " = " : " ≈ " }

  /// Whether the texts of these tensors say their numbers to the last digit.
  static func areExact(_ tensors: Tensor?...) -> Bool { areExact(tensors) }

  /// Whether the texts of these tensors say their numbers to the last digit.
  static func areExact(_ tensors: [Tensor?]) -> Bool { tensors.allSatisfy { $0.map { TensorSummary($0).isExact } ?? true } }

  /// Whether it was given as a value that nothing is differentiated for: data, and not one of the formula's numbers.
  func isData(_ id: Int) -> Bool { nodes[id].kind == .constant && nodes[id].name != valueText(of: id) }

  /// `dL/dw`: how the result changes with w in all, over every path.
  func derivativeName(_ id: Int) -> String { "d\(nodes[root].symbol)/d\(nodes[id].symbol)" }

  /// `∂s/∂w`: how s alone changes with w, its other inputs held; the factor of the chain rule on the edge.
  func factorName(_ edge: Int) -> String { "∂\(nodes[edges[edge].to].symbol)/∂\(useName(edge))" }

  /// `dL/dw(2)`: what reaches w through its second use; `dL/dw` where there is no other.
  func contributionName(_ edge: Int) -> String { "d\(nodes[root].symbol)/d\(useName(edge))" }

  /// What is used, and of what is used more than once, which use it is, in the order of time: `x(2)`.
  func useName(_ edge: Int) -> String {
    let from = edges[edge].from, uses = uses(of: from)
    guard uses.count > 1, let number = uses.firstIndex(of: edge) else { return nodes[from].symbol }
    return "\(nodes[from].symbol)(\(number + 1))"
  }

  /// The edges through which a gradient reaches the node, in the order of time.
  func uses(of id: Int) -> [Int] { nodes[id].outputs.filter(carries) }

  /// Whether the edge carries a gradient.
  func carries(_ edge: Int) -> Bool { edges[edge].contribution != nil }

  /// A number or summary as a factor: what is negative or has several words in parentheses.
  static func factor(_ text: String) -> String { text.hasPrefix("-") ? "(\(text))" : leading(text) }

  /// The same at the beginning of a line, where a sign needs none.
  static func leading(_ text: String) -> String { text.contains(" ") ? "(\(text))" : text }

  /// `-2 * 3 + 1 + (-1)`.
  static func sum(_ terms: [String]) -> String {
    terms.enumerated().map { $0.offset > 0 && $0.element.hasPrefix("-") ? "(\($0.element))" : $0.element }.joined(separator: " + ")
  }

  /// `-2 * 1 * (-1)`: the first factor may have a sign.
  static func product(_ factors: [String]) -> String {
    factors.enumerated().map { $0.offset == 0 ? leading($0.element) : factor($0.element) }.joined(separator: " * ")
  }
}

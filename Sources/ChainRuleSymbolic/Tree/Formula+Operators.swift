extension Formula {
  /// Longer sums and products built by operators nest, so that a loop of n additions does not copy n^2 operands.
  private static let flatLimit = 64

  private static func chain(_ head: Head, _ left: Node, _ right: Node) -> Formula {
    left.head == head && left.operands.count < flatLimit
      ? Formula(Node(head, left.operands + [right])) : Formula(Node(head, [left, right]))
  }

  /// The sum.
  public static func + (left: Formula, right: Formula) -> Formula { chain(.sum, left.node, right.node) }
  /// The difference, kept as the sum with the negated right-hand side.
  public static func - (left: Formula, right: Formula) -> Formula { chain(.sum, left.node, right.node.negated) }
  /// The product.
  public static func * (left: Formula, right: Formula) -> Formula { chain(.product, left.node, right.node) }

  /// The quotient, kept as the product with the reciprocal; of two integers, the exact fraction.
  public static func / (left: Formula, right: Formula) -> Formula {
    if let quotient = Node.exactQuotient(left.node, right.node) { return Formula(quotient) }
    return left.node.number == .one ? Formula(right.node.reciprocal) : chain(.product, left.node, right.node.reciprocal)
  }

  /// The negation.
  public static prefix func - (formula: Formula) -> Formula { Formula(formula.node.negated) }
  /// Adds in place.
  public static func += (left: inout Formula, right: Formula) { left = left + right }
  /// Subtracts in place.
  public static func -= (left: inout Formula, right: Formula) { left = left - right }
  /// Multiplies in place.
  public static func *= (left: inout Formula, right: Formula) { left = left * right }
  /// Divides in place.
  public static func /= (left: inout Formula, right: Formula) { left = left / right }

  /// The power; over the reals, so a negative base needs an integer exponent.
  public func pow(_ exponent: Formula) -> Formula { Formula(Node(.power, [node, exponent.node])) }

  /// The sum of any number of formulas, 0 for none.
  static func sum(_ terms: [Formula]) -> Formula {
    terms.count == 1 ? terms[0] : terms.isEmpty ? 0 : Formula(Node(.sum, terms.map(\.node)))
  }

  static func call(_ function: Function, _ arguments: [Formula]) -> Formula { Formula(Node(.call(function), arguments.map(\.node))) }
}

extension Node {
  /// The negation: of a constant or a leading coefficient where there is one, so that `-2 x` is one product.
  var negated: Node {
    if let number { return .number(-number) }
    guard head == .product, let coefficient = operands[0].number else { return Node(.product, [.number(.minusOne), self]) }
    let rest = Array(operands.dropFirst())
    if coefficient == .minusOne { return rest.count == 1 ? rest[0] : Node(.product, rest) }
    return Node(.product, [.number(-coefficient)] + rest)
  }

  /// The reciprocal: exact for a fraction, `b^(-n)` for a power with a positive numeric exponent.
  var reciprocal: Node {
    if case .rational(let fraction)? = number, let inverse = fraction.reciprocal { return .number(.rational(inverse)) }
    if head == .power, let exponent = operands[1].number, exponent.value > 0 { return Node(.power, [operands[0], .number(-exponent)]) }
    return Node(.power, [self, .number(.minusOne)])
  }

  /// The quotient of two exact constants as one constant.
  static func exactQuotient(_ left: Node, _ right: Node) -> Node? {
    guard let a = left.number?.rational, let b = right.number?.rational, let quotient = a.divided(by: b) else { return nil }
    return .number(.rational(quotient))
  }
}

/// How an inner node is laid out in print: which signs and fraction bars stand for its coefficients and negative exponents.
///
/// The plain and the LaTeX printer share it, so that both show the same formula.
enum Layout {
  case atom(String)
  case negated(Node)
  case sum([(isNegative: Bool, term: Node)])
  /// Numerator factors (none means 1) over denominator factors.
  case quotient(numerator: [Node], denominator: [Node])
  case product([Node])
  case root(Node)
  case power(Node, Node)
  case call(Function, [Node])

  init(_ node: Node) {
    switch node.head {
    case .constant(.pi): self = .atom("pi")
    case .constant(.e): self = .atom("e")
    case .constant(.number(let number)): self = Layout(number)
    case .variable(let name): self = .atom(name)
    case .call(let function): self = .call(function, node.operands)
    case .sum: self = .sum(node.operands.map { term in term.signless.map { (true, $0) } ?? (false, term) })
    case .power: self = Layout(base: node.operands[0], exponent: node.operands[1])
    case .product: self = Layout(factors: node)
    }
  }

  private init(_ number: Number) {
    if number.isNegative {
      self = .negated(.number(-number))
      return
    }
    switch number {
    case .real(let value): self = .atom("\(value)")
    case .rational(let fraction) where fraction.isInteger: self = .atom("\(fraction.numerator)")
    case .rational(let fraction): self = .quotient(numerator: [.integer(fraction.numerator)], denominator: [.integer(fraction.denominator)])
    }
  }

  private init(base: Node, exponent: Node) {
    if let number = exponent.number, number.isNegative {
      self = .quotient(numerator: [], denominator: [Node.positivePower(base, -number)])
    } else if exponent.number == .rational(.half) {
      self = .root(base)
    } else {
      self = .power(base, exponent)
    }
  }

  private init(factors node: Node) {
    if let positive = node.signless {
      self = .negated(positive)
      return
    }
    var numerator: [Node] = []
    var denominator: [Node] = []
    for (position, factor) in node.operands.enumerated() {
      if case .rational(let fraction)? = factor.number, !fraction.isInteger, fraction > .zero, position == 0 || fraction.numerator == 1 {
        if fraction.numerator != 1 { numerator.append(.integer(fraction.numerator)) }
        denominator.append(.integer(fraction.denominator))
      } else if factor.head == .power, let exponent = factor.operands[1].number, exponent.isNegative {
        denominator.append(Node.positivePower(factor.operands[0], -exponent))
      } else {
        numerator.append(factor)
      }
    }
    self = denominator.isEmpty ? .product(numerator) : .quotient(numerator: numerator, denominator: denominator)
  }
}

extension Node {
  /// The node without its sign, where it is a negative number or a product with a negative leading coefficient.
  fileprivate var signless: Node? {
    if let number { return number.isNegative ? .number(-number) : nil }
    guard head == .product, let coefficient = operands[0].number, coefficient.isNegative else { return nil }
    return negated
  }

  fileprivate static func positivePower(_ base: Node, _ exponent: Number) -> Node {
    exponent == .one ? base : Node(.power, [base, .number(exponent)])
  }
}

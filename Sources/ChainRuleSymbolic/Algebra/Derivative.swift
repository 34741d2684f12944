/// Derivatives of interned expressions, each distinct part differentiated once.
struct Differentiator {
  let algebra: Algebra
  let variable: String

  /// Products of more factors than this keep their partial products nested and shared: n factors cost O(n), not O(n^2).
  private static let flatLimit = 32

  init(_ algebra: Algebra, _ variable: String) {
    self.algebra = algebra
    self.variable = variable
  }

  /// The derivative, order times.
  func derivative(_ root: Node, order: Int = 1) -> Node {
    var result = algebra.canonical(root)
    for _ in 0..<order {
      if result === algebra.zero { break }
      result = first(result)
    }
    return result
  }

  private func first(_ root: Node) -> Node {
    Node.fold([root]) { node, derivatives -> Node in
      switch node.head {
      case .constant: algebra.zero
      case .variable(let name): name == variable ? algebra.one : algebra.zero
      case .sum: algebra.sum(derivatives)
      case .product: product(node, derivatives)
      case .power: power(node, derivatives[0], derivatives[1])
      case .call(let function): call(function, node, derivatives)
      }
    }[0]
  }

  private func product(_ node: Node, _ derivatives: [Node]) -> Node {
    let factors = node.operands
    let moving = factors.indices.filter { derivatives[$0] !== algebra.zero }
    if moving.count <= Self.flatLimit {
      return algebra.sum(
        moving.map { index in
          var term = factors
          term[index] = derivatives[index]
          return algebra.product(term)
        })
    }
    let still = factors.indices.filter { derivatives[$0] === algebra.zero }.map { factors[$0] }
    var suffixes = [algebra.one]
    for index in moving.reversed() { suffixes.append(algebra.intern(.product, [factors[index], suffixes[suffixes.count - 1]])) }
    var prefix = algebra.product(still)
    var terms: [Node] = []
    for (position, index) in moving.enumerated() {
      terms.append(algebra.intern(.product, [prefix, derivatives[index], suffixes[moving.count - 1 - position]]))
      prefix = algebra.intern(.product, [prefix, factors[index]])
    }
    return algebra.intern(.sum, terms)
  }

  /// d(b^n) = n b^(n-1) db; in general b^n (dn log b + n db / b).
  private func power(_ node: Node, _ base: Node, _ exponent: Node) -> Node {
    let (b, n) = (node.operands[0], node.operands[1])
    if exponent === algebra.zero {
      if base === algebra.zero { return algebra.zero }
      return algebra.product([n, algebra.power(b, algebra.sum([n, algebra.minusOne])), base])
    }
    // 0^n is 0 wherever it is defined around n.
    if b.number?.isZero == true { return algebra.zero }
    let growth = algebra.product([exponent, algebra.call(.logarithm, [b])])
    if base === algebra.zero { return algebra.product([node, growth]) }
    let relative = algebra.product([n, base, algebra.power(b, algebra.minusOne)])
    return algebra.product([node, algebra.sum([growth, relative])])
  }

  private func call(_ function: Function, _ node: Node, _ derivatives: [Node]) -> Node {
    if derivatives.allSatisfy({ $0 === algebra.zero }) { return algebra.zero }
    let partials = function.partials(node.operands.map(Formula.init))
    return algebra.sum(zip(partials, derivatives).map { algebra.product([algebra.canonical($0), $1]) })
  }
}

extension Formula {
  /// The derivative with respect to a variable, in canonical form. Order 0 is the formula itself, canonical.
  ///
  /// At a kink it has PyTorch's value: 0 for `abs` and `relu` at 0, half to each side of a tie of `max` or `min`.
  /// ```swift
  /// try Formula("x^2 * sin(x)").derivative("x")             // x^2*cos(x) + 2*x*sin(x)
  /// try Formula("x^5").derivative("x", order: 3)            // 60*x^2
  /// ```
  public func derivative(_ variable: String, order: Int = 1) -> Formula {
    guard order >= 0, order <= 1_000_000 else { refuse("the order of a derivative is 0 to 1000000, got \(order)") }
    return Formula(Differentiator(Algebra(), variable).derivative(node, order: order))
  }

  /// The mixed derivative, one order after the other: `["x", "x", "y"]` is d^3 f / dy dx^2.
  public func derivative(_ variables: [String]) -> Formula {
    let algebra = Algebra()
    return Formula(variables.reduce(algebra.canonical(node)) { Differentiator(algebra, $1).derivative($0) })
  }

  /// The first derivatives with respect to the variables, all of the formula's in alphabetical order unless given.
  public func gradient(_ variables: [String]? = nil) -> [Formula] {
    Self.jacobian([self], variables ?? self.variables)[0]
  }

  /// The matrix of first derivatives: a row per formula, a column per variable.
  public static func jacobian(_ formulas: [Formula], _ variables: [String]) -> [[Formula]] {
    let algebra = Algebra()
    return formulas.map { formula in variables.map { Formula(Differentiator(algebra, $0).derivative(formula.node)) } }
  }

  /// The symmetric matrix of second derivatives.
  public func hessian(_ variables: [String]? = nil) -> [[Formula]] {
    let names = variables ?? self.variables
    return Self.jacobian(gradient(names), names)
  }
}

/// Looks for antiderivatives by the rules of a calculus course, in this order: linearity, the table with a linear or quadratic inside,
/// partial fractions, products of trigonometric functions, substitution, parts, multiplying out.
///
/// It finds or gives up: depth and number of attempts are bounded. It may be wrong where a rule's condition depends on the sign of a
/// parameter, so the caller checks every answer by differentiating it.
final class Integrator {
  let algebra: Algebra
  let name: String
  let x: Node
  /// What the search may still try, shared with the searches after a substitution.
  var attemptsLeft: Int
  private var known: [ObjectIdentifier: Node?] = [:]
  private var dependence: [ObjectIdentifier: Bool] = [:]

  private static let depthLimit = 7
  /// No rule is for larger terms than this.
  private static let sizeLimit = 1000

  init(_ algebra: Algebra, _ name: String, attempts: Int = 400) {
    self.algebra = algebra
    self.name = name
    x = algebra.intern(.variable(name), [])
    attemptsLeft = attempts
  }

  // MARK: Tools for the rules

  /// Whether a canonical expression depends on the variable.
  func depends(_ root: Node) -> Bool {
    for node in Node.postorder([root], isDone: { dependence[$0.id] != nil }) {
      dependence[node.id] = node === x || node.operands.contains { dependence[$0.id] == true }
    }
    return dependence[root.id] ?? false
  }

  func derivative(_ node: Node) -> Node { Differentiator(algebra, name).derivative(node) }

  func canonical(_ formula: Formula) -> Node { algebra.canonical(formula.node) }

  /// The expression with another in the place of the variable.
  func substituting(_ replacement: Node, in node: Node) -> Node {
    canonical(Formula(node).substituting([name: Formula(replacement)]))
  }

  /// The coefficients, lowest first, of a polynomial of at most the degree.
  func coefficients(_ node: Node, degree: Int) -> [Node]? {
    var result: [Node] = []
    var current = node
    var factorial = 1
    for k in 0...degree {
      if !depends(current) {
        result.append(algebra.product([current, algebra.number(.rational(Rational(1, over: factorial) ?? .one))]))
        return result.count == 1 && degree > 0 ? result + [algebra.zero] : result
      }
      result.append(
        algebra.product([substituting(algebra.zero, in: current), algebra.number(.rational(Rational(1, over: factorial) ?? .one))]))
      current = derivative(current)
      factorial *= k + 1
    }
    return nil
  }

  /// (a, b) of a x + b, where a is not 0.
  func linear(_ node: Node) -> (slope: Formula, constant: Formula)? {
    guard depends(node), let parts = coefficients(node, degree: 1), parts.count == 2, parts[1] !== algebra.zero else { return nil }
    return (Formula(parts[1]), Formula(parts[0]))
  }

  // MARK: The search

  /// An antiderivative of a canonical expression.
  func integrate(_ f: Node, depth: Int = 0) -> Node? {
    if let answer = known[f.id] { return answer }
    guard depth <= Self.depthLimit, attemptsLeft > 0 else { return nil }
    // Met again below itself it has no answer yet, which stops circles.
    known[f.id] = .some(nil)
    let answer = search(f, depth)
    // A failure near the depth limit may be a success higher up.
    if answer == nil { known[f.id] = nil } else { known[f.id] = answer }
    return answer
  }

  private func search(_ f: Node, _ depth: Int) -> Node? {
    if !depends(f) { return algebra.product([f, x]) }
    if f.head == .sum { return sum(f, depth) }
    if f.head == .product {
      let constants = f.operands.filter { !depends($0) }
      if !constants.isEmpty {
        let rest = algebra.product(f.operands.filter { depends($0) })
        return integrate(rest, depth: depth).map { algebra.product(constants + [$0]) }
      }
    }
    guard f.treeCount <= Self.sizeLimit else { return nil }
    attemptsLeft -= 1
    return table(f) ?? rational(f) ?? trigonometricProduct(f, depth) ?? substitution(f, depth) ?? parts(f, depth) ?? multipliedOut(f, depth)
  }

  private func sum(_ f: Node, _ depth: Int) -> Node? {
    var terms: [Node] = []
    for term in f.operands {
      guard let answer = integrate(term, depth: depth + 1) else { return rational(f) ?? substitution(f, depth) }
      terms.append(answer)
    }
    return algebra.sum(terms)
  }

  private func rational(_ f: Node) -> Node? {
    RationalFunction(f, variable: name)?.antiderivative(Formula(x)).map(canonical)
  }

  private func multipliedOut(_ f: Node, _ depth: Int) -> Node? {
    guard let form = algebra.expanded(f, limit: 200), form !== f, form.head == .sum else { return nil }
    return integrate(form, depth: depth + 1)
  }
}

extension Formula {
  /// An antiderivative with respect to a variable, or nil where no rule applies.
  ///
  /// Every answer has been checked by differentiating it and comparing values at points of the domain.
  /// ```swift
  /// try Formula("x * exp(x)").integral("x")           // x*exp(x) - exp(x)
  /// try Formula("1/(x^2 + 4)").integral("x")          // atan(x/2)/2
  /// try Formula("exp(x)/x").integral("x")             // nil: no elementary antiderivative
  /// ```
  public func integral(_ variable: String) -> Formula? {
    let algebra = Algebra()
    let integrand = algebra.canonical(node)
    guard let answer = Integrator(algebra, variable).integrate(integrand) else { return nil }
    let antiderivative = Formula(answer)
    let derivative = Formula(Differentiator(algebra, variable).derivative(answer))
    return Verification.agree(derivative, self, variable) ? antiderivative : nil
  }
}

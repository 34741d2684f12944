/// Looks for antiderivatives by the rules of a calculus course, in this order: linearity, the table with a linear or quadratic inside,
/// partial fractions, products of trigonometric functions, substitution, parts, multiplying out.
///
/// It finds or gives up: depth and number of attempts are bounded. It may be wrong where a rule's condition depends on the sign of a
/// parameter, so the caller checks every answer by differentiating it.
final class Integrator {
  let algebra: Algebra
  let name: String
  let x: Node
  /// The names that a new variable must not take: those of the formula, and of the variables before it.
  let reserved: Set<String>
  /// What the search may still try, shared with the searches after a substitution.
  var attemptsLeft: Int
  /// The rule that found each answer.
  private(set) var reasons: [ObjectIdentifier: Reason] = [:]
  /// What the rule at work has integrated so far.
  var solved: [Node] = []
  /// What the rule at work chose, where it chooses.
  var choice: Choice?
  private var known: [ObjectIdentifier: Node?] = [:]
  private var dependence: [ObjectIdentifier: Bool] = [:]

  private static let depthLimit = 7
  /// No rule is for larger terms than this.
  private static let sizeLimit = 1000

  init(_ algebra: Algebra, _ name: String, reserved: Set<String> = [], attempts: Int = 400) {
    self.algebra = algebra
    self.name = name
    self.reserved = reserved.union([name])
    x = algebra.intern(.variable(name), [])
    attemptsLeft = attempts
  }

  /// A rule that was used, and the integrals it left.
  struct Reason {
    let rule: Formula.IntegrationRule
    let parts: [Node]
    let answer: Node
    /// After a substitution, the integral in the new variable, and the search that found it.
    var inner: (node: Node, search: Integrator)?
  }

  /// What substitution and parts choose.
  enum Choice {
    case parts(u: Node, v: Node)
    case substitution(Node, rewritten: Node, search: Integrator)
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
    if let answer = known[f.id] {
      if answer != nil { solved.append(f) }
      return answer
    }
    guard depth <= Self.depthLimit, attemptsLeft > 0 else { return nil }
    // Met again below itself it has no answer yet, which stops circles.
    known[f.id] = .some(nil)
    let answer = search(f, depth)
    // A failure near the depth limit may be a success higher up.
    if answer == nil {
      known[f.id] = nil
    } else {
      known[f.id] = answer
      solved.append(f)
    }
    return answer
  }

  private func search(_ f: Node, _ depth: Int) -> Node? {
    if !depends(f) { return by(.constant, f) { algebra.product([f, x]) } }
    if f.head == .sum {
      return by(.sum, f) { sum(f, depth) } ?? by(.partialFractions, f) { rational(f) } ?? by(.substitution, f) { substitution(f, depth) }
    }
    if f.head == .product {
      let constants = f.operands.filter { !depends($0) }
      if !constants.isEmpty {
        let rest = algebra.product(f.operands.filter { depends($0) })
        return by(.factor, f) { integrate(rest, depth: depth).map { algebra.product(constants + [$0]) } }
      }
    }
    guard f.treeCount <= Self.sizeLimit else { return nil }
    attemptsLeft -= 1
    return by(.table, f) { table(f) } ?? by(.partialFractions, f) { rational(f) }
      ?? by(.trigonometricProduct, f) { trigonometricProduct(f, depth) } ?? by(.substitution, f) { substitution(f, depth) }
      ?? by(.parts, f) { parts(f, depth) } ?? by(.expansion, f) { multipliedOut(f, depth) }
  }

  /// What one rule gives, noted where it gives something.
  private func by(_ rule: Formula.IntegrationRule.Kind, _ f: Node, _ work: () -> Node?) -> Node? {
    let before = solved
    solved = []
    choice = nil
    defer { solved = before }
    guard let answer = work() else { return nil }
    switch (rule, choice) {
    case (.parts, .parts(let u, let v)?):
      reasons[f.id] = Reason(rule: .init(kind: rule, u: Formula(u), v: Formula(v)), parts: solved, answer: answer)
    case (.substitution, .substitution(let g, let rewritten, let search)?):
      let named = Formula.IntegrationRule(kind: rule, u: .variable(search.name), v: Formula(g))
      reasons[f.id] = Reason(rule: named, parts: [], answer: answer, inner: (rewritten, search))
    default: reasons[f.id] = Reason(rule: .init(kind: rule, u: nil, v: nil), parts: solved, answer: answer)
    }
    choice = nil
    return answer
  }

  private func sum(_ f: Node, _ depth: Int) -> Node? {
    var terms: [Node] = []
    for term in f.operands {
      guard let answer = integrate(term, depth: depth + 1) else { return nil }
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
  public func integral(_ variable: String) -> Formula? { integration(variable)?.antiderivative }

  /// An antiderivative with the rules that found it, or nil where no rule applies.
  ///
  /// ```swift
  /// for step in try Formula("x * exp(x)").integration("x")?.steps ?? [] { print(step.integrand, step.rule.kind) }
  /// // x*exp(x) parts
  /// // exp(x) table
  /// ```
  public func integration(_ variable: String) -> Integration? {
    let algebra = Algebra()
    let integrand = algebra.canonical(node)
    let search = Integrator(algebra, variable, reserved: Set(variables))
    guard let answer = search.integrate(integrand) else { return nil }
    let derivative = Formula(Differentiator(algebra, variable).derivative(answer))
    let points = Verification.agreements(derivative, self, variable)
    guard points >= 3 else { return nil }
    var steps: [IntegrationStep] = []
    search.describe(integrand, level: 0, into: &steps)
    return Integration(antiderivative: Formula(answer), derivative: derivative, checkedPoints: points, steps: steps)
  }
}

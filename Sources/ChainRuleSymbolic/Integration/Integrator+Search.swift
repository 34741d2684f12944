extension Integrator {
  // MARK: Products of trigonometric functions

  /// sin^m u cos^n u with even m and n by the double angle, sin u cos v of different insides as a sum.
  func trigonometricProduct(_ f: Node, _ depth: Int) -> Node? {
    let factors = f.head == .product ? f.operands : [f]
    let powers = factors.map { algebra.baseAndExponent($0) }
    guard powers.allSatisfy({ ($0.base.isCall("sin") || $0.base.isCall("cos")) && $0.exponent.number?.integer.map { $0 > 0 } == true })
    else { return nil }
    if let first = powers.first, powers.allSatisfy({ $0.base.operands[0] === first.base.operands[0] }) {
      guard powers.allSatisfy({ $0.exponent.number?.integer.map { $0 % 2 == 0 } == true }) else { return nil }
      let double = Formula.cos(2 * Formula(first.base.operands[0]))
      let reduced = powers.map { base, exponent in
        ((1 + (base.isCall("sin") ? -double : double)) / 2).pow(Formula((exponent.number?.integer ?? 0) / 2))
      }
      return algebra.expanded(reduced.reduce(1, *).node, limit: 100).flatMap { integrate($0, depth: depth + 1) }
    }
    guard powers.count == 2, powers.allSatisfy({ $0.exponent === algebra.one }) else { return nil }
    let (u, v) = (Formula(factors[0].operands[0]), Formula(factors[1].operands[0]))
    let form: Formula =
      switch (factors[0].isCall("sin"), factors[1].isCall("sin")) {
      case (true, true): (.cos(u - v) - .cos(u + v)) / 2
      case (false, false): (.cos(u - v) + .cos(u + v)) / 2
      case (true, false): (.sin(u + v) + .sin(u - v)) / 2
      case (false, true): (.sin(u + v) - .sin(u - v)) / 2
      }
    return integrate(canonical(form), depth: depth + 1)
  }

  // MARK: Substitution

  /// t = g(x) for each part g of the integrand: with f / g' written in t alone, the integral is one in t.
  func substitution(_ f: Node, _ depth: Int) -> Node? {
    guard f.treeCount < 200 else { return nil }
    let name = freshName(depth)
    let t = algebra.intern(.variable(name), [])
    for g in candidates(f) {
      let slope = derivative(g)
      guard slope !== algebra.zero else { continue }
      let quotient = algebra.product([f, algebra.power(slope, algebra.minusOne)])
      let rewritten = rewrite(quotient, g, as: t)
      guard !depends(rewritten), rewritten !== f else { continue }
      let inner = Integrator(algebra, name, reserved: reserved, attempts: min(60, attemptsLeft))
      defer { attemptsLeft -= min(60, attemptsLeft) - inner.attemptsLeft }
      if let answer = inner.integrate(rewritten, depth: depth + 2) {
        choice = .substitution(g, rewritten: rewritten, search: inner)
        return inner.substituting(g, in: answer)
      }
    }
    return nil
  }

  /// A letter that nothing else goes by.
  private func freshName(_ depth: Int) -> String { ["t", "s", "r", "q"].first { !reserved.contains($0) } ?? "\u{3C4}\(depth)" }

  /// The parts that depend on the variable, largest first, without the whole and the variable itself.
  private func candidates(_ f: Node) -> [Node] {
    var found = Node.postorder([f]).filter { $0 !== f && $0 !== x && depends($0) && $0.head != .product }
    found += Node.postorder([f]).filter { $0 !== f && $0.head == .product && depends($0) }
    // x^4 in x / (1 + x^4) hides x^2, and exp(2x) hides exp(x).
    for node in found {
      if node.head == .power, node.operands[0] === x, let n = node.operands[1].number?.integer, n > 2, n % 2 == 0 {
        found.append(algebra.power(x, algebra.integer(n / 2)))
      }
      if node.isCall("exp"), let (coefficient, rest) = Optional(algebra.coefficientAndRest(node.operands[0])), !coefficient.isOne {
        found.append(algebra.exponential(rest))
      }
    }
    return found.sorted { $0.treeCount > $1.treeCount }.prefix(24).map { $0 }
  }

  /// The expression with t for g, and for what g determines: powers of the same base, multiples in the exponent, the other function of a
  /// Pythagorean pair in even powers, and x itself where g is linear, a root or the logarithm of something linear.
  private func rewrite(_ node: Node, _ g: Node, as t: Node) -> Node {
    let inverse: Node? =
      if let (slope, constant) = linear(g) {
        canonical((Formula(t) - constant) / slope)
      } else if g.head == .power, g.operands[0] === x, let n = g.operands[1].number?.rational, n.magnitude.numerator == 1 {
        algebra.power(t, algebra.number(.rational(n.reciprocal ?? .one)))
      } else if g.isCall("log"), let (slope, constant) = linear(g.operands[0]) {
        canonical((.exp(Formula(t)) - constant) / slope)
      } else {
        nil
      }
    var done: [ObjectIdentifier: Node] = [:]
    for part in Node.postorder([node], isDone: { $0 === g }) {
      if let replacement = determined(part, by: g, as: t) {
        done[part.id] = replacement
      } else if part === x, let inverse {
        done[part.id] = inverse
      } else {
        let operands = part.operands.map { $0 === g ? t : done[$0.id] ?? $0 }
        done[part.id] = zip(part.operands, operands).allSatisfy { $0 === $1 } ? part : Node(part.head, operands)
      }
    }
    return algebra.canonical(node === g ? t : done[node.id] ?? node)
  }

  private func determined(_ part: Node, by g: Node, as t: Node) -> Node? {
    if part === g { return t }
    if g.isCall("exp"), part.isCall("exp") {
      let ratio = algebra.product([part.operands[0], algebra.power(g.operands[0], algebra.minusOne)])
      return ratio.number?.integer == nil ? nil : algebra.power(t, ratio)
    }
    guard part.head == .power, let n = part.operands[1].number else { return nil }
    let base = part.operands[0]
    if g.head == .power, base === g.operands[0], let m = g.operands[1].number?.rational, let k = n.rational?.divided(by: m), k.isInteger {
      return algebra.power(t, algebra.number(.rational(k)))
    }
    guard case .call(let function) = g.head, case .call(let other) = base.head, base.operands == g.operands, let k = n.integer, k % 2 == 0
    else { return nil }
    let square = Formula(t).pow(2)
    let replacement: Formula? =
      switch (function, other) {
      case (.sine, .cosine), (.cosine, .sine): 1 - square
      case (.tangent, .cosine): 1 / (1 + square)
      case (.hyperbolicSine, .hyperbolicCosine): 1 + square
      case (.hyperbolicCosine, .hyperbolicSine): square - 1
      default: nil
      }
    return replacement.map { canonical($0.pow(Formula(k / 2))) }
  }

  // MARK: Parts

  /// u v - integral of v du, with u a logarithm or inverse function if there is one, else a power of x.
  func parts(_ f: Node, _ depth: Int) -> Node? {
    let factors = f.head == .product ? f.operands : [f]
    let isInverse = { (node: Node) -> Bool in
      guard case .call(let function) = self.algebra.baseAndExponent(node).base.head else { return false }
      return Self.inverses.contains(function)
    }
    let isPolynomial = { (node: Node) -> Bool in
      let (base, exponent) = self.algebra.baseAndExponent(node)
      return exponent.number?.integer.map { $0 > 0 } == true && self.linear(base) != nil
    }
    for choose in [isInverse, isPolynomial] {
      guard let index = factors.firstIndex(where: choose) else { continue }
      var rest = factors
      let u = rest.remove(at: index)
      // x^n exp(-x^2) has an elementary v only with one x: u = x^(n-1).
      let (base, exponent) = algebra.baseAndExponent(u)
      if base === x, let n = exponent.number?.integer, n > 1, rest.contains(where: { $0.isCall("exp") && linear($0.operands[0]) == nil }) {
        return parts(algebra.power(x, algebra.integer(n - 1)), algebra.product(rest + [x]), depth)
      }
      if let answer = parts(u, algebra.product(rest), depth) { return answer }
    }
    return nil
  }

  private func parts(_ u: Node, _ slope: Node, _ depth: Int) -> Node? {
    let before = solved
    guard let v = integrate(slope, depth: depth + 1) else { return nil }
    let remaining = algebra.product([v, derivative(u)])
    let second =
      integrate(remaining, depth: depth + 1) ?? algebra.expanded(remaining, limit: 100).flatMap { integrate($0, depth: depth + 1) }
    guard let second else {
      solved = before
      return nil
    }
    choice = .parts(u: u, v: v)
    return algebra.sum([algebra.product([u, v]), algebra.negated(second)])
  }

  private static let inverses: Set<Function> = [
    .logarithm, .binaryLogarithm, .decimalLogarithm, .logarithmOnePlus, .arcsine, .arccosine, .arctangent, .areaSine, .areaCosine,
    .areaTangent,
    .errorFunction,
  ]
}

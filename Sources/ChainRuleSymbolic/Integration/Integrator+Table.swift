extension Integrator {
  /// Powers, exponentials and functions of a linear inside; roots and exponentials of a quadratic.
  func table(_ f: Node) -> Node? {
    switch f.head {
    case .variable: return canonical(Formula(x).pow(2) / 2)
    case .call(let function):
      if let (slope, _) = linear(f.operands[0]), f.operands.count == 1, let answer = function.antiderivative?(Formula(f.operands[0])) {
        return canonical(answer / slope)
      }
      return function == .exponential ? gaussian(f.operands[0]) : nil
    case .power: return power(f.operands[0], f.operands[1])
    case .product: return exponentialTimesSine(f.operands) ?? quadraticMoment(f.operands)
    case .constant, .sum: return nil
    }
  }

  private func power(_ base: Node, _ exponent: Node) -> Node? {
    if !depends(base) {
      guard let (slope, _) = linear(exponent) else { return nil }
      return canonical(Formula(base).pow(Formula(exponent)) / (slope * .log(Formula(base))))
    }
    if depends(exponent) { return nil }
    if let (slope, _) = linear(base) {
      if exponent.number?.value == -1 { return canonical(.log(.abs(Formula(base))) / slope) }
      let next = Formula(exponent) + 1
      return canonical(Formula(base).pow(next) / (slope * next))
    }
    if case .call(let function) = base.head, let n = exponent.number?.integer, let (slope, _) = linear(base.operands[0]),
      let answer = function.powerAntiderivative?(Formula(base.operands[0]), n)
    {
      return canonical(answer / slope)
    }
    return quadraticPower(base, exponent)
  }

  /// a x^2 + b x + c to the power -1 (with symbolic coefficients), -1/2 and 1/2, and up and down from there by halves.
  private func quadraticPower(_ base: Node, _ exponent: Node) -> Node? {
    guard let parts = coefficients(base, degree: 2), parts.count == 3, let power = exponent.number?.rational else { return nil }
    let (a, b, c) = (Formula(parts[2]), Formula(parts[1]), Formula(parts[0]))
    let inner = 2 * a * Formula(x) + b
    let discriminant = 4 * a * c - b.pow(2)
    let root = Formula(base).pow(Notation.half)
    // Parameters are taken to be positive, as in the textbook; the check by differentiation has the last word.
    guard let sign = Self.signOfSample(a), let discriminantSign = Self.signOfSample(discriminant) else { return nil }
    if power == .minusOne {
      let scale = (discriminantSign > 0 ? discriminant : -discriminant).pow(Notation.half)
      return canonical(
        discriminantSign > 0 ? 2 / scale * .call(.arctangent, [inner / scale]) : .log(.abs((inner - scale) / (inner + scale))) / scale)
    }
    guard power.denominator == 2, power.magnitude.numerator <= 9 else { return nil }
    var result: Formula
    if sign < 0 {
      result = -.call(.arcsine, [inner / (-discriminant).pow(Notation.half)]) / (-a).pow(Notation.half)
    } else if discriminantSign > 0 {
      result = .call(.areaSine, [inner / discriminant.pow(Notation.half)]) / a.pow(Notation.half)
    } else {
      result = .log(.abs(inner + 2 * a.pow(Notation.half) * root)) / a.pow(Notation.half)
    }
    // J_m is the antiderivative of base^(m/2); J_(-1) is above.
    // J_m = inner base^(m/2) / (2a (m+1)) + m D / (4a (m+1)) J_(m-2), read upwards or downwards.
    var m = -1
    while m < power.numerator {
      m += 2
      let step = Formula(m + 1)
      let boundary = inner * root.pow(Formula(m)) / (2 * a * step)
      result = boundary + Formula(m) * discriminant / (4 * a * step) * result
    }
    while m > power.numerator {
      let step = Formula(m + 1)
      let boundary = m == -1 ? inner / root / (2 * a) : inner * root.pow(Formula(m)) / (2 * a * step)
      // At m = -1 the recursion reads 0 = inner base^(-1/2) / 2a - D / 4a J_(-3), the limit of both sides times (m+1).
      result = m == -1 ? 4 * a / discriminant * boundary : (result - boundary) * (4 * a * step) / (Formula(m) * discriminant)
      m -= 2
    }
    return canonical(result)
  }

  /// x^n Q^p for a quadratic Q = a x^2 + b x + c and a fractional p, by x^2 = (Q - b x - c) / a down to
  /// x Q^p = (Q' - b) Q^p / 2a.
  private func quadraticMoment(_ factors: [Node]) -> Node? {
    guard factors.count == 2, let monomial = factors.first(where: { algebra.baseAndExponent($0).base === x }),
      let n = algebra.baseAndExponent(monomial).exponent.number?.integer, (1...12).contains(n),
      let root = factors.first(where: { $0.head == .power && $0.operands[0].head == .sum }), let p = root.operands[1].number?.rational,
      p.denominator == 2,
      let parts = coefficients(root.operands[0], degree: 2), parts.count == 3
    else { return nil }
    let quadratic = Formula(root.operands[0])
    let (a, b, c) = (Formula(parts[2]), Formula(parts[1]), Formula(parts[0]))
    let power = { (up: Int) in quadratic.pow(Formula(p) + Formula(up)) }
    // moments[up] is the antiderivative of x^k Q^(p + up); each k needs one power more of the two before it.
    var previous: [Formula] = []
    for up in 0...n / 2 + 1 {
      guard let answer = self.power(root.operands[0], canonical(Formula(p) + Formula(up))) else { return nil }
      previous.append(Formula(answer))
    }
    var current = previous.indices.dropLast().map { up in
      power(up + 1) / (2 * a * (Formula(p) + Formula(up + 1))) - b / (2 * a) * previous[up]
    }
    for _ in 1..<n {
      let next = current.indices.dropLast().map { up in (previous[up + 1] - b * current[up] - c * previous[up]) / a }
      (previous, current) = (current, next)
      if current.isEmpty { return nil }
    }
    return canonical(current[0])
  }

  /// exp(a x^2 + b x + c) with a < 0.
  private func gaussian(_ exponent: Node) -> Node? {
    guard let parts = coefficients(exponent, degree: 2), parts.count == 3, let sign = Self.signOfSample(Formula(parts[2])), sign < 0 else {
      return nil
    }
    let (a, b, c) = (-Formula(parts[2]), Formula(parts[1]), Formula(parts[0]))
    let root = a.pow(Notation.half)
    let peak = Formula.exp(c + b.pow(2) / (4 * a))
    return canonical(Formula.pi.pow(Notation.half) / (2 * root) * peak * .call(.errorFunction, [root * Formula(x) - b / (2 * root)]))
  }

  /// exp(a x + b) sin(c x + d) and exp(a x + b) cos(c x + d).
  private func exponentialTimesSine(_ factors: [Node]) -> Node? {
    guard factors.count == 2, let exponential = factors.first(where: { $0.isCall("exp") }),
      let wave = factors.first(where: { $0.isCall("sin") || $0.isCall("cos") }),
      let (a, _) = linear(exponential.operands[0]), let (c, _) = linear(wave.operands[0])
    else { return nil }
    let inside = Formula(wave.operands[0])
    let (sine, cosine) = (Formula.sin(inside), Formula.cos(inside))
    let combination = wave.isCall("sin") ? a * sine - c * cosine : a * cosine + c * sine
    return canonical(Formula(exponential) * combination / (a.pow(2) + c.pow(2)))
  }

  /// The sign at one point where all parameters are positive; nil where it has no value or is zero.
  private static func signOfSample(_ formula: Formula) -> Int? {
    var values: [String: Double] = [:]
    for (index, name) in formula.variables.enumerated() { values[name] = 0.8 + 0.37 * Double(index) }
    guard let value = try? formula.evaluate(values), value != 0, !value.isNaN else { return nil }
    return value < 0 ? -1 : 1
  }
}

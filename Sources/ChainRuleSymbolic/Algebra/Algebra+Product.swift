extension Algebra {
  /// A product under construction: each distinct base once, with its exponents.
  private struct Factors {
    var coefficient = Number.one
    var bases: [Node] = []
    var exponents: [ObjectIdentifier: [Node]] = [:]

    mutating func multiply(_ base: Node, _ exponent: Node) {
      if exponents[base.id] == nil { bases.append(base) }
      exponents[base.id, default: []].append(exponent)
    }
  }

  /// The canonical product of canonical factors.
  func product(_ factors: [Node]) -> Node {
    var collected = collect(factors)
    var powers = rebuild(&collected)
    // A collected power can turn out a product or a number (sqrt(2 x) sqrt(2 x)); then its factors are collected in turn. Each round
    // removes a radical, so few suffice.
    for _ in 0..<4 where powers.contains(where: { $0.head == .product || $0.number != nil }) {
      collected = collect([number(collected.coefficient)] + powers)
      powers = rebuild(&collected)
    }
    // What is divided by zero has no value, whatever else it is multiplied by; nor has anything undefined times 0.
    if let undefined = powers.first(where: { isDivisionByZero($0) || (collected.coefficient.isZero && isUndefined($0)) }) {
      return undefined
    }
    if collected.coefficient.isZero { return zero }
    powers = quotientsOfSineAndCosine(powers)
    powers.sort { isOrdered($0, before: $1) }
    if powers.isEmpty { return number(collected.coefficient) }
    if collected.coefficient.isOne { return powers.count == 1 ? powers[0] : intern(.product, powers) }
    if powers.count == 1, powers[0].head == .sum, spend(powers[0].operands.count) {
      return distributed(collected.coefficient, over: powers[0])
    }
    return intern(.product, [number(collected.coefficient)] + powers)
  }

  private func isDivisionByZero(_ node: Node) -> Bool {
    node.head == .power && node.operands[0] === zero && node.operands[1] === minusOne
  }

  private func collect(_ factors: [Node]) -> Factors {
    var result = Factors()
    for factor in factors {
      if factor.head == .product, spend(factor.operands.count) {
        for inner in factor.operands { multiply(inner, into: &result) }
      } else {
        multiply(factor, into: &result)
      }
    }
    return result
  }

  private func multiply(_ factor: Node, into result: inout Factors) {
    if let number = factor.number {
      result.coefficient = result.coefficient * number
    } else if factor.head == .power {
      result.multiply(factor.operands[0], factor.operands[1])
    } else if factor.isCall("exp") {
      result.multiply(e, factor.operands[0])
    } else {
      result.multiply(factor, one)
    }
  }

  private func rebuild(_ factors: inout Factors) -> [Node] {
    var powers: [Node] = []
    for base in factors.bases {
      let exponents = factors.exponents[base.id] ?? []
      // Powers that have no value do not cancel.
      if exponents.count > 1, isUndefined(base) || isNotPositive(base) || exponents.contains(where: isUndefined) {
        let parts = exponents.map { power(base, $0) }
        if parts.contains(where: isUndefined) {
          powers += parts
          continue
        }
      }
      let form =
        exponents.count == 1 && base !== e ? (exponents[0] === one ? base : power(base, exponents[0])) : power(base, sum(exponents))
      if let number = form.number {
        factors.coefficient = factors.coefficient * number
      } else {
        powers.append(form)
      }
    }
    return powers
  }

  /// A number times a sum, term by term, so that differences of sums collect.
  private func distributed(_ coefficient: Number, over sum: Node) -> Node {
    self.sum(
      sum.operands.map { term in
        if let number = term.number { return self.number(coefficient * number) }
        let (inner, rest) = coefficientAndRest(term)
        return product([number(coefficient * inner), rest])
      })
  }

  /// sin(u)^n cos(u)^(-n) is tan(u)^n; likewise the hyperbolic pair.
  private func quotientsOfSineAndCosine(_ powers: [Node]) -> [Node] {
    guard powers.count > 1, powers.count <= 64 else { return powers }
    var result = powers
    for (sine, cosine, tangent) in [
      (Function.sine, Function.cosine, Function.tangent), (.hyperbolicSine, .hyperbolicCosine, .hyperbolicTangent),
    ] {
      for factor in powers {
        let (base, exponent) = baseAndExponent(factor)
        guard base.head == .call(sine), let n = exponent.number else { continue }
        let partner = power(call(cosine, base.operands), number(-n))
        guard let i = result.firstIndex(where: { $0 === factor }), let j = result.firstIndex(where: { $0 === partner }) else { continue }
        result[i] = power(call(tangent, base.operands), exponent)
        result.remove(at: j)
      }
    }
    return result
  }

  func baseAndExponent(_ factor: Node) -> (base: Node, exponent: Node) {
    factor.head == .power ? (factor.operands[0], factor.operands[1]) : (factor, one)
  }
}

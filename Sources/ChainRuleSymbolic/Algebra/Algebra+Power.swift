#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

extension Algebra {
  /// The canonical power of canonical operands.
  func power(_ base: Node, _ exponent: Node) -> Node {
    if isUndefined(base) || isUndefined(exponent) {
      if exponent.number?.isOne == true { return base }
      return base === e ? intern(.call(.exponential), [exponent]) : intern(.power, [base, exponent])
    }
    if let number = exponent.number {
      if number.isZero { return one }
      if number.isOne { return base }
      if let value = base.number { return power(of: value, to: number) }
    }
    if base.number?.isOne == true { return base }
    if base === e { return exponential(exponent) }
    switch base.head {
    case .power: return powerOfPower(base.operands[0], base.operands[1], exponent) ?? intern(.power, [base, exponent])
    case .product: return powerOfProduct(base, exponent) ?? intern(.power, [base, exponent])
    case .call(.exponential): return exponential(product([base.operands[0], exponent]))
    case .call(.abs) where isEvenInteger(exponent): return power(base.operands[0], exponent)
    default: return intern(.power, [base, exponent])
    }
  }

  private func isEvenInteger(_ node: Node) -> Bool { node.number?.integer.map { $0 % 2 == 0 } == true }

  /// (x^a)^b: x^(a b), but |x|^(a b) for an even a and a b that is no integer. Over the reals a fractional a allows no negative x, and an
  /// odd a keeps the sign.
  private func powerOfPower(_ x: Node, _ a: Node, _ b: Node) -> Node? {
    if b.number?.integer != nil { return power(x, product([a, b])) }
    guard a.number != nil else { return nil }
    return power(isEvenInteger(a) ? call(.abs, [x]) : x, product([a, b]))
  }

  /// An integer power of a product factor by factor; of other powers, only a positive number leaves the product.
  private func powerOfProduct(_ base: Node, _ exponent: Node) -> Node? {
    guard let number = exponent.number else { return nil }
    if number.integer != nil {
      guard spend(base.operands.count) else { return nil }
      return product(base.operands.map { power($0, exponent) })
    }
    let (coefficient, rest) = coefficientAndRest(base)
    guard !coefficient.magnitude.isOne else { return nil }
    let inside = coefficient.isNegative ? negated(rest) : rest
    // -(x + 1) distributes; anything else is again a product whose coefficient is -1.
    let outside = power(self.number(coefficient.magnitude), exponent)
    return product([outside, inside.head == .product ? intern(.power, [inside, exponent]) : power(inside, exponent)])
  }

  /// e^u, without the logarithms in u: exp(u + a log v) is v^a exp(u).
  func exponential(_ exponent: Node) -> Node {
    if isUndefined(exponent) { return intern(.call(.exponential), [exponent]) }
    if let number = exponent.number {
      if number.isZero { return one }
      if number.isOne { return e }
      if case .real(let value) = number, exp(value).isFinite { return self.number(.real(exp(value))) }
    }
    var powers: [Node] = []
    var rest: [Node] = []
    for term in exponent.head == .sum ? exponent.operands : [exponent] {
      let (coefficient, other) = coefficientAndRest(term)
      if other.head == .call(.logarithm) {
        powers.append(power(other.operands[0], number(coefficient)))
      } else {
        rest.append(term)
      }
    }
    if powers.isEmpty { return intern(.call(.exponential), [exponent]) }
    return product(powers + (rest.isEmpty ? [] : [exponential(sum(rest))]))
  }

  // MARK: Powers of numbers

  private func power(of base: Number, to exponent: Number) -> Node {
    let unevaluated = { self.intern(.power, [self.number(base), self.number(exponent)]) }
    guard case .rational(let fraction) = base, case .rational(let power) = exponent else {
      let value = pow(base.value, exponent.value)
      return value.isFinite ? number(.real(value)) : unevaluated()
    }
    if fraction == .zero { return power > .zero ? zero : intern(.power, [zero, minusOne]) }
    if fraction == .one { return one }
    if power.isInteger {
      if let result = fraction.raised(to: power.numerator) { return number(.rational(result)) }
      let value = pow(fraction.value, Double(power.numerator))
      return value.isFinite && value != 0 ? number(.real(value)) : unevaluated()
    }
    return fraction < .zero ? unevaluated() : radical(fraction, power) ?? unevaluated()
  }

  /// (n/d)^(k + r/q), 0 < r < q, as the rational part (n/d)^k / d times n^(r/q) d^((q-r)/q), perfect powers taken out of both roots.
  private func radical(_ base: Rational, _ exponent: Rational) -> Node? {
    let (k, q) = (exponent.floor, exponent.denominator)
    guard q <= 64, let whole = Rational(k),
      let r = exponent.subtracting(whole).flatMap({ $0.multiplied(by: Rational(q) ?? .one) })?.numerator,
      let outer = base.raised(to: k).flatMap({ $0.divided(by: Rational(base.denominator) ?? .one) })
    else { return nil }
    let (numeratorRoot, numeratorRest) = Self.extractRoot(base.numerator, q)
    let (denominatorRoot, denominatorRest) = Self.extractRoot(base.denominator, q)
    guard let first = Rational(numeratorRoot)?.raised(to: r), let second = Rational(denominatorRoot)?.raised(to: q - r),
      let coefficient = outer.multiplied(by: first)?.multiplied(by: second)
    else { return nil }
    // Square roots of numerator and denominator go under one sign.
    let merged = numeratorRest.multipliedReportingOverflow(by: denominatorRest)
    let parts = q == 2 && !merged.overflow ? [(merged.partialValue, 1)] : [(numeratorRest, r), (denominatorRest, q - r)]
    var operands = parts.filter { $0.0 != 1 }.compactMap { rest, power in
      Rational(power, over: q).map { intern(.power, [integer(rest), number(.rational($0))]) }
    }
    if operands.isEmpty { return number(.rational(coefficient)) }
    operands.sort { isOrdered($0, before: $1) }
    if operands.count == 2, operands[0] === operands[1] { return nil }
    if coefficient != .one { operands.insert(number(.rational(coefficient)), at: 0) }
    return operands.count == 1 ? operands[0] : intern(.product, operands)
  }

  /// n = root^q rest, dividing out q-th powers of the factors up to 1000.
  private static func extractRoot(_ n: Int, _ q: Int) -> (root: Int, rest: Int) {
    let exact = Int(pow(Double(n), 1 / Double(q)).rounded())
    if Rational(exact)?.raised(to: q)?.numerator == n { return (exact, 1) }
    var (root, rest, factor) = (1, n, 2)
    while factor <= 1000, let power = Rational(factor)?.raised(to: q)?.numerator, power <= rest {
      while rest % power == 0 {
        rest /= power
        root *= factor
      }
      factor += 1
    }
    return (root, rest)
  }
}

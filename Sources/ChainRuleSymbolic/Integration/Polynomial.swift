/// An exact computation left the range of `Int`.
struct Overflow: Error {}

/// A polynomial in one variable with exact coefficients, lowest degree first, without leading zeros.
struct Polynomial: Equatable {
  private(set) var coefficients: [Rational]

  static let zero = Polynomial([])
  static let one = Polynomial([.one])
  static let x = Polynomial([.zero, .one])

  init(_ coefficients: [Rational]) {
    self.coefficients = coefficients
    while self.coefficients.last == .zero { self.coefficients.removeLast() }
  }

  /// -1 for the zero polynomial.
  var degree: Int { coefficients.count - 1 }
  var leading: Rational { coefficients.last ?? .zero }

  subscript(power: Int) -> Rational { power < coefficients.count ? coefficients[power] : .zero }

  static func add(_ a: Rational, _ b: Rational) throws(Overflow) -> Rational {
    guard let sum = a.adding(b) else { throw Overflow() }
    return sum
  }

  static func multiply(_ a: Rational, _ b: Rational) throws(Overflow) -> Rational {
    guard let product = a.multiplied(by: b) else { throw Overflow() }
    return product
  }

  static func divide(_ a: Rational, _ b: Rational) throws(Overflow) -> Rational {
    guard let quotient = a.divided(by: b) else { throw Overflow() }
    return quotient
  }

  func plus(_ other: Polynomial) throws(Overflow) -> Polynomial {
    var result: [Rational] = []
    for power in 0..<max(coefficients.count, other.coefficients.count) { result.append(try Self.add(self[power], other[power])) }
    return Polynomial(result)
  }

  func times(_ factor: Rational) throws(Overflow) -> Polynomial {
    var result: [Rational] = []
    for coefficient in coefficients { result.append(try Self.multiply(coefficient, factor)) }
    return Polynomial(result)
  }

  func times(_ other: Polynomial) throws(Overflow) -> Polynomial {
    guard degree >= 0, other.degree >= 0 else { return .zero }
    var result = [Rational](repeating: .zero, count: degree + other.degree + 1)
    for (i, a) in coefficients.enumerated() {
      for (j, b) in other.coefficients.enumerated() { result[i + j] = try Self.add(result[i + j], try Self.multiply(a, b)) }
    }
    return Polynomial(result)
  }

  func raised(to exponent: Int) throws(Overflow) -> Polynomial {
    var result = Polynomial.one
    for _ in 0..<exponent { result = try result.times(self) }
    return result
  }

  /// Euclidean division by a polynomial other than zero.
  func divided(by divisor: Polynomial) throws(Overflow) -> (quotient: Polynomial, remainder: Polynomial) {
    var remainder = coefficients
    var quotient = [Rational](repeating: .zero, count: max(0, degree - divisor.degree + 1))
    for shift in stride(from: degree - divisor.degree, through: 0, by: -1) {
      let factor = try Self.divide(remainder[shift + divisor.degree], divisor.leading)
      quotient[shift] = factor
      for (power, coefficient) in divisor.coefficients.enumerated() {
        remainder[shift + power] = try Self.add(remainder[shift + power], try Self.multiply(factor, coefficient).negated)
      }
    }
    return (Polynomial(quotient), Polynomial(remainder))
  }

  var monic: Polynomial {
    get throws(Overflow) { try times(try Self.divide(.one, leading)) }
  }

  /// The monic greatest common divisor.
  static func greatestCommonDivisor(_ first: Polynomial, _ second: Polynomial) throws(Overflow) -> Polynomial {
    var (a, b) = (first, second)
    // Monic remainders keep the coefficients small.
    while b.degree >= 0 {
      let remainder = try a.divided(by: b).remainder
      (a, b) = (b, remainder.degree < 0 ? remainder : try remainder.monic)
    }
    return a.degree < 0 ? .one : try a.monic
  }

  var derivative: Polynomial {
    get throws(Overflow) {
      var result: [Rational] = []
      for (power, coefficient) in coefficients.enumerated().dropFirst() {
        result.append(try Self.multiply(coefficient, Rational(power) ?? .zero))
      }
      return Polynomial(result)
    }
  }

  func value(at x: Rational) throws(Overflow) -> Rational {
    var result = Rational.zero
    for coefficient in coefficients.reversed() { result = try Self.add(try Self.multiply(result, x), coefficient) }
    return result
  }
}

extension Polynomial {
  /// Monic factors with multiplicity, linear and quadratic ones without rational roots; nil where a factor of higher degree is left.
  func factored() throws(Overflow) -> [(factor: Polynomial, multiplicity: Int)]? {
    var result: [(factor: Polynomial, multiplicity: Int)] = []
    for (part, multiplicity) in try squareFree() {
      var rest = part
      while rest.degree >= 1, let root = try rest.rationalRoot() {
        let factor = Polynomial([root.negated, .one])
        result.append((factor, multiplicity))
        rest = try rest.divided(by: factor).quotient
      }
      if rest.degree == 4, let (first, second) = try rest.quadraticFactors() {
        result.append((first, multiplicity))
        result.append((second, multiplicity))
        rest = .one
      }
      guard rest.degree <= 2 else { return nil }
      if rest.degree > 0 { result.append((try rest.monic, multiplicity)) }
    }
    return result
  }

  /// Yun's square-free factorisation (SYMSAC 1976): parts without repeated roots, each with its multiplicity.
  private func squareFree() throws(Overflow) -> [(part: Polynomial, multiplicity: Int)] {
    var result: [(part: Polynomial, multiplicity: Int)] = []
    let common = try Self.greatestCommonDivisor(self, try derivative)
    var b = try divided(by: common).quotient
    var c = try derivative.divided(by: common).quotient
    var d = try c.plus(try b.derivative.times(.minusOne))
    var multiplicity = 1
    while b.degree > 0 {
      let part = try Self.greatestCommonDivisor(b, d)
      if part.degree > 0 { result.append((part, multiplicity)) }
      b = try b.divided(by: part).quotient
      c = try d.divided(by: part).quotient
      d = try c.plus(try b.derivative.times(.minusOne))
      multiplicity += 1
    }
    return result
  }

  /// A rational root: its numerator divides the lowest integer coefficient, its denominator the highest.
  private func rationalRoot() throws(Overflow) -> Rational? {
    if self[0] == .zero { return .zero }
    var scale = 1
    for coefficient in coefficients {
      let (product, overflow) = (scale / Rational.greatestCommonDivisor(scale, coefficient.denominator))
        .multipliedReportingOverflow(by: coefficient.denominator)
      if overflow { throw Overflow() }
      scale = product
    }
    let whole = try times(Rational(scale) ?? .one)
    for numerator in Self.divisors(whole[0].numerator) {
      for denominator in Self.divisors(whole.leading.numerator) {
        guard let candidate = Rational(numerator, over: denominator) else { continue }
        for root in [candidate, candidate.negated] where try whole.value(at: root) == .zero { return root }
      }
    }
    return nil
  }

  /// The divisors up to 1000 and their cofactors: enough for textbook polynomials, and bounded.
  private static func divisors(_ n: Int) -> [Int] {
    let n = abs(n)
    guard n > 0 else { return [] }
    let small = (1...min(n, 1000)).filter { n % $0 == 0 }
    return small + small.map { n / $0 }.filter { $0 > 1000 }
  }

  /// x^4 + a x^3 + b x^2 + c x + d as (x^2 + p x + q) (x^2 + r x + s) with small integers.
  private func quadraticFactors() throws(Overflow) -> (Polynomial, Polynomial)? {
    let polynomial = try monic
    guard polynomial.coefficients.allSatisfy(\.isInteger) else { return nil }
    for q in Self.divisors(polynomial[0].numerator).flatMap({ [$0, -$0] }) {
      for p in -20...20 {
        guard let q = Rational(q), let p = Rational(p) else { continue }
        let factor = Polynomial([q, p, .one])
        let (quotient, remainder) = try polynomial.divided(by: factor)
        if remainder.degree < 0 { return (factor, quotient) }
      }
    }
    return nil
  }
}

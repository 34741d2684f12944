/// A quotient of polynomials, and its antiderivative by partial fractions.
struct RationalFunction {
  let numerator: Polynomial
  let denominator: Polynomial

  /// Higher degrees are left alone: their partial fractions leave the range of exact integers anyway.
  private static let degreeLimit = 24

  /// Reads an expression as a quotient of polynomials in the variable; nil where it is none, has other variables or is too large.
  init?(_ root: Node, variable: String) {
    guard root.treeCount < 400,
      let read = try? Node.fold([root], { node, operands throws in try Self.combine(node, operands, variable) }).first,
      let common = try? Polynomial.greatestCommonDivisor(read.numerator, read.denominator),
      let numerator = try? read.numerator.divided(by: common).quotient, let denominator = try? read.denominator.divided(by: common).quotient
    else { return nil }
    self.init(numerator, denominator)
  }

  private init(_ numerator: Polynomial, _ denominator: Polynomial) {
    (self.numerator, self.denominator) = (numerator, denominator)
  }

  /// The expression is no rational function.
  private struct NotRational: Error {}

  private static func combine(_ node: Node, _ operands: [RationalFunction], _ variable: String) throws -> RationalFunction {
    switch node.head {
    case .constant(.number(.rational(let value))): return RationalFunction(Polynomial([value]), .one)
    case .variable(variable): return RationalFunction(.x, .one)
    case .sum:
      return try operands.reduce(RationalFunction(.zero, .one)) { sum, term in
        try bounded(
          try sum.numerator.times(term.denominator).plus(try term.numerator.times(sum.denominator)),
          try sum.denominator.times(term.denominator))
      }
    case .product:
      return try operands.reduce(RationalFunction(.one, .one)) { product, factor in
        try bounded(try product.numerator.times(factor.numerator), try product.denominator.times(factor.denominator))
      }
    case .power:
      guard let exponent = node.operands[1].number?.rational, exponent.isInteger, exponent.magnitude <= Rational(degreeLimit) ?? .one else {
        throw NotRational()
      }
      let n = abs(exponent.numerator)
      guard max(operands[0].numerator.degree, operands[0].denominator.degree) * n <= degreeLimit else { throw NotRational() }
      let (top, bottom) = (try operands[0].numerator.raised(to: n), try operands[0].denominator.raised(to: n))
      if exponent < .zero, top.degree < 0 { throw NotRational() }
      return exponent < .zero ? RationalFunction(bottom, top) : RationalFunction(top, bottom)
    default: throw NotRational()
    }
  }

  private static func bounded(_ numerator: Polynomial, _ denominator: Polynomial) throws -> RationalFunction {
    guard max(numerator.degree, denominator.degree) <= degreeLimit else { throw NotRational() }
    return RationalFunction(numerator, denominator)
  }

  // MARK: The antiderivative

  /// The antiderivative: of the polynomial part by powers, of the rest by partial fractions; nil where the denominator has a factor of
  /// degree above two.
  func antiderivative(_ x: Formula) -> Formula? {
    guard let (quotient, remainder) = try? numerator.divided(by: denominator) else { return nil }
    var terms: [Formula] = quotient.coefficients.enumerated().map { power, coefficient in
      Formula(coefficient) * x.pow(Formula(power + 1)) / Formula(power + 1)
    }
    if remainder.degree >= 0 {
      guard let fractions = try? Self.fractions(remainder, denominator) else { return nil }
      for fraction in fractions { terms.append(fraction.antiderivative(x)) }
    }
    return .sum(terms)
  }

  /// (slope x + constant) / factor^power, with a monic factor of degree one (slope 0) or two.
  fileprivate struct Fraction {
    let factor: Polynomial
    let power: Int
    var slope = Rational.zero
    var constant = Rational.zero
  }

  private static func fractions(_ numerator: Polynomial, _ denominator: Polynomial) throws -> [Fraction]? {
    guard let factors = try denominator.factored() else { return nil }
    // One unknown per fraction and coefficient; its column is the numerator it contributes over the common denominator.
    var unknowns: [(fraction: Int, isSlope: Bool)] = []
    var columns: [Polynomial] = []
    var fractions: [Fraction] = []
    for (factor, multiplicity) in factors {
      for power in 1...multiplicity {
        let cofactor = try denominator.divided(by: try factor.raised(to: power)).quotient
        for isSlope in factor.degree == 2 ? [false, true] : [false] {
          unknowns.append((fractions.count, isSlope))
          columns.append(isSlope ? try cofactor.times(.x) : cofactor)
        }
        fractions.append(Fraction(factor: factor, power: power))
      }
    }
    let solution = try solve(columns, numerator)
    for (value, unknown) in zip(solution, unknowns) {
      if unknown.isSlope { fractions[unknown.fraction].slope = value } else { fractions[unknown.fraction].constant = value }
    }
    return fractions.filter { $0.slope != .zero || $0.constant != .zero }
  }

  /// The combination of the columns that gives the right-hand side, by exact Gauss-Jordan elimination.
  private static func solve(_ columns: [Polynomial], _ right: Polynomial) throws -> [Rational] {
    let n = columns.count
    var rows = (0..<n).map { power in columns.map { $0[power] } + [right[power]] }
    for column in 0..<n {
      guard let pivot = (column..<n).first(where: { rows[$0][column] != .zero }) else { throw NotRational() }
      rows.swapAt(column, pivot)
      let head = rows[column][column]
      rows[column] = try rows[column].map { try Polynomial.divide($0, head) }
      for row in 0..<n where row != column && rows[row][column] != .zero {
        let factor = rows[row][column].negated
        rows[row] = try zip(rows[row], rows[column]).map { try Polynomial.add($0, try Polynomial.multiply(factor, $1)) }
      }
    }
    return rows.map { $0[n] }
  }
}

extension RationalFunction.Fraction {
  fileprivate func antiderivative(_ x: Formula) -> Formula {
    let q = Formula(factor[0])
    if factor.degree == 1 {
      let base = x + q
      return power == 1
        ? Formula(constant) * .log(.abs(base)) : Formula(constant) * base.pow(Formula(1 - power)) / Formula(1 - power)
    }
    // (s x + c) = s/2 (2x + p) + (c - s p / 2)
    let p = Formula(factor[1])
    let base = x.pow(2) + p * x + q
    let s = Formula(slope)
    let logarithmic = power == 1 ? .log(.abs(base)) : base.pow(Formula(1 - power)) / Formula(1 - power)
    return s / 2 * logarithmic + (Formula(constant) - s * p / 2) * Self.reciprocalPower(x, p, q, power, base)
  }

  /// The antiderivative of 1 / (x^2 + p x + q)^n, with D = 4q - p^2:
  /// I_n = (2x + p) / ((n-1) D base^(n-1)) + 2 (2n-3) / ((n-1) D) I_(n-1).
  private static func reciprocalPower(_ x: Formula, _ p: Formula, _ q: Formula, _ n: Int, _ base: Formula) -> Formula {
    let discriminant = (4 * q - p.pow(2)).simplified()
    let inner = 2 * x + p
    var result: Formula
    if discriminant.node.number?.isNegative == true {
      let root = (-discriminant).pow(Notation.half)
      result = .log(.abs((inner - root) / (inner + root))) / root
    } else {
      let root = discriminant.pow(Notation.half)
      result = 2 / root * .call(.arctangent, [inner / root])
    }
    for k in 2..<max(2, n + 1) {
      let m = Formula(k - 1)
      result = inner / (m * discriminant * base.pow(m)) + 2 * Formula(2 * k - 3) / (m * discriminant) * result
    }
    return result
  }
}

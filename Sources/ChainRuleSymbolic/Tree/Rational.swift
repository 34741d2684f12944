/// An exact fraction in lowest terms, its denominator positive.
///
/// Arithmetic returns `nil` where a result does not fit in `Int`; `Number` then falls back to `Double`.
public struct Rational: Sendable, Hashable {
  /// The numerator, which carries the sign.
  public let numerator: Int
  /// The denominator, at least 1.
  public let denominator: Int

  /// An integer as a fraction; `nil` for `Int.min`, whose negation does not exist.
  public init?(_ value: Int) {
    guard value != .min else { return nil }
    (numerator, denominator) = (value, 1)
  }

  /// `numerator / denominator` in lowest terms; `nil` where the denominator is zero or a part does not fit.
  public init?(_ numerator: Int, over denominator: Int) {
    guard denominator != 0, numerator != .min, denominator != .min else { return nil }
    let divisor = Self.greatestCommonDivisor(numerator, denominator)
    let sign = denominator < 0 ? -1 : 1
    self.numerator = sign * (numerator / divisor)
    self.denominator = sign * (denominator / divisor)
  }

  private init(integer: Int) { (numerator, denominator) = (integer, 1) }

  static let zero = Rational(integer: 0)
  static let one = Rational(integer: 1)
  static let minusOne = Rational(integer: -1)

  static let half = Rational(unchecked: 1, 2)
  static let threeQuarters = Rational(unchecked: 3, 4)

  /// The nearest double (to within one rounding of each part).
  public var value: Double { Double(numerator) / Double(denominator) }
  /// Whether the denominator is 1.
  public var isInteger: Bool { denominator == 1 }

  var negated: Rational { Rational(unchecked: -numerator, denominator) }
  var magnitude: Rational { numerator < 0 ? negated : self }
  var reciprocal: Rational? { Rational(denominator, over: numerator) }

  private init(unchecked numerator: Int, _ denominator: Int) { (self.numerator, self.denominator) = (numerator, denominator) }

  func adding(_ other: Rational) -> Rational? {
    let left = numerator.multipliedReportingOverflow(by: other.denominator)
    let right = other.numerator.multipliedReportingOverflow(by: denominator)
    let bottom = denominator.multipliedReportingOverflow(by: other.denominator)
    let top = left.partialValue.addingReportingOverflow(right.partialValue)
    guard !left.overflow, !right.overflow, !bottom.overflow, !top.overflow else { return nil }
    return Rational(top.partialValue, over: bottom.partialValue)
  }

  func subtracting(_ other: Rational) -> Rational? { adding(other.negated) }

  func multiplied(by other: Rational) -> Rational? {
    // Cancelling crosswise first keeps intermediate products as small as the result allows.
    guard let left = Rational(numerator, over: other.denominator), let right = Rational(other.numerator, over: denominator) else {
      return nil
    }
    let top = left.numerator.multipliedReportingOverflow(by: right.numerator)
    let bottom = left.denominator.multipliedReportingOverflow(by: right.denominator)
    guard !top.overflow, !bottom.overflow else { return nil }
    return Rational(top.partialValue, over: bottom.partialValue)
  }

  func divided(by other: Rational) -> Rational? { other.reciprocal.flatMap { multiplied(by: $0) } }

  func raised(to exponent: Int) -> Rational? {
    guard exponent != .min else { return nil }
    guard let start = exponent < 0 ? reciprocal : self else { return nil }
    var result = Rational.one
    var square = start
    var remaining = exponent.magnitude
    while remaining > 0 {
      if remaining & 1 == 1 {
        guard let next = result.multiplied(by: square) else { return nil }
        result = next
      }
      remaining >>= 1
      if remaining > 0 {
        guard let next = square.multiplied(by: square) else { return nil }
        square = next
      }
    }
    return result
  }

  /// The largest integer not above the fraction.
  var floor: Int {
    let quotient = numerator / denominator
    return numerator < 0 && quotient * denominator != numerator ? quotient - 1 : quotient
  }

  static func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
    var (a, b) = (first.magnitude, second.magnitude)
    while b != 0 { (a, b) = (b, a % b) }
    return a == 0 ? 1 : Int(a)
  }
}

extension Rational: Comparable {
  /// Exact order, by the full products of numerators and denominators.
  public static func < (left: Rational, right: Rational) -> Bool {
    let first = left.numerator.multipliedFullWidth(by: right.denominator)
    let second = right.numerator.multipliedFullWidth(by: left.denominator)
    return (first.high, first.low) < (second.high, second.low)
  }
}

extension Rational: CustomStringConvertible {
  /// `3` or `-2/3`.
  public var description: String { isInteger ? "\(numerator)" : "\(numerator)/\(denominator)" }
}

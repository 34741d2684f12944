extension Formula {
  /// A numeric constant: exact while the input is exact, else a double.
  ///
  /// Two numbers are equal when they are the same constant, bit for bit: `1` and `1.0` differ, and NaN equals itself.
  public enum Number: Sendable {
    /// An exact fraction.
    case rational(Rational)
    /// A floating-point value.
    case real(Double)

    static let zero = Number.rational(.zero)
    static let one = Number.rational(.one)
    static let minusOne = Number.rational(.minusOne)

    /// An integer; a double for `Int.min`.
    public init(_ value: Int) { self = Rational(value).map(Number.rational) ?? .real(Double(value)) }

    /// The value as a double.
    public var value: Double {
      switch self {
      case .rational(let fraction): fraction.value
      case .real(let value): value
      }
    }

    var rational: Rational? {
      if case .rational(let fraction) = self { fraction } else { nil }
    }

    /// The integer this number is, whichever way it is stored; doubles count up to 2^53, beyond which they cannot tell integers apart.
    var integer: Int? {
      switch self {
      case .rational(let fraction): fraction.isInteger ? fraction.numerator : nil
      case .real(let value): value.rounded() == value && value.magnitude <= 0x1p53 ? Int(value) : nil
      }
    }

    var isZero: Bool { value == 0 }
    var isOne: Bool { value == 1 }
    var isNegative: Bool { value < 0 }

    static prefix func - (number: Number) -> Number {
      switch number {
      case .rational(let fraction): .rational(fraction.negated)
      case .real(let value): .real(-value)
      }
    }

    static func + (left: Number, right: Number) -> Number {
      if let a = left.rational, let b = right.rational, let sum = a.adding(b) { return .rational(sum) }
      if left == .zero { return right }
      if right == .zero { return left }
      return .real(left.value + right.value)
    }

    static func * (left: Number, right: Number) -> Number {
      if let a = left.rational, let b = right.rational, let product = a.multiplied(by: b) { return .rational(product) }
      if left == .one { return right }
      if right == .one { return left }
      return .real(left.value * right.value)
    }

    var magnitude: Number { isNegative ? -self : self }
  }
}

/// The short name inside the module; outside, `Formula.Number` keeps clear of other modules.
typealias Number = Formula.Number

extension Number: Hashable {
  /// Whether both are the same constant; doubles are compared bit for bit.
  public static func == (left: Formula.Number, right: Formula.Number) -> Bool {
    switch (left, right) {
    case (.rational(let a), .rational(let b)): a == b
    case (.real(let a), .real(let b)): a.bitPattern == b.bitPattern
    default: false
    }
  }

  /// Hashes what `==` compares.
  public func hash(into hasher: inout Hasher) {
    switch self {
    case .rational(let fraction): hasher.combine(fraction)
    case .real(let value): hasher.combine(value.bitPattern)
    }
  }
}

extension Formula {
  /// A leaf that holds a value: a number, pi or e.
  public enum Constant: Sendable, Hashable {
    /// A fraction or a double.
    case number(Formula.Number)
    /// The circle constant, 3.14159...
    case pi
    /// The base of the natural logarithm, 2.71828...
    case e

    /// The value as a double.
    public var value: Double {
      switch self {
      case .number(let number): number.value
      case .pi: Double.pi
      case .e: 2.718281828459045
      }
    }
  }
}

/// The short name inside the module; outside, `Formula.Constant` keeps clear of other modules.
typealias Constant = Formula.Constant

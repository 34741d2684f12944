#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

// The circular functions and their inverses.

private let unitInterval: (contains: @Sendable (Double) -> Bool, condition: String) = ({ $0 >= -1 && $0 <= 1 }, "-1 <= x <= 1")

extension Function {
  static let sine: Function = .init(
    "sin", value: { sin($0) }, complex: { $0.sine }, derivative: { .cos($0) }, antiderivative: { -.cos($0) },
    powerAntiderivative: { u, n in
      switch n {
      case -1: .log(.abs(.tan(u / 2)))
      case -2: -.cos(u) / .sin(u)
      case 2...32:
        // F_n = -sin^(n-1) u cos u / n + (n-1)/n F_(n-2)
        descend(u, n, first: -.cos(u)) { -.sin(u).pow(Formula($0 - 1)) * .cos(u) / Formula($0) + Formula($0 - 1) / Formula($0) * $1 }
      default: nil
      }
    },
    identity: { x in
      if x.node.isCall("asin") { return Formula(x.node.operands[0]) }
      return multipleOfPi(x).flatMap(sineOfPi)
    }, symmetry: .odd, latex: .command("\\sin"))

  static let cosine: Function = .init(
    "cos", value: { cos($0) }, complex: { $0.cosine }, derivative: { -.sin($0) }, antiderivative: { .sin($0) },
    powerAntiderivative: { u, n in
      switch n {
      case -1: .log(.abs((1 + .sin(u)) / .cos(u)))
      case -2: .tan(u)
      case 2...32:
        // F_n = cos^(n-1) u sin u / n + (n-1)/n F_(n-2)
        descend(u, n, first: .sin(u)) { .cos(u).pow(Formula($0 - 1)) * .sin(u) / Formula($0) + Formula($0 - 1) / Formula($0) * $1 }
      case -32...(-3):
        // sec: F_n = tan u sec^(n-2) u / (n-1) + (n-2)/(n-1) F_(n-2)
        descend(u, -n, first: .log(.abs((1 + .sin(u)) / .cos(u))), zeroth: u) {
          .tan(u) * .cos(u).pow(Formula(2 - $0)) / Formula($0 - 1) + Formula($0 - 2) / Formula($0 - 1) * $1
        }
      default: nil
      }
    },
    identity: { x in
      if x.node.isCall("acos") { return Formula(x.node.operands[0]) }
      return multipleOfPi(x).flatMap { $0.adding(Rational.half) }.flatMap(sineOfPi)
    }, symmetry: .even, latex: .command("\\cos"))

  static let tangent: Function = .init(
    "tan", value: { tan($0) }, complex: { $0.tangent }, derivative: { 1 + .tan($0).pow(2) },
    antiderivative: { -.log(.abs(.cos($0))) },
    powerAntiderivative: { u, n in
      switch n {
      case -1: .log(.abs(.sin(u)))
      case -2: -1 / .tan(u) - u
      // F_n = tan^(n-1) u / (n-1) - F_(n-2)
      case 2...32: descend(u, n, first: -.log(.abs(.cos(u)))) { .tan(u).pow(Formula($0 - 1)) / Formula($0 - 1) - $1 }
      default: nil
      }
    },
    identity: { x in
      if x.node.isCall("atan") { return Formula(x.node.operands[0]) }
      guard let turns = multipleOfPi(x), let sine = sineOfPi(turns), let cosine = turns.adding(Rational.half).flatMap(sineOfPi), cosine != 0
      else { return nil }
      return sine / cosine
    }, symmetry: .odd, latex: .command("\\tan"))

  static let arcsine: Function = .init(
    "asin", aliases: ["arcsin"], value: { asin($0) }, complex: { $0.inverseSine }, domain: unitInterval,
    derivative: { (1 - $0.pow(2)).pow(-Notation.half) },
    antiderivative: { $0 * .call(.arcsine, [$0]) + (1 - $0.pow(2)).pow(Notation.half) },
    identity: { $0 == 0 ? 0 : $0 == 1 ? .pi / 2 : $0 == Notation.half ? .pi / 6 : nil }, symmetry: .odd, latex: .command("\\arcsin"))

  static let arccosine: Function = .init(
    "acos", aliases: ["arccos"], value: { acos($0) }, complex: { $0.inverseCosine }, domain: unitInterval,
    derivative: { -((1 - $0.pow(2)).pow(-Notation.half)) },
    antiderivative: { $0 * .call(.arccosine, [$0]) - (1 - $0.pow(2)).pow(Notation.half) },
    identity: { $0 == 0 ? .pi / 2 : $0 == 1 ? 0 : $0 == -1 ? .pi : $0 == Notation.half ? .pi / 3 : nil }, latex: .command("\\arccos"))

  static let arctangent: Function = .init(
    "atan", aliases: ["arctan"], value: { atan($0) }, complex: { $0.inverseTangent },
    derivative: { 1 / (1 + $0.pow(2)) }, antiderivative: { $0 * .call(.arctangent, [$0]) - .log(1 + $0.pow(2)) / 2 },
    identity: { $0 == 0 ? 0 : $0 == 1 ? .pi / 4 : nil }, symmetry: .odd, latex: .command("\\arctan"))

  static let polarAngle: Function = .init(
    "atan2", value: { atan2($0, $1) },
    complex: { y, x in
      // At the origin, where it jumps in every direction, as PyTorch has it.
      if x.re == 0, y.re == 0 { return Complex(atan2(y.re, x.re)) }
      // The continuation differs from atan(y / x) by a real constant.
      let angle = x.re.magnitude >= y.re.magnitude ? (y / x).inverseTangent : -(x / y).inverseTangent
      return Complex(atan2(y.re, x.re), angle.im)
    },
    partials: { y, x in (x / (x.pow(2) + y.pow(2)), -y / (x.pow(2) + y.pow(2))) })

  static let trigonometricFamily: [Function] = [sine, cosine, tangent, arcsine, arccosine, arctangent, polarAngle]
}

/// Runs a reduction formula from the zeroth (`u` itself unless given) or first member of its parity up to n.
private func descend(_ u: Formula, _ n: Int, first: Formula, zeroth: Formula? = nil, next: (Int, Formula) -> Formula) -> Formula {
  var (k, result) = n % 2 == 0 ? (0, zeroth ?? u) : (1, first)
  while k < n {
    k += 2
    result = next(k, result)
  }
  return result
}

/// r where the formula is r pi with a rational r.
private func multipleOfPi(_ x: Formula) -> Rational? {
  if x.node.number?.isZero == true { return .zero }
  if x == .pi { return .one }
  guard x.node.head == .product, x.node.operands.count == 2, x.node.operands[1].constant == .pi else { return nil }
  return x.node.operands[0].number?.rational
}

/// sin(r pi) for the multiples of pi/6 and pi/4.
private func sineOfPi(_ turns: Rational) -> Formula? {
  // Reduced to 0 <= r < 2, then to the first quadrant.
  guard let periods = Rational(turns.floor), let fraction = turns.subtracting(periods) else { return nil }
  let sign: Formula = periods.numerator % 2 == 0 ? 1 : -1
  guard let mirrored = fraction > Rational.half ? Rational.one.subtracting(fraction) : fraction else { return nil }
  switch (mirrored.numerator, mirrored.denominator) {
  case (0, _): return 0
  case (1, 2): return sign
  case (1, 6): return sign / 2
  case (1, 4): return sign / 2 * Formula(2).pow(Notation.half)
  case (1, 3): return sign / 2 * Formula(3).pow(Notation.half)
  default: return nil
  }
}

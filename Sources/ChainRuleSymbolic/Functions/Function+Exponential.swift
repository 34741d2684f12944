#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

// Exponentials, logarithms, roots and the functions made of them.

private let positive: (contains: @Sendable (Double) -> Bool, condition: String) = ({ $0 > 0 }, "x > 0")

extension Function {
  static let exponential: Function = .init(
    "exp", value: { exp($0) }, complex: { $0.exponential }, derivative: { .exp($0) }, antiderivative: { .exp($0) },
    latex: .command("\\exp"))

  static let logarithm: Function = .init(
    "log", aliases: ["ln"], value: { log($0) }, complex: { $0.logarithm }, domain: positive,
    derivative: { 1 / $0 }, antiderivative: { $0 * .log($0) - $0 },
    powerAntiderivative: { u, n in
      // F_n = u log^n u - n F_(n-1)
      guard (1...32).contains(n) else { return nil }
      return (1...n).reduce(u) { u * .log(u).pow(Formula($1)) - Formula($1) * $0 }
    },
    identity: { x in
      if x == 1 { return 0 }
      if x == .e { return 1 }
      return x.node.isCall("exp") ? Formula(x.node.operands[0]) : nil
    }, latex: .command("\\log"))

  static let binaryLogarithm: Function = .init(
    "log2", value: { log2($0) }, complex: { (1 / log(2.0)) * $0.logarithm }, domain: positive,
    derivative: { 1 / ($0 * .log(2)) }, antiderivative: { ($0 * .log($0) - $0) / .log(2) },
    identity: { $0 == 1 ? 0 : $0 == 2 ? 1 : nil }, latex: .command("\\log_{2}"))

  static let decimalLogarithm: Function = .init(
    "log10", value: { log10($0) }, complex: { (1 / log(10.0)) * $0.logarithm }, domain: positive,
    derivative: { 1 / ($0 * .log(10)) }, antiderivative: { ($0 * .log($0) - $0) / .log(10) },
    identity: { $0 == 1 ? 0 : $0 == 10 ? 1 : nil }, latex: .command("\\log_{10}"))

  static let logarithmOnePlus: Function = .init(
    "log1p", value: { log1p($0) }, complex: { $0.logarithmOnePlus }, domain: ({ $0 > -1 }, "x > -1"),
    derivative: { 1 / (1 + $0) }, antiderivative: { (1 + $0) * .call(.logarithmOnePlus, [$0]) - $0 },
    identity: { $0 == 0 ? 0 : nil })

  static let exponentialMinusOne: Function = .init(
    "expm1", value: { expm1($0) }, complex: { $0.exponentialMinusOne },
    derivative: { .exp($0) }, antiderivative: { .exp($0) - $0 }, identity: { $0 == 0 ? 0 : nil })

  static let cubeRoot: Function = .init(
    "cbrt", value: { cbrt($0) },
    complex: { z in
      let root = (1.0 / 3 * (z.re < 0 ? -z : z).logarithm).exponential
      return z.re < 0 ? -root : root
    },
    derivative: { 1 / (3 * Formula.call(.cubeRoot, [$0]).pow(2)) },
    antiderivative: { Formula(Rational.threeQuarters) * $0 * .call(.cubeRoot, [$0]) },
    identity: { $0 == 0 || $0 == 1 ? $0 : nil }, symmetry: .odd, latex: .delimiters("\\sqrt[3]{", "}"))

  static let sigmoid: Function = .init(
    "sigmoid", aliases: ["logistic"], value: { sigmoidValue($0) },
    complex: { z in
      // exp of a negative real part cannot overflow.
      if z.re < 0 {
        let small = z.exponential
        return small / (Complex.one + small)
      }
      return Complex.one / (Complex.one + (-z).exponential)
    },
    derivative: { .call(.sigmoid, [$0]) * (1 - .call(.sigmoid, [$0])) }, antiderivative: { .call(.softplus, [$0]) },
    identity: { $0 == 0 ? Notation.half : nil })

  static let softplus: Function = .init(
    "softplus", value: { $0 > 0 ? $0 + log1p(exp(-$0)) : log1p(exp($0)) },
    complex: { z in z.re > 0 ? z + (-z).exponential.logarithmOnePlus : z.exponential.logarithmOnePlus },
    derivative: { .call(.sigmoid, [$0]) }, identity: { $0 == 0 ? .log(2) : nil })

  static let errorFunction: Function = .init(
    "erf", value: { erf($0) }, complex: nil,
    derivative: { 2 / Formula.pi.pow(Notation.half) * .exp(-($0.pow(2))) },
    antiderivative: { $0 * .call(.errorFunction, [$0]) + .exp(-($0.pow(2))) / Formula.pi.pow(Notation.half) },
    identity: { $0 == 0 ? 0 : nil }, symmetry: .odd)

  static let exponentialFamily: [Function] = [
    exponential, logarithm, binaryLogarithm, decimalLogarithm, logarithmOnePlus, exponentialMinusOne, cubeRoot, sigmoid, softplus,
    errorFunction,
  ]
}

/// The logistic function, without overflow on either side.
private func sigmoidValue(_ x: Double) -> Double {
  if x >= 0 { return 1 / (1 + exp(-x)) }
  let small = exp(x)
  return small / (1 + small)
}

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

// The hyperbolic functions and their inverses.

extension Function {
  static let hyperbolicSine: Function = .init(
    "sinh", value: { sinh($0) }, complex: { $0.hyperbolicSine }, derivative: { .call(.hyperbolicCosine, [$0]) },
    antiderivative: { .call(.hyperbolicCosine, [$0]) },
    powerAntiderivative: { u, n in
      let (sinh, cosh) = (Formula.call(.hyperbolicSine, [u]), Formula.call(.hyperbolicCosine, [u]))
      return switch n {
      case 2: sinh * cosh / 2 - u / 2
      case -1: .log(.abs(.call(.hyperbolicTangent, [u / 2])))
      case -2: -cosh / sinh
      default: nil
      }
    },
    identity: { $0 == 0 ? 0 : nil }, symmetry: .odd, latex: .command("\\sinh"))

  static let hyperbolicCosine: Function = .init(
    "cosh", value: { cosh($0) }, complex: { $0.hyperbolicCosine }, derivative: { .call(.hyperbolicSine, [$0]) },
    antiderivative: { .call(.hyperbolicSine, [$0]) },
    powerAntiderivative: { u, n in
      let (sinh, cosh) = (Formula.call(.hyperbolicSine, [u]), Formula.call(.hyperbolicCosine, [u]))
      return switch n {
      case 2: sinh * cosh / 2 + u / 2
      case -1: .call(.arctangent, [sinh])
      case -2: .call(.hyperbolicTangent, [u])
      default: nil
      }
    },
    identity: { $0 == 0 ? 1 : nil }, symmetry: .even, latex: .command("\\cosh"))

  static let hyperbolicTangent: Function = .init(
    "tanh", value: { tanh($0) }, complex: { $0.hyperbolicTangent }, derivative: { 1 - .call(.hyperbolicTangent, [$0]).pow(2) },
    antiderivative: { .log(.call(.hyperbolicCosine, [$0])) },
    powerAntiderivative: { u, n in n == 2 ? u - .call(.hyperbolicTangent, [u]) : nil },
    identity: { $0 == 0 ? 0 : nil }, symmetry: .odd, latex: .command("\\tanh"))

  static let areaSine: Function = .init(
    "asinh", aliases: ["arcsinh"], value: { asinh($0) }, complex: { $0.inverseHyperbolicSine },
    derivative: { (1 + $0.pow(2)).pow(-Notation.half) },
    antiderivative: { $0 * .call(.areaSine, [$0]) - (1 + $0.pow(2)).pow(Notation.half) },
    identity: { $0 == 0 ? 0 : $0.node.isCall("sinh") ? Formula($0.node.operands[0]) : nil }, symmetry: .odd,
    latex: .command("\\operatorname{arsinh}"))

  static let areaCosine: Function = .init(
    "acosh", aliases: ["arccosh"], value: { acosh($0) }, complex: { $0.inverseHyperbolicCosine },
    domain: ({ $0 >= 1 }, "x >= 1"),
    // Not 1 / sqrt(x^2 - 1), which is defined below -1 too.
    derivative: { ($0 - 1).pow(-Notation.half) * ($0 + 1).pow(-Notation.half) },
    antiderivative: { $0 * .call(.areaCosine, [$0]) - ($0 - 1).pow(Notation.half) * ($0 + 1).pow(Notation.half) },
    identity: { $0 == 1 ? 0 : nil }, latex: .command("\\operatorname{arcosh}"))

  static let areaTangent: Function = .init(
    "atanh", aliases: ["arctanh"], value: { atanh($0) }, complex: { $0.inverseHyperbolicTangent },
    domain: ({ $0 > -1 && $0 < 1 }, "-1 < x < 1"),
    derivative: { 1 / (1 - $0.pow(2)) }, antiderivative: { $0 * .call(.areaTangent, [$0]) + .log(1 - $0.pow(2)) / 2 },
    identity: { $0 == 0 ? 0 : $0.node.isCall("tanh") ? Formula($0.node.operands[0]) : nil }, symmetry: .odd,
    latex: .command("\\operatorname{artanh}"))

  static let hyperbolicFamily: [Function] = [hyperbolicSine, hyperbolicCosine, hyperbolicTangent, areaSine, areaCosine, areaTangent]
}

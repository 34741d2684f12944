import CKernels
import Foundation
import Testing

/// Distance of `got` from the exact `want`, in units of the last place of `want` as a float32.
func ulps(_ got: Float, _ want: Double) -> Double {
  let rounded = Float(want)
  if got.isNaN || want.isNaN { return got.isNaN && want.isNaN ? 0 : .infinity }
  if rounded.isInfinite || got.isInfinite {
    return rounded == got || (rounded.isInfinite && abs(got) == .greatestFiniteMagnitude) ? 0 : .infinity
  }
  if rounded == 0 && got == 0 && want == 0 { return rounded.sign == got.sign ? 0 : .infinity }
  return abs(Double(got) - want) / Double(max(rounded.magnitude, Float.leastNormalMagnitude).ulp)
}

private func logistic(_ x: Double) -> Double { x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)) }

struct Accuracy: Sendable, CustomTestStringConvertible {
  let name: String
  let op: cr_unary_op
  let bound: Double
  let exact: @Sendable (Double) -> Double
  var testDescription: String { name }
}

extension KernelTests {
  static let accuracies: [Accuracy] = [
    Accuracy(name: "exp", op: CR_EXP, bound: 2, exact: { exp($0) }),
    Accuracy(name: "exp2", op: CR_EXP2, bound: 2, exact: { exp2($0) }),
    Accuracy(name: "expm1", op: CR_EXPM1, bound: 2, exact: { expm1($0) }),
    Accuracy(name: "log", op: CR_LOG, bound: 2, exact: { log($0) }),
    Accuracy(name: "log2", op: CR_LOG2, bound: 1, exact: { log2($0) }),
    Accuracy(name: "log10", op: CR_LOG10, bound: 1, exact: { log10($0) }),
    Accuracy(name: "log1p", op: CR_LOG1P, bound: 1, exact: { log1p($0) }),
    Accuracy(name: "sin", op: CR_SIN, bound: 2, exact: { sin($0) }),
    Accuracy(name: "cos", op: CR_COS, bound: 2, exact: { cos($0) }),
    Accuracy(name: "tan", op: CR_TAN, bound: 2, exact: { tan($0) }),
    Accuracy(name: "asin", op: CR_ASIN, bound: 1, exact: { asin($0) }),
    Accuracy(name: "acos", op: CR_ACOS, bound: 1, exact: { acos($0) }),
    Accuracy(name: "atan", op: CR_ATAN, bound: 1, exact: { atan($0) }),
    Accuracy(name: "sinh", op: CR_SINH, bound: 1, exact: { sinh($0) }),
    Accuracy(name: "cosh", op: CR_COSH, bound: 1, exact: { cosh($0) }),
    Accuracy(name: "tanh", op: CR_TANH, bound: 2, exact: { tanh($0) }),
    Accuracy(name: "asinh", op: CR_ASINH, bound: 1, exact: { asinh($0) }),
    Accuracy(name: "acosh", op: CR_ACOSH, bound: 1, exact: { acosh($0) }),
    Accuracy(name: "atanh", op: CR_ATANH, bound: 1, exact: { atanh($0) }),
    Accuracy(name: "sigmoid", op: CR_SIGMOID, bound: 2, exact: { logistic($0) }),
    Accuracy(name: "log_sigmoid", op: CR_LOG_SIGMOID, bound: 4, exact: { min(0, $0) - log1p(exp(-abs($0))) }),
    Accuracy(name: "silu", op: CR_SILU, bound: 3, exact: { $0 == .infinity ? $0 : $0 * logistic($0) }),
    Accuracy(name: "gelu_erf", op: CR_GELU_ERF, bound: 4, exact: { $0 * 0.5 * erfc(-$0 * 0.5.squareRoot()) }),
    Accuracy(name: "gelu_tanh", op: CR_GELU_TANH, bound: 3, exact: { $0 * logistic(1.5957691216057308 * ($0 + 0.044715 * $0 * $0 * $0)) }),
    Accuracy(name: "erf", op: CR_ERF, bound: 2, exact: { erf($0) }),
    Accuracy(name: "erfc", op: CR_ERFC, bound: 4, exact: { erfc($0) }),
  ]

  @Test(arguments: accuracies) func accuracy(of function: Accuracy) {
    var random = SplitMix(17)
    var worst = (0.0, Float(0))
    let n = 1 << 14
    for batch in 0..<16 {
      // Half over all bit patterns, half where the functions bend.
      var values = (0..<n).map { i in
        i % 2 == 0 ? Float(bitPattern: UInt32(truncatingIfNeeded: random.next())) : Float(random.uniform(-1, 1) * (batch % 2 == 0 ? 6 : 30))
      }
      for (i, s) in specials.enumerated() { values[i] = Float(s) }
      let x = Buffer(values), out = Buffer([Float](repeating: 0, count: n))
      cr_unary(function.op, &x.tensor, &out.tensor)
      for i in 0..<n {
        let error = ulps(out.base[i], function.exact(Double(x.base[i])))
        if !(error <= worst.0) { worst = (error, x.base[i]) }
      }
    }
    print("\(function.name): \(worst.0) ulp at \(worst.1)")
    #expect(worst.0 <= function.bound, "at \(worst.1)")
  }

  /// The derivative of gelu crosses 0, so its error is counted against dy; far out it is a small number with all its digits.
  @Test func geluDerivative() {
    let values = (0..<(1 << 16)).map { Float($0 - 1 << 15) / 2048 } + [0.003, -0.003, 1e-20, 20, -20, .greatestFiniteMagnitude]
    let x = Buffer(values), dy = Buffer([Float](repeating: 1, count: values.count)), out = Buffer(values)
    #expect(cr_binary(CR_GELU_ERF_BACKWARD, &dy.tensor, &x.tensor, &out.tensor))
    for (x, got) in zip(values.map(Double.init), out.array.map(Double.init)) {
      let want = 0.5 * erfc(-x * 0.5.squareRoot()) + x * exp(-x * x / 2) * 0.39894228040143267794
      #expect(abs(got - want) <= 0x1p-21 && (x > -1.5 || x < -12 || abs(got - want) <= 0x1p-20 * abs(want)), "at \(x)")
    }
  }

  @Test func powerSpecialCases() {
    let values = specials.map { Float($0) }
    for y in values + [3, -3, 2.5, -2.5, 0x1p24] {
      let x = Buffer(values), out = Buffer(values)
      let exponent = Buffer([Float](repeating: y, count: values.count))
      #expect(cr_binary(CR_POW, &x.tensor, &exponent.tensor, &out.tensor))
      for i in values.indices {
        let want = pow(Double(values[i]), Double(y))
        #expect(ulps(out.base[i], want) <= 2, "pow(\(values[i]), \(y)) = \(out.base[i]), not \(want)")
      }
    }
  }
}

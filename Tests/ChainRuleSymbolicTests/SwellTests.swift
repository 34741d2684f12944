import ChainRuleSymbolic
import Testing

struct SwellTests {
  /// SymPy 1.14 counts these operations for f and for diff(f); after its cse, 157 at eight iterations.
  @Test func logisticMapCountsAsSymPyDoes() {
    let formula = [3, 8, 18, 38, 78, 158, 318, 638]
    let derivative = [2, 21, 82, 264, 768, 2096, 5472, 13824]
    let sympyShared = [2, 12, 27, 45, 67, 93, 123, 157], shared = [2, 14, 28, 45, 65, 88, 114, 143]
    for n in 1...8 {
      let swell = ExpressionSwell.logisticMap(iterations: n)
      #expect(swell.formula == formula[n - 1])
      #expect(swell.derivative == derivative[n - 1])
      #expect(swell.shared == shared[n - 1])
      #expect(swell.shared <= sympyShared[n - 1] + 2)
    }
  }

  /// The operations that are left compute the derivative: one name after the other, in place of 13,824.
  @Test func whatIsSharedIsTheDerivative() throws {
    let derivative = (0..<8).reduce(Formula.variable("x")) { l, _ in 4 * l * (1 - l) }.derivative("x")
    let shared = derivative.commonSubexpressions()
    #expect(shared.operationCount == 143 && shared.bindings.count == 48)
    for x in [0.1, 0.3, 0.7] {
      var values = ["x": x]
      for binding in shared.bindings { values[binding.name] = try binding.formula.evaluate(values) }
      // l' = 4 (1 - 2 l), step by step.
      var (l, slope) = (x, 1.0)
      for _ in 0..<8 { (l, slope) = (4 * l * (1 - l), 4 * (1 - 2 * l) * slope) }
      let value = try shared.results[0].evaluate(values), written = try derivative.evaluate(["x": x])
      #expect(abs(value - slope) <= 1e-9 * abs(slope) && abs(written - slope) <= 1e-9 * abs(slope))
    }
  }

  @Test func productCountsAsSymPyDoes() {
    for (n, formula, derivative, shared) in [(2, 1, 0, 0), (5, 4, 15, 11), (10, 9, 80, 45)] {
      let swell = ExpressionSwell.product(factors: n)
      #expect(swell == ExpressionSwell.product(factors: n))
      #expect((swell.formula, swell.derivative, swell.shared) == (formula, derivative, shared))
    }
    #expect(ExpressionSwell.product(factors: 0).formula == 0)
  }
}

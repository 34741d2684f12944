import ChainRuleSymbolic
import Testing

struct SwellTests {
  /// SymPy 1.14 counts these operations for f and for diff(f); after its cse, 157 at eight iterations.
  @Test func logisticMapCountsAsSymPyDoes() {
    let formula = [3, 8, 18, 38, 78, 158, 318, 638]
    let derivative = [2, 21, 82, 264, 768, 2096, 5472, 13824]
    let sympyShared = [2, 12, 27, 45, 67, 93, 123, 157]
    for n in 1...8 {
      let swell = ExpressionSwell.logisticMap(iterations: n)
      #expect(swell.formula == formula[n - 1])
      #expect(swell.derivative == derivative[n - 1])
      #expect(swell.shared <= sympyShared[n - 1] + 2)
    }
    #expect(ExpressionSwell.logisticMap(iterations: 8).shared <= 157)
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

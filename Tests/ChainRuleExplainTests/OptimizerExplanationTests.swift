import ChainRule
import ChainRuleOptim
import Testing

@testable import ChainRuleExplain

struct OptimizerExplanationTests {
  @Test func explainedStepsAreTheOptimizers() throws {
    let gradients = [0.5, -0.25, 2, 0.125]
    for (rule, make) in [
      (OptimizerRule.sgd(lr: 0.1), { SGD([$0], lr: 0.1) }), (.sgd(lr: 0.1, momentum: 0.9), { SGD([$0], lr: 0.1, momentum: 0.9) }),
      (.adam(lr: 0.1), { Adam([$0], lr: 0.1) }),
    ] as [(OptimizerRule, (Tensor) -> Optimizer)] {
      let w = Tensor(1.0, dtype: .float64).asLeaf()
      let optimizer = make(w)
      for (gradient, value) in zip(gradients, rule.values(parameter: 1, gradients: gradients)) {
        w.grad = Tensor(gradient, dtype: .float64)
        optimizer.step()
        #expect(abs(w.item() - value) < 1e-14, "\(rule)")
      }
    }
    let text = OptimizerRule.sgd(lr: 0.1, momentum: 0.9).explanation(parameter: 1, gradients: [0.5, -0.25])
    #expect(text.contains("v = momentum * v + g = 0.9 * 0.5 + (-0.25) = 0.2\n  p = p - lr * v = 0.95 - 0.1 * 0.2 = 0.93"))
  }
}

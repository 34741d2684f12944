import ChainRule
import ChainRuleOptim
import TestSupport
import Testing

@testable import ChainRuleExplain

struct TourTests {
  @Test(arguments: Tour.lessons.indices) func lessonPrintsWhatItDid(_ index: Int) throws {
    #expect(try Golden.difference(of: try Tour.lessons[index].text(), from: "Snapshots/tour\(index + 1).txt") == nil)
  }

  @Test func lessonsSayWhatTheMathematicsSays() throws {
    let texts = try Tour.lessons.map { try $0.text() }
    #expect(texts[0].contains("x.grad = tensor([4.0000, 5.3333, 6.6667])"))
    #expect(texts[1].contains("x.grad = tensor([0.2000, 4.0000, 0.0060])"))
    #expect(texts[2].contains("x.grad =\ntensor([[4.5000, 4.5000],"))
    #expect(texts[5].contains("automatic  df/da = 12, df/db = -4") && texts[5].contains("automatic  df/da = 0, df/db = 0"))
    #expect(texts[5].contains("numeric    df/da ≈ 12, df/db ≈ -4") && texts[5].contains("numeric    df/da = 0, df/db = 0"))
    #expect(texts[6].contains("dj/dw1 = 247\n"))
    #expect(texts[8].contains("relu: gradient tensor([0., 0., 1.])"))
  }

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

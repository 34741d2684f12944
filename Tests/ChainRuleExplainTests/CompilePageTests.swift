import ChainRule
import ChainRuleExplain
import ChainRuleNN
import ChainRuleOptim
import TestSupport
import Testing

/// Documentation/Compile.md: its examples stand here too, and its plan is the one that is made.
struct CompilePageTests {
  private static let page = DocumentationPage("Compile.md")

  @Test func everyExampleIsRunHere() {
    let (blocks, missing) = Self.page.comparedWithSource(#filePath)
    #expect(blocks == 3)
    #expect(missing.isEmpty, "\(missing)")
  }

  @Test func aTrainingStep() {
    let x = Tensor.randn(8, 4, generator: Generator(seed: 1)), y = Tensor([0, 1, 2, 0, 1, 2, 0, 1])
    let model = Sequential {
      Linear(4, 16)
      ReLU()
      Linear(16, 3)
    }
    let optimizer = Adam(model.parameters(), lr: 0.01)
    let step = compile { (x: Tensor, y: Tensor) in
      optimizer.zeroGrad()
      let loss = crossEntropy(model(x), y)
      loss.backward()
      clipGradNorm(model.parameters(), maxNorm: 1)
      optimizer.step()
      return loss
    }
    var losses: [Double] = []
    for _ in 0..<10 { losses.append(step(x, y).item()) }
    #expect(losses[9] < losses[0] && step.plan != nil)
    // What draws graphs draws plans.
    let graph = GradientGraph(of: step.plan!), shown = graph.tree()
    #expect(graph.nodes.contains { $0.operation == "Adam.step()" } && shown.contains("Adam.step()"), "\(shown)")
    #expect((try? graph.svg())?.contains("</svg>") ?? false)
    // A profile has its steps, and what they compute.
    let report = profile { _ = step(x, y) }
    #expect(report.totals["rule of nll_loss"] != nil || report.totals.keys.contains { $0.hasPrefix("rule of") })
    #expect(
      report.total().flops > 0 && step.plan!.peakBytes > 0 && step.plan!.leafBytes == model.parameters().reduce(0) { $0 + $1.count * 4 })
  }

  @Test func transforms() {
    let v = Tensor([0.1, -0.4])
    let f = compile { (x: Tensor) in (x * 2 + 1).tanh() }
    let slope = grad { f($0).sum() }(v)
    let fast = compile(grad { (x: Tensor) in (x * 2 + 1).tanh().sum() })
    #expect(slope.equal(fast(v)))
  }

  @Test func oneWeight() {
    let w = Tensor([1.0], requiresGrad: true)
    let learn = compile { (x: Tensor, y: Tensor) in
      let p = x * w
      let l = (p - y).square()
      l.backward()
      w.data -= 0.01 * w.grad!
      w.zeroGrad()
      return l
    }
    _ = learn(Tensor([2.0]), Tensor([4.0]))
    let plan = "\(learn.plan!)"
    #expect(Self.page.text.contains(plan), "\(plan)")
  }
}

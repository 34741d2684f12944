import ChainRule
import ChainRuleNN
import ChainRuleOptim
import Testing

/// Compiled functions leave what eager code leaves, bit for bit.
@Suite struct CompileTests {
  @Test func aFunctionOfOneTensor() {
    let f = compile { (x: Tensor) in (x * 2 + 1).tanh() }
    for i in 0..<5 {
      let x = Tensor([0.1, 0.2, Double(i)])
      #expect(f(x).equal((x * 2 + 1).tanh()))
    }
    #expect(f.plan != nil)
  }

  /// A model, its optimizer, and a step of it on a batch.
  private struct Case {
    let model: Sequential
    let optimizer: Optimizer
    let schedule: LearningRateSchedule?
    let generator: Generator
  }

  private func make(_ optimizer: ([Tensor]) -> Optimizer, _ schedule: (Optimizer) -> LearningRateSchedule?) -> Case {
    let generator = Generator(seed: 1)
    let model = Sequential {
      Linear(4, 8, generator: generator)
      BatchNorm1d(8)
      ReLU()
      Dropout(0.2, generator: generator)
      Linear(8, 3, generator: generator)
    }
    let optimizer = optimizer(model.parameters())
    return Case(model: model, optimizer: optimizer, schedule: schedule(optimizer), generator: generator)
  }

  private static var optimizers: [(String, ([Tensor]) -> Optimizer)] {
    [
      ("SGD", { SGD($0, lr: 0.1, momentum: 0.9) }), ("Adam", { Adam($0, lr: 0.01) }),
    ]
  }

  @Test(arguments: optimizers.map(\.0)) func aTrainingStep(_ name: String) throws {
    let optimizer = Self.optimizers.first { $0.0 == name }!.1
    let eager = make(optimizer) { StepLR($0, stepSize: 5, gamma: 0.5) }, compiled = make(optimizer) { StepLR($0, stepSize: 5, gamma: 0.5) }
    func step(_ c: Case) -> (Tensor, Tensor) -> Tensor {
      { x, y in
        c.optimizer.zeroGrad()
        let loss = crossEntropy(c.model(x), y)
        loss.backward()
        clipGradNorm(c.model.parameters(), maxNorm: 1)
        c.optimizer.step()
        c.schedule?.step()
        return loss
      }
    }
    let plain = step(eager), fast = compile(step(compiled)), data = Generator(seed: 2)
    for i in 0..<50 {
      let x = Tensor.randn(6, 4, generator: data), y = Tensor((0..<6).map { ($0 + i) % 3 })
      let a = plain(x, y), b = fast(x, y)
      #expect(a.detach().equal(b), "step \(i)")
      for (p, q) in zip(eager.model.stateDict(), compiled.model.stateDict()) { #expect(p.tensor.equal(q.tensor), "step \(i): \(p.name)") }
      for (p, q) in zip(eager.model.parameters(), compiled.model.parameters()) { #expect(p.grad!.equal(q.grad!), "step \(i)") }
      #expect(Tensor.rand(3, generator: eager.generator).equal(Tensor.rand(3, generator: compiled.generator)))
    }
    #expect(fast.plan != nil && fast.reasonForEager == nil)
  }
}

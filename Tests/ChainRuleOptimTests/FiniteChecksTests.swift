import ChainRule
import ChainRuleNN
import ChainRuleOptim
import Testing

/// What `withFiniteChecks` ends, what it says, and what it lets pass.
@Suite struct FiniteChecksTests {
  private func failure(_ body: () throws -> Void) -> NonFiniteError? {
    do {
      try body()
      return nil
    } catch {
      if !(error is NonFiniteError) { Issue.record("another error: \(error)") }
      return error as? NonFiniteError
    }
  }

  private func network(_ generator: Generator = Generator(seed: 0)) -> Sequential {
    Sequential {
      Linear(3, 4, generator: generator)
      ReLU()
      Linear(4, 2, generator: generator)
    }
  }

  @Test func aGoodLoopRunsAsItWouldWithoutTheChecks() throws {
    func train(_ checks: Bool) throws -> [[Double]] {
      let g = Generator(seed: 0), model = network(g), optimizer = Adam(model.parameters(), lr: 0.01)
      let x = Tensor.randn(8, 3, generator: g), y = Tensor([0, 1, 0, 1, 1, 0, 1, 0])
      func loop() {
        for _ in 0..<5 {
          optimizer.zeroGrad()
          crossEntropy(model(x), y).backward()
          optimizer.step()
        }
      }
      if checks { try withFiniteChecks(model) { loop() } } else { loop() }
      return model.parameters().map { $0.data.array(of: Double.self) }
    }
    let plain = try train(false), checked = try train(true)
    for (a, b) in zip(plain.joined(), checked.joined()) { #expect(abs(a - b) < 1e-6) }
  }

  @Test func aLossNamesTheFirstLayerThatWasNotFinite() throws {
    let g = Generator(seed: 0), model = network(g), optimizer = SGD(model.parameters(), lr: 0.5)
    let x = Tensor.randn(8, 3, generator: g), y = Tensor([0, 1, 0, 1, 1, 0, 1, 0])
    let weights = model.parameters().map { $0.data.array(of: Double.self) }
    let error = try #require(
      failure {
        try withFiniteChecks(model) {
          crossEntropy(model(x) * 0, y).backward()
          optimizer.step()
          // An activation of a size that the second layer's products exceed.
          for case let layer as Linear in model.layers where layer.inputs == 3 { layer.weight.data = layer.weight.data * 3e38 }
          optimizer.zeroGrad()
          crossEntropy(model(x), y).backward()
          optimizer.step()
        }
      })
    #expect(error.subject == .loss && error.step == 2 && error.rate == 0.5)
    #expect(error.output?.layer == "0" && error.output?.operation == "linear" && error.output?.isInput == false)
    #expect(
      error.description
        == "step 2, learning rate 0.5: the loss is nan. "
        + "The first result that was not finite: \(error.output?.value ?? 0), from linear in layer \"0\".")
    #expect(weights.count == 4)
  }

  @Test func aLayerWithoutParametersHasItsPathToo() {
    final class Root: Layer { func callAsFunction(_ x: Tensor) -> Tensor { x.log() } }
    let model = Sequential {
      Linear(2, 2)
      Root()
    }
    for parameter in model.parameters() { parameter.data = Tensor.zeros(like: parameter.data) }
    let error = failure { try withFiniteChecks(model) { model(Tensor.ones([1, 2])).sum().backward() } }
    #expect(error?.subject == .loss && error?.value == -.infinity && error?.output?.layer == "1" && error?.output?.operation == "log")
    let outside = failure { try withFiniteChecks(model) { (model.layers[0](Tensor.ones([1, 2]))).log().sum().backward() } }
    #expect(outside?.output?.layer == nil && outside?.output?.after == "0")
  }

  @Test func dataThatIsNotFiniteIsSaidToComeIn() {
    let model = network(), x = Tensor([[1, .nan, 2]], dtype: .float32)
    let error = failure { try withFiniteChecks(model) { model(x).sum().backward() } }
    #expect(error?.output?.isInput == true && error?.output?.layer == "0")
    #expect(error?.description == "step 1: the loss is nan. The first operand that was not finite went into linear in layer \"0\".")
  }

  @Test func aGradientNamesItsParameterAndIsNotWritten() {
    let w = Tensor([4.0, 0.0], requiresGrad: true), v = Tensor([1.0, 1.0], requiresGrad: true)
    let error = failure {
      try withFiniteChecks(parameters: [("v", v), ("scale.w", w)]) { (w.sqrt() * v).sum().backward() }
    }
    #expect(error?.subject == .gradient(of: "scale.w") && error?.value == .infinity && error?.output == nil)
    #expect(error?.gradient?.operation == "SqrtBackward0" && error?.gradient?.layer == "scale")
    #expect(w.grad == nil && v.grad == nil)
    // The same where the gradients are only asked for.
    let asked = failure { try withFiniteChecks(parameters: [("w", w)]) { _ = gradients(of: w.sqrt().sum(), withRespectTo: [w]) } }
    #expect(asked?.subject == .gradient(of: "w"))
    let named = Tensor([0.0]).named("depth").asLeaf()
    #expect(failure { try withFiniteChecks { named.sqrt().sum().backward() } }?.subject == .gradient(of: "depth"))
  }

  @Test func theFirstOfSeveralParametersIsNamed() {
    let a = Tensor([0.0], requiresGrad: true), b = Tensor([0.0], requiresGrad: true)
    for order in [[("a", a), ("b", b)], [("b", b), ("a", a)]] {
      let error = failure {
        try withFiniteChecks(parameters: order.map { (name: $0.0, tensor: $0.1) }) { (a.sqrt() + b.sqrt()).sum().backward() }
      }
      #expect(error?.subject == .gradient(of: order[0].0))
    }
  }

  @Test func anUpdateThatOverflowsNamesTheParameter() {
    let model = network(), optimizer = SGD(model.parameters(), lr: 1e39)
    let error = failure {
      try withFiniteChecks(model) {
        for _ in 0..<3 {
          optimizer.zeroGrad()
          model(Tensor.ones([1, 3])).sum().backward()
          optimizer.step()
        }
      }
    }
    #expect(error?.step == 1 && error?.rate == 1e39)
    guard case .parameter(let name)? = error?.subject else { return #expect(Bool(false), "\(String(describing: error))") }
    #expect(model.namedParameters().contains { $0.name == name })
    #expect(error?.description.hasPrefix("step 1, learning rate 1e+39: the update made \"\(name)\" ") ?? false)
  }

  /// A mask of -inf before a softmax, and a branch that is thrown away, are no errors.
  @Test func infinitiesThatNothingSeesPass() throws {
    let w = Tensor([1.0, 2, 3], requiresGrad: true)
    try withFiniteChecks(parameters: [("w", w)]) {
      let mask = Tensor([false, true, false])
      for _ in 0..<3 {
        w.zeroGrad()
        let attention = w.maskedFill(mask, -Double.infinity).softmax(dim: 0)
        (attention * Tensor([1.0, 2, 3])).sum().backward()
      }
    }
    #expect(w.grad?.isAllFinite == true)
    // Afterwards the first result of the pass that failed is named, not the mask of a good one.
    let error = failure {
      try withFiniteChecks(parameters: [("w", w)]) {
        (w.maskedFill(Tensor([false, true, false]), -Double.infinity).softmax(dim: 0) * Tensor([1.0, 2, 3])).sum().backward()
        (w - 5).log().sum().backward()
      }
    }
    #expect(error?.output?.operation == "log")
  }

  @Test func otherErrorsPassThrough() {
    struct Mine: Error {}
    #expect(throws: Mine.self) { try withFiniteChecks { throw Mine() } }
    #expect(throws: TensorError.self) { try withFiniteChecks { _ = Tensor([1.0, 2]) + Tensor([1.0, 2, 3]) } }
    let x = Tensor([0.0], requiresGrad: true)
    // Outside the scope nothing is looked at.
    x.log().sum().backward()
    #expect(x.grad?.item() == .infinity)
  }
}

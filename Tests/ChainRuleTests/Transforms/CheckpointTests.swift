import ChainRule
import Testing

@Suite(.serialized) struct CheckpointTests {
  private let x = Tensor([0.3, -0.8, 1.2], dtype: .float64, requiresGrad: true)
  private let w = Tensor([1.5, 0.4, -0.7], dtype: .float64, requiresGrad: true)

  private func expectClose(_ a: Tensor?, _ b: Tensor?, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let (a, b) = (try #require(a, sourceLocation: sourceLocation), try #require(b, sourceLocation: sourceLocation))
    #expect(a.allClose(b, relative: 1e-14, absolute: 1e-15), "\(a) \(b)", sourceLocation: sourceLocation)
  }

  /// The gradients of `loss` for x and w by `backward()`.
  private func gradients(_ loss: () -> Tensor) -> [Tensor?] {
    x.zeroGrad()
    w.zeroGrad()
    loss().backward()
    return [x.grad, w.grad]
  }

  @Test func gradientsReachInputsAndWhatIsCaptured() throws {
    let f = { (x: Tensor) in (x * w).sin() * w.exp() }
    let plain = gradients { (f(x * 2) * w).sum() }
    let again = gradients { (checkpoint(f, x * 2) * w).sum() }
    for (a, b) in zip(again, plain) { try expectClose(a, b) }
    // The leaf itself as input, and several inputs.
    for (a, b) in zip(gradients { checkpoint(f, x).sum() }, gradients { f(x).sum() }) { try expectClose(a, b) }
    let pair = { (a: Tensor, b: Tensor) in (a * b).tanh() }
    for (a, b) in zip(gradients { checkpoint(pair, x, w).sum() }, gradients { pair(x, w).sum() }) { try expectClose(a, b) }
  }

  @Test func capturedResultsAreNotWalkedTwice() throws {
    func loss(_ call: (@escaping (Tensor) -> Tensor, Tensor) -> Tensor) -> Tensor {
      let h = (w * 3).exp()
      return (call({ $0 * h + w }, x) * h).sum()
    }
    let plain = gradients { loss { $0($1) } }
    for (a, b) in zip(gradients { loss { checkpoint($0, $1) } }, plain) { try expectClose(a, b) }
  }

  @Test func hooksOfCapturedTensorsRunOnce() {
    var calls = 0
    let h = w * 2
    h.registerHook { gradient in
      calls += 1
      return gradient
    }
    checkpoint({ $0 * h }, x).sum().backward()
    #expect(calls == 1)
  }

  @Test func theFunctionRunsAgainAndKeepsNothing() {
    var calls = 0
    let y = checkpoint(
      { x in
        calls += 1
        return x.sin().sin().sin()
      }, x)
    #expect(calls == 1)
    #expect(y.gradFn?.name == "CheckpointFunctionBackward")
    #expect(y.gradFn?.nextFunctions.compactMap { $0?.node.name } == ["AccumulateGrad"])
    y.sum().backward()
    #expect(calls == 2)
  }

  /// In a process of its own, where no other test draws from the default generator.
  @Test func randomNumbersAreTheSameAgain() async {
    await #expect(processExitsWith: .success) {
      let x = Tensor([0.3, -0.8, 1.2], dtype: .float64, requiresGrad: true)
      let dropped = { (x: Tensor) in x * Tensor.bernoulli([3], p: 0.5, dtype: .float64) * Tensor.randn([3], dtype: .float64) }
      manualSeed(3)
      dropped(x).sum().backward()
      let expected = x.grad
      let next = Tensor.rand(2)
      manualSeed(3)
      x.zeroGrad()
      let y = checkpoint(dropped, x).sum()
      precondition(Tensor.rand(2).equal(next), "the first run draws as a plain call does")
      manualSeed(5)
      y.backward()
      precondition(expected.map { x.grad?.equal($0) ?? false } ?? false, "the second run draws what the first drew")
      let after = Tensor.rand(2)
      manualSeed(5)
      precondition(Tensor.rand(2).equal(after), "the backward pass leaves the generator as it was")
    }
  }

  @Test func checkpointsNest() throws {
    let inner = { (x: Tensor) in (x * w).cos() }
    let plain = gradients { (inner(inner(x) + x)).sum() }
    let nested = { (x: Tensor) in checkpoint(inner, checkpoint(inner, x) + x) }
    for (a, b) in zip(gradients { checkpoint(nested, x).sum() }, plain) { try expectClose(a, b) }
  }

  @Test func higherDerivatives() throws {
    let f = { (x: Tensor) in (x * x * w).sin() }
    func second(_ y: Tensor) -> [Tensor] {
      let first = ChainRule.gradients(of: y.sum(), withRespectTo: [x], createGraph: true)[0]
      return ChainRule.gradients(of: (first * first).sum(), withRespectTo: [x, w])
    }
    for (a, b) in zip(second(checkpoint(f, x)), second(f(x))) { try expectClose(a, b) }
    try expectClose(grad { checkpoint(f, $0).sum() }(x), grad { f($0).sum() }(x))
    try expectClose(vmap { checkpoint({ $0.sin() }, $0) }(x), x.sin())
  }

  @Test func aSecondPassNeedsRetainGraph() throws {
    let y = checkpoint({ $0 * w }, x).sum()
    y.backward(retainGraph: true)
    y.backward()
    try expectClose(x.grad, w.data * 2)
    let error = #expect(throws: TensorError.self) { try catching { y.backward() } }
    #expect(error?.message.contains("a second time") ?? false)
  }

  @Test func aFunctionThatChangesIsRefused() {
    var size = 3
    let y = checkpoint({ x in x[0..<size] * w[0..<size] }, x)
    size = 2
    let error = #expect(throws: TensorError.self) { try catching { y.sum().backward() } }
    #expect(error?.message.contains("different metadata") ?? false)
  }
}

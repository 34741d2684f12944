import ChainRule
import Testing

/// Hooks of nodes and over several gradients, in PyTorch's order; the numbers are PyTorch's.
struct NodeHookTests {
  /// Every kind of hook multiplies by ten and says what it saw.
  @Test func order() throws {
    var log: [String] = []
    func say(_ name: String, _ t: Tensor?) -> Tensor? {
      log.append("\(name) \(t.map { "\(Int($0.item()))" } ?? "-")")
      return t.map { $0 * 10 }
    }
    let a = Tensor([1.0], dtype: .float64, requiresGrad: true), b = a * 2
    b.registerHook { say("tensor1", $0) }
    b.gradFn!.registerPrehook { [say("pre", $0[0])] }
    b.retainGrad()
    b.registerHook { say("tensor2", $0) }
    b.gradFn!.registerHook { gradInputs, gradOutputs in
      log.append("post \(gradInputs.map { $0.map { Int($0.item()) } ?? -1 }) \(gradOutputs.map { Int($0!.item()) })")
      return gradInputs.map { $0.map { $0 * 10 } }
    }
    a.registerHook { say("leaf", $0) }
    a.registerPostAccumulateGradHook { log.append("acc \(Int($0.grad!.item()))") }
    let accumulator = try #require(b.gradFn?.nextFunctions[0]?.node)
    accumulator.registerPrehook { [say("accpre", $0[0])] }
    accumulator.registerHook { gradInputs, gradOutputs in
      log.append("accpost \(gradInputs.count) \(Int(gradOutputs[0]!.item())) \(Int(a.grad!.item()))")
      return nil
    }
    (b * 3).sum().backward()
    #expect(
      log == [
        "tensor1 3", "tensor2 30", "pre 300", "post [6000] [3000]", "leaf 60000", "accpre 600000", "acc 6000000",
        "accpost 0 6000000 6000000",
      ])
    #expect(b.grad!.item() == 300 && a.grad!.item() == 6_000_000)
  }

  @Test func hooksOfNodesThatDoNotRunAreNotCalled() {
    let a = Tensor([1.0], dtype: .float64, requiresGrad: true), b = a * 2
    var log: [String] = []
    b.registerHook {
      log.append("tensor")
      return $0 * 10
    }
    b.gradFn!.registerPrehook { _ in
      log.append("pre")
      return nil
    }
    b.gradFn!.registerHook { _, _ in
      log.append("post")
      return nil
    }
    let y = (b * 3).sum()
    #expect(gradients(of: y, withRespectTo: [b], retainGraph: true)[0].item() == 30 && log == ["tensor"])
    log = []
    #expect(gradients(of: y, withRespectTo: [a], retainGraph: true)[0].item() == 60 && log == ["tensor", "pre", "post"])
  }

  @Test func severalEdgesAndOutputs() {
    let x = Tensor([2.0], dtype: .float64, requiresGrad: true), w = Tensor([5.0], dtype: .float64, requiresGrad: true)
    var seen: [[Double?]] = []
    func watch(_ node: Node, _ change: @escaping ([Tensor?]) -> [Tensor?]? = { _ in nil }) {
      node.registerHook { gradInputs, _ in
        seen.append(gradInputs.map { $0?.item() })
        return change(gradInputs)
      }
    }
    let square = x * x
    watch(square.gradFn!) { [$0[0].map { $0 * 0 }, $0[1]] }
    square.sum().backward()
    #expect(seen == [[2, 2]] && x.grad!.item() == 2)
    // An input that wants none, and a broadcast one, whose gradient has its shape.
    seen = []
    let scaled = Tensor([3.0], dtype: .float64) * w
    watch(scaled.gradFn!)
    scaled.sum().backward()
    #expect(seen == [[nil, 3]])
    let wide = Tensor.ones([4], dtype: .float64) * w
    wide.gradFn!.registerHook { gradInputs, gradOutputs in
      #expect(gradInputs[1]?.shape == [1] && gradOutputs[0]?.shape == [4])
      return nil
    }
    wide.sum().backward()
    // Outputs that receive nothing are nil.
    let parts = AutogradFunctionTests.SineAndCosine()(Tensor([1.0, 2, 3], requiresGrad: true))
    var outputs: [[Bool]] = []
    parts[1].gradFn!.registerPrehook {
      outputs.append($0.map { $0 != nil })
      return nil
    }
    parts[1].sum().backward()
    #expect(outputs == [[false, true]])
  }

  @Test func aPrehookMayTakeTheGradientAway() {
    let x = Tensor([2.0], requiresGrad: true), y = x * 3
    y.gradFn!.registerPrehook { $0.map { _ in nil } }
    y.sum().backward()
    #expect(x.grad == nil)
  }

  @Test func wrongResultsAreRefused() {
    let x = Tensor([2.0], requiresGrad: true), w = Tensor([2.0], requiresGrad: true)
    var y = x * w
    y.gradFn!.registerHook { _, _ in [nil] }
    #expect(message { y.sum().backward() } == "hook has returned an incorrect number of values (got 1, but expected 2)")
    y = x * w
    y.gradFn!.registerPrehook { _ in [Tensor.ones([2])] }
    #expect(message { y.sum().backward() } == "hook has changed the size of value")
    #expect(x.grad == nil && w.grad == nil)
  }

  @Test func hooksAreRemovedAndRunInOrder() {
    let x = Tensor([1.0], requiresGrad: true), y = x * 2
    var log: [Int] = []
    let handles = (0..<3).map { i in
      y.gradFn!.registerPrehook { _ in
        log.append(i)
        return nil
      }
    }
    y.sum().backward(retainGraph: true)
    handles[1].remove()
    handles[1].remove()
    y.sum().backward(retainGraph: true)
    #expect(log == [0, 1, 2, 0, 2])
    handles[0].remove()
    handles[2].remove()
    y.sum().backward()
    #expect(log.count == 5 && x.grad!.item() == 6)
  }

  /// A recorded pass records what hooks do.
  @Test func derivativesGoThroughHooks() {
    let x = Tensor([3.0], dtype: .float64, requiresGrad: true), y = x * x
    y.gradFn!.registerHook { gradInputs, _ in gradInputs.map { $0.map { $0 * x } } }
    // 2 x^2, whose derivative is 4 x.
    let g = gradients(of: y, withRespectTo: [x], createGraph: true)[0]
    #expect(g.item() == 18 && gradients(of: g, withRespectTo: [x])[0].item() == 12)
  }

  @Test func severalGradients() {
    let a = Tensor([1.0], requiresGrad: true), b = Tensor([1.0], requiresGrad: true), c = Tensor([1.0], requiresGrad: true)
    let u = a * 2, v = b * 3, w = c * 4
    var all: [[Double?]] = [], any: [Double] = []
    let handle = registerMultiGradHook([u, v, w, a]) { all.append($0.map { $0?.item() }) }
    registerMultiGradHook([u, v, w, a], mode: .any) { any += $0.compactMap { $0?.item() } }
    (u * v).sum().backward(retainGraph: true)
    #expect(all == [[3, 2, nil, 6]] && any == [2])
    (all, any) = ([], [])
    (u * v * w).sum().backward(retainGraph: true)
    #expect(all == [[12, 8, 6, 24]] && any == [6])
    (all, any) = ([], [])
    w.sum().backward(retainGraph: true)
    #expect(all == [[nil, nil, 1, nil]] && any == [1])
    // Of a pass to chosen inputs those on its way; PyTorch refuses where a leaf is among the tensors.
    all = []
    _ = gradients(of: (u * v * w).sum(), withRespectTo: [u], retainGraph: true)
    #expect(all == [[12, nil, nil, nil]])
    handle.remove()
    (u * v).sum().backward(retainGraph: true)
    #expect(all.count == 1)
    #expect(
      message { registerMultiGradHook([u, Tensor([1.0])]) { _ in } } == "cannot register a hook on a tensor that doesn't require gradient")
  }

  /// The hook is called as the last gradient comes, not at the end of the pass.
  @Test func severalGradientsComeBeforeWhatIsBelow() {
    let a = Tensor([1.0], requiresGrad: true), u = a * 2, v = u * 3, w = v * 4, other = a * 5
    var log: [String] = []
    registerMultiGradHook([w, v, other]) { log.append("all \($0.map { $0 == nil })") }
    u.registerHook { _ in
      log.append("u")
      return nil
    }
    w.sum().backward()
    #expect(log == ["all [false, false, true]", "u"])
  }
}

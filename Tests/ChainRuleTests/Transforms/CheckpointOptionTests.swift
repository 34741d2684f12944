import ChainRule
import ChainRuleNN
import Testing

/// Sequences of checkpoints, policies, generators, and what is compared between the runs.
struct CheckpointOptionTests {
  private let x = Tensor([0.3, -0.8, 1.2], dtype: .float64, requiresGrad: true)

  /// A function that counts how often it is computed.
  private struct Counted: DifferentiableFunction {
    final class Count: @unchecked Sendable { var value = 0 }
    let count: Count
    func forward(_ x: [Tensor]) -> Tensor {
      count.value += 1
      return x[0].sin()
    }
    func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [dy * x[0].cos()] }
  }

  @Test func sequences() {
    var calls = [0, 0, 0, 0, 0]
    let functions = calls.indices.map { i in
      { (x: Tensor) -> Tensor in
        calls[i] += 1
        return (x * Double(i + 1)).sin()
      }
    }
    let plain = functions.reduce(x) { $1($0) }.sum()
    let expected = gradients(of: plain, withRespectTo: [x])[0]
    calls = [0, 0, 0, 0, 0]
    let y = checkpointSequential(functions, segments: 2, x)
    #expect(calls == [1, 1, 1, 1, 1])
    // The last part is no checkpoint.
    #expect(gradients(of: y.sum(), withRespectTo: [x])[0].doubles == expected.doubles && calls == [2, 2, 1, 1, 1])
    #expect(checkpointSequential(functions, segments: 1, x).equal(y) && checkpointSequential(functions, segments: 5, x).equal(y))
    #expect(message { _ = checkpointSequential(functions, segments: 6, x) } == "5 functions cannot be run as 6 segments")
    #expect(message { _ = checkpointSequential(functions, segments: 0, x) } != nil)
    let network = Sequential(Linear(3, 4), Tanh(), Linear(4, 4), Tanh(), Linear(4, 2)), input = Tensor.ones(2, 3)
    let wanted = gradients(of: network(input).sum(), withRespectTo: network.parameters())
    let found = gradients(of: checkpointSequential(network, segments: 2, input).sum(), withRespectTo: network.parameters())
    #expect(zip(wanted, found).allSatisfy { $0.equal($1) })
  }

  @Test func policies() {
    let count = Counted.Count(), counted = Counted(count: count)
    let f = { (x: Tensor) in counted((x * x).exp()).exp() }
    let expected = gradients(of: f(x).sum(), withRespectTo: [x])[0].doubles
    count.value = 0
    var asked: [String] = []
    let y = checkpoint(f, x) { call in
      asked.append(call.operation)
      #expect(call.inputShapes.allSatisfy { $0 == [3] } && call.outputShapes == [[3]])
      return call.operation == "Counted" ? .save : .recompute
    }
    #expect(asked == ["mul", "exp", "Counted", "exp"] && count.value == 1)
    for _ in 0..<2 { #expect(gradients(of: y.sum(), withRespectTo: [x], retainGraph: true)[0].doubles == expected) }
    #expect(count.value == 1)
    let again = checkpoint(f, x) { _ in .recompute }
    #expect(gradients(of: again.sum(), withRespectTo: [x])[0].doubles == expected && count.value == 3)
    let all = checkpoint(f, x) { _ in .save }
    #expect(gradients(of: all.sum(), withRespectTo: [x])[0].doubles == expected && count.value == 4)
    // Derivatives of the second order, and a checkpoint inside.
    let g = gradients(of: checkpoint({ checkpoint(f, $0 * 1) * $0 }, x) { _ in .save }.sum(), withRespectTo: [x], createGraph: true)[0]
    let h = gradients(of: (f(x * 1) * x).sum(), withRespectTo: [x], createGraph: true)[0]
    #expect(g.doubles == h.doubles)
    #expect(
      gradients(of: g.sum(), withRespectTo: [x])[0].allClose(
        gradients(of: h.sum(), withRespectTo: [x])[0], relative: 1e-13, absolute: 1e-15))
  }

  /// A generator of the function's own is put back too, and is left as the rest of the program has it.
  @Test func generatorsOfOnesOwn() {
    let generator = Generator(seed: 4)
    let noisy = { (x: Tensor) in x * Tensor.randn([3], dtype: .float64, generator: generator) }
    let y = checkpoint(noisy, x)
    let after = generator.snapshot.values
    y.sum().backward()
    #expect((x.data * x.grad!).allClose(y.detach(), relative: 1e-15, absolute: 0) && generator.snapshot.values == after)
    x.zeroGrad()
    let z = checkpoint(noisy, x, preserveRNGState: false)
    z.sum().backward()
    #expect(!(x.data * x.grad!).allClose(z.detach(), relative: 1e-3, absolute: 0))
  }

  @Test func whatDiffersIsSaid() {
    func failure(_ check: DeterminismCheck, _ f: @escaping (Tensor, Bool) -> Tensor) -> String? {
      var isFirst = true
      let y = checkpoint({ f($0, isFirst) }, x, determinismCheck: check)
      isFirst = false
      return message { y.sum().backward() }
    }
    #expect(
      failure(.metadata) { x, isFirst in isFirst ? x.exp().exp() : x.exp() }
        == "torch.utils.checkpoint: A different number of tensors was saved during the original forward and recomputation.\n"
        + "Number of tensors saved during forward: 2\nNumber of tensors saved during recomputation: 1.")
    let differing = failure(.metadata) { x, isFirst in x * (isFirst ? Tensor([2.0]) : Tensor(2.0)) }
    #expect(differing?.hasPrefix("torch.utils.checkpoint: Recomputed values for the following tensors have different metadata") ?? false)
    #expect(
      differing?.hasSuffix("tensor at position 0:\nsaved metadata: [1] of float32\nrecomputed metadata: [] of float32") ?? false,
      "\(differing ?? "")")
    #expect(failure(.none) { x, isFirst in isFirst ? x.exp().exp() : x.exp() } == nil)
    #expect(failure(.none) { x, isFirst in isFirst ? x.exp() : x[0..<2].exp() }?.contains("different metadata") ?? false)
  }
}

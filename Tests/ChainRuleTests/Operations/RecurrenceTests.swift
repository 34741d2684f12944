import CKernels
import ChainRule
import ChainRuleNN
import Testing

struct RecurrenceTests {
  @Test func threadsChangeNothing() {
    let long = LSTM(40, 70, bidirectional: true), projected = LSTM(40, 70, projSize: 35), gated = GRU(40, 70), simple = RNN(40, 70)
    let layers: [(any Module, (Tensor) -> Tensor)] = [
      (long, { long($0).output }), (projected, { projected($0).output }), (gated, { gated($0).output }), (simple, { simple($0).output }),
    ]
    let x = Tensor.randn(3, 20, 40), threads = cr_thread_count()
    defer { cr_set_thread_count(threads) }
    for (layer, output) in layers {
      let runs = [1, 2, 3].map { count in
        cr_set_thread_count(Int32(count))
        layer.zeroGrad()
        output(x).sum().backward()
        return layer.parameters().map { $0.grad!.array(of: Float.self) }
      }
      #expect(runs[0] == runs[1] && runs[1] == runs[2], "\(layer)")
    }
  }

  /// The same for the other kinds, with the layer's formula written out.
  @Test(arguments: [(3, 2), (7, 60), (5, 130), (1, 4)])
  func gatedAndSimpleStepsAddUp(_ steps: Int, _ batch: Int) throws {
    let gated = GRU(3, 35).to(.float64), simple = RNN(3, 5, nonlinearity: .relu).to(.float64)
    try compare(gated, steps, batch, { gated($0).output }) { input, state, h in
      let a = input.chunk(3, dim: 1), b = state.chunk(3, dim: 1), z = (a[1] + b[1]).sigmoid()
      return (1 - z) * (a[2] + (a[0] + b[0]).sigmoid() * b[2]).tanh() + z * h
    }
    try compare(simple, steps, batch, { simple($0).output }) { input, state, _ in (input + state).relu() }
  }

  private func compare(
    _ layer: some Module, _ steps: Int, _ batch: Int, _ output: (Tensor) -> Tensor, _ step: (Tensor, Tensor, Tensor) -> Tensor
  ) throws {
    let x = Tensor.randn(steps, batch, 3, dtype: .float64), p = layer.parameters(), units = p[1].shape[1]
    let weights = Tensor.randn(steps, batch, units, dtype: .float64)
    func gradients(_ output: (Tensor) -> Tensor) -> [Tensor] {
      let input = x.clone().asLeaf()
      layer.zeroGrad()
      let y = output(input)
      (y * weights).sum().backward()
      return [y.detach(), input.grad!] + p.map { $0.grad! }
    }
    let expected = gradients { input in
      var h = Tensor.zeros(batch, units, dtype: .float64)
      return stack(
        (0..<steps).map { t in
          h = step(linear(input[t], p[0], p[2]), linear(h, p[1], p[3]), h)
          return h
        })
    }
    for (a, b) in zip(gradients(output), expected) { #expect(a.allClose(b, relative: 1e-12, absolute: 1e-11)) }
  }

  /// Steps share their other products in chunks of 256 rows, of two steps at least: one chunk, several, a last one that is not whole.
  @Test(arguments: [(3, 2), (7, 60), (5, 130), (4, 300), (9, 64), (1, 4)])
  func chunksOfStepsAddUp(_ steps: Int, _ batch: Int) throws {
    let layer = LSTM(3, 5, bidirectional: true).to(.float64), x = Tensor.randn(steps, batch, 3, dtype: .float64)
    let weights = Tensor.randn(steps, batch, 10, dtype: .float64)
    func gradients(_ output: (Tensor) -> Tensor) -> [Tensor] {
      let input = x.clone().asLeaf()
      layer.zeroGrad()
      let y = output(input)
      (y * weights).sum().backward()
      return [y.detach(), input.grad!] + layer.parameters().map { $0.grad! }
    }
    let found = gradients { layer($0).output }
    let expected = gradients { input in
      let directions = [false, true].map { reversed in
        let end = reversed ? "_reverse" : "", named = Dictionary(uniqueKeysWithValues: layer.namedParameters().map { ($0.name, $0.tensor) })
        func of(_ name: String) -> Tensor { named[name + "_l0" + end]! }
        var h = Tensor.zeros(batch, 5, dtype: .float64), c = h, states: [Tensor] = []
        for t in reversed ? Array((0..<steps).reversed()) : Array(0..<steps) {
          let z = linear(input[t], of("weight_ih"), of("bias_ih")) + linear(h, of("weight_hh"), of("bias_hh"))
          let gates = z.chunk(4, dim: 1)
          c = gates[1].sigmoid() * c + gates[0].sigmoid() * gates[2].tanh()
          h = gates[3].sigmoid() * c.tanh()
          states.append(h)
        }
        return stack(reversed ? states.reversed() : states)
      }
      return cat(directions, dim: 2)
    }
    for (a, b) in zip(found, expected) { #expect(a.allClose(b, relative: 1e-12, absolute: 1e-11)) }
  }

  /// What is not wanted is not made: weights without inputs, inputs without weights.
  @Test func gradientsThatAreWantedAlone() {
    let layer = LSTM(3, 4), x = Tensor.randn(6, 2, 3), leaf = x.clone().asLeaf()
    layer(leaf).output.sum().backward()
    let all = layer.parameters().map { $0.grad! }
    layer.zeroGrad()
    layer(x).output.sum().backward()
    for (a, b) in zip(layer.parameters(), all) { #expect(a.grad!.equal(b)) }
    let alone = x.clone().asLeaf()
    layer.zeroGrad()
    layer.requiresGrad(false)
    layer(alone).output.sum().backward()
    #expect(alone.grad!.equal(leaf.grad!) && layer.parameters().allSatisfy { $0.grad == nil })
  }

  /// What the profiler counts: the products, and on the way back those of the gradients that are wanted.
  @Test func floatingPointOperationsAreThoseOfTheProducts() {
    let layer = LSTM(6, 10), x = Tensor.randn(3, 2, 6), gates = 2 * 3 * 2 * 40.0
    for (input, share) in [(x, 0.0), (x.clone().asLeaf(), 6.0)] {
      let totals = profile { layer(input).output.sum().backward() }.totals["lstm"]
      #expect(totals?[.forward]?.flops == gates * 16)
      #expect(totals?[.backward].map { abs($0.flops - gates * (16 + 10 + share)) < 1e-9 } ?? false)
    }
  }
}

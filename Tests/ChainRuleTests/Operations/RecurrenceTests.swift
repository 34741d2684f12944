import CKernels
import ChainRule
import ChainRuleNN
import Testing

struct RecurrenceTests {
  @Test func threadsChangeNothing() {
    let layer = LSTM(40, 70, bidirectional: true), x = Tensor.randn(3, 20, 40), threads = cr_thread_count()
    defer { cr_set_thread_count(threads) }
    let runs = [1, 2, 3].map { count in
      cr_set_thread_count(Int32(count))
      layer.zeroGrad()
      layer(x).output.sum().backward()
      return layer.parameters().map { $0.grad!.array(of: Float.self) }
    }
    #expect(runs[0] == runs[1] && runs[1] == runs[2])
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

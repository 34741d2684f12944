import ChainRule
import Testing

/// Nothing recurses over the graph: building, walking and releasing deep ones on a stack of 512 KB.
@Suite(.serialized) struct DeepGraphTests {
  @Test func millionOperations() {
    onThreads([
      {
        let x = Tensor([1.0], dtype: .float64, requiresGrad: true)
        var y = x
        for _ in 0..<1_000_000 { y = y + 1 }
        #expect(y.item() == 1_000_001)
        y.backward()
        #expect(x.grad!.item() == 1)
      }
    ])
  }

  /// Released without a pass, while everything is still saved.
  @Test func releasedUnused() {
    onThreads([
      {
        let x = Tensor([0.5], dtype: .float64, requiresGrad: true)
        var y = x
        for _ in 0..<50_000 { y = (y * 0.999).sin() + y * y * 0 }
        y = x
        #expect(x.grad == nil)
      }
    ])
  }

  @Test func chainThatSaves() {
    onThreads([
      {
        let x = Tensor([0.1], dtype: .float64, requiresGrad: true), w = Tensor([0.5], dtype: .float64, requiresGrad: true)
        var y = x
        for _ in 0..<100_000 { y = (y * w).exp() * 0.5 }
        y.backward()
        // Converges to y = e^(y w) / 2: dy/dw = y^2 / (1 - y w).
        let fixed = y.item()
        #expect(abs(w.grad!.item() - fixed * fixed / (1 - fixed * 0.5)) < 1e-9 && x.grad!.item() == 0)
      }
    ])
  }

  @Test func chainOfVariadicOperations() {
    onThreads([
      {
        let x = Tensor([1.0, 2], dtype: .float64, requiresGrad: true)
        let yes = Tensor([true, false])
        var y = x
        for _ in 0..<50_000 { y = Tensor.where(yes, y, x) }
        y.sum().backward()
        #expect(x.grad!.doubles == [1, 1])
      }
    ])
  }

  @Test func recordedPass() {
    onThreads([
      {
        let x = Tensor([1.0], dtype: .float64, requiresGrad: true)
        var y = x
        for _ in 1..<100_000 { y = y * x }
        let g = gradients(of: y, withRespectTo: [x], createGraph: true)[0]
        #expect(g.item() == 100_000 && gradients(of: g, withRespectTo: [x])[0].item() == 100_000 * 99_999)
      }
    ])
  }

  /// A pass that only looks for one input.
  @Test func restrictedPass() {
    onThreads([
      {
        let x = Tensor([1.0], requiresGrad: true)
        var y = x
        for _ in 0..<100_000 { y = y + x }
        #expect(gradients(of: y, withRespectTo: [x])[0].item() == 100_001)
      }
    ])
  }

  /// The transforms' own walks over the graph.
  @Test func transforms() {
    onThreads([
      {
        let deep: (Tensor) -> Tensor = { x in
          var y = x
          for _ in 0..<20_000 { y = y * 1.0001 + 0.0 }
          return y.sum()
        }
        let x = Tensor([1.0], dtype: .float64)
        #expect(abs(grad(deep)(x).item() - 7.388316) < 1e-5)
        #expect(abs(jvp(deep, x, x).tangent.item() - 7.388316) < 1e-5)
      }
    ])
  }
}

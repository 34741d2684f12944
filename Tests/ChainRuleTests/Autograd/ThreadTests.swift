import ChainRule
import Testing

/// Backward passes on several threads at once.
@Suite(.serialized) struct ThreadTests {
  @Test func disjointGraphs() {
    let leaves = (0..<8).map { _ in Tensor([1.0, 2, 3], dtype: .float64, requiresGrad: true) }
    onThreads(
      leaves.map { x in
        {
          for _ in 0..<200 {
            var y = x
            for _ in 0..<20 { y = y * 1.01 + x.sin() }
            x.zeroGrad()
            y.sum().backward()
          }
        }
      })
    #expect(leaves.allSatisfy { $0.grad!.doubles == leaves[0].grad!.doubles })
  }

  /// Integers in floating point, so that the sum does not depend on its order: no contribution may be lost.
  @Test func sharedLeaves() {
    let x = Tensor([1.0, 2, 3], dtype: .float64, requiresGrad: true)
    let rounds = 500
    onThreads((0..<4).map { _ in { for _ in 0..<rounds { (x * 3).sum().backward() } } })
    #expect(x.grad!.doubles == Array(repeating: Double(4 * rounds * 3), count: 3))
  }

  /// One graph, kept, walked by four threads at once: each pass has sums of its own.
  @Test func sharedGraph() {
    let x = Tensor([1.0, 2], dtype: .float64, requiresGrad: true)
    let a = x * 3
    let top = a + a * a
    let (left, right) = ((top * x).sum(), (top.max(dim: 0).values + a.sum()))
    let expected = [left, right].map { gradients(of: $0, withRespectTo: [x], retainGraph: true)[0].doubles }
    let wrong = Tensor([0.0], dtype: .float64, requiresGrad: true)
    onThreads(
      (0..<4).map { i in
        {
          for round in 0..<200 {
            let side = (i + round) % 2
            let root = side == 0 ? left : right
            let g = gradients(of: root, withRespectTo: [x], retainGraph: true)[0].doubles
            if g != expected[side] { wrong.sum().backward() }
            root.backward(retainGraph: true)
          }
        }
      })
    #expect(wrong.grad == nil)
    #expect(x.grad!.doubles == (0..<2).map { 400 * (expected[0][$0] + expected[1][$0]) })
  }

  /// One thread writes a leaf while others record from it: each sees some whole value.
  @Test func readersAndWriters() {
    let x = Tensor([0.0, 0], dtype: .float64, requiresGrad: true)
    let torn = Tensor([0.0], dtype: .float64, requiresGrad: true)
    let write: @Sendable () -> Void = { for i in 0..<2000 { x.data = Tensor([Double(i), Double(i)], dtype: .float64) } }
    let read: @Sendable () -> Void = {
      for _ in 0..<500 {
        let v = (x * 1).doubles
        if v.count != 2 || v[0] != v[1] { torn.sum().backward() }
      }
    }
    onThreads([write, read, read, read])
    #expect(torn.grad == nil)
  }

  /// Modes stay on their thread.
  @Test func modesAreThreadLocal() {
    let x = Tensor([1.0], requiresGrad: true)
    noGrad {
      onThreads([{ #expect(isGradEnabled && (x * 2).requiresGrad) }])
      #expect(!isGradEnabled)
    }
    let error = #expect(throws: TensorError.self) {
      try catching {
        _ = Tensor([1.0, 2]) + Tensor([1.0, 2, 3])
        onThreads([{ #expect((Tensor([1.0]) + 1).item() == 2) }])
      }
    }
    #expect(error?.kind == .shape)
  }

  @Test func graphMadeOnOneThreadWalkedOnAnother() {
    let x = Tensor([1.0, 2], dtype: .float64, requiresGrad: true)
    let y = x.exp()
    onThreads([{ (y * y).sum().backward() }])
    #expect(distance(x.grad!, 2 * (2 * x.detach()).exp()) < 1e-14)
  }

  /// One seed gives one result, whatever the number of threads that draw apart.
  @Test func generatorsOfTheirOwn() {
    let expected = Tensor.randn([50], generator: Generator(seed: 7)).doubles
    onThreads((0..<4).map { _ in { for _ in 0..<20 { #expect(Tensor.randn([50], generator: Generator(seed: 7)).doubles == expected) } } })
  }
}

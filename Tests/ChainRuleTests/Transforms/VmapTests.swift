import ChainRule
import Testing

/// vmap: dimensions, nesting, randomness and refusals.
struct VmapTests {
  private let x = Tensor((0..<24).map(Double.init), shape: [2, 3, 4], dtype: .float64)

  @Test(arguments: [-3, -2, -1, 0, 1, 2]) func dimensions(_ dim: Int) {
    let d = dim < 0 ? dim + 3 : dim
    let expected = x.unbind(dim: d).map { ($0 * 2).sum(dim: 0) }
    #expect(vmap({ ($0 * 2).sum(dim: 0) }, inDim: dim)(x).equal(stack(expected)))
    #expect(vmap({ ($0 * 2).sum(dim: 0) }, inDim: dim, outDim: 1)(x).equal(stack(expected, dim: 1)))
    #expect(vmap({ ($0 * 2).sum(dim: 0) }, inDim: dim, outDim: -1)(x).equal(stack(expected, dim: 1)))
  }

  @Test func sharedAndUnusedArguments() {
    let w = Tensor([1.0, 10, 100, 1000], dtype: .float64)
    #expect(vmap({ $0.matmul($1) }, inDims: (0, nil))(x, w).equal(x.matmul(w)))
    #expect(vmap({ $0.dot($1) }, inDims: (nil, 0))(w, x[0]).equal(x[0].matmul(w)))
    #expect(vmap { $0.dot($1) }(x[0], x[1]).equal((x[0] * x[1]).sum(dim: 1)))
    #expect(vmap { _ in w }(x).equal(stack([w, w])))
    #expect(vmap({ (t: [Tensor]) in t[0] + t[1] * t[2] }, inDims: [0, nil, 0])([x, w, x]).equal(x + w * x))
  }

  @Test func nests() {
    let outer = vmap { (row: Tensor) in vmap { (a: Tensor) in vmap { (b: Tensor) in a * b }(row) }(row) }
    let rows = x[0]
    #expect(outer(rows).equal(rows.unsqueezed(2) * rows.unsqueezed(1)))
    let jacobian = vmap({ v in vjp({ $0 * $0 * $0 }, rows[0]).pullback(v) })(Tensor.eye(4, dtype: .float64))
    #expect(jacobian.equal(Tensor.eye(4, dtype: .float64) * 3 * rows[0].square()))
  }

  @Test func gradientsFlowThrough() {
    let w = Tensor([1.0, 2, 3, 4], dtype: .float64, requiresGrad: true)
    vmap { ($0 * w).sum() }(x[0]).sum().backward()
    #expect(w.grad!.equal(x[0].sum(dim: 0)))
    let leaf = x.asLeaf()
    vmap { $0.square() }(leaf).sum().backward()
    #expect(leaf.grad!.equal(x * 2))
    // Per-example gradients of a shared weight.
    let per = vmap { (row: Tensor) in grad { (row * $0).sum().square() }(w.detach()) }(x[0])
    #expect(per.equal(x[0] * 2 * x[0].matmul(w.detach()).unsqueezed(1)))
  }

  @Test func mediansShareTheirGradientWithinAnExample() {
    let x = Tensor([[1.0, 2, 2, 3], [2, 2, 2, 0], [5, .nan, .nan, 1]], dtype: .float64)
    let slopes = Tensor([[0, 0.5, 0.5, 0], [1, 1, 1, 0].map { $0 / 3 }, [0, 0.5, 0.5, 0]], dtype: .float64)
    #expect(vmap { $0.median() }(x)[..<2].equal(Tensor([2.0, 2], dtype: .float64)) && vmap { $0.median() }(x)[2].item().isNaN)
    #expect(vmap(grad { $0.median() })(x).equal(slopes) && grad { vmap { $0.median() }($0).sum() }(x).equal(slopes))
    #expect(jvp({ vmap { $0.median() }($0) }, x, slopes).tangent.equal(Tensor([0.5, 1.0 / 3, 0.5], dtype: .float64)))
    #expect(vmap { vmap { $0.median() }($0) }(self.x).equal(stack(self.x.unbind().map { $0.median(dim: 1).values })))
  }

  @Test func tablesForEachExample() {
    let tables = x.reshaped([4, 3, 2]), index = Tensor([[0, 2, 2], [1, 1, 0], [2, 0, 1], [0, 0, 0]])
    let rows = stack((0..<4).map { embedding(index[$0], tables[$0], paddingIndex: 0) })
    #expect(vmap { embedding($0, $1, paddingIndex: 0) }(index, tables).equal(rows))
    // The padding row takes no gradient, of any table.
    let slope = grad { vmap { embedding($0, $1, paddingIndex: 0) }(index, $0).sum() }(tables)
    #expect(slope.select(dim: 2, index: 0).equal(Tensor([[0.0, 0, 2], [0, 2, 0], [0, 1, 1], [0, 0, 0]], dtype: .float64)))
    #expect(message { _ = vmap { embedding($0, $1) }(index + 1, tables) } != nil)
  }

  @Test func subscripts() {
    #expect(vmap { $0[1, 2...] }(x).equal(x[.all, 1, 2...]))
    #expect(vmap { $0[.newAxis, .ellipsis, -1] }(x).equal(x[.all, .newAxis, .ellipsis, -1]))
    let index = Tensor([[2, -3, 1], [0, 0, -1]])
    #expect(vmap { $0[$1] }(x, index).equal(stack([x[0][index[0]], x[1][index[1]]])))
    let columns = Tensor([[3, 0, -4], [1, 1, 2]])
    #expect(
      vmap { (t: [Tensor]) in t[0][t[1], t[2]] }([x, index, columns]).equal(
        stack([x[0][index[0], columns[0]], x[1][index[1], columns[1]]])))
    let written = vmap { (v: Tensor, i: Tensor) -> Tensor in
      var v = v
      v[i] = -1
      return v
    }(x, Tensor([[2], [0]]))
    var expected = x
    expected[0, 2] = -1
    expected[1, 0] = -1
    #expect(written.equal(expected))
  }

  @Test func refusals() {
    #expect(
      message { _ = vmap { x in x * x.sum().item() }(x) }
        == "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling .item() on a Tensor, please try to "
        + "rewrite what you're doing with other operations.")
    #expect(
      message { _ = vmap { x in (x.sum() .> 0).item(as: Bool.self) ? x : -x }(x) }?.hasPrefix(
        "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We don't support that yet") == true)
    #expect(
      message { _ = vmap { x in x + Tensor.randn(4) }(x) }
        == "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' randomness flags on "
        + "vmap or perform the randomness operation out of vmap")
    #expect(
      message { _ = vmap({ $0 }, inDim: 3)(x) }
        == "vmap(f, in_dims, ...)(<inputs>): Got in_dim=3 for some input, but that input is a Tensor of dimensionality 3 so expected in_dim "
        + "to satisfy -3 <= in_dim < 3.")
    #expect(
      message { _ = vmap { $0 + $1 }(x, x[0]) }
        == "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes [2, 3] for the mapped dimension")
    #expect(message { _ = vmap({ a, _ in a }, inDims: (nil, nil))(x, x) } != nil)
    #expect(message { _ = vmap { (x: [Tensor]) in x[0] }([]) } != nil)
    #expect(message { _ = vmap { (x: Tensor) in x[x .> 3] }(x) } != nil)
    // The scopes are closed again whatever happened.
    #expect(vmap { $0 + 1 }(x).equal(x + 1))
  }

  @Test func randomness() {
    let g = Generator(seed: 5)
    let same = vmap({ $0 * 0 + Tensor.rand([4], dtype: .float64, generator: g) }, randomness: .same)(x[0])
    #expect(same[0].equal(same[1]) && same[0].equal(Tensor.rand([4], dtype: .float64, generator: Generator(seed: 5))))
    g.manualSeed(5)
    let different = vmap({ $0 * 0 + Tensor.rand([4], dtype: .float64, generator: g) }, randomness: .different)(x[0])
    #expect(different.equal(Tensor.rand([3, 4], dtype: .float64, generator: Generator(seed: 5))))
    g.manualSeed(5)
    let nested = vmap(
      { row in vmap({ $0 * 0 + Tensor.rand([], dtype: .float64, generator: g) }, randomness: .different)(row) }, randomness: .same)(x[0])
    #expect(nested[0].equal(nested[1]) && Set(nested[0].doubles).count == 4)
    #expect(vmap({ $0 + Tensor.randint(0, 10, [4]) }, randomness: .different)(x[0]).shape == [3, 4])
  }
}

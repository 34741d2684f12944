import ChainRule
import Testing

/// Derivatives that are 0, or next to nothing, because large parts of them cancel: in float32 the rounding of those parts must not stay.
struct CancellationTests {
  /// How far float32 is from float64, in parts of the largest element.
  private func error(_ f: (DType) -> Tensor) -> Double {
    let exact = f(.float64).doubles, found = f(.float32).doubles
    let largest = exact.map(abs).max() ?? 0
    return zip(exact, found).map { abs($0 - $1) }.max()! / largest
  }

  /// x/|x| is constant, whatever the norm. (A power of |x| and its root give |x| but for a rounding, which 1/x^2 makes large.)
  @Test(arguments: [0.5, 1, 1.2, 2, 3, -1, .infinity]) func directionOfOneNumber(_ p: Double) {
    let x = Tensor([[-0.942, 0.00738, 0.0053, -0.0402, 0.0025, 1.7]], dtype: .float32)
    let weights = Tensor([[0.3096, 1.2538, 0.3407, -0.488, -1.19, 0.7]], dtype: .float32)
    let direction = Tensor([[-0.912, -0.1331, -1.1695, -1.139, 0.444, 2.3]], dtype: .float32)
    let slope = grad { (normalize($0, p: p, dim: 0) * weights).sum() }
    let both = jvp(slope, x, direction)
    #expect(both.value.equal(Tensor.zeros(like: x)) && both.tangent.equal(Tensor.zeros(like: x)))
    #expect(jvp({ normalize($0, p: p, dim: 0) }, x, direction).tangent.equal(Tensor.zeros(like: x)))
    let pulled = grad { (slope($0) * direction).sum() }(x)
    #expect(pulled.equal(Tensor.zeros(like: x)), "\(pulled)")
  }

  @Test func logarithmOfASumOfUnequals() {
    for (x, w) in [(6.9, -3.9724), (-3.9724, 6.9)] {
      let second = { (type: DType) -> Tensor in
        let w = Tensor([w], dtype: type)
        return jvp(grad { $0.logaddexp(w).sum() }, Tensor([x], dtype: type), Tensor([1.0], dtype: type)).tangent
      }
      #expect(error(second) < 1e-6)
    }
    // Also where they are equal, and where one is out of reach.
    let x = Tensor([2.0, 800, -800], dtype: .float64), w = Tensor([2.0, -800, 800], dtype: .float64)
    #expect(jvp(grad { $0.logaddexp(w).sum() }, x, Tensor.ones(like: x)).tangent.doubles == [0.25, 0, 0])
  }

  /// Where one key takes nearly all the weight.
  @Test func attentionToOneKey() {
    func second(_ type: DType) -> Tensor {
      let q = Tensor([[2.1, -1.2]], dtype: type), k = Tensor([[6.1, -3.3], [0.4, 0.9], [1.2, -1.1]], dtype: type)
      let v = Tensor([[21.3, 5.7], [-3.1, 8.2], [4.4, -2.9]], dtype: type), direction = Tensor([[13.1, 9.7]], dtype: type)
      return grad { v in (grad { q in (scaledDotProductAttention(q, k, v) * 1.7).sum() }(q) * direction).sum() }(v)
    }
    #expect(error(second) < 1e-5)
  }

  /// Where one weight is nearly 1: in a row, along columns, and in a row too long for one block.
  @Test func softmaxOfOneWeight() {
    let logits = [0.1, -1.2, 8.3, 0.4, 0.7], weights = [1.237, -0.381, 2.771, 0.913, -1.619]
    func row(_ type: DType) -> (Tensor, Tensor) { (Tensor(logits).to(type), Tensor(weights).to(type)) }
    func columns(_ type: DType) -> (Tensor, Tensor) {
      let (x, w) = row(type)
      return (x.unsqueezed(1).expanded(5, 3), w.unsqueezed(1).expanded(5, 3))
    }
    func long(_ type: DType) -> (Tensor, Tensor) {
      let (x, w) = row(type)
      return (cat([x, Tensor.full([3000], -9, dtype: type)]), cat([w, Tensor.full([3000], 0.5, dtype: type)]))
    }
    for (inputs, dim) in [(row, 0), (columns, 0), (long, 0)] {
      let reverse = error { type in
        let (x, w) = inputs(type), leaf = x.asLeaf()
        (leaf.softmax(dim: dim) * w).sum().backward()
        return leaf.grad!
      }
      let forward = error { type in
        let (x, w) = inputs(type)
        return jvp({ $0.softmax(dim: dim) }, x, w).tangent
      }
      #expect(reverse < 1e-5 && forward < 1e-5, "\(reverse) \(forward)")
    }
  }

  /// Two examples are +1 and -1 once normalised, whatever they were.
  @Test func normalisationOfTwo() {
    func second(_ type: DType, _ f: @escaping (Tensor, Tensor) -> Tensor) -> Tensor {
      let x = Tensor([-1.2913538, -3.8004735], dtype: type), direction = Tensor([1.2606716, 1.7485429], dtype: type)
      let weights = Tensor([-1.2415419, -0.7457966], dtype: type)
      return grad { w in (grad { x in (f(x, w).flattened() * weights).sum() }(x) * direction).sum() }(Tensor([-1.3963194], dtype: type))
    }
    let batch = error { second($0) { batchNorm($0.unsqueezed(1), weight: $1) } }
    let layer = error { second($0) { layerNorm($0, [2], weight: cat([$1, $1])) } }
    #expect(batch < 1e-6 && layer < 1e-6, "\(batch) \(layer)")
  }
}

import CKernels

/// `scaledDotProductAttention` of queries, keys and values that one product has made: they lie side by side in each position's row, and
/// so do their gradients, and nothing is copied to bring heads together or apart.
///
/// Outputs: y, and for the gradient the logarithm of each query's sum of exponentials.
struct SelfAttention: VariadicOperation {
  static let info = OperationInfo(
    "selfAttention", "Attention among the positions of a sequence, its queries, keys and values in one tensor.",
    call: "selfAttention(x, heads: 4, isCausal: true)",
    formula: "softmax(q k' / sqrt(e)) v for each head of [q, k, v]", derivative: "of scaledDotProductAttention, side by side",
    shapes: "[..., t, 3 c] -> [..., t, c]",
    takesIntegers: false,
    samples: [
      .init("causal", [.init([2, 3, 12])]) { selfAttention($0[0], heads: 2, isCausal: true) },
      .init("one head", [.init([4, 6])]) { selfAttention($0[0], heads: 1, isCausal: false) },
      .init("empty", [.init([0, 2, 6])]) { selfAttention($0[0], heads: 1, isCausal: false) },
    ])
  let heads: Int
  let isCausal: Bool

  var nodeName: String { "SelfAttentionBackward0" }
  var attributes: [(name: String, value: String)] { [("heads", "\(heads)"), ("is_causal", "\(isCausal)")] }
  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) { ([true], [true, true]) }
  func isDifferentiable(output i: Int) -> Bool { i == 0 }
  func flops(_ x: [Tensor], _ y: [Tensor]) -> Double { 4 * Double(y[0].count) * Double(x[0].size(x[0].rank - 2)) * (isCausal ? 0.5 : 1) }
  func backwardFlops(_ forward: Double, _ inputs: [Tensor], needs: [Bool]) -> Double { 2.5 * forward }

  private func form(_ x: Shape) -> cr_attention {
    let n = x.rank, row = x[n - 1], width = row / 3 / heads, batch = x.dropLast(2).reduce(1, *)
    return cr_attention(
      heads: Int64(batch * heads), queries: Int64(x[n - 2]), keys: Int64(x[n - 2]), width: Int64(width), value_width: Int64(width),
      shared: Int64(heads), row: Int64(row), value_row: Int64(row), out_row: Int64(row / 3), scale: scale(x), causal: isCausal)
  }

  private func scale(_ x: Shape) -> Double { 1 / Double(Swift.max(x[x.rank - 1] / 3 / heads, 1)).squareRoot() }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    let input = try x[0].packed, shape = input.box.shape, n = shape.rank, third = shape[n - 1] / 3, dtype = input.dtype
    guard dtype.isFloatingPoint else { throw Rules.notImplemented("flash_attention", dtype, "selfAttention") }
    let out = try TensorBox.uninitialized(shape.replacing(n - 1, with: third), dtype)
    let sums = try TensorBox.uninitialized(shape.replacing(n - 1, with: heads), dtype)
    var form = form(shape)
    let q = input.box.c.pointee.data!, step = third * dtype.size
    if input.count > 0 {
      cr_attention_forward(dtype.kernelType, &form, q, q + step, q + 2 * step, out.c.pointee.data, sums.c.pointee.data)
    }
    withExtendedLifetime(input) {}
    return [Tensor(out), Tensor(sums)]
  }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dy = dy[0] else { return [nil] }
    let x = s.input(0)
    if isPlain(dy, x), let fused = try? fused(dy, x, s) { return [fused] }
    let parts = separate(x, 3), y = separate(s.output(0), 1), sums = s.output(1)
    let gradients = product(x).vjp(
      separate(dy, 1), SavedList(inputs: parts, outputs: [y[0], sums], needs: [true, true, true]))
    return [join(gradients.compactMap { $0 }, x.shape)]
  }

  private func fused(_ dy: Tensor, _ x: Tensor, _ s: SavedList) throws(TensorError) -> Tensor {
    let gradient = try dy.bare.packed, input = try x.bare.packed, y = try s.output(0).bare.packed, sums = try s.output(1).bare.packed
    let result = try TensorBox.uninitialized(input.box.shape, input.box.dtype)
    var form = form(input.box.shape)
    let q = input.box.c.pointee.data!, dq = result.c.pointee.data!, step = y.size(y.rank - 1) * input.dtype.size
    if input.count > 0 {
      cr_attention_backward(
        input.dtype.kernelType, &form, gradient.box.c.pointee.data, q, q + step, q + 2 * step, y.box.c.pointee.data,
        sums.box.c.pointee.data, dq, dq + step, dq + 2 * step)
    }
    withExtendedLifetime((gradient, input, y, sums)) {}
    return Tensor(result)
  }

  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dx = dx[0] else { return [nil, nil] }
    let x = s.input(0), parts = separate(x, 3)
    let tangents = product(x).jvp(separate(dx, 3), SavedList(inputs: parts, outputs: [nil, nil], needs: [true, true, true]))
    return [tangents[0].map { join([$0], s.output(0).shape) }, nil]
  }

  /// Whatever stands before the last two dimensions is a batch.
  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] { self(x) }

  private func product(_ x: Tensor) -> AttentionProduct { AttentionProduct(scale: scale(x.internalShape), isCausal: isCausal) }

  /// The `count` tensors [batch, heads, positions, width] that lie side by side in the rows of `x`.
  private func separate(_ x: Tensor, _ count: Int) -> [Tensor] {
    let shape = x.shape, n = shape.count, width = shape[n - 1] / count / heads
    let apart = x.reshaped([shape.dropLast(2).reduce(1, *), shape[n - 2], count, heads, width]).permuted(2, 0, 3, 1, 4)
    return (0..<count).map { apart.select(dim: 0, index: $0) }
  }

  /// The reverse of `separate`.
  private func join(_ parts: [Tensor], _ shape: [Int]) -> Tensor { stack(parts).permuted(1, 3, 0, 2, 4).reshaped(shape) }
}

/// Returns the attention of each position of a sequence to all of it: softmax(q k' / sqrt(e)) v, head by head (Vaswani et al. 2017).
///
/// The same as `scaledDotProductAttention` of the three parts of `x`, without copies that bring heads together or apart.
///
/// - Parameters:
///   - x: [..., t, 3 c]: each row holds q, k and v of c elements, and in each of them the heads side by side.
///   - heads: they divide c.
///   - isCausal: whether position i sees the positions up to i only.
/// - Returns: [..., t, c].
public func selfAttention(_ x: Tensor, heads: Int, isCausal: Bool) -> Tensor {
  orFail([x]) { () throws(TensorError) in
    guard x.rank >= 2, heads > 0, x.size(x.rank - 1) % 3 == 0, x.size(x.rank - 1) / 3 % heads == 0 else {
      throw TensorError(
        .shape, "embed_dim must be divisible by num_heads",
        hint: "A row of \(x.shape.last ?? 0) elements holds no 3 parts of \(heads) heads.",
        operation: "selfAttention", shapes: [x.shape])
    }
    return SelfAttention(heads: heads, isCausal: isCausal)([x])[0]
  }
}

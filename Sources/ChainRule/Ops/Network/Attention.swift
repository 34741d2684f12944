import CKernels

/// Attention.
enum Attention {
  static let catalog: [OperationInfo] = [AttentionProduct.info, SelfAttention.info]

  /// The probabilities of each query's keys.
  static func probabilities(_ q: Tensor, _ k: Tensor, scale: Double, isCausal: Bool, mask: Tensor? = nil) -> Tensor {
    var scores = q.matmul(k.mT) * scale
    if isCausal {
      let queries = Tensor.arange(q.size(q.rank - 2)), keys = Tensor.arange(k.size(k.rank - 2))
      scores = scores.maskedFill(queries.unsqueezed(1) .< keys, -Double.infinity)
    }
    guard let mask else { return scores.softmax(dim: -1) }
    scores = mask.dtype == .bool ? Tensor.where(mask, scores, -Double.infinity) : scores + mask
    // A query that may look at nothing gets nothing, and gives no gradient.
    let idle = (scores .== -Double.infinity).all(dim: -1, keepDim: true)
    return scores.maskedFill(idle, 0).softmax(dim: -1).maskedFill(idle, 0)
  }

  /// `dp` without its mean under the weights `p`. Where one weight is nearly 1 little is left of its `dp`, less than the rounding of a sum
  /// whose weights add up to nearly 1: a second time takes that away.
  static func centered(_ dp: Tensor, _ p: Tensor) -> Tensor { dp - (dp * p).sum(dim: -1, keepDim: true) }
}

/// softmax(q k' scale) v without a mask, or with the causal one, in one pass that keeps no matrix of scores.
///
/// Outputs: y, and for the gradient the logarithm of each query's sum of exponentials.
struct AttentionProduct: VariadicOperation {
  static let info = OperationInfo(
    "scaledDotProductAttention", "Values weighted by how well their keys meet the queries.", call: "scaledDotProductAttention(q, k, v)",
    formula: "softmax(q k' / sqrt(e)) v",
    derivative: "with p the weights and dp = dy v': ds = p (dp - sum(dp p)); ds k for q, ds' q for k, p' dy for v",
    shapes: "[..., l, e], [..., s, e], [..., s, f] -> [..., l, f]",
    takesIntegers: false,
    samples: [
      .init("", [.init([2, 3, 4]), .init([2, 5, 4]), .init([2, 5, 3])]) { scaledDotProductAttention($0[0], $0[1], $0[2]) },
      .init("causal", [.init([1, 2, 4, 3]), .init([1, 2, 4, 3]), .init([1, 2, 4, 3])]) {
        scaledDotProductAttention($0[0], $0[1], $0[2], isCausal: true)
      },
      .init("one head", [.init([3, 2]), .init([4, 2]), .init([4, 2])]) { scaledDotProductAttention($0[0], $0[1], $0[2], scale: 0.7) },
      .init("mask", [.init([2, 3, 2]), .init([2, 2, 2]), .init([2, 2, 3])]) {
        scaledDotProductAttention($0[0], $0[1], $0[2], mask: Tensor([[true, false], [true, true], [false, false]]))
      },
      .init("bias", [.init([2, 2]), .init([3, 2]), .init([3, 2]), .init([2, 3])]) {
        scaledDotProductAttention($0[0], $0[1], $0[2], mask: $0[3])
      },
    ])
  let scale: Double
  let isCausal: Bool

  var nodeName: String { "ScaledDotProductFlashAttentionForCpuBackward0" }
  var attributes: [(name: String, value: String)] { [("scale", "\(scale)"), ("is_causal", "\(isCausal)")] }
  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) { ([true, true, true], [true, true]) }
  func isDifferentiable(output i: Int) -> Bool { i == 0 }

  func flops(_ x: [Tensor], _ y: [Tensor]) -> Double {
    let scores = 2 * Double(x[0].count) * Double(x[1].size(x[1].rank - 2)), sums = 2 * Double(y[0].count) * Double(x[1].size(x[1].rank - 2))
    return (scores + sums) * (isCausal ? 0.5 : 1)
  }
  /// The weights are computed again, and each of the two products has two gradients.
  func backwardFlops(_ forward: Double, _ inputs: [Tensor], needs: [Bool]) -> Double { 2.5 * forward }

  private func form(_ q: Shape, _ k: Shape, _ v: Shape) -> cr_attention {
    let n = q.rank
    return cr_attention(
      heads: Int64(q.dropLast(2).reduce(1, *)), queries: Int64(q[n - 2]), keys: Int64(k[n - 2]), width: Int64(q[n - 1]),
      value_width: Int64(v[n - 1]), shared: 1, row: Int64(q[n - 1]), value_row: Int64(v[n - 1]), out_row: Int64(v[n - 1]), scale: scale,
      causal: isCausal)
  }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    let q = try x[0].packed, k = try x[1].packed, v = try x[2].packed
    let shape = q.box.shape, n = shape.rank
    let out = try TensorBox.uninitialized(shape.replacing(n - 1, with: v.size(n - 1)), q.box.dtype)
    let sums = try TensorBox.uninitialized(shape.removing(n - 1), q.box.dtype)
    var form = form(shape, k.box.shape, v.box.shape)
    cr_attention_forward(
      q.dtype.kernelType, &form, q.box.c.pointee.data, k.box.c.pointee.data, v.box.c.pointee.data, out.c.pointee.data,
      sums.c.pointee.data)
    withExtendedLifetime((q, k, v)) {}
    return [Tensor(out), Tensor(sums)]
  }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dy = dy[0] else { return [nil, nil, nil] }
    let q = s.input(0), k = s.input(1), v = s.input(2)
    if isPlain(dy, q, k, v), let fused = try? fused(dy, q, k, v, s) { return fused }
    let p = Attention.probabilities(q, k, scale: scale, isCausal: isCausal)
    let dp = dy.matmul(v.mT)
    let ds = p * Attention.centered(Attention.centered(dp, p), p) * scale
    return [
      s.needs[0] ? ds.matmul(k) : nil, s.needs[1] ? ds.mT.matmul(q) : nil, s.needs[2] ? p.mT.matmul(dy) : nil,
    ]
  }

  private func fused(_ dy: Tensor, _ q: Tensor, _ k: Tensor, _ v: Tensor, _ s: SavedList) throws(TensorError) -> [Tensor?] {
    let inputs = try [dy.bare.packed, q.bare.packed, k.bare.packed, v.bare.packed, s.output(0).bare.packed, s.output(1).bare.packed]
    let results = try inputs[1...3].map { (x) throws(TensorError) in try TensorBox.uninitialized(x.box.shape, x.box.dtype) }
    var form = form(inputs[1].box.shape, inputs[2].box.shape, inputs[3].box.shape)
    let data = inputs.map { $0.box.c.pointee.data }
    cr_attention_backward(
      inputs[0].dtype.kernelType, &form, data[0], data[1], data[2], data[3], data[4], data[5], results[0].c.pointee.data,
      results[1].c.pointee.data, results[2].c.pointee.data)
    withExtendedLifetime(inputs) {}
    return results.map { Tensor($0) }
  }

  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    let q = s.input(0), k = s.input(1), v = s.input(2)
    let p = Attention.probabilities(q, k, scale: scale, isCausal: isCausal)
    var dy = dx[2].map { p.matmul($0) }
    if dx[0] != nil || dx[1] != nil {
      let ds = Rules.sum(dx[0].map { $0.matmul(k.mT) }, dx[1].map { q.matmul($0.mT) }) * scale
      let dp = p * (ds - (p * ds).sum(dim: -1, keepDim: true))
      dy = Rules.sum(dy, dp.matmul(v))
    }
    return [dy, nil]
  }

  /// Whatever stands before the last two dimensions is heads.
  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    self(zip(x, batched).map { $1 ? $0 : $0.unsqueezed(0).expanded([size] + $0.shape) })
  }
}

/// Returns softmax(q k' scale + mask) v: for each query the values, weighted by how well their keys meet it (Vaswani et al. 2017).
///
///     scaledDotProductAttention(q, k, v, isCausal: true)
///
/// - Parameters:
///   - query: [..., l, e].
///   - key: [..., s, e].
///   - value: [..., s, f].
///   - mask: [..., l, s]: true where a key may be looked at, or numbers to add to the scores.
///   - dropout: the probability with which a weight is dropped.
///   - isCausal: whether query i sees the keys up to i only.
///   - scale: 1/sqrt(e) where nil.
///   - enableGQA: whether several heads of queries share one of keys and values.
///   - generator: where random numbers come from; the default generator where none is given.
/// - Returns: [..., l, f].
public func scaledDotProductAttention(
  _ query: Tensor, _ key: Tensor, _ value: Tensor, mask: Tensor? = nil, dropout: Double = 0, isCausal: Bool = false,
  scale: Double? = nil, enableGQA: Bool = false, generator: Generator? = nil
) -> Tensor {
  orFail([query, key, value]) { () throws(TensorError) in
    let operation = "scaledDotProductAttention"
    guard query.rank >= 2, key.rank >= 2, value.rank >= 2 else {
      throw TensorError(
        .shape,
        "scaled_dot_product_attention: Expected query, key, and value to all be  at least 2 dimensional, but got query.dim(): "
          + "\(query.rank), key.dim(): \(key.rank) and value.dim(): \(value.rank) instead.",
        hint: "The last two dimensions are positions and features.", operation: operation)
    }
    guard mask == nil || !isCausal else {
      throw TensorError(
        .argument, "scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True",
        hint: "Put the causal mask into the mask.", operation: operation)
    }
    guard query.dtype == key.dtype, key.dtype == value.dtype, query.dtype.isFloatingPoint else {
      throw TensorError(
        .dtype,
        "Expected query, key, and value to have the same dtype, but got query.dtype: \(query.dtype.elementTypeName) key.dtype: "
          + "\(key.dtype.elementTypeName) and value.dtype: \(value.dtype.elementTypeName) instead.",
        hint: "Convert them with to(_:).", operation: operation)
    }
    guard dropout >= 0, dropout <= 1 else {
      throw TensorError(
        .argument, "dropout probability has to be between 0 and 1, but got \(dropout)", hint: "It is the share that is dropped.",
        operation: operation)
    }
    if let mask, mask.dtype != .bool, !mask.dtype.isFloatingPoint {
      throw TensorError(
        .dtype,
        "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: \(mask.dtype.elementTypeName) and  "
          + "query.dtype: \(query.dtype.elementTypeName) instead.",
        hint: "Compare first (mask .!= 0) for a mask, or convert with to(.\(query.dtype.name)) for numbers to add.", operation: operation)
    }
    let factor = scale ?? 1 / Double(Swift.max(query.shape.last ?? 1, 1)).squareRoot()
    let key = enableGQA ? try shared(key, query, operation) : key, value = enableGQA ? try shared(value, query, operation) : value
    if mask == nil, dropout == 0, isOneShape(query, key, value) {
      return AttentionProduct(scale: factor, isCausal: isCausal)([query, key, value])[0]
    }
    var weights = Attention.probabilities(query, key, scale: factor, isCausal: isCausal, mask: mask)
    if dropout > 0 {
      let kept = Tensor.bernoulli(weights.shape, p: 1 - dropout, dtype: weights.dtype, generator: generator)
      weights = dropout == 1 ? weights * kept : weights * kept / (1 - dropout)
    }
    return weights.matmul(value)
  }
}

/// Whether the kernel takes these: the same heads, keys to look at, and sizes that fit.
private func isOneShape(_ query: Tensor, _ key: Tensor, _ value: Tensor) -> Bool {
  let q = query.shape, k = key.shape, v = value.shape, n = q.count
  return k.count == n && v.count == n && q[n - 1] == k[n - 1] && k[n - 2] == v[n - 2] && q[..<(n - 2)] == k[..<(n - 2)]
    && q[..<(n - 2)] == v[..<(n - 2)] && query.count > 0 && value.count > 0
}

/// Heads of keys or values repeated for the queries that share them (Ainslie et al. 2023).
private func shared(_ x: Tensor, _ query: Tensor, _ operation: String) throws(TensorError) -> Tensor {
  guard x.rank >= 3, query.rank >= 3 else { return x }
  let heads = x.size(x.rank - 3), wanted = query.size(query.rank - 3)
  guard heads > 0, wanted % heads == 0 else {
    throw TensorError(
      .shape, "Number of heads in key and value must divide the number of heads in query", hint: "\(heads) does not divide \(wanted).",
      operation: operation)
  }
  if heads == wanted { return x }
  let shape = x.shape, lead = Array(shape.dropLast(2)), tail = Array(shape.suffix(2))
  let repeated = x.unsqueezed(-3).expanded(lead + [wanted / heads] + tail)
  return repeated.reshaped(Array(shape.dropLast(3)) + [wanted] + tail)
}

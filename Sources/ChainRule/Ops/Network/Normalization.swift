import CKernels

/// Normalisation over the last dimensions.
enum Normalization {
  static let catalog: [OperationInfo] = [LayerNormalization.info]
}

/// Elements with mean 0 and variance 1 over the last dimensions, then scaled and shifted (Ba, Kiros and Hinton 2016).
///
/// Inputs: x, and where there are, weight and bias. Outputs: y, and for the gradient the mean and 1/deviation of each row.
package struct LayerNormalization: VariadicOperation {
  static let info = OperationInfo(
    "layerNorm", "Elements brought to mean 0 and variance 1 over the last dimensions, then scaled and shifted.",
    call: "layerNorm(x, [5], weight: w, bias: b)", formula: "h w + b with h = (x - mean) / sqrt(variance + eps)",
    derivative: "(g - mean(g) - h mean(g h)) / sqrt(variance + eps) with g = dy w; dy h for w; dy for b",
    shapes: "[..., n], [n], [n] -> [..., n]",
    takesIntegers: false,
    samples: [
      OperationSample("", [.init([4, 5]), .init([5]), .init([5])]) { layerNorm($0[0], [5], weight: $0[1], bias: $0[2]) },
      OperationSample("plain", [.init([3, 4])]) { layerNorm($0[0], [4]) },
      OperationSample("no bias", [.init([3, 4]), .init([4])]) { layerNorm($0[0], [4], weight: $0[1]) },
      OperationSample("two dimensions", [.init([2, 2, 3]), .init([2, 3]), .init([2, 3])]) {
        layerNorm($0[0], [2, 3], weight: $0[1], bias: $0[2])
      },
    ])

  /// How many of the last dimensions are normalised over.
  let dims: Int
  let eps: Double

  var nodeName: String { "NativeLayerNormBackward0" }
  var attributes: [(name: String, value: String)] { [("dims", "\(dims)"), ("eps", "\(eps)")] }
  func isDifferentiable(output i: Int) -> Bool { i == 0 }
  func flops(_ x: [Tensor], _ y: [Tensor]) -> Double { 7 * Double(y[0].count) }
  func backwardFlops(_ forward: Double, _ inputs: [Tensor], needs: [Bool]) -> Double { 1.5 * forward }

  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) {
    var inputs = [needs[0] || needs.count > 1 && needs[1]]
    if needs.count > 1 { inputs.append(needs[0]) }
    if needs.count > 2 { inputs.append(false) }
    return (inputs, [false, inputs[0], inputs[0]])
  }

  private func rows(of shape: Shape) -> Shape {
    var rows = shape
    for d in (shape.rank - dims)..<shape.rank { rows[d] = 1 }
    return rows
  }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    let input = x[0]
    guard input.dtype.isFloatingPoint else { throw Rules.notImplemented("LayerNormKernelImpl", input.dtype, "layerNorm") }
    for parameter in x.dropFirst() {
      try Rules.requireScalarType(input.dtype, of: parameter, "layerNorm", hint: "Convert the layer or its input with to(_:).")
    }
    let out = try TensorBox.uninitialized(input.box.shape, input.box.dtype), rows = rows(of: input.box.shape)
    let mean = try TensorBox.uninitialized(rows, input.box.dtype), rstd = try TensorBox.uninitialized(rows, input.box.dtype)
    cr_layer_norm(
      input.box.c, x.count > 1 ? x[1].box.c : nil, x.count > 2 ? x[2].box.c : nil, eps, out.c, mean.c, rstd.c)
    withExtendedLifetime(x) {}
    return [Tensor(out), Tensor(mean), Tensor(rstd)]
  }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dy = dy[0] else { return s.needs.map { _ in nil } }
    if s.needs.count > 2, s.needs[2], !s.needs[0], !s.needs[1] { return [nil, nil, dy] }
    let x = s.input(0), weight = s.needs.count > 1 ? s.inputs[1] : nil
    if let fused = try? fused(dy, x, weight, s) { return fused }
    let (h, rstd) = normalized(x)
    var result: [Tensor?] = [nil]
    if s.needs[0] { result[0] = projected(weight.map { dy * $0 } ?? dy, h, rstd) * rstd }
    if s.needs.count > 1 { result.append(s.needs[1] ? dy * h : nil) }
    if s.needs.count > 2 { result.append(s.needs[2] ? dy : nil) }
    return result
  }

  /// The gradients in one pass, where nothing records or transforms them.
  private func fused(_ dy: Tensor, _ x: Tensor, _ weight: Tensor?, _ s: SavedList) throws(TensorError) -> [Tensor?]? {
    guard isPlain(dy, x), isPlain(weight ?? x) else { return nil }
    let g = dy.bare, input = x.bare, mean = s.output(1).bare, rstd = s.output(2).bare, w = weight?.bare
    guard g.dtype == input.dtype else { return nil }
    let shape = input.box.shape
    let tail = Shape(shape.array.suffix(dims))
    func box(_ i: Int, _ shape: Shape) throws(TensorError) -> TensorBox? {
      i < s.needs.count && s.needs[i] ? try TensorBox.uninitialized(shape, input.box.dtype) : nil
    }
    let results = try [box(0, shape), box(1, tail), box(2, tail)]
    cr_layer_norm_backward(g.box.c, input.box.c, mean.box.c, rstd.box.c, w?.box.c, results[0]?.c, results[1]?.c, results[2]?.c)
    withExtendedLifetime((g, input, mean, rstd, w)) {}
    return s.needs.indices.map { i in results[i].map { Tensor($0) } }
  }

  /// h and 1/deviation as functions of x, so that they can be differentiated again.
  private func normalized(_ x: Tensor) -> (h: Tensor, rstd: Tensor) {
    let over = Array((x.rank - dims)..<x.rank)
    let centered = x - x.mean(dim: over, keepDim: true)
    let rstd = ((centered * centered).mean(dim: over, keepDim: true) + eps).rsqrt()
    return (centered * rstd, rstd)
  }

  /// `g` without its parts along 1 and along h: the symmetric Jacobian of the normalisation, up to 1/deviation.
  private func projected(_ g: Tensor, _ h: Tensor, _ rstd: Tensor) -> Tensor {
    let over = Array((h.rank - dims)..<h.rank), centered = g - g.mean(dim: over, keepDim: true)
    // Two elements become +1 and -1, but for eps: what is left of them is its share, no difference of numbers near 1.
    if h.count == 2 * rstd.count { return centered * (rstd * rstd * eps) }
    return centered - h * (g * h).mean(dim: over, keepDim: true)
  }

  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    let (h, rstd) = normalized(s.input(0))
    let dh = dx[0].map { projected($0, h, rstd) * rstd }
    var sum = dx.count > 1 ? dh.map { $0 * s.input(1) } : dh
    if dx.count > 1, let dw = dx[1] { sum = Rules.sum(sum, h * dw) }
    if dx.count > 2, let db = dx[2] { sum = Rules.sum(sum, db) }
    return [sum, nil, nil]
  }

  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    // The normalised dimensions are the last ones, so a batch of inputs is just more rows.
    if !batched.dropFirst().contains(true) { return self(x) }
    // Scales and shifts that differ from example to example are no row's: they follow.
    let rows = self([x[0]])
    if rows.count < 3 { return rows }
    let terms = Elementwise.alignBatches([rows[0]] + x.dropFirst(), batched)
    let y = terms.count > 2 ? terms[0] * terms[1] + terms[2] : terms[0] * terms[1]
    return [y, rows[1].whole(batched[0], size), rows[2].whole(batched[0], size)]
  }
}

/// Returns (x - mean) / sqrt(variance + eps), times `weight`, plus `bias`, over the last dimensions of `x`, which are `shape`.
///
/// - Parameters:
///   - x: the input.
///   - shape: the last dimensions, over which is normalized.
///   - weight: of `shape`, or nil.
///   - bias: of `shape`, or nil.
///   - eps: added so that nothing is divided by 0.
public func layerNorm(_ x: Tensor, _ shape: [Int], weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5) -> Tensor {
  orFail([x]) { () throws(TensorError) in
    guard !shape.isEmpty, x.shape.suffix(shape.count) == shape[...] else {
      throw TensorError(
        .shape,
        "Given normalized_shape=\(shape), expected input with shape [*, \(shape.map(String.init).joined(separator: ", "))], but got "
          + "input of size\(x.shape)", hint: "The last dimensions of the input must be the normalised shape.", operation: "layerNorm")
    }
    for (name, parameter) in [("weight", weight), ("bias", bias)] {
      if let parameter, parameter.shape != shape {
        throw TensorError(
          .shape,
          "Expected \(name) to be of same shape as normalized_shape, but got \(name) of shape \(parameter.shape) and normalized_shape = "
            + "\(shape)", hint: "One \(name) for each normalised element.", operation: "layerNorm")
      }
    }
    if let wide = Rules.widened(x, beside: [weight, bias]) {
      return layerNorm(wide, shape, weight: weight, bias: bias, eps: eps).to(x.dtype)
    }
    let operation = LayerNormalization(dims: shape.count, eps: eps)
    guard let bias else { return operation(weight.map { [x, $0] } ?? [x])[0] }
    return operation([x, weight ?? Tensor.ones(shape, dtype: x.dtype), bias])[0]
  }
}

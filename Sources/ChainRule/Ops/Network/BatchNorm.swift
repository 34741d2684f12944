import CKernels

/// Normalisation of channels.
enum ChannelNormalization {
  static let catalog: [OperationInfo] =
    [BatchNormalization.info, BatchNormalization.groupInfo, BatchNormalization.rootMeanSquare] + composed
}

/// Channels brought to mean 0 and variance 1 over the batch, then scaled and shifted (Ioffe and Szegedy 2015).
///
/// Inputs: x [n, c, ...], and where there are, weight and bias [c]. Outputs: y, and each channel's mean and variance.
struct BatchNormalization: VariadicOperation {
  static let info = OperationInfo(
    "batchNorm", "Channels brought to mean 0 and variance 1 over the batch, then scaled and shifted.",
    call: "batchNorm(x, weight: w, bias: b)", formula: "h w + b with h = (x - mean) / sqrt(variance + eps)",
    derivative: "(g - mean(g) - h mean(g h)) / sqrt(variance + eps) with g = dy w; sum of dy h for w; sum of dy for b",
    shapes: "[n, c, ...], [c], [c] -> [n, c, ...]",
    takesIntegers: false,
    samples: [
      .init("", [.init([3, 2, 2, 3]), .init([2]), .init([2])]) { batchNorm($0[0], weight: $0[1], bias: $0[2]) },
      .init("plain", [.init([2, 3, 4])]) { batchNorm($0[0]) },
      .init("features", [.init([5, 3]), .init([3])]) { batchNorm($0[0], weight: $0[1]) },
      .init("evaluation", [.init([3, 2, 2]), .init([2]), .init([2])]) {
        let mean = Tensor([0.5, -0.3], dtype: $0[0].dtype), variance = Tensor([1.2, 0.4], dtype: $0[0].dtype)
        return batchNorm($0[0], runningMean: mean, runningVar: variance, weight: $0[1], bias: $0[2], training: false)
      },
    ])
  static let groupInfo = OperationInfo(
    "groupNorm", "Groups of channels of each example brought to mean 0 and variance 1, then scaled and shifted.",
    call: "groupNorm(x, 2, weight: w, bias: b)", formula: "h w + b with h = (x - mean) / sqrt(variance + eps)",
    derivative: "of its parts: layerNorm, a product and a sum",
    shapes: "[n, c, ...], [c], [c] -> [n, c, ...]",
    takesIntegers: false,
    samples: [
      .init("", [.init([2, 4, 2, 2]), .init([4]), .init([4])]) { groupNorm($0[0], 2, weight: $0[1], bias: $0[2]) },
      .init("instance", [.init([2, 2, 3]), .init([2]), .init([2])]) { instanceNorm($0[0], weight: $0[1], bias: $0[2]) },
    ])
  static let rootMeanSquare = OperationInfo(
    "rmsNorm", "Elements divided by their root mean square over the last dimensions, then scaled.",
    call: "rmsNorm(x, [4], weight: w)", formula: "x / sqrt(mean(x^2) + eps) w", derivative: "of its parts",
    shapes: "[..., n], [n] -> [..., n]",
    takesIntegers: false,
    samples: [
      .init("", [.init([3, 4]), .init([4])]) { rmsNorm($0[0], [4], weight: $0[1], eps: 1e-3) },
      .init("plain", [.init([2, 2, 3])]) { rmsNorm($0[0], [2, 3], eps: 0.1) },
    ])

  let eps: Double
  var nodeName: String { "NativeBatchNormBackward0" }
  var attributes: [(name: String, value: String)] { [("eps", "\(eps)")] }
  func isDifferentiable(output i: Int) -> Bool { i == 0 }
  func flops(_ x: [Tensor], _ y: [Tensor]) -> Double { 7 * Double(y[0].count) }
  func backwardFlops(_ forward: Double, _ inputs: [Tensor], needs: [Bool]) -> Double { 1.5 * forward }

  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) {
    var inputs = [needs[0] || needs.count > 1 && needs[1]]
    if needs.count > 1 { inputs.append(needs[0]) }
    if needs.count > 2 { inputs.append(false) }
    return (inputs, [false, inputs[0], inputs[0]])
  }

  private func form(_ shape: Shape) -> cr_batch_norm {
    cr_batch_norm(batch: Int64(shape[0]), channels: Int64(shape[1]), inner: Int64(shape.dropFirst(2).reduce(1, *)), eps: eps)
  }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    let input = try x[0].packed, parameters = try x.dropFirst().map { (t) throws(TensorError) in try t.packed }, dtype = input.dtype
    guard dtype.isFloatingPoint else { throw Rules.notImplemented("batch_norm", dtype, "batchNorm") }
    for parameter in parameters {
      try Rules.requireScalarType(dtype, of: parameter, "batchNorm", hint: "Convert the layer or its input with to(_:).")
    }
    let shape = input.box.shape, out = try TensorBox.uninitialized(shape, dtype)
    let mean = try TensorBox.uninitialized([shape[1]], dtype), variance = try TensorBox.uninitialized([shape[1]], dtype)
    var form = form(shape)
    cr_batch_norm_forward(
      dtype.kernelType, &form, input.box.c.pointee.data, parameters.first?.box.c.pointee.data,
      parameters.count > 1 ? parameters[1].box.c.pointee.data : nil, out.c.pointee.data, mean.c.pointee.data, variance.c.pointee.data)
    withExtendedLifetime((input, parameters)) {}
    return [Tensor(out), Tensor(mean), Tensor(variance)]
  }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dy = dy[0] else { return s.needs.map { _ in nil } }
    let over = Channels.others(dy.rank)
    if s.needs.count > 2, s.needs[2], !s.needs[0], !s.needs[1] { return [nil, nil, dy.sum(dim: over)] }
    let x = s.input(0), weight = s.needs.count > 1 ? s.inputs[1] : nil
    if let fused = try? fused(dy, x, weight, s) { return fused }
    let (h, rstd) = normalized(x)
    var result: [Tensor?] = [nil]
    if s.needs[0] { result[0] = projected(weight.map { dy * Channels.spread($0, dy.rank) } ?? dy, h, rstd) * rstd }
    if s.needs.count > 1 { result.append(s.needs[1] ? (dy * h).sum(dim: over) : nil) }
    if s.needs.count > 2 { result.append(s.needs[2] ? dy.sum(dim: over) : nil) }
    return result
  }

  /// The gradients in one pass, where nothing records or transforms them.
  private func fused(_ dy: Tensor, _ x: Tensor, _ weight: Tensor?, _ s: SavedList) throws(TensorError) -> [Tensor?]? {
    guard isPlain(dy, x), isPlain(weight ?? x) else { return nil }
    let g = try dy.bare.packed, input = try x.bare.packed, mean = s.output(1).bare, variance = s.output(2).bare, w = try weight?.bare.packed
    guard g.dtype == input.dtype else { return nil }
    let shape = input.box.shape
    func box(_ i: Int, _ shape: Shape) throws(TensorError) -> TensorBox? {
      i < s.needs.count && s.needs[i] ? try TensorBox.uninitialized(shape, input.box.dtype) : nil
    }
    let results = try [box(0, shape), box(1, [shape[1]]), box(2, [shape[1]])]
    var form = form(shape)
    cr_batch_norm_backward(
      input.dtype.kernelType, &form, g.box.c.pointee.data, input.box.c.pointee.data, mean.box.c.pointee.data,
      variance.box.c.pointee.data, w?.box.c.pointee.data, results[0]?.c.pointee.data, results[1]?.c.pointee.data,
      results[2]?.c.pointee.data)
    withExtendedLifetime((g, input, mean, variance, w)) {}
    return s.needs.indices.map { i in results[i].map { Tensor($0) } }
  }

  /// h and 1/deviation as functions of x, so that they can be differentiated again.
  private func normalized(_ x: Tensor) -> (h: Tensor, rstd: Tensor) {
    let over = Channels.others(x.rank)
    let centered = x - x.mean(dim: over, keepDim: true)
    let rstd = ((centered * centered).mean(dim: over, keepDim: true) + eps).rsqrt()
    return (centered * rstd, rstd)
  }

  /// `g` without its parts along 1 and along h: the symmetric Jacobian of the normalisation, up to 1/deviation.
  private func projected(_ g: Tensor, _ h: Tensor, _ rstd: Tensor) -> Tensor {
    let over = Channels.others(h.rank), centered = g - g.mean(dim: over, keepDim: true)
    // Two elements become +1 and -1, but for eps: what is left of them is its share, no difference of numbers near 1.
    if h.count == 2 * rstd.count { return centered * (rstd * rstd * eps) }
    return centered - h * (g * h).mean(dim: over, keepDim: true)
  }

  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    let x = s.input(0), (h, rstd) = normalized(x)
    let dh = dx[0].map { projected($0, h, rstd) * rstd }
    var sum = dx.count > 1 ? dh.map { $0 * Channels.spread(s.input(1), x.rank) } : dh
    if dx.count > 1, let dw = dx[1] { sum = Rules.sum(sum, h * Channels.spread(dw, x.rank)) }
    if dx.count > 2, let db = dx[2] { sum = Rules.sum(sum, Channels.spread(db, x.rank)) }
    return [sum, nil, nil]
  }

  /// A batch of inputs is more channels; weight and bias are applied outside.
  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    let input = batched[0] ? x[0] : x[0].unsqueezed(0).expanded([size] + x[0].shape)
    let shape = input.shape
    let wide = self([input.transposed(0, 1).reshaped([shape[1], size * shape[2]] + shape[3...])])
    guard wide.count == 3 else { return wide }
    var y = wide[0].reshaped([shape[1], size] + shape[2...]).transposed(0, 1)
    func parameter(_ i: Int) -> Tensor {
      batched[i]
        ? x[i].reshaped([size, 1, shape[2]] + shape[3...].map { _ in 1 }) : Channels.spread(x[i], shape.count - 1)
    }
    if x.count > 1 { y = y * parameter(1) }
    if x.count > 2 { y = y + parameter(2) }
    return [y, wide[1].reshaped([size, shape[2]]), wide[2].reshaped([size, shape[2]])]
  }
}

/// Tensors whose dimension 1 is channels.
enum Channels {
  /// All dimensions but the channels'.
  static func others(_ rank: Int) -> [Int] { [0] + (2..<Swift.max(rank, 2)) }

  /// A vector with an element for each channel, in the sizes that broadcast over tensors of `rank` dimensions.
  static func spread(_ x: Tensor, _ rank: Int) -> Tensor {
    rank < 3 ? x : x.reshaped([x.count] + Array(repeating: 1, count: rank - 2))
  }

  /// x w + b, channel by channel.
  static func affine(_ x: Tensor, _ weight: Tensor?, _ bias: Tensor?) -> Tensor {
    var y = x
    if let weight { y = y * spread(weight, x.rank) }
    if let bias { y = y + spread(bias, x.rank) }
    return y
  }

  static func check(_ x: Tensor, _ parameters: [(String, Tensor?)], _ operation: String) throws(TensorError) {
    guard x.rank >= 2 else {
      throw TensorError(
        .shape, "Expected at least 2 dimensions for input tensor but received \(x.rank)", hint: "Dimension 1 is the channels.",
        operation: operation)
    }
    for (name, parameter) in parameters {
      if let parameter, parameter.shape != [x.size(1)] {
        throw TensorError(
          .shape, "\(name) should contain \(x.size(1)) elements not \(parameter.count)", hint: "One for each channel.",
          operation: operation)
      }
      if let parameter { try Rules.requireScalarType(x.dtype, of: parameter, operation) }
    }
  }
}

import CKernels

/// Convolutions of sequences, images and volumes.
enum Convolutions {
  static let catalog: [OperationInfo] = [Convolution.info, Convolution.transposedInfo] + composed
}

/// The sizes of a convolution. `large` is its input and `small` its result; the transposed map goes the other way. Both stand
/// here, because neither follows from the other where the stride does not divide evenly.
struct ConvolutionGeometry: Sendable {
  let large: [Int]
  let small: [Int]
  let kernel: [Int]
  let stride: [Int]
  /// What lies before the first element; what lies behind the last one follows from the sizes.
  let padding: [Int]
  let dilation: [Int]
  var groups: Int

  func kernelForm(batch: Int, channels: Int, filters: Int) -> cr_conv {
    cr_conv(
      batch: Int64(batch), groups: Int64(groups), channels: Int64(channels), filters: Int64(filters), large: Spatial.three(large),
      small: Spatial.three(small), kernel: Spatial.three(kernel), stride: Spatial.three(stride),
      padding: Spatial.three(padding, filling: 0), dilation: Spatial.three(dilation))
  }

  func grouped(_ groups: Int) -> ConvolutionGeometry {
    var result = self
    result.groups = groups
    return result
  }
}

/// The three faces of the form sum y[n, m, o] x[n, c, o stride - padding + k dilation] w[m, c, k], which is linear in each of x, w
/// and y: a convolution gives y, its transpose x, and the third the weight. The gradients of each are the other two.
struct Convolution: VariadicOperation {
  enum Face: Sendable { case small, large, weight }

  static let info = OperationInfo(
    "conv2d", "The correlation of images with filters.",
    call: "conv2d(x, w, b)", formula: "y[n, m, o] = sum over c, k of x[n, c, o stride - padding + k dilation] w[m, c, k] + b[m]",
    derivative: "the transposed convolution of dy for x, the correlation of x and dy for w, sum of dy for b",
    shapes: "[n, c, h, w], [m, c / groups, i, j], [m] -> [n, m, h', w']",
    samples: [
      .init("", [.init([2, 2, 5, 4]), .init([3, 2, 3, 2]), .init([3])]) { conv2d($0[0], $0[1], $0[2]) },
      .init("stride, padding", [.init([1, 2, 6, 5]), .init([2, 2, 3, 3]), .init([2])]) {
        conv2d($0[0], $0[1], $0[2], stride: 2, padding: [1, 2])
      },
      .init("groups, dilation", [.init([2, 4, 5, 5]), .init([6, 2, 2, 2])]) { conv2d($0[0], $0[1], dilation: [1, 2], groups: 2) },
      .init("1 x 1", [.init([2, 3, 2, 2]), .init([4, 3, 1, 1])]) { conv2d($0[0], $0[1]) },
      .init("one image", [.init([2, 4, 4]), .init([1, 2, 2, 2])]) { conv2d($0[0], $0[1], padding: .same) },
      .init("one channel", [.init([1, 4, 4]), .init([1, 1, 2, 2])]) { conv2d($0[0], $0[1]) },
      .init("conv1d", [.init([2, 2, 7]), .init([3, 2, 3]), .init([3])]) { conv1d($0[0], $0[1], $0[2], stride: 2, padding: 1) },
      .init("conv3d", [.init([1, 2, 3, 3, 4]), .init([2, 2, 2, 2, 2])]) { conv3d($0[0], $0[1], stride: [1, 1, 2]) },
      .init("empty", [.init([0, 2, 3, 3]), .init([1, 2, 2, 2])]) { conv2d($0[0], $0[1]) },
    ])

  static let transposedInfo = OperationInfo(
    "convTranspose2d", "The transpose of a convolution: each input adds its multiple of a filter.",
    call: "convTranspose2d(x, w, b)", formula: "x[n, c, o stride - padding + k dilation] += y[n, m, o] w[m, c, k]",
    derivative: "the convolution of dy for the input, the correlation of both for w, sum of dy for b",
    shapes: "[n, m, h, w], [m, c / groups, i, j], [c] -> [n, c, h', w']",
    samples: [
      .init("", [.init([2, 3, 3, 2]), .init([3, 2, 2, 3]), .init([2])]) { convTranspose2d($0[0], $0[1], $0[2]) },
      .init("one channel", [.init([1, 2, 2]), .init([1, 1, 2, 2])]) { convTranspose2d($0[0], $0[1]) },
      .init("stride, padding", [.init([1, 2, 3, 3]), .init([2, 2, 3, 3])]) {
        convTranspose2d($0[0], $0[1], stride: 2, padding: 1, outputPadding: 1)
      },
      .init("groups, dilation", [.init([2, 4, 2, 3]), .init([4, 2, 2, 2]), .init([4])]) {
        convTranspose2d($0[0], $0[1], $0[2], groups: 2, dilation: 2)
      },
      .init("convTranspose1d", [.init([2, 2, 4]), .init([2, 3, 3])]) { convTranspose1d($0[0], $0[1], stride: 2) },
    ])

  let face: Face
  let geometry: ConvolutionGeometry

  var entry: OperationInfo { face == .large ? Self.transposedInfo : Self.info }
  var name: String {
    let rank = geometry.kernel.count
    return switch face {
    case .small: "conv\(rank)d"
    case .large: "convTranspose\(rank)d"
    case .weight: "conv\(rank)d (weight)"
    }
  }
  var nodeName: String { face == .weight ? "ConvolutionWeightBackward0" : "ConvolutionBackward0" }
  var attributes: [(name: String, value: String)] {
    [
      ("stride", "\(geometry.stride)"), ("padding", "\(geometry.padding)"), ("dilation", "\(geometry.dilation)"),
      ("transposed", "\(face == .large)"), ("groups", "\(geometry.groups)"),
    ]
  }

  /// Each element of the small side meets the elements of one filter.
  func flops(_ x: [Tensor], _ y: [Tensor]) -> Double {
    let small = face == .small ? y[0] : face == .large ? x[0] : x[1], weight = face == .weight ? y[0] : x[1]
    return 2 * Double(small.count) * Double(weight.shape.dropFirst().reduce(1, *))
  }

  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) {
    ([needs[1], needs[0]] + (needs.count > 2 ? [false] : []), [false])
  }

  private func other(_ face: Face, _ a: Tensor, _ b: Tensor) -> Tensor { Convolution(face: face, geometry: geometry)([a, b])[0] }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    let a = try x[0].packed, b = try x[1].packed, bias = x.count > 2 ? try x[2].packed : nil
    let dtype = a.dtype
    for other in x.dropFirst() where other.dtype != dtype {
      throw TensorError(
        .dtype, "Input type (\(dtype.elementTypeName)) and weight type (\(other.dtype.elementTypeName)) should be the same",
        hint: "Convert one of them with to(_:).", operation: "conv")
    }
    guard dtype.isFloatingPoint else {
      let isRefused = dtype == .bool || face == .large && dtype != .int64
      if isRefused { throw Rules.notImplemented(face == .large ? "slow_conv_transpose2d_out_cpu" : "slow_conv2d_cpu", dtype, "conv") }
      return try Rules.throughDoubles(x, "conv", forward)
    }
    let g = geometry, batch = a.size(0), shape: [Int], conv: cr_conv
    switch face {
    case .small:
      shape = [batch, b.size(0)] + g.small
      conv = g.kernelForm(batch: batch, channels: a.size(1), filters: b.size(0))
    case .large:
      shape = [batch, b.size(1) * g.groups] + g.large
      conv = g.kernelForm(batch: batch, channels: shape[1], filters: a.size(1))
    case .weight:
      shape = [b.size(1), a.size(1) / g.groups] + g.kernel
      conv = g.kernelForm(batch: batch, channels: a.size(1), filters: b.size(1))
    }
    let out = try TensorBox.uninitialized(Shape(shape), dtype)
    if out.count == 0 { return [Tensor(out)] }
    if a.count == 0 || b.count == 0 { return [emptySum(out, bias)] }
    let done = withExtendedLifetime((a, b, bias)) {
      withUnsafePointer(to: conv) { conv in
        let a = a.box.c.pointee.data, b = b.box.c.pointee.data, bias = bias?.box.c.pointee.data, to = out.c.pointee.data
        return switch face {
        case .small: cr_conv_forward(dtype.kernelType, conv, a, b, bias, to)
        case .large: cr_conv_transposed(dtype.kernelType, conv, a, b, bias, to)
        case .weight: cr_conv_weight(dtype.kernelType, conv, a, b, to)
        }
      }
    }
    guard done else {
      throw TensorError(.argument, "out of memory", hint: "The convolution needs room for a copy of its input.", operation: "conv")
    }
    return [Tensor(out)]
  }

  /// The result of sums over nothing: the bias, or zeros.
  private func emptySum(_ out: TensorBox, _ bias: Tensor?) -> Tensor {
    cr_fill(out.c, Scalar(0).kernel)
    guard let bias else { return Tensor(out) }
    return noGrad { Tensor(out) + aligned(bias) }
  }

  /// A bias in the sizes that broadcast over the result.
  private func aligned(_ bias: Tensor) -> Tensor { bias.reshaped([bias.size(0)] + geometry.kernel.map { _ in 1 }) }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dy = dy[0] else { return s.needs.map { _ in nil } }
    var result: [Tensor?] = [nil, nil]
    switch face {
    case .small:
      if s.needs[0] { result[0] = other(.large, dy, s.input(1)) }
      if s.needs[1] { result[1] = other(.weight, s.input(0), dy) }
    case .large:
      if s.needs[0] { result[0] = other(.small, dy, s.input(1)) }
      if s.needs[1] { result[1] = other(.weight, dy, s.input(0)) }
    case .weight:
      if s.needs[0] { result[0] = other(.large, s.input(1), dy) }
      if s.needs[1] { result[1] = other(.small, s.input(0), dy) }
    }
    if s.needs.count > 2 { result.append(s.needs[2] ? dy.sum(dim: [0] + (2..<dy.rank)) : nil) }
    return result
  }

  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    var sum: Tensor?
    if let d = dx[0] { sum = other(face, d, s.input(1)) }
    if let d = dx[1] { sum = Rules.sum(sum, other(face, s.input(0), d)) }
    if dx.count > 2, let d = dx[2] { sum = Rules.sum(sum, aligned(d)) }
    return [sum]
  }

  /// A batch of examples is a larger batch; a batch of weights or of both is more groups.
  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    if size == 0 { return try batchOneByOne(x, batched, size) }
    if batched.count > 2, batched[2] || batched[1] {
      // The bias by itself, where each weight or each element of the batch has its own.
      let y = try batch(Array(x[..<2]), batched: Array(batched[..<2]), size: size, orOne: true)
      let bias = batched[2] ? x[2].reshaped([size, 1, x[2].size(1)] + geometry.kernel.map { _ in 1 }) : aligned(x[2])
      return [y + bias]
    }
    if face != .weight, !batched[1] {
      let shape = x[0].shape
      let y = self([x[0].reshaped([shape[0] * shape[1]] + shape[2...])] + x[1...])[0]
      // What was refused has no sizes.
      return [isErrorPending ? y : y.reshaped([shape[0], shape[1]] + y.shape[1...])]
    }
    return [try batch(x, batched: batched, size: size, orOne: false)]
  }

  private func batch(_ x: [Tensor], batched: [Bool], size: Int, orOne: Bool) throws(TensorError) -> Tensor {
    if orOne, !batched[1] {
      return batched[0] ? try batch(x, batched: batched, size: size)[0] : self(x)[0].unsqueezed(0)
    }
    /// [size, n, c, ...] to [n, size c, ...].
    func side(_ i: Int) -> Tensor {
      let whole = batched[i] ? x[i] : x[i].unsqueezed(0).expanded([size] + x[i].shape)
      let shape = whole.shape
      return whole.transposed(0, 1).reshaped([shape[1], size * shape[2]] + shape[3...])
    }
    let wide = Convolution(face: face, geometry: geometry.grouped(geometry.groups * size))
    if face == .weight {
      let w = wide([side(0), side(1)])[0]
      return isErrorPending ? w : w.reshaped([size, w.size(0) / size] + w.shape[1...])
    }
    let weight = batched[1] ? x[1] : x[1].unsqueezed(0).expanded([size] + x[1].shape)
    let shape = weight.shape
    let y = wide([side(0), weight.reshaped([size * shape[1]] + shape[2...])])[0]
    return isErrorPending ? y : y.reshaped([y.size(0), size, y.size(1) / size] + y.shape[2...]).transposed(0, 1)
  }
}

/// A convolution as a user writes it.
struct ConvolutionCall {
  let operation: String
  let dims: Int
  let x: Tensor
  let weight: Tensor
  let bias: Tensor?
  let stride: [Int]
  let dilation: [Int]
  let groups: Int

  private let isUnbatched: Bool

  init(
    _ operation: String, dims: Int, _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, stride: [Int], dilation: [Int], groups: Int,
    transposed: Bool
  ) throws(TensorError) {
    self.operation = operation
    self.dims = dims
    isUnbatched = try Spatial.isUnbatched(x, dims, operation)
    self.x = isUnbatched ? x.unsqueezed(0) : x
    self.weight = weight
    self.bias = bias
    self.groups = groups
    self.stride = try Spatial.spread(stride, dims, "stride", atLeast: 1, "non-positive stride is not supported", operation)
    self.dilation = try Spatial.spread(dilation, dims, "dilation", atLeast: 1, "dilation should be greater than zero", operation)
    try check(transposed: transposed)
  }

  private func check(transposed: Bool) throws(TensorError) {
    func refuse(_ message: String, _ hint: String) -> TensorError { TensorError(.shape, message, hint: hint, operation: operation) }
    let w = weight.shape
    guard weight.rank == dims + 2 else {
      throw refuse(
        "expected weight to have \(dims + 2) dimensions, but got weight of size \(w)",
        "A weight is [\(transposed ? "inputs, outputs / groups" : "outputs, inputs / groups"), kernel...].")
    }
    guard !w.dropFirst(2).contains(0) else {
      throw refuse("kernel size should be greater than zero, but got weight of size [\(list(w))]", "A kernel has one element or more.")
    }
    guard w[0] > 0, !transposed || w[1] > 0 else {
      throw refuse(
        "Given groups=\(groups), expected weight to be at least 1 at dimension 0, but got weight of size [\(list(w))] instead",
        "There is one filter or more.")
    }
    guard groups > 0 else { throw refuse("non-positive groups is not supported", "groups is \(groups).") }
    guard w[0] % groups == 0 else {
      throw refuse(
        "Given groups=\(groups), expected weight to be divisible by \(groups) at dimension 0, but got weight of size [\(list(w))] instead",
        "Each group has as many filters as the others.")
    }
    let channels = transposed ? w[0] : w[1] * groups
    guard x.size(1) == channels else {
      throw refuse(
        "Given \(transposed ? "transposed=1" : "groups=\(groups)"), weight of size [\(list(w))], expected "
          + "input[\(list(x.shape))] to have \(channels) channels, but got \(x.size(1)) channels instead",
        "Channels are dimension 1 of a batch of images.")
    }
    let outputs = transposed ? w[1] * groups : w[0]
    if let bias, bias.shape != [outputs] {
      throw refuse(
        "Given weight of size [\(list(w))], expected bias to be 1-dimensional with \(outputs) elements, but got bias of size "
          + "[\(list(bias.shape))] instead", "The bias has one element for each output channel.")
    }
  }

  private func list(_ sizes: [Int]) -> String { sizes.map(String.init).joined(separator: ", ") }

  private var kernel: [Int] { Array(weight.shape[2...]) }

  func forward(_ rule: PaddingRule) throws(TensorError) -> Tensor {
    let size = Array(x.shape[2...]), kernel = kernel
    let reach = zip(kernel, dilation).map { $1 * ($0 - 1) }
    var before = Array(repeating: 0, count: dims), total = before
    switch rule.kind {
    case .valid: break
    case .same:
      guard stride.allSatisfy({ $0 == 1 }) else {
        throw TensorError(
          .argument, "padding='same' is not supported for strided convolutions", hint: "Give the padding as numbers.", operation: operation)
      }
      total = reach
      before = reach.map { $0 / 2 }
    case .sizes(let sizes):
      before = try Spatial.spread(sizes, dims, "padding", atLeast: 0, "negative padding is not supported", operation)
      total = before.map { 2 * $0 }
    }
    for d in 0..<dims where size[d] + total[d] <= reach[d] {
      let padded = (0..<dims).map { "\(size[$0] + total[$0])" }.joined(separator: " x ")
      throw TensorError(
        .shape,
        "Calculated padded input size per channel: (\(padded)). Kernel size: (\(kernel.map(String.init).joined(separator: " x "))). Kernel "
          + "size can't be greater than actual input size",
        hint: "Pad the input, or use a smaller kernel.", operation: operation)
    }
    var small = size
    for d in 0..<dims { small[d] = (size[d] + total[d] - reach[d] - 1) / stride[d] + 1 }
    return apply(
      .small,
      ConvolutionGeometry(
        large: size, small: small, kernel: kernel, stride: stride, padding: before, dilation: dilation, groups: groups))
  }

  func transposed(padding: [Int], outputPadding: [Int]) throws(TensorError) -> Tensor {
    let padding = try Spatial.spread(padding, dims, "padding", atLeast: 0, "negative padding is not supported", operation)
    let extra = try Spatial.spread(
      outputPadding, dims, "output_padding", atLeast: 0, "negative output_padding is not supported", operation)
    let size = Array(x.shape[2...]), kernel = kernel
    for d in 0..<dims where extra[d] >= Swift.max(stride[d], dilation[d]) {
      throw TensorError(
        .argument, "output padding must be smaller than either stride or dilation, but got output_padding: \(extra)",
        hint: "The output padding chooses among the sizes that a stride makes equal.", operation: operation)
    }
    var large = size
    for d in 0..<dims {
      let reach = dilation[d] * (kernel[d] - 1)
      large[d] = (size[d] - 1) * stride[d] - 2 * padding[d] + reach + extra[d] + 1
    }
    guard large.allSatisfy({ $0 > 0 }) else {
      throw TensorError(
        .shape,
        "Given input size per channel: (\(list(size))). Calculated output size per channel: (\(list(large))). Output size is too small",
        hint: "Use less padding.", operation: operation)
    }
    return apply(
      .large,
      ConvolutionGeometry(
        large: large, small: size, kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups))
  }

  private func apply(_ face: Convolution.Face, _ geometry: ConvolutionGeometry) -> Tensor {
    let y = Convolution(face: face, geometry: geometry)(bias.map { [x, weight, $0] } ?? [x, weight])[0]
    return isUnbatched ? y.squeezed(0) : y
  }
}

private func convolve(
  _ operation: String, _ dims: Int, _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ stride: [Int], _ padding: PaddingRule,
  _ dilation: [Int], _ groups: Int
) -> Tensor {
  orFail(bias.map { [x, weight, $0] } ?? [x, weight]) { () throws(TensorError) in
    try ConvolutionCall(
      operation, dims: dims, x, weight, bias, stride: stride, dilation: dilation, groups: groups, transposed: false
    ).forward(padding)
  }
}

private func convolveTransposed(
  _ operation: String, _ dims: Int, _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ stride: [Int], _ padding: [Int],
  _ outputPadding: [Int], _ groups: Int, _ dilation: [Int]
) -> Tensor {
  orFail(bias.map { [x, weight, $0] } ?? [x, weight]) { () throws(TensorError) in
    try ConvolutionCall(
      operation, dims: dims, x, weight, bias, stride: stride, dilation: dilation, groups: groups, transposed: true
    ).transposed(padding: padding, outputPadding: outputPadding)
  }
}

/// Returns the correlation of sequences with filters, as `conv2d` of images.
///
/// - Parameters:
///   - x: [n, inputs, length], or one sequence [inputs, length].
///   - weight: [outputs, inputs / groups, kernel].
///   - bias: [outputs], or nil.
///   - stride: how far one window is from the next.
///   - padding: zeros added on each side.
///   - dilation: how far the elements of a window are apart.
///   - groups: how many groups of channels are computed apart; it divides both numbers of channels.
/// - Returns: [n, outputs, length'].
public func conv1d(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some SpatialSizes = 1, padding: some SpatialPadding = 0,
  dilation: some SpatialSizes = 1, groups: Int = 1
) -> Tensor {
  convolve(
    "conv1d", 1, x, weight, bias, stride.spatialSizes, padding.spatialPadding, dilation.spatialSizes, groups)
}

/// Returns the correlation of images with filters.
///
/// y[n, m, o] = sum over c and k of x[n, c, o stride - padding + k dilation] w[m, c, k] + b[m], with zeros outside the image.
///
///     conv2d(images, weight, bias, padding: 1)
///
/// - Parameters:
///   - x: [n, inputs, height, width], or one image [inputs, height, width].
///   - weight: [outputs, inputs / groups, kernel height, kernel width].
///   - bias: [outputs], or nil.
///   - stride: how far apart the windows lie.
///   - padding: how many zeros surround the image: numbers, `.same` or `.valid`.
///   - dilation: how far apart the elements of a window lie.
///   - groups: into how many parts the channels are cut, each with its own filters.
/// - Returns: [n, outputs, height', width'], each (size + 2 padding - dilation (kernel - 1) - 1) / stride + 1, rounded down.
public func conv2d(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some SpatialSizes = 1, padding: some SpatialPadding = 0,
  dilation: some SpatialSizes = 1, groups: Int = 1
) -> Tensor {
  convolve(
    "conv2d", 2, x, weight, bias, stride.spatialSizes, padding.spatialPadding, dilation.spatialSizes, groups)
}

/// Returns the correlation of volumes [n, inputs, depth, height, width] with filters, as `conv2d` of images.
public func conv3d(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some SpatialSizes = 1, padding: some SpatialPadding = 0,
  dilation: some SpatialSizes = 1, groups: Int = 1
) -> Tensor {
  convolve(
    "conv3d", 3, x, weight, bias, stride.spatialSizes, padding.spatialPadding, dilation.spatialSizes, groups)
}

/// Returns the transpose of `conv1d` applied to sequences [n, inputs, length], as `convTranspose2d` of images.
public func convTranspose1d(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some SpatialSizes = 1, padding: some SpatialSizes = 0,
  outputPadding: some SpatialSizes = 0, groups: Int = 1, dilation: some SpatialSizes = 1
) -> Tensor {
  convolveTransposed(
    "conv_transpose1d", 1, x, weight, bias, stride.spatialSizes, padding.spatialSizes, outputPadding.spatialSizes, groups,
    dilation.spatialSizes)
}

/// Returns the transpose of `conv2d`: each element of `x` adds its multiple of the filters to the result.
///
/// - Parameters:
///   - x: [n, inputs, height, width], or one image [inputs, height, width].
///   - weight: [inputs, outputs / groups, kernel height, kernel width].
///   - bias: [outputs], or nil.
///   - stride: how far one window is from the next.
///   - padding: how much of the border is cut off.
///   - outputPadding: how much is added at the end, smaller than the stride or the dilation.
///   - groups: how many groups of channels are computed apart; it divides both numbers of channels.
///   - dilation: how far the elements of a window are apart.
/// - Returns: [n, outputs, height', width'], each (size - 1) stride - 2 padding + dilation (kernel - 1) + outputPadding + 1.
public func convTranspose2d(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some SpatialSizes = 1, padding: some SpatialSizes = 0,
  outputPadding: some SpatialSizes = 0, groups: Int = 1, dilation: some SpatialSizes = 1
) -> Tensor {
  convolveTransposed(
    "conv_transpose2d", 2, x, weight, bias, stride.spatialSizes, padding.spatialSizes, outputPadding.spatialSizes, groups,
    dilation.spatialSizes)
}

/// Returns the transpose of `conv3d` applied to volumes, as `convTranspose2d` of images.
public func convTranspose3d(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: some SpatialSizes = 1, padding: some SpatialSizes = 0,
  outputPadding: some SpatialSizes = 0, groups: Int = 1, dilation: some SpatialSizes = 1
) -> Tensor {
  convolveTransposed(
    "conv_transpose3d", 3, x, weight, bias, stride.spatialSizes, padding.spatialSizes, outputPadding.spatialSizes, groups,
    dilation.spatialSizes)
}

extension Convolutions {
  /// What is composed of the family's operations.
  static let composed: [OperationInfo] = [
    OperationInfo(
      "conv1d, conv3d", "The correlation of lines (volumes) with filters.", call: "conv1d(x, w, b)",
      formula: "y[n, m, o] = sum over c, k of x[n, c, o stride - padding + k dilation] w[m, c, k] + b[m]",
      derivative: "as of conv2d", shapes: "[n, c, l], [m, c / groups, k], [m] -> [n, m, l']",
      samples: [
        .init("line", [.init([1, 2, 6]), .init([2, 2, 3]), .init([2])]) { conv1d($0[0], $0[1], $0[2], padding: 1) },
        .init("volume", [.init([1, 1, 3, 3, 3]), .init([2, 1, 2, 2, 2])]) { conv3d($0[0], $0[1]) },
      ]),
    OperationInfo(
      "convTranspose1d, convTranspose3d", "The transpose of a convolution of lines (volumes).", call: "convTranspose1d(x, w, b)",
      formula: "x[n, c, o stride - padding + k dilation] += y[n, m, o] w[m, c, k]",
      derivative: "as of convTranspose2d", shapes: "[n, m, l], [m, c / groups, k], [c] -> [n, c, l']",
      samples: [
        .init("line", [.init([1, 2, 4]), .init([2, 2, 3]), .init([2])]) { convTranspose1d($0[0], $0[1], $0[2], stride: 2) },
        .init("volume", [.init([1, 1, 2, 2, 2]), .init([1, 2, 2, 2, 2])]) { convTranspose3d($0[0], $0[1]) },
      ]),
  ]
}

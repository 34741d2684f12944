extension PoolWindows {
  /// Windows of one size at equal distances, as PyTorch counts them.
  init(
    _ x: Tensor, kernel: [Int], stride: [Int]?, padding: [Int], dilation: [Int] = [1], ceilMode: Bool, countIncludePad: Bool = true,
    dims: Int = 2, _ operation: String
  ) throws(TensorError) {
    let kernel = try Spatial.spread(kernel, dims, "kernel_size", atLeast: 1, "kernel size should be greater than zero", operation)
    let stride = try Spatial.spread(
      stride.flatMap { $0.isEmpty ? nil : $0 } ?? kernel, dims, "stride", atLeast: 1, "stride should be greater than zero", operation)
    let padding = try Spatial.spread(padding, dims, "padding", atLeast: 0, "pad must be non-negative", operation)
    let dilation = try Spatial.spread(dilation, dims, "dilation", atLeast: 1, "dilation should be greater than zero", operation)
    var lines: [Line] = []
    for d in 0..<dims {
      let size = x.size(x.rank - dims + d)
      try Rules.checkMemory(size, bytes: 24)
      let reach = dilation[d] * (kernel[d] - 1) + 1
      guard padding[d] <= reach / 2 else {
        throw TensorError(
          .argument,
          "pad should be at most half of effective kernel size, but got pad=\(padding[d]), kernel_size=\(kernel[d]) and "
            + "dilation=\(dilation[d])", hint: "A window must hold some of the image.", operation: operation)
      }
      let line = Line(
        size: size, kernel: kernel[d], stride: stride[d], padding: padding[d], dilation: dilation[d], ceilMode: ceilMode,
        countIncludePad: countIncludePad)
      guard !line.start.isEmpty else {
        throw TensorError(
          .shape, "Given input size: \(x.shape). Calculated output size is too small",
          hint: "A window of \(reach) elements does not fit.", operation: operation)
      }
      lines.append(line)
    }
    self.lines = lines
    form = .sliding(kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }

  /// Windows that share the image out evenly among outputs; nil keeps a size.
  init(adaptive x: Tensor, _ sizes: [Int?], dims: Int = 2, _ operation: String) throws(TensorError) {
    let sizes = sizes.count == 1 ? Array(repeating: sizes[0], count: dims) : sizes
    guard sizes.count == dims else {
      throw TensorError(
        .argument, "\(operation): internal error: output_size.size() must be \(dims)", hint: "Give one size or \(dims).",
        operation: operation)
    }
    var lines: [Line] = []
    for d in 0..<dims {
      let size = x.size(x.rank - dims + d), count = sizes[d] ?? size
      guard count >= 0, size > 0 else {
        throw TensorError(
          .shape, "\(operation): Expected input to have non-zero size for non-batch dimensions, but input has sizes \(x.shape)",
          hint: "Sizes are 0 or more, and of an empty image there is no mean.", operation: operation)
      }
      try Rules.checkMemory(count, bytes: 24)
      try Rules.checkMemory(size, bytes: 24)
      var line = Line(size: size)
      for o in 0..<count {
        let start = o * size / count, end = ((o + 1) * size + count - 1) / count
        line.start.append(Int64(start))
        line.end.append(Int64(end))
        line.divisor.append(Int64(end - start))
      }
      lines.append(line)
    }
    self.lines = lines
    form = .adaptive(lines.map(\.start.count))
  }
}

extension PoolWindows.Line {
  init(size: Int, kernel: Int, stride: Int, padding: Int, dilation: Int, ceilMode: Bool, countIncludePad: Bool) {
    self.init(size: size, step: dilation)
    let reach = dilation * (kernel - 1) + 1, room = size + 2 * padding - reach
    guard room >= 0 || (ceilMode && room + stride > 0) else { return }
    var count = (room + (ceilMode ? stride - 1 : 0)) / stride + 1
    // The last window must begin inside the image or its left padding.
    if ceilMode, (count - 1) * stride >= size + padding { count -= 1 }
    for o in 0..<Swift.max(count, 0) {
      let begin = o * stride - padding, stop = Swift.min(begin + reach, size + padding)
      let start = begin < 0 ? begin + (-begin + dilation - 1) / dilation * dilation : begin
      let end = Swift.min(begin + reach, size)
      self.start.append(Int64(start))
      self.end.append(Int64(end))
      divisor.append(Int64(countIncludePad ? stop - begin : end - start))
    }
  }
}

/// Calls `body` with images, or volumes; a sequence becomes an image one row high.
func pooled(
  _ x: Tensor, dims: Int = 2, _ operation: String, _ body: (Tensor) throws(TensorError) -> Tensor
) -> Tensor {
  orFail([x]) { () throws(TensorError) in
    _ = try Spatial.isUnbatched(x, dims, operation)
    // What adapts looks at all but the first dimension, and means of planes and sequences at what they pool alone.
    let isAdaptive = operation.hasPrefix("adaptive"), isMean = operation.hasPrefix("adaptive_avg") && dims < 3
    if isAdaptive ? !isMean && x.shape.dropFirst().contains(0) : x.shape.suffix(dims + 1).contains(0) {
      throw TensorError(
        .shape,
        "\(operation): Expected \(dims + 1)D or \(dims + 2)D (batch mode) tensor with optional 0 dim batch size for input, but got:\(x.shape)",
        hint: "Only the batch may be empty.", operation: operation)
    }
    return dims == 1 ? try body(x.unsqueezed(-2)).squeezed(-2) : try body(x)
  }
}

/// The sizes of a one-dimensional pool as those of a plane one row high.
private func inPlane(_ sizes: [Int], _ first: Int, _ name: String, _ operation: String) throws(TensorError) -> [Int] {
  [first, try Spatial.spread(sizes, 1, name, operation)[0]]
}

/// Returns the largest element of each window of sequences [n, channels, length], as `maxPool2d` of images.
public func maxPool1d(
  _ x: Tensor, kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0,
  dilation: some SpatialSizes = 1, ceilMode: Bool = false
) -> Tensor {
  // PyTorch's kernel for the values alone takes no integers, the one that finds the indices too does.
  if !x.dtype.isFloatingPoint { return fail(Rules.notImplemented("max_pool1d_impl", x.dtype, "maxPool1d").describing([x])) }
  return maxPool1dWithIndices(x, kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode).values
}

/// Returns `maxPool1d` and where in its sequence each largest element stands.
public func maxPool1dWithIndices(
  _ x: Tensor, kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0,
  dilation: some SpatialSizes = 1, ceilMode: Bool = false
) -> ValuesAndIndices {
  let name = "max_pool1d"
  var indices = x
  let values = pooled(x, dims: 1, name) { x throws(TensorError) in
    let kernel = try inPlane(kernel.spatialSizes, 1, "kernel_size", name)
    let steps = stride?.spatialSizes ?? []
    let windows = try PoolWindows(
      x, kernel: kernel, stride: steps.isEmpty ? nil : try inPlane(steps, 1, "stride", name),
      padding: try inPlane(padding.spatialSizes, 0, "padding", name), dilation: try inPlane(dilation.spatialSizes, 1, "dilation", name),
      ceilMode: ceilMode, name)
    let pooled = MaxPool(windows: windows, isAdaptive: false)([x])
    indices = pooled.count > 1 ? pooled[1].squeezed(-2) : pooled[0]
    return pooled[0]
  }
  return ValuesAndIndices(values: values, indices: indices)
}

/// Returns the largest element of each window.
///
///     maxPool2d(images, kernel: 2)   // half as high and wide
///
/// - Parameters:
///   - x: [n, channels, height, width], or one image.
///   - kernel: the size of a window.
///   - stride: how far apart windows lie; the kernel's size where nil.
///   - padding: how far windows reach over the border; what lies there is never the largest.
///   - dilation: how far apart the elements of a window lie.
///   - ceilMode: whether the last window may reach over the border.
/// - Returns: [n, channels, height', width']; the gradient goes to the first of equal elements.
public func maxPool2d(
  _ x: Tensor, kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0,
  dilation: some SpatialSizes = 1, ceilMode: Bool = false
) -> Tensor {
  maxPool2dWithIndices(x, kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode).values
}

/// Returns `maxPool2d` and where each largest element stands, counted row by row in its plane.
public func maxPool2dWithIndices(
  _ x: Tensor, kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0,
  dilation: some SpatialSizes = 1, ceilMode: Bool = false
) -> ValuesAndIndices {
  var indices = x
  let values = pooled(x, "max_pool2d") { x throws(TensorError) in
    let windows = try PoolWindows(
      x, kernel: kernel.spatialSizes, stride: stride?.spatialSizes, padding: padding.spatialSizes, dilation: dilation.spatialSizes,
      ceilMode: ceilMode, "max_pool2d")
    let pooled = MaxPool(windows: windows, isAdaptive: false)([x])
    indices = pooled.count > 1 ? pooled[1] : pooled[0]
    return pooled[0]
  }
  return ValuesAndIndices(values: values, indices: indices)
}

/// Returns the largest elements of the windows that share an image out among outputs of the sizes given; nil keeps a size.
public func adaptiveMaxPool2d(_ x: Tensor, _ sizes: [Int?]) -> Tensor { adaptiveMaxPool2dWithIndices(x, sizes).values }

/// Returns `adaptiveMaxPool2d` and where each largest element stands, counted row by row in its plane.
public func adaptiveMaxPool2dWithIndices(_ x: Tensor, _ sizes: [Int?]) -> ValuesAndIndices {
  var indices = x
  let values = pooled(x, "adaptive_max_pool2d") { x throws(TensorError) in
    let pooled = MaxPool(windows: try PoolWindows(adaptive: x, sizes, "adaptive_max_pool2d"), isAdaptive: true)([x])
    indices = pooled.count > 1 ? pooled[1] : pooled[0]
    return pooled[0]
  }
  return ValuesAndIndices(values: values, indices: indices)
}

/// Returns the largest elements of the windows that share a sequence out among `size` outputs.
public func adaptiveMaxPool1d(_ x: Tensor, _ size: Int) -> Tensor { adaptiveMaxPool1dWithIndices(x, size).values }

/// Returns the largest elements of the windows that share a sequence out among `size` outputs, and where they stand.
public func adaptiveMaxPool1dWithIndices(_ x: Tensor, _ size: Int) -> ValuesAndIndices {
  var indices = x
  let values = pooled(x, dims: 1, "adaptive_max_pool1d") { x throws(TensorError) in
    let pooled = MaxPool(windows: try PoolWindows(adaptive: x, [1, size], "adaptive_max_pool1d"), isAdaptive: true)([x])
    indices = pooled.count > 1 ? pooled[1].squeezed(-2) : pooled[0]
    return pooled[0]
  }
  return ValuesAndIndices(values: values, indices: indices)
}

/// Returns the mean of each window of sequences [n, channels, length], as `avgPool2d` of images.
public func avgPool1d(
  _ x: Tensor, kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0, ceilMode: Bool = false,
  countIncludePad: Bool = true
) -> Tensor {
  let name = "avg_pool1d"
  return pooled(x, dims: 1, name) { x throws(TensorError) in
    let steps = stride?.spatialSizes ?? []
    let windows = try PoolWindows(
      x, kernel: try inPlane(kernel.spatialSizes, 1, "kernel_size", name),
      stride: steps.isEmpty ? nil : try inPlane(steps, 1, "stride", name),
      padding: try inPlane(padding.spatialSizes, 0, "padding", name), ceilMode: ceilMode, countIncludePad: countIncludePad, name)
    return MeanPool(windows: windows, isAdaptive: false)(x)
  }
}

/// Returns the mean of each window.
///
/// - Parameters:
///   - x: [n, channels, height, width], or one image.
///   - kernel: the size of a window.
///   - stride: how far apart windows lie; the kernel's size where nil.
///   - padding: how many zeros surround the image.
///   - ceilMode: whether the last window may reach over the border.
///   - countIncludePad: whether the padding counts among what a sum is divided by.
///   - divisorOverride: what a sum is divided by instead of the window's size.
public func avgPool2d(
  _ x: Tensor, kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0, ceilMode: Bool = false,
  countIncludePad: Bool = true, divisorOverride: Int? = nil
) -> Tensor {
  averaged(x, kernel, stride, padding, ceilMode, countIncludePad, divisorOverride, dims: 2, "avg_pool2d")
}

/// Means over windows of images, or volumes.
func averaged(
  _ x: Tensor, _ kernel: some SpatialSizes, _ stride: (any SpatialSizes)?, _ padding: some SpatialSizes, _ ceilMode: Bool,
  _ countIncludePad: Bool, _ divisorOverride: Int?, dims: Int, _ operation: String
) -> Tensor {
  pooled(x, dims: dims, operation) { x throws(TensorError) in
    if divisorOverride == 0 {
      throw TensorError(.argument, "divisor must be not zero", hint: "Leave it out to divide by the size.", operation: operation)
    }
    var windows = try PoolWindows(
      x, kernel: kernel.spatialSizes, stride: stride?.spatialSizes, padding: padding.spatialSizes, ceilMode: ceilMode,
      countIncludePad: countIncludePad, dims: dims, operation)
    windows.fixedDivisor = Double(divisorOverride ?? 0)
    return MeanPool(windows: windows, isAdaptive: false)(x)
  }
}

/// Returns the means of the windows that share a sequence out among `size` outputs.
public func adaptiveAvgPool1d(_ x: Tensor, _ size: Int) -> Tensor {
  pooled(x, dims: 1, "adaptive_avg_pool1d") { x throws(TensorError) in
    MeanPool(windows: try PoolWindows(adaptive: x, [1, size], "adaptive_avg_pool1d"), isAdaptive: true)(x)
  }
}

/// Returns the means of the windows that share an image out among outputs of the sizes given; nil keeps a size.
public func adaptiveAvgPool2d(_ x: Tensor, _ sizes: [Int?]) -> Tensor {
  pooled(x, "adaptive_avg_pool2d") { x throws(TensorError) in
    if sizes.allSatisfy({ $0 == 1 }), x.count > 0 { return x.mean(dim: [-1, -2], keepDim: true) }
    return MeanPool(windows: try PoolWindows(adaptive: x, sizes, "adaptive_avg_pool2d"), isAdaptive: true)(x)
  }
}

/// Returns the means of the windows that share an image out among `size` by `size` outputs.
public func adaptiveAvgPool2d(_ x: Tensor, _ size: Int) -> Tensor { adaptiveAvgPool2d(x, [size]) }

extension Pooling {
  /// What is composed of the family's operations.
  static let composed: [OperationInfo] = [
    OperationInfo(
      "maxPool1d, maxPool1dWithIndices", "The largest element of each window of a line.", call: "maxPool1d(x, kernel: 2)",
      formula: "max over the window",
      derivative: "dy at the first largest, else 0", shapes: "[..., l] -> [..., l']",
      samples: [
        .init("", [.init([2, 3, 7], .distinct)]) { maxPool1d($0[0], kernel: 3, stride: 2) },
        .init("with indices", [.init([3, 6], .distinct)]) { maxPool1dWithIndices($0[0], kernel: 2).values },
      ]),
    OperationInfo(
      "adaptiveMaxPool2d, adaptiveMaxPool2dWithIndices", "The largest element of windows that give a result of this size.",
      call: "adaptiveMaxPool2d(x, [2, 2])", formula: "max over the window",
      derivative: "dy at the first largest, else 0", shapes: "[..., h, w] -> [..., a, b]",
      takesIntegers: false,
      samples: [
        .init("", [.init([2, 5, 4], .distinct)]) { adaptiveMaxPool2d($0[0], [2, 2]) },
        .init("with indices", [.init([1, 2, 4, 4], .distinct)]) { adaptiveMaxPool2dWithIndices($0[0], [2, nil]).values },
      ]),
    OperationInfo(
      "adaptiveMaxPool1d, adaptiveMaxPool1dWithIndices", "The largest element of windows that give a line of this size.",
      call: "adaptiveMaxPool1d(x, 2)", formula: "max over the window",
      derivative: "dy at the first largest, else 0", shapes: "[..., l] -> [..., a]",
      takesIntegers: false,
      samples: [
        .init("", [.init([2, 5], .distinct)]) { adaptiveMaxPool1d($0[0], 2) },
        .init("with indices", [.init([2, 4], .distinct)]) { adaptiveMaxPool1dWithIndices($0[0], 3).values },
      ]),
    OperationInfo(
      "maxPool2dWithIndices", "The largest element of each window, and where it stood.", call: "maxPool2dWithIndices(x, kernel: 2)",
      formula: "max over the window",
      derivative: "dy at the first largest, else 0", shapes: "[..., h, w] -> [..., h', w']",
      samples: [
        .init("", [.init([2, 4, 6], .distinct)]) { maxPool2dWithIndices($0[0], kernel: 2).values }
      ]),
    OperationInfo(
      "avgPool1d", "The mean of each window of a line.", call: "avgPool1d(x, kernel: 2)", formula: "sum over the window / size",
      derivative: "dy / size, added to each element of the window", shapes: "[..., l] -> [..., l']",
      samples: [
        .init("", [.init([2, 7])]) { avgPool1d($0[0], kernel: 3, stride: 2, padding: 1) }
      ]),
    OperationInfo(
      "adaptiveAvgPool1d, adaptiveAvgPool2d", "The mean of windows that give a result of this size.", call: "adaptiveAvgPool2d(x, [2, 2])",
      formula: "sum over the window / size",
      derivative: "dy / size, added to each element of the window", shapes: "[..., h, w] -> [..., a, b]",
      takesIntegers: false,
      samples: [
        .init("line", [.init([2, 5])]) { adaptiveAvgPool1d($0[0], 2) },
        .init("plane", [.init([2, 5, 4])]) { adaptiveAvgPool2d($0[0], [2, 3]) },
        .init("one", [.init([2, 3, 4])]) { adaptiveAvgPool2d($0[0], 1) },
      ]),
  ]
}

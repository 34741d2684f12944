/// Returns the largest element of each window of volumes [n, channels, depth, height, width], as `maxPool2d` of images.
public func maxPool3d(
  _ x: Tensor, kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0,
  dilation: some SpatialSizes = 1, ceilMode: Bool = false
) -> Tensor {
  maxPool3dWithIndices(x, kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode).values
}

/// Returns `maxPool3d` and where each largest element stands, counted row by row in its volume.
public func maxPool3dWithIndices(
  _ x: Tensor, kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0,
  dilation: some SpatialSizes = 1, ceilMode: Bool = false
) -> ValuesAndIndices {
  var indices = x
  let values = pooled(x, dims: 3, "max_pool3d") { x throws(TensorError) in
    let windows = try PoolWindows(
      x, kernel: kernel.spatialSizes, stride: stride?.spatialSizes, padding: padding.spatialSizes, dilation: dilation.spatialSizes,
      ceilMode: ceilMode, dims: 3, "max_pool3d")
    let all = MaxPool(windows: windows, isAdaptive: false)([x])
    indices = all.count > 1 ? all[1] : all[0]
    return all[0]
  }
  return ValuesAndIndices(values: values, indices: indices)
}

/// Returns the largest elements of the windows that share a volume out among outputs of the sizes given; nil keeps a size.
public func adaptiveMaxPool3d(_ x: Tensor, _ sizes: [Int?]) -> Tensor { adaptiveMaxPool3dWithIndices(x, sizes).values }

/// Returns `adaptiveMaxPool3d` and where each largest element stands, counted row by row in its volume.
public func adaptiveMaxPool3dWithIndices(_ x: Tensor, _ sizes: [Int?]) -> ValuesAndIndices {
  var indices = x
  let values = pooled(x, dims: 3, "adaptive_max_pool3d") { x throws(TensorError) in
    let all = MaxPool(windows: try PoolWindows(adaptive: x, sizes, dims: 3, "adaptive_max_pool3d"), isAdaptive: true)([x])
    indices = all.count > 1 ? all[1] : all[0]
    return all[0]
  }
  return ValuesAndIndices(values: values, indices: indices)
}

/// Returns the mean of each window of volumes.
///
/// - Parameters:
///   - x: [n, channels, depth, height, width], or one volume.
///   - kernel: the size of a window.
///   - stride: how far apart windows lie; the kernel's size where nil.
///   - padding: how many zeros surround the volume.
///   - ceilMode: whether the last window may reach over the border.
///   - countIncludePad: whether the padding counts among what a sum is divided by.
///   - divisorOverride: what a sum is divided by instead of the window's size.
public func avgPool3d(
  _ x: Tensor, kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0, ceilMode: Bool = false,
  countIncludePad: Bool = true, divisorOverride: Int? = nil
) -> Tensor {
  averaged(x, kernel, stride, padding, ceilMode, countIncludePad, divisorOverride, dims: 3, "avg_pool3d")
}

/// Returns the means of the windows that share a volume out among outputs of the sizes given; nil keeps a size.
public func adaptiveAvgPool3d(_ x: Tensor, _ sizes: [Int?]) -> Tensor {
  pooled(x, dims: 3, "adaptive_avg_pool3d") { x throws(TensorError) in
    if sizes.allSatisfy({ $0 == 1 }), x.count > 0 { return x.mean(dim: [-1, -2, -3], keepDim: true) }
    return MeanPool(windows: try PoolWindows(adaptive: x, sizes, dims: 3, "adaptive_avg_pool3d"), isAdaptive: true)(x)
  }
}

extension Pooling {
  /// The same operations over volumes.
  static let volumes: [OperationInfo] = [
    OperationInfo(
      "maxPool3d, maxPool3dWithIndices", "The largest element of each window of volumes.", call: "maxPool3d(x, kernel: 2)",
      formula: "max over the window",
      derivative: "dy at the first largest, else 0", shapes: "[..., d, h, w] -> [..., d', h', w']",
      samples: [
        .init("", [.init([1, 2, 3, 4, 3], .distinct)]) { maxPool3d($0[0], kernel: [2, 3, 2], stride: [1, 2, 1], padding: 1) },
        .init("with indices", [.init([1, 2, 4, 2], .distinct)]) { maxPool3dWithIndices($0[0], kernel: 2).values },
      ]),
    OperationInfo(
      "adaptiveMaxPool3d, adaptiveMaxPool3dWithIndices", "The largest element of windows that give a volume of this size.",
      call: "adaptiveMaxPool3d(x, [2, 2, 2])", formula: "max over the window",
      derivative: "dy at the first largest, else 0", shapes: "[..., d, h, w] -> [..., a, b, c]",
      takesIntegers: false,
      samples: [
        .init("", [.init([1, 3, 4, 3], .distinct)]) { adaptiveMaxPool3d($0[0], [2, 2, nil]) },
        .init("with indices", [.init([1, 2, 3, 2], .distinct)]) { adaptiveMaxPool3dWithIndices($0[0], [1]).values },
      ]),
    OperationInfo(
      "avgPool3d", "The mean of each window of volumes.", call: "avgPool3d(x, kernel: 2)", formula: "sum over the window / size",
      derivative: "dy / size, added to each element of the window", shapes: "[..., d, h, w] -> [..., d', h', w']",
      samples: [
        .init("", [.init([1, 2, 3, 4, 3])]) { avgPool3d($0[0], kernel: [2, 3, 2], stride: [1, 2, 1], padding: 1) },
        .init("divisor", [.init([1, 2, 4, 2])]) { avgPool3d($0[0], kernel: 2, divisorOverride: 3) },
      ]),
    OperationInfo(
      "adaptiveAvgPool3d", "The mean of windows that give a volume of this size.", call: "adaptiveAvgPool3d(x, [2, 2, 2])",
      formula: "sum over the window / size",
      derivative: "dy / size, added to each element of the window", shapes: "[..., d, h, w] -> [..., a, b, c]",
      takesIntegers: false,
      samples: [
        .init("", [.init([1, 3, 4, 3])]) { adaptiveAvgPool3d($0[0], [2, 2, nil]) },
        .init("one", [.init([1, 2, 3, 2])]) { adaptiveAvgPool3d($0[0], [1]) },
      ]),
  ]
}

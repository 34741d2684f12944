public import ChainRule

/// What means of windows have in common.
public class AvgPoolLayer: Layer, SelfCopying {
  let kernel: [Int]
  let stride: [Int]
  let padding: [Int]
  let ceilMode: Bool
  let countIncludePad: Bool
  let divisorOverride: Int?

  init(_ kernel: [Int], _ stride: [Int]?, _ padding: [Int], _ ceilMode: Bool, _ countIncludePad: Bool, _ divisorOverride: Int?) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
    self.ceilMode = ceilMode
    self.countIncludePad = countIncludePad
    self.divisorOverride = divisorOverride
  }

  required init(copying other: AvgPoolLayer, _ copier: ModuleCopier) {
    kernel = other.kernel
    stride = other.stride
    padding = other.padding
    ceilMode = other.ceilMode
    countIncludePad = other.countIncludePad
    divisorOverride = other.divisorOverride
  }

  /// Applies the layer.
  public func forward(_ x: Tensor) -> Tensor { x }

  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    "kernel_size=\(PythonText.sizes(kernel)), stride=\(PythonText.sizes(stride)), padding=\(PythonText.sizes(padding))"
  }
}

/// The mean of each window of sequences.
public final class AvgPool1d: AvgPoolLayer {
  /// Windows of `kernel` elements, `stride` apart; side by side where that is nil.
  public convenience init(_ kernel: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false, countIncludePad: Bool = true) {
    self.init([kernel], stride.map { [$0] }, [padding], ceilMode, countIncludePad, nil)
  }
  /// Returns [n, channels, length'] for x of [n, channels, length].
  public override func forward(_ x: Tensor) -> Tensor {
    avgPool1d(x, kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad)
  }
  /// What stands between the parentheses when the layer is printed: tuples of one.
  public override var extraDescription: String {
    "kernel_size=\(PythonText.tuple(kernel)), stride=\(PythonText.tuple(stride)), padding=\(PythonText.tuple(padding))"
  }
}

/// The mean of each window of images.
public final class AvgPool2d: AvgPoolLayer {
  /// Windows of `kernel` elements in each dimension, `stride` apart; side by side where that is nil.
  public convenience init(
    _ kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0, ceilMode: Bool = false,
    countIncludePad: Bool = true, divisorOverride: Int? = nil
  ) {
    self.init(kernel.spatialSizes, stride?.spatialSizes, padding.spatialSizes, ceilMode, countIncludePad, divisorOverride)
  }
  /// Returns [n, channels, height', width'] for x of [n, channels, height, width].
  public override func forward(_ x: Tensor) -> Tensor {
    avgPool2d(
      x, kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
      divisorOverride: divisorOverride)
  }
}

/// The mean of each window of volumes.
public final class AvgPool3d: AvgPoolLayer {
  /// Windows of `kernel` elements in each dimension, `stride` apart; side by side where that is nil.
  public convenience init(
    _ kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0, ceilMode: Bool = false,
    countIncludePad: Bool = true, divisorOverride: Int? = nil
  ) {
    self.init(kernel.spatialSizes, stride?.spatialSizes, padding.spatialSizes, ceilMode, countIncludePad, divisorOverride)
  }
  /// Returns [n, channels, depth', height', width'] for x of [n, channels, depth, height, width].
  public override func forward(_ x: Tensor) -> Tensor {
    avgPool3d(
      x, kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
      divisorOverride: divisorOverride)
  }
}

/// What pools by a norm have in common.
public class LPPoolLayer: Layer, SelfCopying {
  private let norm: WrittenNumber
  let kernel: [Int]
  let stride: [Int]?
  let ceilMode: Bool
  var normType: Double { norm.value }

  init(_ norm: WrittenNumber, _ kernel: [Int], _ stride: [Int]?, _ ceilMode: Bool) {
    self.norm = norm
    self.kernel = kernel
    self.stride = stride
    self.ceilMode = ceilMode
  }

  required init(copying other: LPPoolLayer, _ copier: ModuleCopier) {
    norm = other.norm
    kernel = other.kernel
    stride = other.stride
    ceilMode = other.ceilMode
  }

  /// Applies the layer.
  public func forward(_ x: Tensor) -> Tensor { x }

  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    "norm_type=\(norm.text), kernel_size=\(PythonText.sizes(kernel)), stride=\(stride.map(PythonText.sizes) ?? "None"), "
      + "ceil_mode=\(PythonText.text(ceilMode))"
  }
}

/// The p-norm of each window of sequences: (sum x^p)^(1/p).
public final class LPPool1d: LPPoolLayer {
  /// Windows of `kernel` elements, `stride` apart; side by side where that is nil.
  public convenience init(
    _ normType: some TensorScalar, _ kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, ceilMode: Bool = false
  ) {
    self.init(WrittenNumber(normType), kernel.spatialSizes, stride?.spatialSizes, ceilMode)
  }
  /// Returns [n, channels, length'] for x of [n, channels, length].
  public override func forward(_ x: Tensor) -> Tensor {
    lpPool1d(x, normType: normType, kernel: kernel, stride: stride, ceilMode: ceilMode)
  }
}

/// The p-norm of each window of images: (sum x^p)^(1/p).
public final class LPPool2d: LPPoolLayer {
  /// Windows of `kernel` elements in each dimension, `stride` apart; side by side where that is nil.
  public convenience init(
    _ normType: some TensorScalar, _ kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, ceilMode: Bool = false
  ) {
    self.init(WrittenNumber(normType), kernel.spatialSizes, stride?.spatialSizes, ceilMode)
  }
  /// Returns [n, channels, height', width'] for x of [n, channels, height, width].
  public override func forward(_ x: Tensor) -> Tensor {
    lpPool2d(x, normType: normType, kernel: kernel, stride: stride, ceilMode: ceilMode)
  }
}

/// The p-norm of each window of volumes: (sum x^p)^(1/p).
public final class LPPool3d: LPPoolLayer {
  /// Windows of `kernel` elements in each dimension, `stride` apart; side by side where that is nil.
  public convenience init(
    _ normType: some TensorScalar, _ kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, ceilMode: Bool = false
  ) {
    self.init(WrittenNumber(normType), kernel.spatialSizes, stride?.spatialSizes, ceilMode)
  }
  /// Returns [n, channels, depth', height', width'] for x of [n, channels, depth, height, width].
  public override func forward(_ x: Tensor) -> Tensor {
    lpPool3d(x, normType: normType, kernel: kernel, stride: stride, ceilMode: ceilMode)
  }
}

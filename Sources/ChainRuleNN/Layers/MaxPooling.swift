public import ChainRule

/// What max pools have in common.
public class MaxPoolLayer: Layer, SelfCopying {
  let kernel: [Int]
  let stride: [Int]
  let padding: [Int]
  let dilation: [Int]
  let ceilMode: Bool

  init(_ kernel: [Int], _ stride: [Int]?, _ padding: [Int], _ dilation: [Int], _ ceilMode: Bool) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
    self.dilation = dilation
    self.ceilMode = ceilMode
  }

  required init(copying other: MaxPoolLayer, _ copier: ModuleCopier) {
    kernel = other.kernel
    stride = other.stride
    padding = other.padding
    dilation = other.dilation
    ceilMode = other.ceilMode
  }

  /// Applies the layer.
  public final func forward(_ x: Tensor) -> Tensor { withIndices(x).values }

  /// Returns what the layer returns and where each largest element stands, counted row by row.
  public func withIndices(_ x: Tensor) -> ValuesAndIndices { ValuesAndIndices(values: x, indices: x) }

  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    "kernel_size=\(PythonText.sizes(kernel)), stride=\(PythonText.sizes(stride)), padding=\(PythonText.sizes(padding)), "
      + "dilation=\(PythonText.sizes(dilation)), ceil_mode=\(PythonText.text(ceilMode))"
  }
}

/// The largest element of each window of sequences.
public final class MaxPool1d: MaxPoolLayer {
  /// Windows of `kernel` elements, `stride` apart; side by side where that is nil.
  ///
  /// - Parameters:
  ///   - kernel: the size of a window.
  ///   - stride: how far one window is from the next.
  ///   - padding: how far windows reach over the border; what lies there is never the largest.
  ///   - dilation: how far apart the elements of a window lie.
  ///   - ceilMode: whether the last window may reach over the border.
  public convenience init(
    _ kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0, dilation: some SpatialSizes = 1,
    ceilMode: Bool = false
  ) {
    self.init(kernel.spatialSizes, stride?.spatialSizes, padding.spatialSizes, dilation.spatialSizes, ceilMode)
  }
  /// Returns [n, channels, length'] for x of [n, channels, length], and where each element stands.
  public override func withIndices(_ x: Tensor) -> ValuesAndIndices {
    maxPool1dWithIndices(x, kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }
}

/// The largest element of each window of images.
public final class MaxPool2d: MaxPoolLayer {
  /// Windows of `kernel` elements in each dimension, `stride` apart; side by side where that is nil.
  ///
  /// - Parameters:
  ///   - kernel: the size of a window.
  ///   - stride: how far one window is from the next.
  ///   - padding: how far windows reach over the border; what lies there is never the largest.
  ///   - dilation: how far apart the elements of a window lie.
  ///   - ceilMode: whether the last window may reach over the border.
  public convenience init(
    _ kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0, dilation: some SpatialSizes = 1,
    ceilMode: Bool = false
  ) {
    self.init(kernel.spatialSizes, stride?.spatialSizes, padding.spatialSizes, dilation.spatialSizes, ceilMode)
  }
  /// Returns [n, channels, height', width'] for x of [n, channels, height, width], and where each element stands.
  public override func withIndices(_ x: Tensor) -> ValuesAndIndices {
    maxPool2dWithIndices(x, kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }
}

/// The largest element of each window of volumes.
public final class MaxPool3d: MaxPoolLayer {
  /// Windows of `kernel` elements in each dimension, `stride` apart; side by side where that is nil.
  ///
  /// - Parameters:
  ///   - kernel: the size of a window.
  ///   - stride: how far one window is from the next.
  ///   - padding: how far windows reach over the border; what lies there is never the largest.
  ///   - dilation: how far apart the elements of a window lie.
  ///   - ceilMode: whether the last window may reach over the border.
  public convenience init(
    _ kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0, dilation: some SpatialSizes = 1,
    ceilMode: Bool = false
  ) {
    self.init(kernel.spatialSizes, stride?.spatialSizes, padding.spatialSizes, dilation.spatialSizes, ceilMode)
  }
  /// Returns [n, channels, depth', height', width'] for x of [n, channels, depth, height, width], and where each element stands.
  public override func withIndices(_ x: Tensor) -> ValuesAndIndices {
    maxPool3dWithIndices(x, kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }
}

/// What unpools have in common.
public class MaxUnpoolLayer: HookedModule, SelfCopying {
  let kernel: [Int]
  let stride: [Int]
  let padding: [Int]

  init(_ dims: Int, _ kernel: [Int], _ stride: [Int]?, _ padding: [Int]) {
    func spread(_ sizes: [Int]) -> [Int] { sizes.count == 1 ? Array(repeating: sizes[0], count: dims) : sizes }
    self.kernel = spread(kernel)
    self.stride = spread(stride ?? kernel)
    self.padding = spread(padding)
  }

  required init(copying other: MaxUnpoolLayer, _ copier: ModuleCopier) {
    kernel = other.kernel
    stride = other.stride
    padding = other.padding
  }

  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    "kernel_size=\(PythonText.tuple(kernel)), stride=\(PythonText.tuple(stride)), padding=\(PythonText.tuple(padding))"
  }
}

/// What `MaxPool1d` took away, put back among zeros.
public final class MaxUnpool1d: MaxUnpoolLayer {
  /// The inverse of a pool with this kernel, stride and padding.
  public convenience init(_ kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0) {
    self.init(1, kernel.spatialSizes, stride?.spatialSizes, padding.spatialSizes)
  }
  /// Returns [n, channels, length] for x of [n, channels, length'] and where its elements stood.
  ///
  /// - Parameters:
  ///   - x: the pooled values.
  ///   - indices: where the largest elements stood.
  ///   - outputSize: the sizes of the result, where a pool of several sizes gives the input's.
  public func callAsFunction(_ x: Tensor, _ indices: Tensor, outputSize: [Int]? = nil) -> Tensor {
    withHooks([x, indices]) {
      [maxUnpool1d($0[0], $0[1], kernel: kernel, stride: stride, padding: padding, outputSize: outputSize)]
    }[0]
  }
}

/// What `MaxPool2d` took away, put back among zeros.
public final class MaxUnpool2d: MaxUnpoolLayer {
  /// The inverse of a pool with this kernel, stride and padding.
  public convenience init(_ kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0) {
    self.init(2, kernel.spatialSizes, stride?.spatialSizes, padding.spatialSizes)
  }
  /// Returns [n, channels, height, width] for x of [n, channels, height', width'] and where its elements stood.
  ///
  /// - Parameters:
  ///   - x: the pooled values.
  ///   - indices: where the largest elements stood.
  ///   - outputSize: the sizes of the result, where a pool of several sizes gives the input's.
  public func callAsFunction(_ x: Tensor, _ indices: Tensor, outputSize: [Int]? = nil) -> Tensor {
    withHooks([x, indices]) {
      [maxUnpool2d($0[0], $0[1], kernel: kernel, stride: stride, padding: padding, outputSize: outputSize)]
    }[0]
  }
}

/// What `MaxPool3d` took away, put back among zeros.
public final class MaxUnpool3d: MaxUnpoolLayer {
  /// The inverse of a pool with this kernel, stride and padding.
  public convenience init(_ kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0) {
    self.init(3, kernel.spatialSizes, stride?.spatialSizes, padding.spatialSizes)
  }
  /// Returns [n, channels, depth, height, width] for x of [n, channels, depth', height', width'] and where its elements stood.
  ///
  /// - Parameters:
  ///   - x: the pooled values.
  ///   - indices: where the largest elements stood.
  ///   - outputSize: the sizes of the result, where a pool of several sizes gives the input's.
  public func callAsFunction(_ x: Tensor, _ indices: Tensor, outputSize: [Int]? = nil) -> Tensor {
    withHooks([x, indices]) {
      [maxUnpool3d($0[0], $0[1], kernel: kernel, stride: stride, padding: padding, outputSize: outputSize)]
    }[0]
  }
}

/// What pools have in common whose windows lie at distances that vary at random, so that any ratio of sizes is possible (Graham 2014).
public class FractionalMaxPoolLayer: Layer, SelfCopying {
  let kernel: [Int]
  let sizes: [Int]?
  let ratios: [Double]?
  let samples: Buffer?
  let generator: Generator?

  init(_ kernel: [Int], _ outputSize: [Int]?, _ outputRatio: [Double]?, _ randomSamples: Tensor?, _ generator: Generator?) {
    self.kernel = kernel
    sizes = outputSize
    ratios = outputRatio
    samples = randomSamples.map { Buffer($0, name: "_random_samples") }
    self.generator = generator
  }

  required init(copying other: FractionalMaxPoolLayer, _ copier: ModuleCopier) {
    kernel = other.kernel
    sizes = other.sizes
    ratios = other.ratios
    samples = copier(other.samples)
    generator = other.generator
  }

  /// Applies the layer.
  public final func forward(_ x: Tensor) -> Tensor { withIndices(x).values }

  /// Returns what the layer returns and where each largest element stands, counted row by row.
  public func withIndices(_ x: Tensor) -> ValuesAndIndices { ValuesAndIndices(values: x, indices: x) }
}

/// The largest element of each window of images, at distances that vary at random so that any ratio of sizes is possible (Graham 2014).
public final class FractionalMaxPool2d: FractionalMaxPoolLayer {
  /// Windows of `kernel` elements in each dimension; one of `outputSize` and `outputRatio` is given.
  ///
  /// - Parameters:
  ///   - kernel: the size of a window.
  ///   - outputSize: the sizes of the result.
  ///   - outputRatio: the sizes of the result over those of the input.
  ///   - randomSamples: numbers in [0, 1), [n, channels, 2], that decide where the windows lie; drawn at each call where nil.
  ///   - generator: where random numbers come from; the default generator where none is given.
  public convenience init(
    _ kernel: some SpatialSizes, outputSize: (any SpatialSizes)? = nil, outputRatio: [Double]? = nil, randomSamples: Tensor? = nil,
    generator: Generator? = nil
  ) {
    self.init(kernel.spatialSizes, outputSize?.spatialSizes, outputRatio, randomSamples, generator)
  }
  /// Returns [n, channels, height', width'] for x of [n, channels, height, width], and where each element stands.
  public override func withIndices(_ x: Tensor) -> ValuesAndIndices {
    fractionalMaxPool2d(
      x, kernel: kernel, outputSize: sizes, outputRatio: ratios, randomSamples: samples?.tensor, generator: generator)
  }
}

/// The largest element of each window of volumes, at distances that vary at random so that any ratio of sizes is possible (Graham 2014).
public final class FractionalMaxPool3d: FractionalMaxPoolLayer {
  /// Windows of `kernel` elements in each dimension; one of `outputSize` and `outputRatio` is given.
  ///
  /// - Parameters:
  ///   - kernel: the size of a window.
  ///   - outputSize: the sizes of the result.
  ///   - outputRatio: the sizes of the result over those of the input.
  ///   - randomSamples: numbers in [0, 1), [n, channels, 3], that decide where the windows lie; drawn at each call where nil.
  ///   - generator: where random numbers come from; the default generator where none is given.
  public convenience init(
    _ kernel: some SpatialSizes, outputSize: (any SpatialSizes)? = nil, outputRatio: [Double]? = nil, randomSamples: Tensor? = nil,
    generator: Generator? = nil
  ) {
    self.init(kernel.spatialSizes, outputSize?.spatialSizes, outputRatio, randomSamples, generator)
  }
  /// Returns [n, channels, depth', height', width'] for x of [n, channels, depth, height, width], and where each element stands.
  public override func withIndices(_ x: Tensor) -> ValuesAndIndices {
    fractionalMaxPool3d(
      x, kernel: kernel, outputSize: sizes, outputRatio: ratios, randomSamples: samples?.tensor, generator: generator)
  }
}

public import ChainRule

/// One number, or a tuple of several, as they were given.
private func text(_ sizes: [Int]) -> String { sizes.count == 1 ? "\(sizes[0])" : PythonText.tuple(sizes) }

/// What max pools have in common.
public class MaxPoolLayer: Layer {
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

  /// Applies the layer.
  public func callAsFunction(_ x: Tensor) -> Tensor { x }

  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    "kernel_size=\(text(kernel)), stride=\(text(stride)), padding=\(text(padding)), dilation=\(text(dilation)), "
      + "ceil_mode=\(PythonText.text(ceilMode))"
  }
}

/// The largest element of each window of sequences.
public final class MaxPool1d: MaxPoolLayer {
  /// Windows of `kernel` elements, `stride` apart; side by side where that is nil.
  public init(
    _ kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0, dilation: some SpatialSizes = 1,
    ceilMode: Bool = false
  ) {
    super.init(kernel.spatialSizes, stride?.spatialSizes, padding.spatialSizes, dilation.spatialSizes, ceilMode)
  }
  /// Returns [n, channels, length'] for x of [n, channels, length].
  public override func callAsFunction(_ x: Tensor) -> Tensor {
    maxPool1d(x, kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }
}

/// The largest element of each window of images.
public final class MaxPool2d: MaxPoolLayer {
  /// Windows of `kernel` elements in each dimension, `stride` apart; side by side where that is nil.
  public init(
    _ kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0, dilation: some SpatialSizes = 1,
    ceilMode: Bool = false
  ) {
    super.init(kernel.spatialSizes, stride?.spatialSizes, padding.spatialSizes, dilation.spatialSizes, ceilMode)
  }
  /// Returns [n, channels, height', width'] for x of [n, channels, height, width].
  public override func callAsFunction(_ x: Tensor) -> Tensor {
    maxPool2d(x, kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }
}

/// The mean of each window of sequences.
public final class AvgPool1d: Layer {
  private let kernel: [Int]
  private let stride: [Int]
  private let padding: [Int]
  private let ceilMode: Bool
  private let countIncludePad: Bool

  /// Windows of `kernel` elements, `stride` apart; side by side where that is nil.
  public init(_ kernel: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false, countIncludePad: Bool = true) {
    self.kernel = [kernel]
    self.stride = [stride ?? kernel]
    self.padding = [padding]
    self.ceilMode = ceilMode
    self.countIncludePad = countIncludePad
  }
  /// Returns [n, channels, length'] for x of [n, channels, length].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    avgPool1d(x, kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad)
  }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    "kernel_size=\(PythonText.tuple(kernel)), stride=\(PythonText.tuple(stride)), padding=\(PythonText.tuple(padding))"
  }
}

/// The mean of each window of images.
public final class AvgPool2d: Layer {
  private let kernel: [Int]
  private let stride: [Int]
  private let padding: [Int]
  private let ceilMode: Bool
  private let countIncludePad: Bool
  private let divisorOverride: Int?

  /// Windows of `kernel` elements in each dimension, `stride` apart; side by side where that is nil.
  public init(
    _ kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0, ceilMode: Bool = false,
    countIncludePad: Bool = true, divisorOverride: Int? = nil
  ) {
    self.kernel = kernel.spatialSizes
    self.stride = stride?.spatialSizes ?? self.kernel
    self.padding = padding.spatialSizes
    self.ceilMode = ceilMode
    self.countIncludePad = countIncludePad
    self.divisorOverride = divisorOverride
  }
  /// Returns [n, channels, height', width'] for x of [n, channels, height, width].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    avgPool2d(
      x, kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
      divisorOverride: divisorOverride)
  }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "kernel_size=\(text(kernel)), stride=\(text(stride)), padding=\(text(padding))" }
}

/// The means of windows that share a sequence out.
public final class AdaptiveAvgPool1d: Layer {
  private let size: Int

  /// Results of `size` elements.
  public init(_ size: Int) { self.size = size }
  /// Returns [n, channels, size] for x of [n, channels, length].
  public func callAsFunction(_ x: Tensor) -> Tensor { adaptiveAvgPool1d(x, size) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "output_size=\(size)" }
}

/// The means of windows that share an image out.
public final class AdaptiveAvgPool2d: Layer {
  private let sizes: [Int?]

  /// Results of `size` by `size` elements.
  public init(_ size: Int) { sizes = [size] }
  /// Results of these sizes; nil keeps the input's.
  public init(_ sizes: [Int?]) { self.sizes = sizes }
  /// Returns the results for x of [n, channels, height, width].
  public func callAsFunction(_ x: Tensor) -> Tensor { adaptiveAvgPool2d(x, sizes) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "output_size=\(optionalText(sizes))" }
}

/// The largest elements of windows that share an image out.
public final class AdaptiveMaxPool2d: Layer {
  private let sizes: [Int?]

  /// Results of `size` by `size` elements.
  public init(_ size: Int) { sizes = [size] }
  /// Results of these sizes; nil keeps the input's.
  public init(_ sizes: [Int?]) { self.sizes = sizes }
  /// Returns the results for x of [n, channels, height, width].
  public func callAsFunction(_ x: Tensor) -> Tensor { adaptiveMaxPool2d(x, sizes) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "output_size=\(optionalText(sizes))" }
}

private func optionalText(_ sizes: [Int?]) -> String {
  let texts = sizes.map { $0.map(String.init) ?? "None" }
  return texts.count == 1 ? texts[0] : "(" + texts.joined(separator: ", ") + ")"
}

/// Sequences or images in another size.
public final class Upsample: Layer {
  private let sizes: [Int]
  private let factors: [Double]
  private let mode: InterpolationMode
  private let alignCorners: Bool

  /// Results of these sizes.
  public init(size: some SpatialSizes, mode: InterpolationMode = .nearest, alignCorners: Bool = false) {
    sizes = size.spatialSizes
    factors = []
    self.mode = mode
    self.alignCorners = alignCorners
  }
  /// Results enlarged by a factor for each dimension.
  public init(scaleFactor: [Double], mode: InterpolationMode = .nearest, alignCorners: Bool = false) {
    sizes = []
    factors = scaleFactor
    self.mode = mode
    self.alignCorners = alignCorners
  }
  /// Results enlarged by one factor.
  public convenience init(scaleFactor: Double, mode: InterpolationMode = .nearest, alignCorners: Bool = false) {
    self.init(scaleFactor: [scaleFactor], mode: mode, alignCorners: alignCorners)
  }
  /// Returns `x` in its new size.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    factors.isEmpty
      ? interpolate(x, size: sizes, mode: mode, alignCorners: alignCorners)
      : interpolate(x, scaleFactor: factors, mode: mode, alignCorners: alignCorners)
  }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    let numbers = factors.map { "\($0)" }
    let scale = numbers.count == 1 ? numbers[0] : "(" + numbers.joined(separator: ", ") + ")"
    return (factors.isEmpty ? "size=\(text(sizes))" : "scale_factor=\(scale)") + ", mode='\(mode.rawValue)'"
  }
}

public import ChainRule

/// What comes in goes out.
public final class Identity: Layer, SelfCopying {
  /// The identity.
  public init() {}

  init(copying other: Identity, _ copier: ModuleCopier) {}
  /// Returns `x`.
  public func forward(_ x: Tensor) -> Tensor { x }
}

/// Several dimensions made one; all but the first unless told otherwise.
public final class Flatten: Layer, SelfCopying {
  private let first: Int
  private let last: Int

  /// Joins the dimensions `first` through `last`.
  public init(from first: Int = 1, through last: Int = -1) {
    self.first = first
    self.last = last
  }

  init(copying other: Flatten, _ copier: ModuleCopier) {
    first = other.first
    last = other.last
  }
  /// Returns `x` with the dimensions joined.
  public func forward(_ x: Tensor) -> Tensor { x.flattened(from: first, through: last) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "start_dim=\(first), end_dim=\(last)" }
}

/// One dimension made several.
public final class Unflatten: Layer, SelfCopying {
  private let dim: Int
  private let sizes: [Int]

  /// Splits dimension `dim` into `sizes`; one of them may be -1, for what is left.
  public init(_ dim: Int, _ sizes: [Int]) {
    self.dim = dim
    self.sizes = sizes
  }

  init(copying other: Unflatten, _ copier: ModuleCopier) {
    dim = other.dim
    sizes = other.sizes
  }
  /// Returns `x` with the dimension split.
  public func forward(_ x: Tensor) -> Tensor { x.unflattened(dim, sizes) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "dim=\(dim), unflattened_size=\(PythonText.tuple(sizes))" }
}

/// Channels in the place of space: see `pixelShuffle`.
public final class PixelShuffle: Layer, SelfCopying {
  private let factor: Int

  /// Images `upscaleFactor` times as high and wide.
  public init(_ upscaleFactor: Int) { factor = upscaleFactor }

  init(copying other: PixelShuffle, _ copier: ModuleCopier) {
    factor = other.factor
  }
  /// Returns [..., c, h r, w r] for x of [..., c r^2, h, w].
  public func forward(_ x: Tensor) -> Tensor { pixelShuffle(x, factor) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "upscale_factor=\(factor)" }
}

/// Space in the place of channels: see `pixelUnshuffle`.
public final class PixelUnshuffle: Layer, SelfCopying {
  private let factor: Int

  /// Images a `downscaleFactor`-th as high and wide.
  public init(_ downscaleFactor: Int) { factor = downscaleFactor }

  init(copying other: PixelUnshuffle, _ copier: ModuleCopier) {
    factor = other.factor
  }
  /// Returns [..., c r^2, h, w] for x of [..., c, h r, w r].
  public func forward(_ x: Tensor) -> Tensor { pixelUnshuffle(x, factor) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "downscale_factor=\(factor)" }
}

/// Channels dealt out anew: see `channelShuffle`.
public final class ChannelShuffle: Layer, SelfCopying {
  private let groups: Int

  /// Channels of `groups` groups, mixed.
  public init(_ groups: Int) { self.groups = groups }

  init(copying other: ChannelShuffle, _ copier: ModuleCopier) {
    groups = other.groups
  }
  /// Returns x of [n, channels, ...] with its channels mixed.
  public func forward(_ x: Tensor) -> Tensor { channelShuffle(x, groups) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "groups=\(groups)" }
}

/// The windows of images as columns: see `unfold`.
public final class Unfold: Layer, SelfCopying {
  private let kernel: [Int]
  private let dilation: [Int]
  private let padding: [Int]
  private let stride: [Int]

  /// Windows of `kernel` elements in each dimension.
  public init(
    _ kernel: some SpatialSizes, dilation: some SpatialSizes = 1, padding: some SpatialSizes = 0, stride: some SpatialSizes = 1
  ) {
    self.kernel = kernel.spatialSizes
    self.dilation = dilation.spatialSizes
    self.padding = padding.spatialSizes
    self.stride = stride.spatialSizes
  }

  init(copying other: Unfold, _ copier: ModuleCopier) {
    kernel = other.kernel
    dilation = other.dilation
    padding = other.padding
    stride = other.stride
  }
  /// Returns [n, channels kernel, windows] for x of [n, channels, height, width].
  public func forward(_ x: Tensor) -> Tensor { unfold(x, kernel: kernel, dilation: dilation, padding: padding, stride: stride) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    "kernel_size=\(PythonText.sizes(kernel)), dilation=\(PythonText.sizes(dilation)), padding=\(PythonText.sizes(padding)), "
      + "stride=\(PythonText.sizes(stride))"
  }
}

/// Images from columns: see `fold`.
public final class Fold: Layer, SelfCopying {
  private let outputSize: [Int]
  private let kernel: [Int]
  private let dilation: [Int]
  private let padding: [Int]
  private let stride: [Int]

  /// Images of `outputSize` from windows of `kernel` elements in each dimension.
  public init(
    _ outputSize: some SpatialSizes, _ kernel: some SpatialSizes, dilation: some SpatialSizes = 1, padding: some SpatialSizes = 0,
    stride: some SpatialSizes = 1
  ) {
    self.outputSize = outputSize.spatialSizes
    self.kernel = kernel.spatialSizes
    self.dilation = dilation.spatialSizes
    self.padding = padding.spatialSizes
    self.stride = stride.spatialSizes
  }

  init(copying other: Fold, _ copier: ModuleCopier) {
    outputSize = other.outputSize
    kernel = other.kernel
    dilation = other.dilation
    padding = other.padding
    stride = other.stride
  }
  /// Returns [n, channels, height, width] for x of [n, channels kernel, windows].
  public func forward(_ x: Tensor) -> Tensor {
    fold(x, outputSize: outputSize, kernel: kernel, dilation: dilation, padding: padding, stride: stride)
  }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    "output_size=\(PythonText.sizes(outputSize)), kernel_size=\(PythonText.sizes(kernel)), dilation=\(PythonText.sizes(dilation)), "
      + "padding=\(PythonText.sizes(padding)), stride=\(PythonText.sizes(stride))"
  }
}

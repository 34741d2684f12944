public import ChainRule

/// The means of windows that share a sequence out.
public final class AdaptiveAvgPool1d: Layer, SelfCopying {
  private let size: Int

  /// Results of `size` elements.
  public init(_ size: Int) { self.size = size }

  init(copying other: AdaptiveAvgPool1d, _ copier: ModuleCopier) {
    size = other.size
  }
  /// Returns the results for x of [n, channels, length].
  public func forward(_ x: Tensor) -> Tensor { adaptiveAvgPool1d(x, size) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "output_size=\(size)" }
}

/// The means of windows that share a image out.
public final class AdaptiveAvgPool2d: Layer, SelfCopying {
  private let sizes: [Int?]

  /// Results of `size` elements in each dimension.
  public init(_ size: Int) { sizes = [size] }
  /// Results of these sizes; nil keeps the input's.
  public init(_ sizes: [Int?]) { self.sizes = sizes }

  init(copying other: AdaptiveAvgPool2d, _ copier: ModuleCopier) {
    sizes = other.sizes
  }
  /// Returns the results for x of [n, channels, height, width].
  public func forward(_ x: Tensor) -> Tensor { adaptiveAvgPool2d(x, sizes) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "output_size=\(optionalText(sizes))" }
}

/// The means of windows that share a volume out.
public final class AdaptiveAvgPool3d: Layer, SelfCopying {
  private let sizes: [Int?]

  /// Results of `size` elements in each dimension.
  public init(_ size: Int) { sizes = [size] }
  /// Results of these sizes; nil keeps the input's.
  public init(_ sizes: [Int?]) { self.sizes = sizes }

  init(copying other: AdaptiveAvgPool3d, _ copier: ModuleCopier) {
    sizes = other.sizes
  }
  /// Returns the results for x of [n, channels, depth, height, width].
  public func forward(_ x: Tensor) -> Tensor { adaptiveAvgPool3d(x, sizes) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "output_size=\(optionalText(sizes))" }
}

/// The largest elements of windows that share a sequence out.
public final class AdaptiveMaxPool1d: Layer, SelfCopying {
  private let size: Int

  /// Results of `size` elements.
  public init(_ size: Int) { self.size = size }

  init(copying other: AdaptiveMaxPool1d, _ copier: ModuleCopier) {
    size = other.size
  }
  /// Returns the results for x of [n, channels, length].
  public func forward(_ x: Tensor) -> Tensor { withIndices(x).values }
  /// Returns what the layer returns and where each element stands, counted row by row.
  public func withIndices(_ x: Tensor) -> ValuesAndIndices { adaptiveMaxPool1dWithIndices(x, size) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "output_size=\(size)" }
}

/// The largest elements of windows that share a image out.
public final class AdaptiveMaxPool2d: Layer, SelfCopying {
  private let sizes: [Int?]

  /// Results of `size` elements in each dimension.
  public init(_ size: Int) { sizes = [size] }
  /// Results of these sizes; nil keeps the input's.
  public init(_ sizes: [Int?]) { self.sizes = sizes }

  init(copying other: AdaptiveMaxPool2d, _ copier: ModuleCopier) {
    sizes = other.sizes
  }
  /// Returns the results for x of [n, channels, height, width].
  public func forward(_ x: Tensor) -> Tensor { withIndices(x).values }
  /// Returns what the layer returns and where each element stands, counted row by row.
  public func withIndices(_ x: Tensor) -> ValuesAndIndices { adaptiveMaxPool2dWithIndices(x, sizes) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "output_size=\(optionalText(sizes))" }
}

/// The largest elements of windows that share a volume out.
public final class AdaptiveMaxPool3d: Layer, SelfCopying {
  private let sizes: [Int?]

  /// Results of `size` elements in each dimension.
  public init(_ size: Int) { sizes = [size] }
  /// Results of these sizes; nil keeps the input's.
  public init(_ sizes: [Int?]) { self.sizes = sizes }

  init(copying other: AdaptiveMaxPool3d, _ copier: ModuleCopier) {
    sizes = other.sizes
  }
  /// Returns the results for x of [n, channels, depth, height, width].
  public func forward(_ x: Tensor) -> Tensor { withIndices(x).values }
  /// Returns what the layer returns and where each element stands, counted row by row.
  public func withIndices(_ x: Tensor) -> ValuesAndIndices { adaptiveMaxPool3dWithIndices(x, sizes) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "output_size=\(optionalText(sizes))" }
}

private func optionalText(_ sizes: [Int?]) -> String {
  let texts = sizes.map { $0.map(String.init) ?? "None" }
  return texts.count == 1 ? texts[0] : "(" + texts.joined(separator: ", ") + ")"
}

public import ChainRule

/// What layers have in common that change the size of sequences, images or volumes.
public class UpsampleLayer: Layer, SelfCopying {
  private let sizes: [Int]
  private let factors: [Double]
  private let mode: InterpolationMode
  private let alignCorners: Bool

  init(_ sizes: [Int], _ factors: [Double], _ mode: InterpolationMode, _ alignCorners: Bool) {
    self.sizes = sizes
    self.factors = factors
    self.mode = mode
    self.alignCorners = alignCorners
  }

  required init(copying other: UpsampleLayer, _ copier: ModuleCopier) {
    sizes = other.sizes
    factors = other.factors
    mode = other.mode
    alignCorners = other.alignCorners
  }
  /// Returns `x` of [n, channels, ...] in its new size.
  public final func forward(_ x: Tensor) -> Tensor {
    factors.isEmpty
      ? interpolate(x, size: sizes, mode: mode, alignCorners: alignCorners)
      : interpolate(x, scaleFactor: factors, mode: mode, alignCorners: alignCorners)
  }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    let numbers = factors.map { "\($0)" }
    let scale = numbers.count == 1 ? numbers[0] : "(" + numbers.joined(separator: ", ") + ")"
    return (factors.isEmpty ? "size=\(PythonText.sizes(sizes))" : "scale_factor=\(scale)") + ", mode='\(mode.rawValue)'"
  }
}

/// Sequences, images or volumes in another size: see `interpolate`.
public final class Upsample: UpsampleLayer {
  /// Results of these sizes.
  public convenience init(size: some SpatialSizes, mode: InterpolationMode = .nearest, alignCorners: Bool = false) {
    self.init(size.spatialSizes, [], mode, alignCorners)
  }
  /// Results enlarged by a factor for each dimension.
  public convenience init(scaleFactor: [Double], mode: InterpolationMode = .nearest, alignCorners: Bool = false) {
    self.init([], scaleFactor, mode, alignCorners)
  }
  /// Results enlarged by one factor.
  public convenience init(scaleFactor: Double, mode: InterpolationMode = .nearest, alignCorners: Bool = false) {
    self.init(scaleFactor: [scaleFactor], mode: mode, alignCorners: alignCorners)
  }
}

/// Images in another size, each pixel the nearest one.
public final class UpsamplingNearest2d: UpsampleLayer {
  /// Results of these sizes.
  public convenience init(size: some SpatialSizes) { self.init(size.spatialSizes, [], .nearest, false) }
  /// Results enlarged by one factor, or one for each dimension.
  public convenience init(scaleFactor: [Double]) { self.init([], scaleFactor, .nearest, false) }
  /// Results enlarged by one factor.
  public convenience init(scaleFactor: Double) { self.init(scaleFactor: [scaleFactor]) }
}

/// Images in another size, each pixel between its four neighbours; corners stay corners.
public final class UpsamplingBilinear2d: UpsampleLayer {
  /// Results of these sizes.
  public convenience init(size: some SpatialSizes) { self.init(size.spatialSizes, [], .bilinear, true) }
  /// Results enlarged by one factor, or one for each dimension.
  public convenience init(scaleFactor: [Double]) { self.init([], scaleFactor, .bilinear, true) }
  /// Results enlarged by one factor.
  public convenience init(scaleFactor: Double) { self.init(scaleFactor: [scaleFactor]) }
}

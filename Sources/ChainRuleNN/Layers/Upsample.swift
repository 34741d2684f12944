public import ChainRule

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
    return (factors.isEmpty ? "size=\(PythonText.sizes(sizes))" : "scale_factor=\(scale)") + ", mode='\(mode.rawValue)'"
  }
}

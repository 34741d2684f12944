public import ChainRule

/// Normalisation of each example over its last dimensions (Ba, Kiros and Hinton 2016).
public final class LayerNorm: Layer, SelfCopying {
  /// The scale, 1 at first.
  @exclusivity(unchecked) public var weight: Tensor? {
    didSet { weight = assigned(weight, oldValue, "weight", self) }
  }
  /// The shift, 0 at first.
  @exclusivity(unchecked) public var bias: Tensor? {
    didSet { bias = assigned(bias, oldValue, "bias", self) }
  }
  private let normalizedShape: [Int]
  private let eps: Double

  /// Normalises over the last dimensions, which must be `shape`.
  public init(_ shape: [Int], eps: Double = 1e-5, elementwiseAffine: Bool = true, bias: Bool = true, dtype: DType? = nil) {
    normalizedShape = shape
    self.eps = eps
    weight = elementwiseAffine ? Tensor.ones(shape, dtype: dtype).asParameter() : nil
    self.bias = elementwiseAffine && bias ? Tensor.zeros(shape, dtype: dtype).asParameter() : nil
  }

  /// Normalises over the last dimension, which must have `size` elements.
  public convenience init(_ size: Int, eps: Double = 1e-5, elementwiseAffine: Bool = true, bias: Bool = true, dtype: DType? = nil) {
    self.init([size], eps: eps, elementwiseAffine: elementwiseAffine, bias: bias, dtype: dtype)
  }

  init(copying other: LayerNorm, _ copier: ModuleCopier) {
    weight = copier(other.weight)
    bias = copier(other.bias)
    normalizedShape = other.normalizedShape
    eps = other.eps
  }

  /// Returns (x - mean) / sqrt(variance + eps), scaled and shifted.
  public func forward(_ x: Tensor) -> Tensor { layerNorm(x, normalizedShape, weight: weight, bias: bias, eps: eps) }

  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    "\(PythonText.tuple(normalizedShape)), eps=\(eps), elementwise_affine=\(PythonText.text(weight != nil)), "
      + "bias=\(PythonText.text(bias != nil))"
  }
}

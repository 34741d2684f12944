public import ChainRule

/// Normalisation of groups of channels of each example (Wu and He 2018).
public final class GroupNorm: Layer, SelfCopying {
  /// The scale, 1 at first.
  @exclusivity(unchecked) public var weight: Tensor? {
    didSet { weight = assigned(weight, oldValue, "weight", self) }
  }
  /// The shift, 0 at first.
  @exclusivity(unchecked) public var bias: Tensor? {
    didSet { bias = assigned(bias, oldValue, "bias", self) }
  }
  private let groups: Int
  private let channels: Int
  private let eps: Double

  /// Normalises `channels` channels in `groups` groups; `affine` says whether scale and shift are learned, `bias` whether there is a shift.
  public init(_ groups: Int, _ channels: Int, eps: Double = 1e-5, affine: Bool = true, bias: Bool = true, dtype: DType? = nil) {
    self.groups = groups
    self.channels = channels
    self.eps = eps
    weight = affine ? Tensor.ones([channels], dtype: dtype).asParameter() : nil
    self.bias = affine && bias ? Tensor.zeros([channels], dtype: dtype).asParameter() : nil
  }

  init(copying other: GroupNorm, _ copier: ModuleCopier) {
    weight = copier(other.weight)
    bias = copier(other.bias)
    groups = other.groups
    channels = other.channels
    eps = other.eps
  }
  /// Returns x of [n, channels, ...], normalised.
  public func forward(_ x: Tensor) -> Tensor { groupNorm(x, groups, weight: weight, bias: bias, eps: eps) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    "\(groups), \(channels), eps=\(eps), affine=\(PythonText.text(weight != nil)), bias=\(PythonText.text(bias != nil))"
  }
}

/// Division by the root mean square over the last dimensions (Zhang and Sennrich 2019).
public final class RMSNorm: Layer, SelfCopying {
  /// The scale, 1 at first.
  @exclusivity(unchecked) public var weight: Tensor? {
    didSet { weight = assigned(weight, oldValue, "weight", self) }
  }
  private let normalizedShape: [Int]
  private let eps: Double?

  /// Normalises over the last dimensions, which must be `shape`; `eps` nil is the precision of the element type.
  public init(_ shape: [Int], eps: Double? = nil, elementwiseAffine: Bool = true, dtype: DType? = nil) {
    normalizedShape = shape
    self.eps = eps
    weight = elementwiseAffine ? Tensor.ones(shape, dtype: dtype).asParameter() : nil
  }
  /// Normalises over the last dimension, which must have `size` elements.
  public convenience init(_ size: Int, eps: Double? = nil, elementwiseAffine: Bool = true, dtype: DType? = nil) {
    self.init([size], eps: eps, elementwiseAffine: elementwiseAffine, dtype: dtype)
  }

  init(copying other: RMSNorm, _ copier: ModuleCopier) {
    weight = copier(other.weight)
    normalizedShape = other.normalizedShape
    eps = other.eps
  }
  /// Returns x over its root mean square, scaled.
  public func forward(_ x: Tensor) -> Tensor { rmsNorm(x, normalizedShape, weight: weight, eps: eps) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    "\(PythonText.tuple(normalizedShape)), eps=\(eps.map { "\($0)" } ?? "None"), elementwise_affine=\(PythonText.text(weight != nil))"
  }
}

/// Division by a power of the mean square of neighbouring channels (Krizhevsky et al. 2012).
public final class LocalResponseNorm: Layer, SelfCopying {
  private let size: Int
  private let alpha: WrittenNumber
  private let beta: WrittenNumber
  private let k: WrittenNumber

  /// Normalises over `size` channels.
  public init(
    _ size: Int, alpha: some TensorScalar = 0.0001, beta: some TensorScalar = 0.75, k: some TensorScalar = 1.0
  ) {
    self.size = size
    self.alpha = WrittenNumber(alpha)
    self.beta = WrittenNumber(beta)
    self.k = WrittenNumber(k)
  }

  init(copying other: LocalResponseNorm, _ copier: ModuleCopier) {
    size = other.size
    alpha = other.alpha
    beta = other.beta
    k = other.k
  }
  /// Returns x / (k + alpha mean x^2)^beta for x of [n, channels, ...].
  public func forward(_ x: Tensor) -> Tensor {
    localResponseNorm(x, size, alpha: alpha.value, beta: beta.value, k: k.value)
  }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "\(size), alpha=\(alpha.text), beta=\(beta.text), k=\(k.text)" }
}

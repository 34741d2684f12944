public import ChainRule

/// max(x, 0).
public final class ReLU: Layer {
  /// The rectifier.
  public init() {}
  /// Returns max(x, 0).
  public func callAsFunction(_ x: Tensor) -> Tensor { x.relu() }
}

/// The hyperbolic tangent.
public final class Tanh: Layer {
  /// The hyperbolic tangent.
  public init() {}
  /// Returns tanh x.
  public func callAsFunction(_ x: Tensor) -> Tensor { x.tanh() }
}

/// 1/(1 + e^-x).
public final class Sigmoid: Layer {
  /// The logistic function.
  public init() {}
  /// Returns 1/(1 + e^-x).
  public func callAsFunction(_ x: Tensor) -> Tensor { x.sigmoid() }
}

/// x Phi(x).
public final class GELU: Layer {
  private let approximation: GeluApproximation

  /// The Gaussian error linear unit.
  public init(approximate: GeluApproximation = .none) { approximation = approximate }
  /// Returns x Phi(x).
  public func callAsFunction(_ x: Tensor) -> Tensor { x.gelu(approximate: approximation) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "approximate='\(approximation)'" }
}

/// x sigmoid(x).
public final class SiLU: Layer {
  /// The sigmoid-weighted linear unit.
  public init() {}
  /// Returns x sigmoid(x).
  public func callAsFunction(_ x: Tensor) -> Tensor { x.silu() }
}

/// x where it is positive, else a small multiple of it.
public final class LeakyReLU: Layer {
  private let slope: Double

  /// The rectifier with this slope for negative elements.
  public init(_ negativeSlope: Double = 0.01) { slope = negativeSlope }
  /// Returns x where it is positive, else slope x.
  public func callAsFunction(_ x: Tensor) -> Tensor { x.leakyRelu(negativeSlope: slope) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "negative_slope=\(slope)" }
}

/// Weights that sum to 1 along a dimension.
public final class Softmax: Layer {
  private let dim: Int

  /// The softmax along `dim`.
  public init(dim: Int) { self.dim = dim }
  /// Returns e^x / sum e^x.
  public func callAsFunction(_ x: Tensor) -> Tensor { x.softmax(dim: dim) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "dim=\(dim)" }
}

/// The logarithm of softmax along a dimension.
public final class LogSoftmax: Layer {
  private let dim: Int

  /// The logarithm of softmax along `dim`.
  public init(dim: Int) { self.dim = dim }
  /// Returns x - ln sum e^x.
  public func callAsFunction(_ x: Tensor) -> Tensor { x.logSoftmax(dim: dim) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "dim=\(dim)" }
}

/// Sets elements to zero at random while training, and enlarges the others so that the mean stays (Srivastava et al. 2014).
public final class Dropout: Layer {
  private let p: Double
  private let generator: Generator?

  /// Drops each element with probability `p`.
  public init(_ p: Double = 0.5, generator: Generator? = nil) {
    if let error = dropoutRefusal(p) { refuse(error) }
    self.p = p
    self.generator = generator
  }
  /// Returns the elements kept, divided by 1 - p; `x` itself in evaluation.
  public func callAsFunction(_ x: Tensor) -> Tensor { dropout(x, p: p, training: isTraining, generator: generator) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "p=\(p), inplace=False" }
}

/// Returns the elements of `x` with each set to 0 with probability `p` and the others divided by 1 - p; PyTorch's masks for a seed.
public func dropout(_ x: Tensor, p: Double = 0.5, training: Bool = true, generator: Generator? = nil) -> Tensor {
  if let error = dropoutRefusal(p) {
    refuse(error)
    return x
  }
  if !training || p == 0 || x.count == 0 { return x }
  if p == 1 { return x * Tensor.zeros([], dtype: x.dtype) }
  return x * (Tensor.bernoulli(x.shape, p: 1 - p, dtype: x.dtype, generator: generator) / (1 - p))
}

private func dropoutRefusal(_ p: Double) -> TensorError? {
  if p >= 0, p <= 1 { return nil }
  return TensorError(
    .argument, "dropout probability has to be between 0 and 1, but got \(p)", mend: "It is the share that is dropped.",
    operation: "dropout")
}

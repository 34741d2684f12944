public import ChainRule

// The smooth activations. `inplace`, where PyTorch has it, changes what is printed and nothing else: tensors are values.

/// The hyperbolic tangent, element by element.
public final class Tanh: Layer, SelfCopying {
  /// The hyperbolic tangent.
  public init() {}

  init(copying other: Tanh, _ copier: ModuleCopier) {}
  /// Returns tanh x.
  public func forward(_ x: Tensor) -> Tensor { x.tanh() }
}

/// 1/(1 + e^-x), element by element.
public final class Sigmoid: Layer, SelfCopying {
  /// The logistic function.
  public init() {}

  init(copying other: Sigmoid, _ copier: ModuleCopier) {}
  /// Returns 1/(1 + e^-x).
  public func forward(_ x: Tensor) -> Tensor { x.sigmoid() }
}

/// ln(1/(1 + e^-x)), element by element.
public final class LogSigmoid: Layer, SelfCopying {
  /// The logarithm of the logistic function.
  public init() {}

  init(copying other: LogSigmoid, _ copier: ModuleCopier) {}
  /// Returns -ln(1 + e^-x).
  public func forward(_ x: Tensor) -> Tensor { x.logSigmoid() }
}

/// x Phi(x), where Phi is the distribution function of the normal distribution (Hendrycks and Gimpel 2016).
public final class GELU: Layer, SelfCopying {
  private let approximation: GeluApproximation

  /// The Gaussian error linear unit; `.tanh` approximates Phi.
  public init(approximate: GeluApproximation = .none) { approximation = approximate }

  init(copying other: GELU, _ copier: ModuleCopier) {
    approximation = other.approximation
  }
  /// Returns x Phi(x).
  public func forward(_ x: Tensor) -> Tensor { x.gelu(approximate: approximation) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "approximate='\(approximation)'" }
}

/// x sigmoid(x), element by element (Elfwing et al. 2017).
public final class SiLU: Layer, SelfCopying {
  private let inplace: Bool

  /// The sigmoid-weighted linear unit.
  public init(inplace: Bool = false) { self.inplace = inplace }

  init(copying other: SiLU, _ copier: ModuleCopier) {
    inplace = other.inplace
  }
  /// Returns x sigmoid(x).
  public func forward(_ x: Tensor) -> Tensor { x.silu() }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { PythonText.inplace(inplace) }
}

/// x tanh(softplus(x)), element by element (Misra 2019).
public final class Mish: Layer, SelfCopying {
  private let inplace: Bool

  /// The self-regularised activation.
  public init(inplace: Bool = false) { self.inplace = inplace }

  init(copying other: Mish, _ copier: ModuleCopier) {
    inplace = other.inplace
  }
  /// Returns x tanh(ln(1 + e^x)).
  public func forward(_ x: Tensor) -> Tensor { x.mish() }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { PythonText.inplace(inplace) }
}

/// x where it is positive, else alpha (e^x - 1) (Clevert et al. 2015).
public final class ELU: Layer, SelfCopying {
  private let alpha: WrittenNumber
  private let inplace: Bool

  /// The exponential linear unit, which goes down to -alpha.
  public init(alpha: some TensorScalar = 1.0, inplace: Bool = false) {
    self.alpha = WrittenNumber(alpha)
    self.inplace = inplace
  }

  init(copying other: ELU, _ copier: ModuleCopier) {
    alpha = other.alpha
    inplace = other.inplace
  }
  /// Returns x where it is positive, else alpha (e^x - 1).
  public func forward(_ x: Tensor) -> Tensor { x.elu(alpha: alpha.value) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { PythonText.inplace(inplace, after: "alpha=\(alpha.text)") }
}

/// max(0, x) + min(0, alpha (e^(x / alpha) - 1)): an ELU whose derivative is continuous (Barron 2017).
public final class CELU: Layer, SelfCopying {
  private let alpha: WrittenNumber
  private let inplace: Bool

  /// The continuously differentiable exponential linear unit, which goes down to -alpha.
  public init(alpha: some TensorScalar = 1.0, inplace: Bool = false) {
    self.alpha = WrittenNumber(alpha)
    self.inplace = inplace
  }

  init(copying other: CELU, _ copier: ModuleCopier) {
    alpha = other.alpha
    inplace = other.inplace
  }
  /// Returns x where it is positive, else alpha (e^(x / alpha) - 1).
  public func forward(_ x: Tensor) -> Tensor { x.celu(alpha: alpha.value) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { PythonText.inplace(inplace, after: "alpha=\(alpha.text)") }
}

/// scale (max(0, x) + min(0, alpha (e^x - 1))) with constants that keep mean 0 and variance 1 (Klambauer et al. 2017).
public final class SELU: Layer, SelfCopying {
  private let inplace: Bool

  /// The self-normalising linear unit.
  public init(inplace: Bool = false) { self.inplace = inplace }

  init(copying other: SELU, _ copier: ModuleCopier) {
    inplace = other.inplace
  }
  /// Returns the self-normalising elu of each element.
  public func forward(_ x: Tensor) -> Tensor { x.selu() }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { PythonText.inplace(inplace) }
}

/// ln(1 + e^(beta x)) / beta, and x itself where beta x > threshold.
public final class Softplus: Layer, SelfCopying {
  private let beta: WrittenNumber
  private let threshold: WrittenNumber

  /// The smooth rectifier; `threshold` is where it is linear to working precision.
  public init(beta: some TensorScalar = 1.0, threshold: some TensorScalar = 20.0) {
    self.beta = WrittenNumber(beta)
    self.threshold = WrittenNumber(threshold)
  }

  init(copying other: Softplus, _ copier: ModuleCopier) {
    beta = other.beta
    threshold = other.threshold
  }
  /// Returns ln(1 + e^(beta x)) / beta.
  public func forward(_ x: Tensor) -> Tensor { x.softplus(beta: beta.value, threshold: threshold.value) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "beta=\(beta.text), threshold=\(threshold.text)" }
}

/// x / (1 + |x|), element by element.
public final class Softsign: Layer, SelfCopying {
  /// The sigmoid with slow tails.
  public init() {}

  init(copying other: Softsign, _ copier: ModuleCopier) {}
  /// Returns x / (1 + |x|).
  public func forward(_ x: Tensor) -> Tensor { x.softsign() }
}

/// x - tanh x, element by element.
public final class Tanhshrink: Layer, SelfCopying {
  /// What the hyperbolic tangent leaves.
  public init() {}

  init(copying other: Tanhshrink, _ copier: ModuleCopier) {}
  /// Returns x - tanh x.
  public func forward(_ x: Tensor) -> Tensor { x.tanhshrink() }
}

/// a sigmoid(b), where a and b are the halves of a dimension (Dauphin et al. 2017).
public final class GLU: Layer, SelfCopying {
  private let dim: Int

  /// The gated linear unit, which halves the size of `dim`.
  public init(dim: Int = -1) { self.dim = dim }

  init(copying other: GLU, _ copier: ModuleCopier) {
    dim = other.dim
  }
  /// Returns a sigmoid(b): [..., 2 n, ...] to [..., n, ...].
  public func forward(_ x: Tensor) -> Tensor { x.glu(dim: dim) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "dim=\(dim)" }
}

/// Weights that sum to 1 along a dimension.
public final class Softmax: Layer, SelfCopying {
  private let dim: Int

  /// The softmax along `dim`.
  public init(dim: Int) { self.dim = dim }

  init(copying other: Softmax, _ copier: ModuleCopier) {
    dim = other.dim
  }
  /// Returns e^x / sum e^x.
  public func forward(_ x: Tensor) -> Tensor { x.softmax(dim: dim) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "dim=\(dim)" }
}

/// The softmax of -x along a dimension.
public final class Softmin: Layer, SelfCopying {
  private let dim: Int

  /// The softmin along `dim`.
  public init(dim: Int) { self.dim = dim }

  init(copying other: Softmin, _ copier: ModuleCopier) {
    dim = other.dim
  }
  /// Returns e^-x / sum e^-x.
  public func forward(_ x: Tensor) -> Tensor { x.softmin(dim: dim) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "dim=\(dim)" }
}

/// The softmax over the channels of each pixel.
public final class Softmax2d: Layer, SelfCopying {
  /// The softmax over channels.
  public init() {}

  init(copying other: Softmax2d, _ copier: ModuleCopier) {}
  /// Returns the softmax along dimension -3 for x of [n, channels, height, width] or [channels, height, width].
  public func forward(_ x: Tensor) -> Tensor {
    guard x.rank == 3 || x.rank == 4 else {
      refuse(
        TensorError(
          .shape, "Softmax2d: expected input to be 3D or 4D, got \(x.rank)D instead", hint: "It is [n, channels, height, width].",
          operation: "Softmax2d", shapes: [x.shape]))
      return x
    }
    return x.softmax(dim: -3)
  }
}

/// The logarithm of softmax along a dimension.
public final class LogSoftmax: Layer, SelfCopying {
  private let dim: Int

  /// The logarithm of softmax along `dim`.
  public init(dim: Int) { self.dim = dim }

  init(copying other: LogSoftmax, _ copier: ModuleCopier) {
    dim = other.dim
  }
  /// Returns x - ln sum e^x.
  public func forward(_ x: Tensor) -> Tensor { x.logSoftmax(dim: dim) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "dim=\(dim)" }
}

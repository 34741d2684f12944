public import ChainRule

/// A function of a result and what it should be, to be made small.
public protocol Loss: HookedModule {
  /// The loss.
  func forward(_ input: Tensor, _ target: Tensor) -> Tensor
}

extension Loss {
  /// Returns the loss: hooks, `forward`, and hooks again.
  public func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
    isWatched ? watchedCall(self, [input, target]) { [forward($0[0], $0[1])] }[0] : forward(input, target)
  }
}

/// The mean of (x - t)^2: see `mseLoss`.
public final class MSELoss: Loss, SelfCopying {
  private let reduction: Reduction

  /// The loss with its options, as the function of this name has them.
  public init(reduction: Reduction = .mean) {
    self.reduction = reduction
  }

  init(copying other: MSELoss, _ copier: ModuleCopier) {
    reduction = other.reduction
  }
  /// Returns the loss, a scalar unless the reduction is `.none`.
  public func forward(_ input: Tensor, _ target: Tensor) -> Tensor { mseLoss(input, target, reduction: reduction) }
}

/// The mean of |x - t|: see `l1Loss`.
public final class L1Loss: Loss, SelfCopying {
  private let reduction: Reduction

  /// The loss with its options, as the function of this name has them.
  public init(reduction: Reduction = .mean) {
    self.reduction = reduction
  }

  init(copying other: L1Loss, _ copier: ModuleCopier) {
    reduction = other.reduction
  }
  /// Returns the loss, a scalar unless the reduction is `.none`.
  public func forward(_ input: Tensor, _ target: Tensor) -> Tensor { l1Loss(input, target, reduction: reduction) }
}

/// The mean of d^2 / (2 beta) where |d| < beta, else |d| - beta / 2: see `smoothL1Loss`.
public final class SmoothL1Loss: Loss, SelfCopying {
  private let beta: Double
  private let reduction: Reduction

  /// The loss with its options, as the function of this name has them.
  public init(beta: Double = 1, reduction: Reduction = .mean) {
    self.beta = beta
    self.reduction = reduction
  }

  init(copying other: SmoothL1Loss, _ copier: ModuleCopier) {
    beta = other.beta
    reduction = other.reduction
  }
  /// Returns the loss, a scalar unless the reduction is `.none`.
  public func forward(_ input: Tensor, _ target: Tensor) -> Tensor { smoothL1Loss(input, target, beta: beta, reduction: reduction) }
}

/// The mean of d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2): see `huberLoss`.
public final class HuberLoss: Loss, SelfCopying {
  private let delta: Double
  private let reduction: Reduction

  /// The loss with its options, as the function of this name has them.
  public init(delta: Double = 1, reduction: Reduction = .mean) {
    self.delta = delta
    self.reduction = reduction
  }

  init(copying other: HuberLoss, _ copier: ModuleCopier) {
    delta = other.delta
    reduction = other.reduction
  }
  /// Returns the loss, a scalar unless the reduction is `.none`.
  public func forward(_ input: Tensor, _ target: Tensor) -> Tensor { huberLoss(input, target, delta: delta, reduction: reduction) }
}

/// The Kullback-Leibler divergence t (ln t - x): see `klDiv`.
public final class KLDivLoss: Loss, SelfCopying {
  private let logTarget: Bool
  private let reduction: DivergenceReduction

  /// The loss with its options, as the function of this name has them.
  public init(logTarget: Bool = false, reduction: DivergenceReduction = .mean) {
    self.logTarget = logTarget
    self.reduction = reduction
  }

  init(copying other: KLDivLoss, _ copier: ModuleCopier) {
    logTarget = other.logTarget
    reduction = other.reduction
  }
  /// Returns the loss, a scalar unless the reduction is `.none`.
  public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
    klDiv(input, target, logTarget: logTarget, reduction: reduction)
  }
}

/// Minus the logarithm of the Poisson distribution: see `poissonNllLoss`.
public final class PoissonNLLLoss: Loss, SelfCopying {
  private let logInput: Bool
  private let full: Bool
  private let eps: Double
  private let reduction: Reduction

  /// The loss with its options, as the function of this name has them.
  public init(logInput: Bool = true, full: Bool = false, eps: Double = 1e-8, reduction: Reduction = .mean) {
    self.logInput = logInput
    self.full = full
    self.eps = eps
    self.reduction = reduction
  }

  init(copying other: PoissonNLLLoss, _ copier: ModuleCopier) {
    logInput = other.logInput
    full = other.full
    eps = other.eps
    reduction = other.reduction
  }
  /// Returns the loss, a scalar unless the reduction is `.none`.
  public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
    poissonNllLoss(input, target, logInput: logInput, full: full, eps: eps, reduction: reduction)
  }
}

/// Minus the logarithm of the normal distribution: see `gaussianNllLoss`.
public final class GaussianNLLLoss: HookedModule, SelfCopying {
  private let full: Bool
  private let eps: Double
  private let reduction: Reduction

  /// The loss with its options, as the function of this name has them.
  public init(full: Bool = false, eps: Double = 1e-6, reduction: Reduction = .mean) {
    self.full = full
    self.eps = eps
    self.reduction = reduction
  }

  init(copying other: GaussianNLLLoss, _ copier: ModuleCopier) {
    full = other.full
    eps = other.eps
    reduction = other.reduction
  }
  /// Returns the loss, a scalar unless the reduction is `.none`.
  public func callAsFunction(_ input: Tensor, _ target: Tensor, _ variance: Tensor) -> Tensor {
    withHooks([input, target, variance]) { [gaussianNllLoss($0[0], $0[1], $0[2], full: full, eps: eps, reduction: reduction)] }[0]
  }
}

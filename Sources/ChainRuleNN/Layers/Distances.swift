public import ChainRule

/// The cosine of the angle between two tensors along a dimension.
public final class CosineSimilarity: HookedModule, SelfCopying {
  private let dim: Int
  private let eps: Double

  /// The similarity along `dim`; norms are at least `eps`.
  public init(dim: Int = 1, eps: Double = 1e-8) {
    self.dim = dim
    self.eps = eps
  }

  init(copying other: CosineSimilarity, _ copier: ModuleCopier) {
    dim = other.dim
    eps = other.eps
  }
  /// Returns x1 x2 / (|x1| |x2|) without the dimension, for shapes that broadcast.
  public func callAsFunction(_ x1: Tensor, _ x2: Tensor) -> Tensor {
    withHooks([x1, x2]) { [cosineSimilarity($0[0], $0[1], dim: dim, eps: eps)] }[0]
  }
}

/// The p-norm of the difference of two tensors along the last dimension.
public final class PairwiseDistance: HookedModule, SelfCopying {
  private let p: Double
  private let eps: Double
  private let keepDim: Bool

  /// The distance by the norm `p`; `eps` is added to the difference.
  public init(p: Double = 2, eps: Double = 1e-6, keepDim: Bool = false) {
    self.p = p
    self.eps = eps
    self.keepDim = keepDim
  }

  init(copying other: PairwiseDistance, _ copier: ModuleCopier) {
    p = other.p
    eps = other.eps
    keepDim = other.keepDim
  }
  /// Returns |x1 - x2 + eps|_p of [n, size] or [size], without the last dimension or, with `keepDim`, with 1 in its place.
  public func callAsFunction(_ x1: Tensor, _ x2: Tensor) -> Tensor {
    withHooks([x1, x2]) { [pairwiseDistance($0[0], $0[1], p: p, eps: eps, keepDim: keepDim)] }[0]
  }
}

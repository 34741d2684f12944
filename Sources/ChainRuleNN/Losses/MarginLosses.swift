public import ChainRule

/// The distance of angles between pairs that are alike or not: see `cosineEmbeddingLoss`.
public final class CosineEmbeddingLoss: HookedModule, SelfCopying {
  private let margin: Double
  private let reduction: Reduction

  /// The loss with its options, as the function of this name has them.
  public init(margin: Double = 0, reduction: Reduction = .mean) {
    self.margin = margin
    self.reduction = reduction
  }

  init(copying other: CosineEmbeddingLoss, _ copier: ModuleCopier) {
    margin = other.margin
    reduction = other.reduction
  }
  /// Returns the loss, a scalar unless the reduction is `.none`.
  public func callAsFunction(_ input1: Tensor, _ input2: Tensor, _ target: Tensor) -> Tensor {
    withHooks([input1, input2, target]) { [cosineEmbeddingLoss($0[0], $0[1], $0[2], margin: margin, reduction: reduction)] }[0]
  }
}

/// The hinge loss of which of two is larger: see `marginRankingLoss`.
public final class MarginRankingLoss: HookedModule, SelfCopying {
  private let margin: Double
  private let reduction: Reduction

  /// The loss with its options, as the function of this name has them.
  public init(margin: Double = 0, reduction: Reduction = .mean) {
    self.margin = margin
    self.reduction = reduction
  }

  init(copying other: MarginRankingLoss, _ copier: ModuleCopier) {
    margin = other.margin
    reduction = other.reduction
  }
  /// Returns the loss, a scalar unless the reduction is `.none`.
  public func callAsFunction(_ input1: Tensor, _ input2: Tensor, _ target: Tensor) -> Tensor {
    withHooks([input1, input2, target]) { [marginRankingLoss($0[0], $0[1], $0[2], margin: margin, reduction: reduction)] }[0]
  }
}

/// The hinge loss of distances of pairs that are alike or not: see `hingeEmbeddingLoss`.
public final class HingeEmbeddingLoss: Loss, SelfCopying {
  private let margin: Double
  private let reduction: Reduction

  /// The loss with its options, as the function of this name has them.
  public init(margin: Double = 1, reduction: Reduction = .mean) {
    self.margin = margin
    self.reduction = reduction
  }

  init(copying other: HingeEmbeddingLoss, _ copier: ModuleCopier) {
    margin = other.margin
    reduction = other.reduction
  }
  /// Returns the loss, a scalar unless the reduction is `.none`.
  public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
    hingeEmbeddingLoss(input, target, margin: margin, reduction: reduction)
  }
}

/// The mean of ln(1 + e^(-target x)): see `softMarginLoss`.
public final class SoftMarginLoss: Loss, SelfCopying {
  private let reduction: Reduction

  /// The loss with its options, as the function of this name has them.
  public init(reduction: Reduction = .mean) {
    self.reduction = reduction
  }

  init(copying other: SoftMarginLoss, _ copier: ModuleCopier) {
    reduction = other.reduction
  }
  /// Returns the loss, a scalar unless the reduction is `.none`.
  public func forward(_ input: Tensor, _ target: Tensor) -> Tensor { softMarginLoss(input, target, reduction: reduction) }
}

/// The hinge loss of which example an anchor is closer to: see `tripletMarginLoss`.
public final class TripletMarginLoss: HookedModule, SelfCopying {
  private let margin: Double
  private let p: Double
  private let eps: Double
  private let swap: Bool
  private let reduction: Reduction

  /// The loss with its options, as the function of this name has them.
  public init(margin: Double = 1, p: Double = 2, eps: Double = 1e-6, swap: Bool = false, reduction: Reduction = .mean) {
    self.margin = margin
    self.p = p
    self.eps = eps
    self.swap = swap
    self.reduction = reduction
  }

  init(copying other: TripletMarginLoss, _ copier: ModuleCopier) {
    margin = other.margin
    p = other.p
    eps = other.eps
    swap = other.swap
    reduction = other.reduction
  }
  /// Returns the loss, a scalar unless the reduction is `.none`.
  public func callAsFunction(_ anchor: Tensor, _ positive: Tensor, _ negative: Tensor) -> Tensor {
    withHooks([anchor, positive, negative]) {
      [tripletMarginLoss($0[0], $0[1], $0[2], margin: margin, p: p, eps: eps, swap: swap, reduction: reduction)]
    }[0]
  }
}

/// `TripletMarginLoss` with a distance of your own: see `tripletMarginWithDistanceLoss`.
public final class TripletMarginWithDistanceLoss: HookedModule, RenamedMembers, SelfCopying {
  private let distance: ((Tensor, Tensor) -> Tensor)?
  private let distanceFunction: PairwiseDistance?
  var memberNames: [String: String] { ["distanceFunction": "distance_function"] }
  private let margin: Double
  private let swap: Bool
  private let reduction: Reduction

  /// The loss with its options, as the function of this name has them.
  public init(margin: Double = 1, swap: Bool = false, reduction: Reduction = .mean, distance: ((Tensor, Tensor) -> Tensor)? = nil) {
    self.distance = distance
    distanceFunction = distance == nil ? PairwiseDistance() : nil
    self.margin = margin
    self.swap = swap
    self.reduction = reduction
  }

  init(copying other: TripletMarginWithDistanceLoss, _ copier: ModuleCopier) {
    distance = other.distance
    distanceFunction = copier(other.distanceFunction)
    margin = other.margin
    swap = other.swap
    reduction = other.reduction
  }
  /// Returns the loss, a scalar unless the reduction is `.none`.
  public func callAsFunction(_ anchor: Tensor, _ positive: Tensor, _ negative: Tensor) -> Tensor {
    withHooks([anchor, positive, negative]) {
      [tripletMarginWithDistanceLoss($0[0], $0[1], $0[2], margin: margin, swap: swap, reduction: reduction, distance: distance)]
    }[0]
  }
}

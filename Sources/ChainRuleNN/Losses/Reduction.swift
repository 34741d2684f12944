import ChainRule

/// What becomes of the losses of the single elements.
public enum Reduction: Sendable {
  /// They stay as they are.
  case none
  /// Their mean; where elements have weights that are shares of it, the weighted mean.
  case mean
  /// Their sum.
  case sum

  var rule: LossReduction {
    switch self {
    case .none: .none
    case .mean: .mean
    case .sum: .sum
    }
  }

  func apply(_ x: Tensor) -> Tensor {
    switch self {
    case .none: x
    case .mean: x.mean()
    case .sum: x.sum()
    }
  }
}

/// What becomes of the single terms of a divergence.
public enum DivergenceReduction: Sendable {
  /// They stay as they are.
  case none
  /// Their mean over all elements, which is not the mathematical divergence.
  case mean
  /// Their sum divided by the size of dimension 0: the mean divergence of a batch.
  case batchMean
  /// Their sum.
  case sum
}

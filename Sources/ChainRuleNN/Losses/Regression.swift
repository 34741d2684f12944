public import ChainRule

/// Returns the mean of (x - t)^2.
///
/// A target of another shape broadcasts, which is rarely meant: a warning says so.
///
/// - Parameters:
///   - input: the prediction.
///   - target: what it should be.
///   - reduction: what becomes of the values of the elements.
///   - weight: what each term is multiplied by, of the input's shape; the mean is then divided by the weights' sum.
public func mseLoss(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean, weight: Tensor? = nil) -> Tensor {
  PointwiseLoss.warnOfSizes(input, target)
  guard let weight else { return PointwiseLoss.apply(.squaredError, input, target, reduction.rule) }
  return weighted(PointwiseLoss.apply(.squaredError, input, target, .none), input, weight, reduction, "mseLoss")
}

/// Returns the mean of |x - t|.
///
/// - Parameters:
///   - input: the prediction.
///   - target: what it should be.
///   - reduction: what becomes of the values of the elements.
///   - weight: what each term is multiplied by, of the input's shape; the mean is then divided by the weights' sum.
public func l1Loss(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean, weight: Tensor? = nil) -> Tensor {
  PointwiseLoss.warnOfSizes(input, target)
  let each = (input - target).abs()
  return weight.map { weighted(each, input, $0, reduction, "l1Loss") } ?? reduction.apply(each)
}

/// The terms times their weights, reduced; the mean is that of the weights, unless they do not count in it.
private func weighted(
  _ each: Tensor, _ input: Tensor, _ weight: Tensor, _ reduction: Reduction, countsWeights: Bool = true, _ name: String
) -> Tensor {
  if weight.shape != input.shape {
    refuse(
      TensorError(
        .shape, "Weights and input must have the same size.", hint: "Each term has a weight.", operation: name,
        shapes: [input.shape, weight.shape]))
  }
  let terms = each * weight
  return reduction == .mean && countsWeights ? terms.sum() / weight.sum() : reduction.apply(terms)
}

/// Returns the mean of d^2 / (2 beta) where |d| < beta, else |d| - beta / 2, with d = x - t; beta 0 gives `l1Loss`.
public func smoothL1Loss(_ input: Tensor, _ target: Tensor, beta: Double = 1, reduction: Reduction = .mean) -> Tensor {
  if !(beta >= 0) {
    refuse(
      TensorError(
        .argument, "smooth_l1_loss does not support negative values for beta.", hint: "It is the width of the quadratic part.",
        operation: "smoothL1Loss"))
  }
  if beta == 0 { return l1Loss(input, target, reduction: reduction) }
  PointwiseLoss.warnOfSizes(input, target)
  return PointwiseLoss.apply(.smoothL1(beta: beta), input, target, reduction.rule)
}

/// Returns the mean of d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2), with d = x - t (Huber 1964).
///
/// - Parameters:
///   - input: the prediction.
///   - target: what it should be.
///   - delta: where the square becomes a straight line.
///   - reduction: what becomes of the values of the elements.
///   - weight: what each term is multiplied by, of the input's shape; as in PyTorch the mean is divided by the number of terms.
public func huberLoss(
  _ input: Tensor, _ target: Tensor, delta: Double = 1, reduction: Reduction = .mean, weight: Tensor? = nil
) -> Tensor {
  if !(delta > 0) {
    refuse(
      TensorError(
        .argument, "huber_loss does not support non-positive values for delta.", hint: "It is the width of the quadratic part.",
        operation: "huberLoss"))
  }
  PointwiseLoss.warnOfSizes(input, target)
  guard let weight else { return PointwiseLoss.apply(.huber(delta: delta), input, target, reduction.rule) }
  return weighted(
    PointwiseLoss.apply(.huber(delta: delta), input, target, .none), input, weight, reduction, countsWeights: false, "huberLoss")
}

/// Returns the Kullback-Leibler divergence t (ln t - x) of log-probabilities `input` from `target`.
///
/// - Parameters:
///   - input: the prediction.
///   - target: what it should be.
///   - logTarget: whether the target is logarithms too.
///   - reduction: `.batchMean` gives the mathematical divergence; `.mean`, PyTorch's default, divides by all elements.
public func klDiv(
  _ input: Tensor, _ target: Tensor, logTarget: Bool = false, reduction: DivergenceReduction = .mean
) -> Tensor {
  if !input.dtype.isFloatingPoint || !target.dtype.isFloatingPoint {
    refuse(
      TensorError(
        .dtype, "kl_div: Integral inputs not supported.", hint: "Logarithms of probabilities are real numbers.", operation: "klDiv"))
  }
  // As in PyTorch, the gradient for a target of 0 is not a number: that of t ln t is infinite there.
  let terms = logTarget ? target.exp() * (target - input) : target.xlogy(target) - target * input
  switch reduction {
  case .none: return terms
  case .mean: return terms.mean()
  case .sum: return terms.sum()
  case .batchMean: return input.rank == 0 ? terms.sum() : terms.sum() / Double(input.shape[0])
  }
}

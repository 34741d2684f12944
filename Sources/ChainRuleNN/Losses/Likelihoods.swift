public import ChainRule

/// Returns the mean of minus the logarithm of the Poisson distribution, without the part that depends on the target alone.
///
/// e^x - t x where `logInput`, else x - t ln(x + eps).
///
/// - Parameters:
///   - input: the prediction.
///   - target: what it should be.
///   - logInput: whether the input is the logarithm of the rate.
///   - full: whether Stirling's approximation of ln t!, for targets above 1, is added.
///   - eps: keeps the logarithm of a rate of 0 finite.
///   - reduction: what becomes of the values of the elements.
public func poissonNllLoss(
  _ input: Tensor, _ target: Tensor, logInput: Bool = true, full: Bool = false, eps: Double = 1e-8, reduction: Reduction = .mean
) -> Tensor {
  var losses = logInput ? input.exp() - target * input : input - target * (input + eps).log()
  if full {
    // The logarithms are of 1 where they do not count, so that their gradients there are no NaN.
    let counts = target .> 1, t = Tensor.where(counts, target, 1)
    losses = losses + Tensor.where(counts, t * t.log() - t + (t * (2 * Double.pi)).log() * 0.5, 0)
  }
  return reduction.apply(losses)
}

/// Returns the mean of (ln v + (x - t)^2 / v) / 2, minus the logarithm of the normal distribution but for a constant.
///
/// - Parameters:
///   - input: the prediction.
///   - target: what it should be.
///   - variance: in the input's shape, or with 1 in place of one dimension, or without the last; at least `eps`, through which its
///     gradient goes unchanged.
///   - full: whether ln(2 pi) / 2 is added.
///   - eps: added so that nothing is divided by 0.
///   - reduction: what becomes of the values of the elements.
public func gaussianNllLoss(
  _ input: Tensor, _ target: Tensor, _ variance: Tensor, full: Bool = false, eps: Double = 1e-6, reduction: Reduction = .mean
) -> Tensor {
  let name = "gaussianNllLoss"
  if !variance.dtype.isFloatingPoint {
    refuse(
      TensorError(
        .dtype, "result type Float can't be cast to the desired output type \(variance.dtype.name)",
        hint: "A variance is a real number.", operation: name, shapes: [variance.shape]))
    return input
  }
  var variance = variance
  if variance.shape != input.shape {
    let differing = variance.rank == input.rank ? zip(input.shape, variance.shape).filter { $0 != $1 }.map(\.1) : []
    if variance.shape == Array(input.shape.dropLast()) {
      variance = variance.unsqueezed(-1)
    } else if differing != [1] {
      refuse(lossError(.shape, "var is of incorrect size", "It is \(variance.shape), the input \(input.shape).", name, input))
      return input
    }
  }
  _ = planned("check variances", [variance.detach()]) { variance in
    if (variance[0] .< 0).any().item(as: Bool.self) {
      refuse(lossError(.argument, "var has negative entry/entries", "A variance is at least 0.", name, variance[0]))
    }
    return []
  }
  if isErrorPending { return input }
  // What is raised to eps has the gradient of what it was.
  let v = Tensor.where(variance .< eps, variance - variance.detach() + eps, variance), d = input - target
  var losses = (v.log() + d * d / v) * 0.5
  if full { losses = losses + 0.918938533204672742 }
  return reduction.apply(losses)
}

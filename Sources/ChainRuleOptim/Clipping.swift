public import ChainRule

/// Scales the gradients so that their norm, as of one long vector, is at most `maxNorm`; returns the norm before.
///
/// - Parameters:
///   - normType: p of the norm; infinity gives the largest absolute value.
///   - errorIfNonfinite: whether a norm that is infinite or NaN is refused.
@discardableResult
public func clipGradNorm(
  _ parameters: [Tensor], maxNorm: Double, normType: Double = 2, errorIfNonfinite: Bool = false
) -> Tensor {
  noGrad {
    let gradients = parameters.compactMap(\.grad)
    guard !gradients.isEmpty else { return Tensor(0.0) }
    let norm = vectorNorm(stack(gradients.map { vectorNorm($0, normType) }), normType)
    let value = norm.item()
    if errorIfNonfinite, !value.isFinite {
      refuse(
        TensorError(
          .argument,
          "The total norm of order \(normType) for gradients from `parameters` is non-finite, so it cannot be clipped. To disable this "
            + "error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`",
          mend: "withAnomalyDetection { } finds where the first NaN or infinity arises.", operation: "clipGradNorm"))
      return norm
    }
    // As in PyTorch the factor is applied also where it is 1, so that NaN spreads.
    let factor = (maxNorm / (norm + 1e-6)).clamp(max: 1.0)
    changeGradients(parameters) { $0 *= factor.to($0.dtype) }
    return norm
  }
}

/// Cuts each element of the gradients to [-clipValue, clipValue].
public func clipGradValue(_ parameters: [Tensor], _ clipValue: Double) {
  noGrad { changeGradients(parameters) { $0 = $0.clamp(min: -clipValue, max: clipValue) } }
}

/// Takes each gradient out of its leaf, so that `body` can change it in place, and puts it back.
private func changeGradients(_ parameters: [Tensor], _ body: (inout Tensor) -> Void) {
  for parameter in parameters {
    guard var gradient = parameter.grad else { continue }
    parameter.grad = nil
    body(&gradient)
    parameter.grad = gradient
  }
}

private func vectorNorm(_ x: Tensor, _ p: Double) -> Tensor {
  if x.count == 0 { return Tensor.zeros([], dtype: x.dtype) }
  if p == .infinity { return x.abs().max() }
  if p == 2 { return (x * x).sum().sqrt() }
  if p == 1 { return x.abs().sum() }
  return x.abs().pow(p).sum().pow(1 / p)
}

public import ChainRule

/// Scales the gradients so that their norm, as of one long vector, is at most `maxNorm`; returns the norm before.
///
/// Gradients whose powers overflow or vanish are measured in units of the largest; PyTorch sets those that overflow to 0.
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
    var norm = vectorNorm(stack(gradients.map { vectorNorm($0, normType) }), normType), unit = 1.0
    if !(norm.item().isFinite && norm.item() > 0), let largest = largestMagnitude(gradients) {
      // The powers left the range of the type, not the gradients: measured in units of the largest of them they stay in it.
      unit = largest
      norm = vectorNorm(stack(gradients.map { vectorNorm($0 / unit, normType) }), normType)
    }
    let scaled = norm
    if unit != 1 { norm = norm * unit }
    let value = scaled.item() * unit
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
    guard unit > 1 else {
      let factor = (maxNorm / (norm + 1e-6)).clamp(max: 1.0)
      changeGradients(parameters) { $0 *= factor.to($0.dtype) }
      return norm
    }
    // In two steps: the factor itself may be too small for the type.
    let rest = min(maxNorm / (scaled.item() + 1e-6 / unit), unit)
    changeGradients(parameters) { $0 = $0 / unit * rest }
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

/// The largest magnitude of an element; nil where there is none but 0, or one is not finite.
private func largestMagnitude(_ gradients: [Tensor]) -> Double? {
  let each = gradients.filter { $0.count > 0 }.map { $0.abs().max().item() }
  guard each.allSatisfy(\.isFinite), let largest = each.max(), largest > 0 else { return nil }
  return largest
}

private func vectorNorm(_ x: Tensor, _ p: Double) -> Tensor {
  if x.count == 0 { return Tensor.zeros([], dtype: x.dtype) }
  if p == .infinity { return x.abs().max() }
  if p == 2 { return (x * x).sum().sqrt() }
  if p == 1 { return x.abs().sum() }
  return x.abs().pow(p).sum().pow(1 / p)
}

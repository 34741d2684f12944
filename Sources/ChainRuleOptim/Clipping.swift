public import ChainRule

/// The norm of all these tensors, as of one long vector.
///
/// - Parameters:
///   - tensors: the tensors.
///   - normType: p of the norm; infinity gives the largest absolute value, 0 the number of tensors that are not zero.
///   - errorIfNonfinite: whether a norm that is infinite or NaN is refused.
public func getTotalNorm(_ tensors: [Tensor], normType: Double = 2, errorIfNonfinite: Bool = false) -> Tensor {
  planned("getTotalNorm", tensors) { tensors in
    noGrad {
      guard !tensors.isEmpty else { return [Tensor(0.0)] }
      let (norm, scaled, unit) = measured(tensors, normType)
      if errorIfNonfinite { refuseNonfinite(scaled.item() * unit, normType, "getTotalNorm") }
      return [norm]
    }
  }[0]
}

/// Scales the gradients so that their norm, as of one long vector, is at most `maxNorm`; returns the norm before.
///
/// Gradients whose powers overflow or vanish are measured in units of the largest; PyTorch sets those that overflow to 0.
///
/// - Parameters:
///   - parameters: the parameters.
///   - maxNorm: the largest norm allowed.
///   - normType: p of the norm; infinity gives the largest absolute value.
///   - errorIfNonfinite: whether a norm that is infinite or NaN is refused.
@discardableResult
public func clipGradNorm(
  _ parameters: [Tensor], maxNorm: Double, normType: Double = 2, errorIfNonfinite: Bool = false
) -> Tensor {
  planned("clipGradNorm", []) { _ in [clipped(parameters, maxNorm, normType, errorIfNonfinite)] }[0]
}

private func clipped(_ parameters: [Tensor], _ maxNorm: Double, _ normType: Double, _ errorIfNonfinite: Bool) -> Tensor {
  noGrad {
    let gradients = parameters.compactMap(\.grad)
    guard !gradients.isEmpty else { return Tensor(0.0) }
    let (norm, scaled, unit) = measured(gradients, normType)
    if maxNorm.isNaN {
      refuse(TensorError(.argument, "Invalid max_norm: nan", hint: "The largest norm is a number.", operation: "clipGradNorm"))
    }
    if errorIfNonfinite { refuseNonfinite(scaled.item() * unit, normType, "clipGradNorm") }
    if isErrorPending { return norm }
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

/// Scales the gradients by maxNorm / (totalNorm + 1e-6) where that is below 1, for a norm that was computed over more than these.
public func clipGradsWithNorm(_ parameters: [Tensor], maxNorm: Double, totalNorm: Tensor) {
  if maxNorm.isNaN {
    refuse(TensorError(.argument, "Invalid max_norm: nan", hint: "The largest norm is a number.", operation: "clipGradsWithNorm"))
  }
  if isErrorPending { return }
  _ = planned("clipGradsWithNorm", [totalNorm]) { totalNorm in
    noGrad {
      let factor = (maxNorm / (totalNorm[0] + 1e-6)).clamp(max: 1.0)
      changeGradients(parameters) { $0 *= factor.to($0.dtype) }
    }
    return []
  }
}

/// Cuts each element of the gradients to [-clipValue, clipValue].
public func clipGradValue(_ parameters: [Tensor], _ clipValue: Double) {
  if clipValue.isNaN {
    refuse(TensorError(.argument, "Invalid clip_value: nan", hint: "The largest element is a number.", operation: "clipGradValue"))
  }
  if isErrorPending { return }
  _ = planned("clipGradValue", []) { _ in
    noGrad { changeGradients(parameters) { $0 = $0.clamp(min: -clipValue, max: clipValue) } }
    return []
  }
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

/// The norm of all these, and what it is in units of `unit`: 1, or where the powers leave the range of the type, the largest magnitude.
private func measured(_ tensors: [Tensor], _ normType: Double) -> (norm: Tensor, scaled: Tensor, unit: Double) {
  if normType.isNaN {
    refuse(TensorError(.argument, "Invalid norm_type: nan", hint: "p is a number or infinity.", operation: "getTotalNorm"))
  }
  let norm = vectorNorm(stack(tensors.map { vectorNorm($0, normType) }), normType), value: Double = norm.item()
  guard normType > 0, !(value.isFinite && value > 0), let largest = largestMagnitude(tensors) else { return (norm, norm, 1) }
  // Not the tensors left the range: measured in units of the largest of them their powers stay in it.
  let scaled = vectorNorm(stack(tensors.map { vectorNorm($0 / largest, normType) }), normType)
  return (scaled * largest, scaled, largest)
}

private func refuseNonfinite(_ norm: Double, _ normType: Double, _ operation: String) {
  if norm.isFinite { return }
  refuse(
    TensorError(
      .argument,
      "The total norm of order \(normType) for gradients from `parameters` is non-finite, so it cannot be clipped. To disable this "
        + "error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`",
      hint: "withAnomalyDetection { } finds where the first NaN or infinity arises.", operation: operation))
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
  if p == -.infinity { return x.abs().min() }
  if p == 0 { return (x .!= 0).to(x.dtype).sum() }
  if p == 2 { return (x * x).sum().sqrt() }
  if p == 1 { return x.abs().sum() }
  return x.abs().pow(p).sum().pow(1 / p)
}

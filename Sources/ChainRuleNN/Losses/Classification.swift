public import ChainRule

/// Returns minus the mean log-probability of the target classes.
///
/// - Parameters:
///   - logProbabilities: [n, classes], [classes] or [n, classes, d1, ...].
///   - target: class indices, in the shape without the classes.
///   - weight: a factor for each class; `.mean` divides by the sum of the factors met.
///   - ignoreIndex: a target that counts for nothing.
///   - reduction: what becomes of the values of the elements.
public func nllLoss(
  _ logProbabilities: Tensor, _ target: Tensor, weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: Reduction = .mean
) -> Tensor {
  NegativeLogLikelihood(weight: weight, ignoreIndex: ignoreIndex, reduction: reduction.rule).apply(logProbabilities, target)
}

/// Returns the cross entropy of softmax(logits) and the classes of the examples, one each: `crossEntropy(logits, [0, 2, 1])`.
public func crossEntropy(_ logits: Tensor, _ classes: [Int], reduction: Reduction = .mean) -> Tensor {
  crossEntropy(logits, Tensor(classes, dtype: .int64), reduction: reduction)
}

/// Returns the cross entropy of softmax(logits) and the target.
///
/// - Parameters:
///   - logits: [n, classes], [classes] or [n, classes, d1, ...].
///   - target: class indices, in the shape without the classes, or probabilities, in the shape of the logits.
///   - weight: a factor for each class.
///   - ignoreIndex: a class index that counts for nothing.
///   - labelSmoothing: the share of the target that is spread evenly over all classes (Szegedy et al. 2016, section 7).
///   - reduction: what becomes of the values of the elements.
public func crossEntropy(
  _ logits: Tensor, _ target: Tensor, weight: Tensor? = nil, ignoreIndex: Int = -100, labelSmoothing: Double = 0,
  reduction: Reduction = .mean
) -> Tensor {
  if !(labelSmoothing >= 0 && labelSmoothing <= 1) {
    refuse(
      TensorError(
        .argument, "label_smoothing must be between 0.0 and 1.0. Got: \(labelSmoothing)", hint: "It is a share.",
        operation: "crossEntropy"))
    return logits
  }
  let classDim = logits.rank == 1 ? 0 : 1
  let logp = logits.logSoftmax(dim: classDim)
  if isErrorPending { return logp }
  if target.shape == logits.shape, target.dtype.isFloatingPoint {
    return probabilityEntropy(logp, target, classDim, weight, labelSmoothing, reduction)
  }
  let likelihood = nllLoss(logp, target, weight: weight, ignoreIndex: ignoreIndex, reduction: reduction)
  if labelSmoothing == 0 { return likelihood }
  let classes = logits.shape[classDim]
  let counts = target .!= ignoreIndex
  let weighted = weight.map { logp * alongClasses($0, logp, classDim) } ?? logp
  var smooth = Tensor.where(counts, -weighted.sum(dim: classDim), 0)
  switch reduction {
  case .none: break
  case .sum: smooth = smooth.sum()
  case .mean:
    if let weight {
      let index = Tensor.where(counts, target, 0).to(.int64)
      let factors = weight.detach().indexSelect(dim: 0, index: index.flattened()).reshaped(index.shape)
      smooth = smooth.sum() / Tensor.where(counts, factors, 0).sum()
    } else {
      smooth = smooth.sum() / counts.to(logp.dtype).sum()
    }
  }
  return likelihood * (1 - labelSmoothing) + smooth * (labelSmoothing / Double(classes))
}

private func alongClasses(_ weight: Tensor, _ logp: Tensor, _ classDim: Int) -> Tensor {
  var shape = Array(repeating: 1, count: logp.rank)
  guard weight.shape == [logp.shape[classDim]] else {
    refuse(
      lossError(
        .shape,
        "cross_entropy: weight tensor should be defined either for all \(logp.shape[classDim]) classes or no classes but got weight tensor of "
          + "shape: \(weight.shape)", "Give one weight for each class.", "crossEntropy", logp))
    return weight
  }
  shape[classDim] = weight.count
  return weight.detach().reshaped(shape)
}

private func probabilityEntropy(
  _ logp: Tensor, _ target: Tensor, _ classDim: Int, _ weight: Tensor?, _ smoothing: Double, _ reduction: Reduction
) -> Tensor {
  let classes = logp.shape[classDim]
  let smoothed = smoothing == 0 ? target : target * (1 - smoothing) + smoothing / Double(classes)
  let terms = logp * smoothed
  let losses = -(weight.map { terms * alongClasses($0, logp, classDim) } ?? terms).sum(dim: classDim)
  switch reduction {
  case .none: return losses
  case .sum: return losses.sum()
  case .mean: return losses.sum() / Double(max(logp.count / max(classes, 1), 1))
  }
}

/// Returns the mean of -(t ln x + (1 - t) ln(1 - x)) for probabilities `input`; each logarithm is at least -100.
///
/// - Parameters:
///   - input: the prediction.
///   - target: what it should be.
///   - weight: a factor for each element.
///   - reduction: what becomes of the values of the elements.
public func binaryCrossEntropy(_ input: Tensor, _ target: Tensor, weight: Tensor? = nil, reduction: Reduction = .mean) -> Tensor {
  guard sameSizes(input, target, "binaryCrossEntropy") else { return input }
  guard let weight else { return PointwiseLoss.apply(.binaryCrossEntropy, input, target, reduction.rule) }
  return reduction.apply(PointwiseLoss.apply(.binaryCrossEntropy, input, target, .none) * weight)
}

/// Returns `binaryCrossEntropy` of sigmoid(logits), without overflow.
///
/// - Parameters:
///   - logits: the prediction, before the softmax or the sigmoid.
///   - target: what it should be.
///   - weight: a factor for each element.
///   - posWeight: a factor for the positive side, such as negatives / positives for each class.
///   - reduction: what becomes of the values of the elements.
public func binaryCrossEntropyWithLogits(
  _ logits: Tensor, _ target: Tensor, weight: Tensor? = nil, posWeight: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
  guard sameSizes(logits, target, "binaryCrossEntropyWithLogits") else { return logits }
  if weight == nil, posWeight == nil { return PointwiseLoss.apply(.binaryCrossEntropyWithLogits, logits, target, reduction.rule) }
  var losses: Tensor
  if let posWeight {
    losses = (1 - target) * logits - ((posWeight - 1) * target + 1) * logits.logSigmoid()
  } else {
    losses = PointwiseLoss.apply(.binaryCrossEntropyWithLogits, logits, target, .none)
  }
  if let weight { losses = losses * weight }
  return reduction.apply(losses)
}

private func sameSizes(_ input: Tensor, _ target: Tensor, _ operation: String) -> Bool {
  if input.shape == target.shape { return true }
  refuse(
    TensorError(
      .shape, "Target size (\(target.shape)) must be the same as input size (\(input.shape))",
      hint: "Reshape the target, for example with unsqueezed(1).", operation: operation, shapes: [input.shape, target.shape]))
  return false
}

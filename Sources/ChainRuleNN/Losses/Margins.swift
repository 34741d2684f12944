public import ChainRule

/// Returns the mean of 1 - cos(x1, x2) where the target is 1 and of max(0, cos(x1, x2) - margin) where it is -1.
///
/// - Parameters:
///   - input1: [n, size], or [size].
///   - input2: the same shape.
///   - target: 1 or -1 for each pair: [n], or [].
///   - margin: the distance wanted.
///   - reduction: what becomes of the values of the elements.
public func cosineEmbeddingLoss(
  _ input1: Tensor, _ input2: Tensor, _ target: Tensor, margin: Double = 0, reduction: Reduction = .mean
) -> Tensor {
  let name = "cosineEmbeddingLoss"
  guard target.rank < 2 else {
    refuse(lossError(.shape, "0D or 1D target tensor expected, multi-target not supported", "It is 1 or -1 for each pair.", name, target))
    return input1
  }
  guard input1.rank == target.rank + 1, input2.rank == input1.rank else {
    refuse(
      lossError(
        .shape,
        "\(target.rank)D target tensor expects \(target.rank + 1)D input tensors, but found inputs with sizes \(input1.shape) and "
          + "\(input2.shape).", "A pair of vectors has one target.", name, input1))
    return input1
  }
  let dim = target.rank, tiny = 1e-12
  let lengths = ((input1 * input1).sum(dim: dim) + tiny) * ((input2 * input2).sum(dim: dim) + tiny)
  let cosine = (input1 * input2).sum(dim: dim) / lengths.sqrt()
  let alike = Tensor.where(target .== 1, 1 - cosine, 0), unlike = Tensor.where(target .== -1, (cosine - margin).clamp(min: 0.0), 0)
  return reduction.apply(alike + unlike)
}

/// Returns the mean of max(0, -target (x1 - x2) + margin): the first should be larger where the target is 1, the second where it is -1.
public func marginRankingLoss(
  _ input1: Tensor, _ input2: Tensor, _ target: Tensor, margin: Double = 0, reduction: Reduction = .mean
) -> Tensor {
  guard input1.rank == input2.rank, input1.rank == target.rank else {
    refuse(
      lossError(
        .shape,
        "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: \(input1.shape), input2: "
          + "\(input2.shape), target: \(target.shape) ", "Reshape the target.", "marginRankingLoss", input1))
    return input1
  }
  return reduction.apply((-target * (input1 - input2) + margin).clamp(min: 0.0))
}

/// Returns the mean of x where the target is 1 and of max(0, margin - x) where it is -1.
public func hingeEmbeddingLoss(_ input: Tensor, _ target: Tensor, margin: Double = 1, reduction: Reduction = .mean) -> Tensor {
  let unlike = Tensor.where(target .== 1, 0, (margin - input).clamp(min: 0.0)), alike = Tensor.where(target .== -1, 0, input)
  if reduction == .mean, !input.dtype.isFloatingPoint {
    refuse(
      lossError(
        .dtype, "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype.",
        "Convert to a floating-point type first: x.to(.float32).", "hingeEmbeddingLoss", input))
  }
  return reduction.apply(unlike + alike)
}

/// Returns the mean of max(0, |a - p| - |a - n| + margin) for anchors, positive and negative examples (Balntas et al. 2016).
///
/// - Parameters:
///   - anchor: [n, size] or [size], as the others.
///   - positive: examples of the kind of the anchor.
///   - negative: examples of another kind.
///   - margin: the distance wanted.
///   - p: which norm.
///   - eps: added to differences.
///   - swap: whether the distance from the positive to the negative example counts where it is smaller.
///   - reduction: what becomes of the values of the elements.
public func tripletMarginLoss(
  _ anchor: Tensor, _ positive: Tensor, _ negative: Tensor, margin: Double = 1, p: Double = 2, eps: Double = 1e-6, swap: Bool = false,
  reduction: Reduction = .mean
) -> Tensor {
  tripletMarginWithDistanceLoss(anchor, positive, negative, margin: margin, swap: swap, reduction: reduction) {
    pairwiseDistance($0, $1, p: p, eps: eps)
  }
}

/// Returns the mean of max(0, d(a, p) - d(a, n) + margin) with a distance of your own.
///
/// - Parameters:
///   - anchor: the examples compared.
///   - positive: examples of the kind of the anchor.
///   - negative: examples of another kind.
///   - margin: the distance wanted.
///   - swap: whether the distance from the positive to the negative example counts where it is smaller.
///   - reduction: what becomes of the values of the elements.
///   - distance: the pairwise distance; where nil, that of `pairwiseDistance`.
public func tripletMarginWithDistanceLoss(
  _ anchor: Tensor, _ positive: Tensor, _ negative: Tensor, margin: Double = 1, swap: Bool = false, reduction: Reduction = .mean,
  distance: ((Tensor, Tensor) -> Tensor)? = nil
) -> Tensor {
  guard margin > 0 else {
    refuse(
      lossError(.argument, "margin must be greater than 0, got \(margin)", "Distances differ by it at least.", "tripletMarginLoss", anchor))
    return anchor
  }
  guard anchor.rank == positive.rank, anchor.rank == negative.rank else {
    refuse(
      lossError(
        .shape,
        "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor "
          + "\(anchor.rank)D, positive \(positive.rank)D, and negative \(negative.rank)D inputs", "They are compared row by row.",
        "tripletMarginLoss", anchor))
    return anchor
  }
  let distance = distance ?? { pairwiseDistance($0, $1) }
  var away = distance(anchor, negative)
  if swap { away = away.minimum(distance(positive, negative)) }
  return reduction.apply((distance(anchor, positive) - away + margin).clamp(min: 0.0))
}

/// Returns the mean of the sum over the other classes i of w[y] max(0, margin - x[y] + x[i])^p / classes.
///
/// - Parameters:
///   - input: [n, classes] or [classes].
///   - target: the class of each example: [n] or [].
///   - p: 1 or 2.
///   - margin: the distance wanted.
///   - weight: a factor for each class.
///   - reduction: what becomes of the values of the elements.
public func multiMarginLoss(
  _ input: Tensor, _ target: Tensor, p: Int = 1, margin: Double = 1, weight: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
  let name = "multiMarginLoss"
  guard requireReal(input, "multi_margin_loss_cpu_kernel", name) else { return input }
  guard p == 1 || p == 2 else {
    refuse(lossError(.argument, "only p == 1 and p == 2 supported", "It is \(p).", name, input))
    return input
  }
  guard input.rank <= 2, input.count > 0, target.count == (input.rank == 2 ? input.shape[0] : 1), target.rank < 2 else {
    refuse(
      lossError(
        .shape, "inconsistent target size, expected \(input.rank == 2 ? input.shape[0] : 1) but got \(target.shape)",
        "There is one class for each row of the input.", name, input))
    return input
  }
  let x = input.rank == 2 ? input : input.reshaped(1, -1), classes = x.shape[1], y = target.reshaped(-1, 1)
  guard weight.map({ $0.shape == [classes] }) ?? true else {
    refuse(lossError(.shape, "inconsistent weight size, expected \(classes)", "There is one factor for each class.", name, input))
    return input
  }
  var terms = (margin - x.gather(dim: 1, index: y) + x).relu()
  if p == 2 { terms = terms * terms }
  if let weight { terms = terms * weight.detach().indexSelect(dim: 0, index: target.reshaped(-1)).unsqueezed(1) }
  let isTarget = Tensor.arange(classes) .== y
  let losses = Tensor.where(isTarget, 0, terms).sum(dim: 1) / Double(classes)
  return reduction.apply(input.rank == 2 ? losses : losses.squeezed(0))
}

/// Returns the mean of the sum over targets y and other classes i of max(0, 1 - (x[y] - x[i])) / classes.
///
/// - Parameters:
///   - input: [n, classes] or [classes].
///   - target: of the same shape: the classes of each example, ended by -1 where they are not all.
///   - reduction: what becomes of the values of the elements.
public func multilabelMarginLoss(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean) -> Tensor {
  let name = "multilabelMarginLoss"
  guard requireReal(input, "multilabel_margin_loss_forward_out_frame", name) else { return input }
  guard input.rank <= 2, input.count > 0, target.shape == input.shape, !target.dtype.isFloatingPoint else {
    refuse(
      lossError(
        .shape, "inconsistent target size: \(target.shape) for input of size: \(input.shape)",
        "Targets are class indices in the input's shape, ended by -1.", name, input))
    return input
  }
  let x = input.rank == 2 ? input : input.reshaped(1, -1), n = x.shape[0], classes = x.shape[1]
  let labels = target.array(of: Int.self)
  guard labels.allSatisfy({ $0 >= -1 && $0 < classes }) else {
    refuse(lossError(.index, "target out of range", "Classes are 0 to \(classes - 1); -1 ends the list.", name, target))
    return input
  }
  var counts = Array(repeating: 0.0, count: labels.count), isOther = Array(repeating: 1.0, count: labels.count), index = labels
  for row in 0..<n {
    var isOver = false
    for i in row * classes..<(row + 1) * classes {
      if labels[i] < 0 { isOver = true }
      if isOver {
        index[i] = 0
      } else {
        counts[i] = 1
        isOther[row * classes + labels[i]] = 0
      }
    }
  }
  func tensor(_ values: [Double]) -> Tensor { Tensor(values, shape: [n, classes], dtype: x.dtype) }
  let chosen = x.gather(dim: 1, index: Tensor(index, shape: [n, classes], dtype: .int64))
  let terms = (1 - (chosen.unsqueezed(2) - x.unsqueezed(1))).relu()
  let losses =
    Tensor.where((tensor(counts).unsqueezed(2) * tensor(isOther).unsqueezed(1)) .> 0, terms, 0).sum(dim: [1, 2]) / Double(classes)
  return reduction.apply(input.rank == 2 ? losses : losses.squeezed(0))
}

/// Returns the mean, over examples and classes, of -(t ln sigmoid(x) + (1 - t) ln sigmoid(-x)).
///
/// - Parameters:
///   - input: [n, classes] or [classes].
///   - target: 0 or 1, in the same shape.
///   - weight: a factor for each class.
///   - reduction: what becomes of the values of the elements.
public func multilabelSoftMarginLoss(
  _ input: Tensor, _ target: Tensor, weight: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
  guard input.rank > 0, target.rank == 0 || input.shape == target.shape else {
    refuse(
      lossError(
        .shape, "Target size (\(target.shape)) must be the same as input size (\(input.shape))", "The last dimension is the classes.",
        "multilabelSoftMarginLoss", input))
    return input
  }
  var terms = -(target * input.logSigmoid() + (1 - target) * (-input).logSigmoid())
  if let weight { terms = terms * weight.detach() }
  return reduction.apply(terms.mean(dim: -1))
}

/// Returns the mean of ln(1 + e^(-target x)) for targets 1 and -1.
public func softMarginLoss(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean) -> Tensor {
  if !input.dtype.isFloatingPoint {
    refuse(
      lossError(
        .dtype, "result type Float can't be cast to the desired output type \(input.dtype.name)",
        "Convert to a floating-point type first: x.to(.float32).", "softMarginLoss", input))
  }
  let terms = -(target * input).logSigmoid()
  if terms.shape != input.shape {
    refuse(
      lossError(
        .shape, "output with shape \(input.shape) doesn't match the broadcast shape \(terms.shape)", "Reshape the target.",
        "softMarginLoss", input))
  }
  return reduction.apply(terms)
}

func lossError(_ kind: TensorError.Kind, _ message: String, _ hint: String, _ name: String, _ x: Tensor) -> TensorError {
  TensorError(kind, message, hint: hint, operation: name, shapes: [x.shape])
}

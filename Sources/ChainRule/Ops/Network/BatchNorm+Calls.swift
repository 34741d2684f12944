/// Returns (x - mean) / sqrt(variance + eps), times `weight`, plus `bias`, channel by channel.
///
/// In training, mean and variance are those of the batch, and the running ones, which must be leaves, follow them:
/// running = (1 - momentum) running + momentum batch, with the variance corrected for bias. In evaluation the running ones are used.
///
/// - Parameters:
///   - x: [n, channels, ...].
///   - runningMean: [channels], or nil in training.
///   - runningVar: [channels], or nil in training.
///   - weight: [channels], or nil.
///   - bias: [channels], or nil.
///   - training: whether the statistics are those of the batch.
///   - momentum: the weight of the newest value in a running average.
///   - eps: added so that nothing is divided by 0.
public func batchNorm(
  _ x: Tensor, runningMean: Tensor? = nil, runningVar: Tensor? = nil, weight: Tensor? = nil, bias: Tensor? = nil, training: Bool = true,
  momentum: Double = 0.1, eps: Double = 1e-5
) -> Tensor {
  batchNorm(
    x, runningMean: runningMean, runningVar: runningVar, weight: weight, bias: bias, training: training, momentum: momentum, eps: eps,
    parts: nil)
}

/// The same; in training the statistics are those of all `parts` of the batch, of which `x` is one.
package func batchNorm(
  _ x: Tensor, runningMean: Tensor?, runningVar: Tensor?, weight: Tensor?, bias: Tensor?, training: Bool, momentum: Double, eps: Double,
  parts: (any BatchSum)?
) -> Tensor {
  orFail([x]) { () throws(TensorError) in
    // An empty vector is nothing, in no channels, as in PyTorch.
    if x.shape == [0] { return x }
    if let wide = Rules.widened(x, beside: [runningMean, runningVar, weight, bias]) {
      let y = batchNorm(
        wide, runningMean: runningMean, runningVar: runningVar, weight: weight, bias: bias, training: training, momentum: momentum, eps: eps
      )
      return y.to(x.dtype)
    }
    try Rules.refuseIntegers(x, "batch_norm", "batchNorm")
    try Channels.check(
      x, [("running_mean", runningMean), ("running_var", runningVar), ("weight", weight), ("bias", bias)], "batchNorm")
    guard training else {
      guard let runningMean, let runningVar else {
        throw TensorError(
          .argument, "Expected running_mean and running_var to be defined when training=False",
          hint: "Give both, or train.", operation: "batchNorm")
      }
      let scale = (runningVar + eps).rsqrt()
      return Channels.affine(Channels.affine(x - Channels.spread(runningMean, x.rank), scale, nil), weight, bias)
    }
    guard eps > 0 else {
      throw TensorError(
        .argument, "batch_norm eps must be positive during training, but got \(Rules.short(eps))",
        hint: "It keeps the variance away from 0.", operation: "batchNorm")
    }
    let n = x.size(1) > 0 ? x.count / x.size(1) : 0
    if let parts {
      let (h, mean, variance, total) = normalized(x, n, eps, parts)
      if isErrorPending { return h }
      guard total > 1 else { throw tooFewValues(x) }
      follow(runningMean, mean, momentum)
      follow(runningVar, variance * (total / (total - 1)), momentum)
      return Channels.affine(h, weight, bias)
    }
    guard n > 1 || x.count == 0 else { throw tooFewValues(x) }
    let operation = BatchNormalization(eps: eps)
    var inputs = [x]
    if let bias { inputs += [weight ?? Tensor.ones([x.size(1)], dtype: x.dtype), bias] } else if let weight { inputs.append(weight) }
    let outputs = operation(inputs)
    if outputs.count == 3, !isErrorPending, n > 1 {
      follow(runningMean, outputs[1], momentum)
      follow(runningVar, outputs[2] * (Double(n) / Double(n - 1)), momentum)
    }
    return outputs[0]
  }
}

/// Part of a batch brought to mean 0 and variance 1 with all other parts; their mean, variance and number of values for each channel.
///
/// The variance is the mean square of what is left without the mean: mean(x^2) - mean(x)^2 would lose digits.
private func normalized(
  _ x: Tensor, _ count: Int, _ eps: Double, _ parts: any BatchSum
) -> (h: Tensor, mean: Tensor, variance: Tensor, count: Double) {
  let over = Channels.others(x.rank), wide = x.dtype.isNarrow ? x.to(.float32) : x
  func sums(_ x: Tensor) -> Tensor { x.sum(dim: over).to(.float64) }
  let first = SharedBatch.sum(cat([sums(wide), Tensor([Double(count)], dtype: .float64)]), parts)
  if isErrorPending { return (x, x, x, 0) }
  let channels = x.size(1), total = first.detach().select(dim: 0, index: channels).item(as: Double.self)
  let mean = first.narrow(dim: 0, start: 0, count: channels) / total
  let centered = wide - Channels.spread(mean.to(wide.dtype), x.rank)
  let variance = SharedBatch.sum(sums(centered * centered), parts) / total
  let h = centered * Channels.spread((variance + eps).rsqrt().to(wide.dtype), x.rank)
  return (h.to(x.dtype), mean.to(x.dtype), variance.to(x.dtype), total)
}

private func tooFewValues(_ x: Tensor) -> TensorError {
  TensorError(
    .shape, "Expected more than 1 value per channel when training, got input size torch.Size(\(x.shape))",
    hint: "One value has no variance: use a larger batch, or evaluate.", operation: "batchNorm")
}

/// Moves a running statistic towards that of a batch; one that is no leaf is a constant, and stays.
private func follow(_ running: Tensor?, _ batch: Tensor, _ momentum: Double) {
  guard let running, running.isCell else { return }
  noGrad { running.data = running.data * (1 - momentum) + batch.detach() * momentum }
}

/// Returns groups of the channels of each example with mean 0 and variance 1, times `weight`, plus `bias` (Wu and He 2018).
///
/// - Parameters:
///   - x: [n, channels, ...].
///   - groups: how many groups of neighbouring channels there are.
///   - weight: [channels], or nil.
///   - bias: [channels], or nil.
///   - eps: added so that nothing is divided by 0.
public func groupNorm(_ x: Tensor, _ groups: Int, weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5) -> Tensor {
  orFail([x]) { () throws(TensorError) in
    if let wide = Rules.widened(x, beside: [weight, bias]) {
      return groupNorm(wide, groups, weight: weight, bias: bias, eps: eps).to(x.dtype)
    }
    try Channels.check(x, [("weight", weight), ("bias", bias)], "groupNorm")
    guard groups > 0, x.size(1) % groups == 0 else {
      throw TensorError(
        .shape,
        "Expected number of channels in input to be divisible by num_groups, but got input of shape \(x.shape) and num_groups=\(groups)",
        hint: "All groups have as many channels.", operation: "groupNorm")
    }
    try Rules.refuseIntegers(x, "GroupNormKernelImpl", "groupNorm")
    if x.count == 0 { return Channels.affine(x, weight, bias) }
    let rows = x.reshaped(x.size(0), groups, x.count / (x.size(0) * groups))
    return Channels.affine(LayerNormalization(dims: 1, eps: eps)([rows])[0].reshaped(x.shape), weight, bias)
  }
}

/// Returns each channel of each example with mean 0 and variance 1, times `weight`, plus `bias` (Ulyanov et al. 2016).
///
/// Running statistics follow the mean over the examples, and are used in place of the input's where `useInputStats` is false.
public func instanceNorm(
  _ x: Tensor, runningMean: Tensor? = nil, runningVar: Tensor? = nil, weight: Tensor? = nil, bias: Tensor? = nil,
  useInputStats: Bool = true, momentum: Double = 0.1, eps: Double = 1e-5
) -> Tensor {
  orFail([x]) { () throws(TensorError) in
    if let wide = Rules.widened(x, beside: [runningMean, runningVar, weight, bias]) {
      let y = instanceNorm(
        wide, runningMean: runningMean, runningVar: runningVar, weight: weight, bias: bias, useInputStats: useInputStats,
        momentum: momentum, eps: eps)
      return y.to(x.dtype)
    }
    try Channels.check(
      x, [("running_mean", runningMean), ("running_var", runningVar), ("weight", weight), ("bias", bias)], "instanceNorm")
    guard useInputStats else {
      return batchNorm(x, runningMean: runningMean, runningVar: runningVar, weight: weight, bias: bias, training: false, eps: eps)
    }
    let shape = x.shape, n = shape[2...].reduce(1, *)
    guard n > 1 else {
      throw TensorError(
        .shape, "Expected more than 1 spatial element when training, got input size torch.Size(\(shape))",
        hint: "One value has no variance.", operation: "instanceNorm")
    }
    if x.count == 0 { return Channels.affine(x, weight, bias) }
    let outputs = BatchNormalization(eps: eps)([x.reshaped([1, shape[0] * shape[1]] + shape[2...])])
    if outputs.count == 3, !isErrorPending {
      let variance = outputs[2] * (Double(n) / Double(n - 1))
      follow(runningMean, outputs[1].reshaped(shape[0], shape[1]).mean(dim: 0), momentum)
      follow(runningVar, variance.reshaped(shape[0], shape[1]).mean(dim: 0), momentum)
    }
    return Channels.affine(outputs[0].reshaped(shape), weight, bias)
  }
}

/// Returns x / sqrt(mean(x^2) + eps), times `weight`, over the last dimensions of `x`, which are `shape` (Zhang and Sennrich 2019).
///
/// - Parameters:
///   - x: the input.
///   - shape: the last dimensions, over which is normalized.
///   - weight: of `shape`, or nil.
///   - eps: the precision of the element type where nil.
public func rmsNorm(_ x: Tensor, _ shape: [Int], weight: Tensor? = nil, eps: Double? = nil) -> Tensor {
  orFail([x]) { () throws(TensorError) in
    guard !shape.isEmpty, x.shape.suffix(shape.count) == shape[...], weight.map({ $0.shape == shape }) ?? true else {
      throw TensorError(
        .shape,
        "Given normalized_shape=\(shape), expected input with shape [*, \(shape.map(String.init).joined(separator: ", "))], but got "
          + "input of size\(x.shape)", hint: "The last dimensions of the input, and the weight, have the normalised shape.",
        operation: "rmsNorm")
    }
    let over = Array((x.rank - shape.count)..<x.rank)
    let precision = x.dtype == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne)
    let h = x * (x.square().mean(dim: over, keepDim: true) + (eps ?? precision)).rsqrt()
    return weight.map { h * $0 } ?? h
  }
}

extension ChannelNormalization {
  /// What is composed of the family's operations.
  static let composed: [OperationInfo] = [
    OperationInfo(
      "instanceNorm", "Each channel of each example brought to mean 0 and variance 1, then scaled and shifted.",
      call: "instanceNorm(x, weight: w, bias: b)", formula: "(x - mean)/sqrt(var + eps) w + b",
      derivative: "as of groupNorm with a group for each channel", shapes: "[n, c, l], [c], [c] -> [n, c, l]", takesIntegers: false,
      samples: [
        .init("", [.init([2, 3, 4]), .init([3]), .init([3])]) { instanceNorm($0[0], weight: $0[1], bias: $0[2]) }
      ])
  ]
}

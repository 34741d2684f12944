public import ChainRule

/// What batch and instance normalisation have in common: scale, shift and running statistics of channels.
public class ChannelNormLayer: Layer {
  /// The scale, 1 at first.
  public let weight: Tensor?
  /// The shift, 0 at first.
  public let bias: Tensor?
  /// The mean that follows the batches', 0 at first.
  public let runningMean: Buffer?
  /// The variance that follows the batches', 1 at first.
  public let runningVar: Buffer?
  /// How many batches there were.
  public let batchesTracked: Buffer?
  let channels: Int
  let eps: Double
  var momentum: Double?
  /// Whether the statistics are those of a batch, and not of one image.
  var isBatchNorm: Bool { true }

  init(_ channels: Int, eps: Double, momentum: Double?, affine: Bool, tracks: Bool, _ dtype: DType?) {
    self.channels = channels
    self.eps = eps
    self.momentum = momentum
    weight = affine ? Tensor.ones([channels], dtype: dtype).asParameter() : nil
    bias = affine ? Tensor.zeros([channels], dtype: dtype).asParameter() : nil
    runningMean = tracks ? Buffer(Tensor.zeros([channels], dtype: dtype), name: "running_mean") : nil
    runningVar = tracks ? Buffer(Tensor.ones([channels], dtype: dtype), name: "running_var") : nil
    // States older than PyTorch 0.4.1 have no such count; like PyTorch, the layer then keeps its own.
    batchesTracked = tracks ? Buffer(Tensor(0), name: "num_batches_tracked", isRequired: false) : nil
  }

  /// Applies the layer.
  public func callAsFunction(_ x: Tensor) -> Tensor { x }

  /// Whether `x` has one of these ranks; refuses it where not.
  func check(_ x: Tensor, ranks: [Int]) -> Bool {
    if ranks.contains(x.rank) { return true }
    let expected = ranks.map { "\($0)D" }.joined(separator: " or ")
    refuse(
      TensorError(
        .shape, "expected \(expected) input (got \(x.rank)D input)", mend: "The first two dimensions are batch and channels.",
        operation: "\(type(of: self))", shapes: [x.shape]))
    return false
  }

  func batchNormalized(_ x: Tensor) -> Tensor {
    var momentum = momentum ?? 0
    let training = isTraining
    if training, let batchesTracked {
      batchesTracked.value = batchesTracked.value + 1
      // Without a momentum the running statistics are the plain means of all batches.
      if self.momentum == nil { momentum = 1 / batchesTracked.value.item() }
    }
    return batchNorm(
      x, runningMean: runningMean?.tensor, runningVar: runningVar?.tensor, weight: weight, bias: bias,
      training: training || runningMean == nil, momentum: momentum, eps: eps)
  }

  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    "\(channels), eps=\(eps), momentum=\(momentum.map { "\($0)" } ?? "None"), affine=\(PythonText.text(weight != nil)), "
      + "bias=\(PythonText.text(bias != nil)), track_running_stats=\(PythonText.text(runningMean != nil))"
  }
}

/// Normalisation of features over the batch (Ioffe and Szegedy 2015).
public final class BatchNorm1d: ChannelNormLayer {
  /// Normalises `channels` features.
  ///
  /// - Parameters:
  ///   - momentum: the share of a new batch in the running statistics; nil for their plain mean.
  ///   - affine: whether scale and shift are learned.
  ///   - trackRunningStats: whether evaluation uses running statistics.
  public init(
    _ channels: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true,
    dtype: DType? = nil
  ) {
    super.init(channels, eps: eps, momentum: momentum, affine: affine, tracks: trackRunningStats, dtype)
  }
  /// Returns x of [n, channels] or [n, channels, length], normalised.
  public override func callAsFunction(_ x: Tensor) -> Tensor { check(x, ranks: [2, 3]) ? batchNormalized(x) : x }
}

/// Normalisation of the channels of images over the batch (Ioffe and Szegedy 2015).
public final class BatchNorm2d: ChannelNormLayer {
  /// Normalises `channels` channels.
  ///
  /// - Parameters:
  ///   - momentum: the share of a new batch in the running statistics; nil for their plain mean.
  ///   - affine: whether scale and shift are learned.
  ///   - trackRunningStats: whether evaluation uses running statistics.
  public init(
    _ channels: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true,
    dtype: DType? = nil
  ) {
    super.init(channels, eps: eps, momentum: momentum, affine: affine, tracks: trackRunningStats, dtype)
  }
  /// Returns x of [n, channels, height, width], normalised.
  public override func callAsFunction(_ x: Tensor) -> Tensor { check(x, ranks: [4]) ? batchNormalized(x) : x }
}

/// Normalisation of each channel of each image (Ulyanov et al. 2016).
public final class InstanceNorm2d: ChannelNormLayer {
  override var isBatchNorm: Bool { false }
  /// Normalises `channels` channels.
  public init(
    _ channels: Int, eps: Double = 1e-5, momentum: Double = 0.1, affine: Bool = false, trackRunningStats: Bool = false,
    dtype: DType? = nil
  ) {
    super.init(channels, eps: eps, momentum: momentum, affine: affine, tracks: trackRunningStats, dtype)
  }
  /// Returns x of [n, channels, height, width] or [channels, height, width], normalised.
  public override func callAsFunction(_ x: Tensor) -> Tensor {
    guard check(x, ranks: [3, 4]) else { return x }
    let y = instanceNorm(
      x.rank == 3 ? x.unsqueezed(0) : x, runningMean: runningMean?.tensor, runningVar: runningVar?.tensor, weight: weight, bias: bias,
      useInputStats: isTraining || runningMean == nil, momentum: momentum ?? 0, eps: eps)
    return x.rank == 3 ? y.squeezed(0) : y
  }
}

/// Normalisation of groups of channels of each example (Wu and He 2018).
public final class GroupNorm: Layer {
  /// The scale, 1 at first.
  public let weight: Tensor?
  /// The shift, 0 at first.
  public let bias: Tensor?
  private let groups: Int
  private let channels: Int
  private let eps: Double

  /// Normalises `channels` channels in `groups` groups.
  public init(_ groups: Int, _ channels: Int, eps: Double = 1e-5, affine: Bool = true, dtype: DType? = nil) {
    self.groups = groups
    self.channels = channels
    self.eps = eps
    weight = affine ? Tensor.ones([channels], dtype: dtype).asParameter() : nil
    bias = affine ? Tensor.zeros([channels], dtype: dtype).asParameter() : nil
  }
  /// Returns x of [n, channels, ...], normalised.
  public func callAsFunction(_ x: Tensor) -> Tensor { groupNorm(x, groups, weight: weight, bias: bias, eps: eps) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    "\(groups), \(channels), eps=\(eps), affine=\(PythonText.text(weight != nil)), bias=\(PythonText.text(bias != nil))"
  }
}

/// Division by the root mean square over the last dimensions (Zhang and Sennrich 2019).
public final class RMSNorm: Layer {
  /// The scale, 1 at first.
  public let weight: Tensor?
  private let normalizedShape: [Int]
  private let eps: Double?

  /// Normalises over the last dimensions, which must be `shape`; `eps` nil is the precision of the element type.
  public init(_ shape: [Int], eps: Double? = nil, elementwiseAffine: Bool = true, dtype: DType? = nil) {
    normalizedShape = shape
    self.eps = eps
    weight = elementwiseAffine ? Tensor.ones(shape, dtype: dtype).asParameter() : nil
  }
  /// Normalises over the last dimension, which must have `size` elements.
  public convenience init(_ size: Int, eps: Double? = nil, elementwiseAffine: Bool = true, dtype: DType? = nil) {
    self.init([size], eps: eps, elementwiseAffine: elementwiseAffine, dtype: dtype)
  }
  /// Returns x over its root mean square, scaled.
  public func callAsFunction(_ x: Tensor) -> Tensor { rmsNorm(x, normalizedShape, weight: weight, eps: eps) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    "\(PythonText.tuple(normalizedShape)), eps=\(eps.map { "\($0)" } ?? "None"), elementwise_affine=\(PythonText.text(weight != nil))"
  }
}

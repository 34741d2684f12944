public import ChainRule

/// What batch and instance normalisation have in common: scale, shift and running statistics of channels.
public class ChannelNormLayer: Layer, SelfCopying, RenamedClass {
  /// The scale, 1 at first.
  @exclusivity(unchecked) public var weight: Tensor? {
    didSet { weight = assigned(weight, oldValue, "weight", self) }
  }
  /// The shift, 0 at first.
  @exclusivity(unchecked) public var bias: Tensor? {
    didSet { bias = assigned(bias, oldValue, "bias", self) }
  }
  /// The mean that follows the batches', 0 at first.
  public let runningMean: Buffer?
  /// The variance that follows the batches', 1 at first.
  public let runningVar: Buffer?
  /// How many batches there were.
  public let batchesTracked: Buffer?
  var channels: Int
  let eps: Double
  var momentum: Double?
  /// Whether the statistics are those of a batch, and not of one image.
  var isBatchNorm: Bool { true }
  /// Whether the batch is that of all processes: see `SyncBatchNorm`.
  var isSynchronized = false

  init(_ channels: Int, eps: Double, momentum: Double?, affine: Bool, bias: Bool, tracks: Bool, _ dtype: DType?) {
    self.channels = channels
    self.eps = eps
    self.momentum = momentum
    weight = affine ? Tensor.ones([channels], dtype: dtype).asParameter() : nil
    self.bias = affine && bias ? Tensor.zeros([channels], dtype: dtype).asParameter() : nil
    runningMean = tracks ? Buffer(Tensor.zeros([channels], dtype: dtype), name: "running_mean") : nil
    runningVar = tracks ? Buffer(Tensor.ones([channels], dtype: dtype), name: "running_var") : nil
    // States older than PyTorch 0.4.1 have no such count; like PyTorch, the layer then keeps its own.
    batchesTracked = tracks ? Buffer(Tensor(0), name: "num_batches_tracked", isRequired: false) : nil
  }

  required init(copying other: ChannelNormLayer, _ copier: ModuleCopier) {
    weight = copier(other.weight)
    bias = copier(other.bias)
    runningMean = copier(other.runningMean)
    runningVar = copier(other.runningVar)
    batchesTracked = copier(other.batchesTracked)
    channels = other.channels
    eps = other.eps
    momentum = other.momentum
    isSynchronized = other.isSynchronized
  }

  /// Applies the layer.
  public func forward(_ x: Tensor) -> Tensor { x }

  /// Whether `x` has one of these ranks; refuses it where not.
  func check(_ x: Tensor, ranks: [Int]) -> Bool {
    if ranks.contains(x.rank) { return true }
    let expected = ranks.map { "\($0)D" }.joined(separator: " or ")
    refuse(
      TensorError(
        .shape, "expected \(expected) input (got \(x.rank)D input)", hint: "The first two dimensions are batch and channels.",
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
      training: training || runningMean == nil, momentum: momentum, eps: eps,
      parts: training && isSynchronized ? SharedBatch.current : nil)
  }

  var printedName: String { isSynchronized ? "SyncBatchNorm" : String(describing: type(of: self)) }

  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    "\(channels), eps=\(eps), momentum=\(momentum.map { "\($0)" } ?? "None"), affine=\(PythonText.text(weight != nil)), "
      + "bias=\(PythonText.text(bias != nil)), track_running_stats=\(PythonText.text(runningMean != nil))"
  }
}

/// Normalisation of features over the batch (Ioffe and Szegedy 2015): (x - mean) / sqrt(variance + eps) weight + bias.
public final class BatchNorm1d: ChannelNormLayer {
  /// Normalises `channels` features.
  ///
  /// - Parameters:
  ///   - channels: the number of channels, the size of dimension 1.
  ///   - eps: added so that nothing is divided by 0.
  ///   - momentum: the share of a new batch in the running statistics; nil for their plain mean.
  ///   - affine: whether scale and shift are learned.
  ///   - trackRunningStats: whether evaluation uses running statistics.
  ///   - bias: whether there is a shift, where `affine`.
  ///   - dtype: the type of the parameters; the default type where none is given.
  public convenience init(
    _ channels: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true,
    bias: Bool = true, dtype: DType? = nil
  ) {
    self.init(channels, eps: eps, momentum: momentum, affine: affine, bias: bias, tracks: trackRunningStats, dtype)
  }
  /// Returns x of [n, channels] or [n, channels, length], normalised.
  public override func forward(_ x: Tensor) -> Tensor { check(x, ranks: [2, 3]) ? batchNormalized(x) : x }
}

/// Normalisation of the channels of images over the batch (Ioffe and Szegedy 2015): (x - mean) / sqrt(variance + eps) weight + bias.
public final class BatchNorm2d: ChannelNormLayer {
  /// Normalises `channels` channels.
  ///
  /// - Parameters:
  ///   - channels: the number of channels, the size of dimension 1.
  ///   - eps: added so that nothing is divided by 0.
  ///   - momentum: the share of a new batch in the running statistics; nil for their plain mean.
  ///   - affine: whether scale and shift are learned.
  ///   - trackRunningStats: whether evaluation uses running statistics.
  ///   - bias: whether there is a shift, where `affine`.
  ///   - dtype: the type of the parameters; the default type where none is given.
  public convenience init(
    _ channels: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true,
    bias: Bool = true, dtype: DType? = nil
  ) {
    self.init(channels, eps: eps, momentum: momentum, affine: affine, bias: bias, tracks: trackRunningStats, dtype)
  }
  /// Returns x of [n, channels, height, width], normalised.
  public override func forward(_ x: Tensor) -> Tensor { check(x, ranks: [4]) ? batchNormalized(x) : x }
}

/// Normalisation of the channels of volumes over the batch (Ioffe and Szegedy 2015): (x - mean) / sqrt(variance + eps) weight + bias.
public final class BatchNorm3d: ChannelNormLayer {
  /// Normalises `channels` channels.
  ///
  /// - Parameters:
  ///   - channels: the number of channels, the size of dimension 1.
  ///   - eps: added so that nothing is divided by 0.
  ///   - momentum: the share of a new batch in the running statistics; nil for their plain mean.
  ///   - affine: whether scale and shift are learned.
  ///   - trackRunningStats: whether evaluation uses running statistics.
  ///   - bias: whether there is a shift, where `affine`.
  ///   - dtype: the type of the parameters; the default type where none is given.
  public convenience init(
    _ channels: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true,
    bias: Bool = true, dtype: DType? = nil
  ) {
    self.init(channels, eps: eps, momentum: momentum, affine: affine, bias: bias, tracks: trackRunningStats, dtype)
  }
  /// Returns x of [n, channels, depth, height, width], normalised.
  public override func forward(_ x: Tensor) -> Tensor { check(x, ranks: [5]) ? batchNormalized(x) : x }
}

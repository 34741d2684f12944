public import ChainRule

/// Batch normalisation (Ioffe and Szegedy 2015) whose mean and variance, in training, are those of all processes' batches together; of any
/// number of dimensions from 2 on.
///
/// The processes are those of a `World` of ChainRuleDistributed; each calls the layer, and goes backward through it, as often as the others.
/// Results, gradients and running statistics are those of `BatchNorm2d` and its kin on the joined batch. With one process, and in evaluation,
/// it is one of them.
public final class SyncBatchNorm: ChannelNormLayer {
  /// Normalises `channels` channels; the options are those of `BatchNorm2d`.
  public convenience init(
    _ channels: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true,
    bias: Bool = true, dtype: DType? = nil
  ) {
    self.init(channels, eps: eps, momentum: momentum, affine: affine, bias: bias, tracks: trackRunningStats, dtype)
    isSynchronized = true
  }
  /// Returns x of [n, channels, ...], normalised.
  public override func forward(_ x: Tensor) -> Tensor {
    if x.rank >= 2 { return batchNormalized(x) }
    refuse(
      TensorError(
        .shape, "expected at least 2D input (got \(x.rank)D input)", hint: "The first two dimensions are batch and channels.",
        operation: "SyncBatchNorm", shapes: [x.shape]))
    return x
  }

  /// Makes every batch normalisation inside `model`, itself included, one over all processes; PyTorch's `convert_sync_batchnorm`.
  ///
  ///     let model = SyncBatchNorm.convert(ResNet.resnet50(classes: 10))
  ///     let trainer = try DataParallel(model, world)
  ///
  /// The layers are the same objects, with their parameters, buffers, modes and hooks, and are printed as `SyncBatchNorm`.
  ///
  /// - Parameter model: the network; it is changed.
  /// - Returns: the same network.
  @discardableResult
  public static func convert<M: Module>(_ model: M) -> M {
    for (_, module) in model.namedModules() { module.batchNorm?.isSynchronized = true }
    return model
  }
}

extension Module {
  /// Whether a batch normalisation inside takes its statistics over all processes.
  package var hasSynchronizedNorms: Bool { namedModules().contains { $0.module.batchNorm?.isSynchronized == true } }

  /// The batch normalisation that this module is, or will be once it has seen an input.
  fileprivate var batchNorm: ChannelNormLayer? {
    if let layer = self as? ChannelNormLayer { return layer.isBatchNorm ? layer : nil }
    return (self as? LazyBatchNorm1d)?.layer ?? (self as? LazyBatchNorm2d)?.layer ?? (self as? LazyBatchNorm3d)?.layer
  }
}

public import ChainRule

/// Normalisation over the batch of all processes: with one process, which is what there is, `BatchNorm1d`, `2d` and `3d` in one.
public final class SyncBatchNorm: ChannelNormLayer {
  /// Normalises `channels` channels; the options are those of `BatchNorm2d`.
  public convenience init(
    _ channels: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true,
    bias: Bool = true, dtype: DType? = nil
  ) {
    self.init(channels, eps: eps, momentum: momentum, affine: affine, bias: bias, tracks: trackRunningStats, dtype)
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
}

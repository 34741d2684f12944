public import ChainRule

/// Normalisation of each channel of each example, in any number of dimensions.
public class InstanceNormLayer: ChannelNormLayer {
  private let dims: Int
  override var isBatchNorm: Bool { false }

  init(
    dims: Int, _ channels: Int, eps: Double, momentum: Double, affine: Bool, bias: Bool, tracks: Bool, _ dtype: DType?
  ) {
    self.dims = dims
    super.init(channels, eps: eps, momentum: momentum, affine: affine, bias: bias, tracks: tracks, dtype)
  }

  required init(copying other: ChannelNormLayer, _ copier: ModuleCopier) {
    dims = (other as? InstanceNormLayer)?.dims ?? 0
    super.init(copying: other, copier)
  }

  /// Returns x of [n, channels, ...] or [channels, ...], normalised.
  public final override func forward(_ x: Tensor) -> Tensor {
    guard check(x, ranks: [dims + 1, dims + 2]) else { return x }
    let isSingle = x.rank == dims + 1
    let y = instanceNorm(
      isSingle ? x.unsqueezed(0) : x, runningMean: runningMean?.tensor, runningVar: runningVar?.tensor, weight: weight, bias: bias,
      useInputStats: isTraining || runningMean == nil, momentum: momentum ?? 0, eps: eps)
    return isSingle ? y.squeezed(0) : y
  }
}

/// Normalisation of each channel of each sequence (Ulyanov et al. 2016): (x - mean) / sqrt(variance + eps) weight + bias for x of
/// [n, channels, length] or [channels, length].
public final class InstanceNorm1d: InstanceNormLayer {
  /// Normalises `channels` channels.
  ///
  /// - Parameters:
  ///   - channels: the number of channels, the size of dimension 1.
  ///   - eps: added so that nothing is divided by 0.
  ///   - momentum: the share of a new batch in the running statistics.
  ///   - affine: whether scale and shift are learned.
  ///   - trackRunningStats: whether evaluation uses running statistics.
  ///   - bias: whether there is a shift, where `affine`.
  ///   - dtype: the type of the parameters; the default type where none is given.
  public convenience init(
    _ channels: Int, eps: Double = 1e-5, momentum: Double = 0.1, affine: Bool = false, trackRunningStats: Bool = false,
    bias: Bool = true, dtype: DType? = nil
  ) {
    self.init(
      dims: 1, channels, eps: eps, momentum: momentum, affine: affine, bias: bias, tracks: trackRunningStats, dtype)
  }
}

/// Normalisation of each channel of each image (Ulyanov et al. 2016): (x - mean) / sqrt(variance + eps) weight + bias for x of
/// [n, channels, height, width] or [channels, height, width].
public final class InstanceNorm2d: InstanceNormLayer {
  /// Normalises `channels` channels.
  ///
  /// - Parameters:
  ///   - channels: the number of channels, the size of dimension 1.
  ///   - eps: added so that nothing is divided by 0.
  ///   - momentum: the share of a new batch in the running statistics.
  ///   - affine: whether scale and shift are learned.
  ///   - trackRunningStats: whether evaluation uses running statistics.
  ///   - bias: whether there is a shift, where `affine`.
  ///   - dtype: the type of the parameters; the default type where none is given.
  public convenience init(
    _ channels: Int, eps: Double = 1e-5, momentum: Double = 0.1, affine: Bool = false, trackRunningStats: Bool = false,
    bias: Bool = true, dtype: DType? = nil
  ) {
    self.init(
      dims: 2, channels, eps: eps, momentum: momentum, affine: affine, bias: bias, tracks: trackRunningStats, dtype)
  }
}

/// Normalisation of each channel of each volume (Ulyanov et al. 2016): (x - mean) / sqrt(variance + eps) weight + bias for x of
/// [n, channels, depth, height, width], or one of them.
public final class InstanceNorm3d: InstanceNormLayer {
  /// Normalises `channels` channels.
  ///
  /// - Parameters:
  ///   - channels: the number of channels, the size of dimension 1.
  ///   - eps: added so that nothing is divided by 0.
  ///   - momentum: the share of a new batch in the running statistics.
  ///   - affine: whether scale and shift are learned.
  ///   - trackRunningStats: whether evaluation uses running statistics.
  ///   - bias: whether there is a shift, where `affine`.
  ///   - dtype: the type of the parameters; the default type where none is given.
  public convenience init(
    _ channels: Int, eps: Double = 1e-5, momentum: Double = 0.1, affine: Bool = false, trackRunningStats: Bool = false,
    bias: Bool = true, dtype: DType? = nil
  ) {
    self.init(
      dims: 3, channels, eps: eps, momentum: momentum, affine: affine, bias: bias, tracks: trackRunningStats, dtype)
  }
}

public import ChainRule

/// A `BatchNorm1d` that takes the number of its channels from the first input.
public final class LazyBatchNorm1d: LazyLayer<BatchNorm1d> {
  /// The options are those of `BatchNorm1d`.
  public convenience init(
    eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true, bias: Bool = true,
    dtype: DType? = nil
  ) {
    self.init(.batch, nil) { channels, type, _ in
      BatchNorm1d(
        channels, eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats, bias: bias, dtype: type ?? dtype)
    }
  }
}

/// A `BatchNorm2d` that takes the number of its channels from the first input.
public final class LazyBatchNorm2d: LazyLayer<BatchNorm2d> {
  /// The options are those of `BatchNorm2d`.
  public convenience init(
    eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true, bias: Bool = true,
    dtype: DType? = nil
  ) {
    self.init(.batch, nil) { channels, type, _ in
      BatchNorm2d(
        channels, eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats, bias: bias, dtype: type ?? dtype)
    }
  }
}

/// A `BatchNorm3d` that takes the number of its channels from the first input.
public final class LazyBatchNorm3d: LazyLayer<BatchNorm3d> {
  /// The options are those of `BatchNorm3d`.
  public convenience init(
    eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true, bias: Bool = true,
    dtype: DType? = nil
  ) {
    self.init(.batch, nil) { channels, type, _ in
      BatchNorm3d(
        channels, eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats, bias: bias, dtype: type ?? dtype)
    }
  }
}

/// An `InstanceNorm1d` that takes the number of its channels from the first input.
public final class LazyInstanceNorm1d: LazyLayer<InstanceNorm1d> {
  /// The options are those of `InstanceNorm1d`; scale, shift and running statistics are there unless they are turned off.
  public convenience init(
    eps: Double = 1e-5, momentum: Double = 0.1, affine: Bool = true, trackRunningStats: Bool = true, bias: Bool = true,
    dtype: DType? = nil
  ) {
    self.init(.instance(1), nil) { channels, type, _ in
      InstanceNorm1d(
        channels, eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats, bias: bias, dtype: type ?? dtype)
    }
  }
}

/// An `InstanceNorm2d` that takes the number of its channels from the first input.
public final class LazyInstanceNorm2d: LazyLayer<InstanceNorm2d> {
  /// The options are those of `InstanceNorm2d`; scale, shift and running statistics are there unless they are turned off.
  public convenience init(
    eps: Double = 1e-5, momentum: Double = 0.1, affine: Bool = true, trackRunningStats: Bool = true, bias: Bool = true,
    dtype: DType? = nil
  ) {
    self.init(.instance(2), nil) { channels, type, _ in
      InstanceNorm2d(
        channels, eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats, bias: bias, dtype: type ?? dtype)
    }
  }
}

/// An `InstanceNorm3d` that takes the number of its channels from the first input.
public final class LazyInstanceNorm3d: LazyLayer<InstanceNorm3d> {
  /// The options are those of `InstanceNorm3d`; scale, shift and running statistics are there unless they are turned off.
  public convenience init(
    eps: Double = 1e-5, momentum: Double = 0.1, affine: Bool = true, trackRunningStats: Bool = true, bias: Bool = true,
    dtype: DType? = nil
  ) {
    self.init(.instance(3), nil) { channels, type, _ in
      InstanceNorm3d(
        channels, eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats, bias: bias, dtype: type ?? dtype)
    }
  }
}

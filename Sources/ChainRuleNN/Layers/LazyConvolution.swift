public import ChainRule

/// A `Linear` that takes the number of its inputs from the first one.
public final class LazyLinear: LazyLayer<Linear> {
  /// A map to vectors of `outputs` elements.
  public convenience init(_ outputs: Int, bias: Bool = true, dtype: DType? = nil, generator: Generator? = nil) {
    self.init(.features, generator) { Linear($0, outputs, bias: bias, dtype: $1 ?? dtype, generator: $2) }
  }
}

/// A `Conv1d` that takes the number of its input's channels from the first one.
public final class LazyConv1d: LazyLayer<Conv1d> {
  /// Filters of `kernel` elements to `outputs` channels; the options are those of `Conv1d`.
  public convenience init(
    _ outputs: Int, kernel: some SpatialSizes, stride: some SpatialSizes = 1, padding: some SpatialPadding = 0,
    dilation: some SpatialSizes = 1, groups: Int = 1, bias: Bool = true, paddingMode: ConvolutionPaddingMode = .zeros,
    dtype: DType? = nil, generator: Generator? = nil
  ) {
    self.init(.convolution(1, groups: groups), generator) {
      Conv1d(
        $0, outputs, kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups, bias: bias,
        paddingMode: paddingMode, dtype: $1 ?? dtype, generator: $2)
    }
  }
}

/// A `Conv2d` that takes the number of its input's channels from the first one.
public final class LazyConv2d: LazyLayer<Conv2d> {
  /// Filters of `kernel` elements to `outputs` channels; the options are those of `Conv2d`.
  public convenience init(
    _ outputs: Int, kernel: some SpatialSizes, stride: some SpatialSizes = 1, padding: some SpatialPadding = 0,
    dilation: some SpatialSizes = 1, groups: Int = 1, bias: Bool = true, paddingMode: ConvolutionPaddingMode = .zeros,
    dtype: DType? = nil, generator: Generator? = nil
  ) {
    self.init(.convolution(2, groups: groups), generator) {
      Conv2d(
        $0, outputs, kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups, bias: bias,
        paddingMode: paddingMode, dtype: $1 ?? dtype, generator: $2)
    }
  }
}

/// A `Conv3d` that takes the number of its input's channels from the first one.
public final class LazyConv3d: LazyLayer<Conv3d> {
  /// Filters of `kernel` elements to `outputs` channels; the options are those of `Conv3d`.
  public convenience init(
    _ outputs: Int, kernel: some SpatialSizes, stride: some SpatialSizes = 1, padding: some SpatialPadding = 0,
    dilation: some SpatialSizes = 1, groups: Int = 1, bias: Bool = true, paddingMode: ConvolutionPaddingMode = .zeros,
    dtype: DType? = nil, generator: Generator? = nil
  ) {
    self.init(.convolution(3, groups: groups), generator) {
      Conv3d(
        $0, outputs, kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups, bias: bias,
        paddingMode: paddingMode, dtype: $1 ?? dtype, generator: $2)
    }
  }
}

/// A `ConvTranspose1d` that takes the number of its input's channels from the first one.
public final class LazyConvTranspose1d: LazyLayer<ConvTranspose1d> {
  /// Filters of `kernel` elements to `outputs` channels; the options are those of `ConvTranspose1d`.
  public convenience init(
    _ outputs: Int, kernel: some SpatialSizes, stride: some SpatialSizes = 1, padding: some SpatialSizes = 0,
    outputPadding: some SpatialSizes = 0, groups: Int = 1, bias: Bool = true, dilation: some SpatialSizes = 1, dtype: DType? = nil,
    generator: Generator? = nil
  ) {
    self.init(.transposed(1), generator) {
      ConvTranspose1d(
        $0, outputs, kernel: kernel, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups, bias: bias,
        dilation: dilation, dtype: $1 ?? dtype, generator: $2)
    }
  }
}

/// A `ConvTranspose2d` that takes the number of its input's channels from the first one.
public final class LazyConvTranspose2d: LazyLayer<ConvTranspose2d> {
  /// Filters of `kernel` elements to `outputs` channels; the options are those of `ConvTranspose2d`.
  public convenience init(
    _ outputs: Int, kernel: some SpatialSizes, stride: some SpatialSizes = 1, padding: some SpatialSizes = 0,
    outputPadding: some SpatialSizes = 0, groups: Int = 1, bias: Bool = true, dilation: some SpatialSizes = 1, dtype: DType? = nil,
    generator: Generator? = nil
  ) {
    self.init(.transposed(2), generator) {
      ConvTranspose2d(
        $0, outputs, kernel: kernel, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups, bias: bias,
        dilation: dilation, dtype: $1 ?? dtype, generator: $2)
    }
  }
}

/// A `ConvTranspose3d` that takes the number of its input's channels from the first one.
public final class LazyConvTranspose3d: LazyLayer<ConvTranspose3d> {
  /// Filters of `kernel` elements to `outputs` channels; the options are those of `ConvTranspose3d`.
  public convenience init(
    _ outputs: Int, kernel: some SpatialSizes, stride: some SpatialSizes = 1, padding: some SpatialSizes = 0,
    outputPadding: some SpatialSizes = 0, groups: Int = 1, bias: Bool = true, dilation: some SpatialSizes = 1, dtype: DType? = nil,
    generator: Generator? = nil
  ) {
    self.init(.transposed(3), generator) {
      ConvTranspose3d(
        $0, outputs, kernel: kernel, stride: stride, padding: padding, outputPadding: outputPadding, groups: groups, bias: bias,
        dilation: dilation, dtype: $1 ?? dtype, generator: $2)
    }
  }
}

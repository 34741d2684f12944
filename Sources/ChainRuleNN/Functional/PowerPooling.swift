public import ChainRule

/// Returns the p-norm of each window of sequences: (sum x^p)^(1/p).
///
/// - Parameters:
///   - x: [n, channels, length], or one sequence.
///   - normType: p. Infinity is not taken: that is `maxPool1d`.
///   - kernel: the size of a window.
///   - stride: how far apart windows lie; the kernel's size where nil.
///   - ceilMode: whether the last window may reach over the border.
public func lpPool1d(
  _ x: Tensor, normType: Double, kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, ceilMode: Bool = false
) -> Tensor {
  root(avgPool1d(x.pow(normType), kernel: kernel, stride: stride, ceilMode: ceilMode), kernel.spatialSizes, 1, normType)
}

/// Returns the p-norm of each window of images [n, channels, height, width], as `lpPool1d` of sequences.
public func lpPool2d(
  _ x: Tensor, normType: Double, kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, ceilMode: Bool = false
) -> Tensor {
  root(avgPool2d(x.pow(normType), kernel: kernel, stride: stride, ceilMode: ceilMode), kernel.spatialSizes, 2, normType)
}

/// Returns the p-norm of each window of volumes [n, channels, depth, height, width], as `lpPool1d` of sequences.
public func lpPool3d(
  _ x: Tensor, normType: Double, kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, ceilMode: Bool = false
) -> Tensor {
  root(avgPool3d(x.pow(normType), kernel: kernel, stride: stride, ceilMode: ceilMode), kernel.spatialSizes, 3, normType)
}

/// The norm from the mean of powers.
private func root(_ mean: Tensor, _ kernel: [Int], _ dims: Int, _ p: Double) -> Tensor {
  let sides = (kernel.count == 1 ? Array(repeating: kernel[0], count: dims) : kernel).map(Double.init)
  // A mean below 0, which an odd power can give, counts with its sign as PyTorch has it.
  return (mean.sign() * mean.abs().relu() * sides.reduce(1, *)).pow(1 / p)
}

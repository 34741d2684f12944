public import ChainRule

/// Returns x / (k + alpha m)^beta, where m is the mean square of `size` neighbouring channels, zeros beyond the ends included.
///
/// - Parameters:
///   - x: [n, channels, ...].
///   - size: the number of neighbouring channels.
///   - alpha: the factor of the mean of squares.
///   - beta: the exponent.
///   - k: the number added to the sum.
public func localResponseNorm(_ x: Tensor, _ size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1) -> Tensor {
  let name = "localResponseNorm"
  guard x.rank >= 3 else {
    refuse(
      TensorError(
        .shape, "Expected 3D or higher dimensionality input (got \(x.rank) dimensions)", hint: "It is [n, channels, ...].",
        operation: name, shapes: [x.shape]))
    return x
  }
  guard size >= 1, size <= 1 << 20 else {
    refuse(TensorError(.argument, "size must be positive, got \(size)", hint: "It counts channels.", operation: name, shapes: [x.shape]))
    return x
  }
  if x.count == 0 { return x }
  // Channels as the height of a plane, all that lies in a channel as its width.
  let plane = (x * x).reshaped(x.shape[0], 1, x.shape[1], -1).padded([0, 0, size / 2, (size - 1) / 2])
  let mean = avgPool2d(plane, kernel: [size, 1], stride: 1).reshaped(x.shape)
  return x / (mean * alpha + k).pow(beta)
}

public import ChainRule

/// Returns x with channels in the place of space: [..., c r^2, h, w] to [..., c, h r, w r] (Shi et al. 2016).
public func pixelShuffle(_ x: Tensor, _ upscaleFactor: Int) -> Tensor {
  let r = upscaleFactor, name = "pixelShuffle"
  guard r > 0, r <= 1 << 15, x.rank >= 3, x.shape[x.rank - 3] % (r * r) == 0 else {
    return refused(
      x, name,
      "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, got \(x.shape) and \(r)",
      "The input is [..., channels, height, width], the factor positive.")
  }
  let lead = Array(x.shape.dropLast(3)), c = x.shape[x.rank - 3] / (r * r), h = x.shape[x.rank - 2], w = x.shape[x.rank - 1]
  let n = lead.count, parts = x.reshaped(lead + [c, r, r, h, w])
  return parts.permuted(Array(0...n) + [n + 3, n + 1, n + 4, n + 2]).reshaped(lead + [c, h * r, w * r])
}

/// Returns x with space in the place of channels, the inverse of `pixelShuffle`: [..., c, h r, w r] to [..., c r^2, h, w].
public func pixelUnshuffle(_ x: Tensor, _ downscaleFactor: Int) -> Tensor {
  let r = downscaleFactor, name = "pixelUnshuffle"
  guard r > 0, r <= 1 << 15, x.rank >= 3, x.shape[x.rank - 2] % r == 0, x.shape[x.rank - 1] % r == 0 else {
    return refused(
      x, name, "pixel_unshuffle expects height and width to be divisible by downscale_factor, got \(x.shape) and \(r)",
      "The input is [..., channels, height, width], the factor positive.")
  }
  let lead = Array(x.shape.dropLast(3)), c = x.shape[x.rank - 3], h = x.shape[x.rank - 2] / r, w = x.shape[x.rank - 1] / r
  let n = lead.count, parts = x.reshaped(lead + [c, h, r, w, r])
  return parts.permuted(Array(0...n) + [n + 2, n + 4, n + 1, n + 3]).reshaped(lead + [c * r * r, h, w])
}

/// Returns x [n, channels, ...] with its channels dealt out anew: the first of each group, then the second of each, and so on
/// (Zhang et al. 2018).
public func channelShuffle(_ x: Tensor, _ groups: Int) -> Tensor {
  guard groups > 0, x.rank >= 3, x.shape[1] % groups == 0 else {
    return refused(
      x, "channelShuffle", "Number of channels must be divisible by groups. Got input of shape \(x.shape) and \(groups) groups.",
      "The input is [n, channels, ...].")
  }
  return x.unflattened(1, [groups, x.shape[1] / groups]).transposed(1, 2).reshaped(x.shape)
}

/// Where the windows of one dimension take their elements: window after window.
private struct WindowPlaces {
  let count: Int
  let index: Tensor

  /// Nil where no window fits.
  init?(_ size: Int, _ kernel: Int, _ dilation: Int, _ padding: Int, _ stride: Int) {
    guard kernel > 0, dilation > 0, stride > 0, padding >= 0, max(kernel, dilation, stride, padding) <= 1 << 20 else { return nil }
    let room = size + 2 * padding - dilation * (kernel - 1) - 1
    guard room >= 0 else { return nil }
    count = room / stride + 1
    let places = (0..<count).flatMap { o in (0..<kernel).map { o * stride + $0 * dilation } }
    index = Tensor(places, shape: [places.count], dtype: .int64)
  }
}

/// Returns the windows of images as columns: [n, channels, height, width] to [n, channels kernel, windows].
///
/// - Parameters:
///   - x: [n, channels, height, width], or one image.
///   - kernel: the size of a window.
///   - dilation: how far apart the elements of a window lie.
///   - padding: how many zeros surround the image.
///   - stride: how far apart windows lie.
public func unfold(
  _ x: Tensor, kernel: some SpatialSizes, dilation: some SpatialSizes = 1, padding: some SpatialSizes = 0, stride: some SpatialSizes = 1
) -> Tensor {
  let name = "unfold"
  guard x.dtype == .bool || requireReal(x, "im2col_out_cpu", name) else { return x }
  guard x.rank == 3 || x.rank == 4 else {
    return refused(x, name, "Expected 3D or 4D (batch mode) tensor, but got: \(x.shape)", "It is [n, channels, height, width].")
  }
  let image = x.rank == 4 ? x : x.unsqueezed(0)
  guard let k = pair(kernel), let d = pair(dilation), let p = pair(padding), let s = pair(stride),
    let rows = WindowPlaces(image.shape[2], k[0], d[0], p[0], s[0]), let columns = WindowPlaces(image.shape[3], k[1], d[1], p[1], s[1])
  else {
    return refused(
      x, name,
      "Given input with spatial size \(Array(image.shape[2...])), kernel_size=\(kernel.spatialSizes), "
        + "dilation=\(dilation.spatialSizes), padding=\(padding.spatialSizes), calculated shape of the array of sliding blocks is too small",
      "A window must fit, and all sizes are positive.")
  }
  let padded = image.padded([p[1], p[1], p[0], p[0]])
  let all = padded.indexSelect(dim: 2, index: rows.index).indexSelect(dim: 3, index: columns.index)
  let windows = all.reshaped([image.shape[0], image.shape[1], rows.count, k[0], columns.count, k[1]]).permuted(0, 1, 3, 5, 2, 4)
  let y = windows.reshaped([image.shape[0], image.shape[1] * k[0] * k[1], rows.count * columns.count])
  return x.rank == 4 ? y : y.squeezed(0)
}

/// Returns images from columns, the transpose of `unfold`: where windows overlap their elements are added.
///
/// - Parameters:
///   - x: [n, channels kernel, windows], or one of them.
///   - outputSize: the height and width of the result.
///   - kernel: the size of a window.
///   - dilation: how far apart the elements of a window lie.
///   - padding: how many zeros surrounded the image.
///   - stride: how far apart windows lie.
public func fold(
  _ x: Tensor, outputSize: some SpatialSizes, kernel: some SpatialSizes, dilation: some SpatialSizes = 1, padding: some SpatialSizes = 0,
  stride: some SpatialSizes = 1
) -> Tensor {
  let name = "fold"
  guard x.rank == 2 || x.rank == 3 else {
    return refused(x, name, "Expected 2D or 3D (batch mode) tensor for input, but got: \(x.shape)", "It is [n, channels kernel, windows].")
  }
  let all = x.rank == 3 ? x : x.unsqueezed(0)
  guard let size = pair(outputSize), let k = pair(kernel), let d = pair(dilation), let p = pair(padding), let s = pair(stride),
    size.allSatisfy({ $0 > 0 && $0 <= 1 << 24 }), let rows = WindowPlaces(size[0], k[0], d[0], p[0], s[0]),
    let columns = WindowPlaces(size[1], k[1], d[1], p[1], s[1]), all.shape[1] % (k[0] * k[1]) == 0,
    all.shape[2] == rows.count * columns.count
  else {
    return refused(
      x, name,
      "Given output_size=\(outputSize.spatialSizes), kernel_size=\(kernel.spatialSizes), dilation=\(dilation.spatialSizes), "
        + "padding=\(padding.spatialSizes), stride=\(stride.spatialSizes), the input of shape \(x.shape) does not match the number of "
        + "sliding blocks", "It is what unfold makes of an image of the output's size.")
  }
  let n = all.shape[0], c = all.shape[1] / (k[0] * k[1])
  let windows = all.reshaped([n, c, k[0], k[1], rows.count, columns.count]).permuted(0, 1, 4, 2, 5, 3)
  let spread = windows.reshaped([n, c, rows.count * k[0], columns.count * k[1]])
  let height = size[0] + 2 * p[0], width = size[1] + 2 * p[1]
  let tall = Tensor.zeros([n, c, height, columns.count * k[1]], dtype: x.dtype).indexAdd(dim: 2, index: rows.index, source: spread)
  let image = Tensor.zeros([n, c, height, width], dtype: x.dtype).indexAdd(dim: 3, index: columns.index, source: tall)
  let y = image.narrow(dim: 2, start: p[0], count: size[0]).narrow(dim: 3, start: p[1], count: size[1])
  return x.rank == 3 ? y : y.squeezed(0)
}

private func pair(_ sizes: some SpatialSizes) -> [Int]? {
  let sizes = sizes.spatialSizes
  return sizes.count == 1 ? [sizes[0], sizes[0]] : sizes.count == 2 ? sizes : nil
}

private func refused(_ x: Tensor, _ name: String, _ message: String, _ hint: String) -> Tensor {
  refuse(TensorError(.shape, message, hint: hint, operation: name, shapes: [x.shape]))
  return x
}

public import ChainRule

/// Returns a tensor of zeros with each element of `x` where `indices` says: what `maxPool1dWithIndices` took away, put back.
///
/// - Parameters:
///   - x: [n, channels, length'] or [channels, length'].
///   - indices: in the same shape.
///   - kernel: the size of a window.
///   - stride: how far one window is from the next.
///   - padding: zeros added on each side.
///   - outputSize: the length of the result; (length' - 1) stride - 2 padding + kernel where nil.
public func maxUnpool1d(
  _ x: Tensor, _ indices: Tensor, kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0,
  outputSize: [Int]? = nil
) -> Tensor {
  unpooled(x, indices, 1, kernel.spatialSizes, stride?.spatialSizes, padding.spatialSizes, outputSize, "max_unpool1d")
}

/// Returns `maxUnpool1d` of images [n, channels, height, width], with places counted row by row.
public func maxUnpool2d(
  _ x: Tensor, _ indices: Tensor, kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0,
  outputSize: [Int]? = nil
) -> Tensor {
  unpooled(x, indices, 2, kernel.spatialSizes, stride?.spatialSizes, padding.spatialSizes, outputSize, "max_unpool2d")
}

/// Returns `maxUnpool1d` of volumes [n, channels, depth, height, width], with places counted row by row.
public func maxUnpool3d(
  _ x: Tensor, _ indices: Tensor, kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0,
  outputSize: [Int]? = nil
) -> Tensor {
  unpooled(x, indices, 3, kernel.spatialSizes, stride?.spatialSizes, padding.spatialSizes, outputSize, "max_unpool3d")
}

private func unpooled(
  _ x: Tensor, _ indices: Tensor, _ dims: Int, _ kernel: [Int], _ stride: [Int]?, _ padding: [Int], _ outputSize: [Int]?, _ name: String
) -> Tensor {
  guard requireReal(x, dims == 3 ? "max_unpool3d" : "max_unpool2d", name) else { return x }
  func problem(_ kind: TensorError.Kind, _ message: String, _ hint: String) -> Tensor {
    refuse(TensorError(kind, message, hint: hint, operation: name, shapes: [x.shape, indices.shape]))
    return x
  }
  func spread(_ values: [Int]) -> [Int]? {
    let all = values.count == 1 ? Array(repeating: values[0], count: dims) : values
    return all.count == dims && all.allSatisfy { $0 >= 0 && $0 <= 1 << 30 } ? all : nil
  }
  guard x.rank == dims + 1 || x.rank == dims + 2 else {
    return problem(
      .shape, "Input to \(name) should be a \(dims + 1)d or \(dims + 2)d Tensor, but got a tensor with \(x.rank) dimensions.",
      "The first dimensions are batch and channels.")
  }
  guard indices.shape == x.shape, indices.dtype == .int64 else {
    return problem(
      .shape,
      "Expected shape of indices to be same as that of the input tensor (\(x.shape)) but got indices tensor with shape: "
        + "\(indices.shape)", "They are the pool's, int64.")
  }
  guard let k = spread(kernel), let s = spread(stride ?? kernel), let p = spread(padding) else {
    return problem(.argument, "kernel_size, stride and padding must be one number or \(dims)", "They are the pool's.")
  }
  let lead = Array(x.shape.dropLast(dims)), inner = Array(x.shape.suffix(dims))
  let usual = (0..<dims).map { (d: Int) -> Int in (inner[d] - 1) * s[d] - 2 * p[d] + k[d] }
  let sizes = outputSize.map { Array($0.suffix(dims)) } ?? usual
  func fits(_ d: Int) -> Bool { sizes[d] >= 0 && (outputSize == nil || abs(sizes[d] - usual[d]) < Swift.max(s[d], 1)) }
  guard sizes.count == dims, (0..<dims).allSatisfy(fits) else {
    return problem(
      .argument, "invalid output_size \(sizes) (sizes must differ from \(usual) by less than the stride)",
      "It is the shape of what was pooled.")
  }
  let planes = lead.reduce(1, *), count = sizes.reduce(1, *)
  let at = indices.reshaped([planes, inner.reduce(1, *)]), values = x.reshaped([planes, inner.reduce(1, *)])
  return Tensor.zeros([planes, count], dtype: x.dtype).scatter(dim: 1, index: at, source: values).reshaped(lead + sizes)
}

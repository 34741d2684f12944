public import ChainRule

/// Returns the largest element of each window, at distances that vary at random so that any ratio of sizes is possible (Graham 2014).
///
/// - Parameters:
///   - x: [n, channels, height, width], or one image.
///   - kernel: the size of a window.
///   - outputSize: the sizes of the result.
///   - outputRatio: those sizes as shares of the input's; one of the two is given.
///   - randomSamples: numbers in [0, 1) that decide where the windows lie, [n, channels, 2]: first for the width, then for the height;
///     drawn where nil.
///   - generator: where random numbers come from; the default generator where none is given.
public func fractionalMaxPool2d(
  _ x: Tensor, kernel: some SpatialSizes, outputSize: (any SpatialSizes)? = nil, outputRatio: [Double]? = nil,
  randomSamples: Tensor? = nil, generator: Generator? = nil
) -> ValuesAndIndices {
  fractional(
    x, 2, kernel.spatialSizes, outputSize?.spatialSizes, outputRatio, randomSamples, generator, order: [1, 0], "fractional_max_pool2d")
}

/// Returns the largest element of each window of volumes, as `fractionalMaxPool2d` of images.
///
/// - Parameters:
///   - x: the input.
///   - kernel: the size of a window.
///   - outputSize: the sizes of the result.
///   - outputRatio: the sizes of the result over those of the input.
///   - randomSamples: [n, channels, 3]: for the depth, the height and the width.
///   - generator: where random numbers come from; the default generator where none is given.
public func fractionalMaxPool3d(
  _ x: Tensor, kernel: some SpatialSizes, outputSize: (any SpatialSizes)? = nil, outputRatio: [Double]? = nil,
  randomSamples: Tensor? = nil, generator: Generator? = nil
) -> ValuesAndIndices {
  fractional(
    x, 3, kernel.spatialSizes, outputSize?.spatialSizes, outputRatio, randomSamples, generator, order: [0, 1, 2], "fractional_max_pool3d")
}

/// Pools the last dimension, then the one before it, and so on; windows lie differently in each channel.
///
/// - Parameter order: which sample is whose: a dimension's place among the samples.
private func fractional(
  _ x: Tensor, _ dims: Int, _ kernel: [Int], _ outputSize: [Int]?, _ outputRatio: [Double]?, _ samples: Tensor?, _ generator: Generator?,
  order: [Int], _ name: String
) -> ValuesAndIndices {
  func problem(_ kind: TensorError.Kind, _ message: String, _ hint: String) -> ValuesAndIndices {
    refuse(TensorError(kind, message, hint: hint, operation: name, shapes: [x.shape]))
    return ValuesAndIndices(values: x, indices: x)
  }
  func spread<T>(_ values: [T]) -> [T]? {
    values.count == 1 ? Array(repeating: values[0], count: dims) : values.count == dims ? values : nil
  }
  guard x.rank == dims + 1 || x.rank == dims + 2, x.count > 0 else {
    return problem(.shape, "\(name): Expected \(dims + 1)D or \(dims + 2)D tensor, but got: \(x.shape)", "It must not be empty.")
  }
  let sizes = Array(x.shape.suffix(dims)), lead = Array(x.shape.dropLast(dims)), planes = lead.reduce(1, *)
  guard let kernel = spread(kernel), let ratios = spread(outputRatio ?? [0]), (outputSize == nil) != (outputRatio == nil),
    let outputs = spread(outputSize ?? zip(sizes, ratios).map { Int(max(0, min(1, $1.isNaN ? 0 : $1)) * Double($0)) })
  else {
    return problem(
      .argument, "\(name) requires specifying either an output_size or an output_ratio", "Give one of them, for each dimension.")
  }
  if let outputRatio, !outputRatio.allSatisfy({ $0 > 0 && $0 < 1 }) {
    return problem(.argument, "output_ratio must be between 0 and 1 (got \(outputRatio))", "It is a share of the size.")
  }
  for d in 0..<dims where kernel[d] < 1 || outputs[d] < 1 || kernel[d] > sizes[d] || outputs[d] > sizes[d] - kernel[d] + 1 {
    return problem(
      .argument, "\(name): pool size (\(kernel[d])) too large relative to input size (\(sizes[d]))",
      "\(outputs[d]) windows must begin at different places.")
  }
  let samples = samples ?? Tensor.rand([lead.count == 2 ? lead[0] : 1, lead.last ?? 1, dims], dtype: x.dtype, generator: generator)
  guard samples.rank == 3, samples.shape[1...] == [lead.last ?? 1, dims], samples.count >= planes * dims else {
    return problem(
      .shape, "Expect _random_samples of shape [n, channels, \(dims)], got \(samples.shape)", "There are as many as dimensions.")
  }
  _ = planned("check random samples", [samples.detach()]) { samples in
    if !(samples[0] .>= 0).logicalAnd(samples[0] .<= 1).all().item(as: Bool.self) {
      _ = problem(.argument, "_random_samples must be between 0 and 1", "They are shares of a distance.")
    }
    return []
  }
  if isErrorPending { return ValuesAndIndices(values: x, indices: x) }
  // Of the samples of a batch, one image takes the first.
  let drawn = samples.detach().reshaped(-1, dims).narrow(dim: 0, start: 0, count: planes)
  var values = x.reshaped([planes] + sizes), places: Tensor?
  for d in (0..<dims).reversed() {
    let start = starts(drawn.select(dim: 1, index: order[d]), sizes[d], outputs[d], kernel[d], x.dtype)
    // [planes, output kernel] places, the same for all rows.
    var index = (start.unsqueezed(2) + Tensor.arange(kernel[d])).reshaped(planes, outputs[d] * kernel[d])
    for e in 0..<dims where e != d { index = index.unsqueezed(e < d ? 1 : index.rank) }
    var shape = values.shape
    shape[d + 1] = outputs[d] * kernel[d]
    index = index.expanded(shape)
    func windows(_ t: Tensor) -> Tensor { t.gather(dim: d + 1, index: index).unflattened(d + 1, [outputs[d], kernel[d]]) }
    let best = windows(values).max(dim: d + 2)
    func chosen(_ t: Tensor) -> Tensor { t.gather(dim: d + 2, index: best.indices.unsqueezed(d + 2)).squeezed(d + 2) }
    // Where an element stands: its places in the dimensions done, and the one that is chosen in this.
    let step = sizes[(d + 1)...].reduce(1, *), own = chosen(index.unflattened(d + 1, [outputs[d], kernel[d]])) * step
    places = places.map { chosen(windows($0)) + own } ?? own
    values = best.values
  }
  return ValuesAndIndices(values: values.reshaped(lead + outputs), indices: (places ?? values).reshaped(lead + outputs))
}

/// Where the windows of each plane begin, [planes, count]; computed in the samples' own precision, as PyTorch does.
private func starts(_ samples: Tensor, _ size: Int, _ count: Int, _ kernel: Int, _ dtype: DType) -> Tensor {
  func sequence<F: BinaryFloatingPoint>(_ sample: F) -> [Int] {
    let alpha = count > 1 ? F(size - kernel) / F(count - 1) : 0
    return (0..<count).map { $0 == count - 1 ? size - kernel : Int((F($0) + sample) * alpha) - Int(sample * alpha) }
  }
  return planned("place windows", [samples]) { samples in
    let all =
      dtype == .float32
      ? samples[0].array(of: Float.self).map { sequence($0) }
      : samples[0].array(of: Double.self).map { sequence($0) }
    return [Tensor(all.flatMap { $0 }, shape: [all.count, count], dtype: .int64)]
  }[0]
}

public import ChainRule

/// Returns the elements of `x` with each set to 0 with probability `p` and the others divided by 1 - p; PyTorch's masks for a seed.
public func dropout(_ x: Tensor, p: Double = 0.5, training: Bool = true, generator: Generator? = nil) -> Tensor {
  dropped(x, x.shape, p, training, generator)
}

/// Returns x of [n, channels, length] or [channels, length] with whole channels set to 0 with probability `p`, the others divided by 1 - p.
public func dropout1d(_ x: Tensor, p: Double = 0.5, training: Bool = true, generator: Generator? = nil) -> Tensor {
  guard isOfRank(x, 2...3, "dropout1d") else { return x }
  if x.rank == 3 { return dropped(x, channels(x), p, training, generator) }
  return dropped(x.unsqueezed(0), [1, x.shape[0], 1], p, training, generator).squeezed(0)
}

/// Returns x of [n, channels, height, width] with whole channels set to 0 with probability `p`, the others divided by 1 - p.
///
/// Of a tensor of rank 3 dimension 1 is the channels, as in PyTorch.
public func dropout2d(_ x: Tensor, p: Double = 0.5, training: Bool = true, generator: Generator? = nil) -> Tensor {
  guard isOfRank(x, 3...4, "dropout2d") else { return x }
  return dropped(x, channels(x), p, training, generator)
}

/// Returns x of [n, channels, depth, height, width], or of one example, with whole channels set to 0 with probability `p`, the others
/// divided by 1 - p.
public func dropout3d(_ x: Tensor, p: Double = 0.5, training: Bool = true, generator: Generator? = nil) -> Tensor {
  guard isOfRank(x, 4...5, "dropout3d") else { return x }
  if x.rank == 5 { return dropped(x, channels(x), p, training, generator) }
  return dropped(x.unsqueezed(0), [1, x.shape[0], 1, 1, 1], p, training, generator).squeezed(0)
}

/// Returns a x + b where elements are kept and a alpha' + b where they are dropped: alpha' is the least value of SELU, and a and b keep
/// mean 0 and variance 1 (Klambauer et al. 2017, section 3).
public func alphaDropout(_ x: Tensor, p: Double = 0.5, training: Bool = false, generator: Generator? = nil) -> Tensor {
  alphaDropped(x, x.shape, p, training, generator)
}

/// Returns `alphaDropout` of whole channels of x [n, channels, ...].
public func featureAlphaDropout(_ x: Tensor, p: Double = 0.5, training: Bool = false, generator: Generator? = nil) -> Tensor {
  guard isOfRank(x, 2...Int.max, "featureAlphaDropout") else { return x }
  return alphaDropped(x, channels(x), p, training, generator)
}

/// Elements are dropped together where the mask has size 1.
private func dropped(_ x: Tensor, _ mask: [Int], _ p: Double, _ training: Bool, _ generator: Generator?) -> Tensor {
  if let error = dropoutRefusal(p) {
    refuse(error)
    return x
  }
  if !training || p == 0 || x.count == 0 { return x }
  if p == 1 { return x * Tensor.zeros([], dtype: x.dtype) }
  return x * (kept(x, mask, p, generator) / (1 - p))
}

/// 1 where elements are kept, drawn in the order in which x lies in memory.
private func kept(_ x: Tensor, _ mask: [Int], _ p: Double, _ generator: Generator?) -> Tensor {
  func drawn(_ shape: [Int]) -> Tensor { .bernoulli(shape, p: 1 - p, dtype: x.dtype, generator: generator) }
  return mask == x.shape ? x.drawnInMemoryOrder { shape, _ in drawn(shape) } : drawn(mask)
}

private func alphaDropped(_ x: Tensor, _ mask: [Int], _ p: Double, _ training: Bool, _ generator: Generator?) -> Tensor {
  if let error = dropoutRefusal(p) {
    refuse(error)
    return x
  }
  if !training || p == 0 || x.count == 0 { return x }
  if p == 1 { return x * Tensor.zeros([], dtype: x.dtype) }
  // SELU goes down to -scale alpha.
  let least = 1.7580993408473766, a = 1 / ((least * least * p + 1) * (1 - p)).squareRoot()
  let kept = kept(x, mask, p, generator)
  return x * (kept * a) + ((kept - 1) * (least * a) + least * a * p)
}

private func channels(_ x: Tensor) -> [Int] { Array(x.shape.prefix(2)) + Array(repeating: 1, count: x.rank - 2) }

private func isOfRank(_ x: Tensor, _ ranks: ClosedRange<Int>, _ operation: String) -> Bool {
  if ranks.contains(x.rank) { return true }
  let expected = ranks.upperBound == Int.max ? "at least \(ranks.lowerBound)D" : "\(ranks.lowerBound)D or \(ranks.upperBound)D"
  refuse(
    TensorError(
      .shape, "\(operation): Expected \(expected) input, but received a \(x.rank)D input", hint: "Whole channels are dropped.",
      operation: operation, shapes: [x.shape]))
  return false
}

func dropoutRefusal(_ p: Double) -> TensorError? {
  if p >= 0, p <= 1 { return nil }
  return TensorError(
    .argument, "dropout probability has to be between 0 and 1, but got \(p)", hint: "It is the share that is dropped.",
    operation: "dropout")
}

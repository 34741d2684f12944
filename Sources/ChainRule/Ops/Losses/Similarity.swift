/// Returns x over its p-norm along a dimension, which counts as at least `eps`.
public func normalize(_ x: Tensor, p: Double = 2, dim: Int = 1, eps: Double = 1e-12) -> Tensor {
  x / x.norm(p, dim: dim, keepDim: true).clamp(min: eps)
}

/// Returns the cosine of the angle between vectors along a dimension: x w / (|x| |w|), each length at least `eps`.
public func cosineSimilarity(_ x: Tensor, _ w: Tensor, dim: Int = 1, eps: Double = 1e-8) -> Tensor {
  /// The lower bound changes the value alone, not the derivative, as in PyTorch.
  func unit(_ t: Tensor) -> Tensor {
    let length = t.norm(2, dim: dim, keepDim: true)
    return t / (length + (length.clamp(min: eps) - length).detach())
  }
  return orFail([x, w]) { () throws(TensorError) in
    guard eps >= 0 else {
      throw TensorError(
        .argument, "eps must be non-negative, got: \(Rules.short(eps))", hint: "It is the least length that counts.",
        operation: "cosineSimilarity")
    }
    let shape = try Elementwise.broadcastShape(x, w, "cosineSimilarity").array
    return (unit(x.expanded(shape)) * unit(w.expanded(shape))).sum(dim: dim)
  }
}

/// Returns the p-norm of x - w + eps along the last dimension.
public func pairwiseDistance(_ x: Tensor, _ w: Tensor, p: Double = 2, eps: Double = 1e-6, keepDim: Bool = false) -> Tensor {
  (x - w + eps).norm(p, dim: -1, keepDim: keepDim)
}

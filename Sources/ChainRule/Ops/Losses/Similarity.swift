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
    let shape = try Elementwise.broadcastShape(x, w, "cosineSimilarity").array, type = Elementwise.promoted(x, w)
    guard type.isFloatingPoint else {
      throw TensorError(
        .dtype, "expected common dtype to be floating point, yet common dtype is \(type.scalarTypeName)",
        hint: "Convert one with to(.float32).", operation: "cosineSimilarity")
    }
    return (unit(x.to(type).expanded(shape)) * unit(w.to(type).expanded(shape))).sum(dim: dim)
  }
}

/// Returns the p-norm of x - w + eps along the last dimension.
public func pairwiseDistance(_ x: Tensor, _ w: Tensor, p: Double = 2, eps: Double = 1e-6, keepDim: Bool = false) -> Tensor {
  (x - w + eps).norm(p, dim: -1, keepDim: keepDim)
}

/// Lengths, angles and distances of vectors.
enum Similarity {
  /// All of them.
  static let catalog: [OperationInfo] = [
    OperationInfo(
      "normalize", "Slices of a dimension divided by their length.", call: "normalize(x)", formula: "x/max(norm x, eps)",
      derivative: "(dy - y (y . dy))/norm x", shapes: "[a, b] -> [a, b]", takesIntegers: false,
      samples: [
        .init("", [.init([3, 4], .positive)]) { normalize($0[0]) },
        .init("p = 1", [.init([3, 4], .positive)]) { normalize($0[0], p: 1, dim: 0) },
      ]),
    OperationInfo(
      "cosineSimilarity", "The cosine of the angle between slices.", call: "cosineSimilarity(x, w)", formula: "x . w/(norm x norm w)",
      derivative: "(w/norm w - y x/norm x)/norm x for x", shapes: "[a, b], [a, b] -> [a]", takesIntegers: false,
      samples: [
        .init("", [.init([3, 4], .positive), .init([3, 4], .positive)]) { cosineSimilarity($0[0], $0[1]) },
        .init("broadcast", [.init([2, 3], .positive), .init([3], .positive)]) { cosineSimilarity($0[0], $0[1]) },
      ]),
    OperationInfo(
      "pairwiseDistance", "The distance of rows.", call: "pairwiseDistance(x, w)", formula: "norm(x - w + eps)",
      derivative: "(x - w)/y", shapes: "[a, b], [a, b] -> [a]",
      samples: [
        .init("", [.init([3, 4], .interval(0, 1)), .init([3, 4], .interval(2, 3))]) { pairwiseDistance($0[0], $0[1]) }
      ]),
  ]
}

/// Reductions and normalisations of the elements under a mask: PyTorch's torch.masked. Without a mask all elements count.
public enum Masked {
  static let catalog: [OperationInfo] = [
    OperationInfo(
      "Masked.sum, Masked.prod, Masked.mean, Masked.norm, Masked.amax, Masked.amin",
      "Reductions of the elements where the mask is true; of none the reduction's identity, NaN for a mean.",
      call: "Masked.sum(x, dim: [1], mask: mask)", formula: "sum of x where the mask is true",
      derivative: "as of the reduction, 0 where the mask is false", shapes: "[a, b] -> [], [a] or [a, 1]",
      samples: [
        .init("sum", [.init([3, 4]), .init([4], .mask)]) { Masked.sum($0[0], dim: [0], mask: $0[1]) },
        .init("prod", [.init([2, 3], .nonzero)]) { Masked.prod($0[0], mask: Tensor([true, false, true])) },
        .init("mean", [.init([2, 3])]) { Masked.mean($0[0], dim: [1], mask: Tensor([true, false, true])) },
        .init("norm", [.init([2, 3], .nonzero)]) { Masked.norm($0[0], 3, dim: [1], mask: Tensor([true, false, true])) },
        .init("amax", [.init([2, 3], .distinct)]) { Masked.amax($0[0], dim: [1], mask: Tensor([true, false, true])) },
        .init("amin", [.init([2, 3], .distinct)]) { Masked.amin($0[0], dim: [1], mask: Tensor([true, false, true])) },
      ]),
    OperationInfo(
      "Masked.argmax, Masked.argmin", "The index of the largest (smallest) of the elements where the mask is true.",
      call: "Masked.argmax(x, dim: 1, mask: mask)", formula: "argmax of x where the mask is true",
      derivative: "none: the result is an index",
      shapes: "[a, b] -> [a]", isDifferentiable: false,
      samples: [
        .init("largest", [.init([2, 3])]) { Masked.argmax($0[0], dim: 1, mask: Tensor([true, false, true])) },
        .init("smallest", [.init([2, 3])]) { Masked.argmin($0[0], dim: 1, mask: Tensor([true, false, true])) },
      ]),
    OperationInfo(
      "Masked.softmax, Masked.logSoftmax, Masked.normalize", "Normalisations that see only the elements where the mask is true.",
      call: "Masked.softmax(x, dim: 1, mask: mask)", formula: "softmax of x with -inf where the mask is false",
      derivative: "as of the normalisation", shapes: "unchanged", takesIntegers: false,
      samples: [
        .init("softmax", [.init([2, 3])]) { Masked.softmax($0[0], dim: 1, mask: Tensor([true, false, true])) },
        .init("logSoftmax", [.init([2, 3])]) { Masked.logSoftmax($0[0], dim: 1) },
        .init("normalize", [.init([2, 3], .nonzero)]) { Masked.normalize($0[0], 2, dim: 1, mask: Tensor([true, false, true])) },
      ]),
  ]

  /// `x` with a number in place of the elements where the mask is false.
  private static func filled(_ x: Tensor, _ mask: Tensor?, _ number: Scalar) -> Tensor {
    guard let mask else { return x }
    return orFail([x, mask]) { () throws(TensorError) in
      let filling = try Tensor.filled([], number, x.dtype)
      return Tensor.where(mask.to(.bool).expanded(x.shape), x, filling)
    }
  }

  /// The sum of the elements where `mask`, which broadcasts to `x`, is true; an empty list of dimensions means all.
  public static func sum(_ x: Tensor, dim: [Int] = [], keepDim: Bool = false, mask: Tensor? = nil) -> Tensor {
    filled(x, mask, Scalar(0)).sum(dim: dim, keepDim: keepDim)
  }

  /// Their product.
  public static func prod(_ x: Tensor, dim: [Int] = [], keepDim: Bool = false, mask: Tensor? = nil) -> Tensor {
    let y = filled(x, mask, Scalar(1))
    return orFail([x]) { () throws(TensorError) in
      let dims = try Dims.wrapped(dim, x.rank, "prod").sorted(by: >)
      return dims.reduce(x.dtype.isFloatingPoint ? y : y.to(.int64)) { $0.prod(dim: $1, keepDim: keepDim) }
    }
  }

  /// Their mean; NaN of none.
  public static func mean(_ x: Tensor, dim: [Int] = [], keepDim: Bool = false, mask: Tensor? = nil) -> Tensor {
    if !x.dtype.isFloatingPoint { return x.mean(dim: dim, keepDim: keepDim) }
    let count = sum(Tensor.ones(x.shape, dtype: .int64), dim: dim, keepDim: keepDim, mask: mask)
    return sum(x, dim: dim, keepDim: keepDim, mask: mask) / count
  }

  /// Their p-norm.
  public static func norm(_ x: Tensor, _ p: Double = 2, dim: [Int] = [], keepDim: Bool = false, mask: Tensor? = nil) -> Tensor {
    filled(x, mask, Scalar(p == -.infinity ? Double.infinity : 0)).norm(p, dim: dim, keepDim: keepDim)
  }

  /// The largest of them.
  public static func amax(_ x: Tensor, dim: [Int] = [], keepDim: Bool = false, mask: Tensor? = nil) -> Tensor {
    filled(x, mask, ScatterReduction.amax.identity(x.dtype)).amax(dim: dim, keepDim: keepDim)
  }

  /// The smallest of them.
  public static func amin(_ x: Tensor, dim: [Int] = [], keepDim: Bool = false, mask: Tensor? = nil) -> Tensor {
    filled(x, mask, ScatterReduction.amin.identity(x.dtype)).amin(dim: dim, keepDim: keepDim)
  }

  /// The index of the largest of them, int64; of the flattened tensor where no dimension is given.
  public static func argmax(_ x: Tensor, dim: Int? = nil, keepDim: Bool = false, mask: Tensor? = nil) -> Tensor {
    filled(x, mask, ScatterReduction.amax.identity(x.dtype)).argmax(dim: dim, keepDim: keepDim)
  }

  /// The index of the smallest of them, int64; of the flattened tensor where no dimension is given.
  public static func argmin(_ x: Tensor, dim: Int? = nil, keepDim: Bool = false, mask: Tensor? = nil) -> Tensor {
    filled(x, mask, ScatterReduction.amin.identity(x.dtype)).argmin(dim: dim, keepDim: keepDim)
  }

  /// The softmax of a dimension among the elements where `mask` is true; 0 at the others.
  public static func softmax(_ x: Tensor, dim: Int, mask: Tensor? = nil) -> Tensor {
    filled(x, mask, Scalar(-Double.infinity)).softmax(dim: dim)
  }

  /// The logarithm of the softmax of a dimension among the elements where `mask` is true; -infinity at the others.
  public static func logSoftmax(_ x: Tensor, dim: Int, mask: Tensor? = nil) -> Tensor {
    filled(x, mask, Scalar(-Double.infinity)).logSoftmax(dim: dim)
  }

  /// A dimension divided by the p-norm of its elements where `mask` is true, at least `eps`; 0 at the others.
  public static func normalize(_ x: Tensor, _ p: Double, dim: Int, eps: Double = 1e-12, mask: Tensor? = nil) -> Tensor {
    let length = norm(x, p, dim: [dim], keepDim: true, mask: mask)
    return filled(x, mask, Scalar(0)) / length.maximum(eps)
  }
}

import CKernels

/// Variance, standard deviation, and sums that pass over NaN.
enum VarianceFamily {
  static let catalog: [OperationInfo] = [Variance.info, StandardDeviation.info] + composed
}

struct Variance: UnaryOperation {
  static let info = OperationInfo(
    "var", "The variance over all or some dimensions.", call: "x.var(dim: 1)", formula: "sum (x - mean)^2 / (n - c)",
    derivative: "2 (x - mean)/(n - c)",
    shapes: "[a, b] -> [], [a] or [a, 1]",
    takesIntegers: false,
    samples: OperationSample.reductions(.real, empty: false) {
      $0.var(correction: 0)
    } dim: {
      $0.var(dim: $1, keepDim: $2)
    })
  let over: ReducedDims
  let correction: Double
  var nodeName: String { "VarBackward0" }
  var attributes: [(name: String, value: String)] { over.attributes + [("correction", "\(correction)")] }
  var saves: Saves { .x }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    guard x.dtype.isFloatingPoint else {
      throw TensorError(
        .dtype, "std and var only support floating point and complex dtypes", hint: "Convert first: x.to(.float32).",
        operation: "var")
    }
    let count = Double(over.count(x.box.shape))
    // Two passes: the mean first, so that nothing cancels.
    let mean = try ReducedDims(dims: over.dims, keepDim: true).reduce(CR_MEAN, x, x.dtype)
    let deviation = try Elementwise.binary(CR_SUB, x, mean, "var")
    let squares = try over.reduce(CR_SUM_OF_SQUARES, deviation, x.dtype)
    return try Elementwise.scalar(CR_DIV, squares, Scalar(Swift.max(0, count - correction)), "var")
  }

  /// x - mean, over n - c.
  func scaledDeviation(_ x: Tensor) -> Tensor {
    let mean = x.mean(dim: over.dims, keepDim: true), freedom = Double(over.count(x.internalShape)) - correction
    // Of no degrees of freedom the variance is infinite or NaN; so is its gradient, as in PyTorch.
    if freedom <= 0 { return Tensor.where(x.detach() .== mean.detach(), Double.nan, Double.infinity).to(x.dtype) }
    return (x - mean) / freedom
  }
  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor { over.spread(dy, over: s.x.internalShape) * scaledDeviation(s.x) * 2 }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { (dx * scaledDeviation(s.x)).sum(dim: over.dims, keepDim: over.keepDim) * 2 }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor {
    if x.rank == 1 { return Variance(over: ReducedDims(dims: [1], keepDim: false), correction: correction)(x.unsqueezed(1)) }
    return Variance(over: over.behindBatch(x.rank - 1), correction: correction)(x)
  }
}

struct StandardDeviation: UnaryOperation {
  static let info = OperationInfo(
    "std", "The standard deviation over all or some dimensions.", call: "x.std(dim: 1)", formula: "sqrt(sum (x - mean)^2 / (n - c))",
    derivative: "(x - mean)/((n - c) y), 0 where y is 0", shapes: "[a, b] -> [], [a] or [a, 1]",
    takesIntegers: false,
    samples: [
      OperationSample("all", [.init([2, 3])]) { $0[0].std() },
      OperationSample("dim -1 kept", [.init([2, 3, 4])]) { $0[0].std(dim: -1, keepDim: true) },
      OperationSample("dims", [.init([2, 3, 2])]) { $0[0].std(dim: [0, 2], correction: 0) },
    ])
  let variance: Variance
  private var over: ReducedDims { variance.over }
  var nodeName: String { "StdBackward0" }
  var attributes: [(name: String, value: String)] { variance.attributes }
  var saves: Saves { [.x, .y] }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    try over.inRange(x, low: x.dtype == .float32 ? 0x1p-60 : 0x1p-500) { (x, over) throws(TensorError) in
      try Elementwise.unary(CR_SQRT, Variance(over: over, correction: variance.correction).forward(x))
    }
  }

  /// One quotient of numbers of a size, whose derivatives stay in the range of the type where 1/y^2 does not.
  private func slope(_ s: Saved) -> Tensor {
    let y = over.spread(s.y, over: s.x.internalShape)
    return y.mapped(exceptWhere: y .== 0) { variance.scaledDeviation(s.x) / $0 }
  }
  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor { over.spread(dy, over: s.x.internalShape) * slope(s) }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { (dx * slope(s)).sum(dim: over.dims, keepDim: over.keepDim) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor {
    let batch = x.rank == 1 ? x.unsqueezed(1) : x
    let over = x.rank == 1 ? ReducedDims(dims: [1], keepDim: false) : over.behindBatch(x.rank - 1)
    return StandardDeviation(variance: Variance(over: over, correction: variance.correction))(batch)
  }
}

extension Tensor {
  private func spread(_ dims: [Int], _ correction: Double, _ keepDim: Bool, _ operation: String) throws(TensorError) -> Variance {
    Variance(over: ReducedDims(dims: try Dims.wrapped(dims, rank, operation), keepDim: keepDim), correction: correction)
  }

  /// Returns the variance of all elements: the sum of squared deviations over n - `correction`.
  public func `var`(correction: Double = 1) -> Tensor { self.var(dim: [], correction: correction) }
  /// Returns the variances along a dimension.
  public func `var`(dim: Int, correction: Double = 1, keepDim: Bool = false) -> Tensor {
    self.var(dim: [dim], correction: correction, keepDim: keepDim)
  }
  /// Returns the variances along several dimensions; an empty list means all.
  public func `var`(dim: [Int], correction: Double = 1, keepDim: Bool = false) -> Tensor {
    orFail([self]) { () throws(TensorError) in try spread(dim, correction, keepDim, "var")(self) }
  }
  /// Returns the standard deviation of all elements. The gradient for equal elements is 0.
  public func std(correction: Double = 1) -> Tensor { std(dim: [], correction: correction) }
  /// Returns the standard deviations along a dimension.
  public func std(dim: Int, correction: Double = 1, keepDim: Bool = false) -> Tensor {
    std(dim: [dim], correction: correction, keepDim: keepDim)
  }
  /// Returns the standard deviations along several dimensions; an empty list means all.
  public func std(dim: [Int], correction: Double = 1, keepDim: Bool = false) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      StandardDeviation(variance: try spread(dim, correction, keepDim, "std"))(self)
    }
  }

  /// Returns the sum of the elements that are not NaN, over all or some dimensions.
  public func nansum(dim: [Int] = [], keepDim: Bool = false) -> Tensor {
    Tensor.where(isNaN(), 0, self).sum(dim: dim, keepDim: keepDim)
  }
  /// Returns the mean of the elements that are not NaN, over all or some dimensions; NaN where all are.
  public func nanmean(dim: [Int] = [], keepDim: Bool = false) -> Tensor {
    guard dtype.isFloatingPoint else {
      return fail(
        TensorError(
          .dtype, "nanmean(): expected input to have floating point or complex dtype but got \(dtype.scalarTypeName)",
          hint: "Integers are never NaN: take the mean of x.to(.float32).", operation: "nanmean"
        ).describing([self]))
    }
    return nansum(dim: dim, keepDim: keepDim) / isNaN().logicalNot().sum(dim: dim, keepDim: keepDim).to(dtype)
  }
}

extension VarianceFamily {
  /// What is composed of the family's operations.
  static let composed: [OperationInfo] = [
    OperationInfo(
      "nansum", "The sum of the elements that are not NaN.", call: "x.nansum()", formula: "sum of x, x not NaN",
      derivative: "dy where x is not NaN, else 0", shapes: "[a, b] -> [] or [a]",
      samples: [
        .init("all", [.init([2, 3])]) { $0[0].nansum() },
        .init("rows", [.init([2, 3])]) { $0[0].nansum(dim: [1]) },
      ]),
    OperationInfo(
      "nanmean", "The mean of the elements that are not NaN.", call: "x.nanmean()", formula: "sum of x/n, x not NaN",
      derivative: "dy/n where x is not NaN, else 0", shapes: "[a, b] -> [] or [a]", takesIntegers: false,
      samples: [
        .init("all", [.init([2, 3])]) { $0[0].nanmean() },
        .init("rows", [.init([2, 3])]) { $0[0].nanmean(dim: [1]) },
      ]),
  ]
}

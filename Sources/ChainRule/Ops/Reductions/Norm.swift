import CKernels

/// Lengths of vectors.
enum Norms {
  static let catalog: [OperationInfo] = [Norm.info]
}

/// The p-norm over dimensions. Where it is 0 its derivatives of every order are 0, as those of |x| are.
struct Norm: UnaryOperation {
  static let info = OperationInfo(
    "norm", "The p-norm over all or some dimensions.", call: "x.norm(2, dim: 1)", formula: "(sum |x|^p)^(1/p); max |x| for p = inf",
    derivative: "sign(x) (|x|/y)^(p - 1); 0 where y is 0", shapes: "[a, b] -> [], [a] or [a, 1]",
    takesIntegers: false,
    samples: OperationSample.reductions(.nonzero, empty: false) {
      $0.norm()
    } dim: {
      $0.norm(2, dim: $1, keepDim: $2)
    }
      + [1, 1.5, 3, 0.5].map { p in OperationSample("p \(p)", [.init([2, 3], .nonzero)]) { $0[0].norm(p, dim: 1) } }
      + [0.5, 3].map { p in OperationSample("p \(p) of one element", [.init([2, 1], .nonzero)]) { $0[0].norm(p, dim: 1) } }
      + [OperationSample("inf", [.init([2, 3], .distinct)]) { $0[0].norm(.infinity) }])
  let p: Double
  let over: ReducedDims
  var nodeName: String { "LinalgVectorNormBackward0" }
  var attributes: [(name: String, value: String)] { [("ord", "\(p)")] + over.attributes }
  var saves: Saves { [.x, .y] }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    guard x.dtype.isFloatingPoint else {
      throw TensorError(
        .dtype,
        "linalg.vector_norm: Expected a floating point or complex tensor as input. Got \(x.dtype.scalarTypeName)",
        hint: "Convert first: x.to(.float32).norm().", operation: "norm")
    }
    if isMagnitude(x.box.shape) { return try over.reduce(CR_SUM, Elementwise.unary(CR_ABS, x), x.dtype) }
    if p == 2 {
      return try over.inRange(x, low: low(x.dtype)) { (x, over) throws(TensorError) in
        try Elementwise.unary(CR_SQRT, over.reduce(CR_SUM_OF_SQUARES, x, x.dtype))
      }
    }
    if p == 0 { return try over.reduce(CR_COUNT_NONZERO, x, .int64).converted(to: x.dtype) }
    let magnitude = try Elementwise.unary(CR_ABS, x)
    guard p > 0 && p.isFinite || over.count(x.box.shape) > 0 else {
      throw TensorError(
        .shape, "linalg.vector_norm cannot compute the \(p) norm on an empty tensor because the operation does not have an identity",
        hint: "There is no extreme of nothing.", operation: "norm")
    }
    if p.isInfinite { return try over.reduce(p > 0 ? CR_AMAX : CR_AMIN, magnitude, x.dtype) }
    return try over.inRange(magnitude, low: low(x.dtype)) { (magnitude, over) throws(TensorError) in
      let powers = try Elementwise.scalar(CR_POW, magnitude, Scalar(p), "norm")
      return try Elementwise.scalar(CR_POW, over.reduce(CR_SUM, powers, x.dtype), Scalar(1 / p), "norm")
    }
  }

  /// How small a norm may be so that p-th powers, and what derivatives multiply them by, stay in the range of the type; 1 over it is how
  /// large.
  private func low(_ dtype: DType) -> Double {
    let powers = p == 2 ? 2 : 3 * Swift.max(1, p.magnitude)
    return Double(sign: .plus, exponent: -Int((dtype == .float32 ? 120 : 1000) / powers), significand: 1)
  }

  /// Whether the norm is a sum of magnitudes. That of one element is, whatever p says: a power and its root would round what is exact, and
  /// x/|x| would no longer have derivatives that cancel.
  private func isMagnitude(_ shape: Shape) -> Bool { p == 1 || p != 0 && over.count(shape) == 1 }

  /// `d` times dy/dx for each element, in the shape of x. The factors meet in PyTorch's order: where the parts of a second
  /// derivative cancel, the same little is left of their rounding.
  private func scaled(_ d: Tensor, _ s: Saved) -> Tensor {
    let x = s.x, y = over.spread(s.y, over: s.x.internalShape)
    if p == 0 { return d * Tensor.zeros(like: x) }
    if isMagnitude(x.internalShape) { return d * x.sign() }
    if p == 2 { return d * y.mapped(exceptWhere: y .== 0) { x / $0 } }
    if p.isInfinite {
      let magnitude = x.abs(), mask = (magnitude .== y).to(x.dtype)
      return d * (x.sign() * (mask / mask.sum(dim: over.dims, keepDim: true)))
    }
    // The derivative is that of x and y over any number: over y where their powers would leave the range of the type.
    let low = low(x.dtype), value = y.detach()
    let isFar = (value .> 0).logicalAnd((value .< low).logicalOr(value .> 1 / low)).logicalAnd(value.isFinite())
    let unit = Tensor.where(isFar, value, 1)
    return scaled(d, x / unit, y / unit)
  }

  private func scaled(_ d: Tensor, _ x: Tensor, _ y: Tensor) -> Tensor {
    let magnitude = x.abs()
    if p < 1 {
      // The power of a zero element is infinite, and its sign 0: such elements take no gradient.
      let power = magnitude.mapped(exceptWhere: x .== 0) { $0.pow(p - 1) }
      return y.mapped(exceptWhere: y .== 0) { x.sign() * power * d * $0.pow(1 - p) }
    }
    // Below 3 the derivative of |x|^(p - 2) is infinite at 0, where it would meet a factor x of 0.
    let isNothing = y .== 0
    let powers = p < 3 ? x.sign() * magnitude.mapped(exceptWhere: isNothing) { $0.pow(p - 1) } : x * magnitude.pow(p - 2)
    return powers * y.mapped(exceptWhere: isNothing) { d / $0.pow(p - 1) }
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor { scaled(over.spread(dy, over: s.x.internalShape), s) }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { scaled(dx, s).sum(dim: over.dims, keepDim: over.keepDim) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor {
    if x.rank == 1 { return p == 0 ? (x .!= 0).to(x.dtype) : x.abs() }
    return Norm(p: p, over: over.behindBatch(x.rank - 1))(x)
  }
}

extension Tensor {
  /// Returns the p-norm of all elements, by default the Euclidean length.
  ///
  /// At 0 it has a kink, and there its derivatives of every order and in every mode count as 0. A function of the squared distance, such
  /// as a Gaussian kernel, is smooth there, with another second derivative: compute it as `(x - y).square().sum()`, not as the
  /// square of a norm.
  public func norm(_ p: Double = 2) -> Tensor { norm(p, dim: []) }
  /// Returns the p-norms along a dimension.
  public func norm(_ p: Double = 2, dim: Int, keepDim: Bool = false) -> Tensor { norm(p, dim: [dim], keepDim: keepDim) }
  /// Returns the p-norms over several dimensions together; an empty list means all.
  public func norm(_ p: Double = 2, dim: [Int], keepDim: Bool = false) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      Norm(p: p, over: ReducedDims(dims: try Dims.wrapped(dim, rank, "norm"), keepDim: keepDim))(self)
    }
  }
}

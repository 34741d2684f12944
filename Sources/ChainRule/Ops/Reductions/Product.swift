import CKernels

/// Products over dimensions, and running sums and products.
enum Product {
  static let catalog: [OperationInfo] = [ProductOver.info, CumulativeSum.info, CumulativeProduct.info]

  /// Whether any element is 0, seen through every transform: the fast rules divide by the elements.
  static func containsZero(_ x: Tensor) -> Bool {
    var value = x.bare
    while value.box.flags.contains(.wrapped) {
      switch value.box.head.pointee.payload {
      case let dual as Dual: value = dual.primal.bare
      case let series as Series: value = series.terms[0].bare
      case let batched as Batched: value = batched.values.bare
      case let taped as Taped: value = taped.inner.bare
      default: return true
      }
    }
    // No kernel reduces the narrow types; where the copy does not fit, the slow rule serves.
    if value.dtype.isNarrow {
      guard let wide = try? value.converted(to: .float32) else { return true }
      value = wide
    }
    let allNonzero = Tensor.number(Scalar(1), .bool).box
    withUnsafeTemporaryAllocation(of: Bool.self, capacity: Swift.max(value.box.rank, 1)) { flags in
      flags.initialize(repeating: true)
      cr_reduce(CR_ALL, value.box.c, flags.baseAddress, allNonzero.c)
    }
    return !allNonzero.c.pointee.data.assumingMemoryBound(to: Bool.self).pointee
  }

  static func accumulate(_ op: cr_cumulative_op, _ x: Tensor, dim: Int) throws(TensorError) -> Tensor {
    let dtype = x.dtype.isFloatingPoint ? x.dtype : .int64
    let input = x.dtype == .bool ? try x.converted(to: .int64) : x
    if input.rank == 0 { return try Tensor.copied(input.converted(to: dtype)) }
    let out = try TensorBox.uninitialized(input.box.shape, dtype)
    cr_cumulative(op, input.box.c, Int32(dim), out.c, nil)
    return Tensor(out)
  }
}

struct ProductOver: UnaryOperation {
  static let info = OperationInfo(
    "prod", "The product over all or one dimension; of integers it is int64.", call: "x.prod(dim: 1)", formula: "product of x",
    derivative: "the product of the others", shapes: "[a, b] -> [], [a] or [a, 1]",
    samples: OperationSample.reductions(.nonzero) {
      $0.prod()
    } dim: {
      $0.prod(dim: $1, keepDim: $2)
    })
  let over: ReducedDims
  var nodeName: String { over.isAll ? "ProdBackward0" : "ProdBackward1" }
  var attributes: [(name: String, value: String)] { over.attributes }
  var saves: Saves { [.x, .y] }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor { try over.reduce(CR_PROD, x, x.dtype.isFloatingPoint ? x.dtype : .int64) }

  /// For each element the product of all the others.
  private func others(_ s: Saved) -> Tensor {
    if !Product.containsZero(s.x) { return over.spread(s.y, over: s.x.internalShape) / s.x }
    // Up to the element times from it on: nothing is divided.
    let x = over.isAll ? s.x.flattened() : s.x, d = over.dims.first ?? 0
    return (before(x, d) * before(x.flip(d), d).flip(d)).reshaped(s.x.shape)
  }

  private func before(_ x: Tensor, _ dim: Int) -> Tensor {
    let n = x.size(dim)
    let one = Tensor.ones(x.internalShape.replacing(dim, with: 1).array, dtype: x.dtype)
    return cat([one, x.cumprod(dim: dim).narrow(dim: dim, start: 0, count: n - 1)], dim: dim)
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor { over.spread(dy, over: s.x.internalShape) * others(s) }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { (dx * others(s)).sum(dim: over.dims, keepDim: over.keepDim) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor {
    if x.rank == 1 { return x }
    let inner = over.isAll ? x.flattened(from: 1) : x
    let result = ProductOver(over: over.isAll ? ReducedDims(dims: [1], keepDim: false) : over.behindBatch(x.rank - 1))(inner)
    return over.isAll && over.keepDim ? result.reshaped([x.size(0)] + Array(repeating: 1, count: x.rank - 1)) : result
  }
}

struct CumulativeSum: LinearOperation {
  static let info = OperationInfo(
    "cumsum", "The sums of a dimension up to each element; of integers int64.", call: "x.cumsum(dim: 1)",
    formula: "y[i] = x[0] + ... + x[i]",
    derivative: "the sum of dy from each element on", shapes: "unchanged",
    samples: OperationSample.alongDim { $0.cumsum(dim: $1) })
  let dim: Int
  var nodeName: String { "CumsumBackward0" }
  var attributes: [(name: String, value: String)] { [("dim", "\(dim)")] }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor { try Product.accumulate(CR_CUMSUM, x, dim: dim) }
  func transpose(_ dy: Tensor) -> Tensor { dy.rank == 0 ? dy : dy.flip(dim).cumsum(dim: dim).flip(dim) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { x.rank == 1 ? x : CumulativeSum(dim: dim + 1)(x) }
}

struct CumulativeProduct: UnaryOperation {
  static let info = OperationInfo(
    "cumprod", "The products of a dimension up to each element; of integers int64.", call: "x.cumprod(dim: 1)",
    formula: "y[j] = x[0] ... x[j]",
    derivative: "dy[j]/dx[i] = y[j]/x[i] for i <= j", shapes: "unchanged",
    samples: OperationSample.alongDim(.nonzero) { $0.cumprod(dim: $1) })
  let dim: Int
  var nodeName: String { "CumprodBackward0" }
  var attributes: [(name: String, value: String)] { [("dim", "\(dim)")] }
  var saves: Saves { [.x, .y] }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor { try Product.accumulate(CR_CUMPROD, x, dim: dim) }

  /// dy[j]/dx[i] in [..., i, j] with the dimension last: the product of the others up to j. For x with zeros, where the
  /// quotient y/x says nothing; quadratic in the length.
  private func jacobian(_ x: Tensor) -> Tensor {
    let n = x.size(dim)
    let others = Tensor.where(Tensor.eye(n, dtype: .bool), 1, x.transposed(dim, -1).unsqueezed(-2))
    return others.cumprod(dim: -1).triu()
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor {
    if s.x.rank == 0 { return dy }
    if !Product.containsZero(s.x) { return (dy * s.y).flip(dim).cumsum(dim: dim).flip(dim) / s.x }
    return (jacobian(s.x) * dy.transposed(dim, -1).unsqueezed(-2)).sum(dim: -1).transposed(dim, -1)
  }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor {
    if s.x.rank == 0 { return dx }
    if !Product.containsZero(s.x) { return s.y * (dx / s.x).cumsum(dim: dim) }
    return (jacobian(s.x) * dx.transposed(dim, -1).unsqueezed(-1)).sum(dim: -2).transposed(dim, -1)
  }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { x.rank == 1 ? x : CumulativeProduct(dim: dim + 1)(x) }
}

extension Tensor {
  /// Returns the product of all elements, 1 of none. Integers and bools multiply in int64.
  ///
  /// The gradient is right also where elements are 0.
  public func prod() -> Tensor { ProductOver(over: .all)(self) }
  /// Returns the products along a dimension.
  public func prod(dim: Int, keepDim: Bool = false) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      ProductOver(over: ReducedDims(dims: try Dims.wrapped([dim], rank, "prod"), keepDim: keepDim))(self)
    }
  }
  /// Returns the sums of a dimension up to each element. Integers and bools add up in int64.
  public func cumsum(dim: Int, dtype: DType? = nil) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      let sums = CumulativeSum(dim: try Dims.wrapped(dim, rank, "cumsum"))(dtype.map(to) ?? self)
      return dtype.map(sums.to) ?? sums
    }
  }
  /// Returns the products of a dimension up to each element. Integers and bools multiply in int64.
  public func cumprod(dim: Int, dtype: DType? = nil) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      let products = CumulativeProduct(dim: try Dims.wrapped(dim, rank, "cumprod"))(dtype.map(to) ?? self)
      return dtype.map(products.to) ?? products
    }
  }
}

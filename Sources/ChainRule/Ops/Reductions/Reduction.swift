import CKernels

/// Sums, means and other reductions.
enum Reduction {
  static let catalog: [OperationInfo] = [
    Sum.info, Mean.info, Extremum.info, AllExtremum.info, ArgExtremum.info, LogSumExp.info, AnyAll.info,
    CountNonzero.info,
  ]
}

/// Which dimensions are reduced, and whether they stay as sizes of 1.
struct ReducedDims: Sendable {
  let dims: [Int]
  let keepDim: Bool

  /// Every dimension: the common case, which needs no list.
  static let all = ReducedDims(dims: [], keepDim: false)
  var isAll: Bool { dims.isEmpty }

  func contains(_ d: Int) -> Bool { dims.isEmpty || dims.contains(d) }

  func result(_ shape: Shape) -> Shape {
    if keepDim { return kept(shape) }
    if isAll { return [] }
    var result = Shape(repeating: 0, rank: shape.rank - dims.count), next = 0
    for d in 0..<shape.rank where !dims.contains(d) {
      result[next] = shape[d]
      next += 1
    }
    return result
  }

  /// The sizes with 1 in place of what is reduced.
  func kept(_ shape: Shape) -> Shape {
    var result = shape
    for d in 0..<shape.rank where contains(d) { result[d] = 1 }
    return result
  }

  func count(_ shape: Shape) -> Int {
    var n = 1
    for d in 0..<shape.rank where contains(d) { n *= shape[d] }
    return n
  }

  /// `length(x)`, which grows as x does, or, where that is below `low` or above 1/low, so that powers in it may have left the range of the
  /// type, the length of x over its largest magnitude, times that.
  func inRange(
    _ x: Tensor, low: Double, _ length: (_ x: Tensor, _ over: ReducedDims) throws(TensorError) -> Tensor
  ) throws(TensorError) -> Tensor {
    let y = try length(x, self)
    func isFar<T: BinaryFloatingPoint>(_ low: T) -> Bool {
      UnsafeBufferPointer(start: y.box.c.pointee.data.assumingMemoryBound(to: T.self), count: y.count).contains {
        !($0 >= low && $0 <= 1 / low)
      }
    }
    guard x.count > 0, x.dtype == .float32 ? isFar(Float(low)) : isFar(low) else { return y }
    let each = ReducedDims(dims: dims, keepDim: true), largest = try each.reduce(CR_AMAX, Elementwise.unary(CR_ABS, x), x.dtype)
    // What is 0, infinite or NaN stays so.
    let unit = Tensor.where((largest .> 0).logicalAnd(largest.isFinite()), largest, 1)
    let scaled = try length(Elementwise.binary(CR_DIV, x, unit, "norm"), each)
    return try Elementwise.binary(CR_MUL, scaled, unit, "norm").reshaped(y.shape)
  }

  /// `y`, a result of the reduction, in the sizes that broadcast over `shape`.
  func spread(_ y: Tensor, over shape: Shape) -> Tensor {
    keepDim || (isAll && shape.rank == 0) ? y : y.reshaped(kept(shape).array)
  }

  /// `dy`, the gradient of a result of the reduction, repeated over `shape`.
  func expand(_ dy: Tensor, _ shape: Shape) -> Tensor {
    let kept = spread(dy, over: shape)
    return kept.internalShape == shape ? kept : Expand(shape: shape, from: kept.internalShape)(kept)
  }

  func behindBatch(_ rank: Int) -> ReducedDims {
    ReducedDims(dims: isAll ? Array(1...max(rank, 1)).filter { $0 <= rank } : dims.map { $0 + 1 }, keepDim: keepDim)
  }

  var attributes: [(name: String, value: String)] { isAll ? [] : [("dim", "\(dims)"), ("keepdim", "\(keepDim)")] }

  @inline(__always)
  func reduce(_ op: cr_reduce_op, _ x: Tensor, _ dtype: DType) throws(TensorError) -> Tensor {
    let rank = x.box.rank
    let out = try TensorBox.uninitialized(result(x.box.shape), dtype)
    if isAll, x.box.reducePending(op, into: out) { return Tensor(out) }
    withUnsafeTemporaryAllocation(of: Bool.self, capacity: max(rank, 1)) { flags in
      for d in 0..<rank { flags[d] = contains(d) }
      cr_reduce(op, x.box.c, flags.baseAddress, out.meta)
    }
    return Tensor(out)
  }
}

struct Sum: LinearOperation {
  static let info = OperationInfo(
    "sum", "The sum over all or some dimensions; of integers it is int64.", call: "x.sum(dim: 1)", formula: "sum x",
    derivative: "1, expanded",
    shapes: "[a, b] -> [], [a] or [a, 1]",
    samples: OperationSample.reductions(.real) {
      $0.sum()
    } dim: {
      $0.sum(dim: $1, keepDim: $2)
    })
  let over: ReducedDims
  let from: Shape
  var nodeName: String { over.isAll ? "SumBackward0" : "SumBackward1" }
  var attributes: [(name: String, value: String)] { over.attributes }

  @inline(__always) func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    try over.reduce(CR_SUM, x, x.box.dtype.isFloatingPoint ? x.box.dtype : .int64)
  }
  func flops(_ x: [Tensor], _ y: [Tensor]) -> Double { elements(x, y) }
  func transpose(_ dy: Tensor) -> Tensor {
    over.isAll ? dy.spread(over: from, dividedBy: 1) ?? Expand(shape: from, from: dy.internalShape)(dy) : over.expand(dy, from)
  }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor {
    if from.rank == 0 { return x }
    return Sum(over: over.behindBatch(from.rank), from: from.inserting(x.size(0), at: 0))(x)
  }
}

struct Mean: LinearOperation {
  static let info = OperationInfo(
    "mean", "The mean over all or some dimensions.", call: "x.mean(dim: 1)", formula: "sum x / n", derivative: "1/n, expanded",
    shapes: "[a, b] -> [], [a] or [a, 1]",
    takesIntegers: false,
    samples: OperationSample.reductions(.real) {
      $0.mean()
    } dim: {
      $0.mean(dim: $1, keepDim: $2)
    })
  let over: ReducedDims
  let from: Shape
  var nodeName: String { over.isAll ? "MeanBackward0" : "MeanBackward1" }
  var attributes: [(name: String, value: String)] { over.attributes }

  @inline(__always) func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    guard x.box.dtype.isFloatingPoint else {
      throw TensorError(
        .dtype,
        "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: "
          + x.dtype.scalarTypeName,
        hint: "Convert first: x.to(.float32).mean().", operation: "mean")
    }
    return try over.reduce(CR_MEAN, x, x.box.dtype)
  }
  func flops(_ x: [Tensor], _ y: [Tensor]) -> Double { elements(x, y) }
  func transpose(_ dy: Tensor) -> Tensor {
    if over.isAll, let filled = dy.spread(over: from, dividedBy: Double(from.elements)) { return filled }
    return over.expand(dy / Double(over.count(from)), from)
  }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor {
    if from.rank == 0 { return x }
    return Mean(over: over.behindBatch(from.rank), from: from.inserting(x.size(0), at: 0))(x)
  }
}

extension OperationSample {
  /// All dimensions, one, several, kept or not, square and not, empty and 0-dimensional.
  static func reductions(
    _ domain: Domain, empty: Bool = true, _ all: @escaping @Sendable (Tensor) -> Tensor,
    dim: @escaping @Sendable (Tensor, Int, Bool) -> Tensor
  ) -> [OperationSample] {
    var samples = [
      OperationSample("all", [Input([2, 3], domain)]) { all($0[0]) },
      OperationSample("all of 0-dim", [Input([], domain)]) { all($0[0]) },
      OperationSample("dim 0", [Input([3, 3], domain)]) { dim($0[0], 0, false) },
      OperationSample("dim -1 kept", [Input([2, 3, 4], domain)]) { dim($0[0], -1, true) },
      OperationSample("dim 1", [Input([2, 3, 2], domain)]) { dim($0[0], 1, false) },
    ]
    if empty { samples.append(OperationSample("empty", [Input([0, 3], domain)]) { dim($0[0], 0, false) }) }
    return samples
  }
}

extension Tensor {
  /// One number, divided by `n`, at every place of a small tensor: in one pass where nothing records it; nil where a view or
  /// the general rule is better.
  @inline(__always)
  fileprivate func spread(over shape: Shape, dividedBy n: Double) -> Tensor? {
    guard isPlain(self), count == 1, shape.elements * dtype.size <= TensorBox.inlineBytes, dtype.isFloatingPoint else { return nil }
    let value = bare
    guard let out = try? TensorBox.uninitialized(shape, value.box.dtype) else { return nil }
    let number: Double =
      value.box.dtype == .float32
      ? Double(value.box.c.pointee.data.assumingMemoryBound(to: Float.self)[0] / Float(n))
      : value.box.c.pointee.data.assumingMemoryBound(to: Double.self)[0] / n
    cr_fill(out.c, cr_scalar(f: number, i: 0))
    return Tensor(out)
  }

  private func over(_ dims: [Int], _ keepDim: Bool, _ operation: String) throws(TensorError) -> ReducedDims {
    ReducedDims(dims: try Dims.wrapped(dims, rank, operation), keepDim: keepDim)
  }
  private func over(_ dim: Int, _ keepDim: Bool, _ operation: String) throws(TensorError) -> ReducedDims {
    let d = try Dims.wrapped(dim, rank, operation)
    return ReducedDims(dims: rank == 0 ? [] : [d], keepDim: keepDim)
  }

  /// Returns the sum of all elements. Integers and bools add up in int64.
  public func sum() -> Tensor { Sum(over: .all, from: internalShape)(self) }
  /// Returns the sums along a dimension.
  public func sum(dim: Int, keepDim: Bool = false) -> Tensor {
    orFail([self]) { () throws(TensorError) in Sum(over: try over(dim, keepDim, "sum"), from: internalShape)(self) }
  }
  /// Returns the sums along several dimensions; an empty list means all.
  public func sum(dim: [Int], keepDim: Bool = false) -> Tensor {
    orFail([self]) { () throws(TensorError) in Sum(over: try over(dim, keepDim, "sum"), from: internalShape)(self) }
  }

  /// Returns the mean of all elements; NaN of none.
  public func mean() -> Tensor { Mean(over: .all, from: internalShape)(self) }
  /// Returns the means along a dimension.
  public func mean(dim: Int, keepDim: Bool = false) -> Tensor {
    orFail([self]) { () throws(TensorError) in Mean(over: try over(dim, keepDim, "mean"), from: internalShape)(self) }
  }
  /// Returns the means along several dimensions; an empty list means all.
  public func mean(dim: [Int], keepDim: Bool = false) -> Tensor {
    orFail([self]) { () throws(TensorError) in Mean(over: try over(dim, keepDim, "mean"), from: internalShape)(self) }
  }
}

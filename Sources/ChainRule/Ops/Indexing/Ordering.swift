import CKernels

/// Elements in order: sorted, the greatest, the middle one.
enum Ordering {
  static let catalog: [OperationInfo] = [
    Sort.info, ArgSort.info, TopK.info, MedianAlong.info, MedianOfAll.info, CumulativeMaximum.info, CumulativeMinimum.info,
  ]

  static func sorted(_ x: Tensor, dim: Int, descending: Bool) throws(TensorError) -> [Tensor] {
    if x.rank == 0 { return [Tensor(x.box.alias()), Tensor.number(Scalar(0), .int64)] }
    let values = try TensorBox.uninitialized(x.box.shape, x.dtype), indices = try TensorBox.uninitialized(x.box.shape, .int64)
    guard cr_sort(x.box.c, Int32(dim), descending, values.c, indices.c) else { throw outOfMemory("sort") }
    return [Tensor(values), Tensor(indices)]
  }

  static func outOfMemory(_ operation: String) -> TensorError {
    TensorError(.argument, "out of memory", hint: "Sort a smaller tensor.", operation: operation)
  }
}

/// Picks elements along a dimension and says where they stood: the gradient goes back to those places.
protocol SelectingOperation: VariadicOperation {
  var dim: Int { get }
  /// Whether the result lacks the dimension.
  var dropsDim: Bool { get }
  func along(_ dim: Int) -> Self
}

extension SelectingOperation {
  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) { ([true], [false, true]) }
  func isDifferentiable(output i: Int) -> Bool { i == 0 }

  private func placed(_ t: Tensor) -> Tensor { dropsDim ? t.unsqueezed(dim) : t }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dy = dy[0] else { return [nil] }
    let x = s.input(0)
    if x.rank == 0 { return [dy] }
    return [Rules.zeroBase(x.shape, dy.dtype).scatterAdd(dim: dim, index: placed(s.output(1)), source: placed(dy))]
  }

  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dx = dx[0] else { return [nil, nil] }
    if dx.rank == 0 { return [dx, nil] }
    let picked = dx.gather(dim: dim, index: placed(s.output(1)))
    return [dropsDim ? picked.squeezed(dim) : picked, nil]
  }

  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    if x[0].rank == 1 { return [x[0], Tensor.zeros([size], dtype: .int64)] }
    return along(dim + 1)(x)
  }
}

struct Sort: SelectingOperation {
  static let info = OperationInfo(
    "sort", "A dimension in order, and where its elements stood; equal ones keep their order, NaN is the greatest.",
    call: "x.sort(dim: 1)", formula: "sort x", derivative: "dy at the place each came from", shapes: "unchanged",
    samples: OperationSample.alongDim(.distinct) { $0.sort(dim: $1).values }
      + OperationSample.alongDim(.distinct) { $0.sort(dim: $1, descending: true).values })
  let dim: Int
  let descending: Bool
  var dropsDim: Bool { false }
  var nodeName: String { "SortBackward0" }
  var attributes: [(name: String, value: String)] { [("dim", "\(dim)"), ("descending", "\(descending)")] }
  func along(_ dim: Int) -> Sort { Sort(dim: dim, descending: descending) }
  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] { try Ordering.sorted(x[0], dim: dim, descending: descending) }
}

struct ArgSort: NonDifferentiableOperation {
  static let info = OperationInfo(
    "argsort", "Where the elements of a sorted dimension stood.", call: "x.argsort(dim: 1)", formula: "argsort x",
    derivative: "none: the result is an index",
    shapes: "unchanged", isDifferentiable: false, samples: OperationSample.alongDim(.distinct) { $0.argsort(dim: $1) })
  let dim: Int
  let descending: Bool
  var attributes: [(name: String, value: String)] { [("dim", "\(dim)"), ("descending", "\(descending)")] }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor { try Ordering.sorted(x, dim: dim, descending: descending)[1] }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor {
    x.rank == 1 ? Tensor.zeros(x.shape, dtype: .int64) : ArgSort(dim: dim + 1, descending: descending)(x)
  }
}

struct TopK: SelectingOperation {
  static let info = OperationInfo(
    "topk", "The k largest (smallest) of a dimension in order, and where they stood.", call: "x.topk(2)", formula: "the k first of sort x",
    derivative: "dy at the place each came from", shapes: "[a, b] -> [a, k] and [a, k]",
    samples: [
      OperationSample("last", [.init([3, 5], .distinct)]) { $0[0].topk(2).values },
      OperationSample("first, smallest", [.init([4, 2], .distinct)]) { $0[0].topk(3, dim: 0, largest: false).values },
      OperationSample("0-dim", [.init([], .distinct)]) { $0[0].topk(1).values },
    ])
  let k: Int
  let dim: Int
  let largest: Bool
  var dropsDim: Bool { false }
  var nodeName: String { "TopkBackward0" }
  var attributes: [(name: String, value: String)] { [("k", "\(k)"), ("dim", "\(dim)"), ("largest", "\(largest)")] }
  func along(_ dim: Int) -> TopK { TopK(k: k, dim: dim, largest: largest) }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    let shape = x[0].box.shape
    if shape.rank == 0 { return [Tensor(x[0].box.alias()), Tensor.number(Scalar(0), .int64)] }
    let result = shape.replacing(dim, with: k)
    let values = try TensorBox.uninitialized(result, x[0].dtype), indices = try TensorBox.uninitialized(result, .int64)
    guard cr_topk(x[0].box.c, Int32(dim), Int64(k), largest, values.c, indices.c) else { throw Ordering.outOfMemory("topk") }
    return [Tensor(values), Tensor(indices)]
  }
}

struct MedianAlong: SelectingOperation {
  static let info = OperationInfo(
    "median (dim)", "The middle element of a dimension, the lower of two, and where it stood; NaN wins.", call: "x.median(dim: 1)",
    formula: "median x",
    derivative: "1 at the middle element, else 0", shapes: "[a, b] -> [a] and [a]",
    samples: [
      OperationSample("dim 1", [.init([3, 4], .distinct)]) { $0[0].median(dim: 1).values },
      OperationSample("dim 0 kept", [.init([5, 2], .distinct)]) { $0[0].median(dim: 0, keepDim: true).values },
    ])
  let dim: Int
  let keepDim: Bool
  var dropsDim: Bool { !keepDim }
  var nodeName: String { "MedianBackward1" }
  var attributes: [(name: String, value: String)] { [("dim", "\(dim)"), ("keepdim", "\(keepDim)")] }
  func along(_ dim: Int) -> MedianAlong { MedianAlong(dim: dim, keepDim: keepDim) }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    let sorted = try Ordering.sorted(x[0], dim: dim, descending: false)
    if x[0].rank == 0 { return sorted }
    let n = x[0].size(dim)
    guard n > 0 else {
      throw TensorError(
        .index, "median(): Expected reduction dim \(dim) to have non-zero size.", hint: "There is no middle of nothing.",
        operation: "median")
    }
    // NaN is sorted last; where there is one it is the median.
    let last = sorted[0].narrow(dim: dim, start: n - 1, count: 1)
    let middle = sorted.map { $0.narrow(dim: dim, start: (n - 1) / 2, count: 1) }
    let firstNaN = x[0].isNaN().to(.int64).argmax(dim: dim, keepDim: true)
    let isNaN = last.isNaN()
    let results = [Tensor.where(isNaN, last, middle[0]), Tensor.where(isNaN, firstNaN, middle[1])]
    return keepDim ? results : results.map { $0.squeezed(dim) }
  }
}

/// The extremum of a dimension up to each element, and where it stood: the latest among equals.
protocol CumulativeExtremumOperation: SelectingOperation {
  static var kernel: cr_cumulative_op { get }
  init(dim: Int)
}

extension CumulativeExtremumOperation {
  var dropsDim: Bool { false }
  var attributes: [(name: String, value: String)] { [("dim", "\(dim)")] }
  func along(_ dim: Int) -> Self { Self(dim: dim) }
  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    let values = try TensorBox.uninitialized(x[0].box.shape, x[0].dtype), indices = try TensorBox.uninitialized(x[0].box.shape, .int64)
    cr_cumulative(Self.kernel, x[0].box.c, Int32(dim), values.c, indices.c)
    return [Tensor(values), Tensor(indices)]
  }
}

struct CumulativeMaximum: CumulativeExtremumOperation {
  static let info = OperationInfo(
    "cummax", "The largest element of a dimension up to each, and where it stood; NaN wins.", call: "x.cummax(dim: 1)",
    formula: "y[i] = max(x[0], ..., x[i])",
    derivative: "the sum of dy at the place each came from, the latest among equals", shapes: "unchanged",
    samples: OperationSample.alongDim(.distinct) { $0.cummax(dim: $1).values })
  static var kernel: cr_cumulative_op { CR_CUMMAX }
  let dim: Int
  var nodeName: String { "CummaxBackward0" }
}

struct CumulativeMinimum: CumulativeExtremumOperation {
  static let info = OperationInfo(
    "cummin", "The smallest element of a dimension up to each, and where it stood; NaN wins.", call: "x.cummin(dim: 1)",
    formula: "y[i] = min(x[0], ..., x[i])",
    derivative: "the sum of dy at the place each came from, the latest among equals", shapes: "unchanged",
    samples: OperationSample.alongDim(.distinct) { $0.cummin(dim: $1).values })
  static var kernel: cr_cumulative_op { CR_CUMMIN }
  let dim: Int
  var nodeName: String { "CumminBackward0" }
}

/// The middle of all elements, in a batch of those of each: several that are equal share the gradient.
struct MedianOfAll: UnaryOperation {
  static let info = OperationInfo(
    "median", "The middle of all elements, the lower of two; NaN wins.", call: "x.median()", formula: "median x",
    derivative: "1/k at each of k equal middle elements, else 0", shapes: "[a, b] -> []",
    samples: [
      OperationSample("odd", [.init([3, 3], .distinct)]) { $0[0].median() },
      OperationSample("even", [.init([2, 3], .distinct)]) { $0[0].median() },
    ])
  /// All dimensions, or all behind those of a batch.
  var over = ReducedDims.all
  var nodeName: String { "MedianBackward0" }
  var saves: Saves { [.x, .y] }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let result = over.result(x.box.shape)
    if x.count == 0 { return try Tensor.filled(result, Scalar(Double.nan), x.dtype) }
    let rows = x.reshaped([result.elements, x.count / result.elements])
    return try MedianAlong(dim: 1, keepDim: false).forward([rows])[0].reshaped(result.array)
  }

  private func shares(_ s: Saved) -> Tensor {
    let y = over.spread(s.y, over: s.x.internalShape)
    let mask = (s.x .== y).logicalOr(s.x.isNaN().logicalAnd(y.isNaN())).to(s.x.dtype)
    return mask / mask.sum(dim: over.dims, keepDim: s.x.rank > 0)
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor { over.spread(dy, over: s.x.internalShape) * shares(s) }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { (dx * shares(s)).sum(dim: over.dims) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor {
    x.rank == 1 ? x : MedianOfAll(over: over.behindBatch(x.rank - 1))(x)
  }
}

extension Tensor {
  private func selected(
    _ dim: Int, _ operation: String, _ make: (Int) throws(TensorError) -> any SelectingOperation
  ) -> ValuesAndIndices {
    do throws(TensorError) {
      let results = try make(try Dims.wrapped(dim, rank, operation)).applyAny([self])
      return ValuesAndIndices(values: results[0], indices: results.last ?? .poison)
    } catch {
      return ValuesAndIndices(values: fail(error.describing([self])), indices: .poison)
    }
  }

  /// Returns a dimension in order and where its elements stood. Equal elements keep their order; NaN counts as the greatest.
  public func sort(dim: Int = -1, descending: Bool = false) -> ValuesAndIndices {
    selected(dim, "sort") { d throws(TensorError) in Sort(dim: d, descending: descending) }
  }

  /// Returns where the elements of a sorted dimension stood; int64.
  public func argsort(dim: Int = -1, descending: Bool = false) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      ArgSort(dim: try Dims.wrapped(dim, rank, "argsort"), descending: descending)(self)
    }
  }

  /// Returns the `k` largest (smallest) of a dimension in order, and where they stood: the first among equals.
  public func topk(_ k: Int, dim: Int = -1, largest: Bool = true) -> ValuesAndIndices {
    selected(dim, "topk") { d throws(TensorError) in
      guard k >= 0, k <= (rank == 0 ? 1 : size(d)) else {
        throw TensorError(
          .index, "selected index k out of range", hint: "The dimension has \(rank == 0 ? 1 : size(d)) elements; k is \(k).",
          operation: "topk")
      }
      try Rules.refuseBool(self, "topk does not support bool dtypes on CPU", "topk")
      return TopK(k: k, dim: d, largest: largest)
    }
  }

  /// Returns the middle of all elements, the lower of two. Several that are equal share the gradient.
  public func median() -> Tensor {
    orFail([self]) { () throws(TensorError) in
      try Rules.refuseBool(self, "\"median_cpu\" not implemented for 'Bool'", "median")
      return MedianOfAll()(self)
    }
  }
  /// Returns the middle element along a dimension, the lower of two, and where it stood.
  public func median(dim: Int, keepDim: Bool = false) -> ValuesAndIndices {
    selected(dim, "median") { d throws(TensorError) in
      try Rules.refuseBool(self, "\"median_out\" not implemented for 'Bool'", "median")
      return MedianAlong(dim: d, keepDim: keepDim)
    }
  }
  /// Returns the largest element of a dimension up to each, and where it stood: the latest among equals.
  public func cummax(dim: Int) -> ValuesAndIndices {
    selected(dim, "cummax") { d throws(TensorError) in CumulativeMaximum(dim: d) }
  }
  /// Returns the smallest element of a dimension up to each, and where it stood: the latest among equals.
  public func cummin(dim: Int) -> ValuesAndIndices {
    selected(dim, "cummin") { d throws(TensorError) in CumulativeMinimum(dim: d) }
  }
}

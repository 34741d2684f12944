import CKernels

/// The largest or smallest over dimensions: several that are equal share the gradient. amax, amin, and max, min of everything.
struct Extremum: UnaryOperation {
  static let info = OperationInfo(
    "amax, amin", "The largest (smallest) over dimensions.", call: "x.amax(dim: 1)", formula: "max x",
    derivative: "1/k at each of k largest, else 0",
    shapes: "[a, b] -> [], [a] or [a, 1]",
    samples: OperationSample.reductions(.distinct, empty: false) {
      $0.max()
    } dim: {
      $0.amax(dim: $1, keepDim: $2)
    }
      + OperationSample.reductions(.distinct, empty: false) {
        $0.min()
      } dim: {
        $0.amin(dim: $1, keepDim: $2)
      })
  let largest: Bool
  let over: ReducedDims
  /// max() and min() have names of their own.
  let nodeName: String
  var name: String { (over.isAll ? "" : "a") + (largest ? "max" : "min") }
  var attributes: [(name: String, value: String)] { over.attributes }
  var saves: Saves { [.x, .y] }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let shape = x.box.shape
    for d in 0..<shape.rank where over.contains(d) && shape[d] == 0 {
      let name = largest ? "max" : "min"
      throw TensorError(
        .shape,
        over.isAll
          ? "\(name)(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."
          : "a\(name)(): Expected reduction dim \(d) to have non-zero size.",
        hint: "There is no \(largest ? "largest" : "smallest") of nothing.", operation: name)
    }
    return try over.reduce(largest ? CR_AMAX : CR_AMIN, x, x.box.dtype)
  }

  /// 1/k at the k places that hold the extreme value, else 0.
  private func shares(_ s: Saved) -> Tensor {
    let mask = (s.x .== over.spread(s.y, over: s.x.internalShape)).to(s.x.dtype)
    return mask / mask.sum(dim: over.isAll ? [] : over.dims, keepDim: s.x.rank > 0)
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor { over.spread(dy, over: s.x.internalShape) * shares(s) }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { (dx * shares(s)).sum(dim: over.dims, keepDim: over.keepDim) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor {
    if x.rank == 1 { return x }
    return Extremum(largest: largest, over: over.behindBatch(x.rank - 1), nodeName: nodeName)(x)
  }
}

/// The largest or smallest along one dimension, with its index: the first among equals takes the gradient.
struct AllExtremum: SelectingOperation {
  static let info = OperationInfo(
    "max, min (dim)", "The largest (smallest) along a dimension, and its index.", call: "x.max(dim: 1)", formula: "max x, argmax x",
    derivative: "1 at the first largest, else 0", shapes: "[a, b] -> [a] and [a]",
    samples: [
      OperationSample("dim 1", [.init([3, 4], .distinct)]) { $0[0].max(dim: 1).values },
      OperationSample("dim 0 kept", [.init([3, 2], .distinct)]) { $0[0].min(dim: 0, keepDim: true).values },
      OperationSample("0-dim", [.init([], .distinct)]) { $0[0].max(dim: 0).values },
    ])
  let largest: Bool
  let dim: Int
  let keepDim: Bool
  var name: String { largest ? "max" : "min" }
  var nodeName: String { largest ? "MaxBackward0" : "MinBackward0" }
  var attributes: [(name: String, value: String)] { [("dim", "\(dim)"), ("keepdim", "\(keepDim)")] }

  var dropsDim: Bool { !keepDim }
  func along(_ dim: Int) -> AllExtremum { AllExtremum(largest: largest, dim: dim, keepDim: keepDim) }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    let shape = x[0].box.shape
    if shape.rank == 0 { return [Tensor(x[0].box.alias()), Tensor.number(Scalar(0), .int64)] }
    guard shape[dim] > 0 else {
      throw TensorError(
        .index, "\(largest ? "max" : "min")(): Expected reduction dim \(dim) to have non-zero size.",
        hint: "There is no extreme of nothing.", operation: largest ? "max" : "min")
    }
    let result = keepDim ? shape.replacing(dim, with: 1) : shape.removing(dim)
    let values = try TensorBox.uninitialized(result, x[0].box.dtype), indices = try TensorBox.uninitialized(result, .int64)
    cr_extremum(largest, x[0].box.c, Int32(dim), values.c, indices.c)
    return [Tensor(values), Tensor(indices)]
  }
}

/// The index of the largest or smallest element.
struct ArgExtremum: NonDifferentiableOperation {
  static let info = OperationInfo(
    "argmax, argmin", "The index of the largest (smallest) element; the first among equals.", call: "x.argmax(dim: 1)", formula: "argmax x",
    derivative: "none: the result is an index", shapes: "[a, b] -> [] or [a]", isDifferentiable: false,
    samples: [OperationSample("", [.init([3, 4], .distinct)]) { $0[0].argmax(dim: 1) }])
  let largest: Bool
  let dim: Int?
  let keepDim: Bool
  var name: String { largest ? "argmax" : "argmin" }
  var attributes: [(name: String, value: String)] { dim.map { [("dim", "\($0)"), ("keepdim", "\(keepDim)")] } ?? [] }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let shape = x.box.shape
    let over = ReducedDims(dims: dim.map { shape.rank == 0 ? [] : [$0] } ?? [], keepDim: keepDim)
    guard over.count(shape) > 0 else {
      let name = largest ? "argmax" : "argmin"
      throw TensorError(
        .index, "\(name)(): Expected reduction dim \(dim ?? 0) to have non-zero size.", hint: "There is no extreme of nothing.",
        operation: name)
    }
    return try over.reduce(largest ? CR_ARGMAX : CR_ARGMIN, x, .int64)
  }

  func batch(_ x: Tensor) throws(TensorError) -> Tensor {
    if let dim, x.rank > 1 { return ArgExtremum(largest: largest, dim: dim + 1, keepDim: keepDim)(x) }
    let flat = ArgExtremum(largest: largest, dim: 1, keepDim: false)(x.rank > 1 ? x.flattened(from: 1) : x.unsqueezed(1))
    return keepDim ? flat.reshaped([x.size(0)] + Array(repeating: 1, count: x.rank - 1)) : flat
  }
}

/// Whether any or all elements are true.
struct AnyAll: NonDifferentiableOperation {
  static let info = OperationInfo(
    "any, all", "Whether any (all) elements are true or not 0.", call: "x.any(dim: 1)", formula: "any x",
    derivative: "none: the result is bool, of uint8 uint8",
    shapes: "[a, b] -> [] or [a]", isDifferentiable: false,
    samples: [OperationSample("", [.init([3, 4], .mask)]) { $0[0].any(dim: 1) }])
  let all: Bool
  let over: ReducedDims
  var name: String { all ? "all" : "any" }
  var attributes: [(name: String, value: String)] { over.attributes }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let result = try over.reduce(all ? CR_ALL : CR_ANY, x, .bool)
    return x.dtype == .uint8 ? result.to(.uint8) : result
  }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor {
    if x.rank == 1 { return (x .!= 0).to(x.dtype == .uint8 ? .uint8 : .bool) }
    return AnyAll(all: all, over: over.behindBatch(x.rank - 1))(x)
  }
}

/// How many elements are not 0.
struct CountNonzero: NonDifferentiableOperation {
  static let info = OperationInfo(
    "countNonzero", "How many elements are true or not 0.", call: "x.countNonzero(dim: [1])", formula: "count of x != 0",
    derivative: "none: the result is a count",
    shapes: "[a, b] -> [] or [a]", isDifferentiable: false,
    samples: [OperationSample("", [.init([3, 4], .mask)]) { $0[0].countNonzero(dim: [1]) }])
  let over: ReducedDims
  var attributes: [(name: String, value: String)] { over.attributes }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor { try over.reduce(CR_COUNT_NONZERO, x, .int64) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor {
    if x.rank == 1 { return (x .!= 0).to(.int64) }
    return CountNonzero(over: over.behindBatch(x.rank - 1))(x)
  }
}

/// Values along a dimension with the indices they came from.
public struct ValuesAndIndices: Sendable {
  /// The values.
  public let values: Tensor
  /// Where they stood along the dimension; int64.
  public let indices: Tensor

  package init(values: Tensor, indices: Tensor) {
    self.values = values
    self.indices = indices
  }
}

extension Tensor {
  private func extremum(largest: Bool, _ dims: [Int], _ keepDim: Bool, _ name: String, _ node: String) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      let over = ReducedDims(dims: try Dims.wrapped(dims, rank, name), keepDim: keepDim)
      return Extremum(largest: largest, over: dims.isEmpty ? ReducedDims(dims: [], keepDim: keepDim) : over, nodeName: node)(self)
    }
  }

  /// Returns the largest element; NaN wins. Several that are equal share the gradient.
  public func max() -> Tensor { extremum(largest: true, [], false, "max", "MaxBackward1") }
  /// Returns the smallest element; NaN wins. Several that are equal share the gradient.
  public func min() -> Tensor { extremum(largest: false, [], false, "min", "MinBackward1") }
  /// Returns the largest along dimensions; several that are equal share the gradient.
  public func amax(dim: Int..., keepDim: Bool = false) -> Tensor { amax(dim: dim, keepDim: keepDim) }
  /// Returns the largest over a list of dimensions, all where it is empty; several that are equal share the gradient.
  public func amax(dim: [Int], keepDim: Bool = false) -> Tensor { extremum(largest: true, dim, keepDim, "amax", "AmaxBackward0") }
  /// Returns the smallest along dimensions; several that are equal share the gradient.
  public func amin(dim: Int..., keepDim: Bool = false) -> Tensor { amin(dim: dim, keepDim: keepDim) }
  /// Returns the smallest over a list of dimensions, all where it is empty; several that are equal share the gradient.
  public func amin(dim: [Int], keepDim: Bool = false) -> Tensor { extremum(largest: false, dim, keepDim, "amin", "AminBackward0") }

  private func extremum(largest: Bool, dim: Int, keepDim: Bool) -> ValuesAndIndices {
    do throws(TensorError) {
      let d = try Dims.wrapped(dim, rank, largest ? "max" : "min")
      let results = AllExtremum(largest: largest, dim: d, keepDim: keepDim)([self])
      return ValuesAndIndices(values: results[0], indices: results.last ?? .poison)
    } catch {
      return ValuesAndIndices(values: fail(error.describing([self])), indices: .poison)
    }
  }

  /// Returns the largest along a dimension and its index: the first among equals, which takes the gradient.
  public func max(dim: Int, keepDim: Bool = false) -> ValuesAndIndices { extremum(largest: true, dim: dim, keepDim: keepDim) }
  /// Returns the smallest along a dimension and its index: the first among equals, which takes the gradient.
  public func min(dim: Int, keepDim: Bool = false) -> ValuesAndIndices { extremum(largest: false, dim: dim, keepDim: keepDim) }

  private func argExtremum(largest: Bool, _ dim: Int?, _ keepDim: Bool) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      var d: Int?
      let name = largest ? "argmax" : "argmin"
      try Rules.refuseBool(self, "\(name)(): does not support bool input", name)
      if let dim { d = try Dims.wrapped(dim, rank, name) }
      return ArgExtremum(largest: largest, dim: d, keepDim: keepDim)(self)
    }
  }

  /// Returns the index of the largest element, of the flattened tensor where no dimension is given; int64.
  public func argmax(dim: Int? = nil, keepDim: Bool = false) -> Tensor { argExtremum(largest: true, dim, keepDim) }
  /// Returns the index of the smallest element, of the flattened tensor where no dimension is given; int64.
  public func argmin(dim: Int? = nil, keepDim: Bool = false) -> Tensor { argExtremum(largest: false, dim, keepDim) }

  private func anyAll(_ all: Bool, _ dims: [Int], _ keepDim: Bool) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      AnyAll(all: all, over: ReducedDims(dims: try Dims.wrapped(dims, rank, all ? "all" : "any"), keepDim: keepDim))(self)
    }
  }

  /// Returns whether any element is true or not 0; along dimensions where some are given. Of uint8 the result is uint8, else bool.
  public func any(dim: Int..., keepDim: Bool = false) -> Tensor { any(dim: dim, keepDim: keepDim) }
  /// Returns whether any element is true or not 0 over a list of dimensions, all where it is empty.
  public func any(dim: [Int], keepDim: Bool = false) -> Tensor { anyAll(false, dim, keepDim) }
  /// Returns whether all elements are true or not 0; along dimensions where some are given.
  public func all(dim: Int..., keepDim: Bool = false) -> Tensor { all(dim: dim, keepDim: keepDim) }
  /// Returns whether all elements are true or not 0 over a list of dimensions, all where it is empty.
  public func all(dim: [Int], keepDim: Bool = false) -> Tensor { anyAll(true, dim, keepDim) }

  /// Returns how many elements are true or not 0, over all or some dimensions; int64.
  public func countNonzero(dim: [Int] = []) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      CountNonzero(over: ReducedDims(dims: try Dims.wrapped(dim, rank, "countNonzero"), keepDim: false))(self)
    }
  }
}

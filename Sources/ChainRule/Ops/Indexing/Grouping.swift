/// The distinct elements of a tensor.
public struct UniqueElements: Sendable {
  /// Each element once, in rising order.
  public let values: Tensor
  /// For each element of the tensor its place among `values`; int64, in the tensor's shape.
  public let inverse: Tensor
  /// How often each of `values` occurs; int64.
  public let counts: Tensor
}

extension Tensor {
  /// Returns each element once, in rising order, with where each went and how often it occurs. No gradient flows through it.
  public func unique() -> UniqueElements {
    let flat = detach().flattened(), n = flat.count
    guard n > 0 else {
      let none = Tensor.zeros([0], dtype: .int64)
      return UniqueElements(values: flat, inverse: Tensor.zeros(shape, dtype: .int64), counts: none)
    }
    let sorted = flat.sort()
    let isNew = cat([
      Tensor.ones([1], dtype: .bool),
      sorted.values.narrow(dim: 0, start: 1, count: n - 1) .!= sorted.values.narrow(dim: 0, start: 0, count: n - 1),
    ])
    let places = isNew.cumsum(dim: 0) - 1
    let values = sorted.values.maskedSelect(isNew)
    let inverse = Tensor.zeros([n], dtype: .int64).scatter(dim: 0, index: sorted.indices, source: places)
    let counts = Tensor.zeros([values.count], dtype: .int64).scatterAdd(dim: 0, index: places, source: Tensor.ones(like: places))
    return UniqueElements(values: values, inverse: inverse.reshaped(shape), counts: counts)
  }

  /// Returns each slice of a dimension once, in rising order of its elements, with where each went and how often it occurs.
  public func unique(dim: Int) -> UniqueElements {
    grouped(dim, "unique") { rows in
      // Sorted by each column in turn, the last first: sorting keeps the order of equals.
      let n = rows.size(0), columns = rows.size(1)
      return (0..<columns).reversed().reduce(Tensor.arange(n)) { order, column in
        let key = rows.select(dim: 1, index: column).indexSelect(dim: 0, index: order)
        return order.indexSelect(dim: 0, index: key.argsort())
      }
    }
  }

  /// Returns each run of equal elements once, with the run each belongs to and how long each is: of the flattened tensor, or of the slices
  /// of a dimension. No gradient flows through it.
  public func uniqueConsecutive(dim: Int? = nil) -> UniqueElements {
    if let dim { return grouped(dim, "uniqueConsecutive") { Tensor.arange($0.size(0)) } }
    let runs = detach().flattened().uniqueConsecutive(dim: 0)
    return UniqueElements(values: runs.values, inverse: runs.inverse.reshaped(shape), counts: runs.counts)
  }

  /// The slices of a dimension in an order in which equal ones are side by side, each once.
  private func grouped(_ dim: Int, _ operation: String, _ ordered: (Tensor) -> Tensor) -> UniqueElements {
    do throws(TensorError) {
      try Rules.requireDimension(dim, of: self, operation)
      let d = try Dims.wrapped(dim, rank, operation)
      let slices = (rank == 0 ? detach().unsqueezed(0) : detach()).movedim(d, 0), n = slices.size(0)
      guard n > 0 else {
        let none = Tensor.zeros([0], dtype: .int64)
        return UniqueElements(values: detach(), inverse: none, counts: none)
      }
      let rows = slices.reshaped([n, slices.count / n]), order = ordered(rows), sorted = rows.indexSelect(dim: 0, index: order)
      let differs = sorted.narrow(dim: 0, start: 1, count: n - 1) .!= sorted.narrow(dim: 0, start: 0, count: n - 1)
      let isNew = cat([Tensor.ones([1], dtype: .bool), differs.any(dim: 1)])
      let places = isNew.cumsum(dim: 0) - 1
      let values = slices.indexSelect(dim: 0, index: order.maskedSelect(isNew)).movedim(0, d)
      let inverse = Tensor.zeros([n], dtype: .int64).scatter(dim: 0, index: order, source: places)
      let counts = Tensor.zeros([values.size(d)], dtype: .int64).scatterAdd(dim: 0, index: places, source: Tensor.ones(like: places))
      return UniqueElements(values: values, inverse: inverse, counts: counts)
    } catch {
      return UniqueElements(values: fail(error.describing([self])), inverse: .poison, counts: .poison)
    }
  }

  /// Returns for each class number a row of zeros with a 1 at its place: [...] to [..., classes], int64.
  ///
  /// - Parameter classes: the length of the rows; one more than the largest number where it is not given.
  public func oneHot(_ classes: Int? = nil) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      if let classes { return OneHot(classes: classes)(self) }
      try OneHot.checkType(self)
      guard count > 0 else {
        throw TensorError(
          .argument, "Can not infer total number of classes from empty tensor.", hint: "Give the number of classes.", operation: "oneHot")
      }
      return OneHot(classes: try Sizes.sum(detach().max().item(as: Int.self), 1))(self)
    }
  }
}

/// Rows of zeros with a 1 at the place that a class number names.
struct OneHot: NonDifferentiableOperation {
  static let info = OperationInfo(
    "oneHot", "For each class number a row of zeros with a 1 at its place.", call: "x.oneHot(4)",
    formula: "y[i, k] = 1 for k = x[i], else 0", derivative: "none: the result is int64", shapes: "[...] -> [..., classes]",
    isDifferentiable: false,
    samples: [
      .init("", [.init([3], .index(4))]) { $0[0].oneHot(4) },
      .init("matrix", [.init([2, 2], .index(3))]) { $0[0].oneHot(3) },
    ])
  let classes: Int
  var attributes: [(name: String, value: String)] { [("num_classes", "\(classes)")] }

  static func checkType(_ x: Tensor) throws(TensorError) {
    guard x.dtype == .int64 else {
      throw TensorError(
        .dtype, "one_hot is only applicable to index tensor of type LongTensor.", hint: "Convert with to(.int64).", operation: "oneHot")
    }
  }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    try Self.checkType(x)
    if x.count > 0 {
      if x.min().item(as: Int.self) < 0 {
        throw TensorError(.index, "Class values must be non-negative.", hint: "Classes are counted from 0.", operation: "oneHot")
      }
      let largest = x.max().item(as: Int.self)
      guard largest < classes else {
        throw TensorError(
          .index, "Class values must be smaller than num_classes.", hint: "The largest is \(largest), the number of classes \(classes).",
          operation: "oneHot")
      }
    }
    return (x.unsqueezed(-1) .== Tensor.arange(classes)).to(.int64)
  }

  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}

import CKernels

/// Elements written along a dimension at an index of their own shape.
enum Scattering {
  static let catalog: [OperationInfo] = [Scatter.info, ScatterValue.info]

  static func requireType(of source: Tensor, like x: Tensor, _ operation: String) throws(TensorError) {
    if source.dtype == x.dtype { return }
    throw TensorError(
      .dtype, "scatter(): Expected self.dtype to be equal to src.dtype", hint: "Convert the source with to(.\(x.dtype.name)).",
      operation: operation)
  }
}

struct Scatter: VariadicOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "scatter", "Elements replaced along a dimension at an index of their own shape.", call: "x.scatter(dim: 0, index: index, source: w)",
    formula: "x with x[index[i, j], j] = w[i, j]",
    derivative: "dy with 0 at the index for x, dy gathered at the index for w", shapes: "[a, b], [n, b], [n, b] -> [a, b]",
    samples: [
      OperationSample("", [.init([4, 3]), .init([2, 3])]) {
        $0[0].scatter(dim: 0, index: Tensor([[3, 0, 1], [2, 1, 0]]), source: $0[1])
      }
    ])
  let dim: Int
  var nodeName: String { "ScatterBackward0" }
  var attributes: [(name: String, value: String)] { [("dim", "\(dim)")] }
  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) { ([false, true, false], [false]) }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    try Scattering.requireType(of: x[2], like: x[0], "scatter")
    return [
      try Scattering.write(x[0], dim, x[1], "scatter") { cr_scatter($0.c, Int32(dim), $1.c, x[2].box.c) }
    ]
  }
  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dy = dy[0] else { return [nil, nil, nil] }
    let index = s.input(1)
    return [
      s.needs[0] ? ScatterValue(dim: dim, value: Scalar(0))(dy, index) : nil, nil,
      s.needs[2] ? Gather(dim: dim)(dy, index) : nil,
    ]
  }
  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    let index = s.input(1), y = s.output(0)
    let source = dx[2] ?? Tensor.zeros(index.shape, dtype: y.dtype)
    return [self([dx[0] ?? Tensor.zeros(like: y), index, source])[0]]
  }
  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    Scatter(dim: dim + 1)(zip(x, batched).map { $0.whole($1, size) })
  }
}

struct ScatterValue: BinaryOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "scatter (number)", "One number written along a dimension at an index.", call: "x.scatter(dim: 0, index: index, value: 2.5)",
    formula: "x with x[index[i, j], j] = c",
    derivative: "dy with 0 at the index", shapes: "[a, b], [n, b] -> [a, b]",
    samples: [
      OperationSample("", [.init([4, 3]), .init([2, 3], .index(4))]) { $0[0].scatter(dim: 0, index: $0[1], value: 2.5) }
    ])
  let dim: Int
  let value: Scalar
  var nodeName: String { "ScatterBackward1" }
  var attributes: [(name: String, value: String)] { [("dim", "\(dim)"), ("value", value.text)] }
  func saves(needsX: Bool, needsW: Bool) -> Saves { .w }

  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    let element = try Tensor.filled([], value.fitting(x.dtype, "scatter"), x.dtype)
    defer { withExtendedLifetime(element) {} }
    return try Scattering.write(x, dim, w, "scatter") {
      cr_scatter_value($0.c, Int32(dim), $1.c, element.box.c.pointee.data)
    }
  }
  private var zeros: ScatterValue { ScatterValue(dim: dim, value: Scalar(0)) }
  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) { (zeros(dy, s.w), nil) }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor { dx.map { zeros($0, s.w) } ?? Tensor.zeros(like: s.y) }
  func batch(_ x: Tensor, _ w: Tensor, _ xBatched: Bool, _ wBatched: Bool, size: Int) throws(TensorError) -> Tensor {
    return ScatterValue(dim: dim + 1, value: value)(x.whole(xBatched, size), w.whole(wBatched, size))
  }
}

extension Scattering {
  /// A copy of `x` that `kernel` writes into at the checked index.
  static func write(
    _ x: Tensor, _ dim: Int, _ w: Tensor, _ operation: String, _ kernel: (TensorBox, TensorBox) -> Int64
  ) throws(TensorError) -> Tensor {
    let index = try IndexedRows.integers(w, operation)
    let result = try Tensor.copied(x)
    if index.count == 0 { return result }
    try Gather.check(index.box.shape, within: x.box.shape, dim, operation)
    let bad = kernel(result.box, index.box)
    guard bad < 0 else { throw IndexedRows.outOfBounds(index, bad, dim: dim, size: x.box.shape[dim], operation) }
    return result
  }

  /// The source cut to the index's sizes: what lies outside is not written and takes no gradient.
  static func fitted(_ source: Tensor, to index: Tensor, _ operation: String) throws(TensorError) -> Tensor {
    try Gather.check(index.internalShape, within: source.internalShape, -1, operation)
    return index.shape.indices.reduce(source) { part, d in
      part.size(d) == index.size(d) ? part : part.narrow(dim: d, start: 0, count: index.size(d))
    }
  }
}

extension Tensor {
  /// Runs `body` with 0-dimensional tensors seen as vectors of one element, which the indexed kernels take.
  private func alongVector(
    _ dim: Int, _ tensors: [Tensor], _ operation: String, _ body: (Int, [Tensor]) throws(TensorError) -> Tensor
  ) throws(TensorError) -> Tensor {
    let d = try Dims.wrapped(dim, rank, operation)
    if rank > 0 { return try body(d, tensors.map { $0.rank == 0 ? $0.unsqueezed(0) : $0 }) }
    return try body(0, tensors.map { $0.rank == 0 ? $0.unsqueezed(0) : $0 }).squeezed(0)
  }

  /// Returns the tensor with elements along a dimension replaced by those of `source` at the index, which has their shape.
  ///
  /// Of several that go to one place any may win.
  public func scatter(dim: Int, index: Tensor, source: Tensor) -> Tensor {
    orFail([self, index, source]) { () throws(TensorError) in
      try alongVector(dim, [self, index, source], "scatter") { d, t throws(TensorError) in
        if t[1].count == 0 { return t[0] }
        return Scatter(dim: d)([t[0], t[1], try Scattering.fitted(t[2], to: t[1], "scatter")])[0]
      }
    }
  }

  /// Returns the tensor with a number along a dimension at the index.
  public func scatter(dim: Int, index: Tensor, value: some TensorScalar) -> Tensor {
    orFail([self, index]) { () throws(TensorError) in
      try alongVector(dim, [self, index], "scatter") { d, t in ScatterValue(dim: d, value: value.scalar)(t[0], t[1]) }
    }
  }

  /// Returns the tensor with the elements of `source` added along a dimension at the index, which has their shape.
  public func scatterAdd(dim: Int, index: Tensor, source: Tensor) -> Tensor {
    orFail([self, index, source]) { () throws(TensorError) in
      try alongVector(dim, [self, index, source], "scatterAdd") { d, t throws(TensorError) in
        if t[1].count == 0 { return t[0] }
        return ScatterAdd(dim: d)([t[0], t[1], try Scattering.fitted(t[2], to: t[1], "scatterAdd")])[0]
      }
    }
  }
}

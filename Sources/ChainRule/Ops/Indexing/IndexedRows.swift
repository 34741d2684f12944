import CKernels

/// Elements and rows picked by index tensors, and added or written back.
enum IndexedRows {
  static let catalog: [OperationInfo] =
    [
      IndexSelect.info, IndexAdd.info, IndexCopy.info, Gather.info, ScatterAdd.info, EmbeddingLookup.info, OneHot.info,
    ] + composed

  static func requireType(
    of source: Tensor, like x: Tensor, _ kernel: String, _ operation: String
  ) throws(TensorError) {
    if source.dtype == x.dtype { return }
    throw TensorError(
      .dtype, "\(kernel)(): self (\(x.dtype.scalarTypeName)) and source (\(source.dtype.scalarTypeName)) must have the same scalar type",
      hint: "Convert the source with to(.\(x.dtype.name)).", operation: operation)
  }

  /// The indices as the kernels take them: int64, contiguous. PyTorch's gather and scatter do not look at the type of no indices.
  static func integers(_ index: Tensor, _ operation: String) throws(TensorError) -> Tensor {
    let anyEmpty = operation == "gather" || operation.hasPrefix("scatter")
    guard index.dtype == .int64 || index.dtype == .int32 || (anyEmpty && index.count == 0) else {
      throw TensorError(
        .dtype, refusal(index.dtype, operation), hint: "The indices have type \(index.dtype.name): convert them with to(.int64).",
        operation: operation)
    }
    let converted = try index.converted(to: .int64)
    return converted.box.isContiguous ? converted : try Tensor.copied(converted)
  }

  /// PyTorch's sentence for indices of another type, which each of its functions words in its own way.
  private static func refusal(_ dtype: DType, _ operation: String) -> String {
    switch operation {
    case "indexSelect": "index_select(): Expected dtype int32 or int64 for index"
    case "indexAdd": "index_add_(): Expected dtype int32/int64 for index but got: \(dtype.scalarTypeName)"
    case "indexCopy": "index_copy_(): Expected a long tensor for index, but got \(dtype.scalarTypeName)"
    case "embedding":
      "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
        + "\(dtype == .bool ? "CPUBoolType" : "torch.\(dtype.scalarTypeName)Tensor") instead (while checking arguments for embedding)"
    default: "\(operation == "scatterAdd" ? "scatter" : operation)(): Expected dtype int32/int64 for index"
    }
  }

  static func pointer(_ index: Tensor) -> UnsafePointer<Int64> {
    UnsafePointer(index.box.c.pointee.data.assumingMemoryBound(to: Int64.self))
  }

  /// The error for the index at flat position `position` of `index`.
  static func outOfBounds(_ index: Tensor, _ position: Int64, dim: Int, size: Int, _ operation: String) -> TensorError {
    TensorError(
      .index, "index \(pointer(index)[Int(position)]) is out of bounds for dimension \(dim) with size \(size)",
      hint: size == 0 ? "The dimension is empty." : "Valid indices are 0 to \(size - 1).", operation: operation)
  }

  /// A batch of indices along a dimension, repeated over the other dimensions of `shape`, as gather and scatter take it.
  static func spread(_ index: Tensor, over shape: [Int], _ dim: Int) -> Tensor {
    let count = index.rank > 1 ? index.size(1) : 1
    var sizes = Array(repeating: 1, count: shape.count), whole = shape
    (sizes[0], sizes[dim], whole[dim]) = (shape[0], count, count)
    return index.reshaped(sizes).expanded(whole)
  }

  static func checkVector(_ index: Tensor, _ operation: String) throws(TensorError) {
    guard index.rank <= 1 else {
      throw TensorError(
        .shape, "\(operation)(): Index is supposed to be a vector, but got dim: \(index.rank)",
        hint: "Flatten the indices with flattened().", operation: operation)
    }
  }
}

struct IndexSelect: BinaryOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "indexSelect", "The slices of a dimension at given indices.", call: "x.indexSelect(dim: 0, index: index)", formula: "x[..., i, ...]",
    derivative: "dy added at the indices", shapes: "[a, b], [n] -> [n, b]",
    samples: [
      OperationSample("dim 0", [.init([4, 3]), .init([5], .index(4))]) { $0[0].indexSelect(dim: 0, index: $0[1]) },
      OperationSample("dim 1", [.init([2, 3, 2]), .init([2], .index(3))]) { $0[0].indexSelect(dim: 1, index: $0[1]) },
    ])
  let dim: Int
  let nodeName: String
  var attributes: [(name: String, value: String)] { [("dim", "\(dim)")] }
  func saves(needsX: Bool, needsW: Bool) -> Saves { [.x, .w] }

  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    try IndexedRows.checkVector(w, "indexSelect")
    let index = try IndexedRows.integers(w, "indexSelect")
    let shape = x.box.shape
    let out = try TensorBox.uninitialized(shape.replacing(dim, with: index.count), x.dtype)
    let bad = cr_index_select(x.box.c, Int32(dim), IndexedRows.pointer(index), Int64(index.count), out.c)
    guard bad < 0 else { throw IndexedRows.outOfBounds(index, bad, dim: dim, size: shape[dim], "indexSelect") }
    return Tensor(out)
  }
  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    (IndexAdd(dim: dim)([Rules.zeroBase(s.x.shape, dy.dtype), s.w, dy])[0], nil)
  }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor { dx.map { self($0, s.w) } ?? Tensor.zeros(like: s.y) }
  func batch(_ x: Tensor, _ w: Tensor, _ xBatched: Bool, _ wBatched: Bool, size: Int) throws(TensorError) -> Tensor {
    if !wBatched { return IndexSelect(dim: dim + 1, nodeName: nodeName)(x, w) }
    let whole = x.whole(xBatched, size), shape = whole.shape
    return Gather(dim: dim + 1)(whole, IndexedRows.spread(w, over: shape, dim + 1))
  }
}

struct Gather: BinaryOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "gather", "Elements picked along a dimension by an index of the result's shape.", call: "x.gather(dim: 0, index: index)",
    formula: "y[i, j] = x[index[i, j], j]",
    derivative: "dy added where it was taken", shapes: "[a, b], [n, b] -> [n, b]",
    samples: [
      OperationSample("dim 0", [.init([4, 3]), .init([5, 3], .index(4))]) { $0[0].gather(dim: 0, index: $0[1]) },
      OperationSample("dim 1", [.init([3, 4]), .init([3, 2], .index(4))]) { $0[0].gather(dim: 1, index: $0[1]) },
    ])
  let dim: Int
  var nodeName: String { "GatherBackward0" }
  var attributes: [(name: String, value: String)] { [("dim", "\(dim)")] }
  func saves(needsX: Bool, needsW: Bool) -> Saves { [.x, .w] }

  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    let index = try IndexedRows.integers(w, "gather")
    let shape = x.box.shape, n = index.box.shape
    if index.count == 0 { return try Tensor(TensorBox.uninitialized(n, x.dtype)) }
    try Gather.check(n, within: shape, dim, "gather")
    let out = try TensorBox.uninitialized(n, x.dtype)
    let bad = cr_gather(x.box.c, Int32(dim), index.box.c, out.c)
    guard bad < 0 else { throw IndexedRows.outOfBounds(index, bad, dim: dim, size: shape[dim], "gather") }
    return Tensor(out)
  }

  static func check(_ index: Shape, within x: Shape, _ dim: Int, _ operation: String) throws(TensorError) {
    guard index.rank == x.rank else {
      throw TensorError(
        .shape, "Index tensor must have the same number of dimensions as input tensor",
        hint: "The index has \(index.rank) dimensions, the input \(x.rank).", operation: operation)
    }
    for d in 0..<x.rank where d != dim && index[d] > x[d] {
      throw TensorError(
        .shape,
        "Size does not match at dimension \(d) expected index \(index.array) to be no larger than self \(x.array) apart from "
          + "dimension \(dim)",
        hint: "Only dimension \(dim) of the index may be larger.", operation: operation)
    }
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    (Rules.zeroBase(s.x.shape, dy.dtype).scatterAdd(dim: dim, index: s.w, source: dy), nil)
  }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor { dx.map { self($0, s.w) } ?? Tensor.zeros(like: s.y) }
  func batch(_ x: Tensor, _ w: Tensor, _ xBatched: Bool, _ wBatched: Bool, size: Int) throws(TensorError) -> Tensor {
    if x.rank - (xBatched ? 1 : 0) == 0 { return try batchOneByOne([x, w], [xBatched, wBatched], size)[0] }
    return Gather(dim: dim + 1)(x.whole(xBatched, size), w.whole(wBatched, size))
  }
}

struct ScatterAdd: VariadicOperation {
  static let info = OperationInfo(
    "scatterAdd", "Elements added along a dimension at an index of their own shape.", call: "x.scatterAdd(dim: 0, index: index, source: w)",
    formula: "x with x[index[i, j], j] += w[i, j]",
    derivative: "dy for x, dy gathered at the index for w", shapes: "[a, b], [n, b], [n, b] -> [a, b]",
    samples: [
      OperationSample("", [.init([4, 3]), .init([5, 3], .index(4)), .init([5, 3])]) {
        $0[0].scatterAdd(dim: 0, index: $0[1], source: $0[2])
      }
    ])
  let dim: Int
  var nodeName: String { "ScatterAddBackward0" }
  var attributes: [(name: String, value: String)] { [("dim", "\(dim)")] }
  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) { ([false, true, false], [false]) }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    let index = try IndexedRows.integers(x[1], "scatterAdd")
    let shape = x[0].box.shape, n = index.box.shape
    try Gather.check(n, within: shape, dim, "scatterAdd")
    try Gather.check(n, within: x[2].box.shape, -1, "scatterAdd")
    let result = try Tensor.copied(x[0])
    try Scattering.requireType(of: x[2], like: x[0], "scatterAdd")
    let source = try x[2].packed
    let bad = cr_scatter_add(result.box.c, Int32(dim), index.box.c, source.box.c)
    guard bad < 0 else { throw IndexedRows.outOfBounds(index, bad, dim: dim, size: shape[dim], "scatterAdd") }
    return [result]
  }
  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dy = dy[0] else { return [nil, nil, nil] }
    return [dy, nil, s.needs[2] ? dy.gather(dim: dim, index: s.input(1)) : nil]
  }
  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    let base = dx[0] ?? Tensor.zeros(like: s.output(0))
    return [dx[2].map { self([base, s.input(1), $0])[0] } ?? base]
  }
  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    if x[0].rank - (batched[0] ? 1 : 0) == 0 { return try batchOneByOne(x, batched, size) }
    return ScatterAdd(dim: dim + 1)(zip(x, batched).map { $0.whole($1, size) })
  }
}

/// Rows of a table, one for each index.
struct EmbeddingLookup: BinaryOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "embedding", "The rows of a table at given indices.", call: "embedding(index, x)", formula: "x[index]",
    derivative: "dy added to the rows taken",
    shapes: "[n, d], [...] -> [..., d]",
    samples: [
      OperationSample("", [.init([5, 3]), .init([2, 4], .index(5))]) { embedding($0[1], $0[0]) },
      // At the padding row the gradient is 0 by decree: the indices stay clear of it.
      OperationSample("padding", [.init([5, 3]), .init([6], .index(4))]) { embedding($0[1], $0[0], paddingIndex: -1) },
    ])
  /// A row that takes no gradient.
  let padding: Int?
  var nodeName: String { "EmbeddingBackward0" }
  var attributes: [(name: String, value: String)] { [("padding_idx", padding.map(String.init) ?? "nil")] }
  func saves(needsX: Bool, needsW: Bool) -> Saves { [.x, .w] }

  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    let index = try IndexedRows.integers(w, "embedding")
    let table = x.box.shape
    guard table.rank == 2 else {
      throw TensorError(.shape, "'weight' must be 2-D", hint: "The table has a row for each index.", operation: "embedding")
    }
    let out = try TensorBox.uninitialized([index.count, table[1]], x.dtype)
    let bad = cr_index_select(x.box.c, 0, IndexedRows.pointer(index), Int64(index.count), out.c)
    guard bad < 0 else {
      throw TensorError(
        .index, "index out of range in self",
        hint: "Index \(IndexedRows.pointer(index)[Int(bad)]) asks for a row of a table that has \(table[0]).", operation: "embedding")
    }
    let shape = index.box.shape
    return Tensor(out.reshapedView(shape.inserting(table[1], at: shape.rank)))
  }
  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    var rows = dy.reshaped([s.w.count, s.x.size(1)])
    let index = s.w.flattened()
    if let padding { rows = rows.maskedFill((index .== padding).unsqueezed(1), 0) }
    return (IndexAdd(dim: 0)([Rules.zeroBase(s.x.shape, dy.dtype), index.to(.int64), rows])[0], nil)
  }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor {
    guard let dx else { return Tensor.zeros(like: s.y) }
    let rows = EmbeddingLookup(padding: nil)(dx, s.w)
    return padding.map { rows.maskedFill((s.w .== $0).unsqueezed(-1), 0) } ?? rows
  }
  func batch(_ x: Tensor, _ w: Tensor, _ xBatched: Bool, _ wBatched: Bool, size: Int) throws(TensorError) -> Tensor {
    if !xBatched { return self(x, w) }
    let shape = wBatched ? Array(w.shape.dropFirst()) : w.shape
    let index = w.reshaped((wBatched ? [size] : []) + [shape.reduce(1, *)])
    let rows = try IndexSelect(dim: 0, nodeName: nodeName).batch(x, index, true, wBatched, size: size)
    let y = rows.reshaped([size] + shape + [x.size(2)])
    return padding.map { Tensor.where((w .== $0).unsqueezed(-1), y.detach(), y) } ?? y
  }
}

/// Returns the rows of `weight` at the indices, in the indices' shape.
///
/// - Parameters:
///   - index: int64 indices of any shape.
///   - weight: [rows, d].
///   - paddingIndex: a row whose gradient stays 0; negative ones count from the end.
/// - Returns: [..., d].
public func embedding(_ index: Tensor, _ weight: Tensor, paddingIndex: Int? = nil) -> Tensor {
  EmbeddingLookup(padding: paddingIndex.map { $0 < 0 && weight.rank > 0 ? $0 + weight.size(0) : $0 })(weight, index)
}

extension Tensor {
  /// Returns the slices of a dimension at the indices, a vector of int64.
  public func indexSelect(dim: Int, index: Tensor) -> Tensor {
    orFail([self, index]) { () throws(TensorError) in
      let d = try Dims.wrapped(dim, rank, "indexSelect")
      if rank == 0 {
        guard index.count == 1 else {
          throw TensorError(
            .shape, "index_select(): Index to scalar can have only 1 value, got \(index.count) value(s)",
            hint: "A tensor without dimensions has one element.", operation: "indexSelect")
        }
        return unsqueezed(0).indexSelect(dim: 0, index: index).squeezed(0)
      }
      return IndexSelect(dim: d, nodeName: "IndexSelectBackward0")(self, index)
    }
  }
  /// Returns the tensor with the slices of `source` added at the indices.
  public func indexAdd(dim: Int, index: Tensor, source: Tensor) -> Tensor {
    orFail([self, index, source]) { () throws(TensorError) in
      let d = try Dims.wrapped(dim, rank, "indexAdd")
      try IndexedRows.requireType(of: source, like: self, "index_add_", "indexAdd")
      if rank == 0 { return unsqueezed(0).indexAdd(dim: 0, index: index, source: source.reshaped(-1)).squeezed(0) }
      return IndexAdd(dim: d)([self, index, source])[0]
    }
  }
  /// Returns the tensor with the slices at the indices replaced by those of `source`; of equal indices the last counts.
  public func indexCopy(dim: Int, index: Tensor, source: Tensor) -> Tensor {
    orFail([self, index, source]) { () throws(TensorError) in
      let d = try Dims.wrapped(dim, rank, "indexCopy")
      if rank == 0 { return unsqueezed(0).indexCopy(dim: 0, index: index, source: source.reshaped(-1)).squeezed(0) }
      return IndexCopy(dim: d, nodeName: "IndexCopyBackward0")([self, index, source])[0]
    }
  }
  /// Returns the elements along a dimension at the index, which has the result's shape.
  public func gather(dim: Int, index: Tensor) -> Tensor {
    orFail([self, index]) { () throws(TensorError) in
      let d = try Dims.wrapped(dim, rank, "gather")
      if rank == 0 { return unsqueezed(0).gather(dim: 0, index: index.reshaped(-1)).reshaped(index.shape) }
      return Gather(dim: d)(self, index)
    }
  }
}

extension IndexedRows {
  /// What is composed of the family's operations.
  static let composed: [OperationInfo] = [
    OperationInfo(
      "unique", "Each element once, in rising order.", call: "x.unique()", formula: "the set of all x",
      derivative: "none: no gradient flows through it", shapes: "[...] -> [k]", isDifferentiable: false, isMappable: false,
      samples: [
        .init("", [.init([6], .index(3))]) { $0[0].unique().values }
      ])
  ]
}

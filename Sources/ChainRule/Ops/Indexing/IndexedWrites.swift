import CKernels

/// Slices written into a dimension at given indices: added to what is there, or in its place.
protocol IndexedWriteOperation: VariadicOperation {
  init(dim: Int, nodeName: String)
  var dim: Int { get }
  static var kernel: (name: String, refusal: String) { get }
  /// Writes the slices of `source` into `result`; the position of an index that is out of bounds, or -1.
  func write(_ result: Tensor, _ index: Tensor, _ source: Tensor) -> Int64
  /// The same for an index of the source's shape.
  func scattered(_ dim: Int, _ x: [Tensor]) -> Tensor
  /// The gradient of what is written into.
  func kept(_ dy: Tensor, _ index: Tensor) -> Tensor
}

extension IndexedWriteOperation {
  var attributes: [(name: String, value: String)] { [("dim", "\(dim)")] }
  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) { ([false, true, false], [false]) }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    let (name, refusal) = Self.kernel
    try IndexedRows.checkVector(x[1], name)
    let index = try IndexedRows.integers(x[1], name)
    let shape = x[0].box.shape
    guard x[2].box.shape == shape.replacing(dim, with: index.count) else {
      throw TensorError(
        .shape, "\(refusal)(): Number of indices (\(index.count)) should be equal to source.size(dim): (\(x[2].shape)), for dim: \(dim)",
        hint: "The source has one slice for each index.", operation: name)
    }
    let result = try Tensor.copied(x[0])
    let bad = write(result, index, try x[2].converted(to: result.dtype))
    guard bad < 0 else { throw IndexedRows.outOfBounds(index, bad, dim: dim, size: shape[dim], name) }
    return [result]
  }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dy = dy[0] else { return [nil, nil, nil] }
    let index = s.input(1)
    return [
      s.needs[0] ? kept(dy, index) : nil, nil, s.needs[2] ? IndexSelect(dim: dim, nodeName: "IndexSelectBackward0")(dy, index) : nil,
    ]
  }

  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    let base = dx[0] ?? Tensor.zeros(like: s.output(0)), index = s.input(1)
    let source = dx[2] ?? Tensor.zeros(base.internalShape.replacing(dim, with: index.count).array, dtype: base.dtype)
    return [self([base, index, source])[0]]
  }

  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    let base = x[0].whole(batched[0], size), source = x[2].whole(batched[2], size)
    if !batched[1] { return Self(dim: dim + 1, nodeName: nodeName)([base, x[1], source]) }
    return [scattered(dim + 1, [base, IndexedRows.spread(x[1], over: base.shape, dim + 1), source])]
  }
}

struct IndexAdd: IndexedWriteOperation {
  static let info = OperationInfo(
    "indexAdd", "Slices added to a dimension at given indices.", call: "x.indexAdd(dim: 0, index: index, source: w)",
    formula: "x with x[i] += w", derivative: "dy for x, dy[i] for w", shapes: "[a, b], [n], [n, b] -> [a, b]",
    samples: [
      OperationSample("", [.init([4, 3]), .init([5], .index(4)), .init([5, 3])]) {
        $0[0].indexAdd(dim: 0, index: $0[1], source: $0[2])
      },
      OperationSample("dim 1", [.init([2, 4]), .init([3], .index(4)), .init([2, 3])]) {
        $0[0].indexAdd(dim: 1, index: $0[1], source: $0[2])
      },
    ])
  let dim: Int
  var nodeName = "IndexAddBackward0"
  static var kernel: (name: String, refusal: String) { ("indexAdd", "index_add_") }
  func write(_ result: Tensor, _ index: Tensor, _ source: Tensor) -> Int64 {
    cr_index_add(result.box.c, Int32(dim), IndexedRows.pointer(index), Int64(index.count), source.box.c)
  }
  func scattered(_ dim: Int, _ x: [Tensor]) -> Tensor { ScatterAdd(dim: dim)(x)[0] }
  func kept(_ dy: Tensor, _ index: Tensor) -> Tensor { dy }
}

struct IndexCopy: IndexedWriteOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "indexCopy", "Slices of a dimension replaced at given indices.", call: "x.indexCopy(dim: 0, index: index, source: w)",
    formula: "x with x[i] = w", derivative: "dy with 0 at the indices for x, dy[i] for w", shapes: "[a, b], [n], [n, b] -> [a, b]",
    samples: [
      OperationSample("", [.init([4, 3]), .init([2, 3])]) {
        $0[0].indexCopy(dim: 0, index: Tensor([2, 0]), source: $0[1])
      },
      OperationSample("one index of dim 1", [.init([2, 4]), .init([1], .index(4)), .init([2, 1])]) {
        $0[0].indexCopy(dim: 1, index: $0[1], source: $0[2])
      },
    ])
  let dim: Int
  let nodeName: String
  static var kernel: (name: String, refusal: String) { ("indexCopy", "index_copy_") }
  func write(_ result: Tensor, _ index: Tensor, _ source: Tensor) -> Int64 {
    cr_index_copy(result.box.c, Int32(dim), IndexedRows.pointer(index), Int64(index.count), source.box.c)
  }
  func scattered(_ dim: Int, _ x: [Tensor]) -> Tensor { Scatter(dim: dim)(x)[0] }
  func kept(_ dy: Tensor, _ index: Tensor) -> Tensor {
    self([dy, index, Tensor.zeros(dy.internalShape.replacing(dim, with: index.count).array, dtype: dy.dtype)])[0]
  }
}

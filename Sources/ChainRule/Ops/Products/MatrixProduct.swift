import CKernels

/// Products of matrices and vectors.
enum MatrixProduct {
  static let catalog: [OperationInfo] = [Matmul.info, MatrixVector.info, Dot.info, LinearMap.info]
}

/// The product of matrices [..., m, k] and [..., k, n]; the leading dimensions broadcast.
struct Matmul: BinaryOperation {
  static let info = OperationInfo(
    "matmul", "The product of matrices, vectors or batches of matrices.", call: "x.matmul(w)", formula: "x w",
    derivative: "dy w' for x, x' dy for w",
    shapes: "[..., m, k] x [..., k, n] -> [..., m, n]; a vector counts as a row or column",
    samples: [
      OperationSample("matrices", [.init([2, 3]), .init([3, 4])]) { $0[0].matmul($0[1]) },
      OperationSample("square", [.init([3, 3]), .init([3, 3])]) { $0[0].matmul($0[1]) },
      OperationSample("vectors", [.init([3]), .init([3])]) { $0[0].matmul($0[1]) },
      OperationSample("vector, matrix", [.init([3]), .init([3, 2])]) { $0[0].matmul($0[1]) },
      OperationSample("matrix, vector", [.init([2, 3]), .init([3])]) { $0[0].matmul($0[1]) },
      OperationSample("batches", [.init([2, 3, 4]), .init([2, 4, 2])]) { $0[0].matmul($0[1]) },
      OperationSample("batch, matrix", [.init([2, 3, 4]), .init([4, 2])]) { $0[0].matmul($0[1]) },
      OperationSample("broadcast batches", [.init([2, 1, 2, 3]), .init([3, 3, 2])]) { $0[0].matmul($0[1]) },
      OperationSample("batch, vector", [.init([2, 3, 4]), .init([4])]) { $0[0].matmul($0[1]) },
      OperationSample("empty", [.init([0, 3]), .init([3, 2])]) { $0[0].matmul($0[1]) },
      OperationSample("nothing to sum", [.init([2, 0]), .init([0, 3])]) { $0[0].matmul($0[1]) },
      OperationSample("transposed", [.init([3, 2]), .init([4, 3])]) { $0[0].T.matmul($0[1].T) },
    ])
  /// Both operands have the same rank, at least 2.
  let nodeName: String

  func saves(needsX: Bool, needsW: Bool) -> Saves { needsX ? (needsW ? [.x, .w] : .w) : .x }
  func flops(_ x: [Tensor], _ y: [Tensor]) -> Double { 2 * Double(y[0].count) * Double(x[0].shape.last ?? 1) }

  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    let n = x.box.rank, sizes = x.box.meta.pointee.dims!, others = w.box.meta.pointee.dims!
    guard sizes[n - 1] == others[n - 2] else { throw Rules.mismatch(x.box.shape, w.box.shape) }
    try Rules.checkProduct(x, w, "matmul")
    if n == 2 {
      let out = try TensorBox.matrix(Int(sizes[0]), Int(others[1]), x.box.dtype)
      cr_matmul(x.box.c, w.box.c, out.meta, 1, 0)
      return Tensor(out)
    }
    let a = x.box.shape, b = w.box.shape
    var shape = a
    shape[n - 1] = b[n - 1]
    for d in 0..<(n - 2) {
      guard a[d] == b[d] || a[d] == 1 || b[d] == 1 else {
        throw TensorError(
          .shape,
          "The size of tensor a (\(a[d])) must match the size of tensor b (\(b[d])) at non-singleton dimension \(d)",
          hint: "The dimensions before the last two are batches: they must be equal or 1.", operation: "matmul")
      }
      shape[d] = a[d] == 1 ? b[d] : a[d]
    }
    let out = try TensorBox.uninitialized(shape, x.box.dtype)
    func spread(_ t: Tensor, _ own: Shape) -> Tensor {
      var target = own
      for d in 0..<(n - 2) { target[d] = shape[d] }
      return target == own ? t : Tensor(t.box.expandedView(target))
    }
    let left = spread(x, a), right = spread(w, b)
    cr_matmul(left.box.c, right.box.c, out.c, 1, 0)
    return Tensor(out)
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    (s.needsX ? again(dy, s.w.mT) : nil, s.needsW ? again(s.x.mT, dy) : nil)
  }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor {
    Rules.sum(dx.map { again($0, s.w) }, dw.map { again(s.x, $0) })
  }

  private func again(_ x: Tensor, _ w: Tensor) -> Tensor { Matmul(nodeName: nodeName)(x, w) }

  func batch(_ x: Tensor, _ w: Tensor, _ xBatched: Bool, _ wBatched: Bool, size: Int) throws(TensorError) -> Tensor {
    let a = xBatched ? x : x.unsqueezed(0), b = wBatched ? w : w.unsqueezed(0)
    return Matmul(nodeName: "BmmBackward0")(a, b)
  }
}

/// x w' + b: a layer's product, with the bias added as the tiles are written.
struct LinearMap: AffineOperation {
  static let info = OperationInfo(
    "linear", "The affine map of a layer.", call: "linear(x, w, b)", formula: "x w' + b",
    derivative: "dy w for x, dy' x for w, sum of dy for b",
    shapes: "[..., in], [out, in], [out] -> [..., out]",
    samples: [
      OperationSample("", [.init([4, 3]), .init([2, 3]), .init([2])]) { linear($0[0], $0[1], $0[2]) },
      OperationSample("no bias", [.init([4, 3]), .init([2, 3])]) { linear($0[0], $0[1]) },
      OperationSample("vector", [.init([3]), .init([2, 3]), .init([2])]) { linear($0[0], $0[1], $0[2]) },
      OperationSample("rank 3", [.init([2, 2, 3]), .init([4, 3]), .init([4])]) { linear($0[0], $0[1], $0[2]) },
      OperationSample("empty", [.init([0, 3]), .init([2, 3]), .init([2])]) { linear($0[0], $0[1], $0[2]) },
    ])
  let hasBias: Bool
  var nodeName: String { hasBias ? "AddmmBackward0" : "MmBackward0" }
  func flops(_ x: [Tensor], _ y: [Tensor]) -> Double { 2 * Double(y[0].count) * Double(x[0].shape.last ?? 1) }

  func forward(_ x: Tensor, _ w: Tensor, _ b: Tensor?) throws(TensorError) -> Tensor {
    if let b, !b.box.isContiguous { return try forward(x, w, b.packed) }
    try check(x, w, b)
    let rank = x.box.rank
    if rank == 2 { return try product(x, w, b) }
    let flat = Tensor(try x.packed.box.rows)
    let shape = x.box.shape.replacing(rank - 1, with: Int(w.box.meta.pointee.dims[0]))
    return Tensor(try product(flat, w, b).box.reshapedView(shape))
  }

  /// The same for a matrix, and a bias whose elements follow each other.
  @inline(__always)
  private func product(_ x: Tensor, _ w: Tensor, _ b: Tensor?) throws(TensorError) -> Tensor {
    let out = try TensorBox.matrix(Int(x.box.meta.pointee.dims[0]), Int(w.box.meta.pointee.dims[0]), x.box.dtype)
    // The kernel that adds the bias as it goes is one of real numbers.
    guard let b, x.box.dtype.isFloatingPoint else {
      cr_matmul_transposed(false, x.box.c, true, w.box.c, out.meta, nil)
      return try b.map { b throws(TensorError) in try Elementwise.binary(CR_ADD, Tensor(out), b, "linear") } ?? Tensor(out)
    }
    var epilogue = cr_epilogue(bias: b.box.c.pointee.data, activation: CR_ACTIVATION_NONE)
    cr_matmul_transposed(false, x.box.c, true, w.box.c, out.meta, &epilogue)
    return Tensor(out)
  }

  private func check(_ x: Tensor, _ w: Tensor, _ b: Tensor?) throws(TensorError) {
    let a = x.box.meta, m = w.box.meta, rank = x.box.rank
    guard w.box.rank == 2, rank > 0, a.pointee.dims[rank - 1] == m.pointee.dims[1] else {
      let a = x.box.shape, w = w.box.shape
      throw TensorError(
        .shape,
        "mat1 and mat2 shapes cannot be multiplied (\(a.dropLast().reduce(1, *))x\(a.last ?? 1) and \(w.last ?? 1)x\(w.first ?? 1))",
        hint: "The last dimension of the input must equal the layer's input size, \(w.last ?? 1).", operation: "linear")
    }
    guard a.pointee.dtype == m.pointee.dtype, b == nil || b?.box.dtype == x.box.dtype else {
      throw TensorError(
        .dtype,
        "mat1 and mat2 must have the same dtype, but got \(x.dtype.scalarTypeName) and \(w.dtype.scalarTypeName)",
        hint: "Convert the input with to(.\(w.dtype.name)).", operation: "linear")
    }
    if x.box.dtype == .bool { throw Rules.notImplemented("addmm_impl_cpu_", .bool, "linear") }
    if let b, b.box.rank != 1 || b.box.meta.pointee.dims[0] != m.pointee.dims[0] {
      throw TensorError(
        .shape,
        "The expanded size of the tensor (\(m.pointee.dims[0])) must match the existing size (\(b.count)) at non-singleton dimension 1",
        hint: "The bias has one element for each output, \(m.pointee.dims[0]).", operation: "linear")
    }
  }

  func vjp(_ dy: Tensor, _ s: Saved, needsB: Bool) -> (Tensor?, Tensor?, Tensor?) {
    let flat = Self.rows(dy)
    return (
      s.needsX ? dy.rank == 2 ? Self.product(dy, s.w) : dy.matmul(s.w) : nil,
      s.needsW ? Self.product(flat, transposed: true, Self.rows(s.x)) : nil,
      needsB ? flat.sum(dim: 0) : nil
    )
  }

  /// All dimensions but the last as one.
  private static func rows(_ t: Tensor) -> Tensor {
    t.rank == 2 ? t : t.reshaped(t.shape.dropLast().reduce(1, *), t.size(t.rank - 1))
  }

  /// a b, or a' b: at once where nothing records it, else in operations.
  private static func product(_ a: Tensor, transposed: Bool = false, _ b: Tensor) -> Tensor {
    guard isPlain(a, b), !a.isIndirect, !b.isIndirect else { return transposed ? a.T.matmul(b) : a.matmul(b) }
    let rows = a.box.meta.pointee.dims[transposed ? 1 : 0], columns = b.box.meta.pointee.dims[1]
    return orFail([a, b]) { () throws(TensorError) in
      let out = try TensorBox.matrix(Int(rows), Int(columns), a.box.dtype)
      cr_matmul_transposed(transposed, a.box.c, false, b.box.c, out.meta, nil)
      return Tensor(out)
    }
  }

  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ db: Tensor?, _ s: Saved) -> Tensor {
    let products = [dx.map { $0.matmul(s.w.T) }, dw.map { s.x.matmul($0.T) }].compactMap { $0 }
    guard let product = products.first else { return db ?? .poison }
    let sum = products.dropFirst().reduce(product) { $0 + $1 }
    return db.map { sum + $0 } ?? sum
  }

  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    if !batched[1], batched.count < 3 || !batched[2] { return applyAny(x) }
    // Refused as one example is.
    if x[0].rank == (batched[0] ? 1 : 0) || x[1].rank != (batched[1] ? 3 : 2) { return try batchOneByOne(x, batched, size) }
    // A weight of its own for each element: a batch of products.
    let input = batched[0] ? x[0] : x[0].unsqueezed(0)
    let rows = input.shape[1..<(input.rank - 1)]
    let flat = input.reshaped(input.size(0), rows.reduce(1, *), input.size(input.rank - 1))
    let weight = batched[1] ? x[1] : x[1].unsqueezed(0)
    var y = flat.matmul(weight.mT)
    if x.count > 2 { y = y + (batched[2] ? x[2].unsqueezed(1) : x[2]) }
    return [y.reshaped([size] + rows + [y.size(2)])]
  }
}

extension Rules {
  static func mismatch(_ a: Shape, _ b: Shape) -> TensorError {
    let n = a.rank
    return TensorError(
      .shape,
      "mat1 and mat2 shapes cannot be multiplied (\(a[n - 2])x\(a[n - 1]) and \(b[n - 2])x\(b[n - 1]))",
      hint: "The columns of the first must equal the rows of the second; transpose one with .T if it lies the other way.",
      operation: "matmul"
    )
  }
}

extension DType {
  /// The name PyTorch's products give an element type: `float`, `double`.
  var elementTypeName: String {
    switch self {
    case .float32: "float"
    case .float64: "double"
    case .int64: "long int"
    case .int32: "int"
    case .int16: "short int"
    case .int8: "signed char"
    case .uint8: "unsigned char"
    case .float16: "c10::Half"
    case .bfloat16: "c10::BFloat16"
    default: name
    }
  }
}

extension TensorBox {
  /// This box seen in a larger shape: sizes of 1 repeated, nothing copied.
  func expandedView(_ target: Shape) -> TensorBox {
    var strides = self.strides
    for d in 0..<target.rank where shape[d] == 1 && target[d] != 1 { strides[d] = 0 }
    return view(target, strides: strides, offset: 0)
  }

  /// A contiguous box seen as a matrix: all dimensions but the last as one.
  var rows: TensorBox {
    let columns = Int(meta.pointee.dims[rank - 1])
    var rows = 1
    for d in 0..<(rank - 1) { rows *= Int(meta.pointee.dims[d]) }
    return view([rows, columns], strides: [columns, 1], offset: 0)
  }

  /// A contiguous box in another shape.
  func reshapedView(_ shape: Shape) -> TensorBox { view(shape, strides: shape.rowMajorStrides, offset: 0) }
}

extension Tensor {
  /// Returns the matrix product with `other`.
  ///
  /// [..., m, k] times [..., k, n] gives [..., m, n]; the dimensions before the last two broadcast. A vector on the left
  /// counts as a row, on the right as a column, and that dimension is dropped again; two vectors give their dot product.
  public func matmul(_ other: Tensor) -> Tensor {
    let a = rank, b = other.rank
    guard a > 0, b > 0 else {
      return fail(
        TensorError(
          .shape, "both arguments to matmul need to be at least 1D, but they are \(a)D and \(b)D",
          hint: "Multiply by a 0-dimensional tensor with *.", operation: "matmul"
        ).describing([self, other]))
    }
    if a == 2, b == 2 { return Matmul(nodeName: "MmBackward0")(self, other) }
    if a == 1, b == 1 { return dot(other) }
    // The rows and columns made below have two dimensions, unless they are the results of a failed operation.
    if isErrorPending { return .poison }
    if a == 1 { return unsqueezed(0).matmul(other).squeezed(-2) }
    if a == 2, b == 1 { return MatrixVector()(self, other) }
    if b == 1 { return matmul(other.unsqueezed(1)).squeezed(-1) }
    if b == 2, a > 2, other.size(0) == size(a - 1) {
      // One product of all the rows.
      let rows = reshaped([shape.dropLast().reduce(1, *), size(a - 1)])
      return Matmul(nodeName: "MmBackward0")(rows, other).reshaped(shape.dropLast() + [other.size(1)])
    }
    func padded(_ t: Tensor) -> Tensor {
      t.rank == Swift.max(a, b) ? t : t.reshaped(Array(repeating: 1, count: Swift.max(a, b) - t.rank) + t.shape)
    }
    return Matmul(nodeName: "BmmBackward0")(padded(self), padded(other))
  }
}

/// Returns x w' + b: the affine map of a layer.
///
/// - Parameters:
///   - input: [..., in].
///   - weight: [out, in]; or [in], for one number each and no bias.
///   - bias: [out], or nil.
/// - Returns: [..., out].
public func linear(_ input: Tensor, _ weight: Tensor, _ bias: Tensor? = nil) -> Tensor {
  if weight.rank == 1, input.rank > 0, bias == nil { return input.matmul(weight) }
  return LinearMap(hasBias: bias != nil)(input, weight, bias)
}

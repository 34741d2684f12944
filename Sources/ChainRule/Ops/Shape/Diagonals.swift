import CKernels

/// Diagonals and triangles of matrices.
enum Diagonals {
  static let catalog: [OperationInfo] = [Diagonal.info, DiagonalPlacement.info] + composed
}

/// A diagonal of two dimensions, as the last dimension: a view.
struct Diagonal: LinearOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "diagonal", "A diagonal of the matrices in two dimensions.", call: "x.diagonal()", formula: "y[..., i] = x[..., i, i + k]",
    derivative: "dy on the diagonal, else 0", shapes: "[a, b, b] -> [a, b]",
    samples: [
      OperationSample("square", [.init([3, 3])]) { $0[0].diagonal() },
      OperationSample("above", [.init([2, 4])]) { $0[0].diagonal(offset: 1) },
      OperationSample("below, dims", [.init([4, 2, 3])]) { $0[0].diagonal(offset: -1, dim1: 0, dim2: 2) },
      OperationSample("empty", [.init([2, 2])]) { $0[0].diagonal(offset: 5) },
    ])
  let place: DiagonalPlace
  var nodeName: String { "DiagonalBackward0" }
  var attributes: [(name: String, value: String)] { place.attributes }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let view = place.view(x.box.strides)
    return Tensor(x.box.view(place.result, strides: view.strides, offset: view.offset))
  }
  func transpose(_ dy: Tensor) -> Tensor { DiagonalPlacement(place: place)(dy) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { Diagonal(place: place.behindBatch(x.size(0)))(x) }
}

/// Zeros with the last dimension put on a diagonal of two new ones.
struct DiagonalPlacement: LinearOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "diagEmbed", "Matrices of zeros with the last dimension on a diagonal.", call: "x.diagEmbed()", formula: "y[..., i, i + k] = x[..., i]",
    derivative: "the diagonal of dy", shapes: "[a, b] -> [a, b, b]",
    samples: [
      OperationSample("", [.init([2, 3])]) { $0[0].diagEmbed() },
      OperationSample("below, dims", [.init([2, 3])]) { $0[0].diagEmbed(offset: -1, dim1: 0, dim2: 2) },
    ])
  let place: DiagonalPlace
  var nodeName: String { "DiagEmbedBackward0" }
  var attributes: [(name: String, value: String)] { place.attributes }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let out = try Tensor.filled(place.shape, Scalar(0), x.dtype)
    let view = place.view(out.box.strides)
    out.box.write(x.box, place.result, strides: view.strides, offset: view.offset)
    return out
  }
  func transpose(_ dy: Tensor) -> Tensor { Diagonal(place: place)(dy) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { DiagonalPlacement(place: place.behindBatch(x.size(0)))(x) }
}

/// Where a diagonal lies in a tensor.
struct DiagonalPlace: Sendable {
  /// The sizes of the whole tensor.
  let shape: Shape
  let offset: Int
  let dim1: Int
  let dim2: Int

  var attributes: [(name: String, value: String)] { [("offset", "\(offset)"), ("dim1", "\(dim1)"), ("dim2", "\(dim2)")] }

  private func withoutBoth(_ sizes: Shape) -> Shape { sizes.removing(Swift.max(dim1, dim2)).removing(Swift.min(dim1, dim2)) }

  /// The sizes of the diagonal: the other dimensions, then its length.
  var result: Shape {
    let length = offset >= 0 ? Swift.min(shape[dim1], shape[dim2] - offset) : Swift.min(shape[dim1] + offset, shape[dim2])
    let others = withoutBoth(shape)
    return others.inserting(Swift.max(length, 0), at: others.rank)
  }

  /// The diagonal as a view of a tensor with these strides.
  func view(_ strides: Shape) -> (strides: Shape, offset: Int) {
    let others = withoutBoth(strides)
    let start = result.elements == 0 ? 0 : offset >= 0 ? offset * strides[dim2] : -offset * strides[dim1]
    return (others.inserting(strides[dim1] + strides[dim2], at: others.rank), start)
  }

  func behindBatch(_ size: Int) -> DiagonalPlace {
    DiagonalPlace(shape: shape.inserting(size, at: 0), offset: offset, dim1: dim1 + 1, dim2: dim2 + 1)
  }

  static func wrapped(_ dim1: Int, _ dim2: Int, _ rank: Int, _ operation: String) throws(TensorError) -> (Int, Int) {
    let a = try Dims.wrapped(dim1, rank, operation), b = try Dims.wrapped(dim2, rank, operation)
    guard a != b, rank > 1 else {
      throw TensorError(
        .argument, "diagonal dimensions cannot be identical \(dim1), \(dim2)", hint: "A diagonal lies in two dimensions.",
        operation: operation)
    }
    return (a, b)
  }
}

extension Tensor {
  /// Returns a diagonal of the matrices in two dimensions, as the last dimension; `offset` above the main one, or below.
  public func diagonal(offset: Int = 0, dim1: Int = 0, dim2: Int = 1) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      let (a, b) = try DiagonalPlace.wrapped(dim1, dim2, rank, "diagonal")
      return Diagonal(place: DiagonalPlace(shape: internalShape, offset: offset, dim1: a, dim2: b))(self)
    }
  }

  /// Returns matrices of zeros, in two new dimensions, with the last dimension on a diagonal.
  public func diagEmbed(offset: Int = 0, dim1: Int = -2, dim2: Int = -1) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      guard rank > 0 else { throw Dims.outOfRange(-1, 1, "diagEmbed") }
      let (a, b) = try DiagonalPlace.wrapped(dim1, dim2, rank + 1, "diagEmbed")
      let side = try Sizes.sum(size(rank - 1), Int(clamping: offset.magnitude))
      let matrix = internalShape.removing(rank - 1).inserting(side, at: Swift.min(a, b)).inserting(side, at: Swift.max(a, b))
      return DiagonalPlacement(place: DiagonalPlace(shape: matrix, offset: offset, dim1: a, dim2: b))(self)
    }
  }

  /// Returns of a matrix a diagonal, of a vector the matrix with that diagonal.
  public func diag(_ offset: Int = 0) -> Tensor {
    switch rank {
    case 1: return diagEmbed(offset: offset)
    case 2: return diagonal(offset: offset)
    default:
      return fail(
        TensorError(
          .shape, "diag(): Supports 1D or 2D tensors. Got \(rank)D", hint: "For batches use diagonal or diagEmbed.", operation: "diag"
        ).describing([self]))
    }
  }

  /// Returns the sum of a matrix's diagonal.
  public func trace() -> Tensor {
    guard rank == 2 else {
      return fail(
        TensorError(
          .shape, "trace: expected a matrix, but got tensor with dim \(rank)", hint: "For batches sum diagonal(dim1:dim2:).",
          operation: "trace"
        ).describing([self]))
    }
    if dtype == .bool { return fail(Rules.notImplemented("trace", .bool, "trace").describing([self])) }
    return diagonal().sum()
  }

  /// Returns the matrix with the flattened tensor on a diagonal.
  public func diagflat(offset: Int = 0) -> Tensor { flattened().diagEmbed(offset: offset) }

  /// Returns the matrices with 0 above a diagonal: the lower triangle.
  public func tril(_ diagonal: Int = 0) -> Tensor { triangle("tril") { $1 .<= $0 + diagonal } }
  /// Returns the matrices with 0 below a diagonal: the upper triangle.
  public func triu(_ diagonal: Int = 0) -> Tensor { triangle("triu") { $1 .>= $0 + diagonal } }

  private func triangle(_ operation: String, _ isKept: (Tensor, Tensor) -> Tensor) -> Tensor {
    guard rank > 1 else {
      return fail(
        TensorError(
          .shape, "\(operation): input tensor must have at least 2 dimensions", hint: "A triangle is part of a matrix.",
          operation: operation
        ).describing([self]))
    }
    let rows = Tensor.arange(size(rank - 2)).unsqueezed(1), columns = Tensor.arange(size(rank - 1))
    return Tensor.where(isKept(rows, columns), self, Tensor.zeros([], dtype: dtype))
  }
}

extension Diagonals {
  /// What is composed of the family's operations.
  static let composed: [OperationInfo] = [
    OperationInfo(
      "diag", "The diagonal of a matrix, or a matrix with the vector on its diagonal.", call: "x.diag()",
      formula: "y[i] = x[i, i], or y[i, i] = x[i]",
      derivative: "dy on the diagonal, or the diagonal of dy", shapes: "[a, b] -> [min(a, b)], [a] -> [a, a]",
      samples: [
        .init("matrix", [.init([3, 4])]) { $0[0].diag(1) },
        .init("vector", [.init([3])]) { $0[0].diag() },
      ]),
    OperationInfo(
      "diagflat", "A matrix with all elements on a diagonal.", call: "x.diagflat()", formula: "y[i, i] = x[i]",
      derivative: "the diagonal of dy", shapes: "[...] -> [n, n]",
      samples: [
        .init("", [.init([2, 2])]) { $0[0].diagflat(offset: 1) }
      ]),
    OperationInfo(
      "trace", "The sum of the diagonal of a matrix.", call: "x.trace()", formula: "sum over i of x[i, i]",
      derivative: "dy on the diagonal, else 0", shapes: "[a, b] -> []",
      samples: [
        .init("", [.init([3, 3])]) { $0[0].trace() },
        .init("wide", [.init([2, 4])]) { $0[0].trace() },
      ]),
    OperationInfo(
      "tril, triu", "The lower (upper) triangle of matrices, with 0 elsewhere.", call: "x.tril()", formula: "x[i, j] for j <= i, else 0",
      derivative: "dy in the triangle, else 0", shapes: "[..., a, b] -> [..., a, b]",
      samples: [
        .init("tril", [.init([3, 4])]) { $0[0].tril() },
        .init("triu", [.init([2, 3, 3])]) { $0[0].triu(1) },
      ]),
  ]
}

import CKernels

/// Views: other shapes of the same elements, which are not copied.
enum Shaping {
  static let catalog: [OperationInfo] = [
    Reshape.info, Permute.info, Expand.info, Unsqueeze.info, Squeeze.info, SumTo.info,
  ]
}

/// Other sizes for the same row-major order of elements.
struct Reshape: LinearOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "reshaped", "The same elements in other sizes; one size may be -1, to be inferred.", call: "x.reshaped(2, 6)", formula: "x",
    derivative: "1, reshaped back",
    shapes: "[...] -> sizes",
    samples: [
      OperationSample("", [.init([3, 4])]) { $0[0].reshaped(2, 6) },
      OperationSample("-1", [.init([2, 3, 2])]) { $0[0].reshaped(-1, 4) },
      OperationSample("0-dim", [.init([1, 1])]) { $0[0].reshaped([]) },
      OperationSample("transposed", [.init([3, 4])]) { $0[0].T.reshaped(12) },
      OperationSample("empty", [.init([0, 3])]) { $0[0].reshaped(3, 0) },
    ])
  let shape: Shape
  let from: Shape
  var nodeName: String { "ViewBackward0" }
  var attributes: [(name: String, value: String)] { [("shape", "\(shape.array)")] }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let source = try x.packed
    return Tensor(source.box.view(shape, strides: shape.rowMajorStrides, offset: 0))
  }
  func transpose(_ dy: Tensor) -> Tensor { Reshape(shape: from, from: shape)(dy) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor {
    Reshape(shape: shape.inserting(x.size(0), at: 0), from: from.inserting(x.size(0), at: 0))(x)
  }
}

struct Permute: LinearOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "permuted", "The dimensions in another order.", call: "x.permuted(2, 0, 1)", formula: "x", derivative: "1, in the old order",
    shapes: "[a, b, c] -> [c, a, b]",
    samples: [
      OperationSample("", [.init([2, 3, 4])]) { $0[0].permuted(2, 0, 1) },
      OperationSample("transposed", [.init([2, 3])]) { $0[0].transposed(0, 1) },
      OperationSample("empty", [.init([0, 3])]) { $0[0].T },
    ])
  let order: [Int]
  let nodeName: String
  var attributes: [(name: String, value: String)] { [("dims", "\(order)")] }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    Tensor(x.box.view(x.box.shape.permuted(order), strides: x.box.strides.permuted(order), offset: 0))
  }
  func transpose(_ dy: Tensor) -> Tensor {
    var inverse = order
    for (i, d) in order.enumerated() { inverse[d] = i }
    return Permute(order: inverse, nodeName: nodeName)(dy)
  }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { Permute(order: [0] + order.map { $0 + 1 }, nodeName: nodeName)(x) }
}

struct Expand: LinearOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "expanded", "Sizes of 1 repeated without copying.", call: "x.expanded(2, 3, 4)", formula: "x",
    derivative: "the sum over the repetitions",
    shapes: "[3, 1] -> [2, 3, 4]",
    samples: [
      OperationSample("", [.init([3, 1])]) { $0[0].expanded(2, 3, 4) },
      OperationSample("-1", [.init([2, 1])]) { $0[0].expanded(-1, 3) },
      OperationSample("0-dim", [.init([])]) { $0[0].expanded(2, 2) },
    ])
  let shape: Shape
  let from: Shape
  var nodeName: String { "ExpandBackward0" }
  var attributes: [(name: String, value: String)] { [("size", "\(shape.array)")] }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    _ = try shape.countedElements()
    let old = x.box.strides
    var strides = Shape(repeating: 0, rank: shape.rank)
    let lead = shape.rank - from.rank
    for i in 0..<from.rank where from[i] == shape[lead + i] { strides[lead + i] = from[i] == 1 ? 0 : old[i] }
    return Tensor(x.box.view(shape, strides: strides, offset: 0))
  }
  func transpose(_ dy: Tensor) -> Tensor { dy.summed(to: from) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor {
    // Dimensions are added behind the batch, not before it.
    var inner = Shape(repeating: 1, rank: shape.rank)
    for i in 0..<from.rank { inner[shape.rank - from.rank + i] = from[i] }
    let source = x.reshaped(inner.inserting(x.size(0), at: 0).array)
    return Expand(shape: shape.inserting(x.size(0), at: 0), from: source.internalShape)(source)
  }
}

/// The transpose of expanding: sums over the dimensions that broadcasting has enlarged.
struct SumTo: LinearOperation {
  static let info = OperationInfo(
    "sumToSize", "The sum over dimensions that broadcasting enlarged.", call: "x.summed(to: [3, 1])", formula: "sum x",
    derivative: "1, expanded",
    shapes: "[2, 3, 4] -> [3, 1]", samples: [OperationSample("", [.init([2, 3, 4])]) { $0[0].summed(to: [3, 1]) }])
  let shape: Shape
  let from: Shape
  var nodeName: String { "SumBackward1" }
  var attributes: [(name: String, value: String)] { [("size", "\(shape.array)")] }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let out = try TensorBox.uninitialized(shape, x.box.dtype)
    cr_sum_to(x.box.c, out.c)
    return Tensor(out)
  }
  func transpose(_ dy: Tensor) -> Tensor { Expand(shape: from, from: shape)(dy) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor {
    var inner = Shape(repeating: 1, rank: from.rank)
    for i in 0..<shape.rank { inner[from.rank - shape.rank + i] = shape[i] }
    let size = x.size(0)
    let summed = SumTo(shape: inner.inserting(size, at: 0), from: from.inserting(size, at: 0))(x)
    return summed.reshaped(shape.inserting(size, at: 0).array)
  }
}

struct Unsqueeze: LinearOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "unsqueezed", "A new dimension of size 1.", call: "x.unsqueezed(1)", formula: "x", derivative: "1", shapes: "[a, b] -> [a, 1, b]",
    samples: [
      OperationSample("", [.init([2, 3])]) { $0[0].unsqueezed(1) },
      OperationSample("-1", [.init([2])]) { $0[0].unsqueezed(-1) },
    ])
  let dim: Int
  var nodeName: String { "UnsqueezeBackward0" }
  var attributes: [(name: String, value: String)] { [("dim", "\(dim)")] }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let shape = x.box.shape, strides = x.box.strides
    let stride = dim < shape.rank ? shape[dim] * strides[dim] : 1
    return Tensor(x.box.view(shape.inserting(1, at: dim), strides: strides.inserting(stride, at: dim), offset: 0))
  }
  func transpose(_ dy: Tensor) -> Tensor { Squeeze(dims: [dim])(dy) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { Unsqueeze(dim: dim + 1)(x) }
}

struct Squeeze: LinearOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "squeezed", "Without dimensions of size 1.", call: "x.squeezed()", formula: "x", derivative: "1", shapes: "[a, 1, b] -> [a, b]",
    samples: [
      OperationSample("all", [.init([1, 3, 1])]) { $0[0].squeezed() },
      OperationSample("dim", [.init([1, 3, 1])]) { $0[0].squeezed(2) },
    ])
  /// The dimensions to take away, rising; each has size 1.
  let dims: [Int]
  var nodeName: String { "SqueezeBackward0" }
  var attributes: [(name: String, value: String)] { [("dims", "\(dims)")] }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    var shape = x.box.shape, strides = x.box.strides
    for d in dims.reversed() {
      shape = shape.removing(d)
      strides = strides.removing(d)
    }
    return Tensor(x.box.view(shape, strides: strides, offset: 0))
  }
  func transpose(_ dy: Tensor) -> Tensor { dims.reduce(dy) { Unsqueeze(dim: $1)($0) } }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { Squeeze(dims: dims.map { $0 + 1 })(x) }
}

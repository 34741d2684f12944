import CKernels

/// The product of a matrix and a vector.
struct MatrixVector: BinaryOperation {
  static let info = OperationInfo(
    "mv", "The product of a matrix and a vector.", call: "x.mv(w)", formula: "y[i] = sum over k of x[i, k] w[k]",
    derivative: "dy[i] w[k] for x, x' dy for w", shapes: "[m, k], [k] -> [m]",
    samples: [([2, 3], [3]), ([3, 3], [3]), ([0, 2], [2]), ([2, 0], [0])].map { a, b in
      OperationSample("\(a) \(b)", [.init(a), .init(b)]) { $0[0].mv($0[1]) }
    } + [OperationSample("transposed", [.init([3, 2]), .init([3])]) { $0[0].T.matmul($0[1]) }])
  var nodeName: String { "MvBackward0" }
  func saves(needsX: Bool, needsW: Bool) -> Saves { needsX ? (needsW ? [.x, .w] : .w) : .x }

  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    let a = x.box.shape, k = w.box.shape[0]
    guard a[1] == k else {
      throw TensorError(
        .shape, "size mismatch, got input (\(a[0])), mat (\(a[0])x\(a[1])), vec (\(k))",
        hint: "The vector has one element for each column of the matrix; transpose the matrix with .T if it lies the other way.",
        operation: "mv")
    }
    try Rules.checkProduct(x, w, "mv")
    let out = try TensorBox.uninitialized([a[0], 1], x.dtype)
    let column = w.box.view([k, 1], strides: [w.box.strides[0], 1], offset: 0)
    cr_matmul(x.box.c, column.c, out.c, 1, 0)
    return Tensor(out.reshapedView([a[0]]))
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    (s.needsX ? dy.unsqueezed(1) * s.w : nil, s.needsW ? self(s.x.T, dy) : nil)
  }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor { Rules.sum(dx.map { self($0, s.w) }, dw.map { self(s.x, $0) }) }

  func batch(_ x: Tensor, _ w: Tensor, _ xBatched: Bool, _ wBatched: Bool, size: Int) throws(TensorError) -> Tensor {
    if !xBatched { return w.matmul(x.T) }
    return wBatched ? x.matmul(w.unsqueezed(2)).squeezed(2) : x.matmul(w)
  }
}

/// The sum of the products of two vectors' elements.
struct Dot: BinaryOperation {
  static let info = OperationInfo(
    "dot", "The sum of the products of two vectors' elements.", call: "x.dot(w)", formula: "sum over k of x[k] w[k]",
    derivative: "dy w for x, dy x for w", shapes: "[k], [k] -> []",
    samples: [4, 1, 0].map { n in OperationSample("[\(n)]", [.init([n]), .init([n])]) { $0[0].dot($0[1]) } })
  var nodeName: String { "DotBackward0" }
  func saves(needsX: Bool, needsW: Bool) -> Saves { needsX ? (needsW ? [.x, .w] : .w) : .x }

  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    if x.dtype == .bool { throw Rules.notImplemented("dot", .bool, "dot") }
    let products = try Elementwise.binary(CR_MUL, x, w, "dot")
    return try ReducedDims.all.reduce(CR_SUM, products, x.dtype.isFloatingPoint ? x.dtype : .int64).converted(to: x.dtype)
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) { (s.needsX ? dy * s.w : nil, s.needsW ? dy * s.x : nil) }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor { Rules.sum(dx.map { self($0, s.w) }, dw.map { self(s.x, $0) }) }

  func batch(_ x: Tensor, _ w: Tensor, _ xBatched: Bool, _ wBatched: Bool, size: Int) throws(TensorError) -> Tensor {
    (x * w).sum(dim: 1).to(x.dtype)
  }
}

extension Rules {
  /// Refuses what a product of matrices does not take: two types, or bools.
  static func checkProduct(_ x: Tensor, _ w: Tensor, _ operation: String) throws(TensorError) {
    guard x.box.dtype == w.box.dtype else {
      throw TensorError(
        .dtype,
        "expected m1 and m2 to have the same dtype, but got: \(x.dtype.elementTypeName) != \(w.dtype.elementTypeName)",
        hint: "Products do not promote: convert one operand with to(.\(x.dtype.name)).", operation: operation)
    }
    if x.box.dtype == .bool { throw notImplemented("addmm_impl_cpu_", .bool, operation) }
  }
}

extension Tensor {
  /// Returns the dot product of two vectors.
  public func dot(_ other: Tensor) -> Tensor {
    guard dtype == other.dtype else {
      return fail(
        TensorError(
          .dtype,
          "dot : expected both vectors to have same dtype, but found \(dtype.scalarTypeName) and \(other.dtype.scalarTypeName)",
          hint: "Convert one with to(.\(dtype.name)).", operation: "dot"
        ).describing([self, other]))
    }
    guard rank == 1, other.rank == 1, count == other.count else {
      return fail(
        TensorError(
          .shape,
          "inconsistent tensor size, expected tensor \(shape) and src \(other.shape) to have the same number of elements, but got "
            + "\(count) and \(other.count) elements respectively",
          hint: "A dot product takes two vectors of one length.", operation: "dot"
        ).describing([self, other]))
    }
    return Dot()(self, other)
  }
}

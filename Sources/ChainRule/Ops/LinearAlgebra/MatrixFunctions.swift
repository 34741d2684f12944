/// Functions of matrices.
enum MatrixFunctions {
  static let catalog: [OperationInfo] = [MatrixExponential.info]
}

struct MatrixExponential: UnaryOperation {
  static let info = OperationInfo(
    "matrixExp", "The exponential of each matrix.", call: "x.matrixExp()", formula: "1 + x + x x/2 + x x x/6 + ...",
    derivative: "the upper right block of the exponential of [[x', dy], [0, x']]", shapes: "[..., n, n] -> [..., n, n]",
    takesIntegers: false, samples: [.init("", [.init([2, 2, 2])]) { $0[0].matrixExp() }])
  var nodeName: String { "LinalgMatrixExpBackward0" }
  var saves: Saves { .x }

  /// Scaled to a norm of at most 1/2, summed, and squared as often (Moler and Van Loan 2003, method 3).
  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let n = x.size(x.rank - 1), a = try x.converted(to: .float64)
    if x.count == 0 { return x }
    let size = a.abs().sum(dim: -1).max().item()
    guard size.isFinite else { return try Tensor.filled(x.internalShape, Scalar(Double.nan), x.dtype) }
    var halvings = 0, scale = 1.0
    while size * scale > 0.5 { (halvings, scale) = (halvings + 1, scale / 2) }
    let scaled = a * scale, one = Tensor.eye(n, dtype: .float64)
    // 18 terms leave 2^-18/18! of a norm of 1/2, which is less than rounding.
    var y = (1...18).reversed().reduce(one) { sum, k in one + scaled.matmul(sum) / Double(k) }
    for _ in 0..<halvings { y = y.matmul(y) }
    return try y.converted(to: x.dtype)
  }

  /// The derivative along d: of [[x, d], [0, x]] the exponential's upper right block (Mathias 1996).
  private func along(_ x: Tensor, _ d: Tensor) -> Tensor {
    let n = x.size(x.rank - 1), upper = cat([x, d], dim: -1), lower = cat([Tensor.zeros(like: x), x], dim: -1)
    return self(cat([upper, lower], dim: -2)).rows(0, n).columns(n, n)
  }
  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor { along(s.x.mT, dy) }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { along(s.x, dx) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}

extension Tensor {
  /// Returns the exponential of each matrix.
  public func matrixExp() -> Tensor {
    orFail([self]) { () throws(TensorError) in
      try Matrices.check(self, "matrix_exp")
      return MatrixExponential()(self)
    }
  }
}

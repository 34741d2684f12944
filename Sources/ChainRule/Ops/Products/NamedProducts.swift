/// The products of PyTorch's other names: matmul with the ranks checked, and with something added.
extension Tensor {
  private func product(
    _ other: Tensor, _ ranks: (Int, Int), _ operation: String, _ names: (String, String)
  ) throws(TensorError) -> Tensor {
    guard rank == ranks.0, other.rank == ranks.1 else {
      let (name, wanted) = rank == ranks.0 ? (names.1, ranks.1) : (names.0, ranks.0)
      throw TensorError(
        .shape, operation == "bmm" ? "\(name) must be a 3D tensor" : "\(operation): \(name) must be a \(wanted == 1 ? "vector" : "matrix")",
        hint: "For other ranks use matmul.", operation: operation)
    }
    return matmul(other)
  }

  /// Returns the product of two matrices.
  public func mm(_ other: Tensor) -> Tensor {
    orFail([self, other]) { () throws(TensorError) in try product(other, (2, 2), "mm", ("self", "mat2")) }
  }
  /// Returns the product of a matrix and a vector.
  public func mv(_ vector: Tensor) -> Tensor {
    orFail([self, vector]) { () throws(TensorError) in try product(vector, (2, 1), "mv", ("self", "vec")) }
  }
  /// Returns the products of two batches of matrices, [b, m, k] and [b, k, n].
  public func bmm(_ other: Tensor) -> Tensor {
    orFail([self, other]) { () throws(TensorError) in
      if rank == 3, other.rank == 3, size(0) != other.size(0) {
        throw TensorError(
          .shape,
          "Expected size for first two dimensions of batch2 tensor to be: [\(size(0)), \(size(2))] but got: [\(other.size(0)), "
            + "\(other.size(1))].",
          hint: "bmm does not broadcast; matmul does.", operation: "bmm")
      }
      return try product(other, (3, 3), "bmm", ("batch1", "batch2"))
    }
  }
  /// Returns the products of each element of this vector with each of the other.
  public func outer(_ other: Tensor) -> Tensor {
    orFail([self, other]) { () throws(TensorError) in
      guard rank == 1, other.rank == 1 else {
        throw TensorError(
          .shape, "outer: Expected 1-D argument \(rank == 1 ? "vec2" : "self"), but got \(rank == 1 ? other.rank : rank)-D",
          hint: "Flatten with flattened().", operation: "outer")
      }
      return unsqueezed(1) * other
    }
  }

  /// Returns beta self + alpha (a b), for matrices; self broadcasts. With beta 0 self is not looked at.
  public func addmm(_ a: Tensor, _ b: Tensor, beta: some TensorScalar = 1, alpha: some TensorScalar = 1) -> Tensor {
    added(to: a.mm(b), beta.scalar, alpha.scalar, "addmm")
  }
  /// Returns beta self + alpha (a v), for a matrix and a vector; self broadcasts. With beta 0 self is not looked at.
  public func addmv(_ a: Tensor, _ v: Tensor, beta: some TensorScalar = 1, alpha: some TensorScalar = 1) -> Tensor {
    added(to: a.mv(v), beta.scalar, alpha.scalar, "addmv")
  }

  /// Returns beta self + alpha (a b), for batches of matrices; self broadcasts. With beta 0 self is not looked at.
  public func baddbmm(_ a: Tensor, _ b: Tensor, beta: some TensorScalar = 1, alpha: some TensorScalar = 1) -> Tensor {
    added(to: a.bmm(b), beta.scalar, alpha.scalar, "baddbmm")
  }
  /// Returns beta self + alpha times the sum of the products of a batch of matrices; self broadcasts. With beta 0 self is not looked at.
  public func addbmm(_ a: Tensor, _ b: Tensor, beta: some TensorScalar = 1, alpha: some TensorScalar = 1) -> Tensor {
    added(to: a.bmm(b).sum(dim: 0).to(a.dtype), beta.scalar, alpha.scalar, "addbmm")
  }
  /// Returns beta self + alpha times the products of all elements of two vectors; self broadcasts. With beta 0 self is not looked at.
  public func addr(_ a: Tensor, _ b: Tensor, beta: some TensorScalar = 1, alpha: some TensorScalar = 1) -> Tensor {
    let type = Elementwise.promoted(self, a.outer(b))
    return to(type).added(to: a.outer(b).to(type), beta.scalar, alpha.scalar, "addr")
  }

  private func added(to product: Tensor, _ beta: Scalar, _ alpha: Scalar, _ operation: String) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      // Integers are scaled by the whole parts, as in PyTorch.
      func factor(_ c: Scalar) throws(TensorError) -> Scalar {
        let c = try c.fitting(product.dtype.isFloatingPoint ? product.dtype.wide : product.dtype, operation)
        if product.dtype == .bool { return Scalar(c.real != 0) }
        return product.dtype.isFloatingPoint ? c : Scalar(Int(c.integer))
      }
      func times(_ c: Scalar, _ x: Tensor) -> Tensor { c.real == 1 ? x : MultiplyScalar(scalar: c)(x) }
      guard dtype == product.dtype else {
        throw TensorError(
          .dtype, "self and mat2 must have the same dtype, but got \(dtype.scalarTypeName) and \(product.dtype.scalarTypeName)",
          hint: "Convert one with to(_:).", operation: operation)
      }
      let beta = try factor(beta), alpha = try factor(alpha)
      // One that does not fit is refused even where it counts for nothing.
      let start = expanded(product.shape)
      return beta.real == 0 ? times(alpha, product) : times(beta, start) + times(alpha, product)
    }
  }
}

/// Products by their own names.
enum NamedProducts {
  /// All of them.
  static let catalog: [OperationInfo] = [
    OperationInfo(
      "mm", "The product of two matrices.", call: "x.mm(w)", formula: "y[i, j] = sum over k of x[i, k] w[k, j]",
      derivative: "dy wT for x, xT dy for w", shapes: "[m, k], [k, n] -> [m, n]",
      samples: [
        .init("", [.init([2, 3]), .init([3, 4])]) { $0[0].mm($0[1]) }
      ]),
    OperationInfo(
      "bmm", "The products of two batches of matrices.", call: "x.bmm(w)", formula: "y[b, i, j] = sum over k of x[b, i, k] w[b, k, j]",
      derivative: "dy wT for x, xT dy for w, in each batch", shapes: "[b, m, k], [b, k, n] -> [b, m, n]",
      samples: [
        .init("", [.init([2, 2, 3]), .init([2, 3, 2])]) { $0[0].bmm($0[1]) }
      ]),
    OperationInfo(
      "baddbmm, addbmm", "A tensor plus the products of two batches of matrices, each or their sum.", call: "x.baddbmm(w, b)",
      formula: "beta x + alpha w b", derivative: "beta for x, alpha dy bT for w, alpha wT dy for b",
      shapes: "[b, m, n], [b, m, k], [b, k, n] -> [b, m, n]",
      samples: [
        .init("each", [.init([2, 2, 2]), .init([2, 2, 3]), .init([2, 3, 2])]) { $0[0].baddbmm($0[1], $0[2], beta: 2, alpha: 3) },
        .init("sum", [.init([2]), .init([2, 2, 3]), .init([2, 3, 2])]) { $0[0].addbmm($0[1], $0[2]) },
      ]),
    OperationInfo(
      "addr", "A matrix plus the products of all elements of two vectors.", call: "x.addr(w, b)", formula: "beta x + alpha w[i] b[j]",
      derivative: "beta for x, alpha dy b for w, alpha dyT w for b", shapes: "[m, n], [m], [n] -> [m, n]",
      samples: [.init("", [.init([2, 3]), .init([2]), .init([3])]) { $0[0].addr($0[1], $0[2], beta: 2) }]),
    OperationInfo(
      "outer", "The products of all elements of two vectors.", call: "x.outer(w)", formula: "y[i, j] = x[i] w[j]",
      derivative: "dy w for x, dyT x for w", shapes: "[m], [n] -> [m, n]",
      samples: [
        .init("", [.init([3]), .init([4])]) { $0[0].outer($0[1]) }
      ]),
    OperationInfo(
      "addmm", "A matrix plus the product of two.", call: "x.addmm(a, b)", formula: "beta x + alpha (a b)",
      derivative: "beta dy for x, alpha dy bT for a, alpha aT dy for b", shapes: "[m, n], [m, k], [k, n] -> [m, n]",
      samples: [
        .init("", [.init([2, 4]), .init([2, 3]), .init([3, 4])]) { $0[0].addmm($0[1], $0[2], beta: 0.5, alpha: 2) },
        .init("row", [.init([4]), .init([2, 3]), .init([3, 4])]) { $0[0].addmm($0[1], $0[2]) },
      ]),
    OperationInfo(
      "addmv", "A vector plus the product of a matrix and a vector.", call: "x.addmv(a, v)", formula: "beta x + alpha (a v)",
      derivative: "beta dy for x, alpha dy vT for a, alpha aT dy for v", shapes: "[m], [m, k], [k] -> [m]",
      samples: [
        .init("", [.init([2]), .init([2, 3]), .init([3])]) { $0[0].addmv($0[1], $0[2], beta: 0.5, alpha: 2) }
      ]),
    OperationInfo(
      "einsum", "Products summed over the indices that the result does not have (Einstein's convention).",
      call: "einsum(\"ij,jk->ik\", x, w)", formula: "sum over j of x[i, j] w[j, k]",
      derivative: "the same sum of dy and the other operands", shapes: "by the equation",
      samples: [
        .init("product", [.init([2, 3]), .init([3, 2])]) { einsum("ij,jk->ik", $0) },
        .init("diagonal", [.init([3, 3])]) { einsum("ii->i", $0) },
        .init("batch", [.init([2, 2, 3]), .init([2, 3])]) { einsum("bij,bj->bi", $0) },
      ]),
  ]
}

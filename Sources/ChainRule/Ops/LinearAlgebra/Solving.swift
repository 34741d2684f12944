import CKernels

/// Systems of linear equations, inverses and determinants.
enum Solving {
  static let catalog: [OperationInfo] = [Solve.info, TriangularSolve.info, Determinant.info] + composed

  private static let composed: [OperationInfo] = [
    OperationInfo(
      "inv", "The inverse of each matrix.", call: "x.inv()", formula: "y with x y = 1", derivative: "-y' dy y'",
      shapes: "[..., n, n] -> [..., n, n]", takesIntegers: false,
      samples: [.init("", [.init([2, 3, 3])]) { ($0[0] + Tensor.eye(3, dtype: $0[0].dtype) * 6).inv() }]),
    OperationInfo(
      "det, logdet", "The determinant of each matrix, or its logarithm.", call: "x.det()", formula: "det x",
      derivative: "y x'^-1; of a singular matrix its cofactors", shapes: "[..., n, n] -> [...]", takesIntegers: false,
      samples: [
        .init("det", [.init([3, 3])]) { ($0[0] + Tensor.eye(3, dtype: $0[0].dtype) * 6).det() },
        .init("logdet", [.init([2, 2, 2], .unit)]) { ($0[0] + Tensor.eye(2, dtype: $0[0].dtype) * 6).logdet() },
      ]),
    OperationInfo(
      "matrixPower", "Each matrix multiplied by itself so many times; a negative number inverts it first.", call: "x.matrixPower(3)",
      formula: "x x x", derivative: "as of the products", shapes: "[..., n, n] -> [..., n, n]",
      samples: [.init("", [.init([2, 2])]) { $0[0].matrixPower(3) }]),
  ]
}

/// The solutions of systems of equations: matrices, and right sides of as many rows, batched alike.
struct Solve: BinaryOperation {
  static var takesLowPrecision: Bool { false }
  static let info = OperationInfo(
    "solve", "The solution of each system of linear equations.", call: "x.solve(w)", formula: "y with x y = w",
    derivative: "-g y' for x and g for w, where x' g = dy", shapes: "[..., n, n], [..., n, k] -> [..., n, k]", takesIntegers: false,
    samples: [
      .init("", [.init([3, 3]), .init([3, 2])]) { ($0[0] + Tensor.eye(3, dtype: $0[0].dtype) * 6).solve($0[1]) },
      .init("vector", [.init([2, 2, 2]), .init([2, 2])]) { ($0[0] + Tensor.eye(2, dtype: $0[0].dtype) * 6).solve($0[1]) },
    ])
  /// What the user called: solve or inv.
  var function = "solve"
  var name: String { function }
  var nodeName: String { function == "inv" ? "LinalgInvExBackward0" : "LinalgSolveExBackward0" }
  func saves(needsX: Bool, needsW: Bool) -> Saves { [.x, .y] }

  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    let sizes = Matrices.Sizes(x), k = Matrices.Sizes(w).columns, n = Int64(sizes.rows)
    let a = try Matrices.doubles(x), b = try Matrices.doubles(w)
    let pivots = try Matrices.empty(sizes.batch + [sizes.rows], .int32)
    try Matrices.run(sizes, function) {
      cr_linalg_lu(Matrices.pointer(a), Matrices.integers(pivots), $0, sizes.count, n, n)
    } refusal: {
      function == "inv"
        ? "The diagonal element \($0) is zero, the inversion could not be completed because the input matrix is singular."
        : "The solver failed because the input matrix is singular."
    }
    let values = Matrices.pointer(b), order = Matrices.integers(pivots)
    for m in 0..<Int(sizes.count) {
      for i in 0..<sizes.rows where Int(order[m * sizes.rows + i]) - 1 != i {
        let one = (m * sizes.rows + i) * k, other = (m * sizes.rows + Int(order[m * sizes.rows + i]) - 1) * k
        for c in 0..<k { swap(&values[one + c], &values[other + c]) }
      }
    }
    cr_linalg_triangular(Matrices.pointer(a), values, sizes.count, n, Int64(k), false, true)
    cr_linalg_triangular(Matrices.pointer(a), values, sizes.count, n, Int64(k), true, false)
    withExtendedLifetime((a, pivots)) {}
    return try b.converted(to: x.dtype)
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    let g = Solve()(s.x.mT, dy)
    return (s.needsX ? -g.matmul(s.y.mT) : nil, s.needsW ? g : nil)
  }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor {
    Solve()(s.x, Rules.sum(dw, dx.map { -$0.matmul(s.y) }))
  }
  func batch(_ x: Tensor, _ w: Tensor, _ xBatched: Bool, _ wBatched: Bool, size: Int) throws(TensorError) -> Tensor {
    self(x.whole(xBatched, size), w.whole(wBatched, size))
  }
}

/// The same for a triangle of each matrix; the rest of it is not looked at.
struct TriangularSolve: BinaryOperation {
  static var takesLowPrecision: Bool { false }
  static let info = OperationInfo(
    "solveTriangular", "The solution of each system whose matrix is a triangle.", call: "x.solveTriangular(w, upper: true)",
    formula: "y with triu(x) y = w", derivative: "the triangle of -g y' for x and g for w, where triu(x)' g = dy",
    shapes: "[..., n, n], [..., n, k] -> [..., n, k]", takesIntegers: false,
    samples: [
      .init("upper", [.init([3, 3]), .init([3, 2])]) {
        ($0[0] + Tensor.eye(3, dtype: $0[0].dtype) * 6).solveTriangular($0[1], upper: true)
      },
      .init("right, ones", [.init([2, 2]), .init([3, 2])]) {
        $0[0].solveTriangular($0[1], upper: false, left: false, unitriangular: true)
      },
    ])
  let upper: Bool
  let unit: Bool
  var nodeName: String { "LinalgSolveTriangularBackward0" }
  var attributes: [(name: String, value: String)] { [("upper", "\(upper)"), ("unitriangular", "\(unit)")] }
  func saves(needsX: Bool, needsW: Bool) -> Saves { [.x, .y] }

  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    let sizes = Matrices.Sizes(x), a = try Matrices.doubles(x), b = try Matrices.doubles(w)
    cr_linalg_triangular(
      Matrices.pointer(a), Matrices.pointer(b), sizes.count, Int64(sizes.rows), Int64(Matrices.Sizes(w).columns), upper, unit)
    withExtendedLifetime(a) {}
    return try b.converted(to: x.dtype)
  }

  private func triangle(_ t: Tensor) -> Tensor { upper ? t.triu(unit ? 1 : 0) : t.tril(unit ? -1 : 0) }

  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    let g = TriangularSolve(upper: !upper, unit: unit)(s.x.mT, dy)
    return (s.needsX ? triangle(-g.matmul(s.y.mT)) : nil, s.needsW ? g : nil)
  }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor {
    self(s.x, Rules.sum(dw, dx.map { -triangle($0).matmul(s.y) }))
  }
  func batch(_ x: Tensor, _ w: Tensor, _ xBatched: Bool, _ wBatched: Bool, size: Int) throws(TensorError) -> Tensor {
    self(x.whole(xBatched, size), w.whole(wBatched, size))
  }
}

/// The sign and the logarithm of the magnitude of determinants, or the determinants themselves.
struct Determinant: VariadicOperation {
  static var takesLowPrecision: Bool { false }
  static let info = OperationInfo(
    "slogdet", "The sign of each determinant and the logarithm of its magnitude, which neither overflow.", call: "x.slogdet()",
    formula: "sign det x, ln |det x|", derivative: "x'^-1 for the logarithm, 0 for the sign", shapes: "[..., n, n] -> [...] and [...]",
    takesIntegers: false, samples: [.init("", [.init([2, 3, 3])]) { ($0[0] + Tensor.eye(3, dtype: $0[0].dtype) * 6).slogdet().logabsdet }])
  /// Whether the determinants themselves are the result.
  let isPlain: Bool
  var name: String { isPlain ? "det" : "slogdet" }
  var nodeName: String { isPlain ? "LinalgDetBackward0" : "LinalgSlogdetBackward0" }
  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) { ([true], [isPlain] + (isPlain ? [] : [false])) }
  func isDifferentiable(output i: Int) -> Bool { isPlain || i == 1 }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    let sizes = Matrices.Sizes(x[0]), n = sizes.rows, a = try Matrices.doubles(x[0])
    let pivots = try Matrices.empty(sizes.batch + [n], .int32)
    try Matrices.run(sizes, name) {
      cr_linalg_lu(Matrices.pointer(a), Matrices.integers(pivots), $0, sizes.count, Int64(n), Int64(n))
    } refusal: { _ in
      nil
    }
    let first = try Matrices.empty(sizes.batch), second = try Matrices.empty(sizes.batch)
    for m in 0..<Int(sizes.count) {
      let diagonal = (0..<n).map { Matrices.pointer(a)[m * n * n + $0 * (n + 1)] }
      let swaps = (0..<n).filter { Int(Matrices.integers(pivots)[m * n + $0]) != $0 + 1 }.count
      let sign: Double = swaps % 2 == 0 ? 1 : -1
      if isPlain {
        Matrices.pointer(first)[m] = diagonal.reduce(sign, *)
      } else {
        Matrices.pointer(first)[m] = diagonal.reduce(sign) { $1 == 0 ? 0 : $1 < 0 ? -$0 : $1.isNaN ? .nan : $0 }
        Matrices.pointer(second)[m] = diagonal.reduce(0) { $0 + cr_log_f64($1.magnitude) }
      }
    }
    withExtendedLifetime((a, pivots)) {}
    return isPlain ? [try first.converted(to: x[0].dtype)] : [try first.converted(to: x[0].dtype), try second.converted(to: x[0].dtype)]
  }

  /// dy/dx for the number that is differentiated, in the shape of x.
  private func slope(_ s: SavedList) -> Tensor {
    let x = s.input(0), n = x.size(x.rank - 1), one = Tensor.identities(Array(x.shape.dropLast(2)), n, x.dtype)
    if isPlain, Product.containsZero(s.output(0)) { return cofactors(x) }
    // The inverse of x and not of its transpose: its elimination meets a zero only where the determinant is 0.
    let inverse = Solve()(x, one).mT
    return isPlain ? s.output(0).unsqueezed(-1).unsqueezed(-1) * inverse : inverse
  }

  /// The cofactors of matrices that have no inverse, by their singular values: each is the product of all others but one.
  private func cofactors(_ x: Tensor) -> Tensor {
    let (u, s, vh) = x.svd(), n = s.size(s.rank - 1)
    let others = Tensor.where(Tensor.eye(n, dtype: .bool), 1, s.unsqueezed(-2)).prod(dim: -1)
    let sign = (u.detach().det() * vh.detach().det()).unsqueezed(-1)
    return (u * (others * sign).unsqueezed(-2)).matmul(vh)
  }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let d = isPlain ? dy[0] : dy[1] else { return [nil] }
    return [d.unsqueezed(-1).unsqueezed(-1) * slope(s)]
  }
  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    let d = dx[0].map { ($0 * slope(s)).sum(dim: [-2, -1]) }
    return isPlain ? [d] : [nil, d]
  }
  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] { self(x) }
}

extension Tensor {
  /// The matrices and the right sides with the same dimensions before the last two.
  func aligned(_ b: Tensor, _ operation: String) throws(TensorError) -> (Tensor, Tensor) {
    guard dtype == b.dtype else {
      throw TensorError(
        .dtype,
        "linalg.\(operation): Expected A and B to have the same dtype, but found A of type \(dtype.scalarTypeName) and B of type "
          + "\(b.dtype.scalarTypeName) instead", hint: "Convert one with to(.\(dtype.name)).", operation: operation)
    }
    // A new dimension of what has failed before is none.
    guard rank > 1, b.rank > 1 else { throw Matrices.scalarRefusal(operation, b) }
    let a = Matrices.Sizes(self), c = Matrices.Sizes(b)
    guard a.rows == c.rows, case .success(let batch) = Shape.broadcast(Shape(a.batch), Shape(c.batch)) else {
      throw TensorError(
        .shape,
        "linalg.\(operation): Incompatible shapes of A and B for the equation AX = B (\(a.rows)x\(a.columns) and \(c.rows)x\(c.columns))",
        hint: "B has as many rows as A.", operation: operation)
    }
    return (expanded(batch.array + [a.rows, a.columns]), b.expanded(batch.array + [c.rows, c.columns]))
  }

  /// Returns the inverse of each matrix; one that has none is refused.
  public func inv() -> Tensor {
    orFail([self]) { () throws(TensorError) in
      try Matrices.check(self, "inv")
      return Solve(function: "inv")(self, Tensor.identities(Array(shape.dropLast(2)), size(rank - 1), dtype))
    }
  }

  /// Returns the solution x of a x = b for each matrix a of this tensor; `left` false: of x a = b.
  ///
  /// - Parameters:
  ///   - b: [..., n, k], or a vector [n], or vectors [..., n] of as many as there are matrices; what is before broadcasts.
  ///   - left: whether a stands on the left of x.
  public func solve(_ b: Tensor, left: Bool = true) -> Tensor {
    orFail([self, b]) { () throws(TensorError) in
      try Matrices.check(self, "solve")
      if !left { return b.rank == 1 ? mT.solve(b) : mT.solve(b.mT).mT }
      guard b.rank == 1 || b.rank == rank - 1 && b.shape == Array(shape.dropLast()) else {
        guard b.rank > 1 else { throw Matrices.scalarRefusal("solve", b) }
        let (a, c) = try aligned(b, "solve")
        return Solve()(a, c)
      }
      let (a, c) = try aligned(b.unsqueezed(-1), "solve")
      return Solve()(a, c).squeezed(-1)
    }
  }

  /// Returns the solution x of a x = b for a triangle of each matrix of this tensor; `left` false: of x a = b.
  ///
  /// - Parameters:
  ///   - b: [..., n, k].
  ///   - upper: whether the triangle is the one above the diagonal.
  ///   - left: whether a stands on the left of x.
  ///   - unitriangular: whether the diagonal counts as 1, and is not looked at.
  public func solveTriangular(_ b: Tensor, upper: Bool, left: Bool = true, unitriangular: Bool = false) -> Tensor {
    orFail([self, b]) { () throws(TensorError) in
      try Matrices.check(self, "solve_triangular")
      guard b.rank > 1 else { throw Matrices.scalarRefusal("solve_triangular", b) }
      if !left { return mT.solveTriangular(b.mT, upper: !upper, unitriangular: unitriangular).mT }
      let (a, c) = try aligned(b, "solve_triangular")
      return TriangularSolve(upper: upper, unit: unitriangular)(a, c)
    }
  }

  /// Returns the determinant of each matrix; its gradient is right also where it is 0.
  public func det() -> Tensor {
    orFail([self]) { () throws(TensorError) in
      try Matrices.check(self, "det")
      return Determinant(isPlain: true)([self])[0]
    }
  }

  /// Returns the sign of each determinant and the logarithm of its magnitude, -infinity for a singular matrix.
  public func slogdet() -> (sign: Tensor, logabsdet: Tensor) {
    do throws(TensorError) {
      try Matrices.check(self, "slogdet")
      let parts = Determinant(isPlain: false)([self])
      return (parts[0], parts.last ?? .poison)
    } catch {
      return (fail(error.describing([self])), .poison)
    }
  }

  /// Returns the logarithm of each determinant: NaN of a negative one, -infinity of 0.
  public func logdet() -> Tensor {
    let (sign, logarithm) = slogdet()
    return Tensor.where(sign .< 0, Double.nan, logarithm)
  }

  /// Returns each matrix multiplied by itself so many times: the identity for 0, the inverse's power for a negative number.
  public func matrixPower(_ n: Int) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      guard rank > 1, size(rank - 1) == size(rank - 2) else {
        throw TensorError(
          .shape, "linalg.matrix_power: A must be batches of square matrices", hint: "The shape is \(shape).", operation: "matrixPower")
      }
      if n == 0 { return Tensor.identities(Array(shape.dropLast(2)), size(rank - 1), dtype) }
      var base = n < 0 ? inv() : self, rest = n.magnitude, result: Tensor?
      while rest > 0 {
        if rest % 2 == 1 { result = result.map { $0.matmul(base) } ?? base }
        rest /= 2
        if rest > 0 { base = base.matmul(base) }
      }
      return result ?? self
    }
  }
}

extension Matrices {
  static func scalarRefusal(_ operation: String, _ b: Tensor) -> TensorError {
    TensorError(
      .shape, "linalg.\(operation): The input tensor B must have at least 2 dimensions.", hint: "It has shape \(b.shape).",
      operation: operation)
  }
}

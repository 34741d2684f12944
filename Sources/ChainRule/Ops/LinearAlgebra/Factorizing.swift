import CKernels

/// Matrices as products of triangles, permutations and matrices with columns at right angles.
enum Factorizing {
  static let catalog: [OperationInfo] =
    [Cholesky.info, CholeskySolve.info, LUFactorization.info, PivotPermutation.info, QRFactorization.info] + composed

  private static let composed: [OperationInfo] = [
    OperationInfo(
      "lu", "The permutation, the lower and the upper triangle whose product is each matrix.", call: "x.lu()", formula: "x = p l u",
      derivative: "as of luFactor", shapes: "[..., m, n] -> [..., m, m], [..., m, k] and [..., k, n]", takesIntegers: false,
      samples: [
        .init("", [.init([3, 2], .distinct)]) { x in
          let parts = x[0].lu()
          return parts.p.matmul(parts.l * 2).matmul(parts.u.sin())
        }
      ]),
    OperationInfo(
      "luSolve", "The solution of systems of a matrix given by its LU factors.", call: "w.luSolve(lu, pivots)",
      formula: "y with p l u y = w",
      derivative: "as of two triangular solves", shapes: "[..., n, k], [..., n, n], [..., n] -> [..., n, k]", takesIntegers: false,
      samples: [
        .init("", [.init([3, 2]), .init([3, 3], .distinct)]) { x in
          let factors = (x[1] + Tensor.eye(3, dtype: x[1].dtype) * 4).luFactor()
          return x[0].luSolve(factors.lu, factors.pivots)
        }
      ]),
  ]
}

struct Cholesky: UnaryOperation {
  static var takesLowPrecision: Bool { false }
  static let info = OperationInfo(
    "cholesky", "The triangle whose product with its transpose is each positive-definite matrix.", call: "x.cholesky()",
    formula: "x = y y'",
    derivative: "y'^-1 p(y' dy) y^-1, made symmetric; p halves the diagonal and drops what is above",
    shapes: "[..., n, n] -> [..., n, n]", takesIntegers: false,
    samples: [
      .init("lower", [.init([3, 3])]) { x in (x[0].matmul(x[0].T) + Tensor.eye(3, dtype: x[0].dtype)).cholesky() },
      .init("upper", [.init([2, 2])]) { x in (x[0].matmul(x[0].T) + Tensor.eye(2, dtype: x[0].dtype)).cholesky(upper: true) },
    ])
  /// Whether the upper triangle is looked at. The result is the lower factor in any case.
  let readsUpper: Bool
  var nodeName: String { "LinalgCholeskyExBackward0" }
  var attributes: [(name: String, value: String)] { [("upper", "\(readsUpper)")] }
  var saves: Saves { .y }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let sizes = Matrices.Sizes(x), a = try Matrices.doubles(readsUpper ? x.mT : x)
    try Matrices.run(sizes, "cholesky") {
      cr_linalg_cholesky(Matrices.pointer(a), $0, sizes.count, Int64(sizes.rows))
    } refusal: {
      "The factorization could not be completed because the input is not positive-definite (the leading minor of order \($0) is not "
        + "positive-definite)."
    }
    return try a.converted(to: x.dtype)
  }
  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor {
    let inner = s.y.mT.matmul(dy), half = inner.halfTriangle
    let symmetric = (half + half.mT) * 0.5
    // y'^-1 symmetric y^-1
    return s.y.mT.solveTriangular(s.y.solveTriangular(symmetric, upper: false, left: false), upper: true)
  }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor {
    let inner = s.y.mT.solveTriangular(s.y.solveTriangular(dx, upper: false), upper: true, left: false)
    return s.y.matmul(inner.halfTriangle)
  }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}

/// The solution of systems of matrices given by their lower Cholesky factors, and right sides, batched alike.
struct CholeskySolve: BinaryOperation {
  static var takesLowPrecision: Bool { false }
  static let info = OperationInfo(
    "choleskySolve, choleskyInverse", "The solution of systems (the inverse) of a matrix given by its Cholesky factor.",
    call: "w.choleskySolve(x)", formula: "y with x x' y = w, (x x')^-1", derivative: "g for w, -(g y' + y g') x for x, where x x' g = dy",
    shapes: "[..., n, k], [..., n, n] -> [..., n, k]", takesIntegers: false,
    samples: [
      .init("solve", [.init([3, 2]), .init([3, 3])]) { $0[0].choleskySolve($0[1].tril() + Tensor.eye(3, dtype: $0[1].dtype) * 4) },
      .init("inverse", [.init([2, 2])]) { ($0[0].triu() + Tensor.eye(2, dtype: $0[0].dtype) * 4).choleskyInverse(upper: true) },
    ])
  var name: String { "choleskySolve" }
  var nodeName: String { "CholeskySolveBackward0" }
  func saves(needsX: Bool, needsW: Bool) -> Saves { [.w, .y] }

  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    let half = try TriangularSolve(upper: false, unit: false).forward(w, x)
    return try TriangularSolve(upper: true, unit: false).forward(w.mT, half)
  }
  // As PyTorch's, for all elements of the factor: also those above the diagonal, which the solution does not look at.
  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    let g = self(dy, s.w), both = g.matmul(s.y.mT)
    return (s.needsX ? g : nil, s.needsW ? -(both + both.mT).matmul(s.w) : nil)
  }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor {
    let change = dw.map { $0.matmul(s.w.mT) }
    return self(Rules.sum(dx, change.map { -($0 + $0.mT).matmul(s.y) }), s.w)
  }
  func batch(_ x: Tensor, _ w: Tensor, _ xBatched: Bool, _ wBatched: Bool, size: Int) throws(TensorError) -> Tensor {
    self(x.whole(xBatched, size), w.whole(wBatched, size))
  }
}

struct LUFactorization: VariadicOperation {
  static var takesLowPrecision: Bool { false }
  static let info = OperationInfo(
    "luFactor", "Both triangles of each matrix with exchanged rows, in one matrix, and which rows were exchanged (partial pivoting).",
    call: "x.luFactor()", formula: "x = p l u", derivative: "p l'^-1 (tril(l' dl, -1) + triu(du u')) u'^-1 for square matrices",
    shapes: "[..., m, n] -> [..., m, n] and [..., k]", takesIntegers: false,
    samples: [[3, 3], [2, 3], [3, 2]].map { shape in .init("\(shape)", [.init(shape, .distinct)]) { $0[0].luFactor().lu } })
  var nodeName: String { "LinalgLuFactorExBackward0" }
  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) { ([false], [true, true]) }
  func isDifferentiable(output i: Int) -> Bool { i == 0 }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    let sizes = Matrices.Sizes(x[0]), a = try Matrices.doubles(x[0])
    let pivots = try Matrices.empty(sizes.batch + [sizes.least], .int32)
    try Matrices.run(sizes, "lu_factor") {
      cr_linalg_lu(Matrices.pointer(a), Matrices.integers(pivots), $0, sizes.count, Int64(sizes.rows), Int64(sizes.columns))
    } refusal: { _ in
      nil
    }
    return [try a.converted(to: x[0].dtype), pivots]
  }

  /// The triangles, and the order of the rows.
  private func parts(_ s: SavedList) -> (l: Tensor, u: Tensor, order: Tensor, sizes: Matrices.Sizes) {
    let lu = s.output(0), sizes = Matrices.Sizes(lu)
    let l = lu.columns(0, sizes.least).tril(-1) + Tensor.eye(sizes.rows, sizes.least, dtype: lu.dtype)
    return (l, lu.rows(0, sizes.least).triu(), PivotPermutation(rows: sizes.rows)(s.output(1)), sizes)
  }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dy = dy[0] else { return [nil] }
    let (l, u, order, sizes) = parts(s), k = sizes.least
    let l1 = l.rows(0, k), u1 = u.columns(0, k), dl = dy.columns(0, k).tril(-1), du = dy.rows(0, k).triu()
    var lower = l1.mT.matmul(dl.rows(0, k)), upper = du.columns(0, k).matmul(u1.mT)
    var rest: Tensor?
    if sizes.columns > k {
      let du2 = du.columns(k, sizes.columns - k)
      lower = lower - du2.matmul(u.columns(k, sizes.columns - k).mT)
      rest = l1.mT.solveTriangular(du2, upper: true, unitriangular: true)
    } else if sizes.rows > k {
      let dl2 = dl.rows(k, sizes.rows - k)
      upper = upper - l.rows(k, sizes.rows - k).mT.matmul(dl2)
      rest = u1.mT.solveTriangular(dl2, upper: false, left: false)
    }
    let inner = l1.mT.solveTriangular(lower.tril(-1) + upper.triu(), upper: true, unitriangular: true)
    let first = u1.mT.solveTriangular(inner, upper: false, left: false)
    let whole = rest.map { cat([first, $0], dim: sizes.columns > k ? -1 : -2) } ?? first
    return [whole.withRows(order.argsort())]
  }

  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dx = dx[0] else { return [nil, nil] }
    let (l, u, order, sizes) = parts(s), k = sizes.least
    let d = dx.withRows(order), l1 = l.rows(0, k), u1 = u.columns(0, k), d1 = d.rows(0, k)
    let left = l1.solveTriangular(d1, upper: false, unitriangular: true)
    let inner = u1.solveTriangular(left.columns(0, k), upper: true, left: false)
    var result = l1.matmul(inner.tril(-1)) + inner.triu().matmul(u1)
    if sizes.columns > k {
      let du2 = left.columns(k, sizes.columns - k) - inner.tril(-1).matmul(u.columns(k, sizes.columns - k))
      result = cat([result, du2], dim: -1)
    } else if sizes.rows > k {
      let under = u1.solveTriangular(d.rows(k, sizes.rows - k), upper: true, left: false)
      result = cat([result, under - l.rows(k, sizes.rows - k).matmul(inner.triu())], dim: -2)
    }
    return [result, nil]
  }
  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] { self(x) }
}

/// The order of the rows after the exchanges that pivots say.
struct PivotPermutation: NonDifferentiableOperation {
  static let info = OperationInfo(
    "pivotPermutation", "The order of the rows after the exchanges that pivots say, counted from 1.", call: "x.luFactor().pivots",
    formula: "rows i and x[i] - 1 exchanged in turn", derivative: "none: the result is an index", shapes: "[..., k] -> [..., m]",
    isDifferentiable: false, samples: [.init("", [.init([2, 3], .index(2))]) { PivotPermutation(rows: 4)(($0[0] + 2).to(.int32)) }])
  let rows: Int
  var attributes: [(name: String, value: String)] { [("rows", "\(rows)")] }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let pivots = try x.converted(to: .int32).packed, k = x.size(x.rank - 1), count = x.shape.dropLast().reduce(1, *)
    let out = try Matrices.empty(Array(x.shape.dropLast()) + [rows], .int64)
    let order = out.box.c.pointee.data.assumingMemoryBound(to: Int64.self)
    defer { withExtendedLifetime(pivots) {} }
    for m in 0..<count {
      for i in 0..<rows { order[m * rows + i] = Int64(i) }
      for i in 0..<Swift.min(k, rows) {
        let other = Int(Matrices.integers(pivots)[m * k + i]) - 1
        guard other >= 0, other < rows else {
          throw TensorError(
            .index, "Pivots given to lu_solve must all be greater or equal to 1 and at most the number of rows",
            hint: "One is \(other + 1), of \(rows) rows.", operation: "luSolve")
        }
        swap(&order[m * rows + i], &order[m * rows + other])
      }
    }
    return out
  }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}

/// How much of a QR factorization is wanted.
public enum QRMode: Sendable {
  /// q with as many columns as the smaller of rows and columns.
  case reduced
  /// A square q.
  case complete
}

struct QRFactorization: VariadicOperation {
  static var takesLowPrecision: Bool { false }
  static let info = OperationInfo(
    "qr", "Columns at right angles and a triangle whose product is each matrix.", call: "x.qr()", formula: "x = q r, q' q = 1",
    derivative: "(dq + q s(triu(dr r' - q' dq))) r'^-1 for matrices at least as tall as wide, s making symmetric",
    shapes: "[..., m, n] -> [..., m, k] and [..., k, n]", takesIntegers: false,
    samples: [[3, 2], [2, 3]].map { shape in
      .init("\(shape)", [.init(shape, .distinct)]) { x in
        let parts = x[0].qr()
        return parts.q.matmul(parts.r.sin()) + parts.q.sum()
      }
    })
  let isComplete: Bool
  var nodeName: String { "LinalgQrBackward0" }
  var attributes: [(name: String, value: String)] { [("mode", isComplete ? "complete" : "reduced")] }
  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) { ([false], [true, true]) }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    let sizes = Matrices.Sizes(x[0]), a = try Matrices.doubles(x[0]), k = isComplete ? sizes.rows : sizes.least
    let q = try Matrices.empty(sizes.batch + [sizes.rows, k]), r = try Matrices.empty(sizes.batch + [k, sizes.columns])
    try Matrices.run(sizes, "qr") {
      cr_linalg_qr(
        Matrices.pointer(a), Matrices.pointer(q), Matrices.pointer(r), $0, sizes.count, Int64(sizes.rows), Int64(sizes.columns), Int64(k))
    } refusal: {
      "The algorithm failed with the code \($0)."
    }
    withExtendedLifetime(a) {}
    return [try q.converted(to: x[0].dtype), try r.converted(to: x[0].dtype)]
  }

  private var refusal: Tensor {
    fail(
      TensorError(
        .gradient, "The QR decomposition is not differentiable when mode='complete' and nrows > ncols",
        hint: "Use mode .reduced.", operation: "qr"))
  }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    let q = s.output(0), r = s.output(1), m = q.size(q.rank - 2), n = r.size(r.rank - 1)
    if isComplete, m > n { return [refusal] }
    guard let inner = Rules.added(dy[1].map { $0.matmul(r.mT) }, dy[0].map { -q.mT.matmul($0) }) else { return [nil] }
    if m >= n {
      let half = (inner.triu() + inner.triu().mT), symmetric = half - half.diagonal(offset: 0, dim1: -2, dim2: -1).diagEmbed() * 0.5
      return [r.mT.solveTriangular(Rules.sum(q.matmul(symmetric), dy[0]), upper: false, left: false)]
    }
    let skew = q.matmul((inner.mT - inner).tril())
    let first = r.columns(0, m).mT.solveTriangular(skew, upper: false, left: false)
    let padded = cat([first, Tensor.zeros(Array(first.shape.dropLast()) + [n - m], dtype: first.dtype)], dim: -1)
    return [Rules.sum(padded, dy[1].map { q.matmul($0) })]
  }

  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dx = dx[0] else { return [nil, nil] }
    let q = s.output(0), r = s.output(1), m = q.size(q.rank - 2), n = r.size(r.rank - 1)
    if isComplete, m > n { return [refusal, refusal] }
    if m >= n {
      let right = r.solveTriangular(dx, upper: true, left: false), inner = q.mT.matmul(right)
      let both = inner + inner.mT, turn = both.triu() - both.diagonal(offset: 0, dim1: -2, dim2: -1).diagEmbed() * 0.5
      return [right - q.matmul(turn), turn.matmul(r)]
    }
    let turned = q.mT.matmul(dx), inner = r.columns(0, m).solveTriangular(turned.columns(0, m), upper: true, left: false)
    let skew = inner.tril(-1) - inner.tril(-1).mT
    return [q.matmul(skew), turned - skew.matmul(r)]
  }
  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] { self(x) }
}

extension Rules {
  /// The sum of what is there, nil where nothing is.
  static func added(_ a: Tensor?, _ b: Tensor?) -> Tensor? { a == nil && b == nil ? nil : sum(a, b) }
}

extension Tensor {
  /// Returns the triangle whose product with its transpose is each symmetric positive-definite matrix: the lower one, or with `upper` the
  /// upper one. Only that triangle of the matrices is looked at.
  public func cholesky(upper: Bool = false) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      try Matrices.check(self, "cholesky")
      let lower = Cholesky(readsUpper: upper)(self)
      return upper ? lower.mT : lower
    }
  }

  /// Returns the solution x of a x = b for these right sides, of matrices a given by their Cholesky factors.
  public func choleskySolve(_ factor: Tensor, upper: Bool = false) -> Tensor {
    orFail([self, factor]) { () throws(TensorError) in
      try Matrices.check(factor, "cholesky_solve")
      guard rank > 1 else { throw Matrices.scalarRefusal("cholesky_solve", self) }
      let (a, b) = try (upper ? factor.mT : factor).aligned(self, "cholesky_solve")
      return CholeskySolve()(b, a)
    }
  }

  /// Returns the inverses of matrices given by their Cholesky factors.
  public func choleskyInverse(upper: Bool = false) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      try Matrices.check(self, "cholesky_inverse")
      return Tensor.identities(Array(shape.dropLast(2)), size(rank - 1), dtype).choleskySolve(self, upper: upper)
    }
  }

  /// Returns both triangles of each matrix in one, the lower without its diagonal of ones, and its pivots, int32, counted from 1.
  public func luFactor() -> (lu: Tensor, pivots: Tensor) {
    do throws(TensorError) {
      try Matrices.check(self, "lu_factor", square: false)
      let parts = LUFactorization()([self])
      return (parts[0], parts.last ?? .poison)
    } catch {
      return (fail(error.describing([self])), .poison)
    }
  }

  /// Returns the permutation, the lower and the upper triangle whose product is each matrix.
  public func lu() -> (p: Tensor, l: Tensor, u: Tensor) {
    let (lu, pivots) = luFactor()
    if isErrorPending { return (.poison, .poison, .poison) }
    let sizes = Matrices.Sizes(lu), order = PivotPermutation(rows: sizes.rows)(pivots)
    let p = (Tensor.arange(sizes.rows).unsqueezed(1) .== order.unsqueezed(-2)).to(dtype)
    let l = lu.columns(0, sizes.least).tril(-1) + Tensor.eye(sizes.rows, sizes.least, dtype: dtype)
    return (p, l, lu.rows(0, sizes.least).triu())
  }

  /// Returns the solution x of a x = b for these right sides, of matrices a given by what `luFactor` returns.
  public func luSolve(_ lu: Tensor, _ pivots: Tensor) -> Tensor {
    orFail([self, lu, pivots]) { () throws(TensorError) in
      try Matrices.check(lu, "lu_solve")
      guard rank > 1, pivots.dtype == .int32, pivots.shape == Array(lu.shape.dropLast()), size(rank - 2) == lu.size(lu.rank - 1) else {
        throw TensorError(
          .shape, "linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix, and B have as many rows",
          hint: "LU has shape \(lu.shape), the pivots \(pivots.shape) and type \(pivots.dtype.name), B \(shape).", operation: "luSolve")
      }
      let order = PivotPermutation(rows: lu.size(lu.rank - 1))(pivots)
      guard case .success(let batch) = Shape.broadcast(Shape(Array(lu.shape.dropLast(2))), Shape(Array(shape.dropLast(2)))) else {
        throw TensorError(
          .shape, "linalg.lu_solve: the batches do not broadcast", hint: "They are \(lu.shape) and \(shape).", operation: "luSolve")
      }
      let b = expanded(batch.array + shape.suffix(2)).withRows(order.expanded(batch.array + [order.size(order.rank - 1)]))
      return lu.solveTriangular(lu.solveTriangular(b, upper: false, unitriangular: true), upper: true)
    }
  }

  /// Returns columns at right angles, of length 1, and an upper triangle, whose product is each matrix. Signs are LAPACK's.
  public func qr(mode: QRMode = .reduced) -> (q: Tensor, r: Tensor) {
    do throws(TensorError) {
      try Matrices.check(self, "qr", square: false)
      let parts = QRFactorization(isComplete: mode == .complete)([self])
      return (parts[0], parts.last ?? .poison)
    } catch {
      return (fail(error.describing([self])), .poison)
    }
  }
}

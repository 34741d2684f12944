import CKernels

/// Eigenvalues of symmetric matrices, singular values, and what follows from them.
enum Spectral {
  static let catalog: [OperationInfo] = [Eigh.info, SingularValues.info, PseudoInverse.info] + composed

  private static let composed: [OperationInfo] = [
    OperationInfo(
      "matrixRank, cond", "How many singular values are above rounding; the largest over the smallest.", call: "x.cond()",
      formula: "s[0]/s[-1]", derivative: "as of the singular values; none for the rank", shapes: "[..., m, n] -> [...]",
      takesIntegers: false,
      samples: [.init("", [.init([3, 3], .distinct)]) { $0[0].cond() }]),
    OperationInfo(
      "matrixNorm", "A norm of each matrix: Frobenius, nuclear, of its columns' or rows' sums, or the largest or smallest singular value.",
      call: "x.matrixNorm(.one)", formula: "max over columns of sum |x|, ...", derivative: "as of the sums or singular values",
      shapes: "[..., m, n] -> [...]", takesIntegers: false,
      samples: [
        .init("columns", [.init([2, 3], .distinct)]) { $0[0].matrixNorm(.one) },
        .init("nuclear", [.init([2, 3], .distinct)]) { $0[0].matrixNorm(.nuclear) },
        .init("largest", [.init([3, 2], .distinct)]) { $0[0].matrixNorm(.two) },
      ]),
    OperationInfo(
      "lstsq", "The solution of each system with the least squares of what is left over.", call: "x.lstsq(w)", formula: "y = pinv(x) w",
      derivative: "as of the pseudo-inverse", shapes: "[..., m, n], [..., m, k] -> [..., n, k]", takesIntegers: false,
      samples: [.init("", [.init([3, 2], .distinct), .init([3, 2])]) { $0[0].lstsq($0[1]).solution }]),
  ]
}

/// Eigenvalues and eigenvectors of symmetric matrices, of which one triangle is read.
struct Eigh: VariadicOperation {
  static var takesLowPrecision: Bool { false }
  static let info = OperationInfo(
    "eigh, eigvalsh", "The eigenvalues of symmetric matrices, rising, and their eigenvectors as columns.", call: "x.eigh()",
    formula: "x = v diag(l) v', v' v = 1", derivative: "v (diag(dl) + k(v' dv)/(2 e)) v', e[i, j] = l[j] - l[i], k(x) = x - x'",
    shapes: "[..., n, n] -> [..., n] and [..., n, n]", takesIntegers: false,
    samples: [
      .init("function", [.init([3, 3], .distinct)]) { x in
        let parts = (x[0] + x[0].T).eigh()
        return (parts.eigenvectors * parts.eigenvalues.sin().unsqueezed(-2)).matmul(parts.eigenvectors.mT)
      },
      .init("values", [.init([2, 2], .distinct)]) { ($0[0] + $0[0].T).eigvalsh() },
    ])
  let isUpper: Bool
  var name: String { "eigh" }
  var nodeName: String { "LinalgEighBackward0" }
  var attributes: [(name: String, value: String)] { [("UPLO", isUpper ? "U" : "L")] }
  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) { ([false], [true, true]) }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    let sizes = Matrices.Sizes(x[0]), n = sizes.rows, triangle = isUpper ? x[0].mT : x[0]
    let a = try Matrices.doubles(triangle.tril() + triangle.tril(-1).mT)
    try Matrices.checkFinite(a, "eigh")
    let values = try Matrices.empty(sizes.batch + [n]), vectors = try Matrices.empty(sizes.batch + [n, n])
    try Matrices.run(sizes, "eigh") {
      cr_linalg_eigh(Matrices.pointer(a), Matrices.pointer(values), Matrices.pointer(vectors), $0, sizes.count, Int64(n))
    } refusal: {
      "The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated eigenvalues (error code: \($0))."
    }
    withExtendedLifetime(a) {}
    return [try values.converted(to: x[0].dtype), try vectors.converted(to: x[0].dtype)]
  }

  /// l[j] - l[i], and 1 on the diagonal.
  private func gaps(_ l: Tensor) -> Tensor {
    Tensor.where(Tensor.eye(l.size(l.rank - 1), dtype: .bool), 1, l.unsqueezed(-2) - l.unsqueezed(-1))
  }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    let l = s.output(0), v = s.output(1)
    // The part that turns the vectors and keeps them at right angles.
    let turn = dy[1].map { d in
      let inner = v.mT.matmul(d)
      return (inner - inner.mT) * 0.5 / gaps(l)
    }
    guard let inner = Rules.added(dy[0].map { $0.diagEmbed() }, turn) else { return [nil] }
    return [v.matmul(inner).matmul(v.mT)]
  }

  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dx = dx[0] else { return [nil, nil] }
    let l = s.output(0), v = s.output(1), inner = v.mT.matmul(dx).matmul(v), diagonal = inner.diagonal(offset: 0, dim1: -2, dim2: -1)
    return [diagonal, v.matmul((inner - diagonal.diagEmbed()) / gaps(l))]
  }
  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] { self(x) }
}

struct SingularValues: VariadicOperation {
  static var takesLowPrecision: Bool { false }
  static let info = OperationInfo(
    "svd, svdvals", "The singular values of each matrix, falling, and the vectors on both sides.", call: "x.svd()",
    formula: "x = u diag(s) vh, u' u = 1, vh vh' = 1",
    derivative: "u (k(u' du)/e s + s k(v' dv)/e + diag(ds)) vh and what lies outside, e[i, j] = s[j]^2 - s[i]^2, k(x) = x - x'",
    shapes: "[..., m, n] -> [..., m, k], [..., k] and [..., k, n]", takesIntegers: false,
    samples: [[3, 2], [2, 3]].map { shape in
      .init("\(shape)", [.init(shape, .distinct)]) { x in
        let parts = x[0].svd()
        return (parts.u * parts.s.sin().unsqueezed(-2)).matmul(parts.vh)
      }
    } + [.init("values", [.init([3, 3], .distinct)]) { $0[0].svdvals() }])
  let isFull: Bool
  var name: String { "svd" }
  var nodeName: String { "LinalgSvdBackward0" }
  var attributes: [(name: String, value: String)] { [("full_matrices", "\(isFull)")] }
  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) { ([false], [true, true, true]) }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    let sizes = Matrices.Sizes(x[0]), m = sizes.rows, n = sizes.columns, k = sizes.least, a = try Matrices.doubles(x[0])
    try Matrices.checkFinite(a, "svd")
    let u = try Matrices.empty(sizes.batch + [m, isFull ? m : k]), s = try Matrices.empty(sizes.batch + [k])
    let vh = try Matrices.empty(sizes.batch + [isFull ? n : k, n])
    try Matrices.run(sizes, "svd") {
      cr_linalg_svd(
        Matrices.pointer(a), Matrices.pointer(u), Matrices.pointer(s), Matrices.pointer(vh), $0, sizes.count, Int64(m), Int64(n), isFull)
    } refusal: {
      "The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated singular values (error code: \($0))."
    }
    withExtendedLifetime(a) {}
    return [try u.converted(to: x[0].dtype), try s.converted(to: x[0].dtype), try vh.converted(to: x[0].dtype)]
  }

  /// The vectors that belong to singular values, and the gaps s[j]^2 - s[i]^2, 1 on the diagonal.
  private func parts(_ list: SavedList) -> (u: Tensor, s: Tensor, v: Tensor, gaps: Tensor) {
    let s = list.output(1), k = s.size(s.rank - 1), row = s.unsqueezed(-2), column = s.unsqueezed(-1)
    let gaps = Tensor.where(Tensor.eye(k, dtype: .bool), 1, (row - column) * (row + column))
    return (list.output(0).columns(0, k), s, list.output(2).rows(0, k).mT, gaps)
  }

  func vjp(_ dy: [Tensor?], _ list: SavedList) -> [Tensor?] {
    let (u, s, v, gaps) = parts(list), k = s.size(s.rank - 1), row = s.unsqueezed(-2), column = s.unsqueezed(-1)
    let du = dy[0].map { $0.columns(0, k) }, dv = dy[2].map { $0.rows(0, k).mT }
    func skew(_ a: Tensor, _ da: Tensor) -> Tensor {
      let inner = a.mT.matmul(da)
      return (inner - inner.mT) / gaps
    }
    let sides = Rules.added(du.map { skew(u, $0) * row }, dv.map { column * skew(v, $0) })
    guard let inner = Rules.added(sides, dy[1].map { $0.diagEmbed() }) else { return [nil] }
    var left = u.matmul(inner)
    if let du, u.size(u.rank - 2) > k { left = left + (du - u.matmul(u.mT.matmul(du))) / row }
    var result = left.matmul(v.mT)
    if let dv, v.size(v.rank - 2) > k { result = result + (u / row).matmul((dv - v.matmul(v.mT.matmul(dv))).mT) }
    return [result]
  }

  func jvp(_ dx: [Tensor?], _ list: SavedList) -> [Tensor?] {
    guard let dx = dx[0] else { return [nil, nil, nil] }
    let (u, s, v, gaps) = parts(list), row = s.unsqueezed(-2), column = s.unsqueezed(-1)
    let right = dx.matmul(v), below = dx.mT.matmul(u), inner = u.mT.matmul(right)
    let off = inner - inner.diagonal(offset: 0, dim1: -2, dim2: -1).diagEmbed()
    var du = u.matmul((off * row + column * off.mT) / gaps), dv = v.matmul((column * off + off.mT * row) / gaps)
    let k = s.size(s.rank - 1)
    if u.size(u.rank - 2) > k { du = du + (right - u.matmul(inner)) / row }
    if v.size(v.rank - 2) > k { dv = dv + (below - v.matmul(inner.mT)) / row }
    // What completes the vectors of a full factorization turns with them.
    func completed(_ a: Tensor, _ da: Tensor, _ whole: Tensor) -> Tensor {
      let n = whole.size(whole.rank - 1)
      return n == k ? da : cat([da, -a.matmul(da.mT.matmul(whole.columns(k, n - k)))], dim: -1)
    }
    let ds = inner.diagonal(offset: 0, dim1: -2, dim2: -1)
    return [completed(u, du, list.output(0)), ds, completed(v, dv, list.output(2).mT).mT]
  }
  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] { self(x) }
}

/// The pseudo-inverse; singular values up to a tolerance count as 0.
struct PseudoInverse: UnaryOperation {
  static var takesLowPrecision: Bool { false }
  static let info = OperationInfo(
    "pinv", "The pseudo-inverse of each matrix.", call: "x.pinv()", formula: "v diag(1/s) u' over the singular values that are not 0",
    derivative: "-y dx y + y y' dx' (1 - x y) + (1 - y x) dx' y' y (Golub and Pereyra 1973)", shapes: "[..., m, n] -> [..., n, m]",
    takesIntegers: false, samples: [[3, 2], [2, 3]].map { shape in .init("\(shape)", [.init(shape, .distinct)]) { $0[0].pinv() } })
  /// The tolerance for each matrix, [...], which takes no gradient; nil: the usual one.
  let tolerance: @Sendable (Tensor) -> Tensor
  /// Whether the matrices are symmetric, and only the lower triangle is read.
  let isHermitian: Bool
  var nodeName: String { "LinalgPinvBackward0" }
  var attributes: [(name: String, value: String)] { [("hermitian", "\(isHermitian)")] }
  var saves: Saves { [.x, .y] }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let left: Tensor, values: Tensor, right: Tensor
    if isHermitian {
      let parts = try Eigh(isUpper: false).forward([x])
      (left, values, right) = (parts[1], parts[0], parts[1].mT)
    } else {
      let parts = try SingularValues(isFull: false).forward([x])
      (left, values, right) = (parts[0], parts[1], parts[2])
    }
    let size = values.abs()
    if size.size(size.rank - 1) == 0 {
      return Tensor.zeros(Matrices.Sizes(x).batch + [Matrices.Sizes(x).columns, Matrices.Sizes(x).rows], dtype: x.dtype)
    }
    let isKept = size .> tolerance(size.amax(dim: -1)).unsqueezed(-1)
    let inverse = Tensor.where(isKept, 1 / Tensor.where(isKept, values, 1), 0)
    return (right.mT * inverse.unsqueezed(-2)).matmul(left.mT)
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor {
    let x = s.x, y = s.y, turned = dy.mT
    let first = -(y.mT.matmul(dy).matmul(y.mT))
    let tall = turned.matmul(y).matmul(y.mT), wide = y.mT.matmul(y).matmul(turned)
    return first + (tall - x.matmul(y.matmul(tall))) + (wide - wide.matmul(y).matmul(x))
  }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor {
    let x = s.x, y = s.y, turned = dx.mT
    let first = -(y.matmul(dx).matmul(y))
    let tall = y.matmul(y.mT).matmul(turned), wide = turned.matmul(y.mT).matmul(y)
    return first + (tall - tall.matmul(x).matmul(y)) + (wide - y.matmul(x.matmul(wide)))
  }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}

/// A norm of matrices.
public enum MatrixNormOrder: Sendable, Equatable {
  /// The root of the sum of the squares of all elements.
  case frobenius
  /// The sum of the singular values.
  case nuclear
  /// The largest sum of a column's magnitudes.
  case one
  /// The smallest sum of a column's magnitudes.
  case minusOne
  /// The largest singular value.
  case two
  /// The smallest singular value.
  case minusTwo
  /// The largest sum of a row's magnitudes.
  case infinity
  /// The smallest sum of a row's magnitudes.
  case minusInfinity
}

extension Tensor {
  /// Returns the eigenvalues of symmetric matrices, rising, and their eigenvectors as columns. Only one triangle is looked at.
  ///
  /// The gradient of the eigenvectors is infinite where eigenvalues repeat, and so is no gradient of what does not depend on their signs.
  public func eigh(upper: Bool = false) -> (eigenvalues: Tensor, eigenvectors: Tensor) {
    do throws(TensorError) {
      try Matrices.check(self, "eigh")
      let parts = Eigh(isUpper: upper)([self])
      return (parts[0], parts.last ?? .poison)
    } catch {
      return (fail(error.describing([self])), .poison)
    }
  }

  /// Returns the eigenvalues of symmetric matrices, rising.
  public func eigvalsh(upper: Bool = false) -> Tensor { eigh(upper: upper).eigenvalues }

  /// Returns u, s and vh, whose product u diag(s) vh is each matrix: the singular values fall, vectors are of length 1 and at right angles.
  ///
  /// The gradient of the vectors is infinite where singular values repeat.
  public func svd(fullMatrices: Bool = false) -> (u: Tensor, s: Tensor, vh: Tensor) {
    do throws(TensorError) {
      try Matrices.check(self, "svd", square: false)
      let parts = SingularValues(isFull: fullMatrices)([self])
      return parts.count == 3 ? (parts[0], parts[1], parts[2]) : (parts[0], .poison, .poison)
    } catch {
      return (fail(error.describing([self])), .poison, .poison)
    }
  }

  /// Returns the singular values of each matrix, falling.
  public func svdvals() -> Tensor {
    let parts = svd()
    return isErrorPending ? .poison : parts.s
  }

  /// The tolerance below which a singular value counts as 0, given the largest: the larger of `atol` and `rtol` times it.
  private func tolerance(_ atol: Operand?, _ rtol: Operand?) -> @Sendable (Tensor) -> Tensor {
    let sizes = Matrices.Sizes(self), unit = dtype == .float32 ? 0x1p-23 : 0x1p-52
    let usual = Double(Swift.max(sizes.rows, sizes.columns)) * unit
    func number(_ x: Operand?) -> Tensor? { x.map { $0.tensor(beside: dtype).detach().to(dtype) } }
    let absolute = number(atol), relative = number(rtol)
    return { largest in
      let part: Tensor
      if let relative {
        part = relative * largest
      } else if let absolute {
        // An absolute tolerance above 0 stands alone.
        part = Tensor.where(absolute .> 0, 0.0, largest * usual)
      } else {
        part = largest * usual
      }
      return absolute.map { part.maximum($0) } ?? part
    }
  }

  /// Returns the pseudo-inverse of each matrix; singular values up to the larger of `atol` and `rtol` times the largest count as 0.
  ///
  /// - Parameters:
  ///   - atol: the largest singular value that counts as 0 whatever the others are; 0 where not given.
  ///   - rtol: the share of the largest; where not given, nor `atol`, the larger size of the matrix times the rounding unit of its type.
  ///   - hermitian: whether the matrices are symmetric, and only their lower triangle is looked at.
  public func pinv(atol: (any TensorOperand)? = nil, rtol: (any TensorOperand)? = nil, hermitian: Bool = false) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      try Matrices.check(self, "pinv", square: hermitian)
      return PseudoInverse(tolerance: tolerance(atol?.operand, rtol?.operand), isHermitian: hermitian)(self)
    }
  }

  /// Returns how many singular values of each matrix are above the larger of `atol` and `rtol` times the largest; int64.
  public func matrixRank(atol: (any TensorOperand)? = nil, rtol: (any TensorOperand)? = nil, hermitian: Bool = false) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      try Matrices.check(self, "matrix_rank", square: hermitian)
      let values = hermitian ? detach().eigvalsh().abs() : detach().svdvals()
      if values.size(values.rank - 1) == 0 { return Tensor.zeros(Array(values.shape.dropLast()), dtype: .int64) }
      return (values .> tolerance(atol?.operand, rtol?.operand)(values.amax(dim: -1)).unsqueezed(-1)).sum(dim: -1)
    }
  }

  /// Returns how much each matrix stretches its input unevenly: by the norm of order two the largest singular value over the smallest, by
  /// others the product of its norm and its inverse's.
  public func cond(_ order: MatrixNormOrder = .two) -> Tensor {
    if order == .two || order == .minusTwo {
      let s = svdvals()
      if isErrorPending { return .poison }
      let n = s.size(s.rank - 1)
      if n == 0 { return Tensor.zeros(Array(s.shape.dropLast()), dtype: dtype) }
      let first = s.select(dim: -1, index: 0), last = s.select(dim: -1, index: n - 1)
      return order == .two ? first / last : last / first
    }
    return matrixNorm(order) * inv().matrixNorm(order)
  }

  /// Returns a norm of the matrices in two dimensions.
  public func matrixNorm(_ order: MatrixNormOrder = .frobenius, dim: (Int, Int) = (-2, -1), keepDim: Bool = false) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      try Matrices.check(self, "matrix_norm", square: false)
      let dims = try Dims.wrapped([dim.0, dim.1], rank, "matrixNorm")
      if order == .frobenius { return norm(2, dim: dims, keepDim: keepDim) }
      let x = movedim(dims, [-2, -1]), y: Tensor
      switch order {
      case .nuclear: y = x.svdvals().sum(dim: -1)
      case .two: y = x.svdvals().amax(dim: -1)
      case .minusTwo: y = x.svdvals().amin(dim: -1)
      case .one: y = x.abs().sum(dim: -2).amax(dim: -1)
      case .minusOne: y = x.abs().sum(dim: -2).amin(dim: -1)
      case .infinity: y = x.abs().sum(dim: -1).amax(dim: -1)
      default: y = x.abs().sum(dim: -1).amin(dim: -1)
      }
      return keepDim ? dims.sorted().reduce(y) { $0.unsqueezed($1) } : y
    }
  }

  /// Returns the solution of each system a x = b with the least squares of what is left over, the shortest of several, those squares summed
  /// for each column where there are more equations than unknowns and all count, the rank and the singular values of a.
  public func lstsq(_ b: Tensor, rcond: Double? = nil) -> (solution: Tensor, residuals: Tensor, rank: Tensor, singularValues: Tensor) {
    do throws(TensorError) {
      try Matrices.check(self, "lstsq", square: false)
      let sizes = Matrices.Sizes(self)
      guard b.rank > 1, b.size(b.rank - 2) == sizes.rows, b.dtype == dtype else {
        throw TensorError(
          .shape, "torch.linalg.lstsq: input.size(-2) should match other.size(-2)", hint: "They have shapes \(shape) and \(b.shape).",
          operation: "lstsq")
      }
      let solution = pinv(rtol: rcond).matmul(b), rank = matrixRank(rtol: rcond), values = detach().svdvals()
      let isLeft =
        sizes.rows > sizes.columns && !rank.detach().box.flags.contains(.wrapped)
        && rank.array(of: Int.self).allSatisfy { $0 == sizes.columns }
      let residuals = isLeft ? (b - matmul(solution)).square().sum(dim: -2) : Tensor.zeros([0], dtype: dtype)
      return (solution, residuals, rank, values)
    } catch {
      return (fail(error.describing([self, b])), .poison, .poison, .poison)
    }
  }
}

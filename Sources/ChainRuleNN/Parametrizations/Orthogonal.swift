public import ChainRule

/// How `orthogonal(_:_:map:useTrivialization:generator:)` makes an orthogonal matrix of numbers that may be anything.
public enum OrthogonalMap: String, Sendable, CaseIterable {
  /// exp(A), of the skew-symmetric A whose lower triangle is trained.
  case matrixExp = "matrix_exp"
  /// (1 + A / 2) (1 - A / 2)^-1, of the same A (Cayley 1846).
  case cayley
  /// A product of Householder's reflections, whose vectors are trained.
  case householder
}

/// Makes a matrix, or each matrix of a batch, orthogonal: its columns are at right angles and of length 1, or its rows where those are fewer.
///
///     orthogonal(Linear(20, 40))
///
/// In a state, what is trained is `parametrizations.weight.original`, and the matrix that the trivialization starts from
/// `parametrizations.weight.0.base`. It begins with the parameter's value where that is orthogonal, and else with the Q of its factorisation.
///
/// - Parameters:
///   - module: the module whose parameter it is.
///   - name: the parameter's name.
///   - map: how the matrix is made; nil for `matrixExp` of a square matrix and `householder` of another, as in PyTorch.
///   - useTrivialization: whether the result is multiplied by a matrix that is kept, so that training starts from 0 (Lezcano-Casado 2019).
///   - generator: where the columns come from that fill up a matrix that is not square; the default generator where none is given.
/// - Returns: the module.
@discardableResult
public func orthogonal<M: Module>(
  _ module: M, _ name: String = "weight", map: OrthogonalMap? = nil, useTrivialization: Bool = true, generator: Generator? = nil
) -> M {
  guard let weight = Reparametrized.of(module, name)?.cell ?? Reparametrized.parameter(module, name) else { return module }
  guard weight.rank >= 2 else {
    refuse(
      Reparametrized.problem(
        module, "Expected a matrix or batch of matrices. Got a tensor of \(weight.rank) dimensions.",
        "The last two dimensions are the matrix."))
    return module
  }
  let isSquare = weight.size(-2) == weight.size(-1)
  let part = Orthogonal(map ?? (isSquare ? .matrixExp : .householder), weight, useTrivialization, generator)
  return isErrorPending ? module : registerParametrization(module, name, part)
}

/// Q, times the matrix that is kept where there is one.
final class Orthogonal: Parametrization, RenamedClass, SelfCopying {
  private let map: OrthogonalMap
  private let base: Buffer?
  var printedName: String { "_Orthogonal" }

  init(_ map: OrthogonalMap, _ weight: Tensor, _ useTrivialization: Bool, _ generator: Generator?) {
    self.map = map
    base = useTrivialization ? Buffer(Self.base(of: weight.detach(), generator), name: "base") : nil
  }
  init(copying other: Orthogonal, _ copier: ModuleCopier) {
    map = other.map
    base = copier(other.base)
  }

  func forward(_ originals: [Tensor]) -> Tensor {
    let isWide = originals[0].size(-2) < originals[0].size(-1), x = isWide ? originals[0].mT : originals[0]
    var q = map == .householder ? Self.reflected(x) : rotated(x)
    if let base { q = base.value.matmul(q) }
    return isWide ? q.mT : q
  }

  func rightInverse(_ value: Tensor) -> [Tensor] {
    if base != nil {
      let ones = Tensor.eye(value.size(-2), value.size(-1), dtype: value.dtype)
      return [(-ones).expanded(value.shape).contiguous()]
    }
    guard map == .householder else { return [value] }
    let isWide = value.size(-2) < value.size(-1)
    let vectors = Self.each(isWide ? value.mT : value) { Self.reflections($0) }
    return [isWide ? vectors.mT : vectors]
  }

  /// The first columns of an orthogonal matrix made of the skew-symmetric one whose lower triangle is x.
  private func rotated(_ x: Tensor) -> Tensor {
    let rows = x.size(-2), columns = x.size(-1)
    var lower = x.tril()
    if rows != columns {
      let rest = Tensor.zeros(Array(x.shape.dropLast()) + [rows - columns], dtype: x.dtype)
      lower = cat([lower, rest], dim: -1)
    }
    let skew = lower - lower.mT
    let q: Tensor
    if map == .matrixExp {
      q = skew.matrixExp()
    } else {
      let one = Tensor.eye(rows, dtype: x.dtype)
      q = (one - skew * 0.5).solve(one + skew * 0.5)
    }
    return rows == columns ? q : q.narrow(dim: -1, start: 0, count: columns)
  }

  /// The product of the reflections whose vectors stand below the diagonal of x, with 1 on it, each column with the sign on x's diagonal.
  ///
  /// One triangular system and two products in place of a loop over the vectors: the compact form of Schreiber and Van Loan (1989), of which
  /// the inverse of T is known (Puglisi 1992).
  private static func reflected(_ x: Tensor) -> Tensor {
    let rows = x.size(-2), columns = x.size(-1), one = Tensor.eye(rows, columns, dtype: x.dtype)
    let v = x.tril(-1) + one, products = v.mT.matmul(v)
    let inverse = products.triu(1) + (products.diagonal(dim1: -2, dim2: -1) * 0.5).diagEmbed()
    let top = v.narrow(dim: -2, start: 0, count: columns).mT
    let q = one - v.matmul(inverse.solveTriangular(top, upper: true))
    // The sign is a constant: PyTorch rounds the diagonal to whole numbers, which are 1 and -1 as they were set.
    return q * x.detach().diagonal(dim1: -2, dim2: -1).trunc().unsqueezed(-2)
  }

  // MARK: What it begins with

  /// The square matrix that the trained part is multiplied by at first and ever.
  private static func base(of weight: Tensor, _ generator: Generator?) -> Tensor {
    let matrix = weight.size(-2) < weight.size(-1) ? weight.mT : weight
    let rows = matrix.size(-2), columns = matrix.size(-1)
    if rows == columns { return isOrthogonal(matrix) ? matrix.contiguous() : each(matrix, madeOrthogonal) }
    let more = Tensor.randn(Array(matrix.shape.dropLast()) + [rows - columns], dtype: matrix.dtype, generator: generator)
    return each(cat([matrix, more], dim: -1), madeOrthogonal)
  }

  private static func isOrthogonal(_ q: Tensor) -> Bool {
    let least = Double(q.size(-1)) * 10 * (q.dtype == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne))
    let distance = (q.mT.matmul(q) - Tensor.eye(q.size(-1), dtype: q.dtype)).abs()
    return distance.count == 0 || distance.max().item() <= least
  }

  private static func each(_ matrices: Tensor, _ make: (Tensor) -> Tensor) -> Tensor {
    if matrices.rank == 2 { return make(matrices) }
    let flat = matrices.reshaped([-1] + matrices.shape.suffix(2))
    return stack((0..<flat.size(0)).map { make(flat[$0]) }).reshaped(matrices.shape)
  }

  private static func madeOrthogonal(_ matrix: Tensor) -> Tensor {
    do throws(TensorError) {
      return try matrix.orthonormalColumns()
    } catch {
      refuse(error)
      return matrix
    }
  }

  /// The vectors of the reflections whose product is an orthogonal matrix, and on the diagonal the signs of its columns.
  private static func reflections(_ matrix: Tensor) -> Tensor {
    var a = matrix.to(.float64)
    let rows = a.size(0)
    for column in 0..<a.size(1) {
      let below = a.narrow(dim: 0, start: column, count: rows - column).narrow(dim: 1, start: column, count: a.size(1) - column)
      let x = below.select(dim: 1, index: 0), first: Double = x[0].item(), length: Double = x.square().sum().sqrt().item()
      let rest: Double = x.narrow(dim: 0, start: 1, count: x.count - 1).abs().sum().item()
      let beta = first > 0 ? -length : length
      var changed = below
      // LAPACK takes no reflection where nothing stands below; this one of a vector (1, 0, ...) turns the sign, which the diagonal undoes.
      let sign = rest == 0 ? (first < 0 ? 1.0 : -1) : (beta < 0 ? -1.0 : 1)
      var vector = Tensor.zeros(x.shape, dtype: .float64)
      if rest != 0 {
        vector = x / (first - beta)
        let unit = cat([Tensor.ones([1], dtype: .float64), vector.narrow(dim: 0, start: 1, count: x.count - 1)])
        let tau = (beta - first) / beta
        changed = below - (unit * tau).unsqueezed(1) * unit.matmul(below).unsqueezed(0)
      }
      let mine = cat([Tensor([sign], dtype: .float64), vector.narrow(dim: 0, start: 1, count: x.count - 1)]).unsqueezed(1)
      let right = changed.narrow(dim: 1, start: 1, count: below.size(1) - 1)
      let block = cat([mine, right], dim: 1)
      let left = a.narrow(dim: 0, start: column, count: rows - column).narrow(dim: 1, start: 0, count: column)
      a = cat([a.narrow(dim: 0, start: 0, count: column), cat([left, block], dim: 1)])
    }
    return a.to(matrix.dtype)
  }
}

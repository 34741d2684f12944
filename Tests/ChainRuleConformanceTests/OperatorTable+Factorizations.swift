import ChainRule

extension OperatorTable {
  /// Solutions, factorizations and norms of matrices.
  static let factorizations: Family = [
    "linalg.inv": unary { $0.inv() },
    "linalg.solve": of { a, call in a.solve(try call.tensor(1, "B"), left: try call.bool(-1, "left", default: true)) },
    "linalg.solve_triangular": of { a, call in
      a.solveTriangular(
        try call.tensor(1, "B"), upper: try call.bool(-1, "upper", default: false), left: try call.bool(-1, "left", default: true),
        unitriangular: try call.bool(-1, "unitriangular", default: false))
    },
    "triangular_solve": { call in
      let b = try call.tensor(0), a = try call.tensor(1, "A"), upper = try call.bool(2, "upper", default: true)
      let turned = try call.bool(3, "transpose", default: false)
      let x = (turned ? a.mT : a).solveTriangular(
        b, upper: upper != turned, unitriangular: try call.bool(4, "unitriangular", default: false))
      return [x, a.clone()]
    },
    "linalg.det": unary { $0.det() },
    "linalg.slogdet": { call in
      let parts = try call.tensor(0).slogdet()
      return [parts.sign, parts.logabsdet]
    },
    "logdet": unary { $0.logdet() },
    "linalg.matrix_power": of { x, call in x.matrixPower(try call.int(1, "n")) },
    "matrix_exp": unary { $0.matrixExp() },
    "cholesky": cholesky,
    "linalg.cholesky": cholesky,
    "cholesky_inverse": of { x, call in x.choleskyInverse(upper: try call.bool(1, "upper", default: false)) },
    "cholesky_solve": of { b, call in b.choleskySolve(try call.tensor(1, "L"), upper: try call.bool(2, "upper", default: false)) },
    "linalg.lu_factor": { call in
      let parts = try call.tensor(0).luFactor()
      return [parts.lu, parts.pivots]
    },
    "lu": { call in
      let x = try call.tensor(0), parts = x.luFactor()
      return [parts.lu, parts.pivots]
        + (try call.bool(2, "get_infos", default: false) ? [Tensor.zeros(Array(x.shape.dropLast(2)), dtype: .int32)] : [])
    },
    // PyTorch's samples keep the triangles.
    "linalg.lu": { call in
      let parts = try call.tensor(0).lu()
      return [parts.l, parts.u]
    },
    "lu_solve": of { b, call in b.luSolve(try call.tensor(1, "LU_data"), try call.tensor(2, "LU_pivots")) },
    "linalg.qr": qr,
    "qr": qr,
    "linalg.eigh": { call in
      let parts = try call.tensor(0).eigh(upper: call.string(-1, "UPLO") == "U")
      return [parts.eigenvalues, parts.eigenvectors.abs()]
    },
    "linalg.eigvalsh": of { x, call in x.eigvalsh(upper: call.string(-1, "UPLO") == "U") },
    "linalg.svd": { call in try invariants(call, full: try call.bool(-1, "full_matrices", default: true)) },
    "svd": { call in try invariants(call, full: !(try call.bool(-1, "some", default: true))) },
    "linalg.svdvals": unary { $0.svdvals() },
    "linalg.pinv": pinv,
    "linalg.pinv.hermitian": pinv,
    // The matrix is the product of both, of low rank.
    "linalg.pinv.singular": of { a, call in a.matmul((try call.tensor(1, "b")).mT).pinv() },
    "pinverse": unary { $0.pinv() },
    "linalg.matrix_rank": rank,
    "linalg.matrix_rank.hermitian": rank,
    "linalg.cond": of { x, call in x.cond(try order(call[1, "p"]) ?? .two) },
    "linalg.matrix_norm": of { x, call in
      let dim = try call.optionalInts(2, "dim") ?? [-2, -1]
      return x.matrixNorm(
        try order(call[1, "ord"]) ?? .frobenius, dim: (dim[0], dim[1]), keepDim: try call.bool(3, "keepdim", default: false))
    },
    "linalg.norm": norm,
    "linalg.norm.subgradients_at_zero": norm,
    "norm.nuc": of { x, call in
      let dim = try call.optionalInts(2, "dim") ?? [-2, -1]
      return x.matrixNorm(.nuclear, dim: (dim[0], dim[1]), keepDim: try call.bool(3, "keepdim", default: false))
    },
    "linalg.lstsq": lstsq,
    // Solution and residuals alone.
    "linalg.lstsq.grad_oriented": { call in Array(try lstsq(call).prefix(2)) },
  ]

  private static let cholesky = of { x, call in x.cholesky(upper: try call.bool(1, "upper", default: false)) }

  private static let qr: Implementation = { call in
    let isComplete = try call.string(1, "mode").map { $0 == "complete" } ?? !call.bool(1, "some", default: true)
    let parts = try call.tensor(0).qr(mode: isComplete ? .complete : .reduced)
    return [parts.q, parts.r]
  }

  /// What PyTorch's samples compare of a singular value decomposition: |u|; s; s and |vh|; or u vh and s. The case tells by its outputs.
  private static func invariants(_ call: Call, full: Bool) throws -> [Tensor] {
    let parts = try call.tensor(0).svd(fullMatrices: full), k = parts.s.shape.last ?? 0
    let u = parts.u.narrow(dim: -1, start: 0, count: k), vh = parts.vh.narrow(dim: -2, start: 0, count: k)
    let isVector = call.outputRanks.map { $0 < parts.u.rank }
    switch isVector {
    case [true]: return [parts.s]
    case [false]: return [u.abs()]
    case [true, false]: return [parts.s, vh.abs()]
    default: return [u.matmul(vh), parts.s]
    }
  }

  private static let pinv = of { x, call in
    x.pinv(
      atol: try tolerance(call, "atol"), rtol: try tolerance(call, "rtol"), hermitian: try call.bool(-1, "hermitian", default: false))
  }

  private static let rank = of { x, call in
    x.matrixRank(
      atol: try tolerance(call, "atol"), rtol: try tolerance(call, "rtol"), hermitian: try call.bool(-1, "hermitian", default: false))
  }

  private static func tolerance(_ call: Call, _ name: String) throws -> (any TensorOperand)? {
    call.isTensor(-1, name) ? try call.tensor(-1, name) : call.has(-1, name) ? try call.double(-1, name, default: 0) : nil
  }

  private static func order(_ argument: Argument) throws -> MatrixNormOrder? {
    switch argument {
    case .none: return nil
    case .string(let name): return name == "nuc" ? .nuclear : .frobenius
    default:
      let orders: [Double: MatrixNormOrder] = [
        1: .one, -1: .minusOne, 2: .two, -2: .minusTwo, .infinity: .infinity, -.infinity: .minusInfinity,
      ]
      guard let number = argument.number, let order = orders[number] else { throw CaseError("no such norm") }
      return order
    }
  }

  /// A vector's or a matrix's norm, as the number of dimensions says.
  private static let norm = of { x, call in
    let dim = try call.optionalInts(2, "dim"), keepDim = try call.bool(3, "keepdim", default: false), given = call[1, "ord"]
    if case .none = given { return x.norm(2, dim: dim ?? [], keepDim: keepDim) }
    let dims = dim ?? Array(0..<x.rank)
    guard dims.count == 2 else { return x.norm(try call.double(1, "ord", default: 2), dim: dims, keepDim: keepDim) }
    return x.matrixNorm(try order(given) ?? .frobenius, dim: (dims[0], dims[1]), keepDim: keepDim)
  }

  /// The rank, and the singular values, where the method that was asked for finds them.
  private static let lstsq: Implementation = { call in
    let found = try call.tensor(0).lstsq(try call.tensor(1, "b")), driver = call.string(-1, "driver")
    return [
      found.solution, driver == "gelsy" ? Tensor.zeros([0], dtype: found.solution.dtype) : found.residuals,
      driver == "gels" ? Tensor.zeros([0], dtype: .int64) : found.rank,
      driver == "gelss" || driver == "gelsd" ? found.singularValues : Tensor.zeros([0], dtype: found.solution.dtype),
    ]
  }
}

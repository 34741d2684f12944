import ChainRule

extension OperatorTable {
  /// Joins, cuts and products of PyTorch's other names.
  static let arranging: Family = [
    "atleast_1d": raised({ $0.atleast1d() }, { atleast1d($0) }),
    "atleast_2d": raised({ $0.atleast2d() }, { atleast2d($0) }),
    "atleast_3d": raised({ $0.atleast3d() }, { atleast3d($0) }),
    "tensor_split": { call in
      let x = try call.tensor(0), dim = try call.int(2, "dim", default: 0)
      if call.isTensor(1, "tensor_indices_or_sections") {
        let given = try call.tensor(1)
        return given.rank == 0 ? x.tensorSplit(given.item(as: Int.self), dim: dim) : x.tensorSplit(given.array(of: Int.self), dim: dim)
      }
      return call[1, "indices"].elements == nil
        ? x.tensorSplit(try call.int(1, "sections"), dim: dim) : x.tensorSplit(try call.ints(1, "indices"), dim: dim)
    },
    "hsplit": cut({ $0.hsplit($1) }, { $0.hsplit($1) }),
    "vsplit": cut({ $0.vsplit($1) }, { $0.vsplit($1) }),
    "dsplit": cut({ $0.dsplit($1) }, { $0.dsplit($1) }),
    "column_stack": { call in [columnStack(try call.tensors(0))] },
    "dstack": { call in [dstack(try call.tensors(0))] },
    "block_diag": { call in [blockDiag(try call.allTensors())] },
    "cartesian_prod": { call in [cartesianProd(try call.allTensors())] },
    "combinations": of { x, call in
      x.combinations(try call.int(1, "r", default: 2), withReplacement: try call.bool(2, "with_replacement", default: false))
    },
    "rot90": of { x, call in x.rot90(try call.int(1, "k", default: 1), dims: try call.optionalInts(2, "dims") ?? [0, 1]) },
    "logspace": logspace,
    "logspace.tensor_overload": logspace,

    "baddbmm": batched({ $0.baddbmm($1, $2, beta: $3, alpha: $4) }, { $0.baddbmm($1, $2, beta: $3, alpha: $4) }),
    "addbmm": batched({ $0.addbmm($1, $2, beta: $3, alpha: $4) }, { $0.addbmm($1, $2, beta: $3, alpha: $4) }),
    "addr": batched({ $0.addr($1, $2, beta: $3, alpha: $4) }, { $0.addr($1, $2, beta: $3, alpha: $4) }),
    "inner": binary { $0.inner($1) },
    "kron": binary { $0.kron($1) },
    "cross": of { x, call in
      let w = try call.tensor(1, "other")
      // Without a dimension PyTorch's older function takes the first of three.
      let first = zip(x.shape, w.shape).enumerated().first { $1.0 == 3 && $1.1 == 3 }?.offset
      return x.cross(w, dim: try call.optionalInt(2, "dim") ?? first ?? -1)
    },
    "linalg.cross": of { x, call in x.cross(try call.tensor(1, "other"), dim: try call.int(-1, "dim", default: -1)) },
    "tensordot": of { x, call in
      let w = try call.tensor(1, "b")
      guard let pairs = call[2, "dims"].elements else { return tensordot(x, w, dims: try call.int(2, "dims", default: 2)) }
      let dims = pairs.map { $0.elements?.compactMap(\.integer) ?? [] }
      return tensordot(x, w, dims: (dims[0], dims[1]))
    },
    "cov": of { x, call in
      x.cov(
        correction: try call.int(-1, "correction", default: 1), fweights: try call.optionalTensor(-1, "fweights"),
        aweights: try call.optionalTensor(-1, "aweights"))
    },
    "corrcoef": unary { $0.corrcoef() },
    "cdist": of { x, call in cdist(x, try call.tensor(1, "x2"), p: try call.double(2, "p", default: 2)) },
    "nn.functional.pdist": of { x, call in x.pdist(p: try call.double(1, "p", default: 2)) },
    "renorm": of { x, call in
      x.renorm(try call.double(1, "p", default: 2), dim: try call.int(2, "dim"), maxnorm: try call.double(3, "maxnorm", default: 1))
    },
    "linalg.vander": of { x, call in x.vander(try call.optionalInt(-1, "N")) },
  ]

  private static func raised(_ one: @escaping @Sendable (Tensor) -> Tensor, _ several: @escaping @Sendable ([Tensor]) -> [Tensor])
    -> Implementation
  {
    { call in
      if call[0, ""].elements != nil { return several(try call.tensors(0)) }
      return call.args.count > 1 ? several(try call.allTensors()) : [one(try call.tensor(0))]
    }
  }

  private static func cut(_ evenly: @escaping @Sendable (Tensor, Int) -> [Tensor], _ at: @escaping @Sendable (Tensor, [Int]) -> [Tensor])
    -> Implementation
  {
    { call in
      let x = try call.tensor(0)
      return call[1, "indices"].elements == nil ? evenly(x, try call.int(1, "sections")) : at(x, try call.ints(1, "indices"))
    }
  }

  private static let logspace: Implementation = { call in
    func end(_ place: Int) throws -> any TensorOperand {
      if call.isTensor(place) { return try call.tensor(place) }
      if case .integer(let value) = call[place, ""] { return value }
      return try call.double(place, default: 0)
    }
    return [
      Tensor.logspace(
        try end(0), try end(1), try call.int(2, "steps"), base: try call.double(3, "base", default: 10), dtype: call.dtype())
    ]
  }

  private static func batched(
    _ real: @escaping @Sendable (Tensor, Tensor, Tensor, Double, Double) -> Tensor,
    _ integer: @escaping @Sendable (Tensor, Tensor, Tensor, Int, Int) -> Tensor
  ) -> Implementation {
    of { x, call in
      let a = try call.tensor(1), b = try call.tensor(2)
      if !x.dtype.isFloatingPoint {
        return integer(x, a, b, Int(try call.double(-1, "beta", default: 1)), Int(try call.double(-1, "alpha", default: 1)))
      }
      return real(x, a, b, try call.double(-1, "beta", default: 1), try call.double(-1, "alpha", default: 1))
    }
  }
}

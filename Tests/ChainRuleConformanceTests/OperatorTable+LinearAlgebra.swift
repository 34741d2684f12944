import ChainRule

extension OperatorTable {
  /// Products of matrices and vectors.
  static let linearAlgebra: Family = [
    "addmm": of { x, call in
      let scale = try scales(call)
      return x.addmm(try call.tensor(1, "mat1"), try call.tensor(2, "mat2"), beta: scale.beta, alpha: scale.alpha)
    },
    "addmv": of { x, call in
      let scale = try scales(call)
      return x.addmv(try call.tensor(1, "mat"), try call.tensor(2, "vec"), beta: scale.beta, alpha: scale.alpha)
    },
    "bmm": binary { $0.bmm($1) },
    "dot": binary { $0.dot($1) },
    "einsum": { call in [einsum(call.string(1, "equation") ?? "", try call.tensors(0))] },
    "mm": binary { $0.mm($1) },
    "mv": binary { $0.mv($1) },
    "outer": binary { $0.outer($1) },
    "matmul": binary { $0.matmul($1) },
    "nn.functional.linear": of { x, call in
      linear(x, try call.tensor(1, "weight"), try call.optionalTensor(2, "bias"))
    },
  ]

  private static func scales(_ call: Call) throws -> (beta: Double, alpha: Double) {
    (try call.double(-1, "beta", default: 1), try call.double(-1, "alpha", default: 1))
  }
}

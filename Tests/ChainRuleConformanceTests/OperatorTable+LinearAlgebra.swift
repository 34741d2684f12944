import ChainRule

extension OperatorTable {
  /// Products of matrices and vectors.
  static let linearAlgebra: Family = [
    "matmul": binary { $0.matmul($1) },
    "nn.functional.linear": of { x, call in
      linear(x, try call.tensor(1, "weight"), try call.optionalTensor(2, "bias"))
    },
  ]
}

import ChainRule

/// PyTorch's operators in our words: for each name, with its variant, the call that does the same.
///
/// One file a family. To add an operator add its line; the suite then tries it with every sample there is.
enum OperatorTable {
  typealias Implementation = @Sendable (Call) throws -> [Tensor]
  typealias Family = [String: Implementation]

  static let implementations: Family = [
    pointwise, activations, reductions, shaping, selection, linearAlgebra, creation, network, composed, layers, elements, places, sums,
    arranging, factorizations,
  ].reduce(into: [:]) { table, family in
    table.merge(family) { first, _ in first }
  }

  /// Operators whose indices may differ where several elements are equal: where the index stands along which dimension.
  static let tieDimension: [String: @Sendable (Call) throws -> Int] = [
    "argsort": { try $0.int(1, "dim", default: -1) },
    "sort": { try $0.int(1, "dim", default: -1) },
    "msort": { _ in 0 },
    "topk": { try $0.int(2, "dim", default: -1) },
    "median": { try $0.int(1, "dim", default: 0) },
    "nanmedian": { try $0.int(1, "dim", default: 0) },
    "kthvalue": { try $0.int(2, "dim", default: -1) },
    "mode": { try $0.int(1, "dim", default: -1) },
    "max.reduction_with_dim": { try $0.int(1, "dim") },
    "min.reduction_with_dim": { try $0.int(1, "dim") },
  ]

  /// Operators of which PyTorch's own answers are only approximate, with the relative error to allow in float64.
  static let approximations: [String: Double] = [
    // The backward kernel multiplies by 1/6 rounded to float32.
    "nn.functional.hardsigmoid": 1e-6,
    // The forward derivative adds 1e-13 to the sums it divides by, which may be as small as e^-18.
    "logcumsumexp": 1e-5,
    // The weights of the samples are float32 beside float64.
    "cov": 1e-5,
    // The second derivative adds 1e-12 to the factors of its denominator.
    "nn.functional.binary_cross_entropy": 1e-6,
  ]

  /// Operators with checks that PyTorch's own answers cannot be compared in.
  static let incomparable: [String: String] = [
    // Its forward rule takes all of the matrix, its backward rule and the value one triangle.
    "triangular_solve": "tangent",
    // PyTorch's are 4e-5 from the exact ones, which 40 digits give.
    "cholesky_inverse": "tangent",
    // Second derivatives at 0, which are NaN there and 0 here.
    "linalg.norm.subgradients_at_zero": "second",
  ]

  // MARK: How lines are written

  /// A function of the first argument alone.
  static func unary(_ f: @escaping @Sendable (Tensor) -> Tensor) -> Implementation {
    { [f(try $0.tensor(0))] }
  }

  /// A function of the first two arguments.
  static func binary(_ f: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> Implementation {
    { [f(try $0.tensor(0), try $0.tensor(1, "other"))] }
  }

  /// A function of the first argument that needs a closer look at the others.
  static func of(_ f: @escaping @Sendable (Tensor, Call) throws -> Tensor) -> Implementation {
    { [try f(try $0.tensor(0), $0)] }
  }
}

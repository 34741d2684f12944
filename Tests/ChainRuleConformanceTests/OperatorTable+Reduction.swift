import ChainRule

extension OperatorTable {
  /// Reductions over all or some dimensions.
  static let reductions: Family = [
    "sum": of { x, call in try reduced(x, call, all: { $0.sum() }, dims: { $0.sum(dim: $1, keepDim: $2) }) },
    "mean": of { x, call in try reduced(x, call, all: { $0.mean() }, dims: { $0.mean(dim: $1, keepDim: $2) }) },
    "max.reduction_no_dim": unary { $0.max() },
    "min.reduction_no_dim": unary { $0.min() },
    "max.reduction_with_dim": { call in
      let found = try call.tensor(0).max(dim: try call.int(1, "dim"), keepDim: try call.bool(2, "keepdim", default: false))
      return [found.values, found.indices]
    },
    "min.reduction_with_dim": { call in
      let found = try call.tensor(0).min(dim: try call.int(1, "dim"), keepDim: try call.bool(2, "keepdim", default: false))
      return [found.values, found.indices]
    },
    "argmax": of { x, call in
      x.argmax(dim: try call.optionalInt(1, "dim"), keepDim: try call.bool(2, "keepdim", default: false))
    },
    "argmin": of { x, call in
      x.argmin(dim: try call.optionalInt(1, "dim"), keepDim: try call.bool(2, "keepdim", default: false))
    },
  ]

  /// A reduction whose dimensions may be left out, with the type to add up in.
  private static func reduced(
    _ x: Tensor, _ call: Call, all: (Tensor) -> Tensor, dims: (Tensor, [Int], Bool) -> Tensor
  ) throws -> Tensor {
    let input = call.dtype().map(x.to) ?? x
    let keepDim = try call.bool(2, "keepdim", default: false)
    guard let chosen = try call.optionalInts(1, "dim") else { return keepDim ? dims(input, [], true) : all(input) }
    return dims(input, chosen, keepDim)
  }
}

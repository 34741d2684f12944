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
    "all": of { x, call in try reduced(x, call, all: { $0.all() }, dims: { $0.all(dim: $1, keepDim: $2) }) },
    "any": of { x, call in try reduced(x, call, all: { $0.any() }, dims: { $0.any(dim: $1, keepDim: $2) }) },
    "amax": of { x, call in try reduced(x, call, all: { $0.amax() }, dims: { $0.amax(dim: $1, keepDim: $2) }) },
    "amin": of { x, call in try reduced(x, call, all: { $0.amin() }, dims: { $0.amin(dim: $1, keepDim: $2) }) },
    "count_nonzero": of { x, call in x.countNonzero(dim: try call.optionalInts(1, "dim") ?? []) },
    "nansum": of { x, call in try reduced(x, call, all: { $0.nansum() }, dims: { $0.nansum(dim: $1, keepDim: $2) }) },
    "nanmean": of { x, call in try reduced(x, call, all: { $0.nanmean() }, dims: { $0.nanmean(dim: $1, keepDim: $2) }) },
    "prod": of { x, call in
      try reduced(x, call, all: { $0.prod() }, dims: { $0.prod(dim: $1[0], keepDim: $2) })
    },
    "cumsum": of { x, call in x.cumsum(dim: try call.int(1, "dim"), dtype: call.dtype()) },
    "cumprod": of { x, call in x.cumprod(dim: try call.int(1, "dim"), dtype: call.dtype()) },
    "cummax": { call in
      let found = try call.tensor(0).cummax(dim: try call.int(1, "dim"))
      return [found.values, found.indices]
    },
    "cummin": { call in
      let found = try call.tensor(0).cummin(dim: try call.int(1, "dim"))
      return [found.values, found.indices]
    },
    "median": { call in
      let x = try call.tensor(0)
      guard let dim = try call.optionalInt(1, "dim") else { return [x.median()] }
      let found = x.median(dim: dim, keepDim: try call.bool(2, "keepdim", default: false))
      return [found.values, found.indices]
    },
    "var": spread { $0.var(dim: $1, correction: $2, keepDim: $3) },
    "var.unbiased": of { x, call in x.var(correction: try call.bool(1, "unbiased", default: true) ? 1 : 0) },
    "std": spread { $0.std(dim: $1, correction: $2, keepDim: $3) },
    "std.unbiased": of { x, call in x.std(correction: try call.bool(1, "unbiased", default: true) ? 1 : 0) },
    "norm": norm,
    "norm.fro": norm,
    "norm.inf": norm,
  ]

  /// var and std: the older calls say `unbiased`, the newer `correction`.
  private static func spread(_ f: @escaping @Sendable (Tensor, [Int], Double, Bool) -> Tensor) -> Implementation {
    of { x, call in
      let unbiased = try call.bool(2, "unbiased", default: true)
      return f(
        x, try call.optionalInts(1, "dim") ?? [], try call.double(-1, "correction", default: unbiased ? 1 : 0),
        try call.bool(3, "keepdim", default: false))
    }
  }

  /// "fro" is the Euclidean norm of all the elements concerned.
  private static let norm = of { x, call in
    let p = call.string(1, "p") == nil ? try call.double(1, "p", default: 2) : 2
    return x.norm(p, dim: try call.optionalInts(2, "dim") ?? [], keepDim: try call.bool(3, "keepdim", default: false))
  }

  /// A reduction whose dimensions may be left out, with the type to add up in.
  private static func reduced(
    _ x: Tensor, _ call: Call, all: (Tensor) -> Tensor, dims: (Tensor, [Int], Bool) -> Tensor
  ) throws -> Tensor {
    let input = call.dtype().map(x.to) ?? x
    let keepDim = try call.bool(2, "keepdim", default: false)
    let chosen = try call.optionalInts(1, "dim")
    let result = chosen == nil && !keepDim ? all(input) : dims(input, chosen ?? [], keepDim)
    return result.to(call.dtype() ?? result.dtype)
  }
}

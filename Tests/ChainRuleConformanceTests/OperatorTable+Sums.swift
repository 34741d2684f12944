import ChainRule

extension OperatorTable {
  /// Quantiles, histograms, integrals, and reductions of two results or under a mask.
  static let sums: Family = [
    "aminmax": { call in
      let both = try call.tensor(0).aminmax(dim: try call.optionalInt(-1, "dim"), keepDim: try call.bool(-1, "keepdim", default: false))
      return [both.min, both.max]
    },
    "var_mean": { call in
      let both = try call.tensor(0).varMean(
        dim: try call.optionalInts(1, "dim") ?? [], correction: try correction(call), keepDim: try call.bool(-1, "keepdim", default: false))
      return [both.var, both.mean]
    },
    "var_mean.unbiased": { call in
      let both = try call.tensor(0).varMean(correction: try call.bool(1, "unbiased", default: true) ? 1 : 0)
      return [both.var, both.mean]
    },
    "std_mean": { call in
      let both = try call.tensor(0).stdMean(
        dim: try call.optionalInts(1, "dim") ?? [], correction: try correction(call), keepDim: try call.bool(-1, "keepdim", default: false))
      return [both.std, both.mean]
    },
    "std_mean.unbiased": { call in
      let both = try call.tensor(0).stdMean(correction: try call.bool(1, "unbiased", default: true) ? 1 : 0)
      return [both.std, both.mean]
    },
    "logcumsumexp": of { x, call in x.logcumsumexp(dim: try call.int(1, "dim")) },
    "nanmedian": { call in
      let x = try call.tensor(0)
      guard let dim = try call.optionalInt(1, "dim") else { return [x.nanmedian()] }
      let found = x.nanmedian(dim: dim, keepDim: try call.bool(2, "keepdim", default: false))
      return [found.values, found.indices]
    },
    "quantile": quantile { $0.quantile($1, dim: $2, keepDim: $3, interpolation: $4) },
    "nanquantile": quantile { $0.nanquantile($1, dim: $2, keepDim: $3, interpolation: $4) },
    "histc": of { x, call in
      x.histc(
        try call.int(1, "bins", default: 100), min: try call.double(2, "min", default: 0), max: try call.double(3, "max", default: 0))
    },
    "histogram": { call in
      let x = try call.tensor(0), weight = try call.optionalTensor(-1, "weight"), density = try call.bool(-1, "density", default: false)
      if call.isTensor(1, "bins") {
        let found = x.histogram(try call.tensor(1, "bins"), weight: weight, density: density)
        return [found.hist, found.binEdges]
      }
      let ends = call[-1, "range"].elements?.compactMap(\.number)
      let range = ends.flatMap { $0.count == 2 ? $0[0]...$0[1] : nil }
      let found = x.histogram(try call.int(1, "bins"), range: range, weight: weight, density: density)
      return [found.hist, found.binEdges]
    },
    "trapezoid": integral {
      $0.trapezoid($1, dim: $2)
    } even: {
      $0.trapezoid(dx: $1, dim: $2)
    },
    "trapz": integral {
      $0.trapezoid($1, dim: $2)
    } even: {
      $0.trapezoid(dx: $1, dim: $2)
    },
    "cumulative_trapezoid": integral {
      $0.cumulativeTrapezoid($1, dim: $2)
    } even: {
      $0.cumulativeTrapezoid(dx: $1, dim: $2)
    },
    "gradient": { call in
      let x = try call.tensor(0), dim = try call.optionalInts(-1, "dim"), order = try call.int(-1, "edge_order", default: 1)
      guard let elements = call[-1, "spacing"].elements else {
        return x.gradient(spacing: [try call.double(-1, "spacing", default: 1)], dim: dim, edgeOrder: order)
      }
      if case .tensor? = elements.first {
        return x.gradient(coordinates: try elements.map { try call.tensor(of: $0) }, dim: dim, edgeOrder: order)
      }
      return x.gradient(spacing: elements.compactMap(\.number), dim: dim, edgeOrder: order)
    },
    "sum_to_size": of { x, call in
      x.sumToSize(
        call[1, "size"].elements == nil && call.has(1, "size")
          ? try call.args.dropFirst().map { $0.integer ?? 0 } : try call.ints(1, "size"))
    },

    "masked.sum": masked { Masked.sum($0, dim: $1, keepDim: $2, mask: $3) },
    "masked.prod": masked { Masked.prod($0, dim: $1, keepDim: $2, mask: $3) },
    "masked.mean": masked { Masked.mean($0, dim: $1, keepDim: $2, mask: $3) },
    "masked.amax": masked { Masked.amax($0, dim: $1, keepDim: $2, mask: $3) },
    "masked.amin": masked { Masked.amin($0, dim: $1, keepDim: $2, mask: $3) },
    "masked.norm": of { x, call in
      Masked.norm(
        x, try call.double(1, "ord", default: 2), dim: try call.optionalInts(2, "dim") ?? [],
        keepDim: try call.bool(-1, "keepdim", default: false), mask: try call.optionalTensor(-1, "mask"))
    },
    // PyTorch gives indices in the type of the input here.
    "masked.argmax": of { x, call in
      Masked.argmax(
        x, dim: try call.optionalInt(1, "dim"), keepDim: try call.bool(-1, "keepdim", default: false),
        mask: try call.optionalTensor(-1, "mask")
      ).to(x.dtype)
    },
    "masked.argmin": of { x, call in
      Masked.argmin(
        x, dim: try call.optionalInt(1, "dim"), keepDim: try call.bool(-1, "keepdim", default: false),
        mask: try call.optionalTensor(-1, "mask")
      ).to(x.dtype)
    },
    "masked.softmax": of { x, call in Masked.softmax(x, dim: try call.int(1, "dim"), mask: try call.optionalTensor(-1, "mask")) },
    "masked.log_softmax": of { x, call in Masked.logSoftmax(x, dim: try call.int(1, "dim"), mask: try call.optionalTensor(-1, "mask")) },
    "masked.normalize": of { x, call in
      Masked.normalize(x, try call.double(1, "ord", default: 2), dim: try call.int(2, "dim"), mask: try call.optionalTensor(-1, "mask"))
    },
  ]

  private static func correction(_ call: Call) throws -> Double {
    let unbiased = try call.bool(2, "unbiased", default: true)
    return try call.double(-1, "correction", default: unbiased ? 1 : 0)
  }

  private static func quantile(
    _ f: @escaping @Sendable (Tensor, any TensorOperand, Int?, Bool, QuantileInterpolation) -> Tensor
  ) -> Implementation {
    of { x, call in
      let ways = ["lower": QuantileInterpolation.lower, "higher": .higher, "midpoint": .midpoint, "nearest": .nearest]
      let q: any TensorOperand = call.isTensor(1, "q") ? try call.tensor(1, "q") : try call.double(1, "q", default: 0)
      return f(
        x, q, try call.optionalInt(2, "dim"), try call.bool(3, "keepdim", default: false),
        ways[call.string(-1, "interpolation") ?? ""] ?? .linear)
    }
  }

  private static func integral(
    _ at: @escaping @Sendable (Tensor, Tensor, Int) -> Tensor, even: @escaping @Sendable (Tensor, Double, Int) -> Tensor
  ) -> Implementation {
    of { y, call in
      let dim = try call.int(-1, "dim", default: -1)
      return call.isTensor(1, "x") ? at(y, try call.tensor(1, "x"), dim) : even(y, try call.double(-1, "dx", default: 1), dim)
    }
  }

  private static func masked(_ f: @escaping @Sendable (Tensor, [Int], Bool, Tensor?) -> Tensor) -> Implementation {
    of { x, call in
      f(
        x, try call.optionalInts(1, "dim") ?? [], try call.bool(-1, "keepdim", default: false), try call.optionalTensor(-1, "mask"))
    }
  }
}

import ChainRule

extension OperatorTable {
  /// Elements taken from and put into places, and searched.
  static let places: Family = [
    "scatter_reduce.sum": scatterReduce,
    "scatter_reduce.prod": scatterReduce,
    "scatter_reduce.mean": scatterReduce,
    "scatter_reduce.amax": scatterReduce,
    "scatter_reduce.amin": scatterReduce,
    "index_reduce.prod": indexReduce,
    "index_reduce.mean": indexReduce,
    "index_reduce.amax": indexReduce,
    "index_reduce.amin": indexReduce,
    "index_put": of { x, call in
      let indices = try (call[1, "indices"].elements ?? []).map { try call.tensor(of: $0) }
      return x.indexPut(indices, try call.tensor(2, "values"), accumulate: try call.bool(3, "accumulate", default: false))
    },
    "index_fill": of { x, call in
      let dim = try call.int(1, "dim"), index = try call.tensor(2, "index")
      if call.isTensor(3, "value") { return x.indexFill(dim: dim, index: index, value: try call.tensor(3, "value")) }
      return x.indexFill(dim: dim, index: index, value: try call.double(3, "value", default: 0))
    },
    "take_along_dim": of { x, call in x.takeAlongDim(try call.tensor(1, "indices"), dim: try call.optionalInt(2, "dim")) },
    "take": of { x, call in x.take(try call.tensor(1, "index")) },
    "put": of { x, call in
      x.put(try call.tensor(1, "index"), try call.tensor(2, "source"), accumulate: try call.bool(3, "accumulate", default: false))
    },
    "select_scatter": of { x, call in
      x.selectScatter(try call.tensor(1, "src"), dim: try call.int(2, "dim"), index: try call.int(3, "index"))
    },
    "diagonal_scatter": of { x, call in
      x.diagonalScatter(
        try call.tensor(1, "src"), offset: try call.int(2, "offset", default: 0), dim1: try call.int(3, "dim1", default: 0),
        dim2: try call.int(4, "dim2", default: 1))
    },
    "unfold": of { x, call in
      x.unfold(dim: try call.int(1, "dimension"), size: try call.int(2, "size"), step: try call.int(3, "step"))
    },
    "bucketize": of { x, call in
      x.bucketize(
        try call.tensor(1, "boundaries"), right: try call.bool(-1, "right", default: false),
        outInt32: try call.bool(-1, "out_int32", default: false))
    },
    "searchsorted": of { x, call in
      let right = try call.bool(-1, "right", default: false) || call.string(-1, "side") == "right"
      return searchsorted(
        x, try call.tensor(1, "input"), right: right, outInt32: try call.bool(-1, "out_int32", default: false),
        sorter: try call.optionalTensor(-1, "sorter"))
    },
    "isin": { call in
      [isin(try call.tensor(0, "elements"), try call.tensor(1, "test_elements"), invert: try call.bool(-1, "invert", default: false))]
    },
    "kthvalue": { call in
      let found = try call.tensor(0).kthvalue(
        try call.int(1, "k"), dim: try call.int(2, "dim", default: -1), keepDim: try call.bool(3, "keepdim", default: false))
      return [found.values, found.indices]
    },
    "mode": { call in
      let found = try call.tensor(0).mode(dim: try call.int(1, "dim", default: -1), keepDim: try call.bool(2, "keepdim", default: false))
      return [found.values, found.indices]
    },
    "unique": { call in
      let x = try call.tensor(0)
      return try parts(try call.optionalInt(-1, "dim").map { x.unique(dim: $0) } ?? x.unique(), call)
    },
    "unique_consecutive": { call in
      try parts(try call.tensor(0).uniqueConsecutive(dim: try call.optionalInt(-1, "dim")), call)
    },
    "nn.functional.grid_sample": of { x, call in
      let modes = ["bilinear": GridSampleMode.bilinear, "nearest": .nearest, "bicubic": .bicubic]
      let paddings = ["zeros": GridSamplePadding.zeros, "border": .border, "reflection": .reflection]
      return gridSample(
        x, try call.tensor(1, "grid"), mode: modes[call.string(2, "mode") ?? ""] ?? .bilinear,
        paddingMode: paddings[call.string(3, "padding_mode") ?? ""] ?? .zeros,
        alignCorners: try call.bool(4, "align_corners", default: false))
    },
    "grid_sampler_2d": of { x, call in
      gridSample(
        x, try call.tensor(1, "grid"), mode: [.bilinear, .nearest, .bicubic][try call.int(2, "interpolation_mode")],
        paddingMode: [.zeros, .border, .reflection][try call.int(3, "padding_mode")],
        alignCorners: try call.bool(4, "align_corners", default: false))
    },
  ]

  private static let scatterReduce = of { x, call in
    x.scatterReduce(
      dim: try call.int(1, "dim"), index: try call.tensor(2, "index"), source: try call.tensor(3, "src"), try reduction(call),
      includeSelf: try call.bool(-1, "include_self", default: true))
  }

  private static let indexReduce = of { x, call in
    x.indexReduce(
      dim: try call.int(1, "dim"), index: try call.tensor(2, "index"), source: try call.tensor(3, "source"), try reduction(call),
      includeSelf: try call.bool(-1, "include_self", default: true))
  }

  private static func reduction(_ call: Call) throws -> ScatterReduction {
    guard let found = ScatterReduction(rawValue: call.string(4, "reduce") ?? "") else { throw CaseError("no such reduction") }
    return found
  }

  private static func parts(_ found: UniqueElements, _ call: Call) throws -> [Tensor] {
    [found.values] + (try call.bool(-1, "return_inverse", default: false) ? [found.inverse] : [])
      + (try call.bool(-1, "return_counts", default: false) ? [found.counts] : [])
  }
}

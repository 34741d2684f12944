import ChainRule

extension OperatorTable {
  /// Elements by index, by mask and in order.
  static let selection: Family = [
    "gather": of { x, call in x.gather(dim: try call.int(1, "dim"), index: try call.tensor(2, "index")) },
    "index_select": of { x, call in x.indexSelect(dim: try call.int(1, "dim"), index: try call.tensor(2, "index")) },
    "scatter_add": of { x, call in
      x.scatterAdd(dim: try call.int(1, "dim"), index: try call.tensor(2, "index"), source: try call.tensor(3, "src"))
    },
    "nn.functional.embedding": { call in
      [embedding(try call.tensor(1), try call.tensor(0), paddingIndex: try call.optionalInt(2, "padding_idx"))]
    },
    "__getitem__": of { x, call in try element(x, call) },
    "slice": of { x, call in
      let start = try call.optionalInt(2, "start"), end = try call.optionalInt(3, "end"), step = try call.int(4, "step", default: 1)
      let dim = try call.int(1, "dim", default: 0)
      let moved = x.transposed(0, dim)
      return moved[.slice(from: start, to: end, by: step)].transposed(0, dim)
    },
    "argsort": of { x, call in
      x.argsort(dim: try call.int(1, "dim", default: -1), descending: try call.bool(2, "descending", default: false))
    },
    "sort": { call in
      let sorted = try call.tensor(0).sort(
        dim: try call.int(1, "dim", default: -1), descending: try call.bool(2, "descending", default: false))
      return [sorted.values, sorted.indices]
    },
    "topk": { call in
      let found = try call.tensor(0).topk(
        try call.int(1, "k"), dim: try call.int(2, "dim", default: -1), largest: try call.bool(3, "largest", default: true))
      return [found.values, found.indices]
    },
    "index_add": of { x, call in
      let source = try call.tensor(3, "source")
      let scaled = call.has(-1, "alpha") ? (source * (try call.double(-1, "alpha", default: 1))).to(source.dtype) : source
      return x.indexAdd(dim: try call.int(1, "dim"), index: try call.tensor(2, "index"), source: scaled)
    },
    "masked_fill": of { x, call in
      let mask = try call.tensor(1, "mask")
      return call.isTensor(2, "value")
        ? x.maskedFill(mask, try call.tensor(2, "value")) : x.maskedFill(mask, try call.double(2, "value", default: 0))
    },
    "masked_scatter": of { x, call in x.maskedScatter(try call.tensor(1, "mask"), try call.tensor(2, "source")) },
    "masked_select": of { x, call in x.maskedSelect(try call.tensor(1, "mask")) },
    "scatter": of { x, call in
      let dim = try call.int(1, "dim"), index = try call.tensor(2, "index")
      if let rule = call.string(-1, "reduce") {
        guard rule == "add" else { throw CaseError("scatter with reduce \(rule)") }
        let source = call.isTensor(3, "src") ? try call.tensor(3) : try call.tensor(3, "value").to(x.dtype).expanded(index.shape)
        return x.scatterAdd(dim: dim, index: index, source: source)
      }
      return call.isTensor(3, "src")
        ? x.scatter(dim: dim, index: index, source: try call.tensor(3, "src"))
        : x.scatter(dim: dim, index: index, value: try call.double(3, "value", default: 0))
    },
    "nonzero": { call in
      let x = try call.tensor(0)
      if !(try call.bool(-1, "as_tuple", default: false)) { return [x.nonzero()] }
      // A number counts as a vector of one element there.
      return (x.rank == 0 ? x.unsqueezed(0) : x).nonzero().unbind(dim: 1)
    },
    "where": of { x, call in Tensor.where(try call.tensor(1, "condition"), x, try call.tensor(2, "other")) },
  ]

  /// x[...] with what stands in the brackets: one thing, or a tuple of them.
  private static func element(_ x: Tensor, _ call: Call) throws -> Tensor {
    var parts = [call[1, "key"]]
    if case .tuple(let elements) = parts[0] { parts = elements }
    let indices = try parts.map { try index($0, call) }
    return switch indices.count {
    case 1: x[indices[0]]
    case 2: x[indices[0], indices[1]]
    case 3: x[indices[0], indices[1], indices[2]]
    case 4: x[indices[0], indices[1], indices[2], indices[3]]
    default: throw CaseError("\(indices.count) indices")
    }
  }

  private static func index(_ argument: Argument, _ call: Call) throws -> any TensorIndex {
    switch argument {
    case .none: return .newAxis
    case .integer(let value): return value
    case .slice(let start, let end, let step): return .slice(from: start, to: end, by: step ?? 1)
    case .ellipsis: return .ellipsis
    case .tensor: return try call.tensor(of: argument)
    case .list(let elements): return Tensor(elements.compactMap(\.integer), shape: [elements.count], dtype: .int64)
    default: throw CaseError("an index of another kind")
    }
  }
}

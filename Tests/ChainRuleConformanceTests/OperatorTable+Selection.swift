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
    "nonzero": unary { $0.nonzero() },
    "where": of { x, call in Tensor.where(try call.tensor(1, "condition"), x, try call.tensor(2, "other")) },
  ]
}

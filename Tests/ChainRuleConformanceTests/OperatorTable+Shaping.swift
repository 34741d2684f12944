import ChainRule

extension OperatorTable {
  /// Other shapes of the same elements, parts and joins.
  static let shaping: Family = [
    "T": unary { $0.T },
    "t": unary { $0.T },
    "broadcast_to": of { x, call in x.expanded(try call.ints(1, "shape")) },
    "expand": of { x, call in x.expanded(try call.ints(1, "shape")) },
    "flatten": of { x, call in
      x.flattened(from: try call.int(1, "start_dim", default: 0), through: try call.int(2, "end_dim", default: -1))
    },
    "permute": of { x, call in x.permuted(try call.ints(1, "dims")) },
    "reshape": of { x, call in x.reshaped(try call.ints(1, "shape")) },
    "view": of { x, call in x.reshaped(try call.ints(1, "size")) },
    "squeeze": of { x, call in try call.optionalInt(1, "dim").map { x.squeezed($0) } ?? x.squeezed() },
    "transpose": of { x, call in x.transposed(try call.int(1, "dim0"), try call.int(2, "dim1")) },
    "unsqueeze": of { x, call in x.unsqueezed(try call.int(1, "dim")) },
    "cat": { call in [cat(try call.tensors(0), dim: try call.int(1, "dim", default: 0))] },
    "stack": { call in [stack(try call.tensors(0), dim: try call.int(1, "dim", default: 0))] },
    "chunk": { call in
      try call.tensor(0).chunk(try call.int(1, "chunks"), dim: try call.int(2, "dim", default: 0))
    },
    "split": { call in
      split(try call.tensor(0), try call.int(1, "split_size_or_sections"), dim: try call.int(2, "dim", default: 0))
    },
    "split.list_args": pieces,
    "split_with_sizes": pieces,
    "unbind": { call in try call.tensor(0).unbind(dim: try call.int(1, "dim", default: 0)) },
    "narrow": of { x, call in
      x.narrow(dim: try call.int(1, "dim"), start: try call.int(2, "start"), count: try call.int(3, "length"))
    },
    "select": of { x, call in x.select(dim: try call.int(1, "dim"), index: try call.int(2, "index")) },
  ]

  private static let pieces: Implementation = { call in
    split(try call.tensor(0), try call.ints(1, "split_sizes"), dim: try call.int(2, "dim", default: 0))
  }
}

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
    "broadcast_tensors": { call in broadcastTensors(try call.allTensors()) },
    "constant_pad_nd": of { x, call in x.padded(try call.ints(1, "pad"), value: try call.double(2, "value", default: 0)) },
    "nn.functional.pad.constant": of { x, call in x.padded(try call.ints(1, "pad"), value: try call.double(3, "value", default: 0)) },
    "nn.functional.pad.circular": of { x, call in x.padded(try call.ints(1, "pad"), mode: .circular) },
    "nn.functional.pad.reflect": of { x, call in x.padded(try call.ints(1, "pad"), mode: .reflect) },
    "nn.functional.pad.replicate": of { x, call in x.padded(try call.ints(1, "pad"), mode: .replicate) },
    "nn.functional.pad.replicate_negative": of { x, call in x.padded(try call.ints(1, "pad"), mode: .replicate) },
    "movedim": of { x, call in x.movedim(try call.ints(1, "source"), try call.ints(2, "destination")) },
    "meshgrid.list_of_tensors": { call in
      meshgrid(try call.tensors(0), indexing: call.string(-1, "indexing") == "xy" ? .xy : .ij)
    },
    "meshgrid.variadic_tensors": { call in
      meshgrid(try call.allTensors(), indexing: call.string(-1, "indexing") == "xy" ? .xy : .ij)
    },
    "diag": of { x, call in x.diag(try call.int(1, "diagonal", default: 0)) },
    "diag_embed": of { x, call in
      x.diagEmbed(
        offset: try call.int(1, "offset", default: 0), dim1: try call.int(2, "dim1", default: -2),
        dim2: try call.int(3, "dim2", default: -1))
    },
    "diagflat": of { x, call in x.diagflat(offset: try call.int(1, "offset", default: 0)) },
    "diagonal": of { x, call in
      x.diagonal(
        offset: try call.int(1, "offset", default: 0), dim1: try call.int(2, "dim1", default: 0),
        dim2: try call.int(3, "dim2", default: 1))
    },
    "tril": of { x, call in x.tril(try call.int(1, "diagonal", default: 0)) },
    "triu": of { x, call in x.triu(try call.int(1, "diagonal", default: 0)) },
    "diff": of { x, call in
      x.diff(
        try call.int(1, "n", default: 1), dim: try call.int(2, "dim", default: -1), prepend: try call.optionalTensor(3, "prepend"),
        append: try call.optionalTensor(4, "append"))
    },
    "expand_as": binary { $0.expanded(like: $1) },
    "reshape_as": binary { $0.reshaped(like: $1) },
    "view_as": binary { $0.reshaped(like: $1) },
    "flip": of { x, call in x.flip(try call.ints(1, "dims")) },
    "roll": of { x, call in x.roll(try call.ints(1, "shifts"), dims: try call.optionalInts(2, "dims") ?? []) },
    "ravel": unary { $0.flattened() },
    "repeat": of { x, call in x.repeated(try call.ints(1, "repeats")) },
    "tile": of { x, call in x.tiled(try call.ints(1, "dims")) },
    "repeat_interleave": of { x, call in
      let dim = try call.optionalInt(2, "dim")
      return call.isTensor(1, "repeats")
        ? x.repeatInterleave(try call.tensor(1, "repeats"), dim: dim) : x.repeatInterleave(try call.int(1, "repeats"), dim: dim)
    },
    "unflatten": of { x, call in x.unflattened(try call.int(1, "dim"), try call.ints(2, "sizes")) },
    "squeeze.multiple": of { x, call in x.squeezed(try call.ints(1, "dim")) },
    "hstack": { call in [hstack(try call.tensors(0))] },
    "vstack": { call in [vstack(try call.tensors(0))] },
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

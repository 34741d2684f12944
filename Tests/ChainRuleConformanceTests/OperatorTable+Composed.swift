import ChainRule

extension OperatorTable {
  /// Names of PyTorch's for what our operations say in a call or two.
  static let composed: Family = [
    // Types and copies.
    "bool": unary { $0.to(.bool) },
    "byte": unary { $0.to(.uint8) },
    "int": unary { $0.to(.int32) },
    "char": unary { $0.to(.int8) },
    "short": unary { $0.to(.int16) },
    "long": unary { $0.to(.int64) },
    "float": unary { $0.to(.float32) },
    "double": unary { $0.to(.float64) },
    "to": of { x, call in
      for argument in call.args.dropFirst() + [call[-1, "dtype"]] { if case .dtype(let dtype) = argument { return x.to(dtype) } }
      return call.args.count > 1 && call.isTensor(1) ? x.to(try call.tensor(1).dtype) : x.clone()
    },
    "contiguous": unary { $0.contiguous() },
    "positive": unary { $0 },

    // Arithmetic.
    "rsub": of { x, call in
      let scaled = call.has(-1, "alpha") ? x * (try call.tensor(-1, "alpha")) : x
      return try call.tensor(1, "other") - scaled
    },
    "sgn": unary { $0.sign() },
    "allclose": of { x, call in
      let isClose = x.allClose(
        try call.tensor(1, "other"), relative: try call.double(2, "rtol", default: 1e-5),
        absolute: try call.double(3, "atol", default: 1e-8), equalNaN: try call.bool(4, "equal_nan", default: false))
      return Tensor(isClose)
    },
    "equal": binary { Tensor($0.equal($1)) },

    // Shapes.
    "H": unary { $0.T },
    "mH": unary { $0.mT },
    "mT": unary { $0.mT },
    "fliplr": unary { $0.flip(1) },
    "flipud": unary { $0.flip(0) },
    "linalg.diagonal": of { x, call in
      x.diagonal(
        offset: try call.int(1, "offset", default: 0), dim1: try call.int(2, "dim1", default: -2),
        dim2: try call.int(3, "dim2", default: -1))
    },

    // Sums and order.
    "argwhere": unary { $0.nonzero() },
    "msort": unary { $0.sort(dim: 0).values },
    "trace": unary { $0.trace() },
    "dist": of { x, call in (x - (try call.tensor(1, "other"))).norm(try call.double(2, "p", default: 2)) },
    "linalg.vector_norm": of { x, call in
      x.norm(
        try call.double(1, "ord", default: 2), dim: try call.optionalInts(2, "dim") ?? [],
        keepDim: try call.bool(3, "keepdim", default: false)
      ).to(call.dtype() ?? x.dtype)
    },

    // Products.
    "vdot": binary { $0.dot($1) },
    "linalg.vecdot": of { x, call in x.vecdot(try call.tensor(1), dim: try call.int(2, "dim", default: -1)) },
    "linalg.multi_dot": { call in
      let factors = try call.tensors(0)
      return [factors.dropFirst().reduce(factors[0]) { $0.matmul($1) }]
    },

    // Tensors made from sizes and numbers.
    "arange": { call in
      func range(_ start: some TensorScalar, _ end: some TensorScalar, _ step: some TensorScalar) -> [Tensor] {
        [Tensor.arange(start, end, step, dtype: call.dtype())]
      }
      let bounds = call.has(1, "end") ? [call[0, "start"], call[1, "end"], call[2, "step"]] : [.integer(0), call[0, "end"]]
      let whole = bounds.map(\.integer)
      if let end = whole[1], let start = whole[0], whole.count < 3 || !call.has(2, "step") || whole[2] != nil {
        return range(start, end, whole.count < 3 ? 1 : whole[2] ?? 1)
      }
      return range(bounds[0].number ?? 0, bounds[1].number ?? 0, bounds.count < 3 ? 1 : bounds[2].number ?? 1)
    },
    "new_full": of { x, call in
      Tensor.full(try call.ints(1, "size"), try call.double(2, "fill_value", default: 0), dtype: call.dtype() ?? x.dtype)
    },
    "new_ones": of { x, call in Tensor.ones(try call.ints(1, "size"), dtype: call.dtype() ?? x.dtype) },
    "new_zeros": of { x, call in Tensor.zeros(try call.ints(1, "size"), dtype: call.dtype() ?? x.dtype) },
    "scalar_tensor": { call in [Tensor.full([], try call.double(0, default: 0), dtype: call.dtype())] },
  ]
}

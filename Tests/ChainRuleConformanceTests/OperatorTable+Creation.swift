import ChainRule

extension OperatorTable {
  /// Tensors made from sizes and numbers.
  static let creation: Family = [
    "eye": { call in
      [Tensor.eye(try call.int(0, "n"), try call.optionalInt(1, "m"), dtype: call.dtype())]
    },
    "full": { call in
      let shape = try call.ints(0, "size")
      if case .integer(let value) = call[1, "fill_value"] { return [Tensor.full(shape, value, dtype: call.dtype())] }
      return [Tensor.full(shape, try call.double(1, "fill_value", default: 0), dtype: call.dtype())]
    },
    "full_like": of { x, call in
      Tensor.full(x.shape, try call.double(1, "fill_value", default: 0), dtype: call.dtype() ?? x.dtype)
    },
    "linspace": { call in
      let ends = try (call.double(0, "start", default: 0), call.double(1, "end", default: 0))
      return [Tensor.linspace(ends.0, ends.1, try call.int(2, "steps"), dtype: call.dtype())]
    },
    "linspace.tensor_overload": { call in
      [Tensor.linspace(try end(0, call), try end(1, call), try call.int(2, "steps"), dtype: call.dtype())]
    },
    "ones": { call in [Tensor.ones(try call.ints(0, "size"), dtype: call.dtype())] },
    "zeros": { call in [Tensor.zeros(try call.ints(0, "size"), dtype: call.dtype())] },
    "ones_like": of { x, call in Tensor.ones(like: x).to(call.dtype() ?? x.dtype) },
    "zeros_like": of { x, call in Tensor.zeros(like: x).to(call.dtype() ?? x.dtype) },
  ]

  private static func end(_ place: Int, _ call: Call) throws -> any TensorOperand {
    call.isTensor(place) ? try call.tensor(place) : try call.double(place, default: 0)
  }
}

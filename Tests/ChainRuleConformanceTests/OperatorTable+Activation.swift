import ChainRule

extension OperatorTable {
  /// The non-linearities of networks, softmax and its kin.
  static let activations: Family = [
    "nn.functional.gelu": of { x, call in x.gelu(approximate: call.string(1, "approximate") == "tanh" ? .tanh : .none) },
    "nn.functional.elu": of { x, call in x.elu(alpha: try call.double(1, "alpha", default: 1)) },
    "nn.functional.glu": of { x, call in x.glu(dim: try call.int(1, "dim", default: -1)) },
    "nn.functional.hardsigmoid": unary { $0.hardsigmoid() },
    "nn.functional.hardswish": unary { $0.hardswish() },
    "nn.functional.hardtanh": of { x, call in
      x.hardtanh(min: try call.double(1, "min_val", default: -1), max: try call.double(2, "max_val", default: 1))
    },
    "nn.functional.mish": unary { $0.mish() },
    "nn.functional.prelu": of { x, call in x.prelu(try call.tensor(1, "weight")) },
    "nn.functional.relu6": unary { $0.relu6() },
    "nn.functional.selu": unary { $0.selu() },
    "nn.functional.softplus": of { x, call in
      x.softplus(beta: try call.double(1, "beta", default: 1), threshold: try call.double(2, "threshold", default: 20))
    },
    "nn.functional.softmin": softmin,
    "nn.functional.softmin.with_dtype": softmin,
    "nn.functional.leaky_relu": of { x, call in
      x.leakyRelu(negativeSlope: try call.double(1, "negative_slope", default: 0.01))
    },
    "nn.functional.logsigmoid": unary { $0.logSigmoid() },
    "nn.functional.relu": unary { $0.relu() },
    "nn.functional.silu": unary { $0.silu() },
    "softmax": softmax,
    "softmax.with_dtype": softmax,
    "log_softmax": logSoftmax,
    "log_softmax.with_dtype": logSoftmax,
    "logsumexp": of { x, call in
      x.logsumexp(dim: try call.ints(1, "dim"), keepDim: try call.bool(2, "keepdim", default: false))
    },
  ]

  private static let softmax = of { x, call in x.softmax(dim: try call.int(1, "dim"), dtype: call.dtype()) }
  private static let logSoftmax = of { x, call in x.logSoftmax(dim: try call.int(1, "dim"), dtype: call.dtype()) }
  private static let softmin = of { x, call in x.softmin(dim: try call.int(1, "dim"), dtype: call.dtype()) }
}

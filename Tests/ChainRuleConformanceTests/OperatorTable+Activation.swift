import ChainRule

extension OperatorTable {
  /// The non-linearities of networks, softmax and its kin.
  static let activations: Family = [
    "nn.functional.gelu": of { x, call in x.gelu(approximate: call.string(1, "approximate") == "tanh" ? .tanh : .none) },
    "nn.functional.leaky_relu": of { x, call in
      x.leakyRelu(negativeSlope: try call.double(1, "negative_slope", default: 0.01))
    },
    "nn.functional.logsigmoid": unary { $0.logSigmoid() },
    "nn.functional.relu": unary { $0.relu() },
    "nn.functional.silu": unary { $0.silu() },
    "softmax": of { x, call in x.softmax(dim: try call.int(1, "dim")) },
    "log_softmax": of { x, call in x.logSoftmax(dim: try call.int(1, "dim")) },
    "logsumexp": of { x, call in
      x.logsumexp(dim: try call.ints(1, "dim"), keepDim: try call.bool(2, "keepdim", default: false))
    },
  ]
}

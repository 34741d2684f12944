import ChainRule

extension OperatorTable {
  static let normalizations: Family = [
    "nn.functional.batch_norm": of { x, call in
      batchNorm(
        x, runningMean: try call.optionalTensor(1, "running_mean"), runningVar: try call.optionalTensor(2, "running_var"),
        weight: try call.optionalTensor(3, "weight"), bias: try call.optionalTensor(4, "bias"),
        training: try call.bool(5, "training", default: false), momentum: try call.double(6, "momentum", default: 0.1),
        eps: try call.double(7, "eps", default: 1e-5))
    },
    "nn.functional.instance_norm": of { x, call in
      instanceNorm(
        x, runningMean: try call.optionalTensor(1, "running_mean"), runningVar: try call.optionalTensor(2, "running_var"),
        weight: try call.optionalTensor(3, "weight"), bias: try call.optionalTensor(4, "bias"),
        useInputStats: try call.bool(5, "use_input_stats", default: true), momentum: try call.double(6, "momentum", default: 0.1),
        eps: try call.double(7, "eps", default: 1e-5))
    },
    "nn.functional.group_norm": of { x, call in
      groupNorm(
        x, try call.int(1, "num_groups"), weight: try call.optionalTensor(2, "weight"), bias: try call.optionalTensor(3, "bias"),
        eps: try call.double(4, "eps", default: 1e-5))
    },
    "nn.functional.layer_norm": of { x, call in
      layerNorm(
        x, try call.ints(1, "normalized_shape"), weight: try call.optionalTensor(2, "weight"), bias: try call.optionalTensor(3, "bias"),
        eps: try call.double(4, "eps", default: 1e-5))
    },
    "nn.functional.rms_norm": of { x, call in
      rmsNorm(
        x, try call.ints(1, "normalized_shape"), weight: try call.optionalTensor(2, "weight"),
        eps: call.has(3, "eps") ? try call.double(3, "eps", default: 0) : nil)
    },
    "nn.functional.normalize": of { x, call in
      normalize(
        x, p: try call.double(1, "p", default: 2), dim: try call.int(2, "dim", default: 1), eps: try call.double(3, "eps", default: 1e-12))
    },
    "nn.functional.cosine_similarity": of { x, call in
      cosineSimilarity(
        x, try call.tensor(1, "x2"), dim: try call.int(2, "dim", default: 1), eps: try call.double(3, "eps", default: 1e-8))
    },
    "nn.functional.pairwise_distance": of { x, call in
      pairwiseDistance(
        x, try call.tensor(1, "x2"), p: try call.double(2, "p", default: 2), eps: try call.double(3, "eps", default: 1e-6),
        keepDim: try call.bool(4, "keepdim", default: false))
    },
  ]
}

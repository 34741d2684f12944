import ChainRule
import ChainRuleNN

extension ModuleTable {
  static let norms: Family = [
    "BatchNorm1d": channelNorm { BatchNorm1d($0, eps: $1, momentum: $2, affine: $3, trackRunningStats: $4, bias: $5) },
    "BatchNorm2d": channelNorm { BatchNorm2d($0, eps: $1, momentum: $2, affine: $3, trackRunningStats: $4, bias: $5) },
    "BatchNorm3d": channelNorm { BatchNorm3d($0, eps: $1, momentum: $2, affine: $3, trackRunningStats: $4, bias: $5) },
    "InstanceNorm1d": channelNorm(affine: false, tracks: false) {
      InstanceNorm1d($0, eps: $1, momentum: $2 ?? 0.1, affine: $3, trackRunningStats: $4, bias: $5)
    },
    "InstanceNorm2d": channelNorm(affine: false, tracks: false) {
      InstanceNorm2d($0, eps: $1, momentum: $2 ?? 0.1, affine: $3, trackRunningStats: $4, bias: $5)
    },
    "InstanceNorm3d": channelNorm(affine: false, tracks: false) {
      InstanceNorm3d($0, eps: $1, momentum: $2 ?? 0.1, affine: $3, trackRunningStats: $4, bias: $5)
    },
    "GroupNorm": layer {
      GroupNorm(
        try $0.int(0, "num_groups"), try $0.int(1, "num_channels"), eps: try $0.double(2, "eps", default: 1e-5),
        affine: try $0.bool(3, "affine", default: true), bias: try $0.bool(-1, "bias", default: true))
    },
    "LayerNorm": layer {
      LayerNorm(
        try $0.ints(0, "normalized_shape"), eps: try $0.double(1, "eps", default: 1e-5),
        elementwiseAffine: try $0.bool(2, "elementwise_affine", default: true), bias: try $0.bool(3, "bias", default: true))
    },
    "RMSNorm": layer {
      RMSNorm(
        try $0.ints(0, "normalized_shape"), eps: $0.has(1, "eps") ? try $0.double(1, "eps", default: 0) : nil,
        elementwiseAffine: try $0.bool(2, "elementwise_affine", default: true))
    },
    "LocalResponseNorm": layer {
      LocalResponseNorm(
        try $0.int(0, "size"), alpha: try $0.double(1, "alpha", default: 1e-4), beta: try $0.double(2, "beta", default: 0.75),
        k: try $0.double(3, "k", default: 1))
    },
  ]

  private static func channelNorm(
    affine: Bool = true, tracks: Bool = true,
    _ make: @escaping @Sendable (Int, Double, Double?, Bool, Bool, Bool) -> any Layer
  ) -> Constructor {
    layer { call in
      let isPlainMean = call.args.count > 2 && !call.has(2)
      return make(
        try call.int(0, "num_features"), try call.double(1, "eps", default: 1e-5),
        isPlainMean ? nil : try call.double(2, "momentum", default: 0.1), try call.bool(3, "affine", default: affine),
        try call.bool(4, "track_running_stats", default: tracks), try call.bool(-1, "bias", default: true))
    }
  }

  static let linears: Family = [
    "Linear": layer { Linear(try $0.int(0, "in_features"), try $0.int(1, "out_features"), bias: try $0.bool(2, "bias", default: true)) },
    "Bilinear": module({
      Bilinear(
        try $0.int(0, "in1_features"), try $0.int(1, "in2_features"), try $0.int(2, "out_features"),
        bias: try $0.bool(3, "bias", default: true))
    }) { [$0(try $1.tensor(0), try $1.tensor(1))] },
    "Embedding": layer {
      Embedding(
        try $0.int(0, "num_embeddings"), try $0.int(1, "embedding_dim"), paddingIndex: try $0.optionalInt(2, "padding_idx"))
    },
  ]

  static let convolutions: Family = [
    "Conv1d": layer { call in
      Conv1d(
        try call.int(0), try call.int(1), kernel: try call.ints(2), padding: call.convolutionPadding, groups: try call.groups,
        bias: try call.hasBias)
    },
    "Conv2d": layer { call in
      Conv2d(
        try call.int(0), try call.int(1), kernel: try call.ints(2), padding: call.convolutionPadding, groups: try call.groups,
        bias: try call.hasBias)
    },
    "Conv3d": layer { call in
      Conv3d(
        try call.int(0), try call.int(1), kernel: try call.ints(2), padding: call.convolutionPadding, groups: try call.groups,
        bias: try call.hasBias)
    },
    "ConvTranspose1d": layer { ConvTranspose1d(try $0.int(0), try $0.int(1), kernel: try $0.ints(2)) },
    "ConvTranspose2d": layer { ConvTranspose2d(try $0.int(0), try $0.int(1), kernel: try $0.ints(2)) },
    "ConvTranspose3d": layer { ConvTranspose3d(try $0.int(0), try $0.int(1), kernel: try $0.ints(2)) },
  ]
}

extension Call {
  fileprivate var convolutionPadding: PaddingRule {
    switch string(-1, "padding") {
    case "same": .same
    case "valid": .valid
    default: 0.spatialPadding
    }
  }
  fileprivate var groups: Int { get throws { try int(-1, "groups", default: 1) } }
  fileprivate var hasBias: Bool { get throws { try bool(-1, "bias", default: true) } }
}

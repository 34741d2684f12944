import ChainRule
import ChainRuleNN

extension ModuleTable {
  static let norms: Family = [
    "BatchNorm1d": channelNorm { BatchNorm1d($0, eps: $1, momentum: $2, affine: $3, trackRunningStats: $4, bias: $5) },
    "BatchNorm2d": channelNorm { BatchNorm2d($0, eps: $1, momentum: $2, affine: $3, trackRunningStats: $4, bias: $5) },
    "BatchNorm3d": channelNorm { BatchNorm3d($0, eps: $1, momentum: $2, affine: $3, trackRunningStats: $4, bias: $5) },
    "SyncBatchNorm": channelNorm { SyncBatchNorm($0, eps: $1, momentum: $2, affine: $3, trackRunningStats: $4, bias: $5) },
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
      let isPlainMean = (call.args.count > 2 || call.kwargs["momentum"] != nil) && !call.has(2, "momentum")
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
        try $0.int(0, "num_embeddings"), try $0.int(1, "embedding_dim"), paddingIndex: try $0.optionalInt(2, "padding_idx"),
        maxNorm: try $0.optionalNumber("max_norm"), normType: try $0.double(-1, "norm_type", default: 2),
        scaleGradByFreq: try $0.bool(-1, "scale_grad_by_freq", default: false))
    },
    "EmbeddingBag": module({
      EmbeddingBag(
        try $0.int(0, "num_embeddings"), try $0.int(1, "embedding_dim"), maxNorm: try $0.optionalNumber("max_norm"),
        normType: try $0.double(-1, "norm_type", default: 2), scaleGradByFreq: try $0.bool(-1, "scale_grad_by_freq", default: false),
        mode: $0.string(-1, "mode").flatMap(EmbeddingBagMode.init) ?? .mean,
        includeLastOffset: try $0.bool(-1, "include_last_offset", default: false), paddingIndex: try $0.optionalInt(-1, "padding_idx"))
    }) {
      [$0(try $1.tensor(0), offsets: try $1.optionalTensor(1)?.array(of: Int.self), perSampleWeights: try $1.optionalTensor(2))]
    },
    "CosineSimilarity": module({
      CosineSimilarity(dim: try $0.int(0, "dim", default: 1), eps: try $0.double(1, "eps", default: 1e-8))
    }) { [$0(try $1.tensor(0), try $1.tensor(1))] },
    "PairwiseDistance": module({
      PairwiseDistance(
        p: try $0.double(0, "p", default: 2), eps: try $0.double(1, "eps", default: 1e-6),
        keepDim: try $0.bool(2, "keepdim", default: false))
    }) { [$0(try $1.tensor(0), try $1.tensor(1))] },
  ]

  static let dropouts: Family = [
    "Dropout": dropout { Dropout($0) }, "Dropout1d": dropout { Dropout1d($0) }, "Dropout2d": dropout { Dropout2d($0) },
    "Dropout3d": dropout { Dropout3d($0) }, "AlphaDropout": dropout { AlphaDropout($0) },
    "FeatureAlphaDropout": dropout { FeatureAlphaDropout($0) },
  ]

  private static func dropout(_ make: @escaping @Sendable (any TensorScalar) -> any Layer) -> Constructor {
    layer { make(try $0.number(0, "p", default: 0.5)) }
  }

  static let rearrangements: Family = [
    "Identity": layer { _ in Identity() },
    "Flatten": layer { Flatten(from: try $0.int(0, "start_dim", default: 1), through: try $0.int(1, "end_dim", default: -1)) },
    "Unflatten": layer { Unflatten(try $0.int(0, "dim"), try $0.ints(1, "unflattened_size")) },
    "PixelShuffle": layer { PixelShuffle(try $0.int(0, "upscale_factor")) },
    "PixelUnshuffle": layer { PixelUnshuffle(try $0.int(0, "downscale_factor")) },
    "ChannelShuffle": layer { ChannelShuffle(try $0.int(0, "groups")) },
    "Unfold": layer {
      Unfold(
        try $0.ints(0, "kernel_size"), dilation: try $0.optionalInts(1, "dilation") ?? [1],
        padding: try $0.optionalInts(2, "padding") ?? [0],
        stride: try $0.optionalInts(3, "stride") ?? [1])
    },
    "Fold": layer {
      Fold(
        try $0.ints(0, "output_size"), try $0.ints(1, "kernel_size"), dilation: try $0.optionalInts(2, "dilation") ?? [1],
        padding: try $0.optionalInts(3, "padding") ?? [0], stride: try $0.optionalInts(4, "stride") ?? [1])
    },
    "Upsample": layer {
      let mode = $0.string(-1, "mode").flatMap(InterpolationMode.init) ?? .nearest
      let alignCorners = try $0.bool(-1, "align_corners", default: false)
      if let size = try $0.optionalInts(-1, "size") { return Upsample(size: size, mode: mode, alignCorners: alignCorners) }
      return Upsample(scaleFactor: try $0.factors, mode: mode, alignCorners: alignCorners)
    },
    "UpsamplingNearest2d": layer {
      if let size = try $0.optionalInts(-1, "size") { return UpsamplingNearest2d(size: size) }
      return UpsamplingNearest2d(scaleFactor: try $0.factors)
    },
    "UpsamplingBilinear2d": layer {
      if let size = try $0.optionalInts(-1, "size") { return UpsamplingBilinear2d(size: size) }
      return UpsamplingBilinear2d(scaleFactor: try $0.factors)
    },
  ]

  static let convolutions: Family = [
    "Conv1d": convolution {
      Conv1d(
        $0, $1, kernel: $2.kernel, stride: $2.stride, padding: $2.padding, dilation: $2.dilation, groups: $2.groups, bias: $2.bias,
        paddingMode: $2.mode)
    },
    "Conv2d": convolution {
      Conv2d(
        $0, $1, kernel: $2.kernel, stride: $2.stride, padding: $2.padding, dilation: $2.dilation, groups: $2.groups, bias: $2.bias,
        paddingMode: $2.mode)
    },
    "Conv3d": convolution {
      Conv3d(
        $0, $1, kernel: $2.kernel, stride: $2.stride, padding: $2.padding, dilation: $2.dilation, groups: $2.groups, bias: $2.bias,
        paddingMode: $2.mode)
    },
    "ConvTranspose1d": transposed {
      ConvTranspose1d(
        $0, $1, kernel: $2.kernel, stride: $2.stride, padding: $2.cut, outputPadding: $2.outputPadding, groups: $2.groups, bias: $2.bias,
        dilation: $2.dilation)
    },
    "ConvTranspose2d": transposed {
      ConvTranspose2d(
        $0, $1, kernel: $2.kernel, stride: $2.stride, padding: $2.cut, outputPadding: $2.outputPadding, groups: $2.groups, bias: $2.bias,
        dilation: $2.dilation)
    },
    "ConvTranspose3d": transposed {
      ConvTranspose3d(
        $0, $1, kernel: $2.kernel, stride: $2.stride, padding: $2.cut, outputPadding: $2.outputPadding, groups: $2.groups, bias: $2.bias,
        dilation: $2.dilation)
    },
  ]

  /// The options of a convolution.
  struct Filters {
    let kernel: [Int], stride: [Int], dilation: [Int], outputPadding: [Int], cut: [Int]
    let padding: PaddingRule, mode: ConvolutionPaddingMode, groups: Int, bias: Bool

    init(_ call: Call) throws {
      kernel = try call.ints(2, "kernel_size")
      stride = try call.optionalInts(3, "stride") ?? [1]
      dilation = try call.optionalInts(-1, "dilation") ?? [1]
      outputPadding = try call.optionalInts(-1, "output_padding") ?? [0]
      groups = try call.int(-1, "groups", default: 1)
      bias = try call.bool(-1, "bias", default: true)
      mode = call.string(-1, "padding_mode").flatMap(ConvolutionPaddingMode.init) ?? .zeros
      switch call.string(-1, "padding") {
      case "same"?: (cut, padding) = ([], .same)
      case "valid"?: (cut, padding) = ([], .valid)
      default:
        cut = try call.optionalInts(-1, "padding") ?? [0]
        padding = cut.spatialPadding
      }
    }
  }

  private static func convolution(_ make: @escaping @Sendable (Int, Int, Filters) -> any Layer) -> Constructor {
    layer { make(try $0.int(0, "in_channels"), try $0.int(1, "out_channels"), try Filters($0)) }
  }

  private static func transposed(_ make: @escaping @Sendable (Int, Int, Filters) -> ConvolutionTransposeLayer) -> Constructor {
    module({ make(try $0.int(0, "in_channels"), try $0.int(1, "out_channels"), try Filters($0)) }) { layer, call in
      guard let size = try call.optionalInts(1, "output_size") else { return [layer(try call.tensor(0))] }
      return [layer(try call.tensor(0), outputSize: size)]
    }
  }
}

extension Call {
  fileprivate func optionalNumber(_ name: String) throws -> Double? { has(-1, name) ? try double(-1, name, default: 0) : nil }

  fileprivate var factors: [Double] {
    get throws {
      if let elements = self[-1, "scale_factor"].elements { return elements.compactMap(\.number) }
      return [try double(-1, "scale_factor", default: 1)]
    }
  }
}

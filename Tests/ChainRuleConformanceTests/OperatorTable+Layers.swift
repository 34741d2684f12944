import ChainRule
import ChainRuleNN

extension OperatorTable {
  /// What came with layers and losses, composed of other operations.
  static let layers: Family = [
    "nn.functional.celu": of { x, call in x.celu(alpha: try call.double(1, "alpha", default: 1)) },
    "nn.functional.hardshrink": of { x, call in x.hardshrink(lambd: try call.double(1, "lambd", default: 0.5)) },
    "nn.functional.softshrink": of { x, call in x.softshrink(lambd: try call.double(1, "lambd", default: 0.5)) },
    "nn.functional.softsign": unary { $0.softsign() },
    "nn.functional.tanhshrink": unary { $0.tanhshrink() },
    "nn.functional.threshold": of { x, call in
      x.threshold(try call.double(1, "threshold", default: 0), try call.double(2, "value", default: 0))
    },
    "nn.functional.bilinear": of { x, call in
      bilinear(x, try call.tensor(1), try call.tensor(2, "weight"), try call.optionalTensor(3, "bias"))
    },
    "nn.functional.local_response_norm": of { x, call in
      localResponseNorm(
        x, try call.int(1, "size"), alpha: try call.double(2, "alpha", default: 1e-4), beta: try call.double(3, "beta", default: 0.75),
        k: try call.double(4, "k", default: 1))
    },
    "nn.functional.channel_shuffle": of { x, call in channelShuffle(x, try call.int(1, "groups")) },
    "nn.functional.pixel_shuffle": of { x, call in pixelShuffle(x, try call.int(1, "upscale_factor")) },
    "nn.functional.pixel_unshuffle": of { x, call in pixelUnshuffle(x, try call.int(1, "downscale_factor")) },
    "nn.functional.unfold": of { x, call in
      unfold(
        x, kernel: try call.ints(1, "kernel_size"), dilation: try call.optionalInts(2, "dilation") ?? [1],
        padding: try call.optionalInts(3, "padding") ?? [0], stride: try call.optionalInts(4, "stride") ?? [1])
    },
    "nn.functional.upsample_nearest": of { x, call in try resized(x, call, .nearest, false) },
    "nn.functional.upsample_bilinear": of { x, call in try resized(x, call, .bilinear, true) },
    "nn.functional.soft_margin_loss": of { x, call in softMarginLoss(x, try call.tensor(1, "target"), reduction: try call.reduction()) },
    "nn.functional.multilabel_margin_loss": of { x, call in
      multilabelMarginLoss(x, try call.tensor(1, "target"), reduction: try call.reduction())
    },
    "nn.functional.multilabel_soft_margin_loss": of { x, call in
      multilabelSoftMarginLoss(
        x, try call.tensor(1, "target"), weight: try call.optionalTensor(2, "weight"), reduction: try call.reduction())
    },
    "nn.functional.multi_margin_loss": of { x, call in
      multiMarginLoss(
        x, try call.tensor(1, "target"), p: try call.int(2, "p", default: 1), margin: try call.double(3, "margin", default: 1),
        weight: try call.optionalTensor(4, "weight"), reduction: try call.reduction())
    },
    "nn.functional.hinge_embedding_loss": of { x, call in
      hingeEmbeddingLoss(
        x, try call.tensor(1, "target"), margin: try call.double(2, "margin", default: 1), reduction: try call.reduction())
    },
    "nn.functional.margin_ranking_loss": of { x, call in
      marginRankingLoss(
        x, try call.tensor(1, "input2"), try call.tensor(2, "target"), margin: try call.double(3, "margin", default: 0),
        reduction: try call.reduction())
    },
    "nn.functional.cosine_embedding_loss": of { x, call in
      cosineEmbeddingLoss(
        x, try call.tensor(1, "input2"), try call.tensor(2, "target"), margin: try call.double(3, "margin", default: 0),
        reduction: try call.reduction())
    },
    "nn.functional.poisson_nll_loss": of { x, call in
      poissonNllLoss(
        x, try call.tensor(1, "target"), logInput: try call.bool(2, "log_input", default: true),
        full: try call.bool(3, "full", default: false),
        eps: try call.double(-1, "eps", default: 1e-8), reduction: try call.reduction())
    },
    "nn.functional.gaussian_nll_loss": of { x, call in
      gaussianNllLoss(
        x, try call.tensor(1, "target"), try call.tensor(2, "var"), full: try call.bool(3, "full", default: false),
        eps: try call.double(4, "eps", default: 1e-6), reduction: try call.reduction())
    },
    "nn.functional.triplet_margin_loss": of { x, call in
      tripletMarginLoss(
        x, try call.tensor(1, "positive"), try call.tensor(2, "negative"), margin: try call.double(-1, "margin", default: 1),
        p: try call.double(-1, "p", default: 2), eps: try call.double(-1, "eps", default: 1e-6),
        swap: try call.bool(-1, "swap", default: false), reduction: try call.reduction())
    },
  ]

  private static func resized(_ x: Tensor, _ call: Call, _ mode: InterpolationMode, _ alignCorners: Bool) throws -> Tensor {
    if let size = try call.optionalInts(1, "size") { return interpolate(x, size: size, mode: mode, alignCorners: alignCorners) }
    return interpolate(x, scaleFactor: try call.double(2, "scale_factor", default: 1), mode: mode, alignCorners: alignCorners)
  }
}

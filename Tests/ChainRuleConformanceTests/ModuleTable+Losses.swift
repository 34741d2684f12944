import ChainRule
import ChainRuleNN

extension ModuleTable {
  static let losses: Family = [
    "MSELoss": loss { MSELoss(reduction: try $0.reduction()) },
    "L1Loss": loss { L1Loss(reduction: try $0.reduction()) },
    "SmoothL1Loss": loss { SmoothL1Loss(beta: try $0.double(-1, "beta", default: 1), reduction: try $0.reduction()) },
    "HuberLoss": loss { HuberLoss(delta: try $0.double(-1, "delta", default: 1), reduction: try $0.reduction()) },
    "SoftMarginLoss": loss { SoftMarginLoss(reduction: try $0.reduction()) },
    "MultiLabelMarginLoss": loss { MultiLabelMarginLoss(reduction: try $0.reduction()) },
    "HingeEmbeddingLoss": loss { HingeEmbeddingLoss(margin: try $0.double(-1, "margin", default: 1), reduction: try $0.reduction()) },
    "BCELoss": loss { BCELoss(weight: try $0.optionalTensor(-1, "weight"), reduction: try $0.reduction()) },
    "BCEWithLogitsLoss": loss {
      BCEWithLogitsLoss(
        weight: try $0.optionalTensor(-1, "weight"), posWeight: try $0.optionalTensor(-1, "pos_weight"), reduction: try $0.reduction())
    },
    "MultiLabelSoftMarginLoss": loss {
      MultiLabelSoftMarginLoss(weight: try $0.optionalTensor(-1, "weight"), reduction: try $0.reduction())
    },
    "MultiMarginLoss": loss {
      MultiMarginLoss(
        p: try $0.int(-1, "p", default: 1), margin: try $0.double(-1, "margin", default: 1), weight: try $0.optionalTensor(-1, "weight"),
        reduction: try $0.reduction())
    },
    "NLLLoss": loss {
      NLLLoss(
        weight: try $0.optionalTensor(-1, "weight"), ignoreIndex: try $0.int(-1, "ignore_index", default: -100),
        reduction: try $0.reduction())
    },
    "CrossEntropyLoss": loss {
      CrossEntropyLoss(
        weight: try $0.optionalTensor(-1, "weight"), ignoreIndex: try $0.int(-1, "ignore_index", default: -100),
        labelSmoothing: try $0.double(-1, "label_smoothing", default: 0), reduction: try $0.reduction())
    },
    "LinearCrossEntropyLoss": loss {
      LinearCrossEntropyLoss(
        try $0.int(0, "in_features"), try $0.int(1, "num_classes"), outFeatures: try $0.optionalInts(-1, "out_features") ?? [],
        bias: try $0.bool(-1, "bias", default: false), reduction: try $0.reduction(), weight: try $0.optionalTensor(-1, "weight"),
        ignoreIndex: try $0.optionalInt(-1, "ignore_index"), labelSmoothing: try $0.double(-1, "label_smoothing", default: 0))
    },
    "PoissonNLLLoss": loss {
      PoissonNLLLoss(
        logInput: try $0.bool(-1, "log_input", default: true), full: try $0.bool(-1, "full", default: false),
        eps: try $0.double(-1, "eps", default: 1e-8), reduction: try $0.reduction())
    },
    "KLDivLoss": loss {
      let reductions: [String: DivergenceReduction] = ["none": .none, "mean": .mean, "sum": .sum, "batchmean": .batchMean]
      guard let reduction = reductions[$0.string(-1, "reduction") ?? "mean"] else { throw CaseError("unknown reduction") }
      return KLDivLoss(logTarget: try $0.bool(-1, "log_target", default: false), reduction: reduction)
    },
    "GaussianNLLLoss": module({
      GaussianNLLLoss(
        full: try $0.bool(-1, "full", default: false), eps: try $0.double(-1, "eps", default: 1e-6), reduction: try $0.reduction())
    }) { [$0(try $1.tensor(0), try $1.tensor(1), try $1.tensor(2))] },
    "CosineEmbeddingLoss": module({
      CosineEmbeddingLoss(margin: try $0.double(-1, "margin", default: 0), reduction: try $0.reduction())
    }) { [$0(try $1.tensor(0), try $1.tensor(1), try $1.tensor(2))] },
    "MarginRankingLoss": module({
      MarginRankingLoss(margin: try $0.double(-1, "margin", default: 0), reduction: try $0.reduction())
    }) { [$0(try $1.tensor(0), try $1.tensor(1), try $1.tensor(2))] },
    "TripletMarginLoss": module({
      TripletMarginLoss(
        margin: try $0.double(0, "margin", default: 1), p: try $0.double(1, "p", default: 2), eps: try $0.double(2, "eps", default: 1e-6),
        swap: try $0.bool(3, "swap", default: false), reduction: try $0.reduction())
    }) { [$0(try $1.tensor(0), try $1.tensor(1), try $1.tensor(2))] },
    "TripletMarginWithDistanceLoss": module({
      TripletMarginWithDistanceLoss(
        margin: try $0.double(-1, "margin", default: 1), swap: try $0.bool(-1, "swap", default: false), reduction: try $0.reduction())
    }) { [$0(try $1.tensor(0), try $1.tensor(1), try $1.tensor(2))] },
    "AdaptiveLogSoftmaxWithLoss": module({
      AdaptiveLogSoftmaxWithLoss(
        try $0.int(0, "in_features"), try $0.int(1, "n_classes"), cutoffs: try $0.ints(2, "cutoffs"),
        divValue: try $0.double(3, "div_value", default: 4), headBias: try $0.bool(4, "head_bias", default: false))
    }) {
      let (output, loss) = $0(try $1.tensor(0), try $1.tensor(1))
      return [output, loss]
    },
    "CTCLoss": module({
      CTCLoss(
        blank: try $0.int(0, "blank", default: 0), reduction: try $0.reduction(),
        zeroInfinity: try $0.bool(2, "zero_infinity", default: false))
    }) { loss, call in
      func lengths(_ place: Int) throws -> [Int] {
        call.isTensor(place) ? try call.tensor(place).array(of: Int.self) : try call.ints(place)
      }
      return [loss(try call.tensor(0), try call.tensor(1), try lengths(2), try lengths(3))]
    },
  ]
}

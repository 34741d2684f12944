import ChainRule
import ChainRuleNN

extension Table {
  static let lossModules: [Call] = [
    call("AdaptiveLogSoftmaxWithLoss.init(_:_:cutoffs:divValue:headBias:dtype:generator:)", 3, 6, [2, 4], 2.0) {
      AdaptiveLogSoftmaxWithLoss($0, $1, cutoffs: $2, divValue: $3)(x, index(2)).loss
    },
    call("AdaptiveLogSoftmaxWithLoss.callAsFunction(_:_:)", x, index(2)) {
      AdaptiveLogSoftmaxWithLoss(3, 6, cutoffs: [1, 4], divValue: 2)($0, $1).output
    },
    call("AdaptiveLogSoftmaxWithLoss.logProbabilities(_:)", x) {
      AdaptiveLogSoftmaxWithLoss(3, 6, cutoffs: [1, 4], divValue: 2).logProbabilities($0)
    },
    call("AdaptiveLogSoftmaxWithLoss.predict(_:)", x) { AdaptiveLogSoftmaxWithLoss(3, 6, cutoffs: [1, 4], divValue: 2).predict($0) },
    call("BCELoss.forward(_:_:)", x / 3, x / 3) { BCELoss()($0, $1) },
    call("BCELoss.init(weight:reduction:)", Optional(t(3))) { BCELoss(weight: $0)(x / 3, x / 3) },
    call("BCEWithLogitsLoss.forward(_:_:)", x, x / 3) { BCEWithLogitsLoss()($0, $1) },
    call("BCEWithLogitsLoss.init(weight:posWeight:reduction:)", Optional(t(3)), Optional(t(3))) {
      BCEWithLogitsLoss(weight: $0, posWeight: $1)(x, x / 3)
    },
    call("CTCLoss.callAsFunction(_:_:_:_:)", t(4, 2, 3), index(2, 1) + 1, [4, 4], [1, 1]) { CTCLoss()($0, $1, $2, $3) },
    call("CTCLoss.init(blank:reduction:zeroInfinity:)", 0) { CTCLoss(blank: $0)(t(4, 2, 3), index(2, 1) + 1, [4, 4], [1, 1]) },
    call("CosineEmbeddingLoss.callAsFunction(_:_:_:)", x, x, signs(2)) { CosineEmbeddingLoss()($0, $1, $2) },
    call("CosineEmbeddingLoss.init(margin:reduction:)", 0.5) { CosineEmbeddingLoss(margin: $0)(x, x, signs(2)) },
    call("CrossEntropyLoss.forward(_:_:)", x, index(2)) { CrossEntropyLoss()($0, $1) },
    call("CrossEntropyLoss.init(weight:ignoreIndex:labelSmoothing:reduction:)", Optional(t(3)), -100, 0.1) {
      CrossEntropyLoss(weight: $0, ignoreIndex: $1, labelSmoothing: $2)(x, index(2))
    },
    call("GaussianNLLLoss.callAsFunction(_:_:_:)", x, x, x) { GaussianNLLLoss()($0, $1, $2) },
    call("GaussianNLLLoss.init(full:eps:reduction:)", 1e-6) { GaussianNLLLoss(eps: $0)(x, x, x) },
    call("HingeEmbeddingLoss.forward(_:_:)", x, signs(2, 3)) { HingeEmbeddingLoss()($0, $1) },
    call("HingeEmbeddingLoss.init(margin:reduction:)", 1.0) { HingeEmbeddingLoss(margin: $0)(x, signs(2, 3)) },
    call("HuberLoss.forward(_:_:)", x, x) { HuberLoss()($0, $1) },
    call("HuberLoss.init(delta:reduction:)", 1.0) { HuberLoss(delta: $0)(x, x + 1) },
    call("KLDivLoss.forward(_:_:)", x, x) { KLDivLoss()($0, $1) },
    call("L1Loss.forward(_:_:)", x, x) { L1Loss()($0, $1) },
    call("LinearCrossEntropyLoss.forward(_:_:)", x, index(2)) { LinearCrossEntropyLoss(3, 2)($0, $1) },
    call(
      "LinearCrossEntropyLoss.init(_:_:outFeatures:bias:reduction:weight:ignoreIndex:labelSmoothing:dtype:generator:)", 3, 2, [2],
      Optional(t(2)), Optional(1), 0.1
    ) { LinearCrossEntropyLoss($0, $1, outFeatures: $2, weight: $3, ignoreIndex: $4, labelSmoothing: $5)(x, index(2, 2)) },
    call("MSELoss.forward(_:_:)", x, x) { MSELoss()($0, $1) },
    call("MarginRankingLoss.callAsFunction(_:_:_:)", t(3), t(3), signs(3)) { MarginRankingLoss()($0, $1, $2) },
    call("MarginRankingLoss.init(margin:reduction:)", 0.5) { MarginRankingLoss(margin: $0)(t(3), t(3), signs(3)) },
    call("MultiLabelMarginLoss.forward(_:_:)", x, index(2, 3)) { MultiLabelMarginLoss()($0, $1) },
    call("MultiLabelSoftMarginLoss.forward(_:_:)", x, x / 3) { MultiLabelSoftMarginLoss()($0, $1) },
    call("MultiLabelSoftMarginLoss.init(weight:reduction:)", Optional(t(3))) { MultiLabelSoftMarginLoss(weight: $0)(x, x / 3) },
    call("MultiMarginLoss.forward(_:_:)", x, index(2)) { MultiMarginLoss()($0, $1) },
    call("MultiMarginLoss.init(p:margin:weight:reduction:)", 1, 1.0, Optional(t(3))) {
      MultiMarginLoss(p: $0, margin: $1, weight: $2)(x, index(2))
    },
    call("NLLLoss.forward(_:_:)", x, index(2)) { NLLLoss()($0, $1) },
    call("NLLLoss.init(weight:ignoreIndex:reduction:)", Optional(t(3)), -100) { NLLLoss(weight: $0, ignoreIndex: $1)(x, index(2)) },
    call("PoissonNLLLoss.forward(_:_:)", x, x) { PoissonNLLLoss(full: true)($0, $1) },
    call("PoissonNLLLoss.init(logInput:full:eps:reduction:)", 1e-8) { PoissonNLLLoss(logInput: false, eps: $0)(x, x) },
    call("SmoothL1Loss.forward(_:_:)", x, x) { SmoothL1Loss()($0, $1) },
    call("SmoothL1Loss.init(beta:reduction:)", 1.0) { SmoothL1Loss(beta: $0)(x, x + 1) },
    call("SoftMarginLoss.forward(_:_:)", x, signs(2, 3)) { SoftMarginLoss()($0, $1) },
    call("TripletMarginLoss.callAsFunction(_:_:_:)", x, x - 1, x + 1) { TripletMarginLoss()($0, $1, $2) },
    call("TripletMarginLoss.init(margin:p:eps:swap:reduction:)", 1.0, 2.0, 1e-6) {
      TripletMarginLoss(margin: $0, p: $1, eps: $2, swap: true)(x, x - 1, x + 1)
    },
    call("TripletMarginWithDistanceLoss.callAsFunction(_:_:_:)", x, x - 1, x + 1) { TripletMarginWithDistanceLoss()($0, $1, $2) },
    call("TripletMarginWithDistanceLoss.init(margin:swap:reduction:distance:)", 1.0) {
      TripletMarginWithDistanceLoss(margin: $0)(x, x - 1, x + 1)
    },
    call("cosineEmbeddingLoss(_:_:_:margin:reduction:)", x, x, signs(2), 0.5) { cosineEmbeddingLoss($0, $1, $2, margin: $3) },
    call("ctcLoss(_:_:inputLengths:targetLengths:blank:reduction:zeroInfinity:)", t(4, 2, 3), index(2, 1) + 1, [4, 4], [1, 1], 0) {
      ctcLoss($0, $1, inputLengths: $2, targetLengths: $3, blank: $4)
    },
    call("gaussianNllLoss(_:_:_:full:eps:reduction:)", x, x, x, 1e-6) { gaussianNllLoss($0, $1, $2, eps: $3) },
    call("hingeEmbeddingLoss(_:_:margin:reduction:)", x, signs(2, 3), 1.0) { hingeEmbeddingLoss($0, $1, margin: $2) },
    call("marginRankingLoss(_:_:_:margin:reduction:)", t(3), t(3), signs(3), 0.5) { marginRankingLoss($0, $1, $2, margin: $3) },
    call("multiMarginLoss(_:_:p:margin:weight:reduction:)", x, index(2), 1, 1.0, Optional(t(3))) {
      multiMarginLoss($0, $1, p: $2, margin: $3, weight: $4)
    },
    call("multilabelMarginLoss(_:_:reduction:)", x, index(2, 3)) { multilabelMarginLoss($0, $1) },
    call("multilabelSoftMarginLoss(_:_:weight:reduction:)", x, x / 3, Optional(t(3))) { multilabelSoftMarginLoss($0, $1, weight: $2) },
    call("poissonNllLoss(_:_:logInput:full:eps:reduction:)", x, x, 1e-8) { poissonNllLoss($0, $1, logInput: false, full: true, eps: $2) },
    call("softMarginLoss(_:_:reduction:)", x, signs(2, 3)) { softMarginLoss($0, $1) },
    call("tripletMarginLoss(_:_:_:margin:p:eps:swap:reduction:)", x, x - 1, x + 1, 1.0, 2.0, 1e-6) {
      tripletMarginLoss($0, $1, $2, margin: $3, p: $4, eps: $5)
    },
    call("tripletMarginWithDistanceLoss(_:_:_:margin:swap:reduction:distance:)", x, x - 1, x + 1, 1.0) {
      tripletMarginWithDistanceLoss($0, $1, $2, margin: $3)
    },
  ]
}

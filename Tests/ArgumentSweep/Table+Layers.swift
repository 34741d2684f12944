import ChainRule
import ChainRuleNN

extension Table {
  static let layers: [Call] =
    [
      call("Softmax.init(dim:)", 1) { Softmax(dim: $0)(x) },
      call("LogSoftmax.init(dim:)", 1) { LogSoftmax(dim: $0)(x) },
      call("dropout(_:p:training:generator:)", x, 0.5) { dropout($0, p: $1) },
      call("RMSNorm.init(_:eps:elementwiseAffine:dtype:)", [3], Optional(1e-5)) { RMSNorm($0, eps: $1)(x) },
      call("RMSNorm.init(_:eps:elementwiseAffine:dtype:)", 3, Optional(1e-5)) { RMSNorm($0, eps: $1)(x) },
      call("LayerNorm.init(_:eps:elementwiseAffine:bias:dtype:)", [3], 1e-5) { LayerNorm($0, eps: $1)(x) },
      call("LayerNorm.init(_:eps:elementwiseAffine:bias:dtype:)", 3, 1e-5) { LayerNorm($0, eps: $1)(x) },
      call("Conv2d.init(_:_:kernel:stride:padding:dilation:groups:bias:paddingMode:dtype:generator:)", [3, 3], [1, 1], [1, 1], [1, 1]) {
        Conv2d(2, 2, kernel: $0, stride: $1, padding: $2, dilation: $3)(t(1, 2, 8, 8))
      },
      call("ConvTranspose1d.init(_:_:kernel:stride:padding:outputPadding:groups:bias:dilation:dtype:generator:)", 2, 2, 3, 2, 1, 1, 1, 1) {
        ConvTranspose1d($0, $1, kernel: $2, stride: $3, padding: $4, outputPadding: $5, groups: $6, dilation: $7)(t(1, 2, 8))
      },
      call("ConvTranspose2d.init(_:_:kernel:stride:padding:outputPadding:groups:bias:dilation:dtype:generator:)", 2, 2, 3, 2, 1, 1, 1, 1) {
        ConvTranspose2d($0, $1, kernel: $2, stride: $3, padding: $4, outputPadding: $5, groups: $6, dilation: $7)(t(1, 2, 4, 4))
      },
      call("LSTM.init(_:_:numLayers:bias:batchFirst:dropout:bidirectional:projSize:dtype:generator:)", 3, 2, 2, 0.1, 0) {
        LSTM($0, $1, numLayers: $2, dropout: $3, projSize: $4)(t(4, 2, 3)).output
      },
      call("Linear.init(_:_:bias:dtype:generator:)", 3, 2) { Linear($0, $1)(x) },
      call("Flatten.init(from:through:)", 0, 1) { Flatten(from: $0, through: $1)(x) },
      call("MaxPool1d.init(_:stride:padding:dilation:ceilMode:)", 3, 2, 1, 1) {
        MaxPool1d($0, stride: $1, padding: $2, dilation: $3)(t(1, 2, 8))
      },
      call("MaxPool2d.init(_:stride:padding:dilation:ceilMode:)", 3, 2, 1, 1) {
        MaxPool2d($0, stride: $1, padding: $2, dilation: $3)(t(1, 2, 8, 8))
      },
      call("AvgPool1d.init(_:stride:padding:ceilMode:countIncludePad:)", 3, Optional(2), 1) {
        AvgPool1d($0, stride: $1, padding: $2)(t(1, 2, 8))
      },
      call("AvgPool2d.init(_:stride:padding:ceilMode:countIncludePad:divisorOverride:)", 3, 2, 1, Optional(2)) {
        AvgPool2d($0, stride: $1, padding: $2, divisorOverride: $3)(t(1, 2, 8, 8))
      },
      call("AdaptiveAvgPool1d.init(_:)", 3) { AdaptiveAvgPool1d($0)(t(1, 2, 8)) },
      call("AdaptiveAvgPool2d.init(_:)", 3) { AdaptiveAvgPool2d($0)(t(1, 2, 8, 8)) },
      call("AdaptiveAvgPool2d.init(_:)", [Optional(3), Optional(3)]) { AdaptiveAvgPool2d($0)(t(1, 2, 8, 8)) },
      call("AdaptiveMaxPool2d.init(_:)", 3) { AdaptiveMaxPool2d($0)(t(1, 2, 8, 8)) },
      call("AdaptiveMaxPool2d.init(_:)", [Optional(3), Optional(3)]) { AdaptiveMaxPool2d($0)(t(1, 2, 8, 8)) },
      call("Upsample.init(size:mode:alignCorners:)", 8) { Upsample(size: $0)(t(1, 1, 4, 4)) },
      call("Upsample.init(scaleFactor:mode:alignCorners:)", [2.0, 2.0]) { Upsample(scaleFactor: $0)(t(1, 1, 4, 4)) },
      call("Upsample.init(scaleFactor:mode:alignCorners:)", 2.0) { Upsample(scaleFactor: $0)(t(1, 1, 4, 4)) },
      call("GPTBlock.init(_:heads:activation:dtype:generator:)", 4, 2) { GPTBlock($0, heads: $1)(t(1, 3, 4)) },
      call("GPT.init(vocabulary:context:layers:heads:width:activation:tiesHead:dtype:generator:)", 4, 4, 1, 2, 4) {
        GPT(vocabulary: $0, context: $1, layers: $2, heads: $3, width: $4)(index(1, 3))
      },
      call("BasicBlock.init(_:_:stride:dtype:generator:)", 2, 2, 1) { BasicBlock($0, $1, stride: $2)(t(1, 2, 4, 4)) },
      call("Bottleneck.init(_:_:stride:dtype:generator:)", 2, 2, 1) { Bottleneck($0, $1, stride: $2)(t(1, 2, 4, 4)) },
      call("ResNet.init(_:block:classes:channels:stem:dtype:generator:)", 1, 1, 1, 1, 2, 3) {
        ResNet(($0, $1, $2, $3), classes: $4, channels: $5, stem: .cifar)
      },
    ] + inputs + parametrizations + initializers + lazyModules

  private final class Same: Parametrization {
    func forward(_ originals: [Tensor]) -> Tensor { originals[0] }
  }

  /// Parametrizations and pruning.
  private static let parametrizations: [Call] = [
    call("Amount.init(floatLiteral:)", 0.5) { Prune.l1Unstructured(Linear(3, 2), "weight", amount: .init(floatLiteral: $0)).weight },
    call("Amount.init(integerLiteral:)", 2) { Prune.l1Unstructured(Linear(3, 2), "weight", amount: .init(integerLiteral: $0)).weight },
    call("Prune.customFromMask(_:_:mask:)", t(2, 3)) { Prune.customFromMask(Linear(3, 2), "weight", mask: $0).weight },
    call("Prune.lnStructured(_:_:amount:n:dim:)", 2.0, 0) {
      Prune.lnStructured(Linear(3, 2), "weight", amount: 1, n: $0, dim: $1).weight
    },
    call("Prune.randomStructured(_:_:amount:dim:generator:)", 0) {
      Prune.randomStructured(Linear(3, 2), "weight", amount: 1, dim: $0).weight
    },
    call("Parametrization.rightInverse(_:)", x) { Same().rightInverse($0)[0] },
    call("weightNorm(_:_:dim:)", Optional(0)) { weightNorm(Linear(3, 2), dim: $0)(x) },
    call("spectralNorm(_:_:powerIterations:eps:dim:generator:)", 1, 1e-12, Optional(0)) {
      spectralNorm(Linear(3, 2), powerIterations: $0, eps: $1, dim: $2)(x)
    },
    call("Layer.summary(_:dtype:)", [2, 3]) { Linear(3, 2).summary($0).description },
    call("Layer.summary(input:)", x) { Linear(3, 2).summary(input: $0).description },
  ]

  private final class OwnCall: Layer {
    func callAsFunction(_ x: Tensor) -> Tensor { x }
  }

  private static func input(_ name: String, _ usual: Tensor, _ layer: @escaping () -> some Layer) -> Call {
    call("\(name).forward(_:)", usual) { (x: Tensor) -> Tensor in
      let made = layer()
      return made(x)
    }
  }

  /// What layers are given; the layers themselves are as they should be.
  private static let inputs: [Call] = [
    input("ReLU", x) { ReLU() }, input("Tanh", x) { Tanh() }, input("Sigmoid", x) { Sigmoid() }, input("GELU", x) { GELU() },
    input("SiLU", x) { SiLU() },
    input("LeakyReLU", x) { LeakyReLU() }, input("Softmax", x) { Softmax(dim: 1) }, input("LogSoftmax", x) { LogSoftmax(dim: 1) },
    input("Dropout", x) { Dropout() }, input("BatchNorm1d", x) { BatchNorm1d(3) }, input("BatchNorm2d", t(2, 3, 2, 2)) { BatchNorm2d(3) },
    input("InstanceNorm2d", t(2, 3, 2, 2)) { InstanceNorm2d(3, affine: true, trackRunningStats: true) },
    input("ChannelNormLayer", t(2, 3, 2, 2)) { BatchNorm2d(3) },
    input("GroupNorm", t(2, 4, 2)) { GroupNorm(2, 4) }, input("RMSNorm", x) { RMSNorm(3) }, input("LayerNorm", x) { LayerNorm(3) },
    input("Conv1d", t(1, 2, 8)) { Conv1d(2, 2, kernel: 3) }, input("Conv2d", t(1, 2, 8, 8)) { Conv2d(2, 2, kernel: 3) },
    input("Conv3d", t(1, 1, 4, 4, 4)) { Conv3d(1, 2, kernel: 3) }, input("ConvolutionLayer", t(1, 2, 8, 8)) { Conv2d(2, 2, kernel: 3) },
    input("ConvTranspose1d", t(1, 2, 8)) { ConvTranspose1d(2, 2, kernel: 3) },
    input("ConvTranspose2d", t(1, 2, 4, 4)) { ConvTranspose2d(2, 2, kernel: 3) },
    call("LSTM.callAsFunction(_:_:)", t(4, 2, 3)) { LSTM(3, 2)($0).output },
    call("LSTM.callAsFunction(_:_:)", t(4, 2, 3), t(1, 2, 2), t(1, 2, 2)) { LSTM(3, 2)($0, (h: $1, c: $2)).output },
    input("Linear", x) { Linear(3, 2) }, input("Identity", x) { Identity() }, input("Flatten", t(2, 2, 2)) { Flatten() },
    input("Embedding", index(3)) { Embedding(4, 2) }, input("MaxPool1d", t(1, 2, 8)) { MaxPool1d(2) },
    input("MaxPool2d", t(1, 2, 8, 8)) { MaxPool2d(2) },
    input("MaxPoolLayer", t(1, 2, 8, 8)) { MaxPool2d(2) }, input("AvgPool1d", t(1, 2, 8)) { AvgPool1d(2) },
    input("AvgPool2d", t(1, 2, 8, 8)) { AvgPool2d(2) }, input("AvgPoolLayer", t(1, 2, 8, 8)) { AvgPool2d(2) },
    input("AdaptiveAvgPool1d", t(1, 2, 8)) { AdaptiveAvgPool1d(2) }, input("AdaptiveAvgPool2d", t(1, 2, 8, 8)) { AdaptiveAvgPool2d(2) },
    input("AdaptiveMaxPool2d", t(1, 2, 8, 8)) { AdaptiveMaxPool2d(2) }, input("Upsample", t(1, 1, 4, 4)) { Upsample(size: 8) },
    input("Sequential", x) { Sequential(Linear(3, 2), ReLU()) }, input("GPTBlock", t(1, 3, 4)) { GPTBlock(4, heads: 2) },
    input("GPT", index(1, 3)) { GPT(vocabulary: 4, context: 4, layers: 1, heads: 2, width: 4) },
    input("BasicBlock", t(1, 2, 4, 4)) { BasicBlock(2, 2) }, input("Bottleneck", t(1, 8, 4, 4)) { Bottleneck(8, 2) },
    input("GPTAttention", t(1, 3, 4)) { GPTBlock(4, heads: 2).attn }, input("GPTMLP", t(1, 3, 4)) { GPTBlock(4, heads: 2).mlp },
    call("Layer.callAsFunction(_:)", x) { Linear(3, 2)($0) }, call("Frozen.callAsFunction(_:)", x) { Linear(3, 2).frozen()($0) },
    // It always refuses.
    call("Layer.forward(_:)", x) { (x: Tensor) in (try? catching { OwnCall().forward(x) }) == nil ? 0 : 1 },
    call("Loss.callAsFunction(_:_:)", x, x) { MSELoss()($0, $1) },
    call("HookedModule.withHooks(_:_:)", [x, x]) { CosineSimilarity().withHooks($0) { $0 } },
    input("ResNet", t(2, 3, 8, 8)) { ResNet((1, 1, 1, 1), classes: 2, stem: .cifar) },
  ]

  private static let probabilities = t(2, 3) / 3

  static let losses: [Call] = [
    call("nllLoss(_:_:weight:ignoreIndex:reduction:)", x, index(2), Optional(t(3)), -100) { nllLoss($0, $1, weight: $2, ignoreIndex: $3) },
    call("crossEntropy(_:_:reduction:)", x, [0, 1]) { crossEntropy($0, $1) },
    call("crossEntropy(_:_:weight:ignoreIndex:labelSmoothing:reduction:)", x, index(2), Optional(t(3)), -100, 0.1) {
      crossEntropy($0, $1, weight: $2, ignoreIndex: $3, labelSmoothing: $4)
    },
    call("crossEntropy(_:_:weight:ignoreIndex:labelSmoothing:reduction:)", x, probabilities, Optional(t(3)), 0.1) {
      crossEntropy($0, $1, weight: $2, labelSmoothing: $3)
    },
    call("binaryCrossEntropy(_:_:weight:reduction:)", probabilities, probabilities, Optional(t(3))) {
      binaryCrossEntropy($0, $1, weight: $2)
    },
    call("binaryCrossEntropyWithLogits(_:_:weight:posWeight:reduction:)", x, probabilities, Optional(t(3)), Optional(t(3))) {
      binaryCrossEntropyWithLogits($0, $1, weight: $2, posWeight: $3)
    },
    call("mseLoss(_:_:reduction:weight:)", x, x, Optional(x)) { mseLoss($0, $1, weight: $2) },
    call("l1Loss(_:_:reduction:weight:)", x, x, Optional(x)) { l1Loss($0, $1, weight: $2) },
    call("smoothL1Loss(_:_:beta:reduction:)", x, x, 1.0) { smoothL1Loss($0, $1, beta: $2) },
    call("huberLoss(_:_:delta:reduction:weight:)", x, x, 1.0, Optional(x)) { huberLoss($0, $1, delta: $2, weight: $3) },
    call("klDiv(_:_:logTarget:reduction:)", x, probabilities) { klDiv($0, $1) },
  ]
}

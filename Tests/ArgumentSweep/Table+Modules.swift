import ChainRule
import ChainRuleNN

extension Table {
  /// Layers that came with PyTorch's table of modules, and their functions.
  static let modules: [Call] = pointwiseModules + spatialModules + lossModules + sequenceModules

  /// 1 and -1 in turn.
  static func signs(_ sizes: Int...) -> Tensor {
    Tensor((0..<sizes.reduce(1, *)).map { $0 % 2 == 0 ? 1.0 : -1 }, shape: sizes, dtype: .float32)
  }

  private static let pointwiseModules: [Call] = [
    call("ParameterList.init(_:)", [t(2)]) { ParameterList($0).map { $0 } },
    call("ParameterList.append(_:)", t(2)) { ParameterList().append($0) },
    call("ParameterList.subscript(_:)", 0) { ParameterList([t(2)])[$0] },
    call("ParameterDictionary.init(_:)", t(2)) { ParameterDictionary(["a": $0])["a"] ?? $0 },
    call("AlphaDropout.forward(_:)", x) { AlphaDropout()($0) },
    call("AlphaDropout.init(_:inplace:generator:)", 0.5) { AlphaDropout($0)(x) },
    call("BatchNorm1d.init(_:eps:momentum:affine:trackRunningStats:bias:dtype:)", 2, 1e-5, Optional(0.1)) {
      BatchNorm1d($0, eps: $1, momentum: $2)(t(1, 2, 8))
    },
    call("BatchNorm2d.init(_:eps:momentum:affine:trackRunningStats:bias:dtype:)", 2, 1e-5, Optional(0.1)) {
      BatchNorm2d($0, eps: $1, momentum: $2)(t(1, 2, 8, 8))
    },
    call("BatchNorm3d.forward(_:)", t(1, 2, 4, 4, 4)) { BatchNorm3d(2)($0) },
    call("BatchNorm3d.init(_:eps:momentum:affine:trackRunningStats:bias:dtype:)", 2, 1e-5, Optional(0.1)) {
      BatchNorm3d($0, eps: $1, momentum: $2)(t(1, 2, 4, 4, 4))
    },
    call("Bilinear.callAsFunction(_:_:)", t(2, 3), t(2, 2)) { Bilinear(3, 2, 4)($0, $1) },
    call("Bilinear.init(_:_:_:bias:dtype:generator:)", 3, 2, 4) { Bilinear($0, $1, $2)(t(2, 3), t(2, 2)) },
    call("CELU.forward(_:)", x) { CELU()($0) },
    call("CELU.init(alpha:inplace:)", 1.0) { CELU(alpha: $0)(x) },
    call("CosineSimilarity.callAsFunction(_:_:)", x, x) { CosineSimilarity()($0, $1) },
    call("CosineSimilarity.init(dim:eps:)", 1, 1e-8) { CosineSimilarity(dim: $0, eps: $1)(x, x) },
    call("Dropout.init(_:inplace:generator:)", 0.5) { Dropout($0)(x) },
    call("Dropout1d.forward(_:)", t(1, 2, 8)) { Dropout1d()($0) },
    call("Dropout1d.init(_:inplace:generator:)", 0.5) { Dropout1d($0)(t(1, 2, 8)) },
    call("Dropout2d.forward(_:)", t(1, 2, 8, 8)) { Dropout2d()($0) },
    call("Dropout2d.init(_:inplace:generator:)", 0.5) { Dropout2d($0)(t(1, 2, 8, 8)) },
    call("Dropout3d.forward(_:)", t(1, 2, 4, 4, 4)) { Dropout3d()($0) },
    call("Dropout3d.init(_:inplace:generator:)", 0.5) { Dropout3d($0)(t(1, 2, 4, 4, 4)) },
    call("DropoutLayer.forward(_:)", x) { Dropout()($0) },
    call("ELU.forward(_:)", x) { ELU()($0) },
    call("ELU.init(alpha:inplace:)", 1.0) { ELU(alpha: $0)(x) },
    call("FeatureAlphaDropout.forward(_:)", t(1, 2, 8)) { FeatureAlphaDropout()($0) },
    call("FeatureAlphaDropout.init(_:inplace:generator:)", 0.5) { FeatureAlphaDropout($0)(t(1, 2, 8)) },
    call("GLU.forward(_:)", t(2, 4)) { GLU()($0) },
    call("GLU.init(dim:)", -1) { GLU(dim: $0)(t(2, 4)) },
    call("GroupNorm.init(_:_:eps:affine:bias:dtype:)", 2, 4, 1e-5) { GroupNorm($0, $1, eps: $2)(t(2, 4, 2)) },
    call("Hardshrink.forward(_:)", x) { Hardshrink()($0) },
    call("Hardshrink.init(_:)", 0.5) { Hardshrink($0)(x) },
    call("Hardsigmoid.forward(_:)", x) { Hardsigmoid()($0) },
    call("Hardswish.forward(_:)", x) { Hardswish()($0) },
    call("Hardtanh.forward(_:)", x) { Hardtanh()($0) },
    call("Hardtanh.init(minVal:maxVal:inplace:)", -1.0, 1.0) { Hardtanh(minVal: $0, maxVal: $1)(x) },
    call("InstanceNorm1d.init(_:eps:momentum:affine:trackRunningStats:bias:dtype:)", 2, 1e-5, 0.1) {
      InstanceNorm1d($0, eps: $1, momentum: $2, affine: true, trackRunningStats: true)(t(1, 2, 8))
    },
    call("InstanceNorm2d.init(_:eps:momentum:affine:trackRunningStats:bias:dtype:)", 2, 1e-5, 0.1) {
      InstanceNorm2d($0, eps: $1, momentum: $2, affine: true, trackRunningStats: true)(t(1, 2, 8, 8))
    },
    call("InstanceNorm3d.init(_:eps:momentum:affine:trackRunningStats:bias:dtype:)", 2, 1e-5, 0.1) {
      InstanceNorm3d($0, eps: $1, momentum: $2, affine: true, trackRunningStats: true)(t(1, 2, 4, 4, 4))
    },
    call("InstanceNormLayer.forward(_:)", t(1, 2, 8, 8)) { InstanceNorm2d(2, affine: true)($0) },
    call("LeakyReLU.init(_:inplace:)", 0.01) { LeakyReLU($0)(x) },
    call("LocalResponseNorm.forward(_:)", t(1, 2, 8, 8)) { LocalResponseNorm(2)($0) },
    call("LocalResponseNorm.init(_:alpha:beta:k:)", 2, 1e-4, 0.75, 1.0) { LocalResponseNorm($0, alpha: $1, beta: $2, k: $3)(t(1, 2, 8)) },
    call("LogSigmoid.forward(_:)", x) { LogSigmoid()($0) },
    call("Mish.forward(_:)", x) { Mish()($0) },
    call("PReLU.forward(_:)", x) { PReLU(3)($0) },
    call("PReLU.init(_:initial:dtype:)", 3, 0.25) { PReLU($0, initial: $1)(x) },
    call("PairwiseDistance.callAsFunction(_:_:)", x, x) { PairwiseDistance()($0, $1) },
    call("PairwiseDistance.init(p:eps:keepDim:)", 2.0, 1e-6) { PairwiseDistance(p: $0, eps: $1)(x, x) },
    call("RReLU.forward(_:)", x) { RReLU()($0) },
    call("RReLU.init(lower:upper:inplace:generator:)", 0.1, 0.3) { RReLU(lower: $0, upper: $1)(x) },
    call("ReLU6.forward(_:)", x) { ReLU6()($0) },
    call("SELU.forward(_:)", x) { SELU()($0) },
    call("Softmax2d.forward(_:)", t(1, 2, 8, 8)) { Softmax2d()($0) },
    call("Softmin.forward(_:)", x) { Softmin(dim: 1)($0) },
    call("Softmin.init(dim:)", 1) { Softmin(dim: $0)(x) },
    call("Softplus.forward(_:)", x) { Softplus()($0) },
    call("Softplus.init(beta:threshold:)", 1.0, 20.0) { Softplus(beta: $0, threshold: $1)(x) },
    call("Softshrink.forward(_:)", x) { Softshrink()($0) },
    call("Softshrink.init(_:)", 0.5) { Softshrink($0)(x) },
    call("Softsign.forward(_:)", x) { Softsign()($0) },
    call("Tanhshrink.forward(_:)", x) { Tanhshrink()($0) },
    call("Tensor.celu(alpha:)", x, 1.0) { $0.celu(alpha: $1) },
    call("Tensor.hardshrink(lambd:)", x, 0.5) { $0.hardshrink(lambd: $1) },
    call("Tensor.rrelu(lower:upper:training:generator:)", x - 1, 0.1, 0.3) { $0.rrelu(lower: $1, upper: $2, training: true) },
    call("Tensor.softshrink(lambd:)", x, 0.5) { $0.softshrink(lambd: $1) },
    call("Tensor.threshold(_:_:)", x, 0.3, 1.0) { $0.threshold($1, $2) },
    call("Threshold.forward(_:)", x) { Threshold(0.3, 1)($0) },
    call("Threshold.init(_:_:inplace:)", 0.3, 1.0) { Threshold($0, $1)(x) },
    call("alphaDropout(_:p:training:generator:)", x, 0.5) { alphaDropout($0, p: $1, training: true) },
    call("bilinear(_:_:_:_:)", t(2, 3), t(2, 2), t(4, 3, 2), Optional(t(4))) { bilinear($0, $1, $2, $3) },
    call("dropout1d(_:p:training:generator:)", t(1, 2, 8), 0.5) { dropout1d($0, p: $1) },
    call("dropout2d(_:p:training:generator:)", t(1, 2, 8, 8), 0.5) { dropout2d($0, p: $1) },
    call("dropout3d(_:p:training:generator:)", t(1, 2, 4, 4, 4), 0.5) { dropout3d($0, p: $1) },
    call("featureAlphaDropout(_:p:training:generator:)", t(1, 2, 8), 0.5) { featureAlphaDropout($0, p: $1, training: true) },
    call("localResponseNorm(_:_:alpha:beta:k:)", t(1, 2, 8), 2, 1e-4, 0.75, 1.0) { localResponseNorm($0, $1, alpha: $2, beta: $3, k: $4) },
  ]

  private static let sequenceModules: [Call] = [
    call("packPaddedSequence(_:lengths:batchFirst:enforceSorted:)", t(4, 2, 3), [4, 2]) { packPaddedSequence($0, lengths: $1).data },
    call("packSequence(_:enforceSorted:)", [t(3, 2), t(2, 2)]) { packSequence($0).data },
    call("padPackedSequence(_:batchFirst:paddingValue:totalLength:)", 0.5, Optional(5)) {
      padPackedSequence(packSequence([t(3, 2), t(2, 2)]), paddingValue: $0, totalLength: $1).sequences
    },
    call("padSequence(_:batchFirst:paddingValue:paddingSide:)", [t(3, 2), t(2, 2)], 0.5) { padSequence($0, paddingValue: $1) },
    call("unpadSequence(_:lengths:batchFirst:)", t(4, 2, 3), [4, 2]) { unpadSequence($0, lengths: $1) },
    call("RNN.callAsFunction(_:_:)", t(4, 2, 3), [2, 4], Optional(t(1, 2, 2))) {
      RNN(3, 2)(packPaddedSequence($0, lengths: $1, enforceSorted: false), $2).state
    },
    call("GRU.callAsFunction(_:_:)", t(4, 2, 3), [2, 4], Optional(t(2, 2, 2))) {
      GRU(3, 2, bidirectional: true)(packPaddedSequence($0, lengths: $1, enforceSorted: false), $2).state
    },
    call("LSTM.callAsFunction(_:_:)", t(4, 2, 3), [2, 4]) {
      LSTM(3, 2)(packPaddedSequence($0, lengths: $1, enforceSorted: false)).state.c
    },
    call("Embedding.fromPretrained(_:freeze:paddingIndex:maxNorm:normType:scaleGradByFreq:)", t(4, 2), Optional(1), Optional(1.0), 2.0) {
      Embedding.fromPretrained($0, paddingIndex: $1, maxNorm: $2, normType: $3)(index(3))
    },
    call("Embedding.init(_:_:paddingIndex:maxNorm:normType:scaleGradByFreq:dtype:generator:)", 4, 2, Optional(1), Optional(1.0), 2.0) {
      Embedding($0, $1, paddingIndex: $2, maxNorm: $3, normType: $4, scaleGradByFreq: true)(index(3))
    },
    call(
      "embeddingBag(_:_:offsets:maxNorm:normType:scaleGradByFreq:mode:perSampleWeights:includeLastOffset:paddingIndex:)", index(5), t(4, 2),
      Optional([0, 2]), Optional(1.0), 2.0, Optional(1)
    ) { embeddingBag($0, $1.asLeaf(), offsets: $2, maxNorm: $3, normType: $4, paddingIndex: $5) },
    call("EmbeddingBag.callAsFunction(_:offsets:perSampleWeights:)", index(5), Optional([0, 2]), Optional(t(5))) {
      EmbeddingBag(4, 2, mode: .sum)($0, offsets: $1, perSampleWeights: $2)
    },
    call("EmbeddingBag.callAsFunction(_:offsets:perSampleWeights:)", index(2, 3)) { EmbeddingBag(4, 2, mode: .max)($0) },
    call(
      "EmbeddingBag.init(_:_:maxNorm:normType:scaleGradByFreq:mode:includeLastOffset:paddingIndex:dtype:generator:)", 4, 2, Optional(1.0),
      2.0, Optional(1)
    ) { EmbeddingBag($0, $1, maxNorm: $2, normType: $3, scaleGradByFreq: true, paddingIndex: $4)(index(2, 3)) },
    call("GRU.callAsFunction(_:_:)", t(4, 2, 3), Optional(t(1, 2, 2))) { GRU(3, 2)($0, $1).output },
    call("GRU.init(_:_:numLayers:bias:batchFirst:dropout:bidirectional:dtype:generator:)", 3, 2, 2, 0.1) {
      GRU($0, $1, numLayers: $2, dropout: $3)(t(4, 2, 3)).output
    },
    call("GRUCell.callAsFunction(_:_:)", x, Optional(t(2, 2))) { GRUCell(3, 2)($0, $1) },
    call("GRUCell.init(_:_:bias:dtype:generator:)", 3, 2) { GRUCell($0, $1)(x) },
    call("LSTMCell.callAsFunction(_:_:)", x, t(2, 2), t(2, 2)) { LSTMCell(3, 2)($0, (h: $1, c: $2)).c },
    call("LSTMCell.init(_:_:bias:dtype:generator:)", 3, 2) { LSTMCell($0, $1)(x).h },
    call(
      "MultiheadAttention.callAsFunction(_:_:_:keyPaddingMask:needWeights:attnMask:averageAttnWeights:isCausal:)", t(2, 1, 4), t(3, 1, 4),
      t(3, 1, 4), Optional(t(1, 3)), Optional(t(2, 3))
    ) { MultiheadAttention(4, 2)($0, $1, $2, keyPaddingMask: $3, attnMask: $4).output },
    call(
      "MultiheadAttention.init(_:_:dropout:bias:addBiasKV:addZeroAttention:kdim:vdim:batchFirst:dtype:generator:)", 4, 2, 0.1, Optional(3),
      Optional(3)
    ) { MultiheadAttention($0, $1, dropout: $2, addBiasKV: true, kdim: $3, vdim: $4)(t(2, 1, 4), t(3, 1, 3), t(3, 1, 3)).output },
    call("RNN.callAsFunction(_:_:)", t(4, 2, 3), Optional(t(1, 2, 2))) { RNN(3, 2)($0, $1).output },
    call("RNN.init(_:_:numLayers:nonlinearity:bias:batchFirst:dropout:bidirectional:dtype:generator:)", 3, 2, 2, 0.1) {
      RNN($0, $1, numLayers: $2, dropout: $3)(t(4, 2, 3)).output
    },
    call("RNNCell.callAsFunction(_:_:)", x, Optional(t(2, 2))) { RNNCell(3, 2)($0, $1) },
    call("RNNCell.init(_:_:bias:nonlinearity:dtype:generator:)", 3, 2) { RNNCell($0, $1)(x) },
    call(
      "Transformer.callAsFunction(_:_:sourceMask:targetMask:memoryMask:sourceKeyPaddingMask:targetKeyPaddingMask:memoryKeyPaddingMask:sourceIsCausal:targetIsCausal:memoryIsCausal:)",
      t(3, 1, 4), t(2, 1, 4), Optional(t(3, 3)), Optional(t(2, 2)), Optional(t(2, 3))
    ) {
      Transformer(4, heads: 2, encoderLayers: 1, decoderLayers: 1, feedforward: 3)($0, $1, sourceMask: $2, targetMask: $3, memoryMask: $4)
    },
    call(
      "Transformer.init(_:heads:encoderLayers:decoderLayers:feedforward:dropout:activation:customEncoder:customDecoder:layerNormEps:batchFirst:normFirst:bias:dtype:generator:)",
      4, 2, 1, 1, 3, 0.1, 1e-5
    ) {
      Transformer($0, heads: $1, encoderLayers: $2, decoderLayers: $3, feedforward: $4, dropout: $5, layerNormEps: $6)(
        t(3, 1, 4), t(2, 1, 4))
    },
    call("Transformer.squareSubsequentMask(_:dtype:)", 3) { Transformer.squareSubsequentMask($0) },
    call(
      "TransformerDecoder.callAsFunction(_:_:mask:memoryMask:keyPaddingMask:memoryKeyPaddingMask:isCausal:memoryIsCausal:)", t(3, 1, 4),
      t(2, 1, 4), Optional(t(3, 3))
    ) { TransformerDecoder(TransformerDecoderLayer(4, heads: 2, feedforward: 3), numLayers: 1)($0, $1, mask: $2) },
    call("TransformerDecoder.init(_:numLayers:norm:)", 2) {
      TransformerDecoder(TransformerDecoderLayer(4, heads: 2, feedforward: 3), numLayers: $0)(t(3, 1, 4), t(2, 1, 4))
    },
    call(
      "TransformerDecoderLayer.callAsFunction(_:_:mask:memoryMask:keyPaddingMask:memoryKeyPaddingMask:isCausal:memoryIsCausal:)",
      t(3, 1, 4), t(2, 1, 4), Optional(t(3, 3)), Optional(t(3, 2)), Optional(t(1, 3)), Optional(t(1, 2))
    ) {
      TransformerDecoderLayer(4, heads: 2, feedforward: 3)($0, $1, mask: $2, memoryMask: $3, keyPaddingMask: $4, memoryKeyPaddingMask: $5)
    },
    call(
      "TransformerDecoderLayer.init(_:heads:feedforward:dropout:activation:layerNormEps:batchFirst:normFirst:bias:dtype:generator:)", 4, 2,
      3, 0.1, 1e-5
    ) { TransformerDecoderLayer($0, heads: $1, feedforward: $2, dropout: $3, layerNormEps: $4)(t(3, 1, 4), t(2, 1, 4)) },
    call("TransformerEncoder.callAsFunction(_:mask:keyPaddingMask:isCausal:)", t(3, 1, 4), Optional(t(3, 3)), Optional(t(1, 3))) {
      TransformerEncoder(TransformerEncoderLayer(4, heads: 2, feedforward: 3), numLayers: 1)($0, mask: $1, keyPaddingMask: $2)
    },
    call("TransformerEncoder.init(_:numLayers:norm:)", 2) {
      TransformerEncoder(TransformerEncoderLayer(4, heads: 2, feedforward: 3), numLayers: $0)(t(3, 1, 4))
    },
    call("TransformerEncoderLayer.callAsFunction(_:mask:keyPaddingMask:isCausal:)", t(3, 1, 4), Optional(t(3, 3)), Optional(t(1, 3))) {
      TransformerEncoderLayer(4, heads: 2, feedforward: 3)($0, mask: $1, keyPaddingMask: $2)
    },
    call(
      "TransformerEncoderLayer.init(_:heads:feedforward:dropout:activation:layerNormEps:batchFirst:normFirst:bias:dtype:generator:)", 4, 2,
      3, 0.1, 1e-5
    ) { TransformerEncoderLayer($0, heads: $1, feedforward: $2, dropout: $3, layerNormEps: $4)(t(3, 1, 4)) },
  ]
}

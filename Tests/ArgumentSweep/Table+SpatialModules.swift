import ChainRule
import ChainRuleNN

extension Table {
  static let spatialModules: [Call] = [
    call("UpsampleLayer.forward(_:)", t(1, 1, 4, 4)) { Upsample(size: 8)($0) },
    call("UpsamplingNearest2d.init(size:)", 8) { UpsamplingNearest2d(size: $0)(t(1, 1, 4, 4)) },
    call("UpsamplingNearest2d.init(scaleFactor:)", 2.0) { UpsamplingNearest2d(scaleFactor: $0)(t(1, 1, 4, 4)) },
    call("UpsamplingNearest2d.init(scaleFactor:)", [2.0, 2.0]) { UpsamplingNearest2d(scaleFactor: $0)(t(1, 1, 4, 4)) },
    call("UpsamplingBilinear2d.init(size:)", 8) { UpsamplingBilinear2d(size: $0)(t(1, 1, 4, 4)) },
    call("UpsamplingBilinear2d.init(scaleFactor:)", 2.0) { UpsamplingBilinear2d(scaleFactor: $0)(t(1, 1, 4, 4)) },
    call("UpsamplingBilinear2d.init(scaleFactor:)", [2.0, 2.0]) { UpsamplingBilinear2d(scaleFactor: $0)(t(1, 1, 4, 4)) },
    call("AdaptiveAvgPool3d.forward(_:)", t(1, 2, 4, 4, 4)) { AdaptiveAvgPool3d(2)($0) },
    call("AdaptiveAvgPool3d.init(_:)", 2) { AdaptiveAvgPool3d($0)(t(1, 2, 4, 4, 4)) },
    call("AdaptiveAvgPool3d.init(_:)", [Optional(2), Optional(2), Optional(2)]) { AdaptiveAvgPool3d($0)(t(1, 2, 4, 4, 4)) },
    call("AdaptiveMaxPool1d.forward(_:)", t(1, 2, 8)) { AdaptiveMaxPool1d(2)($0) },
    call("AdaptiveMaxPool1d.init(_:)", 2) { AdaptiveMaxPool1d($0)(t(1, 2, 8)) },
    call("AdaptiveMaxPool1d.withIndices(_:)", t(1, 2, 8)) { AdaptiveMaxPool1d(2).withIndices($0) },
    call("AdaptiveMaxPool2d.withIndices(_:)", t(1, 2, 8, 8)) { AdaptiveMaxPool2d(2).withIndices($0) },
    call("AdaptiveMaxPool3d.forward(_:)", t(1, 2, 4, 4, 4)) { AdaptiveMaxPool3d(2)($0) },
    call("AdaptiveMaxPool3d.init(_:)", 2) { AdaptiveMaxPool3d($0)(t(1, 2, 4, 4, 4)) },
    call("AdaptiveMaxPool3d.init(_:)", [Optional(2), Optional(2), Optional(2)]) { AdaptiveMaxPool3d($0)(t(1, 2, 4, 4, 4)) },
    call("AdaptiveMaxPool3d.withIndices(_:)", t(1, 2, 4, 4, 4)) { AdaptiveMaxPool3d(2).withIndices($0) },
    call("AvgPool3d.forward(_:)", t(1, 2, 4, 4, 4)) { AvgPool3d(2)($0) },
    call("AvgPool3d.init(_:stride:padding:ceilMode:countIncludePad:divisorOverride:)", 2, 2, 1, Optional(2)) {
      AvgPool3d($0, stride: $1, padding: $2, divisorOverride: $3)(t(1, 2, 4, 4, 4))
    },
    call("ChannelShuffle.forward(_:)", t(1, 4, 2)) { ChannelShuffle(2)($0) },
    call("ChannelShuffle.init(_:)", 2) { ChannelShuffle($0)(t(1, 4, 2)) },
    call("CircularPad1d.init(_:)", 1) { CircularPad1d($0)(t(1, 2, 8)) },
    call("CircularPad2d.init(_:)", 1) { CircularPad2d($0)(t(1, 2, 8, 8)) },
    call("CircularPad3d.init(_:)", 1) { CircularPad3d($0)(t(1, 2, 4, 4, 4)) },
    call("ConstantPad1d.init(_:_:)", 1, 2.0) { ConstantPad1d($0, $1)(t(1, 2, 8)) },
    call("ConstantPad2d.init(_:_:)", 1, 2.0) { ConstantPad2d($0, $1)(t(1, 2, 8, 8)) },
    call("ConstantPad3d.init(_:_:)", 1, 2.0) { ConstantPad3d($0, $1)(t(1, 2, 4, 4, 4)) },
    call("Conv1d.init(_:_:kernel:stride:padding:dilation:groups:bias:paddingMode:dtype:generator:)", 2, 2, 3, 1, 1, 1, 1) {
      Conv1d($0, $1, kernel: $2, stride: $3, padding: $4, dilation: $5, groups: $6, paddingMode: .circular)(t(1, 2, 8))
    },
    call("Conv2d.init(_:_:kernel:stride:padding:dilation:groups:bias:paddingMode:dtype:generator:)", 2, 2, 3, 1, 1, 1, 1) {
      Conv2d($0, $1, kernel: $2, stride: $3, padding: $4, dilation: $5, groups: $6, paddingMode: .circular)(t(1, 2, 8, 8))
    },
    call("Conv3d.init(_:_:kernel:stride:padding:dilation:groups:bias:paddingMode:dtype:generator:)", 2, 2, 3, 1, 1, 1, 1) {
      Conv3d($0, $1, kernel: $2, stride: $3, padding: $4, dilation: $5, groups: $6, paddingMode: .circular)(t(1, 2, 4, 4, 4))
    },
    call("ConvTranspose3d.init(_:_:kernel:stride:padding:outputPadding:groups:bias:dilation:dtype:generator:)", 2, 2, 3, 2, 1, 1, 1, 1) {
      ConvTranspose3d($0, $1, kernel: $2, stride: $3, padding: $4, outputPadding: $5, groups: $6, dilation: $7)(t(1, 2, 4, 4, 4))
    },
    call("ConvolutionTransposeLayer.forward(_:)", t(1, 2, 8)) { ConvTranspose1d(2, 2, kernel: 3)($0) },
    call("ConvolutionTransposeLayer.callAsFunction(_:outputSize:)", t(1, 2, 8), [10]) {
      ConvTranspose1d(2, 2, kernel: 3)($0, outputSize: $1)
    },
    call("Fold.forward(_:)", t(1, 4, 9)) { Fold(4, 2)($0) },
    call("Fold.init(_:_:dilation:padding:stride:)", 4, 2, 1, 0, 1) { Fold($0, $1, dilation: $2, padding: $3, stride: $4)(t(1, 4, 9)) },
    call("FractionalMaxPoolLayer.forward(_:)", t(1, 2, 8, 8)) { FractionalMaxPool2d(2, outputSize: 3)($0) },
    call("FractionalMaxPool2d.init(_:outputSize:outputRatio:randomSamples:generator:)", 2, 2) {
      FractionalMaxPool2d($0, outputSize: $1)(t(1, 2, 8, 8))
    },
    call("FractionalMaxPool2d.init(_:outputSize:outputRatio:randomSamples:generator:)", Optional([0.5]), Optional(t(1, 2, 2))) {
      FractionalMaxPool2d(2, outputRatio: $0, randomSamples: $1)(t(1, 2, 8, 8))
    },
    call("FractionalMaxPoolLayer.withIndices(_:)", t(1, 2, 8, 8)) { FractionalMaxPool2d(2, outputSize: 3).withIndices($0) },
    call("FractionalMaxPool2d.withIndices(_:)", t(1, 2, 8, 8)) { FractionalMaxPool2d(2, outputSize: 3).withIndices($0) },
    call("FractionalMaxPoolLayer.forward(_:)", t(1, 2, 4, 4, 4)) { FractionalMaxPool3d(2, outputSize: 2)($0) },
    call("FractionalMaxPool3d.init(_:outputSize:outputRatio:randomSamples:generator:)", 2, 2) {
      FractionalMaxPool3d($0, outputSize: $1)(t(1, 2, 4, 4, 4))
    },
    call("FractionalMaxPool3d.init(_:outputSize:outputRatio:randomSamples:generator:)", Optional([0.5]), Optional(t(1, 2, 3) / 2)) {
      FractionalMaxPool3d(2, outputRatio: $0, randomSamples: $1)(t(1, 2, 4, 4, 4))
    },
    call("FractionalMaxPool3d.withIndices(_:)", t(1, 2, 4, 4, 4)) { FractionalMaxPool3d(2, outputSize: 2).withIndices($0) },
    call("LPPool1d.forward(_:)", t(1, 2, 8)) { LPPool1d(2, 2)($0) },
    call("LPPool1d.init(_:_:stride:ceilMode:)", 2.0, 2, 2) { LPPool1d($0, $1, stride: $2)(t(1, 2, 8)) },
    call("LPPool2d.forward(_:)", t(1, 2, 8, 8)) { LPPool2d(2, 2)($0) },
    call("LPPool2d.init(_:_:stride:ceilMode:)", 2.0, 2, 2) { LPPool2d($0, $1, stride: $2)(t(1, 2, 8, 8)) },
    call("LPPool3d.forward(_:)", t(1, 2, 4, 4, 4)) { LPPool3d(2, 2)($0) },
    call("LPPool3d.init(_:_:stride:ceilMode:)", 2.0, 2, 2) { LPPool3d($0, $1, stride: $2)(t(1, 2, 4, 4, 4)) },
    call("LPPoolLayer.forward(_:)", t(1, 2, 8)) { LPPool1d(2, 2)($0) },
    call("MaxPool1d.withIndices(_:)", t(1, 2, 8)) { MaxPool1d(2).withIndices($0) },
    call("MaxPool2d.withIndices(_:)", t(1, 2, 8, 8)) { MaxPool2d(2).withIndices($0) },
    call("MaxPool3d.init(_:stride:padding:dilation:ceilMode:)", 2, 2, 1, 1) {
      MaxPool3d($0, stride: $1, padding: $2, dilation: $3)(t(1, 2, 4, 4, 4))
    },
    call("MaxPool3d.withIndices(_:)", t(1, 2, 4, 4, 4)) { MaxPool3d(2).withIndices($0) },
    call("MaxPoolLayer.withIndices(_:)", t(1, 2, 8, 8)) { MaxPool2d(2).withIndices($0) },
    call("MaxUnpool1d.callAsFunction(_:_:outputSize:)", t(1, 2, 4), index(1, 2, 4), Optional([8])) {
      MaxUnpool1d(2)($0, $1, outputSize: $2)
    },
    call("MaxUnpool1d.init(_:stride:padding:)", 2, 2, 0) { MaxUnpool1d($0, stride: $1, padding: $2)(t(1, 2, 4), index(1, 2, 4)) },
    call("MaxUnpool2d.callAsFunction(_:_:outputSize:)", t(1, 2, 4, 4), index(1, 2, 4, 4), Optional([8, 8])) {
      MaxUnpool2d(2)($0, $1, outputSize: $2)
    },
    call("MaxUnpool2d.init(_:stride:padding:)", 2, 2, 0) { MaxUnpool2d($0, stride: $1, padding: $2)(t(1, 2, 4, 4), index(1, 2, 4, 4)) },
    call("MaxUnpool3d.callAsFunction(_:_:outputSize:)", t(1, 2, 2, 2, 2), index(1, 2, 2, 2, 2), Optional([4, 4, 4])) {
      MaxUnpool3d(2)($0, $1, outputSize: $2)
    },
    call("MaxUnpool3d.init(_:stride:padding:)", 2, 2, 0) {
      MaxUnpool3d($0, stride: $1, padding: $2)(t(1, 2, 2, 2, 2), index(1, 2, 2, 2, 2))
    },
    call("PaddingLayer.forward(_:)", t(1, 2, 8)) { ReflectionPad1d(1)($0) },
    call("PixelShuffle.forward(_:)", t(1, 4, 2, 2)) { PixelShuffle(2)($0) },
    call("PixelShuffle.init(_:)", 2) { PixelShuffle($0)(t(1, 4, 2, 2)) },
    call("PixelUnshuffle.forward(_:)", t(1, 1, 4, 4)) { PixelUnshuffle(2)($0) },
    call("PixelUnshuffle.init(_:)", 2) { PixelUnshuffle($0)(t(1, 1, 4, 4)) },
    call("ReflectionPad1d.init(_:)", 1) { ReflectionPad1d($0)(t(1, 2, 8)) },
    call("ReflectionPad2d.init(_:)", 1) { ReflectionPad2d($0)(t(1, 2, 8, 8)) },
    call("ReflectionPad3d.init(_:)", 1) { ReflectionPad3d($0)(t(1, 2, 4, 4, 4)) },
    call("ReplicationPad1d.init(_:)", 1) { ReplicationPad1d($0)(t(1, 2, 8)) },
    call("ReplicationPad2d.init(_:)", 1) { ReplicationPad2d($0)(t(1, 2, 8, 8)) },
    call("ReplicationPad3d.init(_:)", 1) { ReplicationPad3d($0)(t(1, 2, 4, 4, 4)) },
    call("Unflatten.forward(_:)", t(2, 4)) { Unflatten(1, [2, 2])($0) },
    call("Unflatten.init(_:_:)", 1, [2, 2]) { Unflatten($0, $1)(t(2, 4)) },
    call("Unfold.forward(_:)", t(1, 1, 4, 4)) { Unfold(2)($0) },
    call("Unfold.init(_:dilation:padding:stride:)", 2, 1, 0, 1) { Unfold($0, dilation: $1, padding: $2, stride: $3)(t(1, 1, 4, 4)) },
    call("ZeroPad1d.init(_:)", 1) { ZeroPad1d($0)(t(1, 2, 8)) },
    call("ZeroPad2d.init(_:)", 1) { ZeroPad2d($0)(t(1, 2, 8, 8)) },
    call("ZeroPad3d.init(_:)", 1) { ZeroPad3d($0)(t(1, 2, 4, 4, 4)) },
    call("adaptiveAvgPool3d(_:_:)", t(1, 2, 4, 4, 4), [Optional(2), Optional(2), Optional(2)]) { adaptiveAvgPool3d($0, $1) },
    call("adaptiveMaxPool3d(_:_:)", t(1, 2, 4, 4, 4), [Optional(2), Optional(2), Optional(2)]) { adaptiveMaxPool3d($0, $1) },
    call("adaptiveMaxPool3dWithIndices(_:_:)", t(1, 2, 4, 4, 4), [Optional(2), Optional(2), Optional(2)]) {
      adaptiveMaxPool3dWithIndices($0, $1)
    },
    call("avgPool3d(_:kernel:stride:padding:ceilMode:countIncludePad:divisorOverride:)", t(1, 2, 4, 4, 4), 2, 2, 1, Optional(2)) {
      avgPool3d($0, kernel: $1, stride: $2, padding: $3, divisorOverride: $4)
    },
    call("channelShuffle(_:_:)", t(1, 4, 2), 2) { channelShuffle($0, $1) },
    call("fold(_:outputSize:kernel:dilation:padding:stride:)", t(1, 4, 9), 4, 2, 1, 0, 1) {
      fold($0, outputSize: $1, kernel: $2, dilation: $3, padding: $4, stride: $5)
    },
    call("fractionalMaxPool2d(_:kernel:outputSize:outputRatio:randomSamples:generator:)", t(1, 2, 8, 8), 2, 2, Optional(t(1, 2, 2))) {
      fractionalMaxPool2d($0, kernel: $1, outputSize: $2, randomSamples: $3).values
    },
    call("fractionalMaxPool3d(_:kernel:outputSize:outputRatio:randomSamples:generator:)", t(1, 2, 4, 4, 4), 2, 2, Optional(t(1, 2, 3) / 2))
    {
      fractionalMaxPool3d($0, kernel: $1, outputSize: $2, randomSamples: $3).values
    },
    call("lpPool1d(_:normType:kernel:stride:ceilMode:)", t(1, 2, 8), 2.0, 2, 2) { lpPool1d($0, normType: $1, kernel: $2, stride: $3) },
    call("lpPool2d(_:normType:kernel:stride:ceilMode:)", t(1, 2, 8, 8), 2.0, 2, 2) { lpPool2d($0, normType: $1, kernel: $2, stride: $3) },
    call("lpPool3d(_:normType:kernel:stride:ceilMode:)", t(1, 2, 4, 4, 4), 2.0, 2, 2) {
      lpPool3d($0, normType: $1, kernel: $2, stride: $3)
    },
    call("maxPool3d(_:kernel:stride:padding:dilation:ceilMode:)", t(1, 2, 4, 4, 4), 2, 2, 1, 1) {
      maxPool3d($0, kernel: $1, stride: $2, padding: $3, dilation: $4)
    },
    call("maxPool3dWithIndices(_:kernel:stride:padding:dilation:ceilMode:)", t(1, 2, 4, 4, 4), 2, 2, 1, 1) {
      maxPool3dWithIndices($0, kernel: $1, stride: $2, padding: $3, dilation: $4)
    },
    call("maxUnpool1d(_:_:kernel:stride:padding:outputSize:)", t(1, 2, 4), index(1, 2, 4), 2, 2, 0, Optional([8])) {
      maxUnpool1d($0, $1, kernel: $2, stride: $3, padding: $4, outputSize: $5)
    },
    call("maxUnpool2d(_:_:kernel:stride:padding:outputSize:)", t(1, 2, 4, 4), index(1, 2, 4, 4), 2, 2, 0, Optional([8, 8])) {
      maxUnpool2d($0, $1, kernel: $2, stride: $3, padding: $4, outputSize: $5)
    },
    call("maxUnpool3d(_:_:kernel:stride:padding:outputSize:)", t(1, 2, 2, 2, 2), index(1, 2, 2, 2, 2), 2, 2, 0, Optional([4, 4, 4])) {
      maxUnpool3d($0, $1, kernel: $2, stride: $3, padding: $4, outputSize: $5)
    },
    call("pixelShuffle(_:_:)", t(1, 4, 2, 2), 2) { pixelShuffle($0, $1) },
    call("pixelUnshuffle(_:_:)", t(1, 1, 4, 4), 2) { pixelUnshuffle($0, $1) },
    call("unfold(_:kernel:dilation:padding:stride:)", t(1, 1, 4, 4), 2, 1, 0, 1) {
      unfold($0, kernel: $1, dilation: $2, padding: $3, stride: $4)
    },
  ]
}

import ChainRule

extension Table {
  static let products: [Call] = [
    call("Tensor.matmul(_:)", x, t(3, 2)) { $0.matmul($1) }, call("Tensor.matmul(_:)", t(2, 2, 3), t(3)) { $0.matmul($1) },
    call("linear(_:_:_:)", x, t(4, 3), Optional(t(4))) { linear($0, $1, $2) },
    call("Tensor.mm(_:)", x, t(3, 2)) { $0.mm($1) }, call("Tensor.mv(_:)", x, t(3)) { $0.mv($1) },
    call("Tensor.bmm(_:)", t(2, 2, 3), t(2, 3, 2)) { $0.bmm($1) }, call("Tensor.outer(_:)", t(2), t(3)) { $0.outer($1) },
    call("Tensor.dot(_:)", t(3), t(3)) { $0.dot($1) },
    call("Tensor.addmm(_:_:beta:alpha:)", t(2, 2), x, t(3, 2), 1.0, 2.0) { $0.addmm($1, $2, beta: $3, alpha: $4) },
    call("Tensor.addmv(_:_:beta:alpha:)", t(2), x, t(3), 1.0, 2.0) { $0.addmv($1, $2, beta: $3, alpha: $4) },
    call("einsum(_:_:)", [x, t(3, 2)]) { einsum("ij,jk->ik", $0) },
    call("normalize(_:p:dim:eps:)", x, 2.0, 1, 1e-12) { normalize($0, p: $1, dim: $2, eps: $3) },
    call("cosineSimilarity(_:_:dim:eps:)", x, x, 1, 1e-8) { cosineSimilarity($0, $1, dim: $2, eps: $3) },
    call("pairwiseDistance(_:_:p:eps:keepDim:)", x, x, 2.0, 1e-6) { pairwiseDistance($0, $1, p: $2, eps: $3) },
    call(
      "scaledDotProductAttention(_:_:_:mask:dropout:isCausal:scale:enableGQA:generator:)", t(1, 4, 2), t(1, 4, 2), t(1, 4, 2),
      Optional(mask(4, 4)), 0.1, Optional(0.5)
    ) {
      scaledDotProductAttention($0, $1, $2, mask: $3, dropout: $4, scale: $5)
    },
    call("selfAttention(_:heads:isCausal:)", t(1, 4, 12), 2) { selfAttention($0, heads: $1, isCausal: true) },
  ]

  static let network: [Call] = [
    call(
      "batchNorm(_:runningMean:runningVar:weight:bias:training:momentum:eps:)", t(2, 3, 2), Optional(t(3)), Optional(t(3)), Optional(t(3)),
      Optional(t(3)), 0.1, 1e-5
    ) {
      batchNorm($0, runningMean: $1, runningVar: $2, weight: $3, bias: $4, momentum: $5, eps: $6)
    },
    call("groupNorm(_:_:weight:bias:eps:)", t(2, 4, 2), 2, Optional(t(4)), Optional(t(4)), 1e-5) {
      groupNorm($0, $1, weight: $2, bias: $3, eps: $4)
    },
    call(
      "instanceNorm(_:runningMean:runningVar:weight:bias:useInputStats:momentum:eps:)", t(2, 3, 4), Optional(t(3)), Optional(t(3)),
      Optional(t(3)), Optional(t(3)), 0.1, 1e-5
    ) {
      instanceNorm($0, runningMean: $1, runningVar: $2, weight: $3, bias: $4, momentum: $5, eps: $6)
    },
    call("layerNorm(_:_:weight:bias:eps:)", x, [3], Optional(t(3)), Optional(t(3)), 1e-5) {
      layerNorm($0, $1, weight: $2, bias: $3, eps: $4)
    },
    call("rmsNorm(_:_:weight:eps:)", x, [3], Optional(t(3)), Optional(1e-5)) { rmsNorm($0, $1, weight: $2, eps: $3) },
    call("conv1d(_:_:_:stride:padding:dilation:groups:)", t(1, 2, 8), t(2, 2, 3), Optional(t(2)), 1, 1, 1, 1) {
      conv1d($0, $1, $2, stride: $3, padding: $4, dilation: $5, groups: $6)
    },
    call("conv2d(_:_:_:stride:padding:dilation:groups:)", t(1, 2, 8, 8), t(2, 2, 3, 3), Optional(t(2)), 1, 1, 1, 1) {
      conv2d($0, $1, $2, stride: $3, padding: $4, dilation: $5, groups: $6)
    },
    call("conv2d(_:_:_:stride:padding:dilation:groups:)", t(1, 2, 8, 8), t(2, 2, 3, 3), [1, 1], [1, 1], [1, 1]) {
      conv2d($0, $1, stride: $2, padding: $3, dilation: $4)
    },
    call("conv3d(_:_:_:stride:padding:dilation:groups:)", t(1, 1, 4, 4, 4), t(2, 1, 3, 3, 3), Optional(t(2)), 1, 1, 1, 1) {
      conv3d($0, $1, $2, stride: $3, padding: $4, dilation: $5, groups: $6)
    },
    call("convTranspose1d(_:_:_:stride:padding:outputPadding:groups:dilation:)", t(1, 2, 8), t(2, 2, 3), Optional(t(2)), 2, 1, 1, 1, 1) {
      convTranspose1d($0, $1, $2, stride: $3, padding: $4, outputPadding: $5, groups: $6, dilation: $7)
    },
    call(
      "convTranspose2d(_:_:_:stride:padding:outputPadding:groups:dilation:)", t(1, 2, 4, 4), t(2, 2, 3, 3), Optional(t(2)), 2, 1, 1, 1, 1
    ) {
      convTranspose2d($0, $1, $2, stride: $3, padding: $4, outputPadding: $5, groups: $6, dilation: $7)
    },
    call(
      "convTranspose3d(_:_:_:stride:padding:outputPadding:groups:dilation:)", t(1, 1, 2, 2, 2), t(1, 2, 3, 3, 3), Optional(t(2)), 2, 1, 1,
      1, 1
    ) {
      convTranspose3d($0, $1, $2, stride: $3, padding: $4, outputPadding: $5, groups: $6, dilation: $7)
    },
    call("maxPool1d(_:kernel:stride:padding:dilation:ceilMode:)", t(1, 2, 8), 3, 2, 1, 1) {
      maxPool1d($0, kernel: $1, stride: $2, padding: $3, dilation: $4, ceilMode: true)
    },
    call("maxPool1dWithIndices(_:kernel:stride:padding:dilation:ceilMode:)", t(1, 2, 8), 3, 2, 1, 1) {
      maxPool1dWithIndices($0, kernel: $1, stride: $2, padding: $3, dilation: $4)
    },
    call("maxPool2d(_:kernel:stride:padding:dilation:ceilMode:)", t(1, 2, 8, 8), 3, 2, 1, 1) {
      maxPool2d($0, kernel: $1, stride: $2, padding: $3, dilation: $4, ceilMode: true)
    },
    call("maxPool2d(_:kernel:stride:padding:dilation:ceilMode:)", t(1, 2, 8, 8), [3, 3], [2, 2], [1, 1], [1, 1]) {
      maxPool2d($0, kernel: $1, stride: $2, padding: $3, dilation: $4)
    },
    call("maxPool2dWithIndices(_:kernel:stride:padding:dilation:ceilMode:)", t(1, 2, 8, 8), 3, 2, 1, 1) {
      maxPool2dWithIndices($0, kernel: $1, stride: $2, padding: $3, dilation: $4)
    },
    call("adaptiveMaxPool2d(_:_:)", t(1, 2, 8, 8), [Optional(3), Optional(3)]) { adaptiveMaxPool2d($0, $1) },
    call("adaptiveMaxPool2dWithIndices(_:_:)", t(1, 2, 8, 8), [Optional(3), Optional(3)]) { adaptiveMaxPool2dWithIndices($0, $1) },
    call("adaptiveMaxPool1dWithIndices(_:_:)", t(1, 2, 8), 3) { adaptiveMaxPool1dWithIndices($0, $1) },
    call("adaptiveMaxPool1d(_:_:)", t(1, 2, 8), 3) { adaptiveMaxPool1d($0, $1) },
    call("avgPool1d(_:kernel:stride:padding:ceilMode:countIncludePad:)", t(1, 2, 8), 3, 2, 1) {
      avgPool1d($0, kernel: $1, stride: $2, padding: $3, ceilMode: true)
    },
    call("avgPool2d(_:kernel:stride:padding:ceilMode:countIncludePad:divisorOverride:)", t(1, 2, 8, 8), 3, 2, 1, Optional(2)) {
      avgPool2d($0, kernel: $1, stride: $2, padding: $3, ceilMode: true, divisorOverride: $4)
    },
    call("adaptiveAvgPool1d(_:_:)", t(1, 2, 8), 3) { adaptiveAvgPool1d($0, $1) },
    call("adaptiveAvgPool2d(_:_:)", t(1, 2, 8, 8), [Optional(3), Optional(3)]) { adaptiveAvgPool2d($0, $1) },
    call("adaptiveAvgPool2d(_:_:)", t(1, 2, 8, 8), 3) { adaptiveAvgPool2d($0, $1) },
    call("interpolate(_:size:mode:alignCorners:)", t(1, 1, 4, 4), 8) { interpolate($0, size: $1, mode: .bilinear) },
    call("interpolate(_:scaleFactor:mode:alignCorners:recomputeScaleFactor:)", t(1, 1, 4, 4), 2.0) {
      interpolate($0, scaleFactor: $1, mode: .bicubic)
    },
    call("interpolate(_:scaleFactor:mode:alignCorners:recomputeScaleFactor:)", t(1, 1, 4, 4), [2.0, 2.0]) {
      interpolate($0, scaleFactor: $1)
    },
  ]

  static let creation: [Call] = [
    call("Tensor.init(_:dtype:requiresGrad:)", 1.5) { Tensor($0) },
    call("Tensor.init(_:dtype:requiresGrad:)", [1, 2]) { Tensor($0, dtype: .float32) },
    call("Tensor.init(_:dtype:requiresGrad:)", [[1.0, 2.0], [3.0, 4.0]]) { Tensor($0) },
    call("Tensor.init(_:shape:dtype:requiresGrad:)", [1.0, 2.0, 3.0, 4.0], [2, 2]) { Tensor($0, shape: $1) },
    call("Tensor.init(_:shape:dtype:requiresGrad:)", [1, 2, 3, 4], [2, 2]) { Tensor($0, shape: $1, dtype: .uint8) },
    call("Tensor.zeros(_:dtype:requiresGrad:)", [2, 3]) { Tensor.zeros($0) },
    call("Tensor.zeros(_:dtype:requiresGrad:)", 2, 3) { Tensor.zeros($0, $1) },
    call("Tensor.ones(_:dtype:requiresGrad:)", [2, 3]) { Tensor.ones($0) },
    call("Tensor.ones(_:dtype:requiresGrad:)", 2, 3) { Tensor.ones($0, $1) },
    call("Tensor.zeros(like:)", x) { Tensor.zeros(like: $0) }, call("Tensor.ones(like:)", x) { Tensor.ones(like: $0) },
    call("Tensor.full(_:_:dtype:requiresGrad:)", [2, 3], 1.5) { Tensor.full($0, $1) },
    call("Tensor.full(_:_:dtype:requiresGrad:)", [2, 3], 1) { Tensor.full($0, $1, dtype: .int32) },
    call("Tensor.full(like:_:)", x, 1.5) { Tensor.full(like: $0, $1) },
    call("Tensor.hannWindow(_:periodic:dtype:)", 5) { Tensor.hannWindow($0) },
    call("Tensor.blackmanWindow(_:periodic:dtype:)", 5) { Tensor.blackmanWindow($0) },
    call("Tensor.bartlettWindow(_:periodic:dtype:)", 5) { Tensor.bartlettWindow($0) },
    call("Tensor.hammingWindow(_:periodic:alpha:beta:dtype:)", 5, 0.5, 0.4) { Tensor.hammingWindow($0, alpha: $1, beta: $2) },
    call("Tensor.kaiserWindow(_:periodic:beta:dtype:)", 5, 3.0) { Tensor.kaiserWindow($0, beta: $1) },
    call("Tensor.trilIndices(_:_:offset:)", 3, 4, 1) { Tensor.trilIndices($0, $1, offset: $2) },
    call("Tensor.triuIndices(_:_:offset:)", 3, 4, 1) { Tensor.triuIndices($0, $1, offset: $2) },
    call("Tensor.eye(_:_:dtype:)", 3, Optional(2)) { Tensor.eye($0, $1) }, call("Tensor.eye(_:_:dtype:)", 3) { Tensor.eye($0) },
    call("Tensor.arange(_:dtype:)", 3) { Tensor.arange($0) }, call("Tensor.arange(_:dtype:)", 3.0) { Tensor.arange($0) },
    call("Tensor.arange(_:_:_:dtype:)", 0, 5, 2) { Tensor.arange($0, $1, $2) },
    call("Tensor.arange(_:_:_:dtype:)", 0.0, 5.0, 2.0) { Tensor.arange($0, $1, $2) },
    call("Tensor.arange(_:_:_:dtype:)", 0.0, 5.0, 2.0) { Tensor.arange($0, $1, $2, dtype: .int64) },
    call("Tensor.arange(_:_:dtype:)", 0, 5) { Tensor.arange($0, $1) },
    call("Tensor.arange(_:_:dtype:)", 0.5, 5.0) { Tensor.arange($0, $1) },
    call("Tensor.linspace(_:_:_:dtype:)", 0.0, 1.0, 5) { Tensor.linspace($0, $1, $2) },
    call("Tensor.linspace(_:_:_:dtype:)", t(), t(), 5) { Tensor.linspace($0, $1, $2) },
    call("Tensor.linspace(_:_:_:dtype:)", 0.0, 1.0, 5) { Tensor.linspace($0, $1, $2, dtype: .int32) },
    call("Tensor.randn(_:dtype:generator:requiresGrad:)", [2, 3]) { Tensor.randn($0) },
    call("Tensor.randn(_:dtype:generator:requiresGrad:)", 2, 3) { Tensor.randn($0, $1) },
    call("Tensor.rand(_:dtype:generator:requiresGrad:)", [2, 3]) { Tensor.rand($0) },
    call("Tensor.rand(_:dtype:generator:requiresGrad:)", 2, 3) { Tensor.rand($0, $1) },
    call("Tensor.normal(_:mean:std:dtype:generator:requiresGrad:)", [2, 3], 0.0, 1.0) { Tensor.normal($0, mean: $1, std: $2) },
    call("Tensor.uniform(_:from:to:dtype:generator:requiresGrad:)", [2, 3], 0.0, 1.0) { Tensor.uniform($0, from: $1, to: $2) },
    call("Tensor.randint(_:_:_:dtype:generator:)", 0, 5, [2, 3]) { Tensor.randint($0, $1, $2) },
    call("Tensor.randint(_:_:_:dtype:generator:)", 0, 5, [2, 3]) { Tensor.randint($0, $1, $2, dtype: .uint8) },
    call("Tensor.randperm(_:generator:)", 5) { Tensor.randperm($0) },
    call("Tensor.bernoulli(_:p:dtype:generator:)", [2, 3], 0.5) { Tensor.bernoulli($0, p: $1) },
    call("Generator.init(seed:)", 1) { Generator(seed: $0) }, call("Generator.manualSeed(_:)", 1) { Generator(seed: 0).manualSeed($0) },
    call("State.init(_:)", [1, 2, 3]) { Generator.State($0) }, call("manualSeed(_:)", 1) { manualSeed($0) },
    call("setThreadCount(_:)", 1) { setThreadCount($0) },
    call("PrintOptions.init(precision:threshold:edgeItems:lineWidth:sciMode:)", 4, 1000, 3, 80) {
      x.description(PrintOptions(precision: $0, threshold: $1, edgeItems: $2, lineWidth: $3))
    },
    call("PrintOptions.init(precision:threshold:edgeItems:lineWidth:sciMode:)", 4, 1, 1, 10) {
      t(5, 5).description(PrintOptions(precision: $0, threshold: $1, edgeItems: $2, lineWidth: $3))
    },
  ]

  private static func cube(_ x: Tensor) -> Tensor { x * x * x }
  private static var leaf: Tensor { t(2).asLeaf() }

  static let autograd: [Call] = [
    call("Tensor.backward(gradient:retainGraph:createGraph:inputs:)", t(2), Optional(t(2))) { (a: Tensor, g: Tensor?) in
      let x = a.asLeaf()
      cube(x).backward(gradient: g)
      return x.grad ?? x
    },
    call("gradients(of:withRespectTo:gradOutputs:retainGraph:createGraph:allowUnused:)", t(2), Optional(t(2))) { (a: Tensor, g: Tensor?) in
      let x = a.asLeaf()
      return gradients(of: cube(x), withRespectTo: [x], gradOutputs: g)
    },
    call("jvp(_:_:_:)", t(2), t(2)) { jvp(cube, $0, $1).tangent }, call("vjp(_:_:)", t(2), t(2)) { vjp(cube, $0).pullback($1) },
    call("jvp(_:_:_:)", [t(2)], [t(2)]) { jvp({ cube($0[0]) }, $0, $1).tangent },
    call("jacobian(_:_:mode:chunkSize:strict:)", t(2)) { jacobian(cube, $0) },
    call("jacobian(_:_:mode:chunkSize:strict:)", Optional(1)) { jacobian(cube, t(2), chunkSize: $0) },
    call("hessian(_:_:chunkSize:strict:)", t(2)) { hessian({ cube($0).sum() }, $0) },
    call("hvp(_:_:_:strict:)", t(2), t(2)) { hvp({ cube($0).sum() }, $0, $1) },
    call("checkpoint(_:_:preserveRNGState:determinismCheck:policy:)", t(2)) { checkpoint(cube, $0) },
    call("vmap(_:inDim:outDim:randomness:chunkSize:)", x, 0, 0) { vmap(cube, inDim: $1, outDim: $2)($0) },
    call("vmap(_:inDims:outDim:randomness:chunkSize:)", x, x, Optional(0), Optional(0), 0) {
      vmap({ $0 * $1 }, inDims: ($2, $3), outDim: $4)($0, $1)
    },
    call("vmap(_:inDims:outDim:randomness:chunkSize:)", [x], [Optional(0)], 0) { vmap({ $0[0] * 2 }, inDims: $1, outDim: $2)($0) },
    call(
      "gradcheck(_:_:eps:atol:rtol:nondetTol:checkForwardAD:checkBatchedGrad:fastMode:)", Tensor([1.0, 2], dtype: .float64), 1e-6, 1e-5,
      1e-3, 0.0
    ) {
      (a: Tensor, e: Double, b: Double, c: Double, d: Double) in
      try gradcheck({ cube($0) }, [a.asLeaf()], eps: e, atol: b, rtol: c, nondetTol: d, fastMode: true)
    },
  ]
}

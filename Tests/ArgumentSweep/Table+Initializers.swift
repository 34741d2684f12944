import ChainRule
import ChainRuleNN

extension Table {
  static let initializers: [Call] = [
    call("Initialize.uniform(_:from:to:generator:)", x, 0.0, 1.0) {
      initialized($0) { Initialize.uniform($0, from: $1, to: $2) }($1, $2)
    },
    call("Initialize.normal(_:mean:std:generator:)", x, 0.0, 1.0) {
      initialized($0) { Initialize.normal($0, mean: $1, std: $2) }($1, $2)
    },
    call("Initialize.constant(_:_:)", x, 1.0) { initialized($0) { (leaf, value, _) in Initialize.constant(leaf, value) }($1, 0) },
    call("Initialize.xavierUniform(_:gain:generator:)", x, 1.0) {
      initialized($0) { (leaf, gain, _) in Initialize.xavierUniform(leaf, gain: gain) }($1, 0)
    },
    call("Initialize.xavierNormal(_:gain:generator:)", x, 1.0) {
      initialized($0) { (leaf, gain, _) in Initialize.xavierNormal(leaf, gain: gain) }($1, 0)
    },
    call("Initialize.kaimingUniform(_:a:fan:nonlinearity:generator:)", x, 1.0) {
      initialized($0) { (leaf, a, _) in Initialize.kaimingUniform(leaf, a: a) }($1, 0)
    },
    call("Initialize.kaimingNormal(_:a:fan:nonlinearity:generator:)", x, 1.0) {
      initialized($0) { (leaf, a, _) in Initialize.kaimingNormal(leaf, a: a) }($1, 0)
    },
    call("Initialize.ones(_:)", x) { initialized($0) { (leaf, _, _) in Initialize.ones(leaf) }(0, 0) },
    call("Initialize.zeros(_:)", x) { initialized($0) { (leaf, _, _) in Initialize.zeros(leaf) }(0, 0) },
    call("Initialize.eye(_:)", x) { initialized($0) { (leaf, _, _) in Initialize.eye(leaf) }(0, 0) },
    call("Initialize.dirac(_:groups:)", t(2, 2, 3), 2) { (value: Tensor, groups: Int) -> Tensor in
      initialized(value) { (leaf, _, _) in Initialize.dirac(leaf, groups: groups) }(0, 0)
    },
    call("Initialize.orthogonal(_:gain:generator:)", x, 1.0) {
      initialized($0) { (leaf, gain, _) in Initialize.orthogonal(leaf, gain: gain) }($1, 0)
    },
    call("Initialize.sparse(_:sparsity:std:generator:)", x, 0.5, 1.0) {
      initialized($0) { Initialize.sparse($0, sparsity: $1, std: $2) }($1, $2)
    },
    call("Initialize.truncatedNormal(_:mean:std:from:to:generator:)", x, 0.0, 1.0) {
      initialized($0) { Initialize.truncatedNormal($0, mean: $1, std: $2) }($1, $2)
    },
    call("Initialize.truncatedNormal(_:mean:std:from:to:generator:)", x, -2.0, 2.0) {
      initialized($0) { Initialize.truncatedNormal($0, from: $1, to: $2) }($1, $2)
    },
    call("calculateGain(_:_:)", Optional(0.2)) { calculateGain(.leakyReLU, $0) },
  ]

  private static func initialized(_ value: Tensor, _ fill: @escaping (Tensor, Double, Double) -> Void) -> (Double, Double) -> Tensor {
    { a, b in
      let leaf = value.asLeaf()
      fill(leaf, a, b)
      return leaf
    }
  }

  /// Layers that measure their first input, and what has no parameters.
  static let lazyModules: [Call] = [
    call("LazyLinear.init(_:bias:dtype:generator:)", 2) { LazyLinear($0)(x) },
    call("LazyConv1d.init(_:kernel:stride:padding:dilation:groups:bias:paddingMode:dtype:generator:)", 2, 3, 1, 1, 1, 1) {
      LazyConv1d($0, kernel: $1, stride: $2, padding: $3, dilation: $4, groups: $5)(t(1, 2, 8))
    },
    call("LazyConvTranspose1d.init(_:kernel:stride:padding:outputPadding:groups:bias:dilation:dtype:generator:)", 2, 3, 2, 1, 1, 1, 1) {
      LazyConvTranspose1d($0, kernel: $1, stride: $2, padding: $3, outputPadding: $4, groups: $5, dilation: $6)(t(1, 2, 8))
    },
    call("LazyBatchNorm1d.init(eps:momentum:affine:trackRunningStats:bias:dtype:)", 1e-5, Optional(0.1)) {
      LazyBatchNorm1d(eps: $0, momentum: $1)(t(1, 2, 8))
    },
    call("LazyInstanceNorm1d.init(eps:momentum:affine:trackRunningStats:bias:dtype:)", 1e-5, 0.1) {
      LazyInstanceNorm1d(eps: $0, momentum: $1)(t(1, 2, 8))
    },
    call("LazyConv2d.init(_:kernel:stride:padding:dilation:groups:bias:paddingMode:dtype:generator:)", 2, 3, 1, 1, 1, 1) {
      LazyConv2d($0, kernel: $1, stride: $2, padding: $3, dilation: $4, groups: $5)(t(1, 2, 8, 8))
    },
    call("LazyConvTranspose2d.init(_:kernel:stride:padding:outputPadding:groups:bias:dilation:dtype:generator:)", 2, 3, 2, 1, 1, 1, 1) {
      LazyConvTranspose2d($0, kernel: $1, stride: $2, padding: $3, outputPadding: $4, groups: $5, dilation: $6)(t(1, 2, 8, 8))
    },
    call("LazyBatchNorm2d.init(eps:momentum:affine:trackRunningStats:bias:dtype:)", 1e-5, Optional(0.1)) {
      LazyBatchNorm2d(eps: $0, momentum: $1)(t(1, 2, 8, 8))
    },
    call("LazyInstanceNorm2d.init(eps:momentum:affine:trackRunningStats:bias:dtype:)", 1e-5, 0.1) {
      LazyInstanceNorm2d(eps: $0, momentum: $1)(t(1, 2, 8, 8))
    },
    call("LazyConv3d.init(_:kernel:stride:padding:dilation:groups:bias:paddingMode:dtype:generator:)", 2, 3, 1, 1, 1, 1) {
      LazyConv3d($0, kernel: $1, stride: $2, padding: $3, dilation: $4, groups: $5)(t(1, 2, 4, 4, 4))
    },
    call("LazyConvTranspose3d.init(_:kernel:stride:padding:outputPadding:groups:bias:dilation:dtype:generator:)", 2, 3, 2, 1, 1, 1, 1) {
      LazyConvTranspose3d($0, kernel: $1, stride: $2, padding: $3, outputPadding: $4, groups: $5, dilation: $6)(t(1, 2, 4, 4, 4))
    },
    call("LazyBatchNorm3d.init(eps:momentum:affine:trackRunningStats:bias:dtype:)", 1e-5, Optional(0.1)) {
      LazyBatchNorm3d(eps: $0, momentum: $1)(t(1, 2, 4, 4, 4))
    },
    call("LazyInstanceNorm3d.init(eps:momentum:affine:trackRunningStats:bias:dtype:)", 1e-5, 0.1) {
      LazyInstanceNorm3d(eps: $0, momentum: $1)(t(1, 2, 4, 4, 4))
    },
    call("LazyLayer.forward(_:)", t(1, 2, 4, 4)) { LazyConv2d(2, kernel: 1)($0) },
    call("SyncBatchNorm.init(_:eps:momentum:affine:trackRunningStats:bias:dtype:)", 3, 1e-5, Optional(0.1)) {
      SyncBatchNorm($0, eps: $1, momentum: $2)(x)
    },
    call("SyncBatchNorm.forward(_:)", x) { SyncBatchNorm(3)($0) },
    call("rotaryEmbedding(_:positions:base:pairs:)", t(2, 3, 2, 4), Optional(t(3)), 10_000.0) {
      rotaryEmbedding($0, positions: $1, base: $2)
    },
    call("sinusoidalPositions(_:_:base:dtype:)", 3, 4, 10_000.0) { sinusoidalPositions($0, $1, base: $2) },
    call("RotaryPositionalEmbeddings.init(_:base:pairs:)", 4, 10_000.0) { RotaryPositionalEmbeddings($0, base: $1)(t(2, 3, 2, 4)) },
    call("RotaryPositionalEmbeddings.forward(_:)", t(2, 3, 2, 4)) { RotaryPositionalEmbeddings(4)($0) },
    call("RotaryPositionalEmbeddings.callAsFunction(_:positions:)", t(2, 3, 2, 4), t(3)) {
      RotaryPositionalEmbeddings(4)($0, positions: $1)
    },
    call("PositionalEncoding.init(_:dropout:maxLength:batchFirst:generator:)", 4, 0.1, 8) {
      PositionalEncoding($0, dropout: $1, maxLength: $2)(t(3, 2, 4))
    },
    call("PositionalEncoding.forward(_:)", t(3, 2, 4)) { PositionalEncoding(4)($0) },
  ]
}

import ChainRule

extension Table {
  /// Operations of PyTorch's longer list: elements, places, sums, arrangements, products.
  static let longerList: [Call] = elementOperators + placeOperators + sumOperators + arrangingOperators + contractionOperators

  private static let elementOperators: [Call] = [
    call("Tensor.lerp(_:_:)", x, x, 0.3) { $0.lerp($1, $2) }, call("Tensor.lerp(_:_:)", x, x, x) { $0.lerp($1, $2) },
    call("Tensor.addcmul(_:_:value:)", x, x, x, 2.0) { $0.addcmul($1, $2, value: $3) },
    call("Tensor.addcmul(_:_:value:)", index(2, 3), index(2, 3), index(2, 3), 2) { $0.addcmul($1, $2, value: $3) },
    call("Tensor.addcdiv(_:_:value:)", x, x, x, 2.0) { $0.addcdiv($1, $2, value: $3) },
    call("Tensor.nanToNum(nan:posinf:neginf:)", x, 0.0, Optional(1.0), Optional(-1.0)) { $0.nanToNum(nan: $1, posinf: $2, neginf: $3) },
    call("Tensor.fmax(_:)", x, x) { $0.fmax($1) }, call("Tensor.fmax(_:)", index(2, 3), 1) { $0.fmax($1) },
    call("Tensor.fmin(_:)", x, x) { $0.fmin($1) }, call("Tensor.fmin(_:)", x, 0.5) { $0.fmin($1) },
    call("Tensor.hypot(_:)", x, x) { $0.hypot($1) }, call("Tensor.hypot(_:)", x, 2.0) { $0.hypot($1) },
    call("Tensor.copysign(_:)", x, x) { $0.copysign($1) }, call("Tensor.copysign(_:)", x, -1.0) { $0.copysign($1) },
    call("Tensor.nextafter(_:)", x, x) { $0.nextafter($1) }, call("Tensor.heaviside(_:)", x, x) { $0.heaviside($1) },
    call("Tensor.ldexp(_:)", x, x) { $0.ldexp($1) }, call("Tensor.ldexp(_:)", x, 3) { $0.ldexp($1) },
    call("Tensor.floatPower(_:)", x, x) { $0.floatPower($1) }, call("Tensor.floatPower(_:)", x, 2.0) { $0.floatPower($1) },
    call("Tensor.frexp()", x) { $0.frexp().mantissa }, call("Tensor.round(decimals:)", x, 2) { $0.round(decimals: $1) },
    call("Tensor.bitwiseAnd(_:)", index(2, 3), index(2, 3)) { $0.bitwiseAnd($1) },
    call("Tensor.bitwiseAnd(_:)", index(2, 3), 3) { $0.bitwiseAnd($1) },
    call("Tensor.bitwiseOr(_:)", index(2, 3), index(2, 3)) { $0.bitwiseOr($1) },
    call("Tensor.bitwiseXor(_:)", index(2, 3), index(2, 3)) { $0.bitwiseXor($1) },
    call("Tensor.bitwiseNot()", index(2, 3)) { $0.bitwiseNot() },
    call("Tensor.bitwiseLeftShift(_:)", index(2, 3), index(2, 3)) { $0.bitwiseLeftShift($1) },
    call("Tensor.bitwiseLeftShift(_:)", index(2, 3), 2) { $0.bitwiseLeftShift($1) },
    call("Tensor.bitwiseRightShift(_:)", index(2, 3), index(2, 3)) { $0.bitwiseRightShift($1) },
    call("Tensor.bitwiseRightShift(_:)", index(2, 3), 2) { $0.bitwiseRightShift($1) },
    call("Tensor.polygamma(_:)", x, 2) { $0.polygamma($1) }, call("Tensor.digamma()", x) { $0.digamma() },
    call("Tensor.lgamma()", x) { $0.lgamma() }, call("Tensor.erfinv()", x) { $0.erfinv() }, call("Tensor.ndtri()", x) { $0.ndtri() },
    call("Tensor.i0()", x) { $0.i0() }, call("Tensor.i1e()", x) { $0.i1e() },
    call("Tensor.logit(eps:)", x, Optional(0.1)) { $0.logit(eps: $1) },
    call("Tensor.xlog1py(_:)", x, x) { $0.xlog1py($1) }, call("Tensor.xlog1py(_:)", x, 2.0) { $0.xlog1py($1) },
  ]

  private static let placeOperators: [Call] = [
    call("Tensor.scatterReduce(dim:index:source:_:includeSelf:)", x, 1, index(2, 3), x) {
      $0.scatterReduce(dim: $1, index: $2, source: $3, .prod)
    },
    call("Tensor.scatterReduce(dim:index:source:_:includeSelf:)", x, 0, index(2, 3), x) {
      $0.scatterReduce(dim: $1, index: $2, source: $3, .mean, includeSelf: false)
    },
    call("Tensor.indexReduce(dim:index:source:_:includeSelf:)", x, 0, index(2), x) {
      $0.indexReduce(dim: $1, index: $2, source: $3, .amax)
    },
    call("Tensor.indexPut(_:_:accumulate:)", x, index(2), x) { $0.indexPut([$1], $2, accumulate: true) },
    call("Tensor.indexPut(_:_:accumulate:)", x, 1, x) { $0.indexPut([$1], $2.select(dim: 0, index: 0)) },
    call("Tensor.indexFill(dim:index:value:)", x, 0, index(2), 2.0) { $0.indexFill(dim: $1, index: $2, value: $3) },
    call("Tensor.indexFill(dim:index:value:)", x, 0, index(2), t()) { $0.indexFill(dim: $1, index: $2, value: $3) },
    call("Tensor.takeAlongDim(_:dim:)", x, index(2, 3), Optional(1)) { $0.takeAlongDim($1, dim: $2) },
    call("Tensor.take(_:)", x, index(3)) { $0.take($1) },
    call("Tensor.put(_:_:accumulate:)", x, index(3), t(3)) { $0.put($1, $2) },
    call("Tensor.selectScatter(_:dim:index:)", x, t(3), 0, 1) { $0.selectScatter($1, dim: $2, index: $3) },
    call("Tensor.sliceScatter(_:dim:start:end:step:)", x, t(2, 2), 1, Optional(0), Optional(2), 1) {
      $0.sliceScatter($1, dim: $2, start: $3, end: $4, step: $5)
    },
    call("Tensor.diagonalScatter(_:offset:dim1:dim2:)", x, t(2), 0, 0, 1) { $0.diagonalScatter($1, offset: $2, dim1: $3, dim2: $4) },
    call("Tensor.unfold(dim:size:step:)", x, 1, 2, 1) { $0.unfold(dim: $1, size: $2, step: $3) },
    call("searchsorted(_:_:right:outInt32:sorter:)", t(4), x) { searchsorted($0, $1) },
    call("searchsorted(_:_:right:outInt32:sorter:)", t(4), x, Optional(index(4))) { searchsorted($0, $1, sorter: $2) },
    call("Tensor.bucketize(_:right:outInt32:)", x, t(4)) { $0.bucketize($1) },
    call("isin(_:_:invert:)", x, x) { isin($0, $1) },
    call("Tensor.kthvalue(_:dim:keepDim:)", x, 2, 1) { $0.kthvalue($1, dim: $2) },
    call("Tensor.mode(dim:keepDim:)", x, 1) { $0.mode(dim: $1) },
    call("Tensor.unique(dim:)", x, 1) { $0.unique(dim: $1).values },
    call("Tensor.uniqueConsecutive(dim:)", x, Optional(1)) { $0.uniqueConsecutive(dim: $1).values },
    call("affineGrid(_:_:alignCorners:)", t(1, 2, 3), [1, 1, 2, 3]) { affineGrid($0, $1) },
    call("gridSample(_:_:mode:paddingMode:alignCorners:)", t(1, 2, 3, 3), t(1, 2, 2, 2)) { gridSample($0, $1) },
    call("gridSample(_:_:mode:paddingMode:alignCorners:)", t(1, 2, 3, 3), t(1, 2, 2, 2)) {
      gridSample($0, $1, mode: .bicubic, paddingMode: .reflection)
    },
  ]

  private static let sumOperators: [Call] = [
    call("Tensor.aminmax(dim:keepDim:)", x, Optional(1)) { $0.aminmax(dim: $1).max },
    call("Tensor.varMean(dim:correction:keepDim:)", x, [0, 1], 1.0) { $0.varMean(dim: $1, correction: $2).var },
    call("Tensor.stdMean(dim:correction:keepDim:)", x, [0, 1], 1.0) { $0.stdMean(dim: $1, correction: $2).std },
    call("Tensor.logcumsumexp(dim:)", x, 1) { $0.logcumsumexp(dim: $1) },
    call("Tensor.nanmedian()", x) { $0.nanmedian() }, call("Tensor.nanmedian(dim:keepDim:)", x, 1) { $0.nanmedian(dim: $1) },
    call("Tensor.quantile(_:dim:keepDim:interpolation:)", x, 0.5, Optional(1)) { $0.quantile($1, dim: $2) },
    call("Tensor.quantile(_:dim:keepDim:interpolation:)", x, t(2), Optional(1)) { $0.quantile($1, dim: $2) },
    call("Tensor.nanquantile(_:dim:keepDim:interpolation:)", x, 0.5, Optional(1)) { $0.nanquantile($1, dim: $2) },
    call("Tensor.histc(_:min:max:)", x, 4, 0.0, 1.0) { $0.histc($1, min: $2, max: $3) },
    call("Tensor.histogram(_:range:weight:density:)", x, 4, Optional(x)) { $0.histogram($1, weight: $2).hist },
    call("Tensor.histogram(_:weight:density:)", x, t(4), Optional(x)) { $0.histogram($1, weight: $2).hist },
    call("Tensor.bincount(weights:minlength:)", index(4), Optional(t(4)), 2) { $0.bincount(weights: $1, minlength: $2) },
    call("Tensor.trapezoid(_:dim:)", x, t(3), 1) { $0.trapezoid($1, dim: $2) },
    call("Tensor.trapezoid(dx:dim:)", x, 0.5, 1) { $0.trapezoid(dx: $1, dim: $2) },
    call("Tensor.cumulativeTrapezoid(_:dim:)", x, t(3), 1) { $0.cumulativeTrapezoid($1, dim: $2) },
    call("Tensor.cumulativeTrapezoid(dx:dim:)", x, 0.5, 1) { $0.cumulativeTrapezoid(dx: $1, dim: $2) },
    call("Tensor.gradient(spacing:dim:edgeOrder:)", x, [0.5], Optional([1]), 1) { $0.gradient(spacing: $1, dim: $2, edgeOrder: $3) },
    call("Tensor.gradient(coordinates:dim:edgeOrder:)", x, [t(3)], Optional([1]), 1) {
      $0.gradient(coordinates: $1, dim: $2, edgeOrder: $3)
    },
    call("Masked.sum(_:dim:keepDim:mask:)", x, [1], Optional(mask(2, 3))) { Masked.sum($0, dim: $1, mask: $2) },
    call("Masked.prod(_:dim:keepDim:mask:)", x, [1], Optional(mask(2, 3))) { Masked.prod($0, dim: $1, mask: $2) },
    call("Masked.mean(_:dim:keepDim:mask:)", x, [1], Optional(mask(2, 3))) { Masked.mean($0, dim: $1, mask: $2) },
    call("Masked.norm(_:_:dim:keepDim:mask:)", x, 2.0, [1], Optional(mask(2, 3))) { Masked.norm($0, $1, dim: $2, mask: $3) },
    call("Masked.amax(_:dim:keepDim:mask:)", x, [1], Optional(mask(2, 3))) { Masked.amax($0, dim: $1, mask: $2) },
    call("Masked.amin(_:dim:keepDim:mask:)", x, [1], Optional(mask(2, 3))) { Masked.amin($0, dim: $1, mask: $2) },
    call("Masked.argmax(_:dim:keepDim:mask:)", x, Optional(1), Optional(mask(2, 3))) { Masked.argmax($0, dim: $1, mask: $2) },
    call("Masked.argmin(_:dim:keepDim:mask:)", x, Optional(1), Optional(mask(2, 3))) { Masked.argmin($0, dim: $1, mask: $2) },
    call("Masked.softmax(_:dim:mask:)", x, 1, Optional(mask(2, 3))) { Masked.softmax($0, dim: $1, mask: $2) },
    call("Masked.logSoftmax(_:dim:mask:)", x, 1, Optional(mask(2, 3))) { Masked.logSoftmax($0, dim: $1, mask: $2) },
    call("Masked.normalize(_:_:dim:eps:mask:)", x, 2.0, 1, 1e-12, Optional(mask(2, 3))) {
      Masked.normalize($0, $1, dim: $2, eps: $3, mask: $4)
    },
  ]

  private static let arrangingOperators: [Call] = [
    call("Tensor.tensorSplit(_:dim:)", x, 2, 1) { $0.tensorSplit($1, dim: $2) },
    call("Tensor.tensorSplit(_:dim:)", x, [1, 2], 1) { $0.tensorSplit($1, dim: $2) },
    call("Tensor.hsplit(_:)", x, 3) { $0.hsplit($1) }, call("Tensor.hsplit(_:)", x, [1]) { $0.hsplit($1) },
    call("Tensor.vsplit(_:)", x, 2) { $0.vsplit($1) }, call("Tensor.vsplit(_:)", x, [1]) { $0.vsplit($1) },
    call("Tensor.dsplit(_:)", t(2, 2, 4), 2) { $0.dsplit($1) }, call("Tensor.dsplit(_:)", t(2, 2, 4), [1]) { $0.dsplit($1) },
    call("Tensor.combinations(_:withReplacement:)", t(3), 2) { $0.combinations($1) },
    call("Tensor.rot90(_:dims:)", x, 1, [0, 1]) { $0.rot90($1, dims: $2) },
    call("Tensor.sumToSize(_:)", x, [1, 3]) { $0.sumToSize($1) },
    call("atleast1d(_:)", [x, t()]) { atleast1d($0) }, call("atleast2d(_:)", [x, t()]) { atleast2d($0) },
    call("atleast3d(_:)", [x, t()]) { atleast3d($0) }, call("columnStack(_:)", [x, x]) { columnStack($0) },
    call("dstack(_:)", [x, x]) { dstack($0) }, call("blockDiag(_:)", [x, x]) { blockDiag($0) },
    call("cartesianProd(_:)", [t(2), t(3)]) { cartesianProd($0) },
    call("Tensor.logspace(_:_:_:base:dtype:)", 0.0, 2.0, 3, 10.0) { Tensor.logspace($0, $1, $2, base: $3) },
    call("Tensor.logspace(_:_:_:base:dtype:)", 0, 2, 3, 10.0) { Tensor.logspace($0, $1, $2, base: $3, dtype: .int64) },
  ]

  private static let contractionOperators: [Call] = [
    call("Tensor.baddbmm(_:_:beta:alpha:)", t(2, 2, 2), t(2, 2, 3), t(2, 3, 2), 1.0, 2.0) { $0.baddbmm($1, $2, beta: $3, alpha: $4) },
    call("Tensor.addbmm(_:_:beta:alpha:)", t(2, 2), t(2, 2, 3), t(2, 3, 2), 1.0, 2.0) { $0.addbmm($1, $2, beta: $3, alpha: $4) },
    call("Tensor.addr(_:_:beta:alpha:)", x, t(2), t(3), 1.0, 2.0) { $0.addr($1, $2, beta: $3, alpha: $4) },
    call("Tensor.vecdot(_:dim:)", x, x, 1) { $0.vecdot($1, dim: $2) }, call("Tensor.inner(_:)", x, x) { $0.inner($1) },
    call("Tensor.kron(_:)", x, x) { $0.kron($1) },
    call("Tensor.cross(_:dim:)", x, x, 1) { $0.cross($1, dim: $2) },
    call("tensordot(_:_:dims:)", x, t(3, 2), 1) { tensordot($0, $1, dims: $2) },
    call("tensordot(_:_:dims:)", x, x, [0], [0]) { tensordot($0, $1, dims: ($2, $3)) },
    call("Tensor.cov(correction:fweights:aweights:)", x, 1, Optional(index(3)), Optional(t(3))) {
      $0.cov(correction: $1, fweights: $2, aweights: $3)
    },
    call("Tensor.corrcoef()", x) { $0.corrcoef() }, call("Tensor.pdist(p:)", x, 2.0) { $0.pdist(p: $1) },
    call("cdist(_:_:p:)", x, x, 2.0) { cdist($0, $1, p: $2) },
    call("Tensor.renorm(_:dim:maxnorm:)", x, 2.0, 0, 0.5) { $0.renorm($1, dim: $2, maxnorm: $3) },
    call("Tensor.vander(_:)", t(3), Optional(3)) { $0.vander($1) },
  ]

  /// Matrices that have an inverse, and are positive-definite.
  private static var matrix: Tensor { Tensor.eye(3) * 4 + t(3, 3) * t(3, 3).T }

  static let factorizations: [Call] = [
    call("Tensor.inv()", matrix) { $0.inv() }, call("Tensor.solve(_:left:)", matrix, t(3, 2)) { $0.solve($1) },
    call("Tensor.solveTriangular(_:upper:left:unitriangular:)", matrix, t(3, 2)) { $0.solveTriangular($1, upper: true) },
    call("Tensor.det()", matrix) { $0.det() }, call("Tensor.slogdet()", matrix) { $0.slogdet().logabsdet },
    call("Tensor.logdet()", matrix) { $0.logdet() }, call("Tensor.matrixPower(_:)", matrix, 3) { $0.matrixPower($1) },
    call("Tensor.matrixExp()", t(2, 2)) { $0.matrixExp() }, call("Tensor.cholesky(upper:)", matrix) { $0.cholesky() },
    call("Tensor.choleskySolve(_:upper:)", t(3, 2), matrix) { $0.choleskySolve($1) },
    call("Tensor.choleskyInverse(upper:)", matrix) { $0.choleskyInverse() },
    call("Tensor.luFactor()", x) { $0.luFactor().lu }, call("Tensor.lu()", x) { $0.lu().u },
    call("Tensor.luSolve(_:_:)", t(3, 2), matrix, Tensor([1, 2, 3], dtype: .int32)) { $0.luSolve($1, $2) },
    call("Tensor.qr(mode:)", x) { $0.qr().r }, call("Tensor.eigh(upper:)", matrix) { $0.eigh().eigenvalues },
    call("Tensor.eigvalsh(upper:)", matrix) { $0.eigvalsh(upper: true) },
    call("Tensor.svd(fullMatrices:)", x) { $0.svd(fullMatrices: true).u }, call("Tensor.svdvals()", x) { $0.svdvals() },
    call("Tensor.pinv(atol:rtol:hermitian:)", x, 0.1, 0.1) { $0.pinv(atol: $1, rtol: $2) },
    call("Tensor.matrixRank(atol:rtol:hermitian:)", x, 0.1, 0.1) { $0.matrixRank(atol: $1, rtol: $2) },
    call("Tensor.cond(_:)", matrix) { $0.cond() },
    call("Tensor.matrixNorm(_:dim:keepDim:)", x, 0, 1) { $0.matrixNorm(.one, dim: ($1, $2)) },
    call("Tensor.lstsq(_:rcond:)", t(3, 2), t(3, 2), Optional(0.1)) { $0.lstsq($1, rcond: $2).solution },
  ]
}

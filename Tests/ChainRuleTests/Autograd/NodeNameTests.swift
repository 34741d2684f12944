import ChainRule
import Testing

/// What the node of a result is called: what PyTorch 2.13 calls it.
///
/// Where PyTorch has an operation of its own for what is composed here, the node is that of the last part: roll, repeat,
/// tril, triu, trace, diag, frac, mish, hardsigmoid, hardswish, glu, prelu, celu, addmm, addmv, group_norm, the pads of
/// another kind than constant, masked_select and masked_scatter, pairwise_distance, l1_loss and kl_div of batches. Where
/// PyTorch's last part is a view that its own folding needs (batched matmul, unbatched convolutions, pools of sequences,
/// attention by matrix products), the node here is that of the operation itself.
struct NodeNameTests {
  private static let x = Tensor([[0.5, 1.5, 2.5, 0.25], [1, 2, 3, 4], [0.1, 0.2, 0.3, 0.4]], requiresGrad: true)
  private static let w = Tensor([[0.3, 1, 0.5, 2], [0.4, 1, 2, 3], [1, 2, 3, 0.5]], requiresGrad: true)
  private static let m = Tensor([[1.0, 2], [3, 4], [5, 6], [7, 8]], requiresGrad: true)
  private static let v = Tensor([1.0, 2, 3, 4], requiresGrad: true)
  private static let images = Tensor.ones(2, 3, 8, 8, requiresGrad: true), sequences = Tensor.ones(2, 3, 8, requiresGrad: true)
  private static let index = Tensor([[0, 1, 2, 0]]), rows = Tensor([0])

  private static let products: [(String, @Sendable () -> Tensor)] = [
    ("DotBackward0", { v.dot(v) }), ("DotBackward0", { v.matmul(v) }), ("MvBackward0", { x.mv(v) }), ("MvBackward0", { x.matmul(v) }),
    ("MmBackward0", { x.matmul(m) }), ("BmmBackward0", { x.unsqueezed(0).bmm(m.unsqueezed(0)) }), ("MmBackward0", { linear(x, w) }),
    ("AddmmBackward0", { linear(x, w, v[..<3]) }), ("MulBackward0", { v.outer(v) }),
    ("ScaledDotProductFlashAttentionForCpuBackward0", { scaledDotProductAttention(images, images, images) }),
    ("ConvolutionBackward0", { conv2d(images, images[.all, .all, ..<3, ..<3]) }),
    ("ConvolutionBackward0", { convTranspose2d(images, images.transposed(0, 1)) }),
  ]
  private static let pointwise: [(String, @Sendable () -> Tensor)] = [
    ("AddBackward0", { x + 1 }), ("RsubBackward1", { 1 - x }), ("MulBackward0", { x * 2 }), ("DivBackward0", { x / 2 }),
    ("SignBackward0", { x.sign() }), ("CeilBackward0", { x.ceil() }), ("RoundBackward0", { x.round() }), ("TruncBackward0", { x.trunc() }),
    ("AngleBackward0", { x.angle() }), ("Expm1Backward0", { x.expm1() }), ("Log1PBackward0", { x.log1p() }),
    ("Log2Backward0", { x.log2() }), ("Log10Backward0", { x.log10() }), ("Exp2Backward0", { x.exp2() }),
    ("LogaddexpBackward0", { x.logaddexp(w) }), ("Logaddexp2Backward0", { x.logaddexp2(w) }), ("PowBackward0", { x.square() }),
    ("LogSigmoidBackward0", { x.logSigmoid() }), ("SoftplusBackward0", { x.softplus() }), ("EluBackward0", { x.elu() }),
    ("EluBackward0", { x.selu() }), ("HardtanhBackward0", { x.hardtanh() }), ("HardtanhBackward0", { x.relu6() }),
    ("ClampBackward0", { x.clamp(min: w, max: w) }), ("ClampBackward1", { x.clamp(min: 0) }), ("MinimumBackward0", { x.minimum(w) }),
    ("Atan2Backward0", { x.atan2(w) }), ("FmodBackward0", { x.fmod(2) }), ("FmodBackward1", { x.fmod(w) }),
    ("RemainderBackward0", { x.remainder(2) }), ("RemainderBackward1", { x.remainder(w) }),
    ("DivBackward2", { x.div(w, rounding: .floor) }), ("XlogyBackward0", { x.xlogy(w) }), ("SincBackward0", { x.sinc() }),
    ("WhereBackward0", { Tensor.where(x .> 1, x, 0) }),
  ]
  private static let reductions: [(String, @Sendable () -> Tensor)] = [
    ("SumBackward1", { x.sum(dim: 0) }), ("MeanBackward1", { x.mean(dim: 0) }), ("MaxBackward0", { x.max(dim: 0).values }),
    ("MinBackward1", { x.min() }), ("MinBackward0", { x.min(dim: 0).values }), ("AminBackward0", { x.amin(dim: 0) }),
    ("ProdBackward0", { x.prod() }), ("ProdBackward1", { x.prod(dim: 0) }), ("VarBackward0", { x.var() }), ("StdBackward0", { x.std() }),
    ("LinalgVectorNormBackward0", { x.norm() }), ("MedianBackward0", { x.median() }), ("MedianBackward1", { x.median(dim: 0).values }),
    ("CumsumBackward0", { x.cumsum(dim: 0) }), ("CumprodBackward0", { x.cumprod(dim: 0) }),
    ("CummaxBackward0", { x.cummax(dim: 0).values }),
    ("SortBackward0", { x.sort().values }), ("TopkBackward0", { x.topk(2).values }),
  ]
  private static let shapes: [(String, @Sendable () -> Tensor)] = [
    ("StackBackward0", { stack([x, w]) }), ("SplitBackward0", { split(x, 2)[0] }), ("SplitWithSizesBackward0", { split(x, [1, 2])[0] }),
    ("SplitBackward0", { x.chunk(2)[0] }), ("UnbindBackward0", { x.unbind()[0] }), ("CatBackward0", { hstack([x, w]) }),
    ("ViewBackward0", { x.flattened() }), ("TransposeBackward0", { x.mT }), ("TransposeBackward0", { x.transposed(0, 1) }),
    ("PermuteBackward0", { x.movedim([0], [1]) }), ("FlipBackward0", { x.flip(0) }), ("DiagonalBackward0", { x.diagonal() }),
    ("DiagEmbedBackward0", { x.diagEmbed() }), ("ConstantPadNdBackward0", { x.padded([1, 1]) }),
    ("SliceBackward0", { x.narrow(dim: 0, start: 0, count: 1) }), ("SliceBackward0", { x[.slice(by: 2)] }),
    ("ScatterBackward0", { x.scatter(dim: 0, index: index, source: w) }),
    ("ScatterBackward1", { x.scatter(dim: 0, index: index, value: 1) }),
    ("ScatterAddBackward0", { x.scatterAdd(dim: 0, index: index, source: w) }),
    ("IndexCopyBackward0", { x.indexCopy(dim: 0, index: rows, source: w[..<1]) }), ("EmbeddingBackward0", { embedding(rows, x) }),
    ("ExpandBackward0", { meshgrid([v, v])[0] }), ("CloneBackward0", { x.T.contiguous() }),
  ]
  private static let network: [(String, @Sendable () -> Tensor)] = [
    ("MaxPool2DWithIndicesBackward0", { maxPool2d(images, kernel: 2) }), ("AvgPool2DBackward0", { avgPool2d(images, kernel: 2) }),
    ("AdaptiveAvgPool2DBackward0", { adaptiveAvgPool2d(images, [2, 2]) }),
    ("AdaptiveMaxPool2DBackward0", { adaptiveMaxPool2d(images, [2, 2]) }),
    ("NativeBatchNormBackward0", { batchNorm(images, training: true) }),
    ("NativeLayerNormBackward0", { layerNorm(x, [4]) }), ("DivBackward0", { normalize(x) }),
    ("UpsampleNearest1DBackward0", { interpolate(sequences, scaleFactor: 2) }),
    ("UpsampleNearest2DBackward0", { interpolate(images, scaleFactor: 2) }),
    ("UpsampleBilinear2DBackward0", { interpolate(images, scaleFactor: 2, mode: .bilinear) }),
    ("UpsampleBicubic2DBackward0", { interpolate(images, scaleFactor: 2, mode: .bicubic) }),
    ("UpsampleLinear1DBackward0", { interpolate(sequences, scaleFactor: 2, mode: .linear) }),
  ]

  @Test(arguments: [products, pointwise, reductions, shapes, network].indices) func namesArePyTorchs(_ group: Int) {
    for (i, (name, make)) in [Self.products, Self.pointwise, Self.reductions, Self.shapes, Self.network][group].enumerated() {
      let found = make().gradFn?.name
      #expect(found == name, "row \(i)")
    }
  }

  /// The pieces of one split share a node, and a piece that is not used takes part with zeros.
  @Test func piecesShareANode() {
    let x = Tensor([1.0, 2, 3, 4, 5], dtype: .float64, requiresGrad: true)
    let parts = split(x, [2, 2, 1])
    #expect(parts[0].gradFn! === parts[2].gradFn!)
    (parts[0].sum() * 3 + parts[2].sum()).backward()
    #expect(x.grad!.doubles == [3, 3, 0, 0, 1])
    let y = Tensor([[1.0, 2], [3, 4]], dtype: .float64, requiresGrad: true)
    y.unbind(dim: 1)[1].square().sum().backward()
    #expect(y.grad!.doubles == [0, 4, 0, 8])
  }
}

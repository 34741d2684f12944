import ChainRule
import ChainRuleNN
import Testing

/// Nodes: PyTorch's names, edges and what is saved.
struct NodeTests {
  private static let x = Tensor([1.5, 2], requiresGrad: true), w = Tensor([0.5, 3], requiresGrad: true)

  /// PyTorch's name and how many tensors it saves for each operation (counted from its `_saved_*` attributes).
  private static let table: [(String, Int, @Sendable () -> Tensor)] = [
    ("AddBackward0", 0, { x + w }), ("SubBackward0", 0, { x - w }), ("MulBackward0", 2, { x * w }), ("DivBackward0", 2, { x / w }),
    ("NegBackward0", 0, { -x }), ("PowBackward0", 1, { x.pow(2) }), ("PowBackward1", 3, { x.pow(w) }),
    ("PowBackward2", 1, { Tensor.pow(2, x) }), ("ExpBackward0", 1, { x.exp() }), ("LogBackward0", 1, { x.log() }),
    ("SqrtBackward0", 1, { x.sqrt() }), ("RsqrtBackward0", 1, { x.rsqrt() }), ("SinBackward0", 1, { x.sin() }),
    ("CosBackward0", 1, { x.cos() }), ("TanhBackward0", 1, { x.tanh() }), ("SigmoidBackward0", 1, { x.sigmoid() }),
    ("ReluBackward0", 1, { x.relu() }), ("AbsBackward0", 1, { x.abs() }), ("SumBackward0", 0, { x.sum() }),
    ("MeanBackward0", 0, { x.mean() }), ("MaxBackward1", 2, { x.max() }), ("AmaxBackward0", 2, { x.amax() }),
    ("SoftmaxBackward0", 1, { x.softmax(dim: 0) }), ("LogSoftmaxBackward0", 1, { x.logSoftmax(dim: 0) }),
    ("LogsumexpBackward0", 2, { x.logsumexp(dim: 0) }), ("ViewBackward0", 0, { x.reshaped(2, 1) }),
    ("TBackward0", 0, { x.unsqueezed(0).T }), ("UnsqueezeBackward0", 0, { x.unsqueezed(0) }), ("ExpandBackward0", 0, { x.expanded(3, 2) }),
    ("SelectBackward0", 0, { x[0] }), ("SliceBackward0", 0, { x[..<1] }), ("CatBackward0", 2, { cat([x, w]) }),
    ("GatherBackward0", 2, { x.gather(dim: 0, index: Tensor([0])) }), ("WhereBackward0", 1, { Tensor.where(x .> 1, x, w) }),
    ("ClampBackward1", 1, { x.clamp(min: 0, max: 1) }), ("MaximumBackward0", 2, { x.maximum(w) }),
    ("CloneBackward0", 0, { x.clone() }), ("ToCopyBackward0", 0, { x.to(.float64) }), ("GeluBackward0", 1, { x.gelu() }),
    ("SiluBackward0", 1, { x.silu() }), ("LeakyReluBackward0", 1, { x.leakyRelu() }),
    ("MaskedFillBackward0", 1, { x.maskedFill(x .> 1, 0) }),
    (
      "IndexAddBackward0", 1,
      {
        x.indexAdd(dim: 0, index: Tensor([0]), source: w[..<1])
      }
    ),
    ("IndexSelectBackward0", 2, { x.indexSelect(dim: 0, index: Tensor([0])) }), ("SqueezeBackward0", 0, { x.squeezed() }),
    ("PermuteBackward0", 0, { x.permuted(0) }), ("FloorBackward0", 0, { x.floor() }), ("ErfBackward0", 1, { x.erf() }),
    ("MmBackward0", 2, { x.unsqueezed(0).matmul(w.unsqueezed(1)) }), ("IndexBackward0", 2, { x[Tensor([0, 1])] }),
  ]

  @Test(arguments: table.indices) func namesAndSaved(_ i: Int) {
    let (name, saved, make) = Self.table[i]
    let node = make().gradFn
    #expect(node?.name == name && node?.description == "<\(name)>")
    #expect((node?.saved.count ?? 0) <= saved, "\(name) saves \(node?.saved.map(\.name) ?? [])")
  }

  @Test func whatOneInputDoesNotNeedIsNotSaved() {
    let plain = Tensor([1.0, 2])
    #expect((Self.x * plain).gradFn!.saved.map(\.name) == ["other"])
    #expect((plain / Self.x).gradFn!.saved.count == 2 && (Self.x / plain).gradFn!.saved.map(\.name) == ["other"])
    let m = Tensor.ones(2, 2, requiresGrad: true)
    #expect(m.matmul(Tensor.eye(2)).gradFn!.saved.map(\.name) == ["other"])
  }

  /// Shapes and types of what goes in and out of nodes, of which most keep none.
  @Test func metadata() {
    func forms(_ metadata: [TensorMetadata?]) -> String {
      metadata.map { $0.map { "\($0.dtype.name)\($0.shape)" } ?? "-" }.joined(separator: " ")
    }
    let w = Tensor.ones(3, 2, requiresGrad: true), narrow = Tensor.ones(2, dtype: .float16, requiresGrad: true)
    let x = Tensor.ones(4, 3)
    let cases: [(Tensor, String, String)] = [
      (w + 1, "float32[3, 2]", "float32[3, 2]"), (w + narrow, "float32[3, 2]", "float32[3, 2] float16[2]"),
      (w + Tensor.ones(5, 3, 2), "float32[5, 3, 2]", "float32[3, 2] -"), (x.matmul(w), "float32[4, 2]", "- float32[3, 2]"),
      ((w * 2 - 1).sum(), "float32[]", "float32[3, 2]"), (w.sum(dim: 0).unsqueezed(0).expanded(7, 2), "float32[7, 2]", "float32[1, 2]"),
      (w.to(.float64).T, "float64[2, 3]", "float64[3, 2]"), (linear(x, w.T), "float32[4, 2]", "- float32[2, 3]"),
      (cat([w, w * 2]), "float32[6, 2]", "float32[3, 2] float32[3, 2]"), (w.maskedSelect(w .> 0), "float32[6]", "float32[6]"),
      (w.topk(1).values, "float32[3, 1] int64[3, 1]", "float32[3, 2]"),
      (Tensor.where(w .> 1, w, w * 2), "float32[3, 2]", "float32[3, 2] float32[3, 2]"),
      (Tensor.where(w .> 1, w, x[..<3, ..<2]), "-", "float32[3, 2]"),
      (checkpoint({ $0.sum(dim: 1) }, w), "float32[3]", "float32[3, 2]"),
      (w.abs().square().exp().mean(dim: 1), "float32[3]", "float32[3, 2]"),
    ]
    for (y, own, next) in cases {
      #expect(forms(y.gradFn!.inputMetadata) == own, "\(y.gradFn!)")
      #expect(
        forms(y.gradFn!.outputMetadata.filter { $0 != nil }) == next.replacing(" -", with: "").replacing("- ", with: ""), "\(y.gradFn!)")
    }
    let leaf = (w * 1).gradFn!.nextFunctions[0]!.node
    #expect(forms(leaf.inputMetadata) == "float32[3, 2]" && leaf.outputMetadata.isEmpty)
    // It draws nothing, computes no function of the user's, and reaches through long chains.
    let generator = Generator(seed: 3)
    Generator.withDefault(generator) {
      let y = dropout(w, p: 0.5), state = generator.snapshot.values
      #expect(forms((y * 2).gradFn!.inputMetadata) == "float32[3, 2]" && generator.snapshot.values == state)
    }
    var long = w * 1
    for _ in 0..<20_000 { long = long + 1 }
    #expect(forms(long.gradFn!.inputMetadata) == "float32[3, 2]")
    grad { (z: Tensor) -> Tensor in
      #expect(forms((z * 2).gradFn!.inputMetadata) == "float32[3, 2]")
      return z.sum()
    }(w.detach())
  }

  @Test func savedTensorsAreFreed() {
    let y = Self.x.detach().asLeaf().exp()
    let node = y.gradFn!
    #expect(node.saved.map(\.name) == ["result"] && node.saved[0].value.equal(y.detach()))
    y.sum().backward()
    #expect(node.saved.isEmpty)
  }

  @Test func edges() {
    let x = Tensor([1.0], requiresGrad: true), plain = Tensor([2.0])
    let y = x * plain
    let z = y + x
    let next = z.gradFn!.nextFunctions
    #expect(next.map { $0?.node.name } == ["MulBackward0", "AccumulateGrad"] && next.map { $0?.output } == [0, 0])
    #expect(y.gradFn!.nextFunctions.map { $0?.node.name } == ["AccumulateGrad", nil])
    #expect(next[0]!.node === y.gradFn! && next[1]!.node === y.gradFn!.nextFunctions[0]!.node)
    #expect(next[1]!.node.nextFunctions.isEmpty)
    let m = Tensor([[1.0, 2]], requiresGrad: true).max(dim: 1)
    #expect(m.values.gradFn!.nextFunctions.count == 1 && m.values.gradFn!.attributes.first?.value == "1")
  }

  @Test func attributes() {
    #expect(Self.x.pow(3).gradFn!.attributes.map { "\($0.name)=\($0.value)" } == ["exponent=3"])
    #expect(Self.x.softmax(dim: -1).gradFn!.attributes.map { "\($0.name)=\($0.value)" } == ["dim=0"])
  }
}

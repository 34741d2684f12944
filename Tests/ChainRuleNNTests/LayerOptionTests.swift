import ChainRule
import ChainRuleNN
import Testing

/// What PyTorch's table of modules does not reach: options that only print, refusals, copies, ways back.
struct LayerOptionTests {
  @Test func optionsThatOnlyPrint() {
    let layers: [(any Module, String)] = [
      (ReLU(inplace: true), "ReLU(inplace=True)"), (ReLU6(inplace: true), "ReLU6(inplace=True)"),
      (SiLU(inplace: true), "SiLU(inplace=True)"),
      (Mish(inplace: true), "Mish(inplace=True)"), (SELU(inplace: true), "SELU(inplace=True)"),
      (ELU(alpha: 2, inplace: true), "ELU(alpha=2, inplace=True)"), (CELU(inplace: true), "CELU(alpha=1.0, inplace=True)"),
      (LeakyReLU(0.2, inplace: true), "LeakyReLU(negative_slope=0.2, inplace=True)"),
      (RReLU(inplace: true), "RReLU(lower=0.125, upper=0.3333333333333333, inplace=True)"),
      (Hardtanh(minVal: -2, maxVal: 2.5, inplace: true), "Hardtanh(min_val=-2, max_val=2.5, inplace=True)"),
      (Threshold(0.1, 20, inplace: true), "Threshold(threshold=0.1, value=20, inplace=True)"),
      (Hardswish(inplace: true), "Hardswish()"), (Hardsigmoid(inplace: true), "Hardsigmoid()"),
      (Dropout2d(0.2, inplace: true), "Dropout2d(p=0.2, inplace=True)"),
      (Softplus(beta: 1, threshold: 1e-5), "Softplus(beta=1, threshold=1e-05)"),
    ]
    for (layer, text) in layers { #expect(layer.description == text) }
  }

  private func expect(_ sentence: String, _ body: () -> Void) {
    let error = #expect(throws: TensorError.self) { try catching(body) }
    #expect(error?.description.contains(sentence) == true, "\(error?.description ?? "nothing thrown")")
  }

  @Test func refusals() {
    let x = Tensor.ones(2, 3)
    expect("max_val must be larger than min_val") { _ = Hardtanh(minVal: 1, maxVal: 1) }
    expect("embed_dim must be divisible by num_heads") { _ = MultiheadAttention(5, 2) }
    expect("was expecting embedding dimension of 4, but got 3") { _ = MultiheadAttention(4, 2)(x, x, x) }
    expect("Padding_idx must be within num_embeddings") { _ = EmbeddingBag(3, 2, paddingIndex: 3) }
    expect("offsets has to be a 1D Tensor but got None") { _ = EmbeddingBag(3, 2)(Tensor([0, 1])) }
    expect("hidden has inconsistent hidden_size") { _ = GRUCell(3, 2)(x, Tensor.ones(2, 3)) }
    expect("`lengths` array must be sorted in decreasing order") { _ = packPaddedSequence(Tensor.ones(3, 2, 1), lengths: [1, 3]) }
    expect("requested an output size of [9], but valid sizes range from [7] to [8]") {
      _ = ConvTranspose1d(1, 1, kernel: 3, stride: 2)(Tensor.ones(1, 1, 3), outputSize: [9])
    }
    expect("only p == 1 and p == 2 supported") { _ = multiMarginLoss(x, Tensor([0, 1]), p: 3) }
    expect("margin must be greater than 0") { _ = tripletMarginLoss(x, x, x, margin: 0) }
    expect("target out of range") { _ = multilabelMarginLoss(x, Tensor([[3, -1, -1], [0, -1, -1]])) }
    expect("var has negative entry/entries") { _ = gaussianNllLoss(x, x, -x) }
    expect("blank must be in label range") {
      _ = ctcLoss(Tensor.ones(2, 1, 3), Tensor([[1]]), inputLengths: [2], targetLengths: [1], blank: 3)
    }
    expect("pixel_shuffle expects its input's 'channel' dimension") { _ = PixelShuffle(2)(Tensor.ones(1, 3, 2, 2)) }
    expect("padding must have 1 or 4 elements") { _ = ZeroPad2d([1, 2]) }
  }

  final class Mixture: Module {
    let scales = ParameterList([Tensor.zeros(2, 3), Tensor.zeros(3, dtype: .float64)])
    let named = ParameterDictionary(["b": Tensor.zeros(2), "a": Tensor.zeros([])])
  }

  @Test func parametersInContainers() {
    let mixture = Mixture()
    #expect(mixture.stateDict().names == ["scales.0", "scales.1", "named.b", "named.a"])
    #expect(
      mixture.description == """
        Mixture(
          (scales): ParameterList(
              (0): Parameter containing: [torch.float32 of size 2x3]
              (1): Parameter containing: [torch.float64 of size 3]
          )
          (named): ParameterDict(
              (b): Parameter containing: [torch.FloatTensor of size 2]
              (a): Parameter containing: [torch.FloatTensor of size ]
          )
        )
        """)
    #expect(ParameterList([Tensor.zeros(2)]).description == "ParameterList(  (0): Parameter containing: [torch.float32 of size 2])")
    mixture.scales.append(Tensor.ones(1))
    mixture.named["b"] = nil
    #expect(mixture.namedParameters().map(\.name) == ["scales.0", "scales.1", "scales.2", "named.a"])
    let leaf = Tensor([1.0]).asParameter()
    (ParameterList([leaf])[0] * 3).sum().backward()
    #expect(leaf.grad?.item() == 3)
    expect("index 1 is out of range") { _ = ParameterList([leaf])[1] }
  }

  @Test func pretrainedTablesStayUnlessTheyThaw() {
    let table = Tensor([[1.0, 2], [3, 4]])
    let frozen = Embedding.fromPretrained(table), thawed = Embedding.fromPretrained(table, freeze: false)
    #expect(!frozen.weight.requiresGrad && thawed.weight.requiresGrad)
    #expect(frozen(Tensor([1])).array(of: Double.self) == [3, 4])
  }

  @Test func layersOfAStackAreCopies() {
    let a = Generator(seed: 3), b = Generator(seed: 3)
    let layer = TransformerEncoderLayer(4, heads: 2, feedforward: 3, generator: a), next = Tensor.rand([1], generator: a).item()
    let stack = TransformerEncoder(TransformerEncoderLayer(4, heads: 2, feedforward: 3, generator: b), numLayers: 2)
    // Copying draws no numbers.
    #expect(Tensor.rand([1], generator: b).item() == next)
    let state = stack.stateDict(), names = layer.stateDict().names
    for name in names { #expect(state["layers.0.\(name)"]?.equal(state["layers.1.\(name)"]!) == true) }
    let weights = stack.namedParameters().filter { $0.name.hasSuffix("linear1.weight") }
    weights[0].tensor.data = Tensor.zeros(3, 4)
    #expect(weights[1].tensor.data.abs().sum().item() > 0)
  }

  @Test func adaptiveSoftmaxIsADistribution() {
    let softmax = AdaptiveLogSoftmaxWithLoss(4, 9, cutoffs: [2, 5], divValue: 2, headBias: true), x = Tensor.randn(3, 4)
    let all = softmax.logProbabilities(x), target = Tensor([0, 4, 8])
    #expect((all.exp().sum(dim: 1) - 1).abs().max().item() < 1e-6)
    let (output, loss) = softmax(x, target)
    #expect((all.gather(dim: 1, index: target.unsqueezed(1)).squeezed(1) - output).abs().max().item() < 1e-6)
    #expect(abs(loss.item() + output.mean().item()) < 1e-6)
    #expect(softmax.predict(x).array(of: Int.self) == all.argmax(dim: 1).array(of: Int.self))
  }

  @Test func packsUnpack() {
    let a = Tensor([[1.0], [2]]), b = Tensor([[3.0], [4], [5]]), c = Tensor([[6.0]])
    let packed = packSequence([a, b, c], enforceSorted: false)
    #expect(packed.batchSizes == [3, 2, 1] && packed.sortedIndices == [1, 0, 2] && packed.unsortedIndices == [1, 0, 2])
    #expect(packed.data.array(of: Double.self) == [3, 1, 6, 4, 2, 5])
    #expect(unpackSequence(packed).map { $0.array(of: Double.self) } == [[1, 2], [3, 4, 5], [6]])
    let (padded, lengths) = padPackedSequence(packed, batchFirst: true, paddingValue: -1, totalLength: 4)
    #expect(lengths == [2, 3, 1] && padded.squeezed(2).array(of: Double.self) == [1, 2, -1, -1, 3, 4, 5, -1, 6, -1, -1, -1])
    #expect(padSequence([c, a], paddingValue: 9, paddingSide: .left).array(of: Double.self) == [9, 1, 6, 2])
  }

  @Test func whatUnpoolsAndUnshufflesComesBack() {
    let x = Tensor((0..<16).map(Double.init), shape: [1, 1, 4, 4])
    #expect(pixelShuffle(pixelUnshuffle(x, 2), 2).equal(x))
    let (values, indices) = { ($0.values, $0.indices) }(MaxPool2d(2).withIndices(x))
    #expect(MaxUnpool2d(2)(values, indices).sum().item() == values.sum().item())
    // Each pixel is in as many windows as fold adds it up from.
    let ones = Tensor.ones(1, 1, 4, 4), counts = fold(unfold(ones, kernel: 2), outputSize: 4, kernel: 2)
    #expect(counts.array(of: Double.self) == [1, 2, 2, 1, 2, 4, 4, 2, 2, 4, 4, 2, 1, 2, 2, 1])
  }

  @Test func gradients() throws {
    let logits = Tensor.randn(4, 2, 3, dtype: .float64, requiresGrad: true)
    try gradcheck(
      { ctcLoss($0.logSoftmax(dim: 2), Tensor([[1, 1], [2, 1]]), inputLengths: [4, 3], targetLengths: [2, 1], reduction: .sum) }, [logits])
    let volume = Tensor.randn(1, 2, 4, 4, 4, dtype: .float64, requiresGrad: true), samples = Tensor.rand([1, 2, 3], dtype: .float64)
    try gradcheck({ fractionalMaxPool3d($0, kernel: 2, outputSize: [2, 3, 2], randomSamples: samples).values }, [volume])
    try gradcheck({ maxPool3d($0, kernel: 2) + lpPool3d($0 * $0, normType: 3, kernel: 2) }, [volume])
    let pair = [[2, 3], [2, 4], [2, 3, 4]].map { Tensor.randn($0, dtype: .float64, requiresGrad: true) }
    try gradcheck({ (x: [Tensor]) -> Tensor in bilinear(x[0], x[1], x[2]) }, pair)
  }
}

import ChainRule
import ChainRuleNN
import Testing

/// Initialisers, lazy layers, positions and weighted losses against PyTorch; see Fixtures/make_initializers.py.
struct InitializerTests {
  private static let fills: [(name: String, shape: [Int], dtype: DType, fill: @Sendable (Tensor, Generator) -> Void)] = [
    ("eye", [3, 4], .float32, { (leaf, _) in Initialize.eye(leaf) }),
    ("dirac", [4, 2, 3], .float32, { (leaf, _) in Initialize.dirac(leaf, groups: 2) }),
    ("dirac 2d", [3, 4, 2, 3], .float32, { (leaf, _) in Initialize.dirac(leaf) }),
    ("dirac 3d", [2, 2, 1, 2, 3], .float32, { (leaf, _) in Initialize.dirac(leaf) }),
    ("xavier uniform", [3, 4], .float32, { Initialize.xavierUniform($0, gain: calculateGain(.tanh), generator: $1) }),
    ("xavier normal", [3, 2, 3], .float32, { Initialize.xavierNormal($0, gain: calculateGain(.selu), generator: $1) }),
    ("kaiming uniform", [3, 4], .float32, { Initialize.kaimingUniform($0, fan: .output, nonlinearity: .relu, generator: $1) }),
    ("kaiming normal", [3, 4], .float32, { Initialize.kaimingNormal($0, a: 0.2, generator: $1) }),
    ("kaiming linear", [3, 4], .float32, { Initialize.kaimingNormal($0, nonlinearity: .linear, generator: $1) }),
    ("orthogonal", [4, 3], .float32, { Initialize.orthogonal($0, gain: 1.5, generator: $1) }),
    ("orthogonal wide", [3, 2, 4], .float32, { Initialize.orthogonal($0, generator: $1) }),
    ("orthogonal float64", [5, 5], .float64, { Initialize.orthogonal($0, generator: $1) }),
    ("sparse", [5, 4], .float32, { Initialize.sparse($0, sparsity: 0.5, std: 0.1, generator: $1) }),
    ("truncated", [4, 5], .float32, { Initialize.truncatedNormal($0, generator: $1) }),
    ("truncated narrow", [3, 5], .float32, { Initialize.truncatedNormal($0, mean: 0.5, std: 2, from: -1, to: 0, generator: $1) }),
    ("truncated tail", [3, 5], .float64, { Initialize.truncatedNormal($0, from: 1.5, to: 3, generator: $1) }),
    ("truncated float64", [4, 5], .float64, { Initialize.truncatedNormal($0, mean: 1, std: 0.5, from: 0, to: 2, generator: $1) }),
  ]

  @Test func firstValuesAreThoseOfPyTorchsGenerator() throws {
    let rows = try #require(Fixture("initializers").root["filled"] as? [String: Any])
    #expect(Set(rows.keys) == Set(Self.fills.map(\.name)))
    for (name, shape, dtype, fill) in Self.fills {
      let leaf = Tensor.zeros(shape, dtype: dtype).asParameter(), expected = try Fixture.tensor(rows[name], dtype: .float64)
      // A generator of its own: other tests draw from the default one meanwhile.
      fill(leaf, Generator(seed: 1))
      #expect(leaf.shape == expected.shape && leaf.dtype == dtype, "\(name)")
      // The fixture has nine digits.
      #expect(difference(leaf.array(of: Double.self), expected.array(of: Double.self)) < (dtype == .float64 ? 1e-8 : 1e-6), "\(name)")
    }
  }

  @Test func gains() throws {
    let rows = try #require(Fixture("initializers").root["gains"] as? [String: Double])
    for (name, gain) in rows { #expect(calculateGain(try #require(Nonlinearity(rawValue: name))) == gain, "\(name)") }
    #expect(calculateGain(.leakyReLU, 1) == 1)
  }

  @Test func orthogonalMatricesAreOrthogonal() {
    for shape in [[40, 30], [30, 40], [7, 2, 3, 3]] {
      let leaf = Tensor.zeros(shape, dtype: .float64).asParameter()
      Initialize.orthogonal(leaf)
      let flat = leaf.detach().flattened(from: 1), product = shape[0] > flat.shape[1] ? flat.T.matmul(flat) : flat.matmul(flat.T)
      #expect(product.allClose(Tensor.eye(product.shape[0], dtype: .float64), absolute: 1e-14))
    }
  }

  @Test func refusals() {
    let leaf = Tensor.zeros(2, 2, 2).asParameter(), vector = Tensor.zeros(3).asParameter(),
      cases: [(String, () -> Void)] = [
        ("Only tensors with 2 dimensions are supported", { Initialize.eye(leaf) }),
        ("Only tensors with 2 dimensions are supported", { Initialize.sparse(leaf, sparsity: 0.1) }),
        ("Only tensors with 3, 4, or 5 dimensions are supported", { Initialize.dirac(vector) }),
        ("dim 0 must be divisible by groups", { Initialize.dirac(leaf, groups: 3) }),
        ("Only tensors with 2 or more dimensions are supported", { Initialize.orthogonal(vector) }),
        ("fewer than 2 dimensions", { Initialize.xavierUniform(vector) }),
        ("std > 0 and a < b", { Initialize.truncatedNormal(leaf, from: 1, to: 0) }),
      ]
    for (message, call) in cases {
      let error = #expect(throws: TensorError.self) { try catching { call() } }
      #expect(error?.description.contains(message) ?? false, "\(message)")
    }
  }

  private static let lazies: [(name: String, shape: [Int], make: @Sendable (Generator) -> any Layer)] = [
    ("LazyLinear", [2, 4], { LazyLinear(3, generator: $0) }),
    ("LazyConv1d", [1, 4, 3], { LazyConv1d(2, kernel: 3, padding: 1, generator: $0) }),
    ("LazyConv2d", [2, 4, 4], { LazyConv2d(4, kernel: 2, stride: 2, groups: 2, bias: false, generator: $0) }),
    ("LazyConv3d", [1, 2, 1, 2, 3], { LazyConv3d(2, kernel: [1, 2, 2], generator: $0) }),
    ("LazyConvTranspose1d", [1, 4, 2], { LazyConvTranspose1d(2, kernel: 3, generator: $0) }),
    ("LazyConvTranspose2d", [1, 3, 2, 1], { LazyConvTranspose2d(2, kernel: 2, stride: 2, generator: $0) }),
    ("LazyConvTranspose3d", [1, 2, 1, 2, 1], { LazyConvTranspose3d(2, kernel: 1, generator: $0) }),
    ("LazyBatchNorm1d", [4, 3], { _ in LazyBatchNorm1d() }), ("LazyBatchNorm2d", [2, 3, 2, 1], { _ in LazyBatchNorm2d(momentum: 0.2) }),
    ("LazyBatchNorm3d", [2, 2, 1, 2, 1], { _ in LazyBatchNorm3d(affine: false) }),
    ("LazyInstanceNorm1d", [2, 3, 4], { _ in LazyInstanceNorm1d() }),
    ("LazyInstanceNorm2d", [1, 3, 2, 2], { _ in LazyInstanceNorm2d(affine: false) }),
    ("LazyInstanceNorm3d", [1, 2, 2, 1, 2], { _ in LazyInstanceNorm3d(eps: 1e-3) }),
  ]

  @Test func lazyLayersBecomeTheirLayers() throws {
    let rows = try #require(Fixture("initializers").root["lazy"] as? [String: Any])
    #expect(Set(rows.keys) == Set(Self.lazies.map(\.name)))
    for (name, shape, make) in Self.lazies {
      let row = try #require(rows[name] as? [String: Any]), layer = make(Generator(seed: 1)), parameters = layer.parameters()
      #expect("\(layer)" == row["before"] as? String)
      let y = layer(Tensor.arange(shape.reduce(1, *)).to(.float32).sin().reshaped(shape)),
        expected = try Fixture.tensor(row["output"], dtype: .float64)
      #expect("\(layer)" == row["after"] as? String)
      #expect(y.shape == expected.shape && difference(y.array(of: Double.self), expected.array(of: Double.self)) < 1e-6, "\(name)")
      // What an optimizer was given is what trains.
      #expect(zip(parameters, layer.parameters()).allSatisfy { $0.0.leafIdentity == $0.1.leafIdentity }, "\(name)")
      let state = layer.stateDict(), entries = try #require(row["state"] as? [[Any]])
      #expect(state.names == entries.map { $0[0] as? String }, "\(name)")
      for (tensor, entry) in zip(state.names.compactMap { state[$0] }, entries) {
        #expect(tensor.shape == entry[1] as? [Int] && abs(tensor.to(.float64).sum().item() - (entry[2] as! Double)) < 1e-5, "\(name)")
      }
      let other = make(Generator(seed: 2))
      try other.load(state)
      #expect("\(other)" == "\(layer)" && other.eval()(Tensor.ones(shape)).equal(layer.eval()(Tensor.ones(shape))), "\(name)")
    }
  }

  @Test func lazyLayersRefuseWhatTheyCannotMeasure() {
    for (layer, shape) in [
      (LazyConv2d(2, kernel: 1) as any Layer, [3, 2]), (LazyBatchNorm1d(), [3]), (LazyConv1d(3, kernel: 1, groups: 3), [1, 2, 2]),
    ] {
      #expect(throws: TensorError.self) { try catching { layer(Tensor.zeros(shape)) } }
    }
  }

  @Test func oneProcessSynchronisesWithItself() {
    let synchronised = SyncBatchNorm(3), plain = BatchNorm2d(3), x = Tensor.randn(2, 3, 2, 2)
    #expect(synchronised(x).equal(plain(x)) && synchronised.runningMean!.value.equal(plain.runningMean!.value))
    #expect("\(synchronised)" == "\(plain)".replacing("BatchNorm2d", with: "SyncBatchNorm"))
  }

  @Test func convertingKeepsWhatALayerHas() throws {
    let model = Sequential(
      Conv2d(3, 4, kernel: 1), BatchNorm2d(4), Sequential(BatchNorm1d(4, affine: false)), LazyBatchNorm3d(), InstanceNorm2d(4))
    let layer = model[1] as! BatchNorm2d, before = model.parameters().map(\.leafIdentity)
    layer.isTraining = false
    var calls = 0
    layer.registerForwardHook { _, _, _ in
      calls += 1
      return nil
    }
    #expect(!model.hasSynchronizedNorms && SyncBatchNorm.convert(model) === model && model.hasSynchronizedNorms)
    #expect(model.parameters().map(\.leafIdentity) == before && model[1] === layer && !layer.isTraining)
    _ = layer(Tensor.ones(1, 4, 2, 2))
    #expect(calls == 1 && model.copy().hasSynchronizedNorms)
    let text = "\(model)"
    #expect(text.ranges(of: "SyncBatchNorm(4, eps=1e-05").count == 2 && text.contains("InstanceNorm2d(4"), "\(text)")
    #expect("\(SyncBatchNorm.convert(BatchNorm1d(2)))".hasPrefix("SyncBatchNorm(2,"))
  }

  @Test func positions() throws {
    let root = try Fixture("initializers").root, x = Tensor.arange(48).to(.float64).sin().reshaped([2, 3, 2, 4])
    func expected(_ name: String) throws -> Tensor { try Fixture.tensor(root[name], dtype: .float64) }
    #expect(rotaryEmbedding(x).allClose(try expected("rotary"), absolute: 1e-8))
    #expect(RotaryPositionalEmbeddings(4)(x).equal(rotaryEmbedding(x)))
    #expect(rotaryEmbedding(x, base: 500, pairs: .halves).allClose(try expected("rotary halves"), absolute: 1e-8))
    // What stands at position 0 is not turned.
    let later = rotaryEmbedding(x[1...], positions: Tensor([[2, 0, 1]]))
    #expect(later.select(dim: 1, index: 1).equal(x[1...].select(dim: 1, index: 1)))
    let table = sinusoidalPositions(6, 5, dtype: .float64)
    #expect(table.shape == [6, 5] && abs(table[3, 2].item() - sinOf(3 / powOf(10_000, 2.0 / 5))) < 1e-12)
    let encoding = PositionalEncoding(4, dropout: 0, batchFirst: true), y = Tensor.randn(2, 6, 4)
    #expect(encoding(y).equal(y + sinusoidalPositions(6, 4)))
  }

  private func sinOf(_ x: Double) -> Double { Tensor(x, dtype: .float64).sin().item() }
  private func powOf(_ x: Double, _ c: Double) -> Double { Tensor(x, dtype: .float64).pow(c).item() }

  @Test func weightedLosses() throws {
    let root = try Fixture("initializers").root, x = Tensor.arange(12).to(.float64).sin().reshaped([3, 4])
    let t = Tensor.arange(12).to(.float64).cos().reshaped([3, 4]), w = Tensor.arange(1, 13).to(.float64).reshaped([3, 4]) / 7
    let losses: [(String, (Reduction) -> Tensor)] = [
      ("mse", { mseLoss(x, t, reduction: $0, weight: w) }), ("l1", { l1Loss(x, t, reduction: $0, weight: w) }),
      ("huber", { huberLoss(x, t, delta: 0.5, reduction: $0, weight: w) }),
    ]
    for (name, loss) in losses {
      let rows = try #require(root[name] as? [Any])
      for (row, reduction) in zip(rows, [Reduction.none, .mean, .sum]) {
        #expect(loss(reduction).allClose(try Fixture.tensor(row, dtype: .float64), absolute: 1e-8), "\(name) \(reduction)")
      }
    }
    let error = #expect(throws: TensorError.self) { try catching { mseLoss(x, t, weight: w[0]) } }
    #expect(error?.description.contains("Weights and input must have the same size.") ?? false)
  }

  /// Reads half of what it is given, and twice the memory.
  private final class Halving: TransformerEncoding, TransformerDecoding {
    func callAsFunction(_ x: Tensor, mask: Tensor?, keyPaddingMask: Tensor?, isCausal: Bool) -> Tensor { x / 2 }
    func callAsFunction(
      _ x: Tensor, _ memory: Tensor, mask: Tensor?, memoryMask: Tensor?, keyPaddingMask: Tensor?, memoryKeyPaddingMask: Tensor?,
      isCausal: Bool, memoryIsCausal: Bool
    ) -> Tensor { x + memory * 2 }
  }

  @Test func aTransformerTakesOtherParts() {
    let model = Transformer(4, heads: 2, customEncoder: Halving(), customDecoder: Halving()), x = Tensor.randn(3, 1, 4)
    #expect(model(x, x).equal(x + x) && "\(model)".contains("(encoder): Halving()"))
  }
}

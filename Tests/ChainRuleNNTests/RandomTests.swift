import ChainRule
import ChainRuleNN
import Testing

/// The default generator is the process's, so these run one after another.
@Suite(.serialized) struct RandomTests {
  private func check(_ module: some Module, _ entry: Any?, _ label: String) throws {
    let expected = try #require(entry as? [String: Any])
    let parameters = module.namedParameters()
    #expect(Set(parameters.map(\.name)) == Set(expected.keys), "\(label)")
    for (name, tensor) in parameters {
      let values = try Fixture.tensor(expected[name], dtype: .float32)
      #expect(tensor.shape == values.shape)
      #expect(difference(tensor.array(of: Double.self), values.array(of: Double.self)) < 2e-7, "\(label) \(name)")
    }
  }

  @Test func firstValuesArePyTorchs() throws {
    let fixture = try Fixture("random")
    for (seed, rows) in fixture.root {
      let rows = try #require(rows as? [String: Any])
      let seed = try #require(Int(seed))
      func generator() -> Generator { Generator(seed: seed) }
      try check(Linear(4, 3, generator: generator()), rows["Linear(4,3)"], "Linear \(seed)")
      try check(Embedding(5, 3, generator: generator()), rows["Embedding(5,3)"], "Embedding \(seed)")
      let g = generator()
      try check(
        Sequential {
          Linear(3, 4, generator: g)
          ReLU()
          Linear(4, 2, generator: g)
        }, rows["Sequential(Linear(3,4),ReLU,Linear(4,2))"],
        "Sequential \(seed)")
      let wide = try #require(rows["Linear(784,128)"] as? [String: Any])
      let layer = Linear(784, 128, generator: generator())
      #expect(difference(layer.weight[0, 0..<4].array(of: Double.self), try Fixture.numbers(wide["weight[0,:4]"])) < 2e-7)
      #expect(difference(try #require(layer.bias)[0..<4].array(of: Double.self), try Fixture.numbers(wide["bias[:4]"])) < 2e-7)
      let kept = dropout(Tensor.ones(20), p: 0.4, generator: generator())
      let mask = try Fixture.numbers(rows["dropout(ones(20),0.4)!=0"])
      #expect((kept .!= 0).to(.float64).array(of: Double.self) == mask)
      #expect(abs(kept.max().item() - 1 / 0.6) < 1e-6)
    }
  }

  @Test func defaultGeneratorIsUsed() throws {
    let a = Linear(4, 3, generator: Generator(seed: 5))
    Generator.withDefault(Generator(seed: 5)) { #expect(Linear(4, 3).weight.equal(a.weight)) }
  }

  @Test func dropoutLeavesTheMean() {
    let x = Tensor.ones(10_000)
    let y = dropout(x, p: 0.3, generator: Generator(seed: 1))
    #expect(abs(y.mean().item() - 1) < 0.03)
    #expect(dropout(x, p: 0).equal(x))
    #expect(dropout(x, p: 1).sum().item() == 0)
    #expect(dropout(x, p: 0.5, training: false).equal(x))
  }

  /// The masks of tensors that do not lie in order of their dimensions are PyTorch 2.13's for seed 0, and so is what a layer with attention
  /// gives while training: its attention's result is such a tensor.
  @Test func dropoutDrawsInTheOrderOfMemory() {
    let kept = dropout(Tensor.ones(4, 3).transposed(0, 1), p: 0.5, generator: Generator(seed: 0)) .> 0
    #expect(kept.to(.int64).array(of: Int.self) == [0, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1])
    let alpha = alphaDropout(Tensor.ones(2, 3, 4).permuted(2, 0, 1), p: 0.5, training: true, generator: Generator(seed: 0)) .> 0
    #expect(
      alpha.to(.int64).array(of: Int.self) == [0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0, 1, 1, 1, 1, 0, 1, 0, 1, 1, 1, 0, 0])
    let generator = Generator(seed: 0)
    let layer = TransformerEncoderLayer(8, heads: 2, feedforward: 16, dropout: 0.5, batchFirst: true, generator: generator)
    let y = layer(Tensor.randn(2, 3, 8, generator: generator)).flattened()
    #expect(
      difference(y[..<4].array(of: Double.self), [1.4720884561538696, 1.4052743911743164, -0.2378198355436325, -0.14940455555915833]) < 1e-5
    )
    #expect(
      difference(y[44...].array(of: Double.self), [-1.9674603939056396, 0.2163103073835373, 0.986071765422821, 0.34302568435668945]) < 1e-5)
  }
}

import ChainRule
import ChainRuleNN
import Testing

/// Whole networks: PyTorch's names, first values, results and gradients; see Fixtures/make_models.py.
struct ModelTests {
  private func check(_ name: String, _ model: any Layer, _ x: Tensor, _ target: Tensor) throws {
    let expected = try #require(try Fixture("models").root[name] as? [String: Any])
    model.to(.float64)
    let logits = model(x), loss = crossEntropy(logits.flattened(from: 0, through: -2), target.flattened())
    loss.backward()
    #expect(difference(logits.array(of: Double.self), try Fixture.numbers(expected["logits"])) < 1e-6)
    let lost = try difference([loss.item()], Fixture.numbers([expected["loss"] as Any]))
    #expect(lost < 1e-6)
    let parameters = model.namedParameters(), rows = try #require(expected["parameters"] as? [[Any]])
    #expect(parameters.map(\.name) == rows.map { $0[0] as? String })
    for ((name, parameter), row) in zip(parameters, rows) {
      let gradient = try #require(parameter.grad)
      #expect(parameter.shape == row[1] as? [Int], "\(name)")
      let found = [parameter.sum().item(), gradient.sum().item(), (gradient * gradient).sum().item()]
      let error = difference(found, try Fixture.numbers(Array(row[2...])))
      // First values may differ by the last bit of a float32, which small batches magnify.
      #expect(error < 1e-4, "\(name)")
    }
    let buffers = try #require(expected["buffers"] as? [[Any]])
    #expect(model.namedBuffers().map(\.name) == buffers.map { $0[0] as? String })
    for ((name, buffer), row) in zip(model.namedBuffers(), buffers) {
      #expect(difference([buffer.value.sum().item()], try Fixture.numbers([row[1]])) < 1e-6, "\(name)")
    }
  }

  private func wave(_ shape: Int...) -> Tensor {
    Tensor.arange(shape.reduce(1, *)).to(.float64).sin().reshaped(shape)
  }

  @Test func gptIsPyTorchs() throws {
    let tokens = (Tensor.arange(15) * 5 + 3).reshaped(3, 5).remainder(7)
    let model = GPT(vocabulary: 7, context: 6, layers: 2, heads: 2, width: 8, generator: Generator(seed: 0))
    try check("gpt", model, tokens, (tokens + 1).remainder(7))
  }

  @Test func resNetIsPyTorchs() throws {
    let target = Tensor([3, 7])
    try check("resnet18_cifar", ResNet.resNet18(classes: 10, stem: .cifar, generator: Generator(seed: 0)), wave(2, 3, 16, 16), target)
    try check("resnet18", ResNet.resNet18(classes: 10, generator: Generator(seed: 0)), wave(2, 3, 64, 48), target)
  }

  @Test func gptRefusesWhatItCannotRead() {
    #expect(throws: TensorError.self) {
      try catching { GPT(vocabulary: 3, context: 2, layers: 1, heads: 1, width: 2)(Tensor([[0, 1, 2]])) }
    }
    #expect(throws: TensorError.self) { try catching { GPTBlock(6, heads: 4) } }
  }
}

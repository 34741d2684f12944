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

  /// FNV-1a, 64 bits.
  private func digest(_ text: String) -> String {
    let value = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Names, shapes and order of torchvision's states, its first values for a seed and the scores of one of them.
  @Test(arguments: ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"])
  func residualNetworksAreTorchvisions(_ name: String) throws {
    let networks = try #require(try Fixture("module_system").root["networks"] as? [String: Any])
    let expected = try #require(networks[name] as? [String: Any]), generator = Generator(seed: 0)
    let model: ResNet
    switch name {
    case "resnet18": model = .resNet18(classes: 10, generator: generator)
    case "resnet34": model = .resNet34(classes: 10, generator: generator)
    case "resnet50": model = .resNet50(classes: 10, generator: generator)
    case "resnet101": model = .resNet101(classes: 10, generator: generator)
    default: model = .resNet152(classes: 10, generator: generator)
    }
    let state = model.stateDict()
    #expect(state.count == expected["count"] as? Int)
    #expect(digest(state.map { "\($0.name) \($0.tensor.shape)" }.joined(separator: "\n")) == expected["digest"] as? String)
    #expect(try difference([model.fc.weight.to(.float64).sum().item()], Fixture.numbers([expected["sum"] as Any])) < 1e-6)
    if let logits = expected["logits"] {
      let found = noGrad { model(wave(2, 3, 64, 64).to(.float32)) }
      #expect(try difference(found.array(of: Double.self), Fixture.numbers(logits)) < 1e-3)
    }
  }

  /// The states of GPT-2: a prefix, maps the other way round, masks, no head; and those of before.
  @Test func gptTakesOtherStates() throws {
    func model(_ seed: Int) -> GPT {
      GPT(vocabulary: 7, context: 6, layers: 2, heads: 2, width: 8, activation: .tanh, tiesHead: true, generator: Generator(seed: seed))
    }
    let source = model(0), tokens = Tensor([[1, 2, 3, 4]]), expected = source(tokens).array(of: Float.self)
    var state = NamedTensors()
    for (name, tensor) in source.stateDict() where name != "lm_head.weight" {
      let isMap = name.hasSuffix(".weight") && (name.contains("attn.c_") || name.contains("mlp.c_"))
      state["transformer.\(name)"] = isMap ? tensor.transposed(0, 1) : tensor
    }
    for i in 0..<2 {
      state["transformer.h.\(i).attn.bias"] = Tensor.ones(1, 1, 6, 6).tril()
      state["transformer.h.\(i).attn.masked_bias"] = Tensor(-1e4)
    }
    let target = model(1)
    try target.load(state)
    #expect(target(tokens).array(of: Float.self) == expected)
    let inside = Sequential(model(2))
    try inside.load(NamedTensors(state.map { (name: "0.\($0.name)", tensor: $0.tensor) }))
    #expect(inside(tokens).array(of: Float.self) == expected)
    let former = [
      ("wte.", "te."), ("wpe.", "pe."), ("h.", "b."), ("ln_f.", "ln."), ("lm_head.", "hd."), (".ln_1.", ".l1."), (".ln_2.", ".l2."),
      (".attn.c_attn.", ".qkv."), (".attn.c_proj.", ".pr."), (".mlp.c_fc.", ".f."), (".mlp.c_proj.", ".g."),
    ]
    let old = source.stateDict().map { name, tensor in
      (
        name: former.reduce(name) { text, pair in
          if pair.0.hasPrefix(".") { return text.replacing(pair.0, with: pair.1) }
          return text.hasPrefix(pair.0) ? pair.1 + text.dropFirst(pair.0.count) : text
        }, tensor: tensor
      )
    }
    #expect(old.map(\.name).contains("b.1.qkv.weight") && old.map(\.name).contains("hd.weight"))
    let again = model(3)
    try again.load(NamedTensors(old))
    #expect(again(tokens).array(of: Float.self) == expected)
  }

  @Test func gptRefusesWhatItCannotRead() {
    #expect(throws: TensorError.self) {
      try catching { GPT(vocabulary: 3, context: 2, layers: 1, heads: 1, width: 2)(Tensor([[0, 1, 2]])) }
    }
    #expect(throws: TensorError.self) { try catching { GPTBlock(6, heads: 4) } }
  }
}

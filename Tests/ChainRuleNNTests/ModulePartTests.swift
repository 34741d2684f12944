import ChainRule
import ChainRuleNN
import Testing

/// Parts that are replaced, found by their paths, added, frozen; states that come under other names.
struct ModulePartTests {
  @Test func partsAreReplaced() {
    let model = ResNet((1, 1, 1, 1), classes: 10, stem: .cifar)
    model.fc = Linear(model.fc.inputs, 2)
    model.layer2[0] = Identity()
    model.layer2 = Sequential(Conv2d(64, 128, kernel: 1, stride: 2), ReLU())
    #expect(model(Tensor.zeros(2, 3, 8, 8)).shape == [2, 2])
    #expect(model.stateDict().names.suffix(2) == ["fc.weight", "fc.bias"] && model.stateDict()["layer2.0.bias"]?.shape == [128])
  }

  @Test func weightsAreTiedByAssigning() throws {
    let tokens = Embedding(5, 3), head = Linear(3, 5)
    head.weight = tokens.weight
    let model = Sequential(tokens, head)
    #expect(model.namedParameters().map(\.name) == ["0.weight", "1.bias"])
    #expect(model.stateDict().names == ["0.weight", "1.weight", "1.bias"])
    model(Tensor([1, 2])).sum().backward()
    #expect(tokens.weight.grad != nil && head.weight.leafIdentity == tokens.weight.leafIdentity)
    let error = try #require(throws: TensorError.self) { try catching { head.weight = Tensor.ones(5, 3) } }
    #expect(error.message == "cannot assign a Tensor as parameter 'weight' (a leaf or nil expected)")
    #expect(head.weight.leafIdentity == tokens.weight.leafIdentity)
    head.bias = nil
    #expect(model.namedParameters().map(\.name) == ["0.weight"])
  }

  @Test func pathsFindParts() {
    let model = GPT(vocabulary: 5, context: 4, layers: 2, heads: 2, width: 4)
    #expect(model["h.1.attn.c_attn"] === (model.h[1] as? GPTBlock)?.attn.cAttn)
    #expect(model[""] === model && model["h.2"] == nil && model["h.0.nothing"] == nil)
    #expect(model.parameter("h.0.mlp.c_fc.bias")?.shape == [16] && model.parameter("h.0") == nil)
    #expect(BatchNorm1d(2).buffer("running_mean")?.value.shape == [2] && model.buffer("x") == nil)
    let parts = ModuleDictionary(["a": Sequential(Linear(1, 1), ReLU())])
    #expect(parts["a.1"] is ReLU && parts["a"] is Sequential && parts["b"] == nil)
    #expect(Linear(3, 4).parameterCount == 16)
  }

  @Test func partsAreFrozenByTheirPaths() throws {
    let model = Sequential(Linear(2, 3), Sequential(Linear(3, 3), BatchNorm1d(3)))
    model.requiresGrad(false, at: "1", "0.bias")
    #expect(model.namedParameters().filter(\.tensor.requiresGrad).map(\.name) == ["0.weight"])
    model.requiresGrad(true, at: "1.1")
    #expect(model.namedParameters().filter(\.tensor.requiresGrad).map(\.name) == ["0.weight", "1.1.weight", "1.1.bias"])
    let error = try #require(throws: TensorError.self) { try catching { model.requiresGrad(false, at: "0.weight", "fc") } }
    #expect(error.message == "Sequential has no attribute `fc`" && model.parameter("0.weight")?.requiresGrad == true)
  }

  @Test func containersChange() throws {
    let model = Sequential(Linear(2, 3), ReLU())
    model.append(Linear(3, 1), name: "out")
    model.insert(Tanh(), at: 1)
    #expect(model.names == ["0", "1", "2", "out"] && model.count == 4 && model[1] is Tanh)
    #expect(model.remove(at: 1) is Tanh && model.names == ["0", "1", "out"])
    model[1] = GELU()
    #expect(model[1] is GELU && model["out"] === model[2])
    #expect(model[1...].names == ["0", "out"] && model[..<1][0] === model[0] && model[0...1].count == 2 && model[5...].count == 0)
    let named = Sequential(["fc": Linear(2, 2), "act": ReLU()])
    #expect(named.stateDict().names == ["fc.weight", "fc.bias"])
    #expect(named.description == "Sequential(\n  (fc): Linear(in_features=2, out_features=2, bias=True)\n  (act): ReLU()\n)")
    let list = ModuleList([Linear(1, 1)])
    list.insert(ReLU(), at: 0)
    list.append(contentsOf: [Tanh(), Tanh()] as [any Module])
    #expect(list.map { "\(type(of: $0))" } == ["ReLU", "Linear", "Tanh", "Tanh"] && list.remove(at: 0) is ReLU)
    for body in [{ model.insert(ReLU(), at: 9) }, { model[-1] = ReLU() }, { _ = list.remove(at: 7) }] as [() -> Void] {
      #expect(throws: TensorError.self) { try catching(body) }
    }
    model.isTraining = false
    #expect(!model.isTraining && model[0].isTraining)
  }

  @Test func statesComeUnderOtherNames() throws {
    let source = Sequential(["fc": Linear(2, 3)]), target = Sequential(["head": Linear(2, 3)])
    let state = NamedTensors(source.stateDict().map { (name: "module.\($0.name)", tensor: $0.tensor) })
    #expect(throws: StateDictError.self) { try target.load(state) }
    try target.load(state, renaming: ["module.fc.": "head.", "module.": ""])
    #expect(target.stateDict()["head.weight"]!.array(of: Float.self) == source.stateDict()["fc.weight"]!.array(of: Float.self))
    let error = try #require(throws: StateDictError.self) {
      try target.load(
        ["a.weight": Tensor.zeros(3, 2), "b.weight": Tensor.ones(3, 2), "a.bias": Tensor.ones(3)], renaming: ["a.": "head.", "b.": "head."])
    }
    #expect(error.unexpected == ["b.weight"])
  }

  @Test func assignedStatesKeepTheirTypes() throws {
    let layer = Linear(2, 1),
      state: NamedTensors = ["weight": Tensor([[1.0, 2]], dtype: .float64), "bias": Tensor([3.0], dtype: .float64)]
    layer(Tensor.ones(1, 2)).sum().backward()
    try layer.load(state)
    #expect(layer.weight.dtype == .float32 && layer.weight.grad != nil)
    try layer.load(state, assign: true)
    #expect(layer.weight.dtype == .float64 && layer.weight.grad == nil && layer.weight.requiresGrad)
  }
}

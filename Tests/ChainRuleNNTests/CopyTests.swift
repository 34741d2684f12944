import ChainRule
import ChainRuleNN
import Testing

/// Copies, frozen snapshots, and the ways to move a model to where it is used.
struct CopyTests {
  private final class Net: Layer {
    let tokens = Embedding(5, 4)
    let blocks = [Linear(4, 4), Linear(4, 4)]
    let norm = BatchNorm1d(4)
    let head = Linear(4, 5, bias: false)
    var scale = Buffer(Tensor([2.0]), isPersistent: false)
    init() { head.weight = tokens.weight }
    func forward(_ x: Tensor) -> Tensor { head(norm(blocks.reduce(tokens(x)) { $1($0) }) * scale.value) }
  }

  @Test func aCopyHasValuesOfItsOwn() {
    let model = Sequential(["fc": Linear(3, 4), "norm": BatchNorm1d(4), "drop": Dropout(0.5)])
    let x = Tensor.randn(6, 3)
    model(x).sum().backward()
    model.requiresGrad(false, at: "fc.bias").eval()
    let copy = model.copy()
    #expect(copy !== model && copy.description == model.description && copy.names == ["fc", "norm", "drop"])
    #expect(same(copy(x), model(x)))
    #expect(copy.parameters().map(\.requiresGrad) == [true, false, true, true] && copy.parameters().allSatisfy { $0.grad == nil })
    #expect(!copy.isTraining && !copy[2].isTraining)
    copy.train()
    for parameter in copy.parameters() { parameter.data -= 1 }
    #expect(!model.isTraining && !same(copy.eval()(x), model(x)))
  }

  @Test func whatIsTiedStaysTied() {
    let model = GPT(vocabulary: 7, context: 4, layers: 2, heads: 2, width: 8, tiesHead: true)
    #expect(model.namedParameters().filter { $0.name == "wte.weight" || $0.name == "lm_head.weight" }.map(\.name) == ["wte.weight"])
    #expect(model.stateDict().names.filter { $0 == "wte.weight" || $0 == "lm_head.weight" } == ["wte.weight", "lm_head.weight"])
    let copy = model.copy()
    #expect(copy.lmHead.weight.leafIdentity == copy.wte.weight.leafIdentity)
    #expect(copy.lmHead.weight.leafIdentity != model.wte.weight.leafIdentity)
    #expect(copy.parameterCount == model.parameterCount)
    let shared = Linear(2, 2), twice = Sequential(shared, ReLU(), shared).copy()
    #expect(twice[0] === twice[2] && twice[0] !== shared)
  }

  @Test func aClassOfOnesOwnSaysHowItIsMade() throws {
    let model = Net()
    _ = model(Tensor([0, 1, 2]))
    model.requiresGrad(false, at: "blocks.1").norm.eval()
    model.scale.value = Tensor([3.0])
    let copy = model.copy { Net() }
    #expect(copy.stateDict().elementsEqual(model.stateDict()) { $0.name == $1.name && same($0.tensor, $1.tensor) })
    #expect(copy.scale.value.item() == 3 && copy.isTraining && !copy.norm.isTraining)
    #expect(copy.blocks[1].weight.requiresGrad == false && copy.blocks[0].weight.requiresGrad)
    #expect(copy.head.weight.leafIdentity == copy.tokens.weight.leafIdentity)
    let message = try #require(throws: TensorError.self) { try catching { model.copy() } }
    #expect(message.message == "Net cannot copy itself" && message.description.contains("model.copy { Net() }"))
    #expect(throws: TensorError.self) { try catching { Sequential(Linear(2, 2), model).copy() } }
  }

  @Test func aCopyOfOtherPartsIsRefused() throws {
    let model = Sequential(Linear(2, 3), Linear(3, 1))
    let error = try #require(throws: TensorError.self) {
      try catching { model.copy { Sequential(Linear(2, 4), Linear(3, 1, bias: false)) } }
    }
    #expect(error.message.contains("Unexpected key(s) in state_dict: \"1.bias\""))
    #expect(error.message.contains("size mismatch for 0.weight: copying a param with shape torch.Size([3, 2])"))
  }

  // MARK: Frozen

  private static let shared: Frozen<Sequential> = Sequential {
    Linear(8, 16, generator: Generator(seed: 0))
    BatchNorm1d(16)
    Dropout(0.5)
    ReLU()
    Linear(16, 3, generator: Generator(seed: 1))
  }.frozen()

  @Test func aFrozenModelIsCalledFromAnyTask() async {
    let model = Net(), frozen = model.frozen { Net() }, index = Tensor([0, 1, 2, 3])
    let expected = Self.shared(Tensor.ones(4, 8)), own = frozen(index)
    model.tokens.weight.data += 1
    let wrong = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<8 {
        group.addTask {
          (0..<20).count { _ in
            let y = Self.shared(Tensor.ones(4, 8))
            return y.requiresGrad || !same(y, expected) || !same(frozen(index), own)
          }
        }
      }
      return await group.reduce(0, +)
    }
    #expect(wrong == 0)
    #expect(!frozen.stateDict()["tokens.weight"]!.requiresGrad)
    let lstm = LSTM(2, 3).frozen()
    #expect(lstm.apply { $0(Tensor.ones(4, 1, 2)).output }.shape == [4, 1, 3])
  }

  // MARK: Ways into an actor

  /// A trainer that holds a model alone.
  private actor Trainer {
    private let model: Net
    private var steps = 0
    /// The actor makes its model.
    init() { model = Net() }
    /// It is given one that nobody else keeps.
    init(_ model: sending Net) { self.model = model }
    /// It is given a snapshot, and goes on from it with a model of its own.
    init(from state: NamedTensors) throws {
      model = Net()
      try model.load(state)
    }

    func step(_ x: Tensor) -> Double {
      let loss = model(x).square().mean()
      model.zeroGrad()
      loss.backward()
      for parameter in model.parameters() { if let gradient = parameter.grad { parameter.data -= 0.01 * gradient } }
      steps += 1
      return loss.item()
    }
    /// What leaves the actor is a snapshot.
    func snapshot() -> Frozen<Net> { model.frozen { Net() } }
    func state() -> NamedTensors { model.stateDict() }
  }

  @Test func aModelMovesIntoAnActor() async throws {
    let x = Tensor([0, 1, 2, 3])
    let made = Trainer()
    let given = Trainer(Net())
    let resumed = try Trainer(from: await given.state())
    for trainer in [made, given, resumed] {
      let first = await trainer.step(x), before = await trainer.snapshot()
      let value = before(x)
      for _ in 0..<5 { _ = await trainer.step(x) }
      #expect(await trainer.step(x) < first)
      #expect(same(before(x), value), "a snapshot stays as it is")
    }
  }
}

/// Whether all elements are equal.
private func same(_ a: Tensor, _ b: Tensor) -> Bool { a.array(of: Double.self) == b.array(of: Double.self) }

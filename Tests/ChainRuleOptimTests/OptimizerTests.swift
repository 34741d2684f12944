import ChainRule
import ChainRuleNN
import ChainRuleOptim
import Foundation
import Testing

struct OptimizerTests {
  private func fixture() throws -> [String: Any] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/training.json")
    return try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
  }

  private func numbers(_ value: Any?) throws -> [Double] { try #require(value as? [Double]) }

  private func make(_ name: String, _ p: [Tensor]) -> Optimizer? {
    switch name {
    case "SGD": SGD(p, lr: 0.1)
    case "SGD momentum nesterov weight_decay": SGD(p, lr: 0.1, momentum: 0.9, weightDecay: 1e-2, nesterov: true)
    case "SGD momentum dampening": SGD(p, lr: 0.1, momentum: 0.9, dampening: 0.5)
    case "Adam": Adam(p, lr: 0.01)
    case "Adam weight_decay": Adam(p, lr: 0.01, weightDecay: 1e-2)
    case "Adam amsgrad": Adam(p, lr: 0.01, amsgrad: true)
    case "AdamW": AdamW(p, lr: 0.01)
    case "AdamW betas eps weight_decay": AdamW(p, lr: 0.01, betas: (0.8, 0.99), eps: 1e-6, weightDecay: 0.1)
    case "RMSprop": RMSprop(p, lr: 0.01)
    case "RMSprop centered momentum": RMSprop(p, lr: 0.01, momentum: 0.9, centered: true)
    case "Adagrad": Adagrad(p, lr: 0.1)
    default: nil
    }
  }

  private func network(_ activation: String, _ dtype: DType) -> Sequential {
    let g = Generator(seed: 0)
    func nonlinear() -> any Layer { activation == "Tanh" ? Tanh() : ReLU() }
    let model = Sequential {
      Linear(2, 16, generator: g)
      nonlinear()
      Linear(16, 16, generator: g)
      nonlinear()
      Linear(16, 2, generator: g)
    }
    return model.to(dtype)
  }

  @Test func trainingRunsOfPyTorch() throws {
    let fixture = try fixture()
    let spirals = try #require(fixture["spirals"] as? [String: Any])
    let inputs = try #require(spirals["inputs"] as? [[Double]]), labels = try #require(spirals["labels"] as? [Int])
    var checked = 0
    for run in try #require(fixture["runs"] as? [[String: Any]]) {
      let name = try #require(run["optimizer"] as? String), activation = try #require(run["activation"] as? String)
      let dtype: DType = run["dtype"] as? String == "float64" ? .float64 : .float32
      let model = network(activation, dtype)
      guard let optimizer = make(name, model.parameters()) else { continue }
      checked += 1
      let x = Tensor(inputs.flatMap { $0 }, shape: [inputs.count, 2], dtype: dtype), y = Tensor(labels)
      var losses: [Double] = []
      for _ in 0..<20 {
        let loss = optimizer.step {
          optimizer.zeroGrad()
          let loss = crossEntropy(model(x), y)
          loss.backward()
          return loss
        }
        losses.append(loss.item())
      }
      losses.append(crossEntropy(model(x), y).item())
      let tolerance = dtype == .float64 ? 1e-9 : 1e-4
      for (i, (a, b)) in zip(losses, try numbers(run["losses"])).enumerated() {
        #expect(abs(a - b) <= tolerance * max(abs(b), 1e-3), "\(name) \(activation) \(dtype) step \(i): \(a) \(b)")
      }
      let expected = try #require(run["parameters"] as? [String: Any])
      for (path, tensor) in model.namedParameters() {
        let first = tensor.detach().flattened().array(of: Double.self).prefix(3)
        for (a, b) in zip(first, try numbers(expected[path])) {
          let bound = dtype == .float64 ? 1e-9 : 2e-4
          #expect(abs(a - b) <= bound * max(1, abs(b)), "\(name) \(activation) \(dtype) \(path): \(a) \(b)")
        }
      }
    }
    #expect(checked == 28)
  }

  @Test func printing() {
    let p = [Tensor([1.0], requiresGrad: true)]
    #expect(
      "\(SGD(p, lr: 0.1))" == """
        SGD (
        Parameter Group 0
            dampening: 0
            differentiable: False
            foreach: None
            fused: None
            lr: 0.1
            maximize: False
            momentum: 0
            nesterov: False
            weight_decay: 0
        )
        """)
    #expect(
      "\(AdamW(p))" == """
        AdamW (
        Parameter Group 0
            amsgrad: False
            betas: (0.9, 0.999)
            capturable: False
            decoupled_weight_decay: True
            differentiable: False
            eps: 1e-08
            foreach: None
            fused: None
            lr: 0.001
            maximize: False
            weight_decay: 0.01
        )
        """)
  }

  private func message(_ body: () -> Void) -> String {
    do {
      try catching(body)
      return "no error"
    } catch { return (error as? TensorError)?.message ?? "\(error)" }
  }

  @Test func refusals() {
    let p = Tensor([1.0], requiresGrad: true)
    #expect(message { _ = SGD([p * 2], lr: 0.1) } == "can't optimize a non-leaf Tensor")
    #expect(message { _ = SGD([], lr: 0.1) } == "optimizer got an empty parameter list")
    #expect(message { _ = SGD([p], lr: -1) } == "Invalid learning rate: -1")
    #expect(message { _ = SGD([p, p], lr: 1) } == "some parameters appear in more than one parameter group")
    #expect(
      message { _ = SGD(groups: [ParameterGroup([p]), ParameterGroup([p])], lr: 1) }
        == "some parameters appear in more than one parameter group")
    #expect(message { _ = Adam([p], betas: (1, 0.9)) } == "Invalid beta parameter at index 0: 1")
    #expect(message { _ = SGD([p], nesterov: true) } == "Nesterov momentum requires a momentum and zero dampening")
  }

  @Test func groupsHaveOptionsOfTheirOwn() {
    let a = Tensor([1.0], requiresGrad: true), b = Tensor([1.0], requiresGrad: true)
    let optimizer = SGD(groups: [ParameterGroup([a], ["lr": 0.5]), ParameterGroup([b])], lr: 0.25)
    (a + b).sum().backward()
    optimizer.step()
    #expect(a.item() == 0.5 && b.item() == 0.75)
    optimizer.zeroGrad()
    optimizer.step()
    #expect(a.item() == 0.5)
  }

  @Test func stateGoesOn() throws {
    func run(_ interrupt: Bool) throws -> [Double] {
      let p = Tensor([1.0, -2.0], requiresGrad: true)
      var optimizer = Adam([p], lr: 0.1, amsgrad: true)
      for i in 0..<6 {
        if interrupt, i == 3 {
          let saved = optimizer.stateDict()
          #expect(saved.tensors.names == ["state.0.exp_avg", "state.0.exp_avg_sq", "state.0.max_exp_avg_sq"])
          optimizer = Adam([p])
          try optimizer.load(saved)
        }
        optimizer.zeroGrad()
        (p * p).sum().backward()
        optimizer.step()
      }
      return p.detach().array(of: Double.self)
    }
    #expect(try run(true) == run(false))
    let other = Adam([Tensor.ones(3, requiresGrad: true)])
    let p = Tensor([1.0], requiresGrad: true), adam = Adam([p])
    p.sum().backward()
    adam.step()
    #expect(throws: OptimizerStateError.self) { try other.load(adam.stateDict()) }
  }

  @Test func updatesInPlaceAndNeverDisturbsOthers() {
    let p = Tensor.ones(1000, requiresGrad: true)
    let optimizer = SGD([p], lr: 1, momentum: 0.5)
    let held = p.detach()
    let y = p * p
    y.sum().backward()
    optimizer.step()
    let isHeldUnchanged = held.equal(Tensor.ones(1000)), isUpdated = p.detach().equal(Tensor.full([1000], -1.0))
    #expect(isHeldUnchanged && isUpdated)
    // The recorded graph kept the value of its time.
    #expect(y.detach().equal(Tensor.ones(1000)))
  }

  /// The buffers are public: a fourth one that somebody keeps there is left alone, and so is the memory behind the three that are read.
  @Test func furtherBuffersAreLeftAlone() {
    let parameters = (0..<2).map { _ in Tensor.ones(1000, requiresGrad: true) }
    let optimizers = parameters.map { SGD([$0], lr: 0.1, momentum: 0.9) }
    for step in 0..<3 {
      for (p, optimizer) in zip(parameters, optimizers) {
        p.grad = Tensor.ones(1000) * 2
        optimizer.step()
      }
      if step == 0 { optimizers[0].state(of: parameters[0])?.buffers += (0..<8).map { Tensor.full([3], Double($0)) } }
    }
    #expect(parameters[0].detach().equal(parameters[1].detach()))
    #expect(optimizers[0].state(of: parameters[0])?.buffers.last?.equal(Tensor.full([3], 7.0)) == true)
  }

  @Test func stepsNeitherCopyNorAllocate() {
    let g = Generator(seed: 1)
    let model = Sequential(Linear(32, 64, generator: g), Tanh(), Linear(64, 8, generator: g))
    let x = Tensor.randn([16, 32], generator: g), y = Tensor.randint(0, 8, [16], generator: g)
    for optimizer in [SGD(model.parameters(), lr: 0.1, momentum: 0.9), Adam(model.parameters(), lr: 0.01), Adagrad(model.parameters())] {
      func addresses() -> [UInt] {
        model.parameters().flatMap { p in [p.elementsAddress] + (optimizer.state(of: p)?.buffers.map(\.elementsAddress) ?? []) }
      }
      var before: [UInt] = []
      for i in 0..<4 {
        // Loss and logits are still alive while the optimizer steps.
        let logits = model(x), loss = crossEntropy(logits, y)
        optimizer.zeroGrad()
        loss.backward()
        optimizer.step()
        if i == 1 { before = addresses() }
        withExtendedLifetime((logits, loss)) {}
      }
      let after = addresses()
      #expect(before == after, "\(optimizer.name)")
    }
  }

  @Test func clipping() {
    let a = Tensor([3.0], requiresGrad: true), b = Tensor([4.0], requiresGrad: true)
    ((a * a + b * b) / 2).sum().backward()
    #expect(abs(clipGradNorm([a, b], maxNorm: 1).item() - 5) < 1e-6)
    #expect(abs(a.grad!.item() - 0.6) < 1e-6 && abs(b.grad!.item() - 0.8) < 1e-6)
    clipGradValue([a, b], 0.7)
    #expect(abs(b.grad!.item() - 0.7) < 1e-6)
    a.grad = Tensor([Double.infinity])
    #expect(
      message { clipGradNorm([a], maxNorm: 1, errorIfNonfinite: true) }
        .hasPrefix("The total norm of order 2.0 for gradients from `parameters` is non-finite"))
  }

  @Test func learns() {
    let g = Generator(seed: 3)
    let model = Sequential {
      Linear(2, 8, generator: g)
      Tanh()
      Linear(8, 1, generator: g)
    }
    let x = Tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), y = Tensor([[0.0], [1.0], [1.0], [0.0]])
    let optimizer = Adam(model.parameters(), lr: 0.05)
    for _ in 0..<300 {
      optimizer.zeroGrad()
      binaryCrossEntropyWithLogits(model(x), y).backward()
      optimizer.step()
    }
    #expect((model(x) .> 0).to(.float32).equal(y))
  }
}

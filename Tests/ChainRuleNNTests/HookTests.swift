import ChainRule
import ChainRuleNN
import Testing

/// Hooks of modules, against PyTorch's order and numbers: see Fixtures/make_module_system.py. Hooks of all modules see every module of the
/// process, so these note only their own.
@Suite(.serialized) struct HookTests {
  /// What happened, in order.
  private final class Log: @unchecked Sendable {
    var lines: [String] = []
    var names: [ObjectIdentifier: String] = [:]
    func note(_ what: String, _ module: any Module) { if let name = names[ObjectIdentifier(module)] { lines.append("\(what) \(name)") } }
  }

  private func wave(_ shape: Int...) -> Tensor { Tensor.arange(shape.reduce(1, *)).to(.float64).sin().reshaped(shape) }

  private func register(_ log: Log, on module: any Module) {
    func pre(_ text: String) -> ForwardPreHook {
      { module, _ in
        log.note(text, module)
        return nil
      }
    }
    func after(_ text: String) -> ForwardHook {
      { module, _, _ in
        log.note(text, module)
        return nil
      }
    }
    func backward(_ text: String) -> BackwardHook {
      { module, _, _ in
        log.note(text, module)
        return nil
      }
    }
    module.registerForwardPreHook(pre("pre"))
    module.registerForwardPreHook(prepend: true, pre("first pre"))
    module.registerForwardHook(after("forward"))
    module.registerFullBackwardPreHook { module, _ in
      log.note("backward pre", module)
      return nil
    }
    module.registerFullBackwardHook(backward("backward"))
    module.registerFullBackwardHook(prepend: true, backward("first backward"))
  }

  @Test func orderAndNumbersArePyTorchs() throws {
    let expected = try #require(try Fixture("module_system").root["hooks"] as? [String: Any])
    let net = Sequential(Linear(3, 2, generator: Generator(seed: 0)), Tanh())
    net.to(.float64)
    let log = Log()
    log.names = [ObjectIdentifier(net): "net", ObjectIdentifier(net[0]): "fc", ObjectIdentifier(net[1]): "tanh"]
    let handles = [
      registerModuleForwardPreHook { module, _ in
        log.note("global pre", module)
        return nil
      },
      registerModuleForwardHook { module, _, _ in
        log.note("global forward", module)
        return nil
      },
      registerModuleFullBackwardPreHook { module, _ in
        log.note("global backward pre", module)
        return nil
      },
      registerModuleFullBackwardHook { module, _, _ in
        log.note("global backward", module)
        return nil
      },
    ]
    for module in [net, net[0], net[1]] as [any Module] { register(log, on: module) }
    var seen: [[Double]] = []
    net[0].registerForwardPreHook { _, x in [x[0] * 2] }
    net[0].registerForwardHook { _, _, y in [y[0] + 1] }
    net[1].registerFullBackwardPreHook { _, dy in [dy[0].map { $0 * 3 }] }
    net[1].registerFullBackwardHook { _, dx, dy in
      seen = (dx + dy).map { $0?.array(of: Double.self) ?? [] }
      return [dx[0].map { $0 * 0.5 }]
    }
    let x = wave(4, 3).asLeaf()
    let y = net(x)
    y.sum().backward()
    for handle in handles { handle.remove() }
    log.lines.append("without gradients of inputs")
    let gradients = [x.grad] + net.parameters().map(\.grad)
    let numbers = seen
    net(wave(4, 3)).sum().backward()
    #expect(log.lines == expected["log"] as? [String])
    #expect(try difference(y.array(of: Double.self), Fixture.numbers(expected["y"])) < 1e-7)
    for (gradient, name) in zip(gradients, ["dx", "dw", "db"]) {
      #expect(try difference(#require(gradient).array(of: Double.self), Fixture.numbers(expected[name])) < 1e-7, "\(name)")
    }
    for (found, row) in zip(numbers, try #require(expected["seen"] as? [Any])) {
      #expect(try difference(found, Fixture.numbers(row)) < 1e-7)
    }
  }

  @Test func aHookThatIsTakenOffIsSilent() {
    let layer = Linear(2, 2)
    var calls = 0
    let handle = layer.registerForwardHook { _, _, _ in
      calls += 1
      return nil
    }
    _ = layer(Tensor.ones(1, 2))
    handle.remove()
    handle.remove()
    _ = layer(Tensor.ones(1, 2))
    #expect(calls == 1)
  }

  /// Modules that take or return several tensors, and losses, have the same hooks; masks and options are no inputs.
  @Test func modulesWithOtherCallsHaveThem() {
    var seen: [String: [Int]] = [:]
    func watch(_ module: some Module) {
      module.registerForwardHook { module, inputs, outputs in
        seen["\(type(of: module))"] = [inputs.count, outputs.count]
        return nil
      }
    }
    let lstm = LSTM(3, 4), cell = GRUCell(3, 4), attention = MultiheadAttention(4, 2), loss = MSELoss(), triplet = TripletMarginLoss()
    let encoder = TransformerEncoderLayer(4, heads: 2, feedforward: 8), bag = EmbeddingBag(5, 3), norm = CosineSimilarity()
    for module in [lstm, cell, attention, loss, triplet, encoder, bag, norm] as [any Module] { watch(module) }
    let x = Tensor.ones(2, 1, 3), y = Tensor.ones(2, 1, 4), v = Tensor.ones(2, 3)
    _ = lstm(x)
    _ = cell(v, Tensor.zeros(2, 4))
    _ = attention(y, y, y)
    _ = loss(v, v)
    _ = triplet(v, v, v)
    _ = encoder(y)
    _ = bag(Tensor([[0, 1]]))
    _ = norm(v, v)
    #expect(
      seen == [
        "LSTM": [1, 3], "GRUCell": [2, 1], "MultiheadAttention": [3, 2], "MSELoss": [2, 1], "TripletMarginLoss": [3, 1],
        "TransformerEncoderLayer": [1, 1], "EmbeddingBag": [1, 1], "CosineSimilarity": [2, 1],
      ])
    lstm.registerForwardHook { _, _, outputs in outputs.map { $0 * 0 } }
    let (output, state) = lstm(x)
    #expect(output.abs().sum().item() == 0 && state.h.abs().sum().item() == 0 && output.shape == [2, 1, 4])
  }

  private final class Own: Layer {
    let map = Linear(2, 2)
    func callAsFunction(_ x: Tensor) -> Tensor { map(x).relu() }
  }
  private final class Scorer: HookedModule {
    func callAsFunction(_ a: Tensor, _ b: Tensor) -> Tensor { withHooks([a, b]) { [($0[0] * $0[1]).sum(dim: -1)] }[0] }
  }

  @Test func aClassWithACallOfItsOwnWorksAndHasNone() {
    let own = Own()
    #expect(Sequential(own)(Tensor.ones(1, 2)).shape == [1, 2])
    let message = "a hook of Own would never run: the class has a call of its own"
    let error = #expect(throws: TensorError.self) { try catching { own.registerForwardHook { _, _, _ in nil } } }
    #expect(error?.message == message)
    #expect(throws: TensorError.self) { try catching { ModuleList().registerForwardHook { _, _, _ in nil } } }
    #expect(throws: TensorError.self) { try catching { _ = own.forward(Tensor.ones(1, 2)) } }
    var seen = 0
    let all = registerModuleForwardHook { module, _, _ in
      if module === own { seen += 1 }
      return nil
    }
    _ = Sequential(own)(Tensor.ones(1, 2))
    all.remove()
    #expect(seen == 1, "a container calls it, and hooks of all modules see that")
    let scorer = Scorer()
    scorer.registerForwardPreHook { _, inputs in [inputs[0] * 2, inputs[1]] }
    #expect(scorer(Tensor.ones(3), Tensor.ones(3)).item() == 6)
  }

  @Test func hooksThatReturnTooMuchAreRefused() {
    let layer = Linear(2, 2), x = Tensor.ones(1, 2).asLeaf()
    func message(_ body: () -> Void) -> String? {
      do { try catching(body) } catch let error as TensorError { return error.message } catch {}
      return nil
    }
    var handle = layer.registerForwardPreHook { _, x in x + x }
    #expect(message { _ = layer(x) } == "Forward pre hook returned an invalid number of input, got 2, but expected 1")
    handle.remove()
    handle = layer.registerForwardHook { _, _, _ in [] }
    #expect(message { _ = layer(x) } == "Forward hook returned an invalid number of output, got 0, but expected 1")
    handle.remove()
    handle = layer.registerFullBackwardHook { _, dx, _ in dx + dx }
    #expect(
      message { layer(x).sum().backward() } == "Backward hook returned an invalid number of grad_input, got 2, but expected 1")
    handle.remove()
    layer.registerFullBackwardHook { _, _, dy in dy }
    #expect(
      message { layer(Tensor.ones(1, 2)).sum().backward() }
        == "Backward hook for Modules where no input requires gradient should always return None or None for all gradients.")
  }

  /// Hooks hold inside transforms: a second derivative goes through them, and a batch.
  @Test func hooksHoldInTransforms() {
    let layer = Tanh()
    layer.registerFullBackwardHook { _, dx, _ in [dx[0].map { $0 * 2 }] }
    let slope = grad { (x: Tensor) in layer(x).sum() }(Tensor([0.5]))
    #expect(abs(slope.item() - 2 * (1 - 0.5.tanhSquared)) < 1e-6)
    let twice = grad { (x: Tensor) in grad { (x: Tensor) in layer(x).sum() }(x).sum() }(Tensor([0.5]))
    #expect(twice.isFinite().all().item(as: Bool.self))
    var shapes: [[Int]] = []
    layer.registerForwardHook { _, _, y in
      shapes.append(y[0].shape)
      return nil
    }
    #expect(vmap { (x: Tensor) -> Tensor in layer(x) }(Tensor.ones(3, 2)).shape == [3, 2])
    #expect(shapes == [[2]])
  }

  /// Several threads call a module whose hooks come and go.
  @Test func hooksComeAndGoBesideCalls() async {
    let layer = Frozen(layer: Linear(4, 4))
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<50 {
            let handle = layer.module.registerForwardHook { _, _, y in y }
            _ = layer.module(Tensor.ones(1, 4))
            handle.remove()
          }
        }
      }
    }
    var calls = 0
    layer.module.registerForwardHook { _, _, _ in
      calls += 1
      return nil
    }
    _ = layer.module(Tensor.ones(1, 4))
    #expect(calls == 1)
  }

  private struct Frozen: @unchecked Sendable {
    let module: Linear
    init(layer: Linear) { module = layer }
  }
}

extension Double {
  /// tanh(self)^2.
  fileprivate var tanhSquared: Double {
    let value = Tensor([self], dtype: .float64).tanh().item()
    return value * value
  }
}

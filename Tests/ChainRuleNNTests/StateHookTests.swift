import ChainRule
import ChainRuleNN
import Testing

/// Hooks of states, in PyTorch's order.
@Suite struct StateHookTests {
  private let model = Sequential(Sequential(Linear(2, 2)), Linear(2, 1))

  @Test func hooksOfStatesAreCalledInPyTorchsOrder() throws {
    let names = Dictionary(
      uniqueKeysWithValues: model.namedModules().map { (ObjectIdentifier($0.module), $0.name.isEmpty ? "root" : $0.name) })
    func name(_ module: any Module) -> String { names[ObjectIdentifier(module)] ?? "?" }
    var log: [String] = []
    var handles: [ModuleHookHandle] = []
    for (_, module) in model.namedModules() {
      handles.append(module.registerStateDictPreHook { log.append("pre \(name($0)) '\($1)'") })
      handles.append(module.registerStateDictPostHook { log.append("post \(name($0)) '\($2)'") })
      handles.append(module.registerLoadStateDictPreHook { log.append("load pre \(name($0)) '\($2)'") })
      handles.append(module.registerLoadStateDictPostHook { log.append("load post \(name($0)) \($1.missing)") })
    }
    var state = model.stateDict()
    // PyTorch also takes a module's own values between its hooks and its parts'; each kind of hook has this order there.
    #expect(log.filter { $0.hasPrefix("pre") } == ["pre root ''", "pre 0 '0.'", "pre 0.0 '0.0.'", "pre 1 '1.'"])
    #expect(log.filter { $0.hasPrefix("post") } == ["post 0.0 '0.0.'", "post 0 '0.'", "post 1 '1.'", "post root ''"])
    log = []
    state["1.bias"] = nil
    #expect(throws: StateDictError.self) { try model.load(state) }
    #expect(
      log == ["root ''", "0 '0.'", "0.0 '0.0.'", "1 '1.'"].map { "load pre \($0)" }
        + ["0.0", "0", "1", "root"].map { "load post \($0) [\"1.bias\"]" })
    log = []
    for handle in handles { handle.remove() }
    try model.load(model.stateDict())
    #expect(log.isEmpty)
  }

  @Test func hooksChangeWhatIsSavedAndLoaded() throws {
    let head = model[1]
    let saving = head.registerStateDictPostHook { _, state, prefix in
      state[prefix + "gamma"] = state[prefix + "weight"]
      state[prefix + "weight"] = nil
    }
    let state = model.stateDict()
    #expect(state.names == ["0.0.weight", "0.0.bias", "1.bias", "1.gamma"] && head.stateDict().names == ["bias", "gamma"])
    saving.remove()
    #expect(throws: StateDictError.self) { try model.load(state) }
    let other = Sequential(Sequential(Linear(2, 2)), Linear(2, 1))
    other[1].registerLoadStateDictPreHook { _, state, prefix in
      state[prefix + "weight"] = state[prefix + "gamma"]
      state[prefix + "gamma"] = nil
    }
    try other.load(state)
    #expect(other.stateDict()["1.weight"]!.equal(model.stateDict()["1.weight"]!))
    // A pre-hook changes the values that are saved.
    model.registerStateDictPreHook { module, _ in module.parameters()[0].data = Tensor.zeros(2, 2) }
    #expect(model.stateDict()["0.0.weight"]!.equal(Tensor.zeros(2, 2)))
  }

  @Test func whatIsMissingMayBeAllowedOrElseNothingIsChanged() throws {
    var state = Sequential(Sequential(Linear(2, 2)), Linear(2, 1)).stateDict(), seen: Tensor?
    state["1.bias"] = nil
    state["extra"] = Tensor(1.0)
    let before = model.stateDict(), watch = model.registerLoadStateDictPostHook { module, _ in seen = module.stateDict()["0.0.weight"] }
    #expect(throws: StateDictError.self) { try model.load(state) }
    #expect(seen!.equal(state["0.0.weight"]!), "the hook sees what has been loaded")
    #expect(model.stateDict().allSatisfy { $0.tensor.equal(before[$0.name]!) })
    watch.remove()
    model.registerLoadStateDictPostHook { _, keys in
      keys.missing.removeAll { $0 == "1.bias" }
      keys.unexpected = []
    }
    let found = try model.load(state)
    #expect(found.missing.isEmpty && found.unexpected.isEmpty && model.stateDict()["0.0.weight"]!.equal(state["0.0.weight"]!))
    // What is allowed by name is not a shape.
    state["1.weight"] = Tensor.zeros(3, 3)
    #expect(throws: StateDictError.self) { try model.load(state) }
  }

  @Test func anyModuleHasThemAndItsCallsStayAsTheyAre() throws {
    final class Own: Module {
      let map = Linear(2, 2)
      func callAsFunction(_ x: Tensor) -> Tensor { map(x) }
    }
    let own = Own()
    var calls = 0
    own.registerStateDictPreHook { _, _ in calls += 1 }
    _ = own.stateDict()
    #expect(calls == 1)
    model.registerStateDictPreHook { _, _ in }
    // A hook that sees calls is refused here.
    let step = compile { [model] (x: Tensor) in noGrad { model(x) } }
    for _ in 0..<3 { _ = step(Tensor.ones(1, 2)) }
    #expect(step.plan != nil, "\(step.reasonForEager ?? "")")
    model[1].registerForwardHook { _, _, outputs in [outputs[0] * 0] }
    #expect(model(Tensor.ones(1, 2)).item() == 0)
  }
}

import ChainRule
import ChainRuleOptim
import Testing

/// What an optimizer remembers is kept whole, or refused.
struct StateTests {
  private func sgd(_ lr: Double) -> (Tensor, SGD) {
    let p = Tensor([1.0, 1.0], requiresGrad: true)
    return (p, SGD([p], lr: lr, momentum: 0.9))
  }

  private func stepped(_ p: Tensor, _ optimizer: Optimizer, _ schedule: LearningRateSchedule, _ count: Int) {
    for _ in 0..<count {
      p.grad = Tensor.ones(2)
      optimizer.step()
      schedule.step()
    }
  }

  /// PyTorch 2.13: state saved after 4 epochs of 0.95^epoch, loaded, and the schedule made after that.
  @Test func initialRateOfALoadedStateIsKept() throws {
    let (p, first) = sgd(0.1)
    stepped(p, first, LambdaLR(first) { pow(0.95, $0) }, 4)
    let (_, second) = sgd(1)
    try second.load(first.stateDict())
    #expect(second.groups[0].number("initial_lr") == 0.1)
    let schedule = LambdaLR(second) { pow(0.95, $0) }
    schedule.epoch = 4
    schedule.step()
    #expect(abs(schedule.rates[0] - 0.07737809374999999) < 1e-16 && schedule.baseRates == [0.1])
  }

  private func pow(_ x: Double, _ n: Int) -> Double { (0..<n).reduce(1) { y, _ in y * x } }

  /// PyTorch 2.13, with last_epoch one less than the epoch that was reached: the rates go on as if nothing had happened.
  @Test func schedulesGoOnFromTheLastEpoch() throws {
    let (p, first) = sgd(0.1)
    let whole = LinearLR(first, startFactor: 0.25, totalIters: 8)
    stepped(p, first, whole, 5)
    let saved = first.stateDict()
    let (q, second) = sgd(1)
    try second.load(saved)
    let rest = LinearLR(second, startFactor: 0.25, totalIters: 8, lastEpoch: whole.epoch - 1)
    var rates = rest.rates
    for _ in 0..<4 {
      stepped(q, second, rest, 1)
      rates += rest.rates
    }
    #expect(rates == [0.071875, 0.08124999999999999, 0.090625, 0.09999999999999999, 0.09999999999999999])
  }

  /// A schedule's own options come with the state of an optimizer that has none of them yet.
  @Test func optionsAGroupDoesNotHaveYetAreLoaded() throws {
    let (p, first) = sgd(0.1)
    stepped(p, first, OneCycleLR(first, maxLR: 1, totalSteps: 20), 7)
    let (_, second) = sgd(1)
    var saved = first.stateDict()
    saved.options["group.0.group_name"] = "head"
    try second.load(saved)
    for name in ["initial_lr", "max_lr", "min_lr", "max_momentum", "base_momentum", "momentum", "lr"] {
      #expect(second.groups[0].number(name) == first.groups[0].number(name), "\(name)")
    }
    #expect(second.groups[0].word("group_name") == "head" && second.stateDict().options["group.0.group_name"] == "head")
  }

  /// An optimizer of a user: one buffer smaller than the parameter, one larger, a count and a mean.
  final class Odd: Optimizer {
    var names = ["row", "twice", "count"]
    override var stateNames: [String] { names }
    override var stateNumbers: [String] { ["mean"] }
    init(_ parameters: [Tensor]) { super.init(groups: [ParameterGroup(parameters)], defaults: ["lr": 1]) }
    override func update(for group: ParameterGroup) -> Update {
      { parameter, gradient, state in
        if state.buffers.isEmpty { state.buffers = [Tensor.zeros(2), Tensor.zeros([2, 2, 3]), Tensor([0])] }
        state.buffers[0] = state.buffers[0] + gradient.sum(dim: 1)
        state.buffers[1] = state.buffers[1] + stack([gradient, gradient])
        state.buffers[2] = state.buffers[2] + 1
        state.numbers["mean", default: 0] += gradient.mean().item()
        parameter.data = parameter.data - gradient * group.lr
      }
    }
  }

  @Test func buffersOfOtherSizesAreKept() throws {
    let p = Tensor.ones([2, 3], requiresGrad: true)
    let first = Odd([p])
    p.grad = Tensor.arange(6, dtype: .float32).reshaped(2, 3)
    first.step()
    let saved = first.stateDict()
    #expect(saved.tensors.names == ["state.0.row", "state.0.twice", "state.0.count"])
    let q = Tensor.ones([2, 3], requiresGrad: true)
    let second = Odd([q])
    try second.load(saved)
    q.grad = p.grad
    for optimizer in [first, second] { optimizer.step() }
    let a = try #require(first.state(of: p)), b = try #require(second.state(of: q))
    #expect(a.step == 2 && b.step == 2 && a.numbers == ["mean": 5] && b.numbers == ["mean": 5])
    for (x, y) in zip(a.buffers, b.buffers) {
      let isSame = x.equal(y) && x.dtype == y.dtype
      #expect(isSame)
    }
  }

  private func message(_ body: () -> Void) -> String {
    do {
      try catching(body)
      return "no error"
    } catch { return (error as? TensorError)?.message ?? "\(error)" }
  }

  @Test func whatCannotBeKeptIsRefused() throws {
    let (p, optimizer) = sgd(0.1)
    p.grad = Tensor.ones(2)
    optimizer.step()
    optimizer.state(of: p)?.buffers.append(Tensor.ones(3))
    #expect(
      message { _ = optimizer.stateDict() }
        == "the state of parameter 0 has 2 buffers, and SGD has names for 1: [momentum_buffer]")
    let q = Tensor.ones([2, 3], requiresGrad: true), odd = Odd([q])
    q.grad = Tensor.ones([2, 3])
    odd.step()
    odd.names = ["row", "row", "count"]
    #expect(message { _ = odd.stateDict() } == "two parts of the state of parameter 0 are called \"row\"")
    odd.names = ["row", "twice", "step"]
    #expect(message { _ = odd.stateDict() } == "two parts of the state of parameter 0 are called \"step\"")
    odd.names = ["row", "twice", "count"]
    odd.state(of: q)?.numbers["sum"] = 1
    #expect(message { _ = odd.stateDict() } == "the state of parameter 0 has a number \"sum\", which Odd does not name")
  }

  private func loadingError(_ optimizer: Optimizer, _ change: (inout OptimizerState) -> Void) -> String {
    var state = optimizer.stateDict()
    change(&state)
    let before = optimizer.stateDict()
    do {
      try optimizer.load(state)
      return "no error"
    } catch {
      let after = optimizer.stateDict()
      return before.numbers == after.numbers && before.tensors.names == after.tensors.names ? error.description : "changed"
    }
  }

  @Test func statesOfOthersAreRefused() throws {
    let (p, optimizer) = sgd(0.1)
    p.grad = Tensor.ones(2)
    optimizer.step()
    let cases: [(String, (inout OptimizerState) -> Void)] = [
      ("loaded state dict has a different number of parameter groups", { $0.numbers["groups"] = 2 }),
      (
        "loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
        { $0.numbers["group.0.parameters"] = 3 }
      ),
      ("state.0.momentum_buffer has shape [3], the parameter has [2]", { $0.tensors["state.0.momentum_buffer"] = Tensor.ones(3) }),
      ("state.0.exp_avg is no state of SGD", { $0.tensors["state.0.exp_avg"] = Tensor.ones(2) }),
      ("state.0.mu_product is no state of SGD", { $0.numbers["state.0.mu_product"] = 1 }),
      ("\"state.7.momentum_buffer\": the optimizer has 1 parameters", { $0.tensors["state.7.momentum_buffer"] = Tensor.ones(2) }),
      ("\"momentum_buffer\" is no name of a state: those are state.INDEX.NAME", { $0.tensors["momentum_buffer"] = Tensor.ones(2) }),
      ("state.0.step is 1.5, which is no count", { $0.numbers["state.0.step"] = 1.5 }),
      ("group.0: Invalid learning rate: nan", { $0.numbers["group.0.lr"] = .nan }),
      (
        "group.0.lr is a word, and SGD has a number",
        {
          $0.numbers["group.0.lr"] = nil
          $0.options["group.0.lr"] = "fast"
        }
      ),
    ]
    for (expected, change) in cases {
      let got = loadingError(optimizer, change)
      #expect(got == expected)
    }
    #expect(loadingError(optimizer) { _ in } == "no error")
  }

  @Test func statesOfSchedules() throws {
    func make() -> [LearningRateSchedule] {
      let o = SGD([Tensor.ones(1, requiresGrad: true)], lr: 0.1, momentum: 0.9)
      return [
        StepLR(o, stepSize: 2), MultiStepLR(o, milestones: [1, 3, 3]), CosineAnnealingWarmRestarts(o, t0: 2, tMult: 2),
        OneCycleLR(o, maxLR: 1, totalSteps: 20, threePhase: true), CyclicLR(o, baseLR: 0.1, maxLR: 1, stepSizeUp: 3),
        SWALR(o, swaLR: 0.05), ChainedScheduler([LinearLR(o), PolynomialLR(o)]),
      ]
    }
    for (a, b) in zip(make(), make()) {
      for _ in 0..<3 { a.step() }
      try b.load(a.stateDict())
      b.optimizer.groups[0].lr = a.optimizer.groups[0].lr
      for _ in 0..<4 {
        a.step()
        b.step()
        #expect(a.rates == b.rates, "\(type(of: a))")
      }
      let isSame = a.stateDict() == b.stateDict()
      #expect(isSame, "\(type(of: a))")
    }
    // A state replaces the arguments, as in PyTorch; one of another schedule is refused and changes nothing.
    let o = SGD([Tensor.ones(1, requiresGrad: true)], lr: 0.1)
    let step = StepLR(o, stepSize: 5)
    try step.load(StepLR(o, stepSize: 2, gamma: 0.5).stateDict())
    #expect(step.stateDict()["step_size"] == 2 && step.stateDict()["gamma"] == 0.5)
    let before = step.stateDict()
    #expect(throws: OptimizerStateError.self) {
      try step.load(ExponentialLR(o, gamma: 1).stateDict().merging(["eta_min": 0]) { a, _ in a })
    }
    #expect(throws: OptimizerStateError.self) { try step.load(["last_epoch": 3, "step_size": 0]) }
    #expect(throws: OptimizerStateError.self) { try step.load(["last_epoch": 0.5]) }
    #expect(step.stateDict() == before)
  }
}

import CKernels
public import ChainRule

/// Averaged stochastic gradient descent (Polyak and Juditsky 1992): the mean of the parameters from step `t0` on is kept beside them,
/// as the state `ax`.
///
/// p = p (1 - lambd eta) - eta g; eta = lr / (1 + lambd lr t)^alpha; ax = ax + (p - ax) / max(1, t - t0).
public final class ASGD: Optimizer {
  /// An optimizer of `parameters`.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-2, lambd: Double = 1e-4, alpha: Double = 0.75, t0: Double = 1e6, weightDecay: Double = 0,
    maximize: Bool = false
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, lambd: lambd, alpha: alpha, t0: t0, weightDecay: weightDecay, maximize: maximize)
  }

  /// An optimizer of groups, whose own options come first.
  public init(
    groups: [ParameterGroup], lr: Double = 1e-2, lambd: Double = 1e-4, alpha: Double = 0.75, t0: Double = 1e6, weightDecay: Double = 0,
    maximize: Bool = false
  ) {
    super.init(
      groups: groups,
      defaults: [
        "lr": .number(lr), "lambd": .number(lambd), "alpha": .number(alpha), "t0": .number(t0), "weight_decay": .number(weightDecay),
        "maximize": .flag(maximize),
      ])
  }

  public override var stateNames: [String] { ["ax"] }
  public override var stateNumbers: [String] { ["eta", "mu"] }
  public override func stateShape(_ name: String, _ parameter: Tensor) -> [Int]? { parameter.shape }
  public override var printedOptions: [String: String] { ["capturable": "False", "differentiable": "False", "foreach": "None"] }
  /// Averaging that never begins.
  override var unboundedOptions: Set<String> { ["t0"] }

  public override func update(for group: ParameterGroup) -> Update {
    let lr = group.lr, lambd = group.number("lambd"), alpha = group.number("alpha"), t0 = group.number("t0")
    let common = cr_asgd(eta: 0, mu: 1, decay: 1, weight_decay: group.number("weight_decay"), maximize: group.flag("maximize"))
    return { parameter, gradient, state in
      var options = common
      // PyTorch keeps both in float32, whatever the parameter's type.
      options.eta = state.numbers["eta"] ?? Double(Float(lr))
      options.mu = state.numbers["mu"] ?? 1
      options.decay = 1 - lambd * options.eta
      LeafUpdate.step(parameter, gradient, &state.buffers, (true, false, false)) { cr_asgd_step(&options, $0, $1, $2, $3, $4) }
      let t = Double(state.step)
      state.numbers["eta"] = Double(Float(lr / power(1 + lambd * lr * t, alpha)))
      state.numbers["mu"] = Double(Float(1 / max(1, t - t0)))
    }
  }
}

import CKernels
public import ChainRule

/// Stochastic gradient descent, with momentum (Sutskever et al. 2013).
///
/// v = momentum v + (1 - dampening) g, at first g; p = p - lr v. With `nesterov`, p = p - lr (g + momentum v).
public final class SGD: Optimizer {
  /// An optimizer of `parameters`.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-3, momentum: Double = 0, dampening: Double = 0, weightDecay: Double = 0,
    nesterov: Bool = false, maximize: Bool = false
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, momentum: momentum, dampening: dampening, weightDecay: weightDecay,
      nesterov: nesterov, maximize: maximize)
  }

  /// An optimizer of groups, whose own options come first.
  public init(
    groups: [ParameterGroup], lr: Double = 1e-3, momentum: Double = 0, dampening: Double = 0, weightDecay: Double = 0,
    nesterov: Bool = false, maximize: Bool = false
  ) {
    super.init(
      groups: groups,
      defaults: [
        "lr": .number(lr), "momentum": .number(momentum), "dampening": .number(dampening), "weight_decay": .number(weightDecay),
        "nesterov": .flag(nesterov), "maximize": .flag(maximize),
      ])
    if nesterov, momentum <= 0 || dampening != 0 { refuseOption("Nesterov momentum requires a momentum and zero dampening") }
  }

  public override var stateNames: [String] { ["momentum_buffer"] }
  public override func stateShape(_ name: String, _ parameter: Tensor) -> [Int]? { parameter.shape }
  override var savesStep: Bool { false }
  public override var printedOptions: [String: String] { ["differentiable": "False", "foreach": "None", "fused": "None"] }

  public override func update(for group: ParameterGroup) -> Update {
    let momentum = group.number("momentum")
    let common = cr_sgd(
      lr: group.lr, momentum: momentum, dampening: group.number("dampening"), weight_decay: group.number("weight_decay"),
      nesterov: group.flag("nesterov"), maximize: group.flag("maximize"), first: false)
    return { parameter, gradient, state in
      var options = common
      options.first = momentum != 0 && state.buffers.first?.count != parameter.count
      LeafUpdate.step(parameter, gradient, &state.buffers, (momentum != 0, false, false)) { cr_sgd_step(&options, $0, $1, $2, $3, $4) }
    }
  }
}

import CKernels
public import ChainRule

/// Adamax (Kingma and Ba 2015): Adam with the largest magnitude of the gradient so far, which fades, in place of its mean square.
///
/// m = lerp(m, g, 1 - b1); u = max(b2 u, |g| + eps); p = p - lr / (1 - b1^t) m / u.
public final class Adamax: Optimizer {
  /// An optimizer of `parameters`.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 0,
    maximize: Bool = false
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, betas: betas, eps: eps, weightDecay: weightDecay, maximize: maximize)
  }

  /// An optimizer of groups, whose own options come first.
  public init(
    groups: [ParameterGroup], lr: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 0,
    maximize: Bool = false
  ) {
    super.init(
      groups: groups,
      defaults: [
        "lr": .number(lr), "betas": .pair(betas.0, betas.1), "eps": .number(eps), "weight_decay": .number(weightDecay),
        "maximize": .flag(maximize),
      ])
  }

  public override var stateNames: [String] { ["exp_avg", "exp_inf"] }
  public override func stateShape(_ name: String, _ parameter: Tensor) -> [Int]? { parameter.shape }
  public override var printedOptions: [String: String] { ["capturable": "False", "differentiable": "False", "foreach": "None"] }

  public override func update(for group: ParameterGroup) -> Update {
    let (beta1, beta2) = group.pair("betas"), lr = group.lr
    let common = cr_adamax(
      beta1: beta1, beta2: beta2, eps: group.number("eps"), weight_decay: group.number("weight_decay"), step_size: 0,
      maximize: group.flag("maximize"))
    return { parameter, gradient, state in
      var options = common
      options.step_size = lr / (1 - power(beta1, Double(state.step)))
      LeafUpdate.step(parameter, gradient, &state.buffers, (true, true, false)) { cr_adamax_step(&options, $0, $1, $2, $3, $4) }
    }
  }
}

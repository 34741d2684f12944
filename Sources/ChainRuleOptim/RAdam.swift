import CKernels
public import ChainRule

/// RAdam (Liu et al. 2020): Adam that does without the mean square until enough steps have made it known.
///
/// rho_inf = 2 / (1 - b2) - 1; rho_t = rho_inf - 2 t b2^t / (1 - b2^t). Where rho_t > 5, Adam's step times
/// sqrt((rho_t - 4) (rho_t - 2) rho_inf / ((rho_inf - 4) (rho_inf - 2) rho_t)); before, the step along the mean alone.
public final class RAdam: Optimizer {
  /// An optimizer of `parameters`.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 0,
    decoupledWeightDecay: Bool = false, maximize: Bool = false
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, betas: betas, eps: eps, weightDecay: weightDecay,
      decoupledWeightDecay: decoupledWeightDecay, maximize: maximize)
  }

  /// An optimizer of groups, whose own options come first.
  ///
  /// - Parameters:
  ///   - groups: the parameters, or groups of parameters with options of their own.
  ///   - lr: the learning rate.
  ///   - betas: the decay rates of the averages of gradient and square.
  ///   - eps: added to the denominator.
  ///   - weightDecay: the factor of the parameters that is added to their gradients.
  ///   - decoupledWeightDecay: whether the decay acts on the parameter and not through the gradient.
  ///   - maximize: whether the step goes up the gradient.
  public init(
    groups: [ParameterGroup], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 0,
    decoupledWeightDecay: Bool = false, maximize: Bool = false
  ) {
    super.init(
      groups: groups,
      defaults: [
        "lr": .number(lr), "betas": .pair(betas.0, betas.1), "eps": .number(eps), "weight_decay": .number(weightDecay),
        "decoupled_weight_decay": .flag(decoupledWeightDecay), "maximize": .flag(maximize),
      ])
  }

  public override var stateNames: [String] { ["exp_avg", "exp_avg_sq"] }
  public override func stateShape(_ name: String, _ parameter: Tensor) -> [Int]? { parameter.shape }
  public override var printedOptions: [String: String] { ["capturable": "False", "differentiable": "False", "foreach": "None"] }

  public override func update(for group: ParameterGroup) -> Update {
    let (beta1, beta2) = group.pair("betas"), lr = group.lr, weightDecay = group.number("weight_decay")
    let isDecoupled = group.flag("decoupled_weight_decay")
    let common = cr_radam(
      lr: lr, beta1: beta1, beta2: beta2, eps: group.number("eps"), weight_decay: isDecoupled ? 0 : weightDecay,
      decay: isDecoupled ? 1 - lr * weightDecay : 1, correction1: 0, correction2: 0, rectification: 0, rectified: false,
      maximize: group.flag("maximize"))
    let limit = 2 / (1 - beta2) - 1
    return { parameter, gradient, state in
      var options = common
      let t = Double(state.step), fade = power(beta2, t), length = limit - 2 * t * fade / (1 - fade)
      options.correction1 = 1 - power(beta1, t)
      options.correction2 = (1 - fade).squareRoot()
      options.rectified = length > 5
      if length > 5 {
        options.rectification = ((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length)).squareRoot()
      }
      LeafUpdate.step(parameter, gradient, &state.buffers, (true, true, false)) { cr_radam_step(&options, $0, $1, $2, $3, $4) }
    }
  }
}

import CKernels
public import ChainRule

/// NAdam (Dozat 2016): Adam with Nesterov's momentum, which grows from step to step.
///
/// mu_t = b1 (1 - 0.96^(t momentumDecay) / 2); p = p - lr ((1 - mu_t) / (1 - prod mu) g + mu_(t+1) / (1 - prod mu mu_(t+1)) m) /
/// (sqrt(v / (1 - b2^t)) + eps), with m and v of Adam.
public final class NAdam: Optimizer {
  /// An optimizer of `parameters`.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 0,
    momentumDecay: Double = 4e-3, decoupledWeightDecay: Bool = false, maximize: Bool = false
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, betas: betas, eps: eps, weightDecay: weightDecay, momentumDecay: momentumDecay,
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
  ///   - momentumDecay: how fast the momentum comes to its value.
  ///   - decoupledWeightDecay: whether the decay acts on the parameter and not through the gradient.
  ///   - maximize: whether the step goes up the gradient.
  public init(
    groups: [ParameterGroup], lr: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 0,
    momentumDecay: Double = 4e-3, decoupledWeightDecay: Bool = false, maximize: Bool = false
  ) {
    super.init(
      groups: groups,
      defaults: [
        "lr": .number(lr), "betas": .pair(betas.0, betas.1), "eps": .number(eps), "weight_decay": .number(weightDecay),
        "momentum_decay": .number(momentumDecay), "decoupled_weight_decay": .flag(decoupledWeightDecay), "maximize": .flag(maximize),
      ])
  }

  public override var stateNames: [String] { ["exp_avg", "exp_avg_sq"] }
  public override var stateNumbers: [String] { ["mu_product"] }
  public override func stateShape(_ name: String, _ parameter: Tensor) -> [Int]? { parameter.shape }
  public override var printedOptions: [String: String] { ["capturable": "False", "differentiable": "False", "foreach": "None"] }

  public override func check(_ options: [String: OptionValue]) {
    if let decay = options["momentum_decay"]?.number, !(decay >= 0) {
      refuseOption("Invalid momentum_decay value: \(OptionValue.text(decay))")
    }
    super.check(options)
  }

  public override func update(for group: ParameterGroup) -> Update {
    let (beta1, beta2) = group.pair("betas"), lr = group.lr, weightDecay = group.number("weight_decay")
    let isDecoupled = group.flag("decoupled_weight_decay"), momentumDecay = group.number("momentum_decay")
    let common = cr_nadam(
      beta1: beta1, beta2: beta2, eps: group.number("eps"), weight_decay: isDecoupled ? 0 : weightDecay,
      decay: isDecoupled ? 1 - lr * weightDecay : 1, correction: 0, of_gradient: 0, of_mean: 0, maximize: group.flag("maximize"))
    func mu(_ step: Double) -> Double { beta1 * (1 - 0.5 * power(0.96, step * momentumDecay)) }
    return { parameter, gradient, state in
      var options = common
      let t = Double(state.step), mu = (now: mu(t), next: mu(t + 1))
      // PyTorch keeps the product in float32, whatever the parameter's type.
      let product = Double(Float(state.numbers["mu_product"] ?? 1) * Float(mu.now))
      state.numbers["mu_product"] = product
      options.correction = 1 - power(beta2, t)
      options.of_gradient = -lr * (1 - mu.now) / (1 - product)
      options.of_mean = -lr * mu.next / (1 - product * mu.next)
      LeafUpdate.step(parameter, gradient, &state.buffers, (true, true, false)) { cr_nadam_step(&options, $0, $1, $2, $3, $4) }
    }
  }
}

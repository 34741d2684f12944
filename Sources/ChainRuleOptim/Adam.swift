import CKernels
public import ChainRule

/// Adam (Kingma and Ba 2015): steps by the mean of the gradient over the root of its mean square, both corrected for their start at 0.
///
/// m = lerp(m, g, 1 - b1); v = b2 v + (1 - b2) g^2; p = p - lr / (1 - b1^t) m / (sqrt(v) / sqrt(1 - b2^t) + eps).
public class Adam: Optimizer {
  /// An optimizer of `parameters`.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 0,
    amsgrad: Bool = false, maximize: Bool = false
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, betas: betas, eps: eps, weightDecay: weightDecay, amsgrad: amsgrad,
      maximize: maximize)
  }

  /// An optimizer of groups, whose own options come first.
  ///
  /// - Parameters:
  ///   - groups: the parameters, or groups of parameters with options of their own.
  ///   - lr: the learning rate.
  ///   - betas: the decay rates of the averages of gradient and square.
  ///   - eps: added to the denominator.
  ///   - weightDecay: the factor of the parameters that is added to their gradients.
  ///   - amsgrad: divides by the largest mean square so far (Reddi, Kale and Kumar 2018).
  ///   - maximize: whether the step goes up the gradient.
  public convenience init(
    groups: [ParameterGroup], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 0,
    amsgrad: Bool = false, maximize: Bool = false
  ) {
    self.init(groups, lr, betas, eps, weightDecay, amsgrad, maximize, isDecoupled: false)
  }

  fileprivate init(
    _ groups: [ParameterGroup], _ lr: Double, _ betas: (Double, Double), _ eps: Double, _ weightDecay: Double, _ amsgrad: Bool,
    _ maximize: Bool, isDecoupled: Bool
  ) {
    super.init(
      groups: groups,
      defaults: [
        "lr": .number(lr), "betas": .pair(betas.0, betas.1), "eps": .number(eps), "weight_decay": .number(weightDecay),
        "amsgrad": .flag(amsgrad), "maximize": .flag(maximize), "decoupled_weight_decay": .flag(isDecoupled),
      ])
  }

  public override var stateNames: [String] { ["exp_avg", "exp_avg_sq", "max_exp_avg_sq"] }
  public override func stateShape(_ name: String, _ parameter: Tensor) -> [Int]? { parameter.shape }
  public override var printedOptions: [String: String] {
    ["capturable": "False", "differentiable": "False", "foreach": "None", "fused": "None"]
  }

  public override func update(for group: ParameterGroup) -> Update {
    let (beta1, beta2) = group.pair("betas"), decay = group.number("weight_decay"), lr = group.lr
    let isDecoupled = group.flag("decoupled_weight_decay"), amsgrad = group.flag("amsgrad")
    let common = cr_adam(
      beta1: beta1, beta2: beta2, eps: group.number("eps"), weight_decay: isDecoupled ? 0 : decay, decay: isDecoupled ? 1 - lr * decay : 1,
      step_size: 0, correction: 0, maximize: group.flag("maximize"))
    return { parameter, gradient, state in
      var options = common
      let t = Double(state.step)
      options.step_size = lr / (1 - power(beta1, t))
      options.correction = (1 - power(beta2, t)).squareRoot()
      LeafUpdate.step(parameter, gradient, &state.buffers, (true, true, amsgrad)) { cr_adam_step(&options, $0, $1, $2, $3, $4) }
    }
  }
}

/// Adam with a weight decay that acts on the parameter and not through the gradient (Loshchilov and Hutter 2019).
public final class AdamW: Adam {
  /// An optimizer of `parameters`.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 1e-2,
    amsgrad: Bool = false, maximize: Bool = false
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, betas: betas, eps: eps, weightDecay: weightDecay, amsgrad: amsgrad,
      maximize: maximize)
  }

  /// An optimizer of groups, whose own options come first.
  public init(
    groups: [ParameterGroup], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 1e-2,
    amsgrad: Bool = false, maximize: Bool = false
  ) {
    super.init(groups, lr, betas, eps, weightDecay, amsgrad, maximize, isDecoupled: true)
  }
}

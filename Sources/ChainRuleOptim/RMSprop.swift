import CKernels
public import ChainRule

/// RMSprop (Hinton, Coursera lecture 6): steps by the gradient over the root of its mean square.
///
/// v = alpha v + (1 - alpha) g^2; p = p - lr g / (sqrt(v) + eps). With `centered`, v less the square of the mean gradient.
public final class RMSprop: Optimizer {
  /// An optimizer of `parameters`.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-2, alpha: Double = 0.99, eps: Double = 1e-8, weightDecay: Double = 0, momentum: Double = 0,
    centered: Bool = false, maximize: Bool = false
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, alpha: alpha, eps: eps, weightDecay: weightDecay, momentum: momentum,
      centered: centered, maximize: maximize)
  }

  /// An optimizer of groups, whose own options come first.
  public init(
    groups: [ParameterGroup], lr: Double = 1e-2, alpha: Double = 0.99, eps: Double = 1e-8, weightDecay: Double = 0, momentum: Double = 0,
    centered: Bool = false, maximize: Bool = false
  ) {
    super.init(
      groups: groups,
      defaults: [
        "lr": .number(lr), "alpha": .number(alpha), "eps": .number(eps), "weight_decay": .number(weightDecay),
        "momentum": .number(momentum), "centered": .flag(centered), "maximize": .flag(maximize),
      ])
  }

  public override var stateNames: [String] { ["square_avg", "grad_avg", "momentum_buffer"] }
  public override func stateShape(_ name: String, _ parameter: Tensor) -> [Int]? { parameter.shape }
  public override var printedOptions: [String: String] { ["capturable": "False", "differentiable": "False", "foreach": "None"] }

  public override func update(for group: ParameterGroup) -> Update {
    let momentum = group.number("momentum"), centered = group.flag("centered")
    let common = cr_rmsprop(
      lr: group.lr, alpha: group.number("alpha"), eps: group.number("eps"), weight_decay: group.number("weight_decay"),
      momentum: momentum, maximize: group.flag("maximize"))
    return { parameter, gradient, state in
      var options = common
      LeafUpdate.step(parameter, gradient, &state.buffers, (true, centered, momentum > 0)) {
        cr_rmsprop_step(&options, $0, $1, $2, $3, $4)
      }
    }
  }
}

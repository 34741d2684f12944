import CKernels
public import ChainRule

/// Adagrad (Duchi, Hazan and Singer 2011): steps by the gradient over the root of the sum of its squares.
///
/// s = s + g^2; p = p - lr / (1 + (t - 1) lrDecay) g / (sqrt(s) + eps).
public final class Adagrad: Optimizer {
  /// An optimizer of `parameters`.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-2, lrDecay: Double = 0, weightDecay: Double = 0, initialAccumulatorValue: Double = 0,
    eps: Double = 1e-10, maximize: Bool = false
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, lrDecay: lrDecay, weightDecay: weightDecay,
      initialAccumulatorValue: initialAccumulatorValue, eps: eps, maximize: maximize)
  }

  /// An optimizer of groups, whose own options come first.
  public init(
    groups: [ParameterGroup], lr: Double = 1e-2, lrDecay: Double = 0, weightDecay: Double = 0, initialAccumulatorValue: Double = 0,
    eps: Double = 1e-10, maximize: Bool = false
  ) {
    super.init(
      groups: groups,
      defaults: [
        "lr": .number(lr), "lr_decay": .number(lrDecay), "weight_decay": .number(weightDecay),
        "initial_accumulator_value": .number(initialAccumulatorValue), "eps": .number(eps), "maximize": .flag(maximize),
      ])
  }

  public override var stateNames: [String] { ["sum"] }
  public override func stateShape(_ name: String, _ parameter: Tensor) -> [Int]? { parameter.shape }
  public override var printedOptions: [String: String] { ["differentiable": "False", "foreach": "None", "fused": "None"] }

  public override func update(for group: ParameterGroup) -> Update {
    let initial = group.number("initial_accumulator_value"), lr = group.lr, decay = group.number("lr_decay")
    let common = cr_adagrad(
      lr: 0, eps: group.number("eps"), weight_decay: group.number("weight_decay"), maximize: group.flag("maximize"))
    return { parameter, gradient, state in
      if state.buffers.isEmpty, initial != 0 { state.buffers = [Tensor.full(like: parameter, initial)] }
      var options = common
      options.lr = lr / (1 + Double(state.step - 1) * decay)
      LeafUpdate.step(parameter, gradient, &state.buffers, (true, false, false)) { cr_adagrad_step(&options, $0, $1, $2, $3, $4) }
    }
  }
}

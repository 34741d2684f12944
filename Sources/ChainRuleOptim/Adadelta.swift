import CKernels
public import ChainRule

/// Adadelta (Zeiler 2012): steps by the gradient times the root of the mean square of the changes over that of the gradients.
///
/// v = rho v + (1 - rho) g^2; d = sqrt(u + eps) / sqrt(v + eps) g; u = rho u + (1 - rho) d^2; p = p - lr d.
public final class Adadelta: Optimizer {
  /// An optimizer of `parameters`.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1, rho: Double = 0.9, eps: Double = 1e-6, weightDecay: Double = 0, maximize: Bool = false
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, rho: rho, eps: eps, weightDecay: weightDecay, maximize: maximize)
  }

  /// An optimizer of groups, whose own options come first.
  public init(
    groups: [ParameterGroup], lr: Double = 1, rho: Double = 0.9, eps: Double = 1e-6, weightDecay: Double = 0, maximize: Bool = false
  ) {
    super.init(
      groups: groups,
      defaults: [
        "lr": .number(lr), "rho": .number(rho), "eps": .number(eps), "weight_decay": .number(weightDecay), "maximize": .flag(maximize),
      ])
  }

  public override var stateNames: [String] { ["square_avg", "acc_delta"] }
  public override func stateShape(_ name: String, _ parameter: Tensor) -> [Int]? { parameter.shape }
  public override var printedOptions: [String: String] { ["capturable": "False", "differentiable": "False", "foreach": "None"] }

  public override func check(_ options: [String: OptionValue]) {
    if let rho = options["rho"]?.number, !(rho >= 0 && rho <= 1) { refuseOption("Invalid rho value: \(OptionValue.text(rho))") }
    super.check(options)
  }

  public override func update(for group: ParameterGroup) -> Update {
    let common = cr_adadelta(
      lr: group.lr, rho: group.number("rho"), eps: group.number("eps"), weight_decay: group.number("weight_decay"),
      maximize: group.flag("maximize"))
    return { parameter, gradient, state in
      var options = common
      LeafUpdate.step(parameter, gradient, &state.buffers, (true, true, false)) { cr_adadelta_step(&options, $0, $1, $2, $3, $4) }
    }
  }
}

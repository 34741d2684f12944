import CKernels
public import ChainRule

/// Rprop (Riedmiller and Braun 1993): each element has a step of its own, which grows while its gradient keeps its sign and shrinks when
/// it changes; for gradients of the whole data, as only their signs count.
///
/// s = clamp(s eta, stepSizes) with eta = etas.1 where g g_old > 0 and etas.0 where it is < 0; p = p - sign(g) s, but not where the sign
/// has changed.
public final class Rprop: Optimizer {
  /// An optimizer of `parameters`; `lr` is the first step of each element.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-2, etas: (Double, Double) = (0.5, 1.2), stepSizes: (Double, Double) = (1e-6, 50),
    maximize: Bool = false
  ) {
    self.init(groups: [ParameterGroup(parameters)], lr: lr, etas: etas, stepSizes: stepSizes, maximize: maximize)
  }

  /// An optimizer of groups, whose own options come first.
  public init(
    groups: [ParameterGroup], lr: Double = 1e-2, etas: (Double, Double) = (0.5, 1.2), stepSizes: (Double, Double) = (1e-6, 50),
    maximize: Bool = false
  ) {
    super.init(
      groups: groups,
      defaults: [
        "lr": .number(lr), "etas": .pair(etas.0, etas.1), "step_sizes": .pair(stepSizes.0, stepSizes.1), "maximize": .flag(maximize),
      ])
  }

  public override var stateNames: [String] { ["prev", "step_size"] }
  public override func stateShape(_ name: String, _ parameter: Tensor) -> [Int]? { parameter.shape }
  public override var printedOptions: [String: String] { ["capturable": "False", "differentiable": "False", "foreach": "None"] }
  /// A largest step that there is none of.
  override var unboundedOptions: Set<String> { ["step_sizes"] }

  public override func check(_ options: [String: OptionValue]) {
    if case .pair(let minus, let plus)? = options["etas"], !(minus > 0 && minus < 1 && plus > 1 && plus < .infinity) {
      refuseOption("Invalid eta values: \(OptionValue.text(minus)), \(OptionValue.text(plus))")
    }
    super.check(options)
  }

  public override func update(for group: ParameterGroup) -> Update {
    let lr = group.lr, etas = group.pair("etas"), sizes = group.pair("step_sizes")
    let common = cr_rprop(
      eta_minus: etas.0, eta_plus: etas.1, smallest: sizes.0, largest: sizes.1, maximize: group.flag("maximize"))
    return { parameter, gradient, state in
      if state.buffers.isEmpty { state.buffers = [Tensor.zeros(like: parameter), Tensor.full(like: parameter, lr)] }
      var options = common
      LeafUpdate.step(parameter, gradient, &state.buffers, (true, true, false)) { cr_rprop_step(&options, $0, $1, $2, $3, $4) }
    }
  }
}

public import ChainRule

/// PyTorch's Adam for sparse gradients. Gradients are dense here, so that its steps are refused, as PyTorch refuses dense ones: use `Adam`.
public final class SparseAdam: Optimizer {
  /// An optimizer of `parameters`.
  public init(
    _ parameters: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8, maximize: Bool = false
  ) {
    super.init(
      groups: [ParameterGroup(parameters)],
      defaults: ["lr": .number(lr), "betas": .pair(betas.0, betas.1), "eps": .number(eps), "maximize": .flag(maximize)])
  }

  public override var printedOptions: [String: String] { [:] }

  public override func update(for group: ParameterGroup) -> Update {
    { _, _, _ in
      self.refuseOption(
        "SparseAdam does not support dense gradients, please consider Adam instead", "Gradients are dense here: use Adam.")
    }
  }
}

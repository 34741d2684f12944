/// How a value goes from one to another.
public enum AnnealStrategy: String, Sendable {
  /// Along half a cosine.
  case cos
  /// Straight.
  case linear

  /// Along half a cosine.
  @available(*, deprecated, message: "cosine is called cos")
  public static var cosine: AnnealStrategy { .cos }
}

extension Optimizer {
  /// Whether a schedule can move the momentum or the first beta; refuses one that has neither.
  final func requireMomentum() {
    if defaults["momentum"] == nil, defaults["betas"] == nil {
      refuseOption("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
    }
  }
}

extension ParameterGroup {
  /// Sets the momentum, or the first of the betas.
  func setMomentum(_ value: Double) {
    if case .pair(_, let beta2)? = options["betas"] {
      options["betas"] = .pair(value, beta2)
    } else {
      options["momentum"] = .number(value)
    }
  }

  /// Begins a cycle of the momentum.
  func setMomentum(from highest: Double, to lowest: Double) {
    setMomentum(highest)
    set("max_momentum", .number(highest))
    set("base_momentum", .number(lowest))
  }
}

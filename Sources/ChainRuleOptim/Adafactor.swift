public import ChainRule

/// Adafactor (Shazeer and Stern 2018): the mean square of a matrix's gradient is kept as one number for each row and each column.
///
/// w = t^beta2Decay; R = lerp(R, mean of g^2 along the last dimension, w), C along the one before; V = R C / mean R (of a vector,
/// V = lerp(V, g^2, w)); u = g / max(sqrt(V), eps1), divided by its root mean square over d where that is above 1;
/// p = p (1 - lr weightDecay) - min(lr, 1 / sqrt t) max(eps2, root mean square of p) u.
public final class Adafactor: Optimizer {
  /// An optimizer of `parameters`.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-2, beta2Decay: Double = -0.8, eps: (Double?, Double) = (nil, 1e-3), d: Double = 1,
    weightDecay: Double = 0, maximize: Bool = false
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, beta2Decay: beta2Decay, eps: eps, d: d, weightDecay: weightDecay, maximize: maximize)
  }

  /// An optimizer of groups, whose own options come first.
  ///
  /// - Parameters:
  ///   - groups: the parameters, or groups of parameters with options of their own.
  ///   - lr: the largest relative step.
  ///   - beta2Decay: how fast the mean square forgets less, at most 0.
  ///   - eps: the smallest root of the mean square, nil for the smallest relative difference of the parameter's type, and the smallest
  ///     magnitude that a parameter counts as.
  ///   - d: the largest root mean square of an update, at least 1.
  ///   - weightDecay: the factor of the parameters that is added to their gradients.
  ///   - maximize: whether the step goes up the gradient.
  public init(
    groups: [ParameterGroup], lr: Double = 1e-2, beta2Decay: Double = -0.8, eps: (Double?, Double) = (nil, 1e-3), d: Double = 1,
    weightDecay: Double = 0, maximize: Bool = false
  ) {
    super.init(
      groups: groups,
      defaults: [
        "lr": .number(lr), "beta2_decay": .number(beta2Decay),
        "eps": .several([eps.0.map(OptionValue.number) ?? .null, .number(eps.1)]), "d": .number(d), "weight_decay": .number(weightDecay),
        "maximize": .flag(maximize),
      ])
  }

  public override var stateNames: [String] { ["row_var", "col_var", "variance"] }
  public override func stateShape(_ name: String, _ parameter: Tensor) -> [Int]? {
    var shape = parameter.shape
    if name == "row_var", shape.count > 1 { shape[shape.count - 1] = 1 }
    if name == "col_var", shape.count > 1 { shape[shape.count - 2] = 1 }
    return shape
  }
  public override var printedOptions: [String: String] { ["foreach": "None"] }

  override func isOfKind(_ name: String, _ value: OptionValue, _ usual: OptionValue) -> Bool {
    guard name == "eps" else { return super.isOfKind(name, value, usual) }
    guard let values = value.values, values.count == 2 else { return false }
    return (values[0] == .null || values[0].number != nil) && values[1].number != nil
  }

  public override func check(_ options: [String: OptionValue]) {
    for (name, text, allowed) in [
      ("lr", "Learning rate should be >= 0 but is", { $0 >= 0 }), ("beta2_decay", "beta2_decay should be <= 0 but is", { $0 <= 0 }),
      ("d", "Clipping threshold d should be >= 1 but is", { $0 >= 1 }), ("weight_decay", "weight_decay should be >= 0 but is", { $0 >= 0 }),
    ] as [(String, String, (Double) -> Bool)] {
      if let value = options[name]?.number, !allowed(value) { refuseOption("\(text): \(OptionValue.text(value))") }
    }
    for (i, value) in (options["eps"]?.values ?? []).enumerated() {
      if let number = value.number, !(number >= 0) { refuseOption("epsilon\(i + 1) should be >= 0 but is: \(OptionValue.text(number))") }
    }
    super.check(options)
  }

  public override func update(for group: ParameterGroup) -> Update {
    let lr = group.lr, beta2Decay = group.number("beta2_decay"), d = group.number("d"), decay = group.number("weight_decay")
    let maximize = group.flag("maximize"), eps = group.options["eps"]?.values ?? []
    let eps1 = eps.first?.number, eps2 = eps.last?.number ?? 0
    return { parameter, gradient, state in
      noGrad {
        let g = maximize ? -gradient : gradient, t = Double(state.step), w = power(t, beta2Decay)
        let least = eps1 ?? (parameter.dtype == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne))
        var p = parameter.data
        func magnitude(_ x: Tensor) -> Double { x.count == 0 ? 0 : (x.norm() / Double(x.count).squareRoot()).item() }
        let step = max(eps2, magnitude(p)) * min(lr, 1 / t.squareRoot())
        if decay != 0 { p = p * (1 - lr * decay) }
        let square = g * g
        var estimate: Tensor
        if g.rank > 1 {
          if state.buffers.isEmpty {
            let row = Tensor.zeros(like: square.sum(dim: -1, keepDim: true)),
              column = Tensor.zeros(like: square.sum(dim: -2, keepDim: true))
            state.buffers = [row, column]
          }
          let row = lerp(state.buffers[0], square.mean(dim: -1, keepDim: true), w)
          let column = lerp(state.buffers[1], square.mean(dim: -2, keepDim: true), w)
          (state.buffers[0], state.buffers[1]) = (row, column)
          estimate = row * column / row.mean(dim: -2, keepDim: true).clamp(min: least)
        } else {
          let empty = Tensor.zeros([0], dtype: g.dtype)
          if state.buffers.isEmpty { state.buffers = [empty, empty, Tensor.zeros(like: square)] }
          state.buffers[2] = lerp(state.buffers[2], square, w)
          estimate = state.buffers[2]
        }
        let update = estimate.clamp(min: least * least).rsqrt() * g
        parameter.data = p - update * (step / max(1, magnitude(update) / d))
      }
    }
  }
}

public import ChainRule

/// Muon (Jordan et al. 2024): the momentum of a matrix, made nearly orthogonal by a few Newton-Schulz iterations, is the step.
///
/// b = lerp(b, g, 1 - momentum); u = lerp(g, b, momentum) with `nesterov`, else b; X = u / |u|, then `nsSteps` times
/// A = X X', X = a X + (b A + c A A) X; p = p (1 - lr weightDecay) - lr ratio X, where the ratio is sqrt(max(1, rows / columns)).
///
/// The iteration is in bfloat16, as in PyTorch: products are summed in float32 and rounded once. For the matrices of hidden layers;
/// embeddings, heads, biases and norms train with AdamW beside it.
public final class Muon: Optimizer {
  /// How the rate follows from the shape of a matrix.
  public enum LRAdjustment: String, Sendable {
    /// Times sqrt(max(1, rows / columns)).
    case original
    /// Times 0.2 sqrt(max(rows, columns)), so that steps are as large as AdamW's.
    case matchRMSAdamW = "match_rms_adamw"
    /// Times sqrt(rows / columns).
    case spectralUnclamped = "spectral_unclamped"

    func ratio(_ rows: Double, _ columns: Double) -> Double {
      switch self {
      case .original: max(1, rows / columns).squareRoot()
      case .matchRMSAdamW: 0.2 * max(rows, columns).squareRoot()
      case .spectralUnclamped: (rows / columns).squareRoot()
      }
    }
  }

  /// An optimizer of `parameters`, which are matrices.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-3, weightDecay: Double = 0.1, momentum: Double = 0.95, nesterov: Bool = true,
    nsCoefficients: (Double, Double, Double) = (3.4445, -4.775, 2.0315), eps: Double = 1e-7, nsSteps: Int = 5,
    adjustLRFn: LRAdjustment? = nil
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, weightDecay: weightDecay, momentum: momentum, nesterov: nesterov,
      nsCoefficients: nsCoefficients, eps: eps, nsSteps: nsSteps, adjustLRFn: adjustLRFn)
  }

  /// An optimizer of groups, whose own options come first.
  ///
  /// - Parameters:
  ///   - groups: the parameters, or groups of parameters with options of their own.
  ///   - lr: the learning rate.
  ///   - weightDecay: the factor of the parameters that is added to their gradients.
  ///   - momentum: the decay rate of the average of gradients.
  ///   - nesterov: whether the step uses Nesterov's momentum.
  ///   - nsCoefficients: a, b and c of the iteration.
  ///   - eps: the smallest norm to divide by.
  ///   - nsSteps: how many iterations there are.
  ///   - adjustLRFn: how the rate is fitted to the shape of a matrix.
  public init(
    groups: [ParameterGroup], lr: Double = 1e-3, weightDecay: Double = 0.1, momentum: Double = 0.95, nesterov: Bool = true,
    nsCoefficients: (Double, Double, Double) = (3.4445, -4.775, 2.0315), eps: Double = 1e-7, nsSteps: Int = 5,
    adjustLRFn: LRAdjustment? = nil
  ) {
    super.init(
      groups: groups,
      defaults: [
        "lr": .number(lr), "weight_decay": .number(weightDecay), "momentum": .number(momentum), "nesterov": .flag(nesterov),
        "ns_coefficients": .several([nsCoefficients.0, nsCoefficients.1, nsCoefficients.2]), "eps": .number(eps),
        "ns_steps": .number(Double(nsSteps)), "adjust_lr_fn": adjustLRFn.map { .word($0.rawValue) } ?? .null,
      ])
  }

  public override var stateNames: [String] { ["momentum_buffer"] }
  public override func stateShape(_ name: String, _ parameter: Tensor) -> [Int]? { parameter.shape }
  public override var printedOptions: [String: String] { [:] }
  override var savesStep: Bool { false }

  override func isOfKind(_ name: String, _ value: OptionValue, _ usual: OptionValue) -> Bool {
    switch name {
    case "adjust_lr_fn": if case .word = value { true } else { value == .null }
    case "ns_coefficients": value.values?.count == 3 && value.numbers.count == 3
    default: super.isOfKind(name, value, usual)
    }
  }

  public override func check(_ options: [String: OptionValue]) {
    for (name, text) in [("lr", "Learning rate"), ("momentum", "momentum"), ("weight_decay", "weight decay")] {
      if let value = options[name]?.number, !(value >= 0) { refuseOption("\(text) should be >= 0 but is: \(OptionValue.text(value))") }
    }
    if case .word(let word)? = options["adjust_lr_fn"], LRAdjustment(rawValue: word) == nil {
      refuseOption("Adjust learning rate function \(word) is not supported")
    }
    if let steps = options["ns_steps"]?.number, !(steps >= 0 && steps < 100 && steps == steps.rounded()) {
      refuseOption(
        steps >= 100
          ? "Number of steps must be less than 100 for computational efficiency" : "Invalid ns_steps: \(OptionValue.text(steps))")
    }
    super.check(options)
  }

  public override func addGroup(_ group: ParameterGroup) {
    if let other = group.parameters.first(where: { $0.rank != 2 }) {
      refuseOption(
        "Muon only supports 2D parameters whereas we found a parameter with size: torch.Size(\(other.shape))",
        "Train vectors and scalars with another optimizer, such as AdamW.")
      return
    }
    super.addGroup(group)
  }

  public override func update(for group: ParameterGroup) -> Update {
    let lr = group.lr, decay = group.number("weight_decay"), momentum = group.number("momentum"), nesterov = group.flag("nesterov")
    let coefficients = group.options["ns_coefficients"]?.numbers ?? [], eps = group.number("eps"), steps = Int(group.number("ns_steps"))
    let adjustment = group.word("adjust_lr_fn").flatMap(LRAdjustment.init) ?? .original
    return { parameter, gradient, state in
      noGrad {
        let buffer = lerp(state.buffers.first ?? Tensor.zeros(like: gradient), gradient, 1 - momentum)
        state.buffers = [buffer]
        let update = Self.orthogonalized(nesterov ? lerp(gradient, buffer, momentum) : buffer, coefficients, steps, eps)
        let ratio = adjustment.ratio(Double(parameter.shape[0]), Double(parameter.shape[1]))
        parameter.data = parameter.data * (1 - lr * decay) - update.to(parameter.dtype) * (lr * ratio)
      }
    }
  }

  /// The matrix with all its singular values moved towards 1.
  private static func orthogonalized(_ matrix: Tensor, _ coefficients: [Double], _ steps: Int, _ eps: Double) -> Tensor {
    var x = matrix.to(.bfloat16).to(.float32)
    let isTall = matrix.shape[0] > matrix.shape[1]
    if isTall { x = x.transposed(0, 1) }
    x = (x / x.norm().to(.bfloat16).to(.float32).clamp(min: eps).to(.bfloat16).to(.float32)).to(.bfloat16).to(.float32)
    for _ in 0..<steps {
      let gram = x.matmul(x.transposed(0, 1)).to(.bfloat16).to(.float32)
      let change = gram.addmm(gram, gram, beta: coefficients[1], alpha: coefficients[2]).to(.bfloat16).to(.float32)
      x = x.addmm(change, x, beta: coefficients[0]).to(.bfloat16).to(.float32)
    }
    return isTall ? x.transposed(0, 1) : x
  }
}

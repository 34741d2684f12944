public import ChainRule

/// L-BFGS (Nocedal 1980): steps along the inverse of the second derivatives, as the last changes of the gradient show them.
///
///     let optimizer = LBFGS(model.parameters(), lineSearchFn: .strongWolfe)
///     optimizer.step { optimizer.zeroGrad(); let loss = loss(model); loss.backward(); return loss }
///
/// The closure is called several times a step. There is one group of parameters.
public final class LBFGS: Optimizer {
  /// How far a step goes along its direction.
  public enum LineSearch: String, Sendable {
    /// To a point that satisfies the strong Wolfe conditions.
    case strongWolfe = "strong_wolfe"
  }

  /// An optimizer of `parameters`.
  ///
  /// - Parameters:
  ///   - parameters: the parameters.
  ///   - lr: the learning rate.
  ///   - maxIter: how many iterations a step has at most.
  ///   - maxEval: how many times a step calls the closure at most, at first 1.25 times `maxIter`.
  ///   - toleranceGrad: the largest gradient that counts as none.
  ///   - toleranceChange: the smallest change of the loss or the parameters to go on.
  ///   - historySize: how many changes are kept.
  ///   - lineSearchFn: how far to go; where nil, by `lr`.
  ///   - maximize: whether the loss grows and does not fall.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1, maxIter: Int = 20, maxEval: Int? = nil, toleranceGrad: Double = 1e-7,
    toleranceChange: Double = 1e-9, historySize: Int = 100, lineSearchFn: LineSearch? = nil, maximize: Bool = false
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, maxIter: maxIter, maxEval: maxEval, toleranceGrad: toleranceGrad,
      toleranceChange: toleranceChange, historySize: historySize, lineSearchFn: lineSearchFn, maximize: maximize)
  }

  /// An optimizer of one group, whose own options come first.
  public init(
    groups: [ParameterGroup], lr: Double = 1, maxIter: Int = 20, maxEval: Int? = nil, toleranceGrad: Double = 1e-7,
    toleranceChange: Double = 1e-9, historySize: Int = 100, lineSearchFn: LineSearch? = nil, maximize: Bool = false
  ) {
    super.init(
      groups: groups,
      defaults: [
        "lr": .number(lr), "max_iter": .number(Double(maxIter)),
        "max_eval": .number(maxEval.map(Double.init) ?? (Double(maxIter) * 1.25).rounded(.down)),
        "tolerance_grad": .number(toleranceGrad), "tolerance_change": .number(toleranceChange),
        "history_size": .number(Double(historySize)), "line_search_fn": lineSearchFn.map { .word($0.rawValue) } ?? .null,
        "maximize": .flag(maximize),
      ])
  }

  public override var printedOptions: [String: String] { [:] }
  override var savesStep: Bool { false }

  override func isOfKind(_ name: String, _ value: OptionValue, _ usual: OptionValue) -> Bool {
    guard name == "line_search_fn" else { return super.isOfKind(name, value, usual) }
    return if case .word = value { true } else { value == .null }
  }

  public override func check(_ options: [String: OptionValue]) {
    super.check(options)
    for name in ["max_iter", "max_eval", "history_size"] {
      guard let value = options[name]?.number, value.isFinite else { continue }
      if !(value >= 0 && value <= 1e9 && value == value.rounded()) { refuseOption("Invalid \(name): \(OptionValue.text(value))") }
    }
    if case .word(let word)? = options["line_search_fn"], LineSearch(rawValue: word) == nil {
      refuseOption("only 'strong_wolfe' is supported")
    }
  }

  public override func addGroup(_ group: ParameterGroup) {
    if !groups.isEmpty {
      refuseOption("LBFGS doesn't support per-parameter options (parameter groups)", "Make an optimizer for each group.")
      return
    }
    super.addGroup(group)
  }

  // MARK: State

  /// What is remembered, under the first parameter as in PyTorch: buffers are the last direction, the last gradient, then the changes
  /// of the gradient and of the parameters, as many of each.
  private struct Memory {
    var direction: Tensor?
    var gradient: Tensor?
    var gradientChanges: [Tensor] = []
    var steps: [Tensor] = []
    /// 1 / (y . s) of each pair.
    var inverses: [Double] = []
    /// The last length, scale of the first guess, and loss.
    var t = 0.0, scale = 1.0, loss = 0.0
    var iterations = 0, evaluations = 0
  }

  private static let numberNames = ["n_iter", "func_evals", "t", "H_diag", "prev_loss"]
  public override var stateNumbers: [String] { Self.numberNames }
  /// `ro` follows from the changes; PyTorch keeps it.
  override func isStateNumber(_ name: String) -> Bool { super.isStateNumber(name) || name.hasPrefix("ro.") }

  override func namedBuffers(_ state: ParameterState) -> [(name: String, tensor: Tensor)] {
    let pairs = max(0, state.buffers.count - 2) / 2
    let names = ["d", "prev_flat_grad"] + (0..<pairs).map { "old_dirs.\($0)" } + (0..<pairs).map { "old_stps.\($0)" }
    return zip(names, state.buffers).map { (name: $0, tensor: $1) }
  }

  override func take(_ saved: NamedTensors, into state: ParameterState, _ parameter: Tensor) -> String? {
    guard let direction = saved["d"], let gradient = saved["prev_flat_grad"] else { return saved.names.first }
    var pairs = 0
    while saved["old_dirs.\(pairs)"] != nil, saved["old_stps.\(pairs)"] != nil { pairs += 1 }
    state.buffers =
      [direction, gradient] + (0..<pairs).compactMap { saved["old_dirs.\($0)"] } + (0..<pairs).compactMap { saved["old_stps.\($0)"] }
    let known = Set(namedBuffers(state).map(\.name))
    return saved.names.first { !known.contains($0) }
  }

  public override func stateShape(_ name: String, _ parameter: Tensor) -> [Int]? {
    [groups.reduce(0) { $0 + $1.parameters.reduce(0) { $0 + $1.count } }]
  }

  private func memory(_ state: ParameterState) -> Memory {
    var memory = Memory()
    func number(_ name: String, _ otherwise: Double) -> Double { state.numbers[name] ?? otherwise }
    func count(_ name: String) -> Int {
      let count = number(name, 0)
      return 0...1e15 ~= count ? Int(count) : 0
    }
    memory.iterations = count("n_iter")
    memory.evaluations = count("func_evals")
    guard state.buffers.count >= 2 else { return memory }
    let pairs = (state.buffers.count - 2) / 2
    (memory.direction, memory.gradient) = (state.buffers[0], state.buffers[1])
    memory.gradientChanges = Array(state.buffers[2..<(2 + pairs)])
    memory.steps = Array(state.buffers[(2 + pairs)..<(2 + 2 * pairs)])
    memory.inverses = (0..<pairs).map { i in
      state.numbers["ro.\(i)"] ?? 1 / dot(memory.gradientChanges[i], memory.steps[i])
    }
    (memory.t, memory.scale, memory.loss) = (number("t", 0), number("H_diag", 1), number("prev_loss", 0))
    return memory
  }

  private func keep(_ memory: Memory, _ state: ParameterState) {
    state.numbers = ["n_iter": Double(memory.iterations), "func_evals": Double(memory.evaluations)]
    guard let direction = memory.direction, let gradient = memory.gradient else { return }
    state.buffers = [direction, gradient] + memory.gradientChanges + memory.steps
    state.numbers.merge(["t": memory.t, "H_diag": memory.scale, "prev_loss": memory.loss]) { $1 }
    for (i, inverse) in memory.inverses.enumerated() { state.numbers["ro.\(i)"] = inverse }
  }

  // MARK: Steps

  public override func update(for group: ParameterGroup) -> Update { { _, _, _ in } }

  override func perform(_ closure: (() -> Tensor)?) -> Tensor? {
    guard let closure else {
      refuseOption(
        "LBFGS.step() missing 1 required positional argument: 'closure'", "step { zeroGrad(), compute the loss, backward(), return it }")
      return nil
    }
    guard let first = groups.first?.parameters.first, let identity = first.leafIdentity else { return nil }
    let state = states[identity] ?? ParameterState()
    states[identity] = state
    stepCount += 1
    let loss = noGrad { search(state, closure) }
    checkAll()
    return loss
  }

  private func search(_ state: ParameterState, _ closure: @escaping () -> Tensor) -> Tensor {
    let group = groups[0], lr = group.lr, toleranceGrad = group.number("tolerance_grad"), toleranceChange = group.number("tolerance_change")
    func count(_ name: String) -> Int { Int(min(max(group.number(name), 0), 1e9)) }
    let maxIter = count("max_iter"), maxEval = count("max_eval"), history = count("history_size")
    let searches = group.word("line_search_fn") != nil
    func value(_ loss: Tensor) -> Double { group.flag("maximize") ? -loss.item() : loss.item() }
    var memory = self.memory(state)
    let original = recordingTape(closure)
    var loss = value(original), evaluations = 1
    memory.evaluations += 1
    var gradient = flatGradient()
    defer { keep(memory, state) }
    if isErrorPending || largest(gradient) <= toleranceGrad { return original }
    state.step += 1
    for n in stride(from: 1, through: maxIter, by: 1) {
      memory.iterations += 1
      let direction = self.direction(&memory, gradient, history)
      memory.direction = direction
      memory.gradient = gradient
      let previous = loss
      memory.loss = previous
      memory.t = memory.iterations == 1 ? min(1, 1 / gradient.abs().sum().item()) * lr : lr
      let slope = dot(gradient, direction)
      if isErrorPending || slope > -toleranceChange { break }
      var calls = 0, isFlat = false
      if searches {
        let from = groups[0].parameters.map(\.data)
        let found = WolfeSearch(direction: direction, value: loss, gradient: gradient, slope: slope, most: maxEval - evaluations) { t in
          self.move(direction, t)
          let found = value(recordingTape(closure))
          let gradient = self.flatGradient()
          for (parameter, value) in zip(self.groups[0].parameters, from) { parameter.data = value }
          return (found, gradient)
        }.run(memory.t)
        (loss, gradient, memory.t, calls) = (found.value, found.gradient, found.t, found.calls)
        move(direction, memory.t)
        isFlat = largest(gradient) <= toleranceGrad
      } else {
        move(direction, memory.t)
        if n != maxIter {
          loss = value(recordingTape(closure))
          gradient = flatGradient()
          isFlat = largest(gradient) <= toleranceGrad
          calls = 1
        }
      }
      evaluations += calls
      memory.evaluations += calls
      if isErrorPending || n == maxIter || evaluations >= maxEval || isFlat { break }
      if largest(direction) * abs(memory.t) <= toleranceChange || abs(loss - previous) < toleranceChange { break }
    }
    return original
  }

  /// The direction from the gradient and the changes that are remembered, to which the last one is added.
  private func direction(_ memory: inout Memory, _ gradient: Tensor, _ history: Int) -> Tensor {
    guard memory.iterations > 1, let last = memory.direction, let before = memory.gradient else {
      memory.gradientChanges = []
      memory.steps = []
      memory.inverses = []
      memory.scale = 1
      return -gradient
    }
    let y = gradient - before, s = last * memory.t, ys = dot(y, s)
    if ys > 1e-10 {
      if memory.steps.count >= max(history, 1) {
        memory.gradientChanges.removeFirst()
        memory.steps.removeFirst()
        memory.inverses.removeFirst()
      }
      memory.gradientChanges.append(y)
      memory.steps.append(s)
      memory.inverses.append(1 / ys)
      memory.scale = ys / dot(y, y)
    }
    var q = -gradient
    var weights = [Double](repeating: 0, count: memory.steps.count)
    for i in memory.steps.indices.reversed() {
      weights[i] = dot(memory.steps[i], q) * memory.inverses[i]
      q = q - memory.gradientChanges[i] * weights[i]
    }
    q = q * memory.scale
    for i in memory.steps.indices {
      q = q + memory.steps[i] * (weights[i] - dot(memory.gradientChanges[i], q) * memory.inverses[i])
    }
    return q
  }

  /// The gradient of what is made small: the loss, or minus the loss.
  private func flatGradient() -> Tensor {
    let gradient = cat(groups[0].parameters.map { ($0.grad?.detach() ?? Tensor.zeros(like: $0)).flattened() })
    return groups[0].flag("maximize") ? -gradient : gradient
  }

  /// Moves the parameters by t times the direction.
  private func move(_ direction: Tensor, _ t: Double) {
    if isErrorPending { return }
    var start = 0
    for parameter in groups[0].parameters {
      let part = direction[start..<(start + parameter.count)].reshaped(parameter.shape)
      parameter.data = parameter.data + part * t
      start += parameter.count
    }
  }
}

private func dot(_ a: Tensor, _ b: Tensor) -> Double { (a * b).sum().item() }
private func largest(_ x: Tensor) -> Double { x.count == 0 ? 0 : x.abs().max().item() }

/// A search for a length that satisfies the strong Wolfe conditions (Nocedal and Wright, algorithms 3.5 and 3.6), with cubic
/// interpolation.
private struct WolfeSearch {
  /// A length with the value, the gradient and the slope there.
  struct Point {
    var t: Double
    var value: Double
    var gradient: Tensor
    var slope: Double
  }

  let direction: Tensor
  let value: Double
  let gradient: Tensor
  let slope: Double
  /// How many lengths are tried at most.
  let most: Int
  let evaluate: (Double) -> (value: Double, gradient: Tensor)
  private let decrease = 1e-4, curvature = 0.9, toleranceChange = 1e-9

  private func point(_ t: Double) -> Point {
    let (value, gradient) = evaluate(t)
    return Point(t: t, value: value, gradient: gradient, slope: dot(gradient, direction))
  }

  func run(_ first: Double) -> (value: Double, gradient: Tensor, t: Double, calls: Int) {
    let start = Point(t: 0, value: value, gradient: gradient, slope: slope)
    var now = point(first), before = start, calls = 1, tries = 0
    var bracket: [Point] = [], isDone = false
    // Lengthen the step until a good one lies between two.
    while tries < most {
      if now.value > value + decrease * now.t * slope || tries > 1 && now.value >= before.value {
        bracket = [before, now]
        break
      }
      if abs(now.slope) <= -curvature * slope {
        bracket = [now]
        isDone = true
        break
      }
      if now.slope >= 0 {
        bracket = [before, now]
        break
      }
      let bounds = (now.t + 0.01 * (now.t - before.t), now.t * 10)
      let next = interpolated(before, now, bounds)
      before = now
      now = point(next)
      calls += 1
      tries += 1
    }
    if bracket.isEmpty { bracket = [start, now] }
    // Shorten the bracket.
    var isStuck = false
    var low = bracket[0].value <= bracket[bracket.count - 1].value ? 0 : 1
    let size = largest(direction)
    while !isDone, tries < most, abs(bracket[1].t - bracket[0].t) * size >= toleranceChange {
      var t = interpolated(bracket[0], bracket[1], nil)
      let (left, right) = (min(bracket[0].t, bracket[1].t), max(bracket[0].t, bracket[1].t)), margin = 0.1 * (right - left)
      // A length near an end of the bracket is moved away from it, where the last one was near an end too.
      if min(right - t, t - left) < margin {
        if isStuck || t >= right || t <= left {
          t = abs(t - right) < abs(t - left) ? right - margin : left + margin
          isStuck = false
        } else {
          isStuck = true
        }
      } else {
        isStuck = false
      }
      let new = point(t)
      calls += 1
      tries += 1
      if new.value > value + decrease * t * slope || new.value >= bracket[low].value {
        bracket[1 - low] = new
        low = bracket[0].value <= bracket[1].value ? 0 : 1
      } else {
        if abs(new.slope) <= -curvature * slope {
          isDone = true
        } else if new.slope * (bracket[1 - low].t - bracket[low].t) >= 0 {
          bracket[1 - low] = bracket[low]
        }
        bracket[low] = new
      }
    }
    let best = bracket[bracket.count == 1 ? 0 : low]
    return (best.value, best.gradient, best.t, calls)
  }

  /// The lowest point of the cubic through two points with their slopes, within bounds.
  private func interpolated(_ a: Point, _ b: Point, _ bounds: (Double, Double)?) -> Double {
    let (lower, upper) = bounds ?? (min(a.t, b.t), max(a.t, b.t))
    let d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.t - b.t), square = d1 * d1 - a.slope * b.slope
    guard square >= 0 else { return (lower + upper) / 2 }
    let d2 = square.squareRoot()
    let lowest =
      a.t <= b.t
      ? b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
      : a.t - (a.t - b.t) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2))
    return min(max(lowest, lower), upper)
  }
}

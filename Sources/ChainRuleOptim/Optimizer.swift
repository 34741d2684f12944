public import ChainRule

/// Changes parameters along their gradients.
///
///     let optimizer = SGD(model.parameters(), lr: 0.1, momentum: 0.9)
///     optimizer.zeroGrad(); loss.backward(); optimizer.step()
///
/// A subclass says how one parameter is updated; groups, state and its saving are here.
///
/// An optimizer belongs to one thread at a time. Other threads may read the parameters it updates meanwhile: each sees a whole value.
open class Optimizer: CustomStringConvertible {
  /// What an optimizer remembers of one parameter.
  public final class ParameterState {
    /// How many updates there have been.
    public var step = 0
    /// The buffers, in the order of `stateNames`; one that is not used is empty.
    public var buffers: [Tensor] = []
    /// What else there is, by PyTorch's names: single numbers such as NAdam's `mu_product`.
    public var numbers: [String: Double] = [:]

    package init() {}
  }

  /// The groups of parameters, whose options may be changed between steps.
  public private(set) var groups: [ParameterGroup] = []
  /// The learning rate: that of the first group; setting it sets that of every group.
  public final var lr: Double {
    get { groups.first?.lr ?? .nan }
    set { for group in groups { group.lr = newValue } }
  }

  /// Not available: see `groups`.
  @available(*, unavailable, renamed: "groups")
  public final var paramGroups: [ParameterGroup] { groups }
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Not available: see `zeroGrad()`.
  @available(*, unavailable, renamed: "zeroGrad()")
  public final func zero_grad() { zeroGrad() }
  /// The options of groups that give none of their own, by PyTorch's names.
  public let defaults: [String: OptionValue]
  /// How many times `step` has run.
  public internal(set) var stepCount = 0
  var preHooks: [StepHook] = []
  var postHooks: [StepHook] = []
  var states: [ObjectIdentifier: ParameterState] = [:]
  /// Who does a part of each step elsewhere; nil where all is done here.
  var sharing: (any StateSharing)?

  /// An optimizer of these groups.
  public init(groups: [ParameterGroup], defaults: [String: OptionValue]) {
    self.defaults = defaults
    if groups.allSatisfy(\.parameters.isEmpty) {
      refuse(
        TensorError(
          .argument, "optimizer got an empty parameter list",
          hint: "A module's parameters are the leaves it stores: made with requiresGrad: true or asLeaf().", operation: name))
    }
    check(defaults)
    for group in groups { addGroup(group) }
  }

  /// The class, as it is printed.
  public final var name: String { String(describing: type(of: self)) }

  // MARK: For subclasses

  /// PyTorch's names of the buffers in `ParameterState.buffers`.
  open var stateNames: [String] { [] }

  /// PyTorch's names of what is in `ParameterState.numbers`, beside `step`.
  open var stateNumbers: [String] { [] }

  /// Whether a number of a saved state belongs to this optimizer.
  func isStateNumber(_ name: String) -> Bool { stateNumbers.contains(name) }

  /// Whether PyTorch counts the steps of a parameter in its state.
  var savesStep: Bool { true }

  /// The shape that a buffer of a parameter has, so that a saved state of another one is refused; nil where any will do.
  open func stateShape(_ name: String, _ parameter: Tensor) -> [Int]? { nil }

  /// The buffers of one parameter with their names.
  func namedBuffers(_ state: ParameterState) -> [(name: String, tensor: Tensor)] {
    zip(stateNames, state.buffers).map { (name: $0, tensor: $1) }
  }

  /// Puts saved buffers in their places; returns the first name that the optimizer does not know.
  func take(_ saved: NamedTensors, into state: ParameterState, _ parameter: Tensor) -> String? {
    state.buffers = saved.isEmpty ? [] : stateNames.map { saved[$0] ?? Tensor.zeros([0], dtype: parameter.dtype) }
    return saved.names.first { !stateNames.contains($0) }
  }

  /// PyTorch's options that this library has no use for, and what it prints for them.
  open var printedOptions: [String: String] { ["differentiable": "False", "foreach": "None"] }

  /// Updates one parameter in place, by its gradient and what is remembered of it.
  public typealias Update = (_ parameter: Tensor, _ gradient: Tensor, _ state: ParameterState) -> Void

  /// How this step updates the parameters of a group, whose options are read here, once for all of them.
  open func update(for group: ParameterGroup) -> Update {
    refuse(
      TensorError(
        .argument, "\(name) must override update(for:)", hint: "It says how a step changes the parameters of a group.", operation: name))
    return { _, _, _ in }
  }

  /// Refuses options outside their range, PyTorch's sentence first. What is NaN or infinite is refused in any case.
  open func check(_ options: [String: OptionValue]) {
    for (name, text) in [
      ("lr", "learning rate"), ("momentum", "momentum value"), ("weight_decay", "weight_decay value"), ("eps", "epsilon value"),
      ("alpha", "alpha value"), ("lr_decay", "lr_decay value"), ("initial_accumulator_value", "initial_accumulator_value value"),
    ] {
      if case .number(let value)? = options[name], !(value >= 0 && value < .infinity) {
        refuseOption("Invalid \(text): \(OptionValue.text(value))")
      }
    }
    if case .pair(let a, let b)? = options["betas"] {
      for (i, beta) in [a, b].enumerated() where !(beta >= 0 && beta < 1) {
        refuseOption("Invalid beta parameter at index \(i): \(OptionValue.text(beta))")
      }
    }
    for (name, value) in options.sorted(by: { $0.key < $1.key }) where !value.numbers.allSatisfy(\.isFinite) {
      if !unboundedOptions.contains(name) || value.numbers.contains(where: \.isNaN) { refuseOption("Invalid \(name): \(value)") }
    }
  }

  /// Options that may be infinite.
  var unboundedOptions: Set<String> { [] }

  /// What schedules read and keep in the groups, whatever the optimizer.
  static let scheduleOptions: Set<String> = ["lr", "initial_lr", "max_lr", "min_lr", "max_momentum", "base_momentum", "swa_lr"]

  /// Whether these options exist, hold what they should, and lie in their ranges; refuses them where not.
  final func accepts(_ options: [String: OptionValue], known: [String: OptionValue]) -> Bool {
    for (name, value) in options.sorted(by: { $0.key < $1.key }) {
      guard let usual = defaults[name] ?? known[name] ?? (Self.scheduleOptions.contains(name) ? .number(0) : nil) else {
        refuseOption("there is no option \"\(name)\"", "Its options are \(defaults.keys.sorted().joined(separator: ", ")).")
        return false
      }
      if !isOfKind(name, value, usual) {
        refuseOption("the option \"\(name)\" is \(usual.kind), not \(value.kind)")
        return false
      }
    }
    check(options)
    return !isErrorPending
  }

  /// Whether an option may hold this value, where it usually holds `usual`.
  func isOfKind(_ name: String, _ value: OptionValue, _ usual: OptionValue) -> Bool { value.kind == usual.kind }

  /// Refuses with PyTorch's sentence.
  public final func refuseOption(_ message: String) {
    refuseOption(message, "See the ranges in the documentation of \(name).")
  }

  final func refuseOption(_ message: String, _ hint: String) {
    refuse(TensorError(.argument, message, hint: hint, operation: name))
  }

  // MARK: Use

  /// Adds parameters with options of their own.
  public func addGroup(_ group: ParameterGroup) {
    guard accepts(group.options, known: [:]) else { return }
    let known = Set(groups.flatMap(\.parameters).compactMap(\.leafIdentity))
    var seen: Set<ObjectIdentifier> = []
    for parameter in group.parameters {
      guard let identity = parameter.leafIdentity else {
        refuse(
          TensorError(
            .gradient, "can't optimize a non-leaf Tensor", hint: "Pass leaves: made with requiresGrad: true or asLeaf().",
            operation: name, shapes: [parameter.shape]))
        return
      }
      if known.contains(identity) || !seen.insert(identity).inserted {
        refuse(
          TensorError(
            .argument, "some parameters appear in more than one parameter group", hint: "Each leaf is updated once a step.",
            operation: name, shapes: [parameter.shape]))
        return
      }
    }
    group.options.merge(defaults) { own, _ in own }
    group.optimizer = self
    group.isComplete = true
    groups.append(group)
  }

  /// Updates every parameter that has a gradient.
  ///
  /// In a compiled function the plan calls it again at each run, with the options of then.
  public func step() {
    if isRecordingPlan { _ = planned("\(name).step()", []) { [self] _ in hooked(nil).map { [$0] } ?? [] } } else { _ = hooked(nil) }
  }

  /// Computes a loss and its gradients with `closure`, then updates.
  ///
  ///     optimizer.step { optimizer.zeroGrad(); let loss = loss(model); loss.backward(); return loss }
  @discardableResult
  public func step(_ closure: () -> Tensor) -> Tensor {
    refuseInPlan("an optimizer calls a closure", hint: "Compile the closure itself, and call step { } outside.")
    return withoutActuallyEscaping(closure) { hooked($0) ?? Tensor(0.0) }
  }

  private func hooked(_ closure: (() -> Tensor)?) -> Tensor? {
    if isErrorPending { return closure?() }
    for hook in preHooks { hook.run(self) }
    let loss = perform(closure)
    for hook in postHooks { hook.run(self) }
    return loss
  }

  /// One step, and the loss that the closure gave.
  func perform(_ closure: (() -> Tensor)?) -> Tensor? {
    let loss = closure.map { recordingTape($0) }
    if isErrorPending { return loss }
    stepCount += 1
    profileSpan(name, bytes: updatedBytes) { updateAll() }
    checkAll()
    return loss
  }

  /// Looks at what was updated, where something watches for numbers that are not finite.
  func checkAll() {
    checkUpdated(
      groups.map { group in
        if case .number(let rate)? = group.options["lr"] { return (group.parameters, rate) }
        return (group.parameters, nil)
      })
  }

  private func updateAll() {
    if let sharing { return sharing.step(self) }
    for group in groups {
      let update = update(for: group)
      for parameter in group.parameters {
        guard let identity = parameter.leafIdentity, let gradient = parameter.grad else { continue }
        let state: ParameterState
        if let known = states[identity] {
          state = known
        } else {
          state = ParameterState()
          states[identity] = state
        }
        state.step += 1
        update(parameter, gradient, state)
      }
    }
  }

  /// Parameters, gradients and state are read, and all but the gradients written.
  private var updatedBytes: Int {
    groups.flatMap(\.parameters).reduce(0) { sum, parameter in
      guard parameter.grad != nil else { return sum }
      let state = state(of: parameter)?.buffers.reduce(0) { $0 + $1.count } ?? 0
      return sum + (3 * parameter.count + 2 * state) * parameter.dtype.size
    }
  }

  /// Forgets the gradients of all parameters.
  public func zeroGrad() {
    for group in groups { for parameter in group.parameters { parameter.zeroGrad() } }
  }

  /// What is remembered of a parameter; nil before its first update.
  public func state(of parameter: Tensor) -> ParameterState? { parameter.leafIdentity.flatMap { states[$0] } }

  /// The groups and their options, as PyTorch prints them.
  public var description: String {
    var text = "\(name) ("
    for (i, group) in groups.enumerated() {
      var lines = group.options.mapValues(\.description)
      lines.merge(printedOptions) { own, _ in own }
      text += "\nParameter Group \(i)\n" + lines.sorted { $0.key < $1.key }.map { "    \($0.key): \($0.value)" }.joined(separator: "\n")
    }
    return text + "\n)"
  }
}

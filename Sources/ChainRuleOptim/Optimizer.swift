public import ChainRule

/// Changes parameters along their gradients.
///
///     let optimizer = SGD(model.parameters(), lr: 0.1, momentum: 0.9)
///     optimizer.zeroGrad(); loss.backward(); optimizer.step()
///
/// A subclass says how one parameter is updated; groups, state and its saving are here.
open class Optimizer: CustomStringConvertible {
  /// What an optimizer remembers of one parameter.
  public final class ParameterState {
    /// How many updates there have been.
    public var step = 0
    /// The buffers, in the order of `stateNames`; one that is not used is empty.
    public var buffers: [Tensor] = []
  }

  /// The groups of parameters, whose options may be changed between steps.
  public private(set) var groups: [ParameterGroup] = []
  /// The options of groups that give none of their own, by PyTorch's names.
  public let defaults: [String: OptionValue]
  /// How many times `step` has run.
  public private(set) var stepCount = 0
  private var states: [ObjectIdentifier: ParameterState] = [:]

  /// An optimizer of these groups.
  public init(groups: [ParameterGroup], defaults: [String: OptionValue]) {
    self.defaults = defaults
    if groups.allSatisfy(\.parameters.isEmpty) {
      refuse(
        TensorError(
          .argument, "optimizer got an empty parameter list",
          mend: "A module's parameters are the leaves it stores: made with requiresGrad: true or asLeaf().", operation: name))
    }
    check(defaults)
    for group in groups { addGroup(group) }
  }

  /// The class, as it is printed.
  public final var name: String { String(describing: type(of: self)) }

  // MARK: For subclasses

  /// PyTorch's names of the buffers in `ParameterState.buffers`.
  open var stateNames: [String] { [] }

  /// PyTorch's options that this library has no use for, and what it prints for them.
  open var printedOptions: [String: String] { ["differentiable": "False", "foreach": "None"] }

  /// Updates one parameter in place, by its gradient and what is remembered of it.
  public typealias Update = (_ parameter: Tensor, _ gradient: Tensor, _ state: ParameterState) -> Void

  /// How this step updates the parameters of a group, whose options are read here, once for all of them.
  open func update(for group: ParameterGroup) -> Update {
    preconditionFailure("\(name) must override update(for:)")
  }

  /// Refuses options outside their range.
  open func check(_ options: [String: OptionValue]) {
    for (name, text) in [
      ("lr", "learning rate"), ("momentum", "momentum value"), ("weight_decay", "weight_decay value"), ("eps", "epsilon value"),
      ("alpha", "alpha value"), ("lr_decay", "lr_decay value"), ("initial_accumulator_value", "initial_accumulator_value value"),
    ] {
      if case .number(let value)? = options[name], !(value >= 0) { refuseOption("Invalid \(text): \(OptionValue.text(value))") }
    }
    if case .pair(let a, let b)? = options["betas"] {
      for (i, beta) in [a, b].enumerated() where !(beta >= 0 && beta < 1) {
        refuseOption("Invalid beta parameter at index \(i): \(OptionValue.text(beta))")
      }
    }
  }

  /// Refuses with PyTorch's sentence.
  public final func refuseOption(_ message: String) {
    refuse(TensorError(.argument, message, mend: "See the ranges in the documentation of \(name).", operation: name))
  }

  // MARK: Use

  /// Adds parameters with options of their own.
  public func addGroup(_ group: ParameterGroup) {
    check(group.options)
    let known = Set(groups.flatMap(\.parameters).compactMap(\.leafIdentity))
    var seen: Set<ObjectIdentifier> = []
    for parameter in group.parameters {
      guard let identity = parameter.leafIdentity else {
        refuse(
          TensorError(
            .gradient, "can't optimize a non-leaf Tensor", mend: "Pass leaves: made with requiresGrad: true or asLeaf().",
            operation: name, shapes: [parameter.shape]))
        return
      }
      if known.contains(identity) || !seen.insert(identity).inserted {
        refuse(
          TensorError(
            .argument, "some parameters appear in more than one parameter group", mend: "Each leaf is updated once a step.",
            operation: name, shapes: [parameter.shape]))
        return
      }
    }
    group.options.merge(defaults) { own, _ in own }
    groups.append(group)
  }

  /// Updates every parameter that has a gradient.
  public func step() {
    if isErrorPending { return }
    stepCount += 1
    profileSpan(name, bytes: updatedBytes) { updateAll() }
    checkUpdated(
      groups.map { group in
        if case .number(let rate)? = group.options["lr"] { return (group.parameters, rate) }
        return (group.parameters, nil)
      })
  }

  private func updateAll() {
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

  /// Computes a loss and its gradients with `closure`, then updates.
  @discardableResult
  public func step(_ closure: () -> Tensor) -> Tensor {
    let loss = enableGrad(closure)
    step()
    return loss
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

  // MARK: State

  /// All that the optimizer remembers, under `state.INDEX.NAME` and `group.INDEX.OPTION`; parameters are counted through the groups.
  public func stateDict() -> OptimizerState {
    var result = OptimizerState()
    result.numbers["groups"] = Double(groups.count)
    for (i, group) in groups.enumerated() {
      result.numbers["group.\(i).parameters"] = Double(group.parameters.count)
      for (name, value) in group.options {
        switch value {
        case .number(let number): result.numbers["group.\(i).\(name)"] = number
        case .flag(let flag): result.numbers["group.\(i).\(name)"] = flag ? 1 : 0
        case .pair(let a, let b):
          result.numbers["group.\(i).\(name).0"] = a
          result.numbers["group.\(i).\(name).1"] = b
        }
      }
    }
    for (i, parameter) in groups.flatMap(\.parameters).enumerated() {
      guard let state = state(of: parameter) else { continue }
      result.numbers["state.\(i).step"] = Double(state.step)
      for (name, buffer) in zip(stateNames, state.buffers) where buffer.count == parameter.count {
        result.tensors["state.\(i).\(name)"] = buffer
      }
    }
    return result
  }

  /// Goes on from a saved state.
  ///
  /// - Throws: `OptimizerStateError` where it belongs to other groups or shapes; nothing has been changed then.
  public func load(_ saved: OptimizerState) throws(OptimizerStateError) {
    let parameters = groups.flatMap(\.parameters)
    if saved.numbers["groups"] != Double(groups.count) {
      throw OptimizerStateError("loaded state dict has a different number of parameter groups")
    }
    for (i, group) in groups.enumerated() where saved.numbers["group.\(i).parameters"] != Double(group.parameters.count) {
      throw OptimizerStateError("loaded state dict contains a parameter group that doesn't match the size of optimizer's group")
    }
    for (i, parameter) in parameters.enumerated() {
      for name in stateNames {
        if let buffer = saved.tensors["state.\(i).\(name)"], buffer.shape != parameter.shape {
          throw OptimizerStateError("state.\(i).\(name) has shape \(buffer.shape), the parameter has \(parameter.shape)")
        }
      }
    }
    for (i, group) in groups.enumerated() {
      for (name, value) in group.options {
        let key = "group.\(i).\(name)"
        switch value {
        case .number: if let number = saved.numbers[key] { group.options[name] = .number(number) }
        case .flag: if let number = saved.numbers[key] { group.options[name] = .flag(number != 0) }
        case .pair:
          if let a = saved.numbers[key + ".0"], let b = saved.numbers[key + ".1"] { group.options[name] = .pair(a, b) }
        }
      }
    }
    states.removeAll()
    for (i, parameter) in parameters.enumerated() {
      guard let identity = parameter.leafIdentity, let step = saved.numbers["state.\(i).step"], let count = Int(exactly: step) else {
        continue
      }
      let state = ParameterState()
      state.step = count
      state.buffers = stateNames.map { name in
        saved.tensors["state.\(i).\(name)"].map { $0.detach().to(parameter.dtype) } ?? Tensor.zeros([0], dtype: parameter.dtype)
      }
      states[identity] = state
    }
  }
}

/// What an optimizer remembers, as plain values that can be saved.
public struct OptimizerState: Sendable {
  /// The buffers, such as `state.0.exp_avg`.
  public var tensors = NamedTensors()
  /// The options and counts, such as `group.0.lr` and `state.0.step`; flags are 0 and 1.
  public var numbers: [String: Double] = [:]

  /// Nothing.
  public init() {}
}

/// A saved state that belongs to another optimizer.
public struct OptimizerStateError: ChainRuleError {
  /// What does not fit.
  public let description: String

  init(_ description: String) { self.description = description }
}

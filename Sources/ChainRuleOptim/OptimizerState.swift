public import ChainRule

/// What an optimizer remembers, as plain values that can be saved: by `Optimizer.save(to:)`, or by any encoder.
public struct OptimizerState: Sendable, Codable {
  /// The buffers, such as `state.0.exp_avg`.
  public var tensors = NamedTensors()
  /// The options and counts, such as `group.0.lr`, `group.0.betas.1` and `state.0.step`; flags are 0 and 1.
  public var numbers: [String: Double] = [:]
  /// The options that are no numbers, such as `group.0.line_search_fn`.
  public var options: [String: OptionValue] = [:]

  /// Nothing.
  public init() {}
}

/// A saved state that belongs to another optimizer.
public struct OptimizerStateError: ChainRuleError {
  /// What does not fit.
  public let description: String

  init(_ description: String) { self.description = description }
}

extension Optimizer {
  /// All that the optimizer remembers, under `state.INDEX.NAME` and `group.INDEX.OPTION`; parameters are counted through the groups.
  ///
  /// What could not be found again under its name is refused: more buffers than the optimizer has names for, or two of one name.
  public func stateDict() -> OptimizerState {
    var result = OptimizerState()
    result.numbers["groups"] = Double(groups.count)
    for (i, group) in groups.enumerated() {
      result.numbers["group.\(i).parameters"] = Double(group.parameters.count)
      for (name, value) in group.options { result.put("group.\(i).\(name)", value) }
    }
    let whole = sharing?.wholeStates(self) ?? states
    for (i, parameter) in groups.flatMap(\.parameters).enumerated() {
      guard let state = parameter.leafIdentity.flatMap({ whole[$0] }) else { continue }
      result.numbers["state.\(i).step"] = Double(state.step)
      for (name, number) in state.numbers { result.numbers["state.\(i).\(name)"] = number }
      guard isNameable(state, i) else { return result }
      for (name, buffer) in namedBuffers(state) where buffer.count > 0 || parameter.count == 0 {
        result.tensors["state.\(i).\(name)"] = buffer
      }
    }
    return result
  }

  private func isNameable(_ state: ParameterState, _ i: Int) -> Bool {
    let names = namedBuffers(state).map(\.name), all = names + state.numbers.keys + ["step"]
    if state.buffers.count > names.count {
      refuseOption(
        "the state of parameter \(i) has \(state.buffers.count) buffers, and \(name) has names for \(names.count): "
          + "[\(names.joined(separator: ", "))]", "Name them in stateNames, or leave them out of buffers.")
      return false
    }
    if let unknown = state.numbers.keys.sorted().first(where: { !isStateNumber($0) }) {
      refuseOption("the state of parameter \(i) has a number \"\(unknown)\", which \(name) does not name", "Name it in stateNumbers.")
      return false
    }
    if let twice = all.first(where: { name in all.count { $0 == name } > 1 }) {
      refuseOption("two parts of the state of parameter \(i) are called \"\(twice)\"", "Each needs a name of its own in stateNames.")
      return false
    }
    return true
  }

  /// Goes on from a saved state: the groups get all options that it holds, schedules' among them.
  ///
  /// - Throws: `OptimizerStateError` where it belongs to another optimizer, or to other groups or shapes; nothing has been changed then.
  public func load(_ saved: OptimizerState) throws(OptimizerStateError) {
    let parameters = groups.flatMap(\.parameters)
    if saved.numbers["groups"] != Double(groups.count) {
      throw OptimizerStateError("loaded state dict has a different number of parameter groups")
    }
    for (i, group) in groups.enumerated() where saved.numbers["group.\(i).parameters"] != Double(group.parameters.count) {
      throw OptimizerStateError("loaded state dict contains a parameter group that doesn't match the size of optimizer's group")
    }
    var states: [ParameterState?] = [], options: [[String: OptionValue]] = []
    for (i, found) in try saved.states(count: parameters.count).enumerated() {
      if let found { states.append(try state(i, parameters[i], found)) } else { states.append(nil) }
    }
    for i in groups.indices { options.append(try loadedOptions(i, saved.options(ofGroup: i))) }
    for (group, options) in zip(groups, options) { group.options = options }
    self.states.removeAll()
    for (parameter, state) in zip(parameters, states) {
      if let state, let identity = parameter.leafIdentity { self.states[identity] = state }
    }
    if let sharing { share(sharing) }
  }

  /// The options of group `i` with what was saved in their place.
  private func loadedOptions(_ i: Int, _ saved: [String: OptionValue]) throws(OptimizerStateError) -> [String: OptionValue] {
    var options = groups[i].options
    for (name, value) in saved where name != "parameters" && printedOptions[name] == nil {
      var value = value
      if case .flag? = defaults[name], case .number(let number) = value { value = .flag(number != 0) }
      if let usual = defaults[name], !isOfKind(name, value, usual) {
        throw OptimizerStateError("group.\(i).\(name) is \(value.kind), and \(self.name) has \(usual.kind)")
      }
      options[name] = value
    }
    do {
      try catching { check(options) }
    } catch { throw OptimizerStateError("group.\(i): \(error.message)") }
    return options
  }

  /// The state of parameter `i` from what was saved of it.
  private func state(_ i: Int, _ parameter: Tensor, _ saved: OptimizerState.Part) throws(OptimizerStateError) -> ParameterState {
    let state = ParameterState()
    if let step = saved.numbers["step"] {
      guard let count = Int(exactly: step), count >= 0 else { throw OptimizerStateError("state.\(i).step is \(step), which is no count") }
      state.step = count
    }
    state.numbers = saved.numbers.filter { $0.key != "step" }
    if let unknown = saved.numbers.keys.sorted().first(where: { $0 != "step" && !isStateNumber($0) }) {
      throw OptimizerStateError("state.\(i).\(unknown) is no state of \(name)")
    }
    for (name, buffer) in saved.tensors {
      if let shape = stateShape(name, parameter), buffer.shape != shape {
        throw OptimizerStateError(
          "state.\(i).\(name) has shape \(buffer.shape), "
            + (shape == parameter.shape ? "the parameter has \(shape)" : "for a parameter of \(parameter.shape) it is \(shape)"))
      }
    }
    // Floating-point buffers have the parameter's type, as in PyTorch; whole numbers stay what they are.
    let buffers = saved.tensors.map { name, buffer in
      (name: name, tensor: buffer.dtype.isFloatingPoint ? buffer.detach().to(parameter.dtype) : buffer.detach())
    }
    if let unknown = take(NamedTensors(buffers), into: state, parameter) {
      throw OptimizerStateError("state.\(i).\(unknown) is no state of \(name)")
    }
    return state
  }
}

extension OptimizerState {
  /// What was saved of one parameter.
  struct Part {
    var tensors = NamedTensors()
    var numbers: [String: Double] = [:]
  }

  /// Keeps an option under this key: numbers as numbers, a pair's under KEY.0 and KEY.1.
  mutating func put(_ key: String, _ value: OptionValue) {
    switch value {
    case .number(let number): numbers[key] = number
    case .flag(let flag): numbers[key] = flag ? 1 : 0
    case .pair(let a, let b):
      numbers[key + ".0"] = a
      numbers[key + ".1"] = b
    case .word, .null, .list, .table: options[key] = value
    }
  }

  /// The options that were kept of group `i`.
  func options(ofGroup i: Int) -> [String: OptionValue] {
    let prefix = "group.\(i)."
    var result: [String: OptionValue] = [:]
    for (key, value) in options where key.hasPrefix(prefix) { result[String(key.dropFirst(prefix.count))] = value }
    for (key, number) in numbers where key.hasPrefix(prefix) {
      let name = key.dropFirst(prefix.count)
      guard name.hasSuffix(".0") || name.hasSuffix(".1") else {
        result[String(name)] = .number(number)
        continue
      }
      let pair = String(name.dropLast(2))
      if let a = numbers["\(prefix)\(pair).0"], let b = numbers["\(prefix)\(pair).1"] { result[pair] = .pair(a, b) }
    }
    return result
  }

  /// What was kept of each of `count` parameters; nil where nothing was.
  func states(count: Int) throws(OptimizerStateError) -> [Part?] {
    var result = [Part?](repeating: nil, count: count)
    func place(_ key: String) throws(OptimizerStateError) -> (index: Int, name: String) {
      let rest = key.dropFirst("state.".count)
      guard let dot = rest.firstIndex(of: "."), let index = Int(rest[..<dot]), index >= 0 else {
        throw OptimizerStateError("\"\(key)\" is no name of a state: those are state.INDEX.NAME")
      }
      guard index < count else { throw OptimizerStateError("\"\(key)\": the optimizer has \(count) parameters") }
      return (index, String(rest[rest.index(after: dot)...]))
    }
    for (key, tensor) in tensors {
      guard key.hasPrefix("state.") else { throw OptimizerStateError("\"\(key)\" is no name of a state: those are state.INDEX.NAME") }
      let (index, name) = try place(key)
      result[index, default: Part()].tensors[name] = tensor
    }
    for (key, number) in numbers.sorted(by: { $0.key < $1.key }) where key.hasPrefix("state.") {
      let (index, name) = try place(key)
      result[index, default: Part()].numbers[name] = number
    }
    return result
  }
}

extension [OptimizerState.Part?] {
  fileprivate subscript(index: Int, default value: @autoclosure () -> OptimizerState.Part) -> OptimizerState.Part {
    get { self[index] ?? value() }
    set { self[index] = newValue }
  }
}

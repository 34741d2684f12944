public import ChainRule

/// A state that does not fit a module: which keys are missing or unknown, and which shapes differ.
public struct StateDictError: ChainRuleError {
  /// A tensor of another shape than the module's.
  public struct SizeMismatch: Sendable, Equatable {
    /// The name, with the full path.
    public let name: String
    /// The shape in the state.
    public let found: [Int]
    /// The shape in the module.
    public let expected: [Int]
  }

  /// The class of the module.
  public let module: String
  /// Names that the module has and the state lacks.
  public let missing: [String]
  /// Names that the state has and the module lacks.
  public let unexpected: [String]
  /// Tensors of another shape.
  public let sizeMismatches: [SizeMismatch]

  /// PyTorch's report.
  public var description: String {
    func list(_ names: [String]) -> String { names.map { "\"\($0)\"" }.joined(separator: ", ") }
    func size(_ shape: [Int]) -> String { "torch.Size(\(shape))" }
    var lines = ["Error(s) in loading state_dict for \(module):"]
    if !missing.isEmpty { lines.append("Missing key(s) in state_dict: \(list(missing)). ") }
    if !unexpected.isEmpty { lines.append("Unexpected key(s) in state_dict: \(list(unexpected)). ") }
    for mismatch in sizeMismatches {
      lines.append(
        "size mismatch for \(mismatch.name): copying a param with shape \(size(mismatch.found)) from checkpoint, the shape in current "
          + "model is \(size(mismatch.expected)).")
    }
    return lines.joined(separator: "\n\t")
  }
}

extension Module {
  /// The values of all parameters and persistent buffers by name, as they are now: later training does not change them.
  ///
  /// Two tensors of one name are refused: a state could hold only one of them.
  public func stateDict() -> NamedTensors {
    let hooks = StateHooks(of: self)
    hooks.beforeState()
    let entries = ModuleTree.stateEntries(self)
    if let clash = ModuleTree.clash(entries, self) { refuse(clash) }
    var state = NamedTensors(entries.map { (name: $0.name, tensor: $0.tensor.detach()) })
    hooks.afterState(&state)
    return state
  }

  /// Gives the parameters and buffers the values of `state`, converted to their types.
  ///
  ///     try model.load(loadSafetensors("net.safetensors"))
  ///     try model.load(state, strict: false, renaming: ["module.": "", "head.": "fc."])
  ///
  /// - Parameters:
  ///   - state: tensors by name.
  ///   - strict: whether every name must be in both.
  ///   - assign: whether parameters and buffers take the types of the state's tensors too, as with PyTorch's `assign=True`, and are not
  ///     converted to their own.
  ///   - renaming: beginnings of names in the state, and what stands in their place here; of several that fit the first counts. Two tensors
  ///     that would have one name are refused as unexpected.
  /// - Returns: the names that one side lacks; empty where `strict`.
  /// - Throws: `StateDictError`; nothing has been changed then.
  @discardableResult
  public func load(
    _ state: NamedTensors, strict: Bool = true, assign: Bool = false, renaming: KeyValuePairs<String, String> = [:]
  ) throws(StateDictError) -> (missing: [String], unexpected: [String]) {
    let (renamed, clashes) = state.renamed(renaming), hooks = StateHooks(of: self)
    var state = renamed
    for case (let name, .module(let module)) in ModuleTree.entries(self) {
      let prefix = name.isEmpty ? "" : name + "."
      hooks.beforeLoad(module, &state, prefix)
      if let module = module as? any StateAdapting { state = module.adapted(state, prefix: prefix) }
    }
    let entries = ModuleTree.stateEntries(self), known = Set(entries.map(\.name))
    var keys = (
      missing: entries.filter { $0.isRequired && state[$0.name] == nil }.map(\.name),
      unexpected: state.names.filter { !known.contains($0) } + clashes
    )
    let mismatches = entries.compactMap { entry in
      state[entry.name].flatMap { value in
        value.shape == entry.tensor.shape
          ? nil : StateDictError.SizeMismatch(name: entry.name, found: value.shape, expected: entry.tensor.shape)
      }
    }
    func check() throws(StateDictError) {
      guard mismatches.isEmpty, !strict || keys.missing.isEmpty && keys.unexpected.isEmpty else {
        throw StateDictError(
          module: String(describing: type(of: self)), missing: strict ? keys.missing : [], unexpected: strict ? keys.unexpected : [],
          sizeMismatches: mismatches)
      }
    }
    // A hook may yet say that a name is not wanted.
    let isLooked = hooks.lookAtLoaded && mismatches.isEmpty
    if !isLooked { try check() }
    let before = isLooked ? entries.map { $0.tensor.data } : []
    for entry in entries {
      guard let value = state[entry.name] else { continue }
      // A gradient has its parameter's type.
      if assign, value.dtype != entry.tensor.dtype { entry.tensor.zeroGrad() }
      entry.tensor.data = assign ? value.detach() : value.detach().to(entry.tensor.dtype)
    }
    guard isLooked else { return keys }
    hooks.afterLoad(&keys)
    do { try check() } catch {
      for (entry, value) in zip(entries, before) { entry.tensor.data = value }
      throw error
    }
    return keys
  }
}

/// A module that takes states of other programs or times, whose names or layouts are others.
protocol StateAdapting: Module {
  /// The state with what is below `prefix` as this module has it.
  func adapted(_ state: NamedTensors, prefix: String) -> NamedTensors
}

extension NamedTensors {
  /// The tensors with the beginnings of their names replaced, and the names of those whose new name was another's already.
  fileprivate func renamed(_ beginnings: KeyValuePairs<String, String>) -> (state: NamedTensors, clashes: [String]) {
    if beginnings.isEmpty { return (self, []) }
    var result = NamedTensors(), clashes: [String] = []
    for (name, tensor) in self {
      let new = beginnings.first { name.hasPrefix($0.key) }.map { $0.value + name.dropFirst($0.key.count) } ?? name
      if result[new] == nil { result[new] = tensor } else { clashes.append(name) }
    }
    return (result, clashes)
  }
}

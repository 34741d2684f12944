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
    let entries = ModuleTree.stateEntries(self)
    if let clash = ModuleTree.clash(entries, self) { refuse(clash) }
    return NamedTensors(entries.map { (name: $0.name, tensor: $0.tensor.detach()) })
  }

  /// Gives the parameters and buffers the values of `state`, converted to their types.
  ///
  /// - Parameter strict: whether every name must be in both.
  /// - Returns: the names that one side lacks; empty where `strict`.
  /// - Throws: `StateDictError`; nothing has been changed then.
  @discardableResult
  public func load(_ state: NamedTensors, strict: Bool = true) throws(StateDictError) -> (missing: [String], unexpected: [String]) {
    let entries = ModuleTree.stateEntries(self)
    let known = Set(entries.map(\.name))
    let missing = entries.filter { $0.isRequired && state[$0.name] == nil }.map(\.name)
    let unexpected = state.names.filter { !known.contains($0) }
    let mismatches = entries.compactMap { entry in
      state[entry.name].flatMap { value in
        value.shape == entry.tensor.shape
          ? nil : StateDictError.SizeMismatch(name: entry.name, found: value.shape, expected: entry.tensor.shape)
      }
    }
    guard mismatches.isEmpty, !strict || missing.isEmpty && unexpected.isEmpty else {
      throw StateDictError(
        module: String(describing: type(of: self)), missing: strict ? missing : [], unexpected: strict ? unexpected : [],
        sizeMismatches: mismatches)
    }
    for entry in entries {
      if let value = state[entry.name] { entry.tensor.data = value.detach().to(entry.tensor.dtype) }
    }
    return (missing, unexpected)
  }
}

public import ChainRule

extension Module {
  /// The module at a path inside this one, such as `blocks.0.attention`, by the names of `namedModules()`; nil where there is none.
  ///
  ///     let attention = model["blocks.0.attention"] as? MultiheadAttention
  ///
  /// The empty path is the module itself.
  public subscript(path: String) -> (any Module)? { ModuleTree.module(at: path, in: self) }

  /// The parameter at a path, such as `blocks.0.attention.weight`, by the names of `namedParameters()`; nil where there is none. A
  /// parameter that is stored in several places is found by each of its names.
  public func parameter(_ path: String) -> Tensor? {
    for case (path, .parameter(let tensor)) in ModuleTree.entries(self) { return tensor }
    return nil
  }

  /// The buffer at a path, by the names of `namedBuffers()`; nil where there is none.
  public func buffer(_ path: String) -> Buffer? {
    for case (path, .buffer(let buffer)) in ModuleTree.entries(self) { return buffer }
    return nil
  }

  /// How many numbers the parameters hold, each parameter counted once.
  public var parameterCount: Int { parameters().reduce(0) { $0 + $1.count } }

  /// Freezes the parameters at these paths, or with true thaws them: a path is a module's or a parameter's.
  ///
  ///     model.requiresGrad(false, at: "conv1", "layer1", "fc.bias")
  ///
  /// A path where there is nothing is refused, and then nothing has been changed.
  @discardableResult
  public func requiresGrad(_ requires: Bool, at path: String, _ more: String...) -> Self {
    var found: [Tensor] = []
    for path in [path] + more {
      if let tensor = parameter(path) {
        found.append(tensor)
      } else if let module = ModuleTree.module(at: path, in: self) {
        found += module.parameters()
      } else {
        refuse(
          TensorError(
            .argument, "\(type(of: self)) has no attribute `\(path)`", hint: "namedModules() and namedParameters() list the paths.",
            operation: "requiresGrad"))
        return self
      }
    }
    for tensor in found {
      var cell = tensor
      cell.requiresGrad = requires
    }
    return self
  }
}

extension ModuleTree {
  static func module(at path: String, in root: any Module) -> (any Module)? {
    for case (path, .module(let module)) in entries(root) { return module }
    return nil
  }

  /// Gives `copy` the parameters, buffers and modes of `module` by name; what does not fit, and nothing has been changed then.
  static func adopt(_ module: any Module, by copy: any Module) -> StateDictError? {
    let old = entries(module), new = entries(copy)
    func tensors(_ entries: [(name: String, part: Part)]) -> [(name: String, tensor: Tensor)] {
      entries.compactMap { name, part in
        switch part {
        case .parameter(let tensor): (name, tensor)
        case .buffer(let buffer): (name, buffer.tensor)
        case .module: nil
        }
      }
    }
    let values = tensors(old), cells = tensors(new)
    let known = Dictionary(values.map { ($0.name, $0.tensor) }) { first, _ in first }, taken = Set(cells.map(\.name))
    let missing = cells.map(\.name).filter { known[$0] == nil }, unexpected = values.map(\.name).filter { !taken.contains($0) }
    let mismatches = cells.compactMap { name, cell in
      known[name].flatMap { value in
        value.shape == cell.shape ? nil : StateDictError.SizeMismatch(name: name, found: value.shape, expected: cell.shape)
      }
    }
    guard missing.isEmpty, unexpected.isEmpty, mismatches.isEmpty else {
      return StateDictError(
        module: String(describing: type(of: copy)), missing: missing, unexpected: unexpected, sizeMismatches: mismatches)
    }
    for (name, cell) in cells {
      guard let value = known[name] else { continue }
      var cell = cell
      cell.requiresGrad = false
      cell.data = value.detach()
      cell.requiresGrad = value.requiresGrad
    }
    let modes = Dictionary(
      old.compactMap { name, part in if case .module(let module) = part { (name, module.isTraining) } else { nil } }
    ) { first, _ in first }
    for case (let name, .module(let part)) in new { part.isTraining = modes[name] ?? true }
    return nil
  }
}

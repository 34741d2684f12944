import ChainRule
import ChainRuleData

extension Optimizer {
  /// Writes all that the optimizer remembers to a safetensors file, in the layout of PyTorch's `state_dict`.
  ///
  /// Buffers and counts are tensors `state.INDEX.NAME`, groups and their options JSON under `param_groups` in the file's metadata.
  /// PyTorch goes on from the file, and writes one, with the two functions of Documentation/optimizer_state.py:
  ///
  ///     optimizer.load_state_dict(load("optimizer.safetensors"))
  ///     save(optimizer.state_dict(), "optimizer.safetensors")
  ///
  /// - Throws: `FormatError` where the file cannot be written; what was there before is there still.
  public func save(to path: String) throws {
    let state = try catching { stateDict() }
    try saveSafetensors(state.fileTensors(self), metadata: ["param_groups": OptionJSON.text(.list(fileGroups()))], to: path)
  }

  /// Goes on from a file that `save(to:)` or PyTorch wrote.
  ///
  /// - Throws: `FormatError` where the file cannot be read, `OptimizerStateError` where it belongs to another optimizer; nothing has been
  ///   changed then.
  public func load(from path: String) throws {
    let contents = try SafetensorsContents(path)
    guard let text = contents.metadata["param_groups"] else {
      throw FormatError(file: path, place: .key("param_groups"), "is missing in the metadata: no state of an optimizer")
    }
    do {
      var state = OptimizerState()
      let groups = try OptionJSON.value(text)
      guard let tables = groups.values else { throw OptimizerStateError("param_groups is \(groups.kind), not a list of groups") }
      try state.put(tables)
      let order = try state.order(tables)
      for (name, tensor) in contents.tensors { try state.put(name, tensor, order, self) }
      try load(state)
    } catch let error as OptimizerStateError { throw OptimizerStateError("\(path): \(error.description)") }
  }

  /// The groups as PyTorch's `param_groups`, with its options that have no use here.
  private func fileGroups() -> [OptionValue] {
    var first = 0
    return groups.map { group in
      var options = group.options
      for (name, text) in printedOptions { options[name] = text == "None" ? .null : .flag(text == "True") }
      options["params"] = .list((first..<(first + group.parameters.count)).map { .number(Double($0)) })
      first += group.parameters.count
      return .table(options)
    }
  }
}

extension OptimizerState {
  /// The buffers, and the numbers as tensors of no dimension: float32 where it holds them, as PyTorch keeps its counts.
  fileprivate func fileTensors(_ optimizer: Optimizer) -> NamedTensors {
    var result = tensors
    for (key, value) in numbers.sorted(by: { $0.key < $1.key }) where key.hasPrefix("state.") {
      if key.hasSuffix(".step"), !optimizer.savesStep { continue }
      result[key] = Tensor(value, dtype: Double(Float(value)) == value ? .float32 : .float64)
    }
    return result
  }

  /// Takes the options of PyTorch's groups.
  fileprivate mutating func put(_ groups: [OptionValue]) throws(OptimizerStateError) {
    numbers["groups"] = Double(groups.count)
    for (i, group) in groups.enumerated() {
      guard case .table(let options) = group else { throw OptimizerStateError("param_groups[\(i)] is \(group.kind), not a table") }
      for (name, value) in options {
        if name == "params" {
          numbers["group.\(i).parameters"] = Double(value.values?.count ?? 0)
        } else {
          put("group.\(i).\(name)", value)
        }
      }
    }
  }

  /// Where each parameter of the file comes in the groups.
  fileprivate func order(_ groups: [OptionValue]) throws(OptimizerStateError) -> [Int: Int] {
    var result: [Int: Int] = [:]
    for group in groups {
      guard case .table(let options) = group else { continue }
      for value in options["params"]?.values ?? [] {
        guard let index = value.number.flatMap({ Int(exactly: $0) }), result.updateValue(result.count, forKey: index) == nil else {
          throw OptimizerStateError("params holds \(value), which is no parameter's number, or one that was there before")
        }
      }
    }
    return result
  }

  /// Takes a tensor of the file.
  fileprivate mutating func put(
    _ key: String, _ tensor: Tensor, _ order: [Int: Int], _ optimizer: Optimizer
  ) throws(OptimizerStateError) {
    let parts = key.split(separator: ".", maxSplits: 2)
    guard parts.count == 3, parts[0] == "state", let index = Int(parts[1]) else {
      throw OptimizerStateError("\"\(key)\" is no name of a state: those are state.INDEX.NAME")
    }
    guard let place = order[index] else { throw OptimizerStateError("\"\(key)\": no group has parameter \(index)") }
    let name = String(parts[2])
    if tensor.count == 1, name == "step" || optimizer.isStateNumber(name) {
      numbers["state.\(place).\(name)"] = tensor.item()
    } else {
      tensors["state.\(place).\(name)"] = tensor
    }
  }
}

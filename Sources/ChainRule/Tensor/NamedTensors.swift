/// Tensors by name, in the order they were added: what modules and optimizers save and load.
///
///     var state = model.stateDict()
///     state["fc.bias"] = Tensor.zeros(10)
///     for (name, tensor) in state { print(name, tensor.shape) }
public struct NamedTensors: Sendable, RandomAccessCollection, ExpressibleByDictionaryLiteral {
  /// The names in order.
  public private(set) var names: [String] = []
  private var tensors: [String: Tensor] = [:]

  /// No tensors.
  public init() {}

  /// The tensors in the order given; of equal names the last counts.
  public init(dictionaryLiteral elements: (String, Tensor)...) { for (name, tensor) in elements { self[name] = tensor } }

  /// The tensors in the order given; of equal names the last counts.
  public init(_ elements: some Sequence<(name: String, tensor: Tensor)>) {
    for (name, tensor) in elements { self[name] = tensor }
  }

  /// The tensors of a dictionary, by the order of their names.
  public init(_ dictionary: [String: Tensor]) {
    names = dictionary.keys.sorted()
    tensors = dictionary
  }

  /// The same as an unordered dictionary.
  public var dictionary: [String: Tensor] { tensors }

  /// The tensor of this name; assigning nil removes it, a new name goes to the end.
  public subscript(name: String) -> Tensor? {
    get { tensors[name] }
    set {
      guard let newValue else {
        if tensors.removeValue(forKey: name) != nil { names.removeAll { $0 == name } }
        return
      }
      if tensors.updateValue(newValue, forKey: name) == nil { names.append(name) }
    }
  }

  /// These tensors and after them those of `others`, which count where both have a name.
  public func merging(_ others: NamedTensors) -> NamedTensors {
    var all = self
    for (name, tensor) in others { all[name] = tensor }
    return all
  }

  /// The position of the first tensor.
  public var startIndex: Int { 0 }
  /// The number of tensors.
  public var endIndex: Int { names.count }
  /// The name and the tensor at `position` in the order.
  public subscript(position: Int) -> (name: String, tensor: Tensor) {
    guard names.indices.contains(position) else {
      return (
        "",
        fail(
          TensorError(
            .index, "index \(position) is out of range", hint: "There are \(names.count) tensors, counted from 0.",
            operation: "NamedTensors"))
      )
    }
    let name = names[position]
    return (name, tensors[name].unsafelyUnwrapped)
  }
}

extension NamedTensors: Codable {
  private struct Entry: Codable {
    let name: String
    let tensor: Tensor
  }

  /// Writes a list, which keeps the order: `[{"name":"fc.bias","tensor":{...}}]`.
  public func encode(to encoder: any Encoder) throws {
    var list = encoder.unkeyedContainer()
    for (name, tensor) in self { try list.encode(Entry(name: name, tensor: tensor)) }
  }

  /// Reads what `encode(to:)` writes.
  ///
  /// - Throws: `DecodingError` where a name is there twice.
  public init(from decoder: any Decoder) throws {
    var list = try decoder.unkeyedContainer()
    while !list.isAtEnd {
      let entry = try list.decode(Entry.self)
      guard self[entry.name] == nil else {
        throw DecodingError.dataCorruptedError(in: list, debugDescription: "\(entry.name) is there twice")
      }
      self[entry.name] = entry.tensor
    }
  }
}

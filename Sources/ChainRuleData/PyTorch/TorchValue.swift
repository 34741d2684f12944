public import ChainRule

/// The key of an entry in a file of PyTorch's: a name, or a number as in an optimizer's state.
public enum TorchKey: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  /// A name.
  case string(String)
  /// A number.
  case int(Int)

  /// A name.
  public init(stringLiteral value: String) { self = .string(value) }
  /// A number.
  public init(integerLiteral value: Int) { self = .int(value) }

  /// The name, or the number's digits.
  public var description: String {
    switch self {
    case .string(let name): name
    case .int(let number): String(number)
    }
  }
}

/// What `torch.save` keeps and `torch.load` gives: tensors, numbers and texts, in dictionaries and lists.
///
///     let checkpoint: TorchValue = ["model": TorchValue(model.stateDict()), "epoch": 3]
///     try saveTorch(checkpoint, to: "checkpoint.pt")
///     let epoch = try loadTorch("checkpoint.pt")["epoch"]?.int
public indirect enum TorchValue: Sendable {
  /// Python's `None`.
  case null
  /// A truth value.
  case bool(Bool)
  /// An integer.
  case int(Int)
  /// A real number.
  case double(Double)
  /// A text; also what a device or a type is called, `torch.float32`.
  case string(String)
  /// A list or a set.
  case list([TorchValue])
  /// A tuple or `torch.Size`.
  case tuple([TorchValue])
  /// A dictionary, in its order.
  case dictionary([Entry])
  /// A tensor or parameter.
  case tensor(Tensor)

  /// A key and its value.
  public struct Entry: Sendable {
    /// What the value is found under.
    public let key: TorchKey
    /// The value.
    public let value: TorchValue

    /// An entry of a dictionary.
    public init(_ key: TorchKey, _ value: TorchValue) {
      self.key = key
      self.value = value
    }
  }

  /// A dictionary of tensors, such as a model's state.
  public init(_ tensors: NamedTensors) { self = .dictionary(tensors.map { Entry(.string($0.name), .tensor($0.tensor)) }) }

  /// The value under `key` in a dictionary, or at this position in a list or tuple; nil where there is none.
  public subscript(key: TorchKey) -> TorchValue? {
    switch (self, key) {
    case (.dictionary(let entries), _): entries.last { $0.key == key }?.value
    case (.list(let items), .int(let i)), (.tuple(let items), .int(let i)): items.indices.contains(i) ? items[i] : nil
    default: nil
    }
  }

  /// The integer; nil for any other value.
  public var int: Int? { if case .int(let value) = self { value } else { nil } }

  /// The number; nil for what is none.
  public var double: Double? {
    switch self {
    case .double(let value): value
    case .int(let value): Double(value)
    default: nil
    }
  }

  /// The text; nil for any other value.
  public var string: String? { if case .string(let value) = self { value } else { nil } }

  /// The tensor; nil for any other value.
  public var tensor: Tensor? { if case .tensor(let value) = self { value } else { nil } }

  /// All tensors within, under the keys and positions that lead to them, joined by points: a state dictionary's own names.
  public var tensors: NamedTensors {
    var result = NamedTensors()
    collect("", &result)
    return result
  }

  private func collect(_ name: String, _ result: inout NamedTensors) {
    let prefix = name.isEmpty ? "" : name + "."
    switch self {
    case .tensor(let tensor): result[name] = tensor
    case .list(let items), .tuple(let items): for (i, item) in items.enumerated() { item.collect("\(prefix)\(i)", &result) }
    case .dictionary(let entries): for entry in entries { entry.value.collect(prefix + entry.key.description, &result) }
    default: break
    }
  }
}

extension TorchValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByStringLiteral, ExpressibleByBooleanLiteral
{
  /// A dictionary.
  public init(dictionaryLiteral elements: (TorchKey, TorchValue)...) { self = .dictionary(elements.map { Entry($0, $1) }) }
  /// A list.
  public init(arrayLiteral elements: TorchValue...) { self = .list(elements) }
  /// An integer.
  public init(integerLiteral value: Int) { self = .int(value) }
  /// A real number.
  public init(floatLiteral value: Double) { self = .double(value) }
  /// A text.
  public init(stringLiteral value: String) { self = .string(value) }
  /// A truth value.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}

/// The names that a pickle may use. Each stands for something that is done here; nothing is looked up or run.
enum PickleGlobal: Hashable, Sendable {
  case rebuildTensor
  /// With an element type of its own beside the storage's.
  case rebuildTypedTensor
  case rebuildParameter
  case orderedDictionary
  case size
  case device
  case set
  /// A storage of this type; of bytes where there is none.
  case storage(ElementType?)
  case dtype(ElementType)

  private static let functions: [String: PickleGlobal] = [
    "torch._utils._rebuild_tensor_v2": .rebuildTensor, "torch._utils._rebuild_tensor_v3": .rebuildTypedTensor,
    "torch._utils._rebuild_parameter": .rebuildParameter, "collections.OrderedDict": .orderedDictionary, "torch.Size": .size,
    "torch.device": .device, "builtins.set": .set, "__builtin__.set": .set, "torch.storage.UntypedStorage": .storage(nil),
  ]

  /// PyTorch's names of storages, by their element types.
  static let storageNames: [ElementType: String] = [
    .float32: "FloatStorage", .float64: "DoubleStorage", .float16: "HalfStorage", .bfloat16: "BFloat16Storage", .int64: "LongStorage",
    .int32: "IntStorage", .int16: "ShortStorage", .int8: "CharStorage", .uint8: "ByteStorage", .bool: "BoolStorage",
    .complex64: "ComplexFloatStorage", .complex128: "ComplexDoubleStorage",
  ]

  private static let storages = Dictionary(uniqueKeysWithValues: storageNames.map { ("torch.\($1)", $0) })

  /// The meaning of a module's name; nil where it is not among those allowed.
  init?(_ module: String, _ name: String) {
    let path = "\(module).\(name)"
    if let function = Self.functions[path] {
      self = function
    } else if let type = Self.storages[path] {
      self = .storage(type)
    } else if module == "torch", let type = ElementType(rawValue: name) {
      self = .dtype(type)
    } else {
      return nil
    }
  }
}

extension PickleReader {
  /// What a call of an allowed name gives.
  mutating func call(_ function: PickleGlobal, _ arguments: [Int]) throws(DataError) -> Pickle.Node {
    switch function {
    case .orderedDictionary:
      guard arguments.isEmpty else { throw error("an OrderedDict that is made of something") }
      return .dictionary([])
    case .size, .set:
      guard arguments.count == 1, let items = sequence(arguments[0]) else {
        throw error("a set or torch.Size that is not made of a sequence")
      }
      return function == .size ? .tuple(items) : .list(items)
    case .device:
      guard let kind = arguments.first, case .string(let name) = nodes[kind] else { throw error("a torch.device without a name") }
      if arguments.count == 2, case .int(let number) = nodes[arguments[1]] { return .string("\(name):\(number)") }
      return .string(name)
    case .rebuildParameter:
      guard let first = arguments.first, case .tensor(let tensor) = nodes[first] else { throw error("a parameter without a tensor") }
      return .tensor(tensor)
    case .rebuildTensor:
      guard arguments.count >= 4, let type = storage(arguments[0])?.elementType else { throw error("a tensor without a storage") }
      return try tensor(arguments, type)
    case .rebuildTypedTensor:
      guard arguments.count >= 7, case .global(.dtype(let type)) = nodes[arguments[6]] else { throw error("a tensor without a type") }
      return try tensor(arguments, type)
    case .storage, .dtype: throw error("a type that is called")
    }
  }

  private func storage(_ id: Int) -> TorchStorage? {
    if case .storage(let storage) = nodes[id] { storage } else { nil }
  }

  /// (storage, offset, sizes, strides, ...).
  private func tensor(_ arguments: [Int], _ type: ElementType) throws(DataError) -> Pickle.Node {
    guard let storage = storage(arguments[0]), case .int(let offset) = nodes[arguments[1]], let sizes = integers(arguments[2]),
      let strides = integers(arguments[3]), type.bitCount >= 8
    else { throw error("a tensor that is not made of a storage, an offset, sizes and strides") }
    let tensor = StoredTensor(storage: storage, elementType: type, offset: offset, sizes: sizes, strides: strides)
    guard storage.elementType == nil || storage.elementType == type, tensor.extent != nil else {
      throw error(
        "a tensor of sizes \(shapeText(sizes)) and strides \(shapeText(strides)) from element \(offset) on is not within its storage of "
          + "\(storage.count) elements")
    }
    return .tensor(tensor)
  }

  /// ('storage', type, key, place, number of elements).
  func storageNode(_ id: Int) throws(DataError) -> Pickle.Node {
    guard let parts = sequence(id), parts.count == 5, case .string("storage") = nodes[parts[0]],
      case .global(.storage(let type)) = nodes[parts[1]], case .string(let key) = nodes[parts[2]], case .int(let count) = nodes[parts[4]],
      count >= 0
    else { throw error("a persistent identifier that is no storage's") }
    return .storage(TorchStorage(key: key, elementType: type, count: count))
  }

  func sequence(_ id: Int) -> [Int]? {
    switch nodes[id] {
    case .list(let items), .tuple(let items): items
    default: nil
    }
  }

  private func integers(_ id: Int) -> [Int]? {
    guard let items = sequence(id), items.count <= 64 else { return nil }
    var result: [Int] = []
    for item in items {
      guard case .int(let value) = nodes[item] else { return nil }
      result.append(value)
    }
    return result
  }
}

/// What a pickle says, as nodes that name one another by number: however deep a file nests its values, nothing here recurses, neither
/// while it is read nor when it goes.
struct Pickle {
  /// A value. Collections hold the numbers of their elements.
  enum Node {
    case none
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case list([Int])
    case tuple([Int])
    /// Keys and values in turn.
    case dictionary([Int])
    case global(PickleGlobal)
    case storage(TorchStorage)
    case tensor(StoredTensor)
  }

  let nodes: [Node]
  let root: Int
  /// Where in the file's pickle each node was made.
  let offsets: [Int]

  /// How deep values may nest: state dictionaries have three or four levels.
  static let deepest = 200

  /// The entries of a dictionary as Python has them: of equal keys the last value, in the first one's place.
  func entries(_ flat: [Int]) throws(DataError) -> [(key: TorchKey, value: Int)] {
    var places: [TorchKey: Int] = [:], result: [(key: TorchKey, value: Int)] = []
    for i in stride(from: 0, to: flat.count, by: 2) {
      let key: TorchKey
      switch nodes[flat[i]] {
      case .string(let text): key = .string(text)
      case .int(let number): key = .int(number)
      default: throw DataError(offsets[flat[i]], "a dictionary's key that is neither text nor an integer")
      }
      if let place = places[key] {
        result[place].value = flat[i + 1]
      } else {
        places[key] = result.count
        result.append((key, flat[i + 1]))
      }
    }
    return result
  }

  /// The numbers of the nodes within a node.
  private func children(_ id: Int) throws(DataError) -> [Int] {
    switch nodes[id] {
    case .list(let items), .tuple(let items): items
    case .dictionary(let flat): try entries(flat).map(\.value)
    default: []
    }
  }

  /// Refuses values that hold themselves, nest too deep, or name the same parts over and over, so that to walk them would take far longer than
  /// to read them: more steps than 16 for each of the pickle's `byteCount` bytes.
  func check(byteCount: Int) throws(DataError) {
    var sizes = [Int](repeating: 0, count: nodes.count), heights = sizes
    let most = 16 * max(byteCount, 1 << 16)
    func measure(_ id: Int, _ depth: Int) throws(DataError) {
      if sizes[id] > 0 { return }
      var size = 1, height = 1
      for child in try children(id) {
        guard depth < Self.deepest else { throw tooDeep(id) }
        try measure(child, depth + 1)
        size += sizes[child]
        height = max(height, heights[child] + 1)
        guard size <= most else { throw DataError(offsets[id], "a value that repeats its parts more than \(most) times") }
      }
      guard height <= Self.deepest else { throw tooDeep(id) }
      (sizes[id], heights[id]) = (size, height)
    }
    try measure(root, 0)
  }

  private func tooDeep(_ id: Int) -> DataError {
    DataError(offsets[id], "values nested more than \(Self.deepest) deep, or within themselves")
  }

  /// The tensors under their names: the keys and positions that lead to them, joined by points.
  func tensors() throws(DataError) -> [(name: String, tensor: StoredTensor)] {
    var result: [(name: String, tensor: StoredTensor)] = []
    func walk(_ id: Int, _ name: String) throws(DataError) {
      let prefix = name.isEmpty ? "" : name + "."
      switch nodes[id] {
      case .tensor(let tensor): result.append((name, tensor))
      case .list(let items), .tuple(let items): for (i, item) in items.enumerated() { try walk(item, "\(prefix)\(i)") }
      case .dictionary(let flat): for (key, value) in try entries(flat) { try walk(value, prefix + key.description) }
      default: break
      }
    }
    try walk(root, "")
    return result
  }
}

/// Where the elements of a tensor are.
struct TorchStorage: Hashable, Sendable {
  /// The name of the member that holds it.
  let key: String
  /// nil where only bytes are known.
  let elementType: ElementType?
  /// The number of elements, or bytes.
  let count: Int
}

/// A tensor that a pickle describes: a view of a storage.
struct StoredTensor: Hashable, Sendable {
  let storage: TorchStorage
  let elementType: ElementType
  let offset: Int
  let sizes: [Int]
  let strides: [Int]

  /// The elements from the first to the last of the view, nil where they are not all within the storage; none for an empty view.
  var extent: Range<Int>? {
    guard sizes.count == strides.count, sizes.count <= 64, offset >= 0, elementCount(sizes) != nil,
      strides.allSatisfy({ $0 >= 0 })
    else { return nil }
    let size = elementType.bitCount / 8
    let available = storage.elementType == nil ? storage.count / max(size, 1) : storage.count
    guard offset <= available else { return nil }
    if sizes.contains(0) { return offset..<offset }
    var last = offset
    for (size, stride) in zip(sizes, strides) {
      let step = (size - 1).multipliedReportingOverflow(by: stride)
      let sum = last.addingReportingOverflow(step.partialValue)
      guard !step.overflow, !sum.overflow else { return nil }
      last = sum.partialValue
    }
    return last < available ? offset..<last + 1 : nil
  }

  /// Whether the elements stand row-major without gaps.
  var isContiguous: Bool {
    var expected = 1
    for (size, stride) in zip(sizes, strides).reversed() where size != 1 {
      if stride != expected { return false }
      expected = expected &* size
    }
    return true
  }
}

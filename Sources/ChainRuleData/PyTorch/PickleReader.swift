/// Reads Python's pickles (protocols 2 to 5, the opcodes that `torch.save` writes) without running anything: a name that is not in the
/// list of those allowed is refused where it stands.
struct PickleReader {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0
  /// Where the current opcode stands.
  private var opcode = 0
  private(set) var nodes: [Pickle.Node] = []
  private var offsets: [Int] = []
  private var stack: [Int] = []
  private var marks: [Int] = []
  private var memo: [Int: Int] = [:]

  /// The value that `bytes` describe.
  static func read(_ bytes: UnsafeRawBufferPointer) throws(DataError) -> Pickle {
    var reader = PickleReader(bytes: bytes)
    let root = try reader.run()
    let pickle = Pickle(nodes: reader.nodes, root: root, offsets: reader.offsets)
    try pickle.check(byteCount: bytes.count)
    return pickle
  }

  private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  func error(_ message: String) -> DataError { DataError(opcode, message) }

  private mutating func run() throws(DataError) -> Int {
    while true {
      opcode = position
      let code = try byte()
      if code == UInt8(ascii: ".") {
        let root = try pop()
        guard stack.isEmpty, marks.isEmpty else { throw error("values are left over at the end of the pickle") }
        guard position == bytes.count else { throw DataError(position, "bytes after the end of the pickle") }
        return root
      }
      try step(code)
    }
  }

  private mutating func step(_ code: UInt8) throws(DataError) {
    switch Unicode.Scalar(code) {
    case "\u{80}":
      let version = try byte()
      guard (2...5).contains(version) else { throw error("pickle protocol \(version); 2 to 5 are read") }
    case "\u{95}": _ = try take(8)  // a frame: only a hint for readers of streams
    case "(": marks.append(stack.count)
    case "N": push(.none)
    case "\u{88}": push(.bool(true))
    case "\u{89}": push(.bool(false))
    case "K", "M", "J", "\u{8A}", "G": try number(code)
    case "X", "\u{8C}", "\u{8D}": push(.string(try text(length(code))))
    case "]", "\u{8F}": push(.list([]))
    case "}": push(.dictionary([]))
    case ")": push(.tuple([]))
    case "t": push(.tuple(try popToMark()))
    case "\u{85}", "\u{86}", "\u{87}": push(.tuple(try pop(Int(code) - 0x84)))
    case "a": try append([try pop()])
    case "e", "\u{90}": try append(try popToMark())
    case "s": try insert(try pop(2))
    case "u": try insert(try popToMark())
    case "q", "r", "\u{94}", "h", "j": try memoize(code)
    default: try object(code)
    }
  }

  /// The opcodes that in a true pickle make objects.
  private mutating func object(_ code: UInt8) throws(DataError) {
    switch Unicode.Scalar(code) {
    case "c": try global(line(), line())
    case "\u{93}":
      let names = try pop(2)
      guard case .string(let module) = nodes[names[0]], case .string(let name) = nodes[names[1]] else {
        throw error("a global whose name is not text")
      }
      try global(module, name)
    case "Q": push(try storageNode(try pop()))
    case "R":
      let parts = try pop(2)
      guard case .global(let function) = nodes[parts[0]], case .tuple(let arguments) = nodes[parts[1]] else {
        throw error("a call of something that is no function")
      }
      push(try call(function, arguments))
    case "b":
      // The attributes of an OrderedDict, such as the versions in a state dictionary's `_metadata`: not needed.
      let parts = try pop(2)
      guard case .dictionary = nodes[parts[0]], case .dictionary = nodes[parts[1]] else {
        throw error("attributes for something other than an OrderedDict")
      }
      stack.append(parts[0])
    default: throw error("the opcode 0x\(String(code, radix: 16)), which no file of torch.save's needs")
    }
  }

  private mutating func global(_ module: String, _ name: String) throws(DataError) {
    guard let global = PickleGlobal(module, name) else {
      throw error(
        "the global \(quoted("\(module).\(name)")) is not among those that are read: a pickle may name what is run, and nothing is")
    }
    push(.global(global))
  }

  private mutating func number(_ code: UInt8) throws(DataError) {
    switch code {
    case UInt8(ascii: "K"): push(.int(Int(try byte())))
    case UInt8(ascii: "M"): push(.int(Int(bytes.littleEndian(UInt16.self, at: try take(2)))))
    case UInt8(ascii: "J"): push(.int(Int(bytes.littleEndian(Int32.self, at: try take(4)))))
    case UInt8(ascii: "G"):
      let bits = UInt64(bytes.littleEndian(UInt64.self, at: try take(8)).byteSwapped)
      push(.double(Double(bitPattern: bits)))
    default:
      let count = Int(try byte())
      guard count <= 8 else { throw error("an integer of more than 64 bits") }
      let start = try take(count)
      var value: Int64 = count > 0 && bytes[start + count - 1] >= 0x80 ? -1 : 0
      for i in (0..<count).reversed() { value = value << 8 | Int64(bytes[start + i]) }
      push(.int(Int(value)))
    }
  }

  private mutating func length(_ code: UInt8) throws(DataError) -> Int {
    switch code {
    case UInt8(ascii: "X"): return Int(bytes.littleEndian(UInt32.self, at: try take(4)))
    case 0x8C: return Int(try byte())
    default: return Int(clamping: bytes.littleEndian(UInt64.self, at: try take(8)))
    }
  }

  private mutating func text(_ count: Int) throws(DataError) -> String {
    let start = try take(count), part = UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
    if let bad = firstInvalidUTF8(part) { throw DataError(start + bad, "text that is not UTF-8") }
    return String(decoding: part, as: UTF8.self)
  }

  /// Text up to the end of a line.
  private mutating func line() throws(DataError) -> String {
    guard let end = bytes[position...].prefix(1024).firstIndex(of: UInt8(ascii: "\n")) else {
      throw error("a global whose name has no end")
    }
    let name = String(decoding: bytes[position..<end], as: UTF8.self)
    position = end + 1
    return name
  }

  private mutating func byte() throws(DataError) -> UInt8 { bytes[try take(1)] }

  /// Passes `count` bytes and returns where they begin.
  private mutating func take(_ count: Int) throws(DataError) -> Int {
    guard count <= bytes.count - position else { throw DataError(bytes.count, "the pickle is cut short") }
    position += count
    return position - count
  }

  private mutating func push(_ node: Pickle.Node) {
    stack.append(nodes.count)
    nodes.append(node)
    offsets.append(opcode)
  }

  private mutating func pop() throws(DataError) -> Int { try pop(1)[0] }

  private mutating func pop(_ count: Int) throws(DataError) -> [Int] {
    guard stack.count - (marks.last ?? 0) >= count else { throw error("too few values for the opcode") }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(DataError) -> [Int] {
    guard let mark = marks.popLast() else { throw error("the beginning of the values is not marked") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private func top() throws(DataError) -> Int {
    guard stack.count > marks.last ?? 0, let id = stack.last else { throw error("too few values for the opcode") }
    return id
  }

  private mutating func append(_ items: [Int]) throws(DataError) {
    let id = try top()
    guard case .list(var list) = nodes[id] else { throw error("elements for something other than a list") }
    nodes[id] = .none  // so that the list is not copied
    list += items
    nodes[id] = .list(list)
  }

  private mutating func insert(_ items: [Int]) throws(DataError) {
    let id = try top()
    guard case .dictionary(var flat) = nodes[id], items.count % 2 == 0 else { throw error("entries for something other than a dictionary") }
    nodes[id] = .none
    flat += items
    nodes[id] = .dictionary(flat)
  }

  private mutating func memoize(_ code: UInt8) throws(DataError) {
    switch Unicode.Scalar(code) {
    case "q": memo[Int(try byte())] = try top()
    case "r": memo[Int(bytes.littleEndian(UInt32.self, at: try take(4)))] = try top()
    case "\u{94}": memo[memo.count] = try top()
    default:
      let key = code == UInt8(ascii: "h") ? Int(try byte()) : Int(bytes.littleEndian(UInt32.self, at: try take(4)))
      guard let id = memo[key] else { throw error("a value that was never kept, number \(key)") }
      stack.append(id)
    }
  }
}

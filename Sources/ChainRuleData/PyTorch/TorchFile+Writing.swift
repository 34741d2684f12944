public import ChainRule

/// Writes tensors by name as `torch.save` writes a state dictionary.
///
///     try saveTorch(model.stateDict(), to: "model.pth")      # torch.load("model.pth", weights_only=True)
///
/// - Throws: `FormatError` where the file cannot be written; what was there before is there still.
public func saveTorch(_ tensors: NamedTensors, to path: String) throws { try saveTorch(TorchValue(tensors), to: path) }

/// Writes a value as `torch.save` does, so that `torch.load` reads it, with `weights_only=True` too. Equal values make equal files.
///
/// - Throws: `FormatError` where the file cannot be written; what was there before is there still.
public func saveTorch(_ value: TorchValue, to path: String) throws {
  var writer = PickleWriter(path: path)
  try writer.write(value, depth: 0)
  let (pickle, storages) = writer.finish()
  try writeAtomically(to: path) { file in
    var zip = ZipWriter(largestField: ZipWriter.largestField)
    try zip.add("archive/data.pkl", [Bytes(pickle)], to: &file)
    try zip.add("archive/byteorder", [Bytes("little".utf8)], to: &file)
    // As PyTorch aligns them, so that a mapped file can be used in place.
    for (i, bytes) in storages.enumerated() { try zip.add("archive/data/\(i)", [bytes], alignment: 64, to: &file) }
    try zip.add("archive/version", [Bytes("3\n".utf8)], to: &file)
    try zip.finish(&file)
  }
}

/// Writes pickles of protocol 2.
private struct PickleWriter {
  let path: String
  private var bytes: [UInt8] = [0x80, 2]
  private var storages: [Bytes] = []

  init(path: String) { self.path = path }

  func finish() -> (pickle: [UInt8], storages: [Bytes]) { (bytes + [UInt8(ascii: ".")], storages) }

  mutating func write(_ value: TorchValue, depth: Int) throws(FormatError) {
    guard depth < Pickle.deepest else { throw FormatError(file: path, "the values nest more than \(Pickle.deepest) deep") }
    switch value {
    case .null: opcode("N")
    case .bool(let value): bytes.append(value ? 0x88 : 0x89)
    case .int(let value): write(value)
    case .double(let value):
      opcode("G")
      little(value.bitPattern.byteSwapped)
    case .string(let text): try write(text)
    case .list(let items): try write(items, depth)
    case .tuple(let items):
      opcode("(")
      for item in items { try write(item, depth: depth + 1) }
      opcode("t")
    case .dictionary(let entries): try write(entries, depth)
    case .tensor(let tensor): try write(tensor)
    }
  }

  private mutating func write(_ items: [TorchValue], _ depth: Int) throws(FormatError) {
    opcode("]")
    if items.isEmpty { return }
    opcode("(")
    for item in items { try write(item, depth: depth + 1) }
    opcode("e")
  }

  private mutating func write(_ entries: [TorchValue.Entry], _ depth: Int) throws(FormatError) {
    opcode("}")
    if entries.isEmpty { return }
    opcode("(")
    for entry in entries {
      switch entry.key {
      case .string(let name): try write(name)
      case .int(let number): write(number)
      }
      try write(entry.value, depth: depth + 1)
    }
    opcode("u")
  }

  private mutating func write(_ value: Int) {
    if let small = Int32(exactly: value) {
      opcode("J")
      little(small)
    } else {
      bytes += [0x8A, 8]
      little(value)
    }
  }

  private mutating func write(_ text: String) throws(FormatError) {
    guard let count = UInt32(exactly: text.utf8.count) else { throw FormatError(file: path, "a text of more than 4 GB") }
    opcode("X")
    little(count)
    bytes += text.utf8
  }

  /// `torch._utils._rebuild_tensor_v2(storage, 0, sizes, strides, False, OrderedDict())`.
  private mutating func write(_ tensor: Tensor) throws(FormatError) {
    guard let array = tensor.untyped, let storage = PickleGlobal.storageNames[array.elementType] else {
      throw FormatError(file: path, "PyTorch's format has no type for \(tensor.dtype.name)")
    }
    global("torch._utils", "_rebuild_tensor_v2")
    opcode("(")
    opcode("(")
    try write("storage")
    global("torch", storage)
    try write(String(storages.count))
    try write("cpu")
    write(array.count)
    opcode("t")
    opcode("Q")
    storages.append(array.bytes)
    write(0)
    let strides = array.shape.indices.map { d in array.shape[(d + 1)...].reduce(1) { $0 &* max($1, 1) } }
    for sizes in [array.shape, strides] {
      opcode("(")
      for size in sizes { write(size) }
      opcode("t")
    }
    bytes.append(0x89)
    global("collections", "OrderedDict")
    opcode(")")
    opcode("R")
    opcode("t")
    opcode("R")
  }

  private mutating func global(_ module: String, _ name: String) { bytes += "c\(module)\n\(name)\n".utf8 }

  private mutating func opcode(_ scalar: Unicode.Scalar) { bytes.append(UInt8(ascii: scalar)) }

  private mutating func little<I: FixedWidthInteger>(_ value: I) { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
}

/// What the header of a safetensors file says, checked against the size of the file.
///
/// The format (github.com/huggingface/safetensors, "Format"): the length of the header as a little-endian 64-bit integer; a JSON
/// object that maps the name of each tensor to its type, shape and place; the tensors, row-major and little-endian. The rules
/// are enforced as they stand, since a file that two readers understand differently is an attack: no name twice, no gap, no overlap,
/// no rest. What the reference library reads without a second meaning is read: white space around the object, further keys of an entry,
/// metadata of null. A tensor of an unknown type hides none of the others.
struct SafetensorsHeader {
  struct Entry {
    let name: String
    /// The type as the file has it.
    let dtype: String
    /// nil where the format has no such type.
    let elementType: ElementType?
    let shape: [Int]
    /// Where its bytes are in the file.
    var range: Range<Int>

    /// Why it cannot be read; nil where it can.
    var problem: String? { elementType == nil ? "the format has no dtype \(quoted(dtype))" : nil }
  }

  static let maximumLength = 100_000_000
  static let metadataKey = "__metadata__"

  /// In the order of their bytes.
  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]

  init(_ bytes: UnsafeRawBufferPointer, file: String) throws(FormatError) {
    guard bytes.count >= 8 else {
      throw FormatError(file: file, place: .byte(bytes.count), "the file is cut short within the length of its header")
    }
    let length = bytes.littleEndian(UInt64.self, at: 0)
    guard length <= Self.maximumLength else {
      throw FormatError(file: file, place: .byte(0), "a header of \(length) bytes, where \(Self.maximumLength) are the most")
    }
    let start = 8 + Int(length)
    guard start <= bytes.count else {
      throw FormatError(
        file: file, place: .byte(bytes.count), "the file is cut short within its header of \(length) bytes")
    }
    let header = UnsafeRawBufferPointer(rebasing: bytes[8..<start])
    guard header.first(where: { !JSONScanner.isSpace($0) }) == UInt8(ascii: "{") else {
      throw FormatError(file: file, place: .byte(8), "the header does not begin with {")
    }
    if let offset = firstInvalidUTF8(header) {
      throw FormatError(file: file, place: .byte(8 + offset), "the header is not UTF-8")
    }
    var scanner = JSONScanner(header, file: file, base: 8, name: "header")
    try parse(&scanner)
    try checkLayout(start: start, end: bytes.count, file: file)
  }

  private mutating func parse(_ scanner: inout JSONScanner) throws(FormatError) {
    var names: Set<String> = []
    try scanner.object { (scanner, name) throws(FormatError) in
      try Self.insert(name, into: &names, &scanner)
      if name == Self.metadataKey {
        if scanner.isNull() { return }
        var keys: Set<String> = []
        try scanner.object { (scanner, key) throws(FormatError) in
          try Self.insert(key, into: &keys, &scanner)
          metadata[key] = try scanner.string()
        }
      } else {
        entries.append(try Self.entry(name, &scanner))
      }
    }
    try scanner.onlySpaceRemains()
  }

  /// Two names are one to Swift when they differ only in how an accent is composed, so a dictionary could not hold both.
  private static func insert(_ name: String, into names: inout Set<String>, _ scanner: inout JSONScanner) throws(FormatError) {
    let (isNew, member) = names.insert(name)
    if !isNew {
      throw scanner.error(
        member.utf8.elementsEqual(name.utf8)
          ? "the key \(quoted(name)) appears twice" : "the key \(quoted(name)) appears in two Unicode forms of the same text")
    }
  }

  private static func entry(_ name: String, _ scanner: inout JSONScanner) throws(FormatError) -> Entry {
    var dtype: String?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object { (scanner, key) throws(FormatError) in
      switch key {
      case "dtype" where dtype == nil: dtype = try scanner.string()
      case "shape" where shape == nil: shape = try scanner.integers()
      case "data_offsets" where offsets == nil: offsets = try scanner.integers()
      case "dtype", "shape", "data_offsets":
        throw scanner.error("tensor \(quoted(name)): the key \(quoted(key)) appears twice")
      default: try scanner.skipValue()
      }
    }
    guard let dtype, let shape, let offsets else {
      let missing = dtype == nil ? "dtype" : shape == nil ? "shape" : "data_offsets"
      throw scanner.error("tensor \(quoted(name)): the key \"\(missing)\" is missing")
    }
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw scanner.error("tensor \(quoted(name)): data_offsets \(shapeText(offsets)) are not a beginning and an end")
    }
    return Entry(name: name, dtype: dtype, elementType: ElementType(safetensors: dtype), shape: shape, range: offsets[0]..<offsets[1])
  }

  /// Every byte after the header belongs to exactly one tensor, and each tensor has the bytes its shape takes.
  private mutating func checkLayout(start: Int, end: Int, file: String) throws(FormatError) {
    entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    var position = 0
    for index in entries.indices {
      let entry = entries[index]
      func error(_ message: String) -> FormatError {
        FormatError(file: file, place: .key(entry.name), message)
      }
      if entry.range.lowerBound != position {
        let problem = entry.range.lowerBound < position ? "an overlap" : "a gap"
        throw error("its data begins at \(entry.range.lowerBound), that before ends at \(position): \(problem)")
      }
      if let type = entry.elementType {
        guard let size = type.byteCount(entry.shape) else {
          throw error("shape \(shapeText(entry.shape)) of \(type.rawValue) is no whole number of bytes, or too many")
        }
        guard size == entry.range.count else {
          throw error("shape \(shapeText(entry.shape)) of \(type.rawValue) takes \(size) bytes, its data_offsets hold \(entry.range.count)")
        }
      }
      guard entry.range.upperBound <= end - start else {
        throw error("its data ends at \(entry.range.upperBound), the file has \(end - start) bytes of data")
      }
      position = entry.range.upperBound
      entries[index].range = start + entry.range.lowerBound..<start + entry.range.upperBound
    }
    guard position == end - start else {
      throw FormatError(
        file: file, place: .byte(start + position), "\(end - start - position) bytes after the data of the last tensor")
    }
  }
}

extension ElementType {
  private static let safetensorsNames: [ElementType: String] = [
    .bool: "BOOL", .float4E2M1: "F4", .float6E2M3: "F6_E2M3", .float6E3M2: "F6_E3M2", .uint8: "U8", .int8: "I8",
    .float8E5M2: "F8_E5M2", .float8E4M3: "F8_E4M3", .float8E8M0: "F8_E8M0", .float8E4M3FNUZ: "F8_E4M3FNUZ",
    .float8E5M2FNUZ: "F8_E5M2FNUZ", .int16: "I16", .uint16: "U16", .float16: "F16", .bfloat16: "BF16", .int32: "I32",
    .uint32: "U32", .float32: "F32", .complex64: "C64", .float64: "F64", .int64: "I64", .uint64: "U64",
  ]

  private static let bySafetensorsName = Dictionary(uniqueKeysWithValues: safetensorsNames.map { ($1, $0) })

  /// The name of the type in a safetensors header; nil where that format has none.
  var safetensorsName: String? {
    Self.safetensorsNames[self]
  }

  init?(safetensors name: String) {
    guard let type = Self.bySafetensorsName[name] else { return nil }
    self = type
  }
}

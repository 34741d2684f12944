/// The header of an npy file: a magic string, a version, and a Python dictionary of the element type, the order of the
/// dimensions and the shape (numpy.lib.format, versions 1 to 3).
struct NpyHeader {
  /// The type of the elements; nil where it is none of those that can be read.
  let elementType: ElementType?
  /// The type as the file has it, such as `<f4`.
  let description: String
  /// Why the elements cannot be read, and where the file says so; nil where they can.
  let problem: DataError?
  let isBigEndian: Bool
  /// Whether the first index runs fastest.
  let isColumnMajor: Bool
  let shape: [Int]
  /// Where the elements begin.
  let end: Int

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  init(_ bytes: UnsafeRawBufferPointer) throws(DataError) {
    guard bytes.starts(with: Self.magic) else {
      throw DataError(0, "not an npy file: it does not begin with \\x93NUMPY")
    }
    guard bytes.count >= 10 else {
      throw DataError(bytes.count, "the file is cut short within its header")
    }
    let start: Int
    let length: Int
    switch (bytes[6], bytes[7]) {
    case (1, 0): (start, length) = (10, Int(bytes.littleEndian(UInt16.self, at: 8)))
    case (2, 0), (3, 0):
      guard bytes.count >= 12 else {
        throw DataError(bytes.count, "the file is cut short within its header")
      }
      (start, length) = (12, Int(bytes.littleEndian(UInt32.self, at: 8)))
    default: throw DataError(6, "version \(bytes[6]).\(bytes[7]) of the format; 1.0, 2.0 and 3.0 are defined")
    }
    guard length <= bytes.count - start else {
      throw DataError(bytes.count, "the file is cut short within its header of \(length) bytes")
    }
    end = start + length
    let text = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    var scanner = PythonLiteralScanner(text, base: start)
    var description: (text: String, offset: Int)?
    var isColumnMajor: Bool?
    var shape: [Int]?
    try scanner.dictionary { (scanner, key) throws(DataError) in
      switch key {
      case "descr" where description == nil:
        let offset = scanner.offset
        description = (try scanner.elementDescription(), offset)
      case "fortran_order" where isColumnMajor == nil: isColumnMajor = try scanner.boolean()
      case "shape" where shape == nil: shape = try scanner.integerTuple()
      case "descr", "fortran_order", "shape": throw scanner.error("the key \(quoted(key)) appears twice")
      default: throw scanner.error("the format has no key \(quoted(key))")
      }
    }
    guard let description, let isColumnMajor, let shape else {
      let missing = description == nil ? "descr" : isColumnMajor == nil ? "fortran_order" : "shape"
      throw DataError(start, "the key \"\(missing)\" is missing")
    }
    self.description = description.text
    switch Self.elementType(description.text) {
    case .known(let type, let isBigEndian): (elementType, self.isBigEndian, problem) = (type, isBigEndian, nil)
    case .unreadable(let message): (elementType, isBigEndian, problem) = (nil, false, DataError(description.offset, message))
    }
    self.isColumnMajor = isColumnMajor
    self.shape = shape
  }

  private enum Description {
    case known(ElementType, isBigEndian: Bool)
    case unreadable(String)
  }

  /// What NumPy makes of a word: byte order, kind and size, as in `<f4`; the order may be missing, and the machine's is meant then, as
  /// it is with `=` and `|`. Other writers put names there.
  private static func elementType(_ description: String) -> Description {
    let order = description.first.flatMap { "<>|=".contains($0) ? $0 : nil }
    let kind = String(description.dropFirst(order == nil ? 0 : 1))
    if let type = byDescription[kind] ?? byLetter[kind] ?? (order == nil ? byName[kind] : nil) {
      return .known(type, isBigEndian: order == ">")
    }
    if kind.first == "O" {
      return .unreadable("the elements are Python objects; those are pickled, and to read a pickle is to run it")
    }
    if description.first == "[" {
      return .unreadable("the elements are records of several fields; save the fields one by one")
    }
    let what = kind.first.flatMap { ["U": "text", "S": "text", "a": "text", "M": "dates", "m": "time spans", "V": "raw bytes"][$0] }
    return .unreadable("elements of type \(quoted(description))\(what.map { ", \($0)," } ?? "") cannot be read")
  }

  private static let byDescription: [String: ElementType] = [
    "b1": .bool, "u1": .uint8, "i1": .int8, "u2": .uint16, "i2": .int16, "u4": .uint32, "i4": .int32, "u8": .uint64,
    "i8": .int64, "f2": .float16, "f4": .float32, "f8": .float64, "c8": .complex64, "c16": .complex128,
  ]

  /// NumPy's letters for C's types; `long` and pointers have 64 bits wherever this library runs.
  private static let byLetter: [String: ElementType] = [
    "?": .bool, "b": .int8, "B": .uint8, "h": .int16, "H": .uint16, "i": .int32, "I": .uint32, "l": .int64, "L": .uint64, "q": .int64,
    "Q": .uint64, "p": .int64, "P": .uint64, "n": .int64, "N": .uint64, "e": .float16, "f": .float32, "d": .float64, "F": .complex64,
    "D": .complex128,
  ]

  private static let byName: [String: ElementType] = [
    "bool": .bool, "int8": .int8, "uint8": .uint8, "int16": .int16, "uint16": .uint16, "int32": .int32, "uint32": .uint32,
    "int64": .int64, "uint64": .uint64, "float16": .float16, "float32": .float32, "float64": .float64, "complex64": .complex64,
    "complex128": .complex128, "half": .float16, "single": .float32, "double": .float64, "float": .float64, "int": .int64,
    "complex": .complex128,
  ]

  private static let descriptions = Dictionary(uniqueKeysWithValues: byDescription.map { ($1, $0) })

  /// The bytes before the elements of `array`, as NumPy writes them; nil when the format has no name for their type.
  static func encoded(_ array: UntypedArray) -> [UInt8]? {
    guard let kind = descriptions[array.elementType] else { return nil }
    let order = array.elementType.bitCount == 8 ? "|" : "<"
    let sizes = array.shape.map(String.init).joined(separator: ", ")
    let shape = array.shape.count == 1 ? "(\(sizes),)" : "(\(sizes))"
    var text = "{'descr': '\(order)\(kind)', 'fortran_order': False, 'shape': \(shape), }"
    if let first = array.shape.first {
      // NumPy leaves room for the first size to grow to 21 digits in place.
      text += String(repeating: " ", count: 21 - String(first).count)
    }
    // The header's length takes two bytes, or four from version 2 on; the elements begin at a multiple of 64.
    let isLong = text.utf8.count > 65_000
    let start = magic.count + (isLong ? 6 : 4)
    text += String(repeating: " ", count: -(start + text.utf8.count + 1) & 63) + "\n"
    let length = text.utf8.count
    let lengthBytes = (0..<(isLong ? 4 : 2)).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
    return magic + [isLong ? 2 : 1, 0] + lengthBytes + Array(text.utf8)
  }
}

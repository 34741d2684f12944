/// The header of an npy file: a magic string, a version, and a Python dictionary of the element type, the order of the
/// dimensions and the shape (numpy.lib.format, versions 1 to 3).
struct NpyHeader {
  let elementType: ElementType
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
    (elementType, isBigEndian) = try Self.elementType(description.text, at: description.offset)
    self.isColumnMajor = isColumnMajor
    self.shape = shape
  }

  /// The byte order, kind and size that NumPy writes as three parts of one word, as in `<f4`.
  private static func elementType(
    _ description: String, at offset: Int
  ) throws(DataError) -> (elementType: ElementType, isBigEndian: Bool) {
    if description.dropFirst().first == "O" || description.first == "O" {
      throw DataError(offset, "the elements are Python objects; those are pickled, and to read a pickle is to run it")
    }
    guard let order = description.first, "<>|=".contains(order), let type = byDescription[String(description.dropFirst())],
      order != "|" || type.bitCount == 8
    else {
      throw DataError(offset, "elements of type \(quoted(description)) cannot be read")
    }
    return (type, order == ">")
  }

  private static let byDescription: [String: ElementType] = [
    "b1": .bool, "u1": .uint8, "i1": .int8, "u2": .uint16, "i2": .int16, "u4": .uint32, "i4": .int32, "u8": .uint64,
    "i8": .int64, "f2": .float16, "f4": .float32, "f8": .float64, "c8": .complex64, "c16": .complex128,
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

/// The offset of the first byte that is not part of well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above
/// U+10FFFF); nil when all is well.
func firstInvalidUTF8(_ bytes: UnsafeRawBufferPointer) -> Int? {
  guard let base = bytes.baseAddress else { return nil }
  let text = base.assumingMemoryBound(to: UInt8.self)
  let count = bytes.count
  var index = 0
  while index < count {
    // Most text is ASCII, eight characters at once.
    if index &+ 8 <= count, (base + index).loadUnaligned(as: UInt64.self) & 0x8080_8080_8080_8080 == 0 {
      index &+= 8
      continue
    }
    let lead = text[index]
    if lead < 0x80 {
      index &+= 1
      continue
    }
    let length: Int
    let second: ClosedRange<UInt8>
    switch lead {
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return index
    }
    guard index + length <= count, second.contains(text[index + 1]) else { return index }
    for offset in 2..<max(length, 2) where text[index + offset] & 0xC0 != 0x80 {
      return index
    }
    index += length
  }
  return nil
}

extension FileBytes {
  /// The text in the file at `path`, which is UTF-8.
  ///
  /// Throws `FormatError` as `read`, and with the first byte that is no UTF-8.
  package static func text(_ path: String) throws(FormatError) -> String {
    try read(path).withUnsafeBytes { (buffer) throws(FormatError) in
      if let offset = firstInvalidUTF8(buffer) { throw FormatError(file: path, place: .byte(offset), "is no UTF-8") }
      return String(decoding: buffer, as: UTF8.self)
    }
  }
}

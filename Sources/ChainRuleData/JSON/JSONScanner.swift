/// Reads the JSON of files whose form is known: objects, lists, strings, integers. What is expected is said by the caller, so nothing
/// nests deeper than the format does; values that nobody asked for are passed over, to a limited depth.
///
/// The text must be UTF-8.
struct JSONScanner {
  private let text: UnsafeRawBufferPointer
  private let file: String
  /// Where the text begins in the file.
  private let base: Int
  /// What the text is, for messages.
  private let name: String
  private var position = 0

  init(_ text: UnsafeRawBufferPointer, file: String, base: Int = 0, name: String) {
    self.text = text
    self.file = file
    self.base = base
    self.name = name
  }

  func error(_ message: String) -> FormatError {
    FormatError(file: file, place: .byte(base + position), message)
  }

  /// Reads an object, handing each key to `member`, which must read the value.
  mutating func object(_ member: (inout JSONScanner, String) throws(FormatError) -> Void) throws(FormatError) {
    try expect("{", "an object")
    if next() == UInt8(ascii: "}") {
      position += 1
      return
    }
    while true {
      _ = next()
      let key = try string()
      try expect(":", "a colon after the key \(quoted(key))")
      try member(&self, key)
      switch next() {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "}"):
        position += 1
        return
      default: throw expected("a comma or the end of the object")
      }
    }
  }

  /// A list of integers that are not negative.
  mutating func integers() throws(FormatError) -> [Int] {
    var result: [Int] = []
    try list { (scanner) throws(FormatError) in result.append(try scanner.integer()) }
    return result
  }

  /// Reads a list, calling `item` for each element, which it must read.
  mutating func list(_ item: (inout JSONScanner) throws(FormatError) -> Void) throws(FormatError) {
    try expect("[", "a list")
    if next() == UInt8(ascii: "]") {
      position += 1
      return
    }
    while true {
      try item(&self)
      switch next() {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "]"):
        position += 1
        return
      default: throw expected("a comma or the end of the list")
      }
    }
  }

  /// Whether a string is next.
  var isAtString: Bool {
    mutating get { next() == UInt8(ascii: "\"") }
  }

  /// `true` or `false`.
  mutating func bool() throws(FormatError) -> Bool {
    for (text, value) in [("true", true), ("false", false)] where next() != nil && self.text[position...].starts(with: text.utf8) {
      position += text.utf8.count
      return value
    }
    throw expected("true or false")
  }

  mutating func string() throws(FormatError) -> String {
    try expect("\"", "a string")
    let start = position
    while position < text.count {
      switch text[position] {
      case UInt8(ascii: "\""):
        position += 1
        return String(decoding: text[start..<position - 1], as: UTF8.self)
      case UInt8(ascii: "\\"):
        return try escapedString(from: start)
      case 0..<0x20: throw error("a control character within a string")
      default: position += 1
      }
    }
    throw error("a string without an end")
  }

  /// After the object there may be only white space, which writers add so that the data is aligned.
  mutating func onlySpaceRemains() throws(FormatError) {
    guard next() == nil else { throw error("\(found()) after the end of the \(name)'s object") }
  }

  /// Passes `null`, where it is next.
  mutating func isNull() -> Bool {
    guard next() == UInt8(ascii: "n"), text[position...].starts(with: "null".utf8) else { return false }
    position += 4
    return true
  }

  /// Passes any value. Nested ones may be this deep, as in the reference library.
  mutating func skipValue(depth: Int = 124) throws(FormatError) {
    guard depth > 0 else { throw error("values nested too deep") }
    switch next() {
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "{"): try object { (scanner, _) throws(FormatError) in try scanner.skipValue(depth: depth - 1) }
    case UInt8(ascii: "["): try list { (scanner) throws(FormatError) in try scanner.skipValue(depth: depth - 1) }
    case UInt8(ascii: "t") where text[position...].starts(with: "true".utf8): position += 4
    case UInt8(ascii: "f") where text[position...].starts(with: "false".utf8): position += 5
    case UInt8(ascii: "n") where text[position...].starts(with: "null".utf8): position += 4
    default: try skipNumber()
    }
  }

  private mutating func skipNumber() throws(FormatError) {
    func digits(_ scanner: inout JSONScanner) throws(FormatError) {
      let start = scanner.position
      while scanner.position < scanner.text.count, scanner.text[scanner.position] &- 48 < 10 { scanner.position += 1 }
      if scanner.position == start { throw scanner.expected("a value") }
    }
    func passes(_ characters: String, _ scanner: inout JSONScanner) -> Bool {
      guard scanner.position < scanner.text.count, characters.utf8.contains(scanner.text[scanner.position]) else { return false }
      scanner.position += 1
      return true
    }
    _ = passes("-", &self)
    let start = position
    try digits(&self)
    guard text[start] != UInt8(ascii: "0") || position == start + 1 else { throw error("a number with a leading zero") }
    if passes(".", &self) { try digits(&self) }
    if passes("eE", &self) {
      _ = passes("+-", &self)
      try digits(&self)
    }
  }

  /// Whether JSON counts the byte as white space.
  static func isSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  /// The first byte that is not white space.
  private mutating func next() -> UInt8? {
    while position < text.count {
      guard Self.isSpace(text[position]) else { return text[position] }
      position += 1
    }
    return nil
  }

  private mutating func expect(_ character: Unicode.Scalar, _ what: @autoclosure () -> String) throws(FormatError) {
    guard next() == UInt8(ascii: character) else { throw expected(what()) }
    position += 1
  }

  private func expected(_ what: String) -> FormatError {
    error("expected \(what), found \(found())")
  }

  private func found() -> String {
    guard position < text.count else { return "the end of the \(name)" }
    let rest = String(decoding: text[position...].prefix(4), as: UTF8.self)
    return rest.unicodeScalars.first.map { quoted(String($0)) } ?? "nothing"
  }

  /// An integer that is not negative.
  mutating func integer() throws(FormatError) -> Int {
    let first = next()
    let start = position
    var value = 0
    while position < text.count, case let digit = text[position] &- UInt8(ascii: "0"), digit < 10 {
      let tens = value.multipliedReportingOverflow(by: 10)
      let sum = tens.partialValue.addingReportingOverflow(Int(digit))
      guard !tens.overflow, !sum.overflow else { throw error("an integer of more than 63 bits") }
      value = sum.partialValue
      position += 1
    }
    guard position > start else { throw expected("an integer that is not negative") }
    guard first != UInt8(ascii: "0") || position == start + 1 else { throw error("an integer with a leading zero") }
    return value
  }

  private mutating func escapedString(from start: Int) throws(FormatError) -> String {
    var result = Array(text[start..<position])
    while position < text.count {
      let byte = text[position]
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return String(decoding: result, as: UTF8.self)
      case 0..<0x20: throw error("a control character within a string")
      case UInt8(ascii: "\\"): try result.append(contentsOf: UTF8.encode(escape()) ?? .init())
      default:
        result.append(byte)
        position += 1
      }
    }
    throw error("a string without an end")
  }

  /// One escaped character; those beyond the first plane take two escapes, a high and a low surrogate.
  private mutating func escape() throws(FormatError) -> Unicode.Scalar {
    position += 1
    guard position < text.count else { throw error("a string without an end") }
    let letter = text[position]
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default:
      position -= 1
      throw error("\(found()) after a backslash")
    }
    let high = try fourHexDigits()
    if let scalar = Unicode.Scalar(high) { return scalar }
    guard high < 0xDC00, text[position...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else {
      throw error("half of a surrogate pair")
    }
    position += 2
    let low = try fourHexDigits()
    guard (0xDC00...0xDFFF).contains(low), let scalar = Unicode.Scalar((high - 0xD800) << 10 + (low - 0xDC00) + 0x10000) else {
      throw error("half of a surrogate pair")
    }
    return scalar
  }

  private mutating func fourHexDigits() throws(FormatError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard position < text.count, let digit = Character(Unicode.Scalar(text[position])).hexDigitValue, text[position] < 0x80 else {
        throw expected("four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}

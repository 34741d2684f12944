/// Reads what an npy header may hold of Python's literals.
struct PythonLiteralScanner {
  private let text: UnsafeRawBufferPointer
  private let base: Int
  private var position = 0

  init(_ text: UnsafeRawBufferPointer, base: Int) {
    self.text = text
    self.base = base
  }

  /// Where the next token begins in the file.
  var offset: Int {
    mutating get {
      _ = next()
      return base + position
    }
  }

  func error(_ message: String) -> DataError {
    DataError(base + position, message)
  }

  /// Reads the dictionary that is the whole text, handing each key to `member`, which must read the value.
  mutating func dictionary(_ member: (inout PythonLiteralScanner, String) throws(DataError) -> Void) throws(DataError) {
    try expect("{", "a dictionary")
    while next() != UInt8(ascii: "}") {
      let key = try string()
      try expect(":", "a colon after the key \(quoted(key))")
      try member(&self, key)
      guard next() != UInt8(ascii: "}") else { break }
      try expect(",", "a comma or the end of the dictionary")
    }
    position += 1
    guard next() == nil else { throw expected("the end of the header") }
  }

  /// The type of the elements; that of a structured array is a list of fields or a tuple, and given as it stands.
  mutating func elementDescription() throws(DataError) -> String {
    guard let first = next(), first == UInt8(ascii: "[") || first == UInt8(ascii: "(") else { return try string() }
    let start = position
    var depth = 0
    repeat {
      switch next() {
      case UInt8(ascii: "["), UInt8(ascii: "("): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: ")"): depth -= 1
      case UInt8(ascii: "'"), UInt8(ascii: "\""):
        _ = try string()
        continue
      case nil: throw error("a list without an end")
      default: break
      }
      position += 1
    } while depth > 0
    return "[" + String(decoding: text[start..<position], as: UTF8.self).dropFirst()
  }

  mutating func string() throws(DataError) -> String {
    // Python 2 wrote u'...' where its program asked for it.
    if let prefix = next(), "uU".utf8.contains(prefix), position + 1 < text.count, "'\"".utf8.contains(text[position + 1]) { position += 1 }
    guard let quote = next(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { throw expected("a string") }
    position += 1
    let start = position
    while position < text.count, text[position] != quote {
      guard (0x20..<0x7F).contains(text[position]), text[position] != UInt8(ascii: "\\") else {
        throw error("a character that no header has")
      }
      position += 1
    }
    guard position < text.count else { throw error("a string without an end") }
    position += 1
    return String(decoding: text[start..<position - 1], as: UTF8.self)
  }

  mutating func boolean() throws(DataError) -> Bool {
    _ = next()
    for (word, value) in [("True", true), ("False", false)] where text[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw expected("True or False")
  }

  /// A tuple of integers that are not negative; one of one element needs its comma.
  mutating func integerTuple() throws(DataError) -> [Int] {
    try expect("(", "a tuple")
    var result: [Int] = []
    var hasComma = true
    while next() != UInt8(ascii: ")") {
      guard hasComma else { throw expected("a comma or the end of the tuple") }
      result.append(try integer())
      hasComma = next() == UInt8(ascii: ",")
      if hasComma { position += 1 }
    }
    guard result.count != 1 || hasComma else { throw error("a tuple of one size needs a comma") }
    position += 1
    return result
  }

  private mutating func integer() throws(DataError) -> Int {
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
    // Python 2 wrote its long integers so.
    if position < text.count, text[position] == UInt8(ascii: "L") { position += 1 }
    return value
  }

  private mutating func next() -> UInt8? {
    while position < text.count {
      switch text[position] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): position += 1
      case let byte: return byte
      }
    }
    return nil
  }

  private mutating func expect(_ character: Unicode.Scalar, _ what: @autoclosure () -> String) throws(DataError) {
    guard next() == UInt8(ascii: character) else { throw expected(what()) }
    position += 1
  }

  private func expected(_ what: String) -> DataError {
    let found = position < text.count ? quoted(String(UnicodeScalar(text[position]))) : "the end of the header"
    return error("expected \(what), found \(found)")
  }
}

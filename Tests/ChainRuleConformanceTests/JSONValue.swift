/// A JSON value. Unlike the platform's decoders it keeps apart what Python keeps apart: `2`, `2.0` and `true`.
enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case real(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  subscript(key: String) -> JSONValue? {
    if case .object(let members) = self { return members[key] }
    return nil
  }

  var array: [JSONValue]? {
    if case .array(let elements) = self { return elements }
    return nil
  }

  var bool: Bool? {
    if case .bool(let value) = self { return value }
    return nil
  }

  var string: String? {
    if case .string(let text) = self { return text }
    return nil
  }

  var integer: Int? {
    if case .integer(let value) = self { return value }
    return nil
  }
}

struct JSONError: Error {
  let message: String
  let offset: Int
}

/// Reads the JSON of the case files. Their nesting is shallow, so the parser recurses; a depth limit keeps it honest.
struct JSONParser {
  private let bytes: [UInt8]
  private var position = 0

  static func parse(_ bytes: [UInt8]) throws -> JSONValue {
    var parser = JSONParser(bytes: bytes)
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.error("text after the value") }
    return value
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private func error(_ message: String) -> JSONError { JSONError(message: message, offset: position) }
  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let c = next, c == 0x20 || (0x09...0x0D).contains(c) { position += 1 }
  }

  private mutating func take(_ c: Character) throws {
    skipSpace()
    guard next == c.asciiValue else { throw error("expected \(c)") }
    position += 1
  }

  private mutating func takeIf(_ c: Character) -> Bool {
    skipSpace()
    guard next == c.asciiValue else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws -> JSONValue {
    guard depth < 64 else { throw error("nested too deeply") }
    skipSpace()
    switch next {
    case UInt8(ascii: "{"):
      try take("{")
      var members: [String: JSONValue] = [:]
      if takeIf("}") { return .object(members) }
      repeat {
        skipSpace()
        let key = try string()
        try take(":")
        members[key] = try value(depth: depth + 1)
      } while takeIf(",")
      try take("}")
      return .object(members)
    case UInt8(ascii: "["):
      try take("[")
      var elements: [JSONValue] = []
      if takeIf("]") { return .array(elements) }
      repeat { elements.append(try value(depth: depth + 1)) } while takeIf(",")
      try take("]")
      return .array(elements)
    case UInt8(ascii: "\""): return .string(try string())
    default: return try word()
    }
  }

  private mutating func string() throws -> String {
    try take("\"")
    var text: [UInt8] = []
    while let c = next {
      position += 1
      if c == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
      if c == UInt8(ascii: "\\") {
        guard let escaped = next, let plain = [0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x6E: 0x0A, 0x74: 0x09][escaped] as UInt8? else {
          throw error("an escape that case files do not use")
        }
        position += 1
        text.append(plain)
      } else {
        text.append(c)
      }
    }
    throw error("a string without end")
  }

  private mutating func word() throws -> JSONValue {
    let start = position
    let stops = Set(",]}: \n\t\r".utf8)
    while let c = next, !stops.contains(c) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    switch text {
    case "null": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    default:
      if let value = Int(text) { return .integer(value) }
      if let value = Double(text) { return .real(value) }
      throw error("unknown word \(text)")
    }
  }
}

/// Options as JSON text, the way Python's `json.dumps` writes them and `json.loads` reads them: `NaN` and `Infinity` are numbers.
enum OptionJSON {
  // MARK: Writing

  static func text(_ value: OptionValue) -> String {
    switch value {
    case .number(let number): self.number(number)
    case .flag(let flag): flag ? "true" : "false"
    case .pair(let a, let b): "[\(number(a)), \(number(b))]"
    case .word(let text): quoted(text)
    case .null: "null"
    case .list(let values): "[" + values.map(text).joined(separator: ", ") + "]"
    case .table(let values):
      "{" + values.sorted { $0.key < $1.key }.map { "\(quoted($0.key)): \(text($0.value))" }.joined(separator: ", ") + "}"
    }
  }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    return Int(exactly: value).map(String.init) ?? "\(value)"
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  // MARK: Reading

  /// The value of a JSON text.
  ///
  /// - Throws: `OptimizerStateError` with the place where the text is no JSON.
  static func value(_ text: String) throws(OptimizerStateError) -> OptionValue {
    var reader = Reader(bytes: Array(text.utf8))
    let value = try reader.value(depth: 0)
    reader.skipSpace()
    guard reader.position == reader.bytes.count else { throw reader.error("text after the value") }
    return value
  }

  private struct Reader {
    let bytes: [UInt8]
    var position = 0

    func error(_ message: String) -> OptimizerStateError { OptimizerStateError("byte \(position) of the JSON text: \(message)") }

    mutating func skipSpace() { while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 } }

    private mutating func takes(_ c: Unicode.Scalar) -> Bool {
      skipSpace()
      guard position < bytes.count, bytes[position] == UInt8(ascii: c) else { return false }
      position += 1
      return true
    }

    mutating func value(depth: Int) throws(OptimizerStateError) -> OptionValue {
      guard depth < 32 else { throw error("nested more than 32 deep") }
      if takes("[") {
        var values: [OptionValue] = []
        if takes("]") { return .list([]) }
        repeat { values.append(try value(depth: depth + 1)) } while takes(",")
        guard takes("]") else { throw error("expected a comma or the end of the list") }
        return .several(values)
      }
      if takes("{") {
        var values: [String: OptionValue] = [:]
        if takes("}") { return .table([:]) }
        repeat {
          let key = try string()
          guard takes(":") else { throw error("expected a colon after the key \"\(key)\"") }
          guard values.updateValue(try value(depth: depth + 1), forKey: key) == nil else { throw error("the key \"\(key)\" twice") }
        } while takes(",")
        guard takes("}") else { throw error("expected a comma or the end of the object") }
        return .table(values)
      }
      skipSpace()
      if position < bytes.count, bytes[position] == UInt8(ascii: "\"") { return .word(try string()) }
      return try word()
    }

    private mutating func word() throws(OptimizerStateError) -> OptionValue {
      let start = position
      while position < bytes.count, !",]}: \n\t\r".utf8.contains(bytes[position]) { position += 1 }
      let text = String(decoding: bytes[start..<position], as: UTF8.self)
      switch text {
      case "null": return .null
      case "true": return .flag(true)
      case "false": return .flag(false)
      case "NaN": return .number(.nan)
      case "Infinity": return .number(.infinity)
      case "-Infinity": return .number(-.infinity)
      default:
        guard let first = text.utf8.first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first), let number = Double(text) else {
          position = start
          throw error(text.isEmpty ? "expected a value" : "\"\(text)\" is no value")
        }
        return .number(number)
      }
    }

    private mutating func string() throws(OptimizerStateError) -> String {
      guard takes("\"") else { throw error("expected a string") }
      var units: [UInt16] = [], plain: [UInt8] = []
      // Bytes are UTF-8, escapes UTF-16.
      func flushed(_ units: [UInt16], _ plain: [UInt8]) -> [UInt16] { units + Array(String(decoding: plain, as: UTF8.self).utf16) }
      while position < bytes.count {
        let byte = bytes[position]
        position += 1
        if byte == UInt8(ascii: "\"") { return String(decoding: flushed(units, plain), as: UTF16.self) }
        guard byte == UInt8(ascii: "\\") else {
          plain.append(byte)
          continue
        }
        guard position < bytes.count else { break }
        let escape = bytes[position]
        position += 1
        switch escape {
        case UInt8(ascii: "n"): plain.append(0x0A)
        case UInt8(ascii: "t"): plain.append(0x09)
        case UInt8(ascii: "r"): plain.append(0x0D)
        case UInt8(ascii: "b"): plain.append(0x08)
        case UInt8(ascii: "f"): plain.append(0x0C)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain.append(escape)
        case UInt8(ascii: "u"):
          let digits = String(decoding: bytes[position..<min(position + 4, bytes.count)], as: UTF8.self)
          guard digits.utf8.count == 4, let unit = UInt16(digits, radix: 16) else { throw error("\\u needs four hexadecimal digits") }
          units = flushed(units, plain) + [unit]
          plain = []
          position += 4
        default: throw error("an unknown escape")
        }
      }
      throw error("a string without end")
    }
  }
}

extension OptionValue: Codable {
  /// Writes the plain value: a number, a truth value, a text, a list, a table or null.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let value): try container.encode(value)
    case .flag(let value): try container.encode(value)
    case .pair(let a, let b): try container.encode([a, b])
    case .word(let text): try container.encode(text)
    case .null: try container.encodeNil()
    case .list(let values): try container.encode(values)
    case .table(let values): try container.encode(values)
    }
  }

  /// Reads a plain value.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .word(text)
    } else if let values = try? container.decode([OptionValue].self) {
      self = .several(values)
    } else {
      self = .table(try container.decode([String: OptionValue].self))
    }
  }
}

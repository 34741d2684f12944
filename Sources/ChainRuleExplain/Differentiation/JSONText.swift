/// A JSON value that writes itself: members in the order given, numbers in the shortest form that reads back exactly.
indirect enum JSONText {
  case object(KeyValuePairs<String, JSONText?>)
  case array([JSONText])
  case string(String)
  case number(Double)
  case integer(Int)

  /// The value as text; a member without a value is left out, and a number that JSON has no form for is null.
  var text: String {
    switch self {
    case .object(let members):
      let parts = members.compactMap { member in member.value.map { "\(Self.quoted(member.key)): \($0.text)" } }
      return "{" + parts.joined(separator: ", ") + "}"
    case .array(let elements): return "[" + elements.map(\.text).joined(separator: ", ") + "]"
    case .string(let string): return Self.quoted(string)
    case .number(let number): return number.isFinite ? "\(number)" : "null"
    case .integer(let integer): return "\(integer)"
    }
  }

  private static func quoted(_ string: String) -> String {
    var text = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case let control where control.value < 0x20:
        let hex = String(control.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}

/// Adds a JSON string with only what must be escaped escaped, in the shortest way.
func appendJSON(_ string: String, to text: inout [UInt8]) {
  text.append(UInt8(ascii: "\""))
  for byte in string.utf8 {
    switch byte {
    case UInt8(ascii: "\""): text += "\\\"".utf8
    case UInt8(ascii: "\\"): text += "\\\\".utf8
    case 0x08: text += "\\b".utf8
    case 0x09: text += "\\t".utf8
    case 0x0A: text += "\\n".utf8
    case 0x0C: text += "\\f".utf8
    case 0x0D: text += "\\r".utf8
    case 0..<0x20: text += "\\u00\(byte < 0x10 ? "0" : "")\(String(byte, radix: 16))".utf8
    default: text.append(byte)
    }
  }
  text.append(UInt8(ascii: "\""))
}

/// A JSON string, in its quotation marks.
package func jsonText(_ string: String) -> String {
  var bytes: [UInt8] = []
  appendJSON(string, to: &bytes)
  return String(decoding: bytes, as: UTF8.self)
}

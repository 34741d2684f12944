/// `text` fit for one line of a message, a drawing or a terminal: names come from files and programs, so they may hold anything. Control
/// characters, line ends and marks that turn the direction of text become `\u{..}`; what is longer than `limit` is cut.
package func printable(_ text: String, limit: Int = .max) -> String {
  // Nearly every name is this.
  if text.utf8.count <= limit, text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
  var result = ""
  for (count, scalar) in text.unicodeScalars.enumerated() {
    if count == limit { return result + "..." }
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .format: result += "\\u{\(String(scalar.value, radix: 16))}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

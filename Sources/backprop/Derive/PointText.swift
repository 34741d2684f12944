import ChainRule

/// An option that cannot be understood; of a text, with a caret under the place.
struct OptionError: ChainRuleError {
  let description: String

  init(_ message: String) { description = message }

  init(_ message: String, in text: String, at offset: Int) {
    // Only the neighbourhood of a long text; blanks for what would move the caret.
    let characters = text.map { $0.isNewline || $0 == "\t" ? " " : $0 }
    let start = max(0, offset - 50)
    let shown = String(characters[start..<min(characters.count, offset + 50)])
    description = "\(message)\n  \(shown)\n  \(String(repeating: " ", count: offset - start))^"
  }
}

/// A point written x=2,y=-3.
struct PointText {
  let values: [String: Double]

  init(_ text: String) throws {
    var values: [String: Double] = [:]
    var offset = 0
    guard !text.isEmpty else { throw OptionError("a point is missing: --at x=2, or --at x=2,y=-3") }
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let length = part.count
      guard let equals = part.firstIndex(of: "=") else {
        throw OptionError("--at: a value is missing, as in x=2", in: text, at: offset + length)
      }
      let name = part[..<equals].trimmed, number = part[part.index(after: equals)...].trimmed
      guard let first = name.unicodeScalars.first, first.properties.isAlphabetic || first == "_",
        name.unicodeScalars.allSatisfy({ $0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "_" })
      else { throw OptionError("--at: the name of a variable is expected here", in: text, at: offset) }
      let place = offset + part.distance(from: part.startIndex, to: equals) + 1
      guard let value = Double(number), value.isFinite else {
        throw OptionError("--at: a number is expected here", in: text, at: place)
      }
      guard values[name] == nil else { throw OptionError("--at: '\(name)' has a value already", in: text, at: offset) }
      values[name] = value
      offset += length + 1
    }
    self.values = values
  }
}

extension Substring {
  /// Without blanks at either end.
  fileprivate var trimmed: String {
    var rest = self
    while rest.first?.isWhitespace == true { rest = rest.dropFirst() }
    while rest.last?.isWhitespace == true { rest = rest.dropLast() }
    return String(rest)
  }
}

// What a file that does not fit most likely is: said beside what is wrong, never acted upon.

extension CSVIndex {
  /// What else a row with another number of fields than there are columns may be.
  func hint(row: Int, columnCount: Int) -> String {
    if let hint = separatorHint ?? commentHint { return hint }
    let count = fieldCount(row)
    guard count == columnCount + 1, isEmpty(row, count - 1) else { return "" }
    return "; the line ends with \(shown(delimiter)), that of the names does not"
  }

  /// Whether nothing stands in a field of a record, not even quotes.
  func isEmpty(_ record: Int, _ position: Int) -> Bool {
    let field = field(record, position)
    return field.count == 0 && !field.isQuoted
  }

  /// The delimiter that the first lines agree on, where it is another one; nil where nothing points to one.
  var separatorHint: String? {
    guard let first = records.first else { return nil }
    let lines = Array(([first] + records.dropFirst().prefix(2)).map(lineBytes))
    guard !lines[0].contains(delimiter) else { return nil }
    for candidate in [";", "\t", "|", ",", " "].map({ UInt8(ascii: $0) }) where candidate != delimiter {
      let counts = lines.map { line in line.count { $0 == candidate } }
      guard counts[0] > 0, counts.allSatisfy({ $0 == counts[0] }) else { continue }
      return "; the fields are separated by \(shown(candidate)), not by \(shown(delimiter)): name the separator"
    }
    return nil
  }

  /// A first line that is a comment.
  var commentHint: String? {
    guard let first = records.first, lineBytes(first).first == UInt8(ascii: "#") else { return nil }
    return "; line \(first.line) begins with #: CSV has no comments, the first line names the columns"
  }

  /// What a text that is no number may be meant for.
  static func numberHint(_ text: String) -> String? {
    let digits = text.count(where: \.isASCIIDigit)
    guard digits > 0, text.contains(where: { ",' _\u{A0}\u{202F}".contains($0) }),
      text.allSatisfy({ $0.isASCIIDigit || "+-.,' _\u{A0}\u{202F}".contains($0) })
    else { return nil }
    return ": numbers are written with a point before their decimals and nothing between thousands"
  }

  /// The bytes of the line that a record begins on.
  private func lineBytes(_ record: Record) -> [UInt8] {
    bytes.withUnsafeBytes { text in
      Array(text[record.offset...].prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") })
    }
  }

  private func shown(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "\t"): "tabs"
    case UInt8(ascii: " "): "spaces"
    default: "\"\(Character(Unicode.Scalar(byte)))\""
    }
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}

public import ChainRule

/// Writes rows of text as a CSV file (RFC 4180): UTF-8, lines end with LF, fields with a delimiter, quotation mark, line end or outer space
/// in quotation marks.
///
///     try saveCSV([["0", "seven, or so"]], columns: ["id", "note"], to: "notes.csv")
///
/// - Throws: `FormatError` where a row has another number of fields than there are columns, or the file cannot be written; what was there
///   before is there still.
public func saveCSV(_ rows: some Sequence<[String]>, columns: [String], delimiter: Character = ",", to path: String) throws {
  guard let separator = delimiter.asciiValue, !"\"\r\n".utf8.contains(separator) else {
    throw FormatError(file: path, "the delimiter \(quoted(String(delimiter))) is not one ASCII character that can delimit")
  }
  guard !columns.isEmpty else { throw FormatError(file: path, "a table has at least one column") }
  try writeAtomically(to: path) { writer in
    try writer.write(line(columns, separator))
    for (i, row) in rows.enumerated() {
      guard row.count == columns.count else {
        throw FormatError(file: path, place: .line(i + 2), "\(row.count) fields, where there are \(columns.count) columns")
      }
      try writer.write(line(row, separator))
    }
  }
}

/// Writes a matrix as a CSV file, a row for each of its rows; each number in the shortest form that reads as the same.
///
/// - Throws: `FormatError` where the tensor is no matrix of as many columns, or the file cannot be written.
public func saveCSV(_ matrix: Tensor, columns: [String], delimiter: Character = ",", to path: String) throws {
  guard matrix.rank == 2, matrix.shape[1] == columns.count else {
    throw FormatError(file: path, "a tensor of shape \(shapeText(matrix.shape)) is no table of \(columns.count) columns")
  }
  let texts: [String] =
    switch matrix.dtype {
    case .float64: matrix.array(of: Double.self).map { "\($0)" }
    case let type where type.isFloatingPoint: matrix.array(of: Float.self).map { "\($0)" }
    case .bool: matrix.array(of: Bool.self).map { $0 ? "1" : "0" }
    default: matrix.array(of: Int.self).map { "\($0)" }
    }
  guard texts.count == matrix.count else { throw FormatError(file: path, "the tensor's elements cannot be read inside a transform") }
  let width = columns.count
  try saveCSV(
    (0..<matrix.shape[0]).lazy.map { Array(texts[$0 * width..<($0 + 1) * width]) }, columns: columns, delimiter: delimiter, to: path)
}

private func line(_ fields: [String], _ separator: UInt8) -> [UInt8] {
  var bytes: [UInt8] = []
  for (i, field) in fields.enumerated() {
    if i > 0 { bytes.append(separator) }
    let text = field.utf8
    // A lone empty field would be a blank line.
    let isQuoted =
      text.contains { $0 == separator || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
      || text.first == UInt8(ascii: " ") || text.last == UInt8(ascii: " ") || text.isEmpty && fields.count == 1
      || field.hasPrefix("\u{FEFF}")
      || i == 0 && field.hasPrefix("sep=")
    if isQuoted { bytes.append(UInt8(ascii: "\"")) }
    for byte in text {
      if byte == UInt8(ascii: "\"") { bytes.append(byte) }
      bytes.append(byte)
    }
    if isQuoted { bytes.append(UInt8(ascii: "\"")) }
  }
  return bytes + [UInt8(ascii: "\n")]
}

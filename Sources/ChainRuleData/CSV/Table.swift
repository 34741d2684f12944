public import ChainRule

/// A table of text with named columns, read from a CSV file (RFC 4180).
///
/// ```
/// let table = try Table(contentsOf: "digits8-train.csv")
/// let features = table.columnNames.filter { $0 != "label" }
/// let x = try table.values(of: features)                 // row-major, table.rowCount x features.count
/// let y = try table.classLabels("label")                 // indices into y.names
/// ```
///
/// The file must be UTF-8, with or without a byte order mark; lines end with LF, CRLF or throughout with CR. Every row must
/// have as many fields as there are columns; blank lines at the end do not count, nor does a comma at the end of every line. A first
/// line `sep=;` names the delimiter. Numbers are written with a point and without anything between thousands, and must be finite. Whatever is wrong is
/// thrown as a `FormatError` that names the line and the column.
public struct Table: Sendable {
  package let file: String
  let index: CSVIndex
  private let columns: [String: Int]
  /// The records of the index that are rows.
  let rows: Range<Int>

  /// What stands between the fields.
  package var delimiter: Character { Character(Unicode.Scalar(index.delimiter)) }

  /// The names of the columns, in the file's order.
  public let columnNames: [String]

  /// The number of rows, the header not counted.
  public var rowCount: Int {
    rows.count
  }

  /// Reads the file at `path`, whose first line names the columns unless `columnNames` does.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - delimiter: What stands between fields: one ASCII character, `"\t"` for TSV.
  ///   - columnNames: The names for a file that has no header.
  /// - Throws: `FormatError`.
  public init(contentsOf path: String, delimiter: Character = ",", columnNames: [String]? = nil) throws {
    try self.init(FileBytes.read(path), file: path, delimiter, columnNames)
  }

  /// Reads `text`, which errors call `name`.
  ///
  /// - Throws: `FormatError`.
  public init(text: String, name: String = "text", delimiter: Character = ",", columnNames: [String]? = nil) throws {
    try self.init(Bytes(text.utf8), file: name, delimiter, columnNames)
  }

  /// Reads the bytes of a file that is already in memory: `Data`, `[UInt8]`.
  ///
  /// - Throws: `FormatError`.
  public init(data: some Collection<UInt8>, name: String = "data", delimiter: Character = ",", columnNames: [String]? = nil) throws {
    try self.init(Bytes(data), file: name, delimiter, columnNames)
  }

  package init(
    _ bytes: Bytes, file: String, _ delimiter: Character, _ columnNames: [String]?
  ) throws(FormatError) {
    guard let byte = delimiter.asciiValue, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") else {
      throw FormatError(file: file, "the delimiter \(quoted(String(delimiter))) is not one ASCII character that can delimit")
    }
    self.file = file
    index = try CSVIndex(bytes, delimiter: byte, file: file)
    guard !index.records.isEmpty else {
      throw FormatError(file: file, "the file is empty")
    }
    var names = columnNames ?? (0..<index.fieldCount(0)).map { [index] in index.text(index.field(0, $0)) }
    if columnNames == nil, index.records.count > 1, Self.isBlank(0, index) {
      throw FormatError(file: file, place: .line(index.records[0].line), "is blank, where the names of the columns should be")
    }
    let first = columnNames == nil ? 1 : 0
    var end = index.records.count
    while end > first, names.count > 1, Self.isBlank(end - 1, index) {
      end -= 1
    }
    rows = first..<end
    for row in rows where index.fieldCount(row) != names.count {
      let place = FormatError.Place.line(index.records[row].line)
      let count = index.fieldCount(row)
      let columns = "\(names.count) \(names.count == 1 ? "column" : "columns")"
      throw FormatError(
        file: file, place: place,
        Self.isBlank(row, index)
          ? "is blank"
          : "\(count) \(count == 1 ? "field" : "fields"), where there \(names.count == 1 ? "is" : "are") \(columns)"
            + index.hint(row: row, columnCount: names.count))
    }
    // Delimiters at the end of every line make last columns without a name or contents.
    while columnNames == nil, names.count > 1, index.isEmpty(0, names.count - 1),
      rows.allSatisfy({ [index, names] in index.isEmpty($0, names.count - 1) })
    {
      names.removeLast()
    }
    self.columnNames = names
    columns = try Self.positions(names, file, line: columnNames == nil ? index.records[0].line : nil)
  }

  /// The fields of a column, as text.
  ///
  /// - Throws: `FormatError` when there is no such column.
  public func strings(_ column: String) throws -> [String] {
    let position = try position(of: column)
    return rows.map { index.text(field($0, position)) }
  }

  /// The numbers of a column; an empty field counts as `missing` where that is given.
  ///
  /// - Parameters:
  ///   - column: the name of the column.
  ///   - missing: what stands for an empty cell; refused where none is given.
  ///   - allowsNonFinite: whether `nan`, `inf` and numbers beyond 64-bit floating point (`1e400`, which becomes infinity) are
  ///   taken; they are refused otherwise, since nothing can learn from them.
  /// - Throws: `FormatError` naming the first field that is no number.
  public func doubles(_ column: String, missing: Double? = nil, allowsNonFinite: Bool = false) throws -> [Double] {
    try values(of: [column], missing: missing, allowsNonFinite: allowsNonFinite)
  }

  /// The numbers of several columns, row by row: element `row * columns.count + column`.
  ///
  /// - Parameters:
  ///   - columns: the names of the columns, in the order of the result.
  ///   - missing: what an empty field counts as; without it an empty field is refused.
  ///   - allowsNonFinite: whether `nan`, `inf` and numbers beyond 64-bit floating point (`1e400`, which becomes infinity) are taken.
  /// - Throws: `FormatError` naming the first field that is no number.
  public func values(of columns: [String], missing: Double? = nil, allowsNonFinite: Bool = false) throws -> [Double] {
    var positions: [Int] = []
    for column in columns {
      positions.append(try position(of: column))
    }
    var result: [Double] = []
    result.reserveCapacity(rowCount * columns.count)
    for row in rows {
      for position in positions {
        let field = field(row, position)
        if let value = index.withBytes(field, NumberText.double) {
          if !allowsNonFinite, !value.isFinite { throw notFinite(row, position) }
          result.append(value)
        } else if let missing, index.withBytes(field, NumberText.isBlank) {
          result.append(missing)
        } else {
          throw notANumber(row, position, "a number")
        }
      }
    }
    return result
  }

  /// The numbers of several columns as a tensor: [rows, columns].
  ///
  /// - Parameters:
  ///   - columns: the names of the columns; all of them where none are given.
  ///   - missing: what an empty field counts as; without it an empty field is refused.
  ///   - dtype: the type of the tensor; the default type where none is given.
  /// - Throws: `FormatError` naming the first field that is no number.
  public func tensor(of columns: [String]? = nil, missing: Double? = nil, dtype: DType? = nil) throws -> Tensor {
    let columns = columns ?? columnNames
    return Tensor(try values(of: columns, missing: missing), shape: [rowCount, columns.count], dtype: dtype)
  }

  /// The integers of a column.
  ///
  /// - Throws: `FormatError` naming the first field that is no integer.
  public func integers(_ column: String) throws -> [Int] {
    let position = try position(of: column)
    var result: [Int] = []
    result.reserveCapacity(rowCount)
    for row in rows {
      guard let value = index.withBytes(field(row, position), NumberText.integer) else {
        throw notANumber(row, position, "an integer")
      }
      result.append(value)
    }
    return result
  }

  /// The fields of a row, counted from zero, as text.
  package func fields(ofRow row: Int) -> [String] {
    columnNames.indices.map { index.text(field(rows.lowerBound + row, $0)) }
  }

  /// An error about a field of a row of this table, counted from zero.
  package func error(row: Int, column: String, _ message: String) -> FormatError {
    FormatError(file: file, place: .cell(line: index.records[rows.lowerBound + row].line, column: column), message)
  }

  func notANumber(_ row: Int, _ position: Int, _ kind: String) -> FormatError {
    let text = index.text(field(row, position))
    let hint = (columnNames.count == 1 ? index.separatorHint : nil) ?? CSVIndex.numberHint(text) ?? ""
    let message = text.isEmpty ? "is empty, where \(kind) should be" : "\(quoted(text)) is not \(kind)\(hint)"
    return error(row: row - rows.lowerBound, column: columnNames[position], message)
  }

  func notFinite(_ row: Int, _ position: Int) -> FormatError {
    let text = index.text(field(row, position)), hasDigits = text.contains(where: \.isNumber)
    return error(
      row: row - rows.lowerBound, column: columnNames[position],
      "\(quoted(text)) \(hasDigits ? "is too large for a 64-bit number" : "is not a finite number")")
  }

  func position(of column: String) throws(FormatError) -> Int {
    guard let position = columns[column] else {
      throw FormatError(
        file: file, place: .column(column),
        "no column of this name; the table has \(listed(columnNames))\(index.separatorHint ?? index.commentHint ?? "")")
    }
    return position
  }

  func field(_ row: Int, _ position: Int) -> CSVIndex.Field {
    index.field(row, position)
  }

  private static func positions(_ names: [String], _ file: String, line: Int?) throws(FormatError) -> [String: Int] {
    var result: [String: Int] = [:]
    for (position, name) in names.enumerated() {
      if let other = result.updateValue(position, forKey: name) {
        throw FormatError(
          file: file, place: line.map { .line($0) } ?? .file, "columns \(other + 1) and \(position + 1) are both named \(quoted(name))")
      }
    }
    return result
  }

  private static func isBlank(_ record: Int, _ index: CSVIndex) -> Bool {
    let field = index.field(record, 0)
    return index.fieldCount(record) == 1 && field.count == 0 && !field.isQuoted
  }
}

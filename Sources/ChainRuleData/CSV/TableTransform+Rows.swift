public import ChainRule

extension TableTransform {
  /// The rows of a table as numbers: [rows, featureCount], float32.
  ///
  /// - Parameters:
  ///   - table: a table with the columns that were fitted, in any order; others are not looked at.
  ///   - rows: which rows, counted from zero; all of them where none are given.
  /// - Throws: `FormatError` for a column that is missing, and a cell that is no finite number, or that the options refuse.
  public func encoded(_ table: Table, rows: [Int]? = nil) throws -> Tensor {
    let rows = try table.checked(rows), width = featureCount
    guard width > 0 else { return Tensor.zeros([rows.count, 0], dtype: .float32) }
    var problem: (any Error)?
    // Written where they stay: a table is large.
    let result = Tensor(shape: [rows.count, width], dtype: .float32) { bytes in
      let result = bytes.bindMemory(to: Float.self)
      result.initialize(repeating: 0)
      do { try encode(table, rows, into: result) } catch { problem = error }
    }
    if let problem { throw problem }
    return result
  }

  private func encode(_ table: Table, _ rows: [Int], into result: UnsafeMutableBufferPointer<Float>) throws {
    let width = featureCount
    var start = 0
    for column in columns {
      let position = try table.position(of: column.name)
      switch column.kind {
      case .numbers(let numbers):
        let mean = numbers.standardization.mean[0], scale = numbers.standardization.scale[0]
        for (i, row) in rows.enumerated() {
          let value = try table.number(row, position)
          if value == nil {
            if options.missingNumbers == .refuse { throw table.firstMissing(column.name, position, [row]) }
            if column.marksMissing { result[i * width + start + 1] = 1 }
          }
          let difference = (value ?? numbers.fill) - mean
          let scaled =
            difference.isFinite ? Float(difference / scale) : Float(numbers.standardization.applied(to: [value ?? numbers.fill])[0])
          // The network computes in 32 bits.
          guard scaled.isFinite else {
            throw table.error(row: row, column: column.name, "lies too far from the column's mean for a 32-bit number")
          }
          result[i * width + start] = scaled
        }
      case .categories(let categories):
        try forEachCode(column, categories, table, rows, position) { i, code in
          if code > 0 { result[i * width + start + code - 1] = 1 }
        }
      }
      start += column.featureCount
    }
  }

  /// The categories of the rows of a table as numbers for `Embedding`: [rows, codeCounts.count], int64. In each column 0 is a text that was not
  /// there, then come the texts in order, and last empty cells where they are a category.
  ///
  /// - Throws: `FormatError` as `encoded`.
  public func codes(_ table: Table, rows: [Int]? = nil) throws -> Tensor {
    let rows = try table.checked(rows), width = codeCounts.count
    var result = [Int](repeating: 0, count: rows.count * width)
    var place = 0
    for column in columns {
      guard case .categories(let categories) = column.kind else { continue }
      try forEachCode(column, categories, table, rows, try table.position(of: column.name)) { i, code in result[i * width + place] = code }
      place += 1
    }
    return Tensor(result, shape: [rows.count, width])
  }

  /// How many cells of each column of categories hold a text that the fitted rows have not; columns without any are left out.
  ///
  /// - Throws: `FormatError` for a column that is missing.
  public func unknownCategories(_ table: Table) throws -> [String: Int] {
    var result: [String: Int] = [:]
    for column in columns {
      guard case .categories(let categories) = column.kind else { continue }
      let position = try table.position(of: column.name), known = Set(categories.names)
      let count = (0..<table.rowCount).count { row in
        let text = table.category(row, position)
        return !text.isEmpty && !known.contains(text)
      }
      if count > 0 { result[column.name] = count }
    }
    return result
  }

  /// The cells that features came from, row by row in the order of `columnNames`: numbers, texts, and nil where a cell was empty or unknown.
  ///
  /// - Note: Traps, or inside `catching` throws, where `features` are not [rows, featureCount].
  public func decoded(_ features: Tensor) -> [[String?]] {
    guard features.rank == 2, features.shape[1] == featureCount, features.dtype.isFloatingPoint else {
      refuse(
        TensorError(
          .shape, "features of shape \(shapeText(features.shape)) and type \(features.dtype.name), where a row has \(featureCount) numbers",
          hint: "Give what encoded returned.", operation: "TableTransform", shapes: [features.shape]))
      return []
    }
    let values = features.array(of: Double.self), width = featureCount
    // Inside a transform elements cannot be read, and that has been refused.
    guard values.count == features.count else { return [] }
    return (0..<features.shape[0]).map { row in
      var start = row * width
      return columns.map { column in
        defer { start += column.featureCount }
        if column.marksMissing, values[start + column.featureCount - 1] > 0.5 { return nil }
        switch column.kind {
        // Features are 32-bit numbers: more digits would be noise.
        case .numbers(let numbers): return "\(Float(numbers.standardization.inverse(of: [values[start]])[0]))"
        case .categories(let categories): return categories.names.indices.first { values[start + $0] > 0.5 }.map { categories.names[$0] }
        }
      }
    }
  }

  private func forEachCode(
    _ column: Column, _ categories: Categories, _ table: Table, _ rows: [Int], _ position: Int, _ body: (_ i: Int, _ code: Int) -> Void
  ) throws(FormatError) {
    let codes = Dictionary(categories.names.enumerated().map { ($1, $0 + 1) }, uniquingKeysWith: { first, _ in first })
    let mode = codes[categories.mode] ?? 0
    for (i, row) in rows.enumerated() {
      let text = table.category(row, position)
      if let code = codes[text] {
        body(i, code)
      } else if text.isEmpty {
        switch options.missingCategories {
        case .refuse: throw table.firstMissing(column.name, position, [row])
        case .mode: body(i, mode)
        // Where no fitted row had one, nothing was learned of it: it is unknown.
        case .category: body(i, column.marksMissing ? categories.names.count + 1 : options.unknownCategories == .mode ? mode : 0)
        }
      } else {
        switch options.unknownCategories {
        case .none: body(i, 0)
        case .mode: body(i, mode)
        case .refuse: throw table.error(row: row, column: column.name, "\(quoted(text)) is none of \(listed(categories.names))")
        }
      }
    }
  }
}

extension Table {
  /// What stands in a cell.
  enum Cell {
    case number(Double)
    case text
    case missing
  }

  /// What stands in a cell; numbers that are not finite too.
  func cell(_ row: Int, _ position: Int) -> Cell {
    index.withBytes(field(rows.lowerBound + row, position)) { bytes in
      if let value = NumberText.double(bytes) { return .number(value) }
      return Self.isMissing(bytes) ? .missing : .text
    }
  }

  /// The number in a cell; nil where it is empty.
  func number(_ row: Int, _ position: Int) throws(FormatError) -> Double? {
    switch cell(row, position) {
    case .number(let value):
      guard value.isFinite else { throw notFinite(rows.lowerBound + row, position) }
      return value
    case .missing: return nil
    case .text: throw notANumber(rows.lowerBound + row, position, "a number")
    }
  }

  /// The text of a cell without the space around it; empty where nothing is there.
  func category(_ row: Int, _ position: Int) -> String {
    let text = index.text(field(rows.lowerBound + row, position))
    guard text.first?.isWhitespace ?? false || text.last?.isWhitespace ?? false else { return text }
    let start = text.drop(while: \.isWhitespace)
    return String(start[..<(start.lastIndex { !$0.isWhitespace }.map(start.index(after:)) ?? start.startIndex)])
  }

  /// An error about the first of these rows whose cell is empty.
  func firstMissing(_ column: String, _ position: Int, _ rows: [Int]) -> FormatError {
    let row = rows.first { if case .missing = cell($0, position) { true } else { false } } ?? rows.first ?? 0
    return error(row: row, column: column, "is empty, and empty cells are refused")
  }

  /// All rows, or these, where there are such.
  func checked(_ rows: [Int]?) throws(FormatError) -> [Int] {
    guard let rows else { return Array(0..<rowCount) }
    if let bad = rows.first(where: { !(0..<rowCount).contains($0) }) {
      throw FormatError(file: file, "there is no row \(bad): the table has \(rowCount), counted from 0")
    }
    return rows
  }

  /// How tables write that a number is not there.
  private static func isMissing(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    if NumberText.isBlank(text) { return true }
    guard text.count <= 8 else { return false }
    let word = String(decoding: text, as: UTF8.self).lowercased().filter { $0 != " " }
    return ["na", "n/a", "null", "none", "?"].contains(word)
  }
}

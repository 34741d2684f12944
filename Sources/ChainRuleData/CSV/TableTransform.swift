import ChainRule

/// What turns the rows of a table, with text and empty cells, into numbers for a network: fitted on the rows to learn from, then applied to
/// any others.
///
/// ```
/// let table = try Table(contentsOf: "flats.csv")
/// let transform = try TableTransform(fitting: table, columns: ["area", "city"])
/// let x = try transform.encoded(table)                      // [rows, transform.featureCount], float32
/// let new = try transform.encoded(Table(contentsOf: "new.csv"))
/// ```
///
/// A column of numbers is standardised: z = (x - mean) / scale. A column with texts is a category: a feature for each of its texts, 1 where the
/// row has it (`encoded`), or a number for an `Embedding` (`codes`). Empty cells follow the policy of the options; where the fitted rows had
/// some, a further feature says which they were. In columns of numbers `NA`, `N/A`, `null`, `none` and `?` are empty too. Dates are refused: as
/// texts they would be categories that no new row has.
///
/// It is `Codable`, so it travels with a model.
public struct TableTransform: Sendable, Hashable, Codable {
  /// What an empty cell among numbers becomes.
  public enum MissingNumber: String, Sendable, Hashable, Codable, CaseIterable {
    /// The mean of the fitted rows.
    case mean
    /// The median of the fitted rows; of an even number of values, the mean of the middle two.
    case median
    /// The most frequent value of the fitted rows; of several, the smallest.
    case mode
    /// An error.
    case refuse
  }

  /// What an empty cell among categories becomes.
  public enum MissingCategory: String, Sendable, Hashable, Codable, CaseIterable {
    /// A category of its own.
    case category
    /// The most frequent category of the fitted rows; of several, the first by name.
    case mode
    /// An error.
    case refuse
  }

  /// What a category becomes that the fitted rows have not.
  public enum UnknownCategory: String, Sendable, Hashable, Codable, CaseIterable {
    /// None of the categories: each of the column's features is 0, the code is 0.
    case none
    /// The most frequent category of the fitted rows; of several, the first by name.
    case mode
    /// An error.
    case refuse
  }

  /// How columns are taken.
  public struct Options: Sendable, Hashable, Codable {
    /// What empty cells among numbers become.
    public var missingNumbers = MissingNumber.median
    /// What empty cells among categories become.
    public var missingCategories = MissingCategory.category
    /// What categories become that the fitted rows have not.
    public var unknownCategories = UnknownCategory.none
    /// Columns whose numbers are names, such as postcodes.
    public var categories: Set<String> = []
    /// How many different texts a category may have.
    public var maxCategories = 100

    /// Medians, a category for empty cells, none for unknown ones.
    public init() {}
  }

  /// A column of numbers.
  struct Numbers: Sendable, Hashable, Codable {
    /// What an empty cell counts as.
    var fill: Double
    var standardization: Standardization
  }

  /// A column of categories.
  struct Categories: Sendable, Hashable, Codable {
    /// Their texts, by the bytes of their UTF-8.
    var names: [String]
    /// The most frequent.
    var mode: String
  }

  enum Kind: Sendable, Hashable, Codable {
    case numbers(Numbers)
    case categories(Categories)
  }

  struct Column: Sendable, Hashable, Codable {
    var name: String
    var kind: Kind
    /// How many of the fitted rows had an empty cell.
    var missing: Int
    /// Whether empty cells have a feature of their own.
    var marksMissing: Bool

    var featureCount: Int {
      let own = if case .categories(let categories) = kind { categories.names.count } else { 1 }
      return own + (marksMissing ? 1 : 0)
    }
  }

  let columns: [Column]
  /// How columns are taken.
  public let options: Options

  /// The columns that are read, in the order of their features.
  public var columnNames: [String] { columns.map(\.name) }

  /// The name of each feature: `area`, `city=Oslo`, `area is missing`.
  public var featureNames: [String] {
    columns.flatMap { column in
      let own =
        if case .categories(let categories) = column.kind { categories.names.map { "\(column.name)=\($0)" } } else { [column.name] }
      return own + (column.marksMissing ? ["\(column.name) is missing"] : [])
    }
  }

  /// How many numbers a row becomes.
  public var featureCount: Int { columns.reduce(0) { $0 + $1.featureCount } }

  /// How many codes each column of categories has: its texts, one for unknown ones, and one for empty cells where those have one. The sizes of
  /// embeddings.
  public var codeCounts: [Int] {
    columns.compactMap { column in
      if case .categories = column.kind { column.featureCount + 1 } else { nil }
    }
  }

  /// What is done to each column, a line for each.
  public var summary: [String] {
    columns.map { column in
      switch column.kind {
      case .numbers(let numbers):
        let marked = column.marksMissing ? ", and are marked" : ""
        return "\(quoted(column.name)): numbers"
          + (column.missing > 0
            ? "; \(column.missing) missing become the \(options.missingNumbers.rawValue), \(numbers.fill)\(marked)" : "")
      case .categories(let categories):
        let filled =
          column.marksMissing ? "are a category of their own" : "become the most frequent, \(quoted(categories.mode))"
        return "\(quoted(column.name)): \(categories.names.count) categories"
          + (column.missing > 0 ? "; \(column.missing) missing \(filled)" : "")
      }
    }
  }

  /// Measures columns of a table.
  ///
  /// - Parameters:
  ///   - table: the table to learn from.
  ///   - names: the columns; all of them where none are given.
  ///   - rows: the rows to learn from, counted from zero; all of them where none are given.
  ///   - options: what becomes of empty cells and texts.
  /// - Throws: `FormatError` for a column that is missing or empty, dates, a text among numbers, or more categories than the options allow.
  public init(fitting table: Table, columns names: [String]? = nil, rows: [Int]? = nil, options: Options = Options()) throws {
    self.options = options
    let rows = try table.checked(rows)
    guard !rows.isEmpty else { throw FormatError(file: table.file, "has no rows: nothing to learn from") }
    columns = try (names ?? table.columnNames).map { name in
      try Self.column(name, try table.position(of: name), table, rows, options)
    }
  }

  init(columns: [Column], options: Options) { (self.columns, self.options) = (columns, options) }

  private static func column(
    _ name: String, _ position: Int, _ table: Table, _ rows: [Int], _ options: Options
  ) throws(FormatError) -> Column {
    func refused(_ message: String) -> FormatError { FormatError(file: table.file, place: .column(name), message) }
    if let values = options.categories.contains(name) ? nil : try numbers(name, position, table, rows) {
      let missing = rows.count - values.count
      if missing > 0, options.missingNumbers == .refuse { throw table.firstMissing(name, position, rows) }
      let fill = fill(values, options.missingNumbers)
      let standardization = Standardization(of: values + [Double](repeating: fill, count: missing), columnCount: 1)
      return Column(
        name: name, kind: .numbers(Numbers(fill: fill, standardization: standardization)), missing: missing, marksMissing: missing > 0)
    }
    var counts: [String: Int] = [:]
    for row in rows { counts[table.category(row, position), default: 0] += 1 }
    let missing = counts.removeValue(forKey: "") ?? 0
    if missing > 0, options.missingCategories == .refuse { throw table.firstMissing(name, position, rows) }
    guard !counts.isEmpty else { throw refused("is empty in every row: leave the column out") }
    guard counts.count <= options.maxCategories else {
      throw refused(
        "\(counts.count) different texts in \(rows.count) rows, and \(options.maxCategories) categories are the most: leave the column out, or raise the limit"
      )
    }
    let names = counts.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let mode = names.max { (counts[$0] ?? 0) < (counts[$1] ?? 0) } ?? ""
    let most = counts[mode]
    return Column(
      name: name, kind: .categories(Categories(names: names, mode: names.first { counts[$0] == most } ?? mode)), missing: missing,
      marksMissing: missing > 0 && options.missingCategories == .category)
  }

  /// The numbers of a column, without its empty cells; nil where it is of categories, an error where it is of neither.
  private static func numbers(_ name: String, _ position: Int, _ table: Table, _ rows: [Int]) throws(FormatError) -> [Double]? {
    var values: [Double] = [], texts = 0, dates = 0
    values.reserveCapacity(rows.count)
    var firstText: Int?, firstNotFinite: Int?
    for row in rows {
      switch table.cell(row, position) {
      case .number(let value):
        values.append(value)
        if !value.isFinite, firstNotFinite == nil { firstNotFinite = row }
      case .missing: break
      case .text:
        texts += 1
        firstText = firstText ?? row
        if DateText.isDate(table.category(row, position)) { dates += 1 }
      }
    }
    guard let firstText else {
      if values.isEmpty { throw FormatError(file: table.file, place: .column(name), "is empty in every row: leave the column out") }
      if let firstNotFinite { throw table.notFinite(table.rows.lowerBound + firstNotFinite, position) }
      return values
    }
    if 5 * dates >= 4 * (values.count + texts) {
      throw table.error(
        row: firstText, column: name,
        "\(quoted(table.category(firstText, position))) is a date: leave the column out, or put numbers in its place (year, month, days since a day)"
      )
    }
    // One cell in ten or fewer is a slip, not a category.
    if texts * 10 <= values.count { throw table.notANumber(table.rows.lowerBound + firstText, position, "a number") }
    return nil
  }

  private static func fill(_ values: [Double], _ policy: MissingNumber) -> Double {
    let sorted = values.sorted()
    switch policy {
    case .mean: return Standardization(of: values, columnCount: 1).mean[0]
    case .median, .refuse:
      let middle = sorted.count / 2
      return sorted.count % 2 == 1 ? sorted[middle] : sorted[middle - 1] / 2 + sorted[middle] / 2
    case .mode:
      var best = sorted[0], most = 0, start = 0
      for i in sorted.indices where i + 1 == sorted.count || sorted[i + 1] != sorted[i] {
        if i + 1 - start > most { (best, most) = (sorted[i], i + 1 - start) }
        start = i + 1
      }
      return best
    }
  }
}

/// Texts that are dates or times.
enum DateText {
  /// Whether a text is a date, a time, or a date and what follows it: 2024-05-31, 31.5.2024, 5/31/24, 2024-05-31T12:00, 12:30.
  static func isDate(_ text: String) -> Bool {
    let start = text.prefix { $0 != " " && $0 != "T" }
    for separator: Character in ["-", "/", "."] {
      let parts = start.split(separator: separator, omittingEmptySubsequences: false)
      guard parts.count == 3, parts.allSatisfy({ isDigits($0, 1...4) }) else { continue }
      let lengths = parts.map(\.count)
      if lengths[0] == 4 && lengths[1] <= 2 && lengths[2] <= 2 { return true }
      if lengths[0] <= 2 && lengths[1] <= 2 && (lengths[2] == 4 || lengths[2] == 2) { return true }
    }
    let times = start.split(separator: ":", omittingEmptySubsequences: false)
    return (2...3).contains(times.count) && times.prefix(2).allSatisfy { isDigits($0, 1...2) }
      && times.dropFirst(2).allSatisfy { $0.prefix(2).count == 2 && isDigits($0.prefix(2), 2...2) }
  }

  private static func isDigits(_ text: Substring, _ lengths: ClosedRange<Int>) -> Bool {
    lengths.contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) }
  }
}

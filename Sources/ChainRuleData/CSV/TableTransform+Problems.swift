extension TableTransform {
  /// What is wrong with columns that cannot be fitted: of each its first fault, so that all can be mended at once.
  package static func problems(fitting table: Table, columns names: [String], rows: [Int]?, options: Options = Options()) -> [FormatError] {
    names.compactMap { name in
      problem { _ = try TableTransform(fitting: table, columns: [name], rows: rows, options: options) }
    }
  }

  /// What is wrong with columns of a table that cannot be encoded: of each its first fault.
  package func problems(encoding table: Table, rows: [Int]? = nil) -> [FormatError] {
    columns.compactMap { column in
      Self.problem { _ = try TableTransform(columns: [column], options: options).encoded(table, rows: rows) }
    }
  }

  private static func problem(_ work: () throws -> Void) -> FormatError? {
    do {
      try work()
      return nil
    } catch {
      return error as? FormatError
    }
  }
}

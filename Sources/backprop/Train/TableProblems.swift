import ChainRule
import ChainRuleData
import ChainRuleExplain

/// All that is wrong with a table's columns, so that it is mended once and not column by column.
struct TableProblems: BilingualError {
  /// A wrong separator makes every column wrong: nobody reads hundreds of lines.
  private static let lineLimit = 20

  private let file: String
  private(set) var errors: [FormatError] = []

  init(_ file: String) { self.file = file }

  var description: String { phrase.english }

  var phrase: Phrase { Phrase(text(.english), text(.korean)) }

  /// What the work gives; where it fails, nil, and why is kept.
  mutating func noting<R>(_ work: () throws -> R) throws -> R? {
    do {
      return try work()
    } catch let error as FormatError {
      add(error)
    } catch let error as TableProblems {
      error.errors.forEach { add($0) }
    }
    return nil
  }

  mutating func add(_ error: FormatError) {
    if !errors.contains(error) { errors.append(error) }
  }

  /// - Throws: what is wrong, if anything; a single fault as it is.
  func check() throws {
    if errors.count == 1 { throw errors[0] }
    if !errors.isEmpty { throw self }
  }

  private func text(_ language: ExplanationLanguage) -> String {
    let place = "\(printable(file)): ", others = errors.count - Self.lineLimit
    var lines = [place + Phrase("\(errors.count) faults in its columns", "열에 문제가 \(errors.count)가지 있습니다")(language)]
    for error in errors.prefix(Self.lineLimit) {
      let line = Told.text(error, language)
      // Some may be in the table to test on.
      lines.append("  " + (line.hasPrefix(place) ? String(line.dropFirst(place.count)) : line))
    }
    if others > 0 { lines.append("  " + Phrase("and \(others) more", "그 밖에 \(others)가지")(language)) }
    return lines.joined(separator: "\n")
  }
}

extension TableTransform {
  /// A transform of columns, or all that keeps them from being one.
  static func fitted(_ table: Table, columns: [String], rows: [Int], options: Options = Options()) throws -> TableTransform {
    do {
      return try TableTransform(fitting: table, columns: columns, rows: rows, options: options)
    } catch let error as FormatError {
      throw problems(table, problems(fitting: table, columns: columns, rows: rows, options: options), error)
    }
  }

  /// Rows as numbers, or all that keeps columns from being some.
  func allEncoded(_ table: Table, rows: [Int]? = nil) throws -> Tensor {
    do {
      return try encoded(table, rows: rows)
    } catch let error as FormatError {
      throw Self.problems(table, problems(encoding: table, rows: rows), error)
    }
  }

  private static func problems(_ table: Table, _ all: [FormatError], _ first: FormatError) -> any Error {
    guard all.count > 1 else { return first }
    var problems = TableProblems(table.file)
    for error in all { problems.add(error) }
    return problems
  }
}

/// A column of a table as classes: each row's class, as an index, and the name of each class.
public struct ClassLabels: Sendable, Hashable {
  /// The class of each row.
  public let indices: [Int]
  /// The name of each class; what stands in the table.
  public let names: [String]
}

extension Table {
  /// The labels of a column, numbered in their order: integers by value, all else by the bytes of its UTF-8.
  ///
  /// - Throws: `FormatError` when there is no such column, or a label is missing.
  public func classLabels(_ column: String) throws -> ClassLabels {
    let labels = try labels(column)
    let distinct = Set(labels)
    let integers = distinct.compactMap { Int($0) }
    let names =
      integers.count == distinct.count
      ? integers.sorted().map { String($0) } : distinct.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return ClassLabels(indices: try indices(of: labels, column, among: names), names: names)
  }

  /// The labels of a column, numbered as in `names`: the classes of the table that a model was trained on.
  ///
  /// - Throws: `FormatError` naming the first label that is none of `names`.
  public func classIndices(_ column: String, among names: [String]) throws -> [Int] {
    try indices(of: labels(column), column, among: names)
  }

  /// Labels that are integers are written in one way only: `7`, not `07` or ` 7`.
  private func labels(_ column: String) throws -> [String] {
    if let integers = try? integers(column) {
      return integers.map { String($0) }
    }
    return try strings(column)
  }

  private func indices(of labels: [String], _ column: String, among names: [String]) throws -> [Int] {
    let numbers = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    return try labels.enumerated().map { row, label in
      guard !label.isEmpty else {
        throw error(row: row, column: column, "the label is missing")
      }
      guard let number = numbers[label] else {
        throw error(row: row, column: column, "\(quoted(label)) is none of the classes \(listed(names))")
      }
      return number
    }
  }
}

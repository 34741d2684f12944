/// A column of a table as classes: each row's class, as an index, and the name of each class.
public struct ClassLabels: Sendable, Hashable, Codable {
  /// The class of each row.
  public let indices: [Int]
  /// The name of each class; what stands in the table.
  public let names: [String]

  /// Whether the labels look like a measured quantity rather than classes: numbers with fractions, or more than 20 integers that are
  /// not the numbers of classes, 0 or 1 and up without large gaps and each with a few rows.
  public var looksLikeRegression: Bool {
    let numbers = names.compactMap(NumberText.finite)
    guard numbers.count == names.count, let lowest = numbers.min(), let highest = numbers.max() else { return false }
    if numbers.contains(where: { $0 != $0.rounded() }) { return names.count > 2 }
    let isNumbering = (lowest == 0 || lowest == 1) && highest - lowest < 1.25 * Double(names.count) && indices.count >= 5 * names.count
    return names.count > 20 && !isNumbering
  }
}

extension Table {
  /// The labels of a column, numbered in their order: numbers by value, all else by the bytes of its UTF-8.
  ///
  /// - Throws: `FormatError` when there is no such column, a label is missing, or one is no finite number where the others are numbers.
  public func classLabels(_ column: String) throws -> ClassLabels {
    let labels = try labels(column)
    let distinct = Set(labels)
    let numbers = distinct.compactMap { label in NumberText.finite(label).map { (label, $0) } }
    let names =
      numbers.count == distinct.count
      ? numbers.sorted { $0.1 != $1.1 ? $0.1 < $1.1 : (Int($0.0) ?? 0) < (Int($1.0) ?? 0) }.map(\.0)
      : distinct.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return ClassLabels(indices: try indices(of: labels, column, among: names), names: names)
  }

  /// The labels of a column, numbered as in `names`: the classes of the table that a model was trained on.
  ///
  /// - Throws: `FormatError` naming the first label that is none of `names`.
  public func classIndices(_ column: String, among names: [String]) throws -> [Int] {
    try indices(of: labels(column), column, among: names)
  }

  /// Labels that are numbers are written in one way only: `7`, not `07`, `7.0` or ` 7`.
  private func labels(_ column: String) throws -> [String] {
    if let integers = try? integers(column) { return integers.map { String($0) } }
    let texts = try strings(column)
    var numbers: [Double] = []
    var odd: Int?
    for (row, text) in texts.enumerated() {
      if let value = NumberText.finite(text) { numbers.append(value) } else if odd == nil { odd = row }
    }
    guard let odd else { return numbers.map { $0 == $0.rounded() && $0.magnitude < 0x1p53 ? String(Int($0)) : String($0) } }
    // What reads as a number here, reads as one that is not finite.
    let isMissing = { (text: String) in
      ["", "na", "n/a", "null", "none"].contains(text.lowercased())
        || (NumberText.double(text) != nil && NumberText.finite(text) == nil)
    }
    if !numbers.isEmpty, !texts[odd].isEmpty, numbers.count + texts.count(where: isMissing) == texts.count {
      throw error(row: odd, column: column, "\(quoted(texts[odd])) is no label, where the others are numbers")
    }
    return texts
  }

  private func indices(of labels: [String], _ column: String, among names: [String]) throws -> [Int] {
    let numbers = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    return try labels.enumerated().map { row, label in
      guard label.contains(where: { !$0.isWhitespace }) else {
        throw error(row: row, column: column, "the label is missing")
      }
      guard let number = numbers[label] else {
        throw error(row: row, column: column, "\(quoted(label)) is none of the classes \(listed(names))")
      }
      return number
    }
  }
}

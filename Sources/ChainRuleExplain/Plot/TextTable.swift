import ChainRule

/// A table of text with aligned columns.
///
/// ```swift
/// var table = TextTable([.init("layer"), .init("parameters", .right), .init("norm", .decimal)])
/// table.add(["conv1", "320", "1.25"])
/// print(table.text(), terminator: "")
/// ```
public struct TextTable: Sendable {
  /// Where the cells of a column stand.
  public enum Alignment: Sendable {
    /// At the left.
    case left
    /// At the right.
    case right
    /// With their decimal points under each other; a text without one stands as if it ended there.
    case decimal
  }

  /// The head of a column.
  public struct Column: Sendable {
    /// The heading.
    public var name: String
    /// Where the cells stand.
    public var alignment: Alignment

    /// The head of a column.
    public init(_ name: String, _ alignment: Alignment = .left) {
      self.name = name
      self.alignment = alignment
    }
  }

  /// How the table is ruled.
  public enum Style: Sendable {
    /// Two spaces between columns and a line under the heads; for terminals.
    case plain
    /// Pipes, as Markdown wants them.
    case markdown
  }

  /// The heads.
  public let columns: [Column]
  private var rows: [[String]] = []

  /// A table without rows. Line breaks in a head become spaces, and control characters are written out, as in cells.
  public init(_ columns: [Column]) { self.columns = columns.map { Column(Self.cell($0.name), $0.alignment) } }

  /// Adds a row; missing cells are empty, cells beyond the last column are dropped. Line breaks in a cell become spaces.
  public mutating func add(_ cells: [String]) {
    rows.append(
      columns.indices.map { column in
        column < cells.count ? Self.cell(cells[column]) : ""
      })
  }

  private static func cell(_ text: String) -> String { printable(String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 })) }

  /// The table, every line ended by a newline. In ASCII the line under the heads is made of hyphens.
  public func text(style: Style = .plain, ascii: Bool = false) -> String {
    var cells = rows
    var names = columns.map(\.name)
    if style == .markdown {
      let escaped = { (text: String) in String(text.flatMap { $0 == "|" ? ["\\", $0] : [$0] }) }
      (cells, names) = (cells.map { $0.map(escaped) }, names.map(escaped))
    }
    for (index, column) in columns.enumerated() where column.alignment == .decimal {
      let aligned = Self.decimalAligned(cells.map { $0[index] })
      for row in cells.indices { cells[row][index] = aligned[row] }
    }
    let widths = columns.indices.map { column in
      cells.reduce(max(TextMetrics.columns(names[column]), style == .markdown ? 3 : 0)) { max($0, TextMetrics.columns($1[column])) }
    }
    let heads = line(names, widths, style)
    let rule: String
    switch style {
    case .plain: rule = widths.map { String(repeating: ascii ? "-" : "─", count: $0) }.joined(separator: "  ")
    case .markdown:
      rule = "|" + zip(columns, widths).map { $0.alignment == .left ? " " + dashes($1) + " |" : " " + dashes($1 - 1) + ": |" }.joined()
    }
    return ([heads, rule] + cells.map { line($0, widths, style) }).map { $0 + "\n" }.joined()
  }

  private func dashes(_ count: Int) -> String { String(repeating: "-", count: count) }

  private func line(_ cells: [String], _ widths: [Int], _ style: Style) -> String {
    let padded = columns.indices.map { column in
      let space = String(repeating: " ", count: widths[column] - TextMetrics.columns(cells[column]))
      return columns[column].alignment == .left ? cells[column] + space : space + cells[column]
    }
    guard style == .plain else { return "| " + padded.joined(separator: " | ") + " |" }
    let joined = padded.joined(separator: "  ")
    return String(joined[..<(joined.lastIndex { $0 != " " }.map { joined.index(after: $0) } ?? joined.startIndex)])
  }

  /// Pads on the right so that the texts, set flush right, have their points in one column.
  private static func decimalAligned(_ texts: [String]) -> [String] {
    // The exponent belongs to the tail: 1.5e-8 and 12.25e-10 meet at their points.
    let tails = texts.map { text -> Int in
      guard text.first.map({ $0.isNumber || "+-.".contains($0) }) ?? false else { return 0 }
      let end = text.firstIndex { $0 == "." } ?? text.firstIndex { !($0.isNumber || "+-,".contains($0)) } ?? text.endIndex
      return TextMetrics.columns(String(text[end...]))
    }
    let widest = tails.max() ?? 0
    return zip(texts, tails).map { $0 + String(repeating: " ", count: widest - $1) }
  }
}

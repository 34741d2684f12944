/// Sets cells in nested brackets: pads them, wraps rows, and puts a blank line between matrices, as PyTorch does.
struct TensorLayout {
  /// What is printed of a dimension: its first and its last positions, with an ellipsis between where some are left out.
  struct Dimension {
    var head: Int
    var tail: Int
    var isElided: Bool
  }

  private let cells: [String]
  private let width: Int
  private let lineWidth: Int
  private var next = 0
  private(set) var text = ""

  /// A layout of cells in row-major order, each padded on the left to `width`.
  init(cells: [String], width: Int, lineWidth: Int) {
    self.cells = cells
    self.width = width
    self.lineWidth = max(0, lineWidth)
  }

  /// Appends what the given dimensions hold; the recursion is as deep as the rank.
  mutating func append(_ dimensions: ArraySlice<Dimension>, indent: Int) {
    guard let dimension = dimensions.first else { return appendCell() }
    if dimensions.count == 1 { return appendRow(dimension, indent: indent) }
    let separator = "," + String(repeating: "\n", count: dimensions.count - 1) + String(repeating: " ", count: indent + 1)
    text += "["
    for position in 0..<dimension.head {
      if position > 0 { text += separator }
      append(dimensions.dropFirst(), indent: indent + 1)
    }
    if dimension.isElided { text += (dimension.head > 0 ? separator : "") + "..." }
    for _ in 0..<dimension.tail {
      text += separator
      append(dimensions.dropFirst(), indent: indent + 1)
    }
    text += "]"
  }

  private mutating func appendRow(_ dimension: Dimension, indent: Int) {
    let perLine = max(1, (lineWidth - indent) / (width + 2))
    let newline = ",\n" + String(repeating: " ", count: indent + 1)
    let count = dimension.head + dimension.tail + (dimension.isElided ? 1 : 0)
    text += "["
    for position in 0..<count {
      if position > 0 { text += position % perLine == 0 ? newline : ", " }
      if dimension.isElided, position == dimension.head {
        text += dimension.head > 0 ? " ..." : "..."
      } else {
        appendCell()
      }
    }
    text += "]"
  }

  private mutating func appendCell() {
    let cell = cells[next]
    next += 1
    for _ in 0..<max(0, width - cell.utf8.count) { text += " " }
    text += cell
  }
}

/// A matrix of numbers as coloured cells.
public struct Heatmap: Sendable {
  /// The heading.
  public var title: String
  /// What the columns are.
  public var columnTitle = ""
  /// What the rows are.
  public var rowTitle = ""
  /// The name of each column.
  public var columnLabels: [String]
  /// The name of each row.
  public var rowLabels: [String]
  /// Row by row; missing and non-finite values are drawn as empty cells.
  public var values: [[Double]]
  /// The text in each cell; nil writes none.
  public var texts: [[String]]?
  /// The strength of each cell's colour, from 0 to 1 (for signed values from -1 to 1); nil takes the values over the largest magnitude.
  public var intensities: [[Double]]?

  /// A heat map.
  public init(title: String, rowLabels: [String], columnLabels: [String], values: [[Double]], texts: [[String]]? = nil) {
    self.title = title
    self.rowLabels = rowLabels
    self.columnLabels = columnLabels
    self.values = values
    self.texts = texts
  }

  /// The map as a self-contained SVG file. Negative values take a second hue.
  public func svg(cellSize: Double = 40) -> String {
    guard Bounds.hold(["cellSize": cellSize], Bounds.sides, "Heatmap") else { return "" }
    let size = max(4, cellSize)
    let columns = max(columnLabels.count, values.map(\.count).max() ?? 0)
    let rows = max(rowLabels.count, values.count)
    let fontSize = min(12, size * 0.42)
    let rowWidth = rowLabels.map { TextMetrics.width($0, size: 12) }.max() ?? 0
    let columnWidth = columnLabels.map { TextMetrics.width($0, size: 12) }.max() ?? 0
    // Names wider than a cell stand upright.
    let isUpright = columnWidth > size - 4
    let left = 16 + (rowTitle.isEmpty ? 0 : 22) + rowWidth + 8
    let top = (title.isEmpty ? 10 : 40) + (columnTitle.isEmpty ? 0 : 20) + (isUpright ? columnWidth : 14) + 8
    let width = max(left + Double(columns) * size + 16, TextMetrics.width(title, size: 15) + 32)
    let height = top + Double(rows) * size + 16
    var picture = SVGDocument(width: width, height: height, title: title, description: "\(rows) rows, \(columns) columns")
    picture.label(title, x: 16, y: 26, size: 15)
    picture.label(columnTitle, x: left + Double(columns) * size / 2, y: title.isEmpty ? 20 : 52, size: 12, anchor: "middle")
    if !rowTitle.isEmpty { rotated(rowTitle, x: 26, y: top + Double(rows) * size / 2, anchor: "middle", in: &picture) }
    for (column, name) in columnLabels.enumerated() {
      let x = left + (Double(column) + 0.5) * size
      if isUpright {
        rotated(name, x: x + 4, y: top - 6, anchor: "start", in: &picture)
      } else {
        picture.label(name, x: x, y: top - 7, anchor: "middle")
      }
    }
    for (row, name) in rowLabels.enumerated() {
      picture.label(name, x: left - 8, y: top + (Double(row) + 0.5) * size + 4, anchor: "end")
    }
    let largest = values.joined().filter(\.isFinite).map(\.magnitude).max() ?? 0
    for (row, line) in values.enumerated() {
      for (column, value) in line.enumerated() {
        let (x, y) = (left + Double(column) * size, top + Double(row) * size)
        let given = intensities.flatMap { Self.element($0, row, column) } ?? (largest > 0 ? value / largest : 0)
        let strength = given.isFinite && value.isFinite ? max(-1, min(given, 1)) : 0
        picture.element("rect", ["class": "cr-grid", "x": x, "y": y, "width": size, "height": size])
        if strength != 0 {
          let style = SVGStyle.fill(strength < 0 ? 1 : 0)
          picture.element(
            "rect",
            [
              "class": style, "fill-opacity": 0.08 + 0.6 * strength.magnitude, "x": x + 0.5, "y": y + 0.5, "width": size - 1,
              "height": size - 1,
            ])
        }
        guard let text = texts.flatMap({ Self.element($0, row, column) }) else { continue }
        var fitted = fontSize
        while fitted > 5 && TextMetrics.width(text, size: fitted) > size - 4 { fitted -= 0.5 }
        picture.label(text, x: x + size / 2, y: y + size / 2 + fitted * 0.36, size: fitted, anchor: "middle")
      }
    }
    return picture.text
  }

  private static func element<T>(_ rows: [[T]], _ row: Int, _ column: Int) -> T? {
    row < rows.count && column < rows[row].count ? rows[row][column] : nil
  }

  private func rotated(_ text: String, x: Double, y: Double, anchor: String, in picture: inout SVGDocument) {
    picture.begin("g", ["transform": "translate(\(SVGDocument.number(x)) \(SVGDocument.number(y))) rotate(-90)"])
    picture.label(text, x: 0, y: 0, anchor: anchor)
    picture.end()
  }
}

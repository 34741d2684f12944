extension LineChart {
  /// The chart as text for a terminal: braille dots, or plain characters in ASCII, where each series has its own.
  ///
  /// - Parameters:
  ///   - width: columns in all, axis included.
  ///   - height: rows in all, title, legend and axis included.
  ///   - ascii: whether only ASCII characters may be used.
  ///   - color: whether the series are coloured by ANSI escapes.
  public func text(width: Int = 72, height: Int = 18, ascii: Bool = false, color: Bool = false) -> String {
    guard Bounds.hold(["width": Double(width), "height": Double(height)], 0...10_000, "LineChart") else { return "" }
    if let nothingToDraw { return [title, nothingToDraw].filter { !$0.isEmpty }.map { $0 + "\n" }.joined() }
    let (x, y) = axes
    var curves = series
    for tangent in tangents {
      let points = (0...96).map { sample in
        let at = x.value(at: Double(sample) / 96)
        return (x: at, y: tangent.y + tangent.slope * (at - tangent.x))
      }
      curves.append(LineSeries(tangent.name, points))
    }
    let names = curves.map(\.name)
    let hasLegend = names.contains { !$0.isEmpty && $0 != title }
    let heads = [title, yLabel].filter { !$0.isEmpty }.joined(separator: "   ")
    let plotRows = max(3, height - (heads.isEmpty ? 0 : 1) - (hasLegend ? 1 : 0) - 2)
    let labelled = y.ticks(max(2, plotRows / 3)).map { tick in (tick: tick, text: ascii ? tick.plainLabel : tick.label) }
    let gutter = labelled.map { TextMetrics.columns($0.text) }.max() ?? 0
    var canvas = DotCanvas(columns: max(8, width - gutter - 2), rows: plotRows, ascii: ascii)
    for (index, curve) in curves.enumerated() {
      let points = curve.smoothing > 0 ? Curve.smoothed(curve.points, weight: curve.smoothing) : curve.points
      for run in Curve.runs(points, x, y, columns: canvas.width) { canvas.draw(run, series: index, joined: curve.style != .points) }
    }

    var lines: [String] = heads.isEmpty ? [] : [TextMetrics.clipped(heads, columns: max(8, width), ellipsis: ascii ? "..." : "…")]
    if hasLegend { lines.append(legend(names, ascii: ascii, color: color)) }
    var rowLabels = Array(repeating: "", count: plotRows)
    for (tick, text) in labelled where !text.isEmpty {
      let row = plotRows - 1 - Int(((y.fraction(tick.value) ?? 0) * Double(plotRows - 1)).rounded())
      if rowLabels.indices.contains(row) { rowLabels[row] = text }
    }
    for row in 0..<plotRows {
      let label = rowLabels[row]
      let mark = label.isEmpty ? (ascii ? "|" : "│") : (ascii ? "+" : "┤")
      let space = String(repeating: " ", count: gutter - TextMetrics.columns(label))
      lines.append(space + label + mark + canvas.line(row, color: color))
    }
    lines += Self.xAxis(x, columns: canvas.columns, gutter: gutter, label: xLabel, ascii: ascii)
    return lines.map { $0 + "\n" }.joined()
  }

  private func legend(_ names: [String], ascii: Bool, color: Bool) -> String {
    names.enumerated().filter { !$0.element.isEmpty }.map { index, name in
      let mark = ascii ? DotCanvas.glyph(index) : "━"
      return (color ? DotCanvas.paint(mark, index) : mark) + " " + name
    }.joined(separator: "  ")
  }

  /// The axis and the labels under it; a label that would touch the one before is left out.
  private static func xAxis(_ x: Axis, columns: Int, gutter: Int, label: String, ascii: Bool) -> [String] {
    var rule = Array(repeating: ascii ? "-" : "─", count: columns)
    var labels = Array(repeating: " ", count: gutter + 1 + columns)
    var free = 0
    for tick in x.ticks(max(2, columns / 12)) where !tick.label.isEmpty {
      let column = Int(((x.fraction(tick.value) ?? 0) * Double(columns - 1)).rounded())
      guard rule.indices.contains(column) else { continue }
      let text = ascii ? tick.plainLabel : tick.label
      let start = max(0, min(gutter + 1 + column - text.count / 2, labels.count - text.count))
      guard start >= free, text.count <= labels.count else { continue }
      rule[column] = ascii ? "+" : "┬"
      for (offset, character) in text.enumerated() { labels[start + offset] = String(character) }
      free = start + text.count + 2
    }
    let axis = String(repeating: " ", count: gutter) + (ascii ? "+" : "└") + rule.joined()
    var under = labels.joined()
    while under.hasSuffix(" ") { under.removeLast() }
    return [axis, label.isEmpty ? under : under + "  " + label]
  }
}

/// A grid of dots shown as braille characters of 2 x 4 dots, or as one plain character per cell.
struct DotCanvas {
  let columns: Int
  let rows: Int
  private let ascii: Bool
  private var bits: [UInt8]
  private var owner: [Int]

  init(columns: Int, rows: Int, ascii: Bool) {
    self.columns = columns
    self.rows = rows
    self.ascii = ascii
    bits = Array(repeating: 0, count: columns * rows)
    owner = Array(repeating: -1, count: columns * rows)
  }

  /// Dots across.
  var width: Int { ascii ? columns : columns * 2 }
  /// Dots down.
  var height: Int { ascii ? rows : rows * 4 }

  /// Draws points given in unit coordinates, y upwards.
  mutating func draw(_ points: [(x: Double, y: Double)], series: Int, joined: Bool) {
    var last: (x: Int, y: Int)?
    for point in points {
      let x = Int((point.x * Double(width - 1)).rounded()), y = Int(((1 - point.y) * Double(height - 1)).rounded())
      if let last, joined {
        let steps = max(abs(x - last.x), abs(y - last.y))
        for step in stride(from: 1, to: steps, by: 1) {
          let part = Double(step) / Double(steps)
          set(last.x + Int((Double(x - last.x) * part).rounded()), last.y + Int((Double(y - last.y) * part).rounded()), series)
        }
      }
      set(x, y, series)
      last = (x, y)
    }
  }

  /// One row of characters without spaces at the end.
  func line(_ row: Int, color: Bool) -> String {
    var text = ""
    var spaces = 0
    for cell in (row * columns)..<((row + 1) * columns) {
      guard bits[cell] != 0 else {
        spaces += 1
        continue
      }
      text += String(repeating: " ", count: spaces)
      spaces = 0
      // Braille patterns begin at U+2800 and carry one bit per dot.
      let mark = ascii ? Self.glyph(owner[cell]) : Unicode.Scalar(0x2800 + UInt32(bits[cell])).map { String($0) } ?? " "
      text += color ? Self.paint(mark, owner[cell]) : mark
    }
    return text
  }

  /// The character of a series in ASCII.
  static func glyph(_ series: Int) -> String {
    let glyphs = ["*", "+", "o", "x", "#", "@", "%", "&"]
    return glyphs[max(0, series) % glyphs.count]
  }

  /// The text in the ANSI colour of a series.
  static func paint(_ text: String, _ series: Int) -> String { "\u{1B}[\([34, 31, 32, 33, 36, 35][max(0, series) % 6])m\(text)\u{1B}[0m" }

  private mutating func set(_ x: Int, _ y: Int, _ series: Int) {
    guard (0..<width).contains(x), (0..<height).contains(y) else { return }
    let cell = ascii ? y * columns + x : (y / 4) * columns + x / 2
    bits[cell] |= ascii ? 1 : Self.dots[y % 4][x % 2]
    owner[cell] = series
  }

  /// Unicode numbers braille dots 1-3 down the left, 4-6 down the right, 7 and 8 below.
  private static let dots: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
}

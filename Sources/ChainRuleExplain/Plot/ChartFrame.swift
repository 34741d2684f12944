/// The frame of a chart with two axes: title, legend, grid, ticks and axis labels around the area where data is drawn.
struct ChartFrame {
  /// The left end of the plot area.
  let left: Double
  /// The top of the plot area.
  let top: Double
  /// The width of the plot area.
  let width: Double
  /// The height of the plot area.
  let height: Double

  private static let tickSize = 11.0

  /// One entry of a legend.
  enum Key {
    case line(Int, dashed: Bool)
    case dot(Int)
    case diamond
  }

  /// Draws the frame into the picture and returns where the data goes.
  init(
    in picture: inout SVGDocument, title: String, xLabel: String, yLabel: String, x: Axis, y: Axis, legend: [(key: Key, name: String)]
  ) {
    let legendRows = Self.legendRows(legend, width: picture.width - 32)
    let top = 16 + (title.isEmpty ? 0 : 24) + Double(legendRows.count) * 18 + (legendRows.isEmpty ? 0 : 6)
    let bottom = 26 + (xLabel.isEmpty ? 6 : 20.0)
    let height = max(10, picture.height - top - bottom)
    let yTicks = y.ticks(max(2, Int(height / 45)))
    let tickWidth = yTicks.map { TextMetrics.width($0.label, size: Self.tickSize) }.max() ?? 0
    let left = 14 + tickWidth + (yLabel.isEmpty ? 4 : 22)
    let width = max(10, picture.width - left - 20)
    (self.left, self.top, self.width, self.height) = (left, top, width, height)

    if !title.isEmpty { picture.label(title, x: 16, y: 26, size: 15) }
    drawLegend(legendRows, from: title.isEmpty ? 22 : 46, in: &picture)
    let xTicks = Self.xTicks(x, width: width)
    for tick in yTicks {
      let place = self.y(y.fraction(tick.value) ?? 0)
      if tick.label.isEmpty {
        picture.element("line", ["class": "cr-axis", "x1": left - 3, "y1": place, "x2": left, "y2": place])
      } else {
        picture.element("line", ["class": "cr-grid", "x1": left, "y1": place, "x2": left + width, "y2": place])
        picture.label(tick.label, x: left - 7, y: place + 4, style: "cr-faint", size: Self.tickSize, anchor: "end")
      }
    }
    let floor = top + height
    for tick in xTicks {
      let place = self.x(x.fraction(tick.value) ?? 0)
      if tick.label.isEmpty {
        picture.element("line", ["class": "cr-axis", "x1": place, "y1": floor, "x2": place, "y2": floor + 3])
      } else {
        picture.element("line", ["class": "cr-grid", "x1": place, "y1": top, "x2": place, "y2": floor])
        picture.label(tick.label, x: place, y: floor + 16, style: "cr-faint", size: Self.tickSize, anchor: "middle")
      }
    }
    picture.element("path", ["class": "cr-axis", "d": Self.path([(left, top), (left, floor), (left + width, floor)])])
    picture.label(xLabel, x: left + width / 2, y: floor + 35, size: 12, anchor: "middle")
    if !yLabel.isEmpty {
      let (across, down) = (18.0, top + height / 2)
      picture.begin("g", ["transform": "translate(\(SVGDocument.number(across)) \(SVGDocument.number(down))) rotate(-90)"])
      picture.label(yLabel, x: 0, y: 0, size: 12, anchor: "middle")
      picture.end()
    }
  }

  /// The horizontal place of a fraction of the x axis.
  func x(_ fraction: Double) -> Double { left + fraction * width }

  /// The vertical place of a fraction of the y axis; pictures count y downwards.
  func y(_ fraction: Double) -> Double { top + (1 - fraction) * height }

  /// Opens an element that cuts off what lies outside the plot area; close it with `end()`. Inside, places are unchanged.
  func beginClipped(in picture: inout SVGDocument) {
    // Half a stroke more, so that a line along the edge keeps its width.
    let (x, y, w, h) = (left - 2, top - 2, width + 4, height + 4)
    let box = [x, y, w, h].map(SVGDocument.number).joined(separator: " ")
    picture.begin("svg", ["x": x, "y": y, "width": w, "height": h, "viewBox": box])
  }

  /// The path through the points.
  static func path(_ points: some Sequence<(x: Double, y: Double)>) -> String {
    var text = ""
    for point in points { text += "\(text.isEmpty ? "M" : "L")\(SVGDocument.number(point.x)) \(SVGDocument.number(point.y))" }
    return text
  }

  /// As many ticks as have room for their labels.
  private static func xTicks(_ x: Axis, width: Double) -> [AxisTick] {
    var count = max(2, Int(width / 60))
    while count > 2 {
      let ticks = x.ticks(count)
      let labelled = ticks.filter { !$0.label.isEmpty }
      let fits = zip(labelled, labelled.dropFirst()).allSatisfy { a, b in
        let gap = ((x.fraction(b.value) ?? 0) - (x.fraction(a.value) ?? 0)) * width
        return gap >= (TextMetrics.width(a.label, size: tickSize) + TextMetrics.width(b.label, size: tickSize)) / 2 + 8
      }
      if fits { return ticks }
      count -= 1
    }
    return x.ticks(2)
  }

  private static func legendRows(_ entries: [(key: Key, name: String)], width: Double) -> [[(key: Key, name: String, x: Double)]] {
    var rows: [[(key: Key, name: String, x: Double)]] = []
    var next = Double.infinity
    for entry in entries where !entry.name.isEmpty {
      let needed = 26 + TextMetrics.width(entry.name, size: 12)
      if next + needed > width {
        rows.append([])
        next = 0
      }
      rows[rows.count - 1].append((entry.key, entry.name, next))
      next += needed + 18
    }
    return rows
  }

  private func drawLegend(_ rows: [[(key: Key, name: String, x: Double)]], from top: Double, in picture: inout SVGDocument) {
    for (row, entries) in rows.enumerated() {
      let y = top + Double(row) * 18
      for entry in entries {
        let x = 16 + entry.x
        switch entry.key {
        case .line(let index, let dashed):
          picture.element(
            "path",
            [
              "class": SVGStyle.line(index), "stroke-width": 2.0, "stroke-dasharray": dashed ? "5 3" : "none",
              "d": Self.path([(x, y - 4), (x + 20, y - 4)]),
            ])
        case .dot(let index):
          picture.element("circle", ["class": "\(SVGStyle.fill(index)) cr-rim", "cx": x + 10, "cy": y - 4, "r": 4.0])
        case .diamond:
          picture.element("path", ["class": "cr-mark", "stroke-width": 1.5, "d": RegionPlot.diamond(x + 10, y - 4, 4)])
        }
        picture.label(entry.name, x: x + 26, y: y)
      }
    }
  }
}

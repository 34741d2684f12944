/// The decision regions of a classifier of points in the plane, with the points.
///
/// ```swift
/// let plot = RegionPlot(title: "two moons", x: -2...3, y: -1.5...2, columns: 120, rows: 90, classCount: 2) { x, y in probabilities(x, y) }
/// ```
public struct RegionPlot: Sendable {
  /// A point with its true class.
  public struct Point: Sendable {
    /// The place.
    public var x: Double
    /// The place.
    public var y: Double
    /// The true class.
    public var label: Int
    /// Whether the point was held back from training; such points are drawn as diamonds.
    public var isTest: Bool

    /// A point with its true class.
    public init(x: Double, y: Double, label: Int, isTest: Bool = false) {
      self.x = x
      self.y = y
      self.label = label
      self.isTest = isTest
    }
  }

  /// The heading.
  public var title: String
  /// What the horizontal axis is.
  public var xLabel = "x₁"
  /// What the vertical axis is.
  public var yLabel = "x₂"
  /// The language of the legend.
  public var language = ExplanationLanguage.english
  /// The names of the classes in the legend; by default their numbers.
  public var classNames: [String]
  /// The points drawn over the regions.
  public var points: [Point] = []
  private let x: ClosedRange<Double>
  private let y: ClosedRange<Double>
  private let columns: Int
  private let rows: Int
  /// Class and confidence level of each cell, rows from the lowest y upwards.
  private let cells: [Cell]

  private struct Cell: Equatable {
    var label: Int
    var level: Int
  }

  /// Confidence is shown in this many steps, so that cells of one step merge into few rectangles.
  private static let levels = 5

  /// Asks `probabilities` for the class probabilities at the centre of every cell of a grid.
  public init(
    title: String, x: ClosedRange<Double>, y: ClosedRange<Double>, columns: Int = 120, rows: Int = 90, classCount: Int,
    probabilities: (Double, Double) -> [Double]
  ) {
    guard Self.hold(x, y, columns, rows, classCount) else {
      self.init(title: title, x: 0...1, y: 0...1, columns: 1, rows: 1, classCount: 1, grid: [])
      return
    }
    let (columns, rows) = (max(1, columns), max(1, rows))
    var grid: [Double] = []
    grid.reserveCapacity(columns * rows * classCount)
    for row in 0..<rows {
      for column in 0..<columns {
        let px = x.lowerBound + (x.upperBound - x.lowerBound) * (Double(column) + 0.5) / Double(columns)
        let py = y.lowerBound + (y.upperBound - y.lowerBound) * (Double(row) + 0.5) / Double(rows)
        let asked = probabilities(px, py)
        for label in 0..<classCount { grid.append(label < asked.count ? asked[label] : 0) }
      }
    }
    self.init(title: title, x: x, y: y, columns: columns, rows: rows, classCount: classCount, grid: grid)
  }

  /// Takes the probabilities of a whole grid, as one batch of a network gives them: `grid[(row * columns + column) * classCount + class]`,
  /// rows from the lowest y upwards; missing values count as 0.
  public init(
    title: String, x: ClosedRange<Double>, y: ClosedRange<Double>, columns: Int, rows: Int, classCount: Int, grid: [Double]
  ) {
    let holds = Self.hold(x, y, columns, rows, classCount)
    let (x, y, columns, rows) = holds ? (x, y, columns, rows) : (0...1, 0...1, 1, 1)
    let classCount = holds ? classCount : 1
    self.title = title
    (self.x, self.y, self.columns, self.rows) = (x, y, max(1, columns), max(1, rows))
    classNames = (0..<max(1, classCount)).map { "\($0)" }
    cells = (0..<(self.columns * self.rows)).map { cell in
      var best = (label: 0, value: 0.0)
      for label in 0..<max(0, classCount) where cell * classCount + label < grid.count {
        let value = grid[cell * classCount + label]
        if value > best.value { best = (label, value) }
      }
      // From pure chance, 1/K, to certainty.
      let chance = 1 / Double(max(2, classCount))
      let confidence = max(0, min((best.value - chance) / (1 - chance), 1))
      return Cell(label: best.label, level: min(Self.levels - 1, Int(confidence * Double(Self.levels))))
    }
  }

  /// Refuses ranges without a middle, and more cells and classes than anybody can see.
  private static func hold(_ x: ClosedRange<Double>, _ y: ClosedRange<Double>, _ columns: Int, _ rows: Int, _ classCount: Int) -> Bool {
    Bounds.hold(
      [
        "the lower end of x": x.lowerBound, "the upper end of x": x.upperBound, "the lower end of y": y.lowerBound,
        "the upper end of y": y.upperBound,
      ],
      -1e300...1e300, "RegionPlot")
      && Bounds.hold(["columns": Double(columns), "rows": Double(rows), "classCount": Double(classCount)], 0...10_000, "RegionPlot")
  }

  /// The plot as a self-contained SVG file.
  public func svg(width: Double = 640, height: Double = 520) -> String {
    let trainCount = points.filter { !$0.isTest }.count
    let testCount = points.count - trainCount
    let description = Phrase(
      "\(classNames.count) classes, \(trainCount) training points, \(testCount) test points",
      "클래스 \(classNames.count)개, 학습한 점 \(trainCount)개, 테스트한 점 \(testCount)개")(language)
    guard Bounds.hold(["width": width, "height": height], Bounds.sides, "RegionPlot") else { return "" }
    var picture = SVGDocument(width: max(120, width), height: max(100, height), title: title, description: description)
    let (xAxis, yAxis) = (Axis(holding: [], scale: .linear, fixed: x), Axis(holding: [], scale: .linear, fixed: y))
    var legend: [(key: ChartFrame.Key, name: String)] = classNames.enumerated().map { (.dot($0.offset), $0.element) }
    if points.contains(where: \.isTest) { legend.append((.diamond, Phrase("test", "테스트")(language))) }
    let frame = ChartFrame(in: &picture, title: title, xLabel: xLabel, yLabel: yLabel, x: xAxis, y: yAxis, legend: legend)
    drawCells(frame, in: &picture)
    for point in points {
      guard let u = xAxis.fraction(point.x), let v = yAxis.fraction(point.y), (0...1).contains(u), (0...1).contains(v) else { continue }
      let style = "\(SVGStyle.fill(max(0, point.label))) cr-rim"
      if point.isTest {
        picture.element("path", ["class": style, "stroke-width": 1.0, "d": Self.diamond(frame.x(u), frame.y(v), 4.6)])
      } else {
        picture.element("circle", ["class": style, "stroke-width": 1.0, "cx": frame.x(u), "cy": frame.y(v), "r": 3.6])
      }
    }
    return picture.text
  }

  static func diamond(_ x: Double, _ y: Double, _ radius: Double) -> String {
    ChartFrame.path([(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)]) + "Z"
  }

  /// One path per class and level, made of rectangles: runs along a row, grown upwards while the rows above have the same run.
  private func drawCells(_ frame: ChartFrame, in picture: inout SVGDocument) {
    let labelCount = 1 + cells.reduce(0) { max($0, $1.label) }
    var paths: [[String]] = Array(repeating: Array(repeating: "", count: Self.levels), count: labelCount)
    var done = Array(repeating: false, count: cells.count)
    for row in 0..<rows {
      var column = 0
      while column < columns {
        let cell = cells[row * columns + column]
        guard !done[row * columns + column] else {
          column += 1
          continue
        }
        var end = column
        while end < columns, cells[row * columns + end] == cell, !done[row * columns + end] { end += 1 }
        var upper = row + 1
        while upper < rows, (column..<end).allSatisfy({ cells[upper * columns + $0] == cell && !done[upper * columns + $0] }) { upper += 1 }
        for r in row..<upper { for c in column..<end { done[r * columns + c] = true } }
        let left = SVGDocument.number(frame.x(Double(column) / Double(columns)))
        let right = SVGDocument.number(frame.x(Double(end) / Double(columns)))
        let bottom = SVGDocument.number(frame.y(Double(row) / Double(rows)))
        let top = SVGDocument.number(frame.y(Double(upper) / Double(rows)))
        paths[cell.label][cell.level] += "M\(left) \(top)H\(right)V\(bottom)H\(left)Z"
        column = end
      }
    }
    // Without crisp edges the seams between rectangles show as hairlines.
    picture.begin("g", ["shape-rendering": "crispEdges"])
    for (label, levels) in paths.enumerated() {
      for (level, path) in levels.enumerated() where !path.isEmpty {
        let opacity = 0.12 + 0.36 * Double(level) / Double(Self.levels - 1)
        picture.element("path", ["class": SVGStyle.fill(label), "fill-opacity": opacity, "d": path])
      }
    }
    picture.end()
  }
}

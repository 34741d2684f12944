/// One curve or cloud of points of a chart.
public struct LineSeries: Sendable {
  /// How the points are drawn.
  public enum Style: Sendable, Equatable {
    /// Joined by straight lines.
    case line
    /// Each as a dot.
    case points
    /// Both.
    case linePoints
  }

  /// The name in the legend; empty for none.
  public var name: String
  /// The points, in drawing order; one without a place on an axis (not finite, or not positive on a logarithmic axis) leaves a gap.
  public var points: [(x: Double, y: Double)]
  /// How the points are drawn.
  public var style: Style
  /// The weight of the past in an exponential moving average, in 0..<1. Above 0 the raw curve is drawn faint and the average over it.
  public var smoothing: Double

  /// A series of points.
  public init(_ name: String, _ points: [(x: Double, y: Double)], style: Style = .line, smoothing: Double = 0) {
    self.name = name
    self.points = points
    self.style = style
    self.smoothing = smoothing
  }

  /// A series of values at x = `start`, `start + 1`, ...
  public init(_ name: String, values: [Double], start: Double = 0, smoothing: Double = 0) {
    self.init(name, values.enumerated().map { (start + Double($0.offset), $0.element) }, smoothing: smoothing)
  }

  /// The values of a function at the given places.
  public init(_ name: String, at places: [Double], style: Style = .line, _ function: (Double) -> Double) {
    self.init(name, places.map { ($0, function($0)) }, style: style)
  }
}

/// A text at a point of a chart.
public struct ChartAnnotation: Sendable {
  /// The place in data units.
  public var x: Double
  /// The place in data units.
  public var y: Double
  /// The text beside the place.
  public var text: String

  /// A text at a point.
  public init(x: Double, y: Double, text: String) {
    self.x = x
    self.y = y
    self.text = text
  }
}

/// A straight line through a point of a curve, with the slope there: y = y0 + slope (x - x0).
public struct ChartTangent: Sendable {
  /// The point of contact.
  public var x: Double
  /// The value there.
  public var y: Double
  /// The derivative there.
  public var slope: Double
  /// The name in the legend; empty for none.
  public var name: String

  /// A tangent at (x, y).
  public init(x: Double, y: Double, slope: Double, name: String = "") {
    self.x = x
    self.y = y
    self.slope = slope
    self.name = name
  }
}

/// A chart of curves: a loss over steps, an error over step sizes, a function with its tangent.
///
/// ```swift
/// var chart = LineChart(title: "loss", xLabel: "step", yLabel: "cross entropy")
/// chart.series = [LineSeries("train", values: losses, smoothing: 0.9)]
/// let file = chart.svg()
/// ```
public struct LineChart: Sendable {
  /// The heading; also what a screen reader says.
  public var title: String
  /// What x is.
  public var xLabel: String
  /// What y is.
  public var yLabel: String
  /// The scale of the x axis.
  public var xScale: AxisScale
  /// The scale of the y axis.
  public var yScale: AxisScale
  /// The visible part of x; nil shows all.
  public var xRange: ClosedRange<Double>?
  /// The visible part of y; nil shows all.
  public var yRange: ClosedRange<Double>?
  /// The curves, drawn in this order.
  public var series: [LineSeries]
  /// Texts at points.
  public var annotations: [ChartAnnotation]
  /// Tangents.
  public var tangents: [ChartTangent]

  /// A chart without curves.
  public init(
    title: String, xLabel: String = "", yLabel: String = "", xScale: AxisScale = .linear, yScale: AxisScale = .linear,
    series: [LineSeries] = []
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.xScale = xScale
    self.yScale = yScale
    self.series = series
    xRange = nil
    yRange = nil
    annotations = []
    tangents = []
  }

  /// The sentence that stands for a chart of points none of which has a place on the axes; nil where one has, or there are none at all.
  var nothingToDraw: String? {
    let points = series.flatMap(\.points)
    guard !points.isEmpty, tangents.isEmpty, annotations.isEmpty,
      !points.contains(where: { Axis.hasPlace($0.x, xScale) && Axis.hasPlace($0.y, yScale) })
    else { return nil }
    let why = points.allSatisfy { $0.y.isNaN } ? "nan" : "not finite" + (yScale == .logarithmic ? " or not positive" : "")
    return "Nothing to draw: \(points.count == 1 ? "the one value is" : "all \(NumberText.count(points.count)) values are") \(why)."
  }

  /// The axes that hold everything. A tangent's line does not widen them, its point of contact does.
  var axes: (x: Axis, y: Axis) {
    // Only points that have a place on both axes count.
    var (xs, ys): ([Double], [Double]) = ([], [])
    func take(_ x: Double, _ y: Double) {
      guard Axis.hasPlace(x, xScale), Axis.hasPlace(y, yScale) else { return }
      xs.append(x)
      if let xRange, !xRange.contains(x) { return }
      ys.append(y)
    }
    for curve in series { curve.points.forEach { take($0.x, $0.y) } }
    annotations.forEach { take($0.x, $0.y) }
    tangents.forEach { take($0.x, $0.y) }
    return (Axis(holding: xs, scale: xScale, fixed: xRange, margin: 0.02), Axis(holding: ys, scale: yScale, fixed: yRange))
  }
}

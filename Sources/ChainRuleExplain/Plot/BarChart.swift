/// Named amounts as horizontal bars: the times of three derivatives, the norms of the layers.
public struct BarChart: Sendable {
  /// One bar.
  public struct Bar: Sendable {
    /// The text on the left.
    public var name: String
    /// The length; one that is not finite draws no bar, and its text says so.
    public var value: Double
    /// The text at the end; by default the value.
    public var label: String

    /// A bar.
    public init(_ name: String, _ value: Double, label: String? = nil) {
      self.name = name
      self.value = value
      self.label = label ?? NumberText.significant(value, digits: 4)
    }
  }

  /// The heading.
  public var title: String
  /// What the lengths are.
  public var valueLabel: String
  /// From top to bottom.
  public var bars: [Bar]
  /// A logarithmic scale has no zero: bars then begin at the left edge.
  public var scale: AxisScale

  /// A bar chart.
  public init(title: String, valueLabel: String = "", bars: [Bar], scale: AxisScale = .linear) {
    self.title = title
    self.valueLabel = valueLabel
    self.bars = bars
    self.scale = scale
  }

  /// The chart as a self-contained SVG file, as high as the bars need.
  public func svg(width: Double = 640) -> String {
    guard Bounds.hold(["width": width], Bounds.sides, "BarChart") else { return "" }
    let width = max(200, width)
    let top = title.isEmpty ? 16.0 : 44.0
    let floor = top + Double(bars.count) * 26
    let height = floor + (valueLabel.isEmpty ? 30 : 46)
    let description = bars.map { "\($0.name): \($0.label)" }.joined(separator: ", ")
    var picture = SVGDocument(width: width, height: height, title: title, description: description)
    picture.label(title, x: 16, y: 26, size: 15)

    let nameWidth = min(width * 0.4, bars.map { TextMetrics.width($0.name, size: 12) }.max() ?? 0)
    let labelWidth = min(width * 0.25, bars.map { TextMetrics.width($0.label, size: 11) }.max() ?? 0)
    let values = bars.map(\.value)
    // A linear bar stands for its length, so zero is always in the picture.
    let axis = Axis(holding: scale == .linear ? values + [0] : values, scale: scale, margin: scale == .linear ? 0 : 0.08)
    let isBothSided = values.contains { $0 < 0 }
    let left = 16 + nameWidth + 10 + (isBothSided ? labelWidth + 8 : 0)
    let span = max(20, width - left - labelWidth - 30)
    let origin = left + max(0, min(axis.fraction(0) ?? 0, 1)) * span
    for tick in axis.ticks(max(2, Int(span / 80))) where !tick.label.isEmpty {
      let x = left + (axis.fraction(tick.value) ?? 0) * span
      picture.element("line", ["class": "cr-grid", "x1": x, "y1": top, "x2": x, "y2": floor])
      picture.label(tick.label, x: x, y: floor + 16, style: "cr-faint", size: 11, anchor: "middle")
    }
    for (index, bar) in bars.enumerated() {
      let y = top + Double(index) * 26
      let end = axis.fraction(bar.value).map { left + $0 * span } ?? origin
      let name = Self.shortened(bar.name, width: nameWidth, size: 12)
      picture.label(name, x: 16 + nameWidth, y: y + 17, size: 12, anchor: "end")
      picture.element(
        "rect", ["class": SVGStyle.fill(0), "x": min(origin, end), "y": y + 4, "width": max(abs(end - origin), 1), "height": 18.0, "rx": 2])
      let isNegative = end < origin
      let (gap, anchor) = isNegative ? (-6.0, "end") : (6.0, "start")
      picture.label(bar.label, x: end + gap, y: y + 17, style: "cr-text cr-halo", size: 11, anchor: anchor)
    }
    picture.element("line", ["class": "cr-axis", "x1": origin, "y1": top, "x2": origin, "y2": floor])
    picture.label(valueLabel, x: left + span / 2, y: floor + 36, size: 12, anchor: "middle")
    return picture.text
  }

  /// The text cut to fit a width.
  static func shortened(_ text: String, width: Double, size: Double) -> String {
    guard TextMetrics.width(text, size: size) > width + 0.01 else { return text }
    var kept = text
    while !kept.isEmpty && TextMetrics.width(kept + "…", size: size) > width { kept.removeLast() }
    return kept + "…"
  }
}

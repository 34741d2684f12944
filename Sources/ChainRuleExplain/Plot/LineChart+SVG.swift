extension LineChart {
  /// The chart as a self-contained SVG file.
  public func svg(width: Double = 720, height: Double = 420) -> String {
    guard Bounds.hold(["width": width, "height": height], Bounds.sides, "LineChart") else { return "" }
    var picture = SVGDocument(width: max(120, width), height: max(100, height), title: title, description: summary)
    if let nothingToDraw {
      picture.label(title, x: 16, y: 26, size: 15)
      picture.label(nothingToDraw, x: 16, y: title.isEmpty ? 26 : 52, size: 12)
      return picture.text
    }
    let (x, y) = axes
    var legend: [(key: ChartFrame.Key, name: String)] = []
    for (index, curve) in series.enumerated() {
      legend.append((curve.style == .points ? .dot(index) : .line(index, dashed: isDashed(index)), curve.name))
    }
    for (index, tangent) in tangents.enumerated() { legend.append((.line(series.count + index, dashed: true), tangent.name)) }
    // The legend of a single nameless-by-nature curve would only repeat the title.
    if legend.count == 1 && legend[0].name == title { legend = [] }
    let frame = ChartFrame(in: &picture, title: title, xLabel: xLabel, yLabel: yLabel, x: x, y: y, legend: legend)
    frame.beginClipped(in: &picture)
    for (index, curve) in series.enumerated() { draw(curve, index, x, y, frame, in: &picture) }
    for (index, tangent) in tangents.enumerated() { draw(tangent, series.count + index, x, y, frame, in: &picture) }
    picture.end()
    for (index, curve) in series.enumerated() where curve.style != .line { drawPoints(curve, index, x, y, frame, in: &picture) }
    drawAnnotations(x, y, frame, in: &picture)
    return picture.text
  }

  /// What the picture shows, in words, for those who cannot see it.
  private var summary: String {
    series.map { curve in
      let finite = curve.points.filter { $0.x.isFinite && $0.y.isFinite }
      guard let first = finite.first, let last = finite.last else { return "\(curve.name): no points" }
      let (low, high) = finite.reduce((first.y, first.y)) { (min($0.0, $1.y), max($0.1, $1.y)) }
      let text = { NumberText.significant($0, digits: 4) }
      return "\(curve.name): \(NumberText.count(curve.points.count)) points, from \(text(first.y)) at \(text(first.x))"
        + " to \(text(last.y)) at \(text(last.x)), lowest \(text(low)), highest \(text(high))"
    }.joined(separator: ". ")
  }

  /// Colours begin again after the last; dashes tell the second round from the first.
  private func isDashed(_ index: Int) -> Bool { index / SVGStyle.seriesCount % 2 == 1 }

  private func draw(_ curve: LineSeries, _ index: Int, _ x: Axis, _ y: Axis, _ frame: ChartFrame, in picture: inout SVGDocument) {
    guard curve.style != .points else { return }
    let smooth = curve.smoothing > 0
    drawLine(curve.points, index, x, y, frame, opacity: smooth ? 0.3 : 1, in: &picture)
    if smooth { drawLine(Curve.smoothed(curve.points, weight: curve.smoothing), index, x, y, frame, opacity: 1, in: &picture) }
  }

  private func drawLine(
    _ points: [(x: Double, y: Double)], _ index: Int, _ x: Axis, _ y: Axis, _ frame: ChartFrame, opacity: Double,
    in picture: inout SVGDocument
  ) {
    var (lines, dots) = ("", [(x: Double, y: Double)]())
    for run in Curve.runs(points, x, y, columns: Int(frame.width)) {
      let places = run.map { (x: frame.x($0.x), y: frame.y($0.y)) }
      // A point between two gaps has no line to be seen by.
      if places.count == 1 { dots += places } else { lines += ChartFrame.path(places) }
    }
    for dot in dots { picture.element("circle", ["class": SVGStyle.fill(index), "cx": dot.x, "cy": dot.y, "r": 1.5, "opacity": opacity]) }
    guard !lines.isEmpty else { return }
    picture.element(
      "path",
      [
        "class": SVGStyle.line(index), "stroke-width": opacity < 1 ? 1 : 1.8, "stroke-linejoin": "round", "opacity": opacity,
        "stroke-dasharray": isDashed(index) ? "6 3" : "none", "d": lines,
      ])
  }

  private func drawPoints(_ curve: LineSeries, _ index: Int, _ x: Axis, _ y: Axis, _ frame: ChartFrame, in picture: inout SVGDocument) {
    for point in curve.points {
      guard let u = x.fraction(point.x), let v = y.fraction(point.y), (0...1).contains(u), (0...1).contains(v) else { continue }
      picture.element("circle", ["class": "\(SVGStyle.fill(index)) cr-rim", "cx": frame.x(u), "cy": frame.y(v), "r": 3.2])
    }
  }

  private func draw(_ tangent: ChartTangent, _ index: Int, _ x: Axis, _ y: Axis, _ frame: ChartFrame, in picture: inout SVGDocument) {
    // A straight line is bent by a logarithmic axis, so it is drawn through many points there.
    let samples = x.scale == .linear && y.scale == .linear ? 1 : 96
    let points = (0...samples).map { sample in
      let at = x.value(at: Double(sample) / Double(samples))
      return (x: at, y: tangent.y + tangent.slope * (at - tangent.x))
    }
    let lines = Curve.runs(points, x, y, columns: Int(frame.width))
      .map { run in ChartFrame.path(run.map { (x: frame.x($0.x), y: frame.y($0.y)) }) }.joined()
    if !lines.isEmpty {
      picture.element("path", ["class": SVGStyle.line(index), "stroke-width": 1.5, "stroke-dasharray": "6 4", "d": lines])
    }
    if let u = x.fraction(tangent.x), let v = y.fraction(tangent.y) {
      picture.element("circle", ["class": "\(SVGStyle.fill(index)) cr-rim", "cx": frame.x(u), "cy": frame.y(v), "r": 4.0])
    }
  }

  /// Texts go beside their point, to the side with more room; one that would lie on an earlier one moves down.
  private func drawAnnotations(_ x: Axis, _ y: Axis, _ frame: ChartFrame, in picture: inout SVGDocument) {
    var taken: [(left: Double, right: Double, y: Double)] = []
    for annotation in annotations {
      guard let u = x.fraction(annotation.x), let v = y.fraction(annotation.y), (0...1).contains(u), (0...1).contains(v) else { continue }
      let (px, py) = (frame.x(u), frame.y(v))
      let width = TextMetrics.width(annotation.text, size: 11)
      let toRight = px + 8 + width <= frame.left + frame.width
      let left = toRight ? px + 8 : px - 8 - width
      var base = py < frame.top + 20 ? py + 16 : py - 7
      while taken.contains(where: { $0.left < left + width && left < $0.right && abs($0.y - base) < 13 }) { base += 13 }
      taken.append((left, left + width, base))
      picture.element("circle", ["class": "cr-mark", "cx": px, "cy": py, "r": 4.5, "stroke-width": 1.5])
      let (textX, anchor) = toRight ? (px + 8, "start") : (px - 8, "end")
      picture.label(annotation.text, x: textX, y: base, style: "cr-text cr-halo", size: 11, anchor: anchor)
    }
  }
}

public import ChainRuleSymbolic

extension StepStudy {
  /// The errors over the steps on logarithmic axes: each difference formula falls along its truncation error until rounding drives it up,
  /// the complex step stays on the floor. The best step of each is marked, and named in the legend.
  ///
  /// An error of 0, which such an axis has no place for, is drawn at half the spacing of doubles around the exact answer; around 0, where
  /// that is nothing, below the least error that is not 0, and below the rounding of 1.
  public func chart(title: String, language: ExplanationLanguage = .english) -> LineChart {
    let floor = floor, zero = NumberText.significant(floor, digits: 2)
    let says = { (english: String, korean: String) in Phrase(english, korean)(language) }
    let step = says("step h", "증분 h")
    var chart = LineChart(
      title: title, xLabel: language == .english ? remark.map { "\(step); \($0)" } ?? step : step,
      yLabel: says("absolute error (0 is drawn at \(zero))", "절대 오차(0은 \(zero)에 그립니다)"),
      xScale: .logarithmic, yScale: .logarithmic)
    // Curves meet where truncation or rounding alone rules. Drawn from the best to the simplest, each still shows where it is alone.
    for curve in curves.reversed() {
      let points = curve.points.map { (x: $0.step, y: $0.error == 0 ? floor : $0.error) }
      var name = curve.method.title(language)
      if let best = curve.best, best.error.isFinite {
        let (error, h) = (NumberText.significant(best.error, digits: 2), NumberText.significant(best.step, digits: 2))
        name += says(", best \(error) at \(h)", Particle.settled(", h = \(h)에서 \(error)(으)로 가장 작음"))
        chart.annotations.append(ChartAnnotation(x: best.step, y: max(best.error, floor), text: ""))
      }
      chart.series.append(LineSeries(name, points, style: .linePoints))
    }
    return chart
  }

  /// The remark without what follows from it, for which an axis has no room.
  private var word: String {
    guard let remark else { return "" }
    return "; " + (remark.firstRange(of: ", so the derivative").map { String(remark[..<$0.lowerBound]) } ?? remark)
  }

  private var floor: Double {
    if exact != 0 { return max(exact.ulp / 2, 1e-300) }
    let least = curves.flatMap(\.points).map(\.error).filter { $0 > 0 }.min() ?? 1
    return max(min(least / 10, .ulpOfOne / 2), 1e-30)
  }
}

extension NumericDifferentiation.Method {
  /// The name in words.
  public var title: String { title(.english) }

  /// The name in the words of a language.
  public func title(_ language: ExplanationLanguage) -> String {
    switch self {
    case .forward: Phrase("forward", "전진 차분")(language)
    case .central: Phrase("central", "중심 차분")(language)
    case .fivePoint: Phrase("five points", "다섯 점 차분")(language)
    case .complexStep: Phrase("complex step", "복소 증분")(language)
    case .richardson: "Richardson"
    }
  }
}

extension Formula {
  /// The curve along one variable, and its tangent at the point; at a kink the tangents of both sides.
  ///
  /// Where the curve leaves the function's domain it has a gap.
  /// - Parameters:
  ///   - variable: the variable along the axis.
  ///   - point: where.
  ///   - range: the visible part; around the point as wide as four times max(1, |x|) unless given.
  ///   - language: the one of its words.
  /// - Throws: `EvaluationError` where the function or its derivative has no value at the point.
  public func tangentChart(
    _ variable: String, at point: [String: Double], range: ClosedRange<Double>? = nil, language: ExplanationLanguage = .english
  ) throws -> LineChart {
    let says = { (english: String, korean: String) in Phrase(english, korean)(language) }
    let names = point.keys.sorted()
    guard let x = point[variable], let index = names.firstIndex(of: variable) else {
      throw EvaluationError.unboundVariable(name: variable, given: names)
    }
    let function = try compiled(names)
    let y = try function(names.map { point[$0] ?? .nan })
    let slope = try derivative(variable).evaluate(point)
    let reach = 2 * max(1, x.magnitude)
    let range = range ?? (x - reach)...(x + reach)
    var moved = names.map { point[$0] ?? .nan }
    let text = DerivativeReport.cut("\(self)", 60)
    var chart = LineChart(
      title: says(
        "\(text) and its tangent at \(variable) = \(NumberText.significant(x))", "\(variable) = \(NumberText.significant(x))에서 \(text)의 접선"),
      xLabel: variable, yLabel: "f")
    let samples = 480
    let places = (0...samples).map { range.lowerBound + (range.upperBound - range.lowerBound) * Double($0) / Double(samples) }
    chart.series = [
      LineSeries(text, at: places) { place in
        moved[index] = place
        return (try? function(moved)) ?? .nan
      }
    ]
    chart.yRange = Self.visible(chart.series[0].points.map(\.y), around: y)
    func tangent(_ slope: Double, _ side: String = "") -> ChartTangent {
      ChartTangent(x: x, y: y, slope: slope, name: says("slope", "기울기") + " \(NumberText.significant(slope, digits: 6))\(side)")
    }
    if case .kink(let left, let right)? = try? numericDerivative(variable, at: point).diagnosis {
      chart.tangents = [tangent(left, says(" from the left", "(왼쪽)")), tangent(right, says(" from the right", "(오른쪽)"))]
    } else {
      chart.tangents = [tangent(slope)]
    }
    let place = "(\(NumberText.significant(x)), \(NumberText.significant(y)))"
    chart.annotations = [ChartAnnotation(x: x, y: y, text: place)]
    return chart
  }

  /// A part of the values that a pole does not flatten: where the extremes are far beyond the middle half, ten times that around the point.
  private static func visible(_ values: [Double], around center: Double) -> ClosedRange<Double>? {
    let sorted = values.filter(\.isFinite).sorted()
    guard sorted.count > 4, let lowest = sorted.first, let highest = sorted.last, center.isFinite else { return nil }
    let spread = sorted[sorted.count * 3 / 4] - sorted[sorted.count / 4]
    guard spread > 0, highest - lowest > 20 * spread else { return nil }
    return (center - 5 * spread)...(center + 5 * spread)
  }
}

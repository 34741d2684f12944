import Foundation
import Testing

@testable import ChainRuleExplain

struct AxisTicksTests {
  @Test(arguments: 0..<200) func linearTicksAreRoundInsideAndDistinct(_ seed: UInt64) throws {
    let random = Gallery.noise(4, seed: seed)
    let span = pow(10, random[0] * 40 - 20)
    let lower = (random[1] - 0.5) * span * pow(10, random[2] * 4)
    let count = 3 + Int(random[3] * 10)
    let ticks = AxisTicks.ticks(from: lower, to: lower + span, count: count, scale: .linear)
    try #require(ticks.count >= 2, "seed \(seed)")
    #expect(abs(ticks.count - count) <= count / 2 + 1, "seed \(seed): \(ticks.count) for \(count)")
    #expect(ticks.allSatisfy { lower <= $0.value && $0.value <= lower + span }, "seed \(seed)")
    #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $0.value < $1.value }, "seed \(seed)")
    #expect(Set(ticks.map(\.label)).count == ticks.count, "seed \(seed): \(ticks.map(\.label))")
    for tick in ticks {
      let read = try #require(Double(tick.label), "seed \(seed): \(tick.label)")
      #expect(abs(read - tick.value) <= span * 1e-6, "seed \(seed): \(tick)")
    }
  }

  @Test func labelsAreExact() {
    let labels = { (low: Double, high: Double, count: Int) in
      AxisTicks.ticks(from: low, to: high, count: count, scale: .linear).map(\.label)
    }
    #expect(labels(0, 1, 5) == ["0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(labels(-0.3, 0.31, 6) == ["-0.3", "-0.2", "-0.1", "0", "0.1", "0.2", "0.3"])
    #expect(labels(0, 3e6, 4) == ["0", "1e6", "2e6", "3e6"])
    #expect(labels(1e-7, 3e-7, 3) == ["1e-7", "2e-7", "3e-7"])
  }

  @Test func logarithmicTicksArePowers() {
    let ticks = { (low: Double, high: Double, count: Int) in
      AxisTicks.ticks(from: low, to: high, count: count, scale: .logarithmic)
    }
    #expect(ticks(1e-3, 1e3, 8).map(\.label).filter { !$0.isEmpty } == ["10⁻³", "10⁻²", "10⁻¹", "10⁰", "10¹", "10²", "10³"])
    #expect(ticks(1, 20, 5).map(\.label).filter { !$0.isEmpty } == ["1", "2", "5", "10", "20"])
    #expect(ticks(1e-300, 1e300, 6).map(\.label).filter { !$0.isEmpty }.count <= 7)
    #expect(ticks(1e-3, 1e3, 8)[0].plainLabel == "1e-3")
    #expect(ticks(0, 1, 5).isEmpty)
  }

  @Test func impossibleRangesHaveNoTicks() {
    for (low, high) in [(1.0, 1.0), (2, 1), (.nan, 1), (0, .infinity)] {
      #expect(AxisTicks.ticks(from: low, to: high, count: 5, scale: .linear).isEmpty)
    }
    // Neighbouring doubles cannot be divided further, but are still two ends.
    #expect(AxisTicks.ticks(from: 1, to: 1.0.nextUp, count: 5, scale: .linear).count == 2)
    #expect(AxisTicks.ticks(from: -Double.greatestFiniteMagnitude, to: .greatestFiniteMagnitude, count: 5, scale: .linear).count >= 2)
  }

  @Test(arguments: [[], [3], [.nan], [-1, 0], [.leastNonzeroMagnitude, 1e308], [-1e308, 1e308], [.infinity, 2]] as [[Double]])
  func everyAxisHasARange(_ values: [Double]) {
    for scale in [AxisScale.linear, .logarithmic] {
      let axis = Axis(holding: values, scale: scale)
      #expect(axis.lower.isFinite && axis.upper.isFinite && axis.lower < axis.upper)
      for value in values where Axis.hasPlace(value, scale) {
        let place = axis.fraction(value) ?? -1
        #expect(place >= 0 && place <= 1, "\(value) at \(place)")
      }
    }
  }

  @Test func chartsOfBadNumbersAreStillDrawn() {
    let values: [Double] = [.nan, .infinity, -.infinity, 0, -1, 1e308, -1e308, .leastNonzeroMagnitude]
    for scale in [AxisScale.linear, .logarithmic] {
      var chart = LineChart(title: "", yScale: scale, series: [LineSeries("s", values: values, smoothing: 0.5)])
      chart.tangents = [ChartTangent(x: 1, y: .nan, slope: .infinity)]
      #expect(WellFormed.problem(in: chart.svg()) == nil)
      #expect(!chart.svg().contains("nan,"))
      #expect(!chart.text(width: 1, height: 1).isEmpty)
    }
    #expect(WellFormed.problem(in: LineChart(title: "empty").svg()) == nil)
    #expect(WellFormed.problem(in: BarChart(title: "", bars: []).svg()) == nil)
    #expect(WellFormed.problem(in: Heatmap(title: "", rowLabels: [], columnLabels: [], values: []).svg()) == nil)
    #expect(WellFormed.problem(in: ImageGrid(title: "", items: []).svg()) == nil)
    #expect(ConfusionMatrix(labels: []).accuracy == 0)
    #expect(ConfusionMatrix(labels: ["a"]).recall(of: 1) == nil)
    var regions = RegionPlot(title: "", x: 0...1, y: 0...1, columns: 2, rows: 1, classCount: 3, grid: [0, 0, 1, .nan])
    regions.classNames = []
    regions.points = [.init(x: .nan, y: 0, label: -1), .init(x: 0.5, y: 0.5, label: -1)]
    #expect(WellFormed.problem(in: regions.svg()) == nil)
  }
}

import TestSupport
import Testing

@testable import ChainRuleExplain

/// Small drawings compared with the files in Snapshots; `CHAINRULE_RECORD=1` writes them anew.
struct SnapshotTests {
  @Test func lineChart() throws {
    var chart = LineChart(title: "a < b & c", xLabel: "x", yLabel: "y")
    chart.series = [
      LineSeries("one", [(0, 1), (1, 3), (2, .nan), (3, 2), (4, 5)]), LineSeries("two", [(0, 2), (4, 4)], style: .linePoints),
    ]
    chart.tangents = [ChartTangent(x: 1, y: 3, slope: 2, name: "slope 2")]
    chart.annotations = [ChartAnnotation(x: 4, y: 5, text: "end")]
    #expect(try Golden.difference(of: chart.svg(width: 300, height: 200), from: "Snapshots/line.svg") == nil)
    #expect(try Golden.difference(of: chart.text(width: 40, height: 12), from: "Snapshots/line.txt") == nil)
    #expect(try Golden.difference(of: chart.text(width: 40, height: 12, ascii: true), from: "Snapshots/line-ascii.txt") == nil)
  }

  @Test func logarithmicChart() throws {
    var chart = LineChart(title: "error", xLabel: "h", yLabel: "e", xScale: .logarithmic, yScale: .logarithmic)
    chart.series = [LineSeries("forward", [(1e-8, 1e-2), (1e-4, 1e-6), (1, 1e-1), (2, 0)], style: .linePoints)]
    #expect(try Golden.difference(of: chart.svg(width: 300, height: 200), from: "Snapshots/log.svg") == nil)
  }

  @Test func barChart() throws {
    let chart = BarChart(title: "bars", valueLabel: "s", bars: [.init("a", 2), .init("long name", -1), .init("c", .nan)])
    #expect(try Golden.difference(of: chart.svg(width: 300), from: "Snapshots/bars.svg") == nil)
  }

  @Test func confusionMatrix() throws {
    let matrix = ConfusionMatrix(labels: ["cat", "dog"], actual: [0, 0, 0, 1, 1, 7], predicted: [0, 0, 1, 1, 1, 0])
    #expect(try Golden.difference(of: matrix.svg(), from: "Snapshots/confusion.svg") == nil)
    #expect(try Golden.difference(of: matrix.text(), from: "Snapshots/confusion.txt") == nil)
  }

  @Test func regionPlot() throws {
    var plot = RegionPlot(title: "xor", x: 0...1, y: 0...1, columns: 4, rows: 4, classCount: 2) { x, y in
      (x < 0.5) == (y < 0.5) ? [1, 0] : [0.25, 0.75]
    }
    plot.points = [.init(x: 0, y: 0, label: 0), .init(x: 0, y: 1, label: 1, isTest: true), .init(x: 2, y: 2, label: 1)]
    #expect(try Golden.difference(of: plot.svg(width: 200, height: 200), from: "Snapshots/regions.svg") == nil)
  }

  @Test func imageGrid() throws {
    let image = try PixelImage(width: 2, height: 2, pixels: [0, 85, 170, 255])
    #expect(
      try Golden.difference(
        of: ImageGrid(title: "images", items: [.init(image, caption: ["4", "as 9"]), .init(image)]).svg(), from: "Snapshots/images.svg")
        == nil)
  }

  @Test func layout() throws {
    #expect(try Golden.difference(of: LayoutSamples.svg(try LayoutSamples.expression.layered()), from: "Snapshots/layout.svg") == nil)
  }
}

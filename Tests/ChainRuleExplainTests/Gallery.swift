import Foundation

@testable import ChainRuleExplain

/// Sample drawings that the tests check and a person can look at: with `CHAINRULE_PICTURES=DIR` the tests write them there.
enum Gallery {
  static let svgs: [(name: String, text: String)] = [
    ("loss", loss.svg()), ("steps", stepStudy.svg()), ("tangent", tangent.svg()), ("curves", manyCurves.svg()),
    ("confusion", confusion.svg()), ("bars", bars.svg()), ("signed-bars", signedBars.svg()), ("regions", moons.svg()),
    ("heatmap", heatmap.svg(cellSize: 36)), ("images", images.svg()), ("small", small.svg(width: 240, height: 160)),
  ]

  static let texts: [(name: String, text: String)] = [
    ("loss", loss.text()), ("steps", stepStudy.text()), ("steps-ascii", stepStudy.text(width: 60, height: 16, ascii: true)),
    ("tangent", tangent.text()), ("confusion", confusion.text()), ("confusion-md", confusion.text(style: .markdown)),
    ("sparkline", Sparkline.text(losses, width: 40) + "\n"),
  ]

  /// Numbers in 0..<1 from a fixed linear congruential generator (Knuth, TAOCP volume 2, 3.3.4, MMIX).
  static func noise(_ count: Int, seed: UInt64) -> [Double] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 40) / Double(1 << 24)
    }
  }

  static let losses = noise(900, seed: 1).enumerated().map { (step: Int, noise: Double) -> Double in
    let mean = 2.3 * exp(-Double(step) / 180) + 0.08
    return mean + 0.25 * (noise - 0.3)
  }

  static var loss: LineChart {
    var chart = LineChart(title: "MNIST, two layers: loss", xLabel: "step", yLabel: "cross entropy")
    chart.series = [
      LineSeries("train", values: losses, smoothing: 0.95),
      LineSeries("test", at: (0...9).map { Double($0) * 100 }, style: .linePoints) { 2.3 * exp(-$0 / 170) + 0.2 },
    ]
    return chart
  }

  static var stepStudy: LineChart {
    let exact = cos(1.0)
    let steps = (0...60).map { pow(10, -Double($0) / 4) }
    var chart = LineChart(
      title: "d sin(x)/dx at x = 1: error by step", xLabel: "step h", yLabel: "absolute error", xScale: .logarithmic, yScale: .logarithmic)
    chart.series = [
      LineSeries("forward", at: steps, style: .linePoints) { abs((sin(1 + $0) - sin(1)) / $0 - exact) },
      LineSeries("central", at: steps, style: .linePoints) { abs((sin(1 + $0) - sin(1 - $0)) / (2 * $0) - exact) },
    ]
    for curve in chart.series {
      if let best = curve.points.filter({ $0.y > 0 }).min(by: { $0.y < $1.y }) {
        let text = "\(curve.name): \(NumberText.significant(best.y, digits: 2)) at \(NumberText.significant(best.x, digits: 2))"
        chart.annotations.append(ChartAnnotation(x: best.x, y: best.y, text: text))
      }
    }
    return chart
  }

  static var tangent: LineChart {
    var chart = LineChart(title: "x² sin(x) and its tangent at 2", xLabel: "x", yLabel: "y")
    let f = { (x: Double) in x * x * sin(x) }
    chart.series = [LineSeries("x² sin x", at: (0...200).map { Double($0) * 0.025 - 1 }, f)]
    let slope = 4 * sin(2.0) + 4 * cos(2.0)
    chart.tangents = [ChartTangent(x: 2, y: f(2), slope: slope, name: "slope \(NumberText.significant(slope))")]
    chart.annotations = [ChartAnnotation(x: 2, y: f(2), text: "(2, \(NumberText.significant(f(2))))")]
    return chart
  }

  static var manyCurves: LineChart {
    let title = "Twelve schedules & a <long> title, 한국어 제목"
    var chart = LineChart(title: title, xLabel: "epoch", yLabel: "learning rate", yScale: .logarithmic)
    chart.series = (0..<12).map { k in
      LineSeries("schedule number \(k)", at: (0...50).map(Double.init)) { x in
        k == 3 && x == 20 ? .nan : pow(0.98 - Double(k) * 0.01, x)
      }
    }
    return chart
  }

  static var small: LineChart { LineChart(title: "small", series: [LineSeries("", values: [1e6, 1.5e6, 1.2e6])]) }

  static var confusion: ConfusionMatrix {
    var matrix = ConfusionMatrix(labels: (0...9).map { "\($0)" })
    for (index, draw) in noise(10_000, seed: 7).enumerated() {
      let truth = index % 10
      matrix.add(actual: truth, predicted: draw < 0.97 ? truth : (truth + Int(draw * 1e6) % 9 + 1) % 10)
    }
    return matrix
  }

  static var bars: BarChart {
    let names = ["reverse mode", "forward mode", "central differences", "symbolic, as written", "symbolic, simplified"]
    let values = zip(names, [0.94e-6, 0.41e-6, 12e-6, 138e-6, 3.2e-6])
    return BarChart(
      title: "Time per derivative", valueLabel: "seconds", bars: values.map { BarChart.Bar($0, $1, label: NumberText.duration($1)) },
      scale: .logarithmic)
  }

  static var signedBars: BarChart {
    BarChart(title: "Gradient", bars: ["w1", "w2", "b"].enumerated().map { BarChart.Bar($0.element, [-1.5, 0.75, 3.25][$0.offset]) })
  }

  static var heatmap: Heatmap {
    let names = ["conv1.weight", "conv1.bias", "fc.weight", "fc.bias"]
    let values = [[0.5, -0.25, 0], [1, 0.125, -1], [.nan, 0.3, 0.2], [-0.6, 0.1, 0.9]]
    return Heatmap(
      title: "Correlation of gradients", rowLabels: names, columnLabels: ["epoch 1", "epoch 2", "epoch 3"], values: values,
      texts: values.map { $0.map { NumberText.significant($0, digits: 2) } })
  }

  static var moons: RegionPlot {
    var plot = RegionPlot(title: "Two moons and a third class", x: -2...3, y: -1.5...2, classCount: 3) { x, y in
      let scores = [x * x - y, 1.2 - x * x + y, y * 3 - 4 + x].map { exp(2 * $0) }
      return scores.map { $0 / scores.reduce(0, +) }
    }
    let random = noise(360, seed: 3)
    for index in 0..<120 {
      let angle = random[index * 3] * .pi
      let (dx, dy) = (random[index * 3 + 1] * 0.4 - 0.2, random[index * 3 + 2] * 0.4 - 0.2)
      let upper = index % 2 == 0
      plot.points.append(
        .init(
          x: (upper ? cos(angle) : 1 - cos(angle)) + dx, y: (upper ? sin(angle) : 0.5 - sin(angle)) + dy, label: index % 2,
          isTest: index % 5 == 0))
    }
    return plot
  }

  static var images: ImageGrid {
    let items = (0..<11).compactMap { k -> ImageGrid.Item? in
      let values = (0..<784).map { pixel -> Double in
        let (x, y) = (Double(pixel % 28) - 13.5, Double(pixel / 28) - 13.5)
        return exp(-abs((x * x + y * y).squareRoot() - 4 - Double(k % 5)) * 0.8)
      }
      let caption = ["true \(k % 10)", "took for \((k + 3) % 10), 98.3%"]
      return (try? PixelImage(width: 28, height: 28, values: values)).map { .init($0, caption: caption) }
    }
    return ImageGrid(title: "The worst mistakes", items: items, columns: 4)
  }
}

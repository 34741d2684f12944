import ChainRule
import ChainRuleExplain

extension Table {
  private static func chart(_ series: LineSeries..., xScale: AxisScale = .linear, yScale: AxisScale = .linear) -> String {
    let chart = LineChart(title: "t", xScale: xScale, yScale: yScale, series: series)
    return chart.svg() + chart.text()
  }

  private static let line = LineSeries("a", [(x: 0.0, y: 1.0), (x: 1.0, y: 2.0)])
  private static let image = try? PixelImage(width: 2, height: 1, pixels: [0, 255])

  static let charts: [Call] = [
    call("LineSeries.init(_:_:style:smoothing:)", 0.0, 1.0, 0.5) { chart(LineSeries("a", [(x: $0, y: $1), (x: 2, y: 3)], smoothing: $2)) },
    call("LineSeries.init(_:_:style:smoothing:)", 0.5, 1.0) {
      chart(LineSeries("a", [(x: $0, y: $1), (x: 2, y: 3)]), xScale: .logarithmic, yScale: .logarithmic)
    },
    call("LineSeries.init(_:values:start:smoothing:)", [1.0, 2.0], 0.0, 0.5) {
      chart(LineSeries("a", values: $0, start: $1, smoothing: $2))
    },
    call("LineSeries.init(_:at:style:_:)", [1.0, 2.0]) { chart(LineSeries("a", at: $0) { $0 * $0 }) },
    call("LineChart.svg(width:height:)", 720.0, 420.0) { LineChart(title: "t", series: [line]).svg(width: $0, height: $1) },
    call("LineChart.text(width:height:ascii:color:)", 72, 18) { LineChart(title: "t", series: [line]).text(width: $0, height: $1) },
    call("ChartAnnotation.init(x:y:text:)", 0.5, 1.0) {
      var chart = LineChart(title: "t", series: [line])
      chart.annotations.append(ChartAnnotation(x: $0, y: $1, text: "here"))
      return chart.svg() + chart.text()
    },
    call("ChartTangent.init(x:y:slope:name:)", 0.5, 1.0, 2.0) {
      var chart = LineChart(title: "t", series: [line])
      chart.tangents.append(ChartTangent(x: $0, y: $1, slope: $2))
      return chart.svg() + chart.text()
    },
    call("Bar.init(_:_:label:)", 2.0) { BarChart(title: "t", bars: [.init("a", $0), .init("b", 1)]).svg() },
    call("Bar.init(_:_:label:)", 2.0) { BarChart(title: "t", bars: [.init("a", $0), .init("b", 1)], scale: .logarithmic).svg() },
    call("BarChart.svg(width:)", 640.0) { BarChart(title: "t", bars: [.init("a", 2)]).svg(width: $0) },
    call("Heatmap.init(title:rowLabels:columnLabels:values:texts:)", [[1.0, 2.0], [3.0, 4.0]]) {
      Heatmap(title: "t", rowLabels: ["a", "b"], columnLabels: ["c", "d"], values: $0).svg()
    },
    call("Heatmap.svg(cellSize:)", 40.0) { Heatmap(title: "t", rowLabels: ["a"], columnLabels: ["c"], values: [[1]]).svg(cellSize: $0) },
    call("Sparkline.text(_:width:ascii:)", [1.0, 2.0, 3.0], Optional(10)) { Sparkline.text($0, width: $1) },
  ]

  private static func both(_ x: Double, _ y: Double) -> [Double] { [x, y] }

  private static func confusion() -> ConfusionMatrix { ConfusionMatrix(labels: ["a", "b"], actual: [0, 1, 1], predicted: [0, 1, 0]) }

  static let pictures: [Call] = [
    call("ConfusionMatrix.init(labels:actual:predicted:)", [0, 1], [1, 1]) {
      ConfusionMatrix(labels: ["a", "b"], actual: $0, predicted: $1).text()
    },
    call("ConfusionMatrix.add(actual:predicted:)", 0, 1) {
      var matrix = confusion()
      matrix.add(actual: $0, predicted: $1)
      return matrix.svg()
    },
    call("ConfusionMatrix.recall(of:)", 0) { confusion().recall(of: $0) },
    call("ConfusionMatrix.precision(of:)", 0) { confusion().precision(of: $0) },
    call("ConfusionMatrix.svg(title:cellSize:language:)", 44.0) { confusion().svg(cellSize: $0) },
    call("ImageGrid.init(title:items:columns:cellWidth:)", 8, 84.0) { columns, width in
      ImageGrid(title: "t", items: image.map { [ImageGrid.Item($0)] } ?? [], columns: columns, cellWidth: width).svg()
    },
    call("PixelImage.init(width:height:channels:pixels:)", 2, 1, 1, [UInt8(0), 255]) {
      try PixelImage(width: $0, height: $1, channels: $2, pixels: $3)
    },
    call("PixelImage.init(width:height:channels:values:range:)", 2, 1, 1, [0.0, 1.0], 0.0...1.0) {
      try PixelImage(width: $0, height: $1, channels: $2, values: $3, range: $4)
    },
    call("Point.init(x:y:label:isTest:)", 0.5, 0.5, 1) {
      var plot = RegionPlot(title: "t", x: 0...1, y: 0...1, columns: 4, rows: 4, classCount: 2, probabilities: both)
      plot.points.append(RegionPlot.Point(x: $0, y: $1, label: $2))
      return plot.svg()
    },
    call("RegionPlot.init(title:x:y:columns:rows:classCount:probabilities:)", 0.0...1.0, 0.0...1.0, 4, 3, 2, [0.5, 0.5]) {
      a, b, c, d, e, f in
      RegionPlot(title: "t", x: a, y: b, columns: c, rows: d, classCount: e) { _, _ in f }.svg()
    },
    call("RegionPlot.init(title:x:y:columns:rows:classCount:grid:)", 0.0...1.0, 0.0...1.0, 2, 1, 2, [0.5, 0.5, 0.5, 0.5]) {
      RegionPlot(title: "t", x: $0, y: $1, columns: $2, rows: $3, classCount: $4, grid: $5).svg()
    },
    call("RegionPlot.svg(width:height:)", 640.0, 520.0) {
      RegionPlot(title: "t", x: 0...1, y: 0...1, columns: 4, rows: 4, classCount: 2, probabilities: both).svg(width: $0, height: $1)
    },
    call("LayoutPoint.init(_:_:)", 1.0, 2.0) { LayoutPoint($0, $1) },
    call("LayoutSize.init(_:_:)", 10.0, 20.0) { width, height in
      var graph = LayoutGraph()
      let a = graph.addNode(LayoutSize(width, height)), b = graph.addNode(LayoutSize(10, 20))
      graph.addEdge(from: a, to: b, label: LayoutSize(5, 5))
      return try graph.layered().svgPath(ofEdge: 0)
    },
    call("LayoutGraph.addNode(_:group:)", Optional(0)) { group in
      var graph = LayoutGraph()
      _ = graph.addGroup()
      _ = graph.addNode(LayoutSize(10, 20), group: group)
      return try graph.layered()
    },
    call("LayoutGraph.addEdge(from:to:label:)", 0, 1) { from, to in
      var graph = LayoutGraph()
      _ = graph.addNode(LayoutSize(10, 20))
      _ = graph.addNode(LayoutSize(10, 20))
      graph.addEdge(from: from, to: to)
      return try graph.layered()
    },
    call("LayoutGraph.addGroup(heading:parent:)", Optional(0)) { parent in
      var graph = LayoutGraph()
      _ = graph.addGroup()
      let group = graph.addGroup(parent: parent)
      _ = graph.addNode(LayoutSize(10, 20), group: group)
      return try graph.layered()
    },
    call("GraphLayout.svgPath(ofEdge:)", 0) { try layout().svgPath(ofEdge: $0) },
    call("GraphLayout.svgArrow(ofEdge:length:)", 0, 7.0) { try layout().svgArrow(ofEdge: $0, length: $1) },
  ]

  private static func layout() throws -> GraphLayout {
    var graph = LayoutGraph()
    let a = graph.addNode(LayoutSize(10, 20)), b = graph.addNode(LayoutSize(10, 20))
    graph.addEdge(from: a, to: b)
    return try graph.layered()
  }

  static let texts: [Call] = [
    call("NumberText.fixed(_:decimals:)", 1.5, 2) { NumberText.fixed($0, decimals: $1) },
    call("NumberText.significant(_:digits:)", 1.5, 4) { NumberText.significant($0, digits: $1) },
    call("NumberText.count(_:)", 1500) { NumberText.count($0) }, call("NumberText.compact(_:)", 1.5) { NumberText.compact($0) },
    call("NumberText.bytes(_:)", 1500) { NumberText.bytes($0) }, call("NumberText.rate(_:unit:)", 1.5) { NumberText.rate($0) },
    call("NumberText.duration(_:)", 1.5) { NumberText.duration($0) },
    call("NumberText.percent(_:decimals:)", 0.5, 2) { NumberText.percent($0, decimals: $1) },
    call("ProgressLine.init(_:total:unit:language:terminal:)", Optional(10)) { ProgressLine("a", total: $0) },
    call("ProgressLine.init(_:total:unit:language:terminal:interval:now:write:)", Optional(10), Optional(0.1)) {
      var line = ProgressLine("a", total: $0, terminal: Terminal(isInteractive: true), interval: $1, now: { 1 }, write: { _ in })
      line.update(3)
    },
    call("ProgressLine.update(_:note:)", 3) { done in
      var time = 0.0
      var line = ProgressLine(
        "a", total: 10, terminal: Terminal(isInteractive: true), interval: 0,
        now: {
          time += 1
          return time
        }, write: { _ in })
      line.update(1)
      line.update(done)
      line.finish()
    },
    call("Terminal.init(isInteractive:columns:rows:usesUnicode:usesColor:)", 80, 24) { columns, rows in
      var line = ProgressLine(
        "a", total: 10, terminal: Terminal(isInteractive: true, columns: columns, rows: rows), interval: 0, now: { 1 }, write: { _ in })
      line.update(3)
    },
    call("Profile.table(rows:ascii:language:)", 30) { profile { _ = x + x }.table(rows: $0) },
  ]
}

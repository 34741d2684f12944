/// How often a classifier took each class for each other: rows are the true classes, columns the predicted ones.
public struct ConfusionMatrix: Sendable, Equatable {
  /// The names of the classes.
  public let labels: [String]
  /// `counts[true][predicted]`.
  public private(set) var counts: [[Int]]
  /// Pairs added with a class outside the matrix; they are counted here and nowhere else.
  public private(set) var outside = 0

  /// An empty matrix.
  public init(labels: [String]) {
    self.labels = labels
    counts = Array(repeating: Array(repeating: 0, count: labels.count), count: labels.count)
  }

  /// Counts the pairs of true and predicted classes.
  public init(labels: [String], actual: some Sequence<Int>, predicted: some Sequence<Int>) {
    self.init(labels: labels)
    for (truth, guess) in zip(actual, predicted) { add(actual: truth, predicted: guess) }
  }

  /// Counts one pair.
  public mutating func add(actual: Int, predicted: Int) {
    guard labels.indices.contains(actual), labels.indices.contains(predicted) else {
      outside += 1
      return
    }
    counts[actual][predicted] += 1
  }

  /// The number of pairs.
  public var total: Int { counts.joined().reduce(0, +) }

  /// The share of pairs on the diagonal; 0 without pairs.
  public var accuracy: Double { total == 0 ? 0 : Double(labels.indices.reduce(0) { $0 + counts[$1][$1] }) / Double(total) }

  /// Of the pairs that are truly of the class, the share found; nil without any.
  public func recall(of label: Int) -> Double? {
    guard labels.indices.contains(label) else { return nil }
    let row = counts[label].reduce(0, +)
    return row == 0 ? nil : Double(counts[label][label]) / Double(row)
  }

  /// Of the pairs predicted as the class, the share that is; nil without any.
  public func precision(of label: Int) -> Double? {
    guard labels.indices.contains(label) else { return nil }
    let column = counts.reduce(0) { $0 + $1[label] }
    return column == 0 ? nil : Double(counts[label][label]) / Double(column)
  }

  /// The matrix as a self-contained SVG file; the colour is the share of the row, mistakes in a second hue.
  public func svg(title: String = "Confusion matrix", cellSize: Double = 44, language: ExplanationLanguage = .english) -> String {
    let (share, count) = (NumberText.percent(accuracy), NumberText.count(total))
    let heading = "\(title): " + Phrase("\(share) of \(count)", "\(count)개 가운데 \(share)")(language)
    var map = Heatmap(title: heading, rowLabels: labels, columnLabels: labels, values: counts.map { $0.map(Double.init) })
    map.texts = counts.map { $0.map { $0 == 0 ? "" : NumberText.count($0) } }
    map.intensities = counts.enumerated().map { row, line in
      let sum = Double(line.reduce(0, +))
      // The root lets rare mistakes show beside a diagonal of 99 %.
      return line.enumerated().map { sum == 0 ? 0 : (Double($1) / sum).squareRoot() * ($0 == row ? 1 : -1) }
    }
    map.rowTitle = Phrase("true", "정답")(language)
    map.columnTitle = Phrase("predicted", "예측")(language)
    return map.svg(cellSize: cellSize)
  }

  /// The matrix as a table of text, with recall at the right and precision at the bottom.
  public func text(style: TextTable.Style = .plain) -> String {
    let share = { (value: Double?) in value.map { NumberText.percent($0, decimals: 1) } ?? "-" }
    var table = TextTable([.init("true \\ predicted", .right)] + labels.map { .init($0, .right) } + [.init("recall", .right)])
    for (row, line) in counts.enumerated() {
      table.add([labels[row]] + line.map { $0 == 0 ? "." : "\($0)" } + [share(recall(of: row))])
    }
    table.add(["precision"] + labels.indices.map { share(precision(of: $0)) } + [NumberText.percent(accuracy, decimals: 1)])
    return table.text(style: style)
  }
}

import ChainRuleExplain
import Foundation

/// How well probabilities of classes fit what is known of the samples.
struct ClassScores {
  let matrix: ConfusionMatrix
  private let labels: [Int]
  private let probabilities: [Double]
  private let classNames: [String]

  /// - Parameters:
  ///   - probabilities: of each class, sample by sample.
  init(labels: [Int], probabilities: [Double], classNames: [String]) {
    self.labels = labels
    self.probabilities = probabilities
    self.classNames = classNames
    let count = classNames.count
    let predicted = labels.indices.map { i in
      (0..<count).max { probabilities[i * count + $0] < probabilities[i * count + $1] } ?? 0
    }
    matrix = ConfusionMatrix(labels: classNames, actual: labels, predicted: predicted)
  }

  /// The harmonic mean of precision and recall of a class; nil without a sample that is one or is taken for one.
  func f1(_ label: Int) -> Double? {
    let hits = Double(matrix.counts[label][label]), actual = Double(matrix.counts[label].reduce(0, +))
    let predicted = Double(matrix.counts.reduce(0) { $0 + $1[label] })
    return actual + predicted == 0 ? nil : 2 * hits / (actual + predicted)
  }

  /// The area under the ROC curve of a class against the rest: the probability that of two samples, one of which is of the class, that one is
  /// taken for it rather; nil without both.
  func rocArea(_ label: Int) -> Double? {
    let scores = labels.indices.map { probabilities[$0 * classNames.count + label] }
    let order = labels.indices.sorted { scores[$0] < scores[$1] }
    // The sum of the ranks of the class's samples (Mann and Whitney 1947); equal scores share a rank.
    var rankSum = 0.0, start = 0
    while start < order.count {
      var end = start
      while end < order.count, scores[order[end]] == scores[order[start]] { end += 1 }
      let rank = Double(start + end + 1) / 2
      rankSum += rank * Double(order[start..<end].count { labels[$0] == label })
      start = end
    }
    let positives = Double(labels.count { $0 == label }), negatives = Double(labels.count) - positives
    return positives == 0 || negatives == 0 ? nil : (rankSum - positives * (positives + 1) / 2) / (positives * negatives)
  }

  /// Of the samples whose class is taken with about this probability, the share that is right.
  private var calibration: [(confidence: Double, right: Double, count: Int)] {
    var sums = [(confidence: Double, right: Double, count: Int)](repeating: (0, 0, 0), count: 10)
    let count = classNames.count
    for (i, label) in labels.enumerated() {
      let row = probabilities[i * count..<(i + 1) * count]
      guard let best = row.indices.max(by: { row[$0] < row[$1] }) else { continue }
      let bin = Swift.min(Int(row[best] * 10), 9)
      sums[bin].confidence += row[best]
      sums[bin].right += best - i * count == label ? 1 : 0
      sums[bin].count += 1
    }
    return sums.filter { $0.count > 0 }.map { ($0.confidence / Double($0.count), $0.right / Double($0.count), $0.count) }
  }

  /// The mean distance of confidence and share of right answers, over tenths of confidence (the expected calibration error).
  var calibrationError: Double {
    calibration.reduce(0) { $0 + abs($1.confidence - $1.right) * Double($1.count) } / Double(Swift.max(labels.count, 1))
  }

  /// A table of the classes, and the figures of all.
  var text: String {
    func percent(_ value: Double?) -> String { value.map { NumberText.percent($0, decimals: 1) } ?? "-" }
    var table = TextTable([
      .init(spoken("class", "클래스")), .init(spoken("samples", "샘플"), .right), .init(spoken("precision", "정밀도"), .right),
      .init(spoken("recall", "재현율"), .right), .init("F1", .right), .init(spoken("ROC area", "ROC 넓이"), .right),
    ])
    for (i, name) in classNames.enumerated() {
      table.add([
        name, NumberText.count(matrix.counts[i].reduce(0, +)), percent(matrix.precision(of: i)), percent(matrix.recall(of: i)),
        percent(f1(i)), rocArea(i).map { NumberText.fixed($0, decimals: 4) } ?? "-",
      ])
    }
    let count = NumberText.count(matrix.total)
    return table.text(ascii: !Terminal.output.usesUnicode) + spoken("accuracy", "정확도") + " \(NumberText.percent(matrix.accuracy)) "
      + spoken("(\(count) samples), calibration error ", "(샘플 \(count)개), 보정 오차 ") + NumberText.percent(calibrationError)
  }

  /// The confusion matrix, where it can be read, and how far confidence can be relied on.
  var pictures: [String: String] {
    var pictures = ["calibration.svg": calibrationChart.svg()]
    // More classes make a picture of many megabytes that nobody reads.
    if classNames.count <= 60 { pictures["confusion.svg"] = matrix.svg(title: spoken("Confusion matrix", "혼동 행렬"), language: .spoken) }
    return pictures
  }

  private var calibrationChart: LineChart {
    var chart = LineChart(
      title: spoken("Calibration: mean distance ", "확률 보정: 평균 거리 ") + NumberText.percent(calibrationError),
      xLabel: spoken("probability given to the class", "클래스에 매긴 확률"), yLabel: spoken("share of right answers", "맞은 비율"))
    chart.series = [
      LineSeries(spoken("as it should be", "이상적일 때"), [(x: 0, y: 0), (x: 1, y: 1)]),
      LineSeries(spoken("the network", "신경망"), calibration.map { (x: $0.confidence, y: $0.right) }, style: .linePoints),
    ]
    (chart.xRange, chart.yRange) = (0...1, 0...1)
    return chart
  }
}

/// How well estimates of a quantity fit its true values.
struct QuantityScores {
  /// What it is: the name of a column.
  let name: String
  let actual: [Double]
  let predicted: [Double]

  private var errors: [Double] { zip(predicted, actual).map { $0 - $1 } }

  /// The share of the variance that is explained: 1 - (squared errors) / (squared distances from the mean); 0 where nothing varies.
  var r2: Double {
    let mean = actual.reduce(0, +) / Double(Swift.max(actual.count, 1))
    let variation = actual.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return variation > 0 ? 1 - errors.reduce(0) { $0 + $1 * $1 } / variation : 0
  }

  var meanAbsoluteError: Double { errors.reduce(0) { $0 + abs($1) } / Double(Swift.max(actual.count, 1)) }

  var rootMeanSquaredError: Double { (errors.reduce(0) { $0 + $1 * $1 } / Double(Swift.max(actual.count, 1))).squareRoot() }

  /// The figures on one line.
  var line: String {
    let (mean, root) = (NumberText.significant(meanAbsoluteError), NumberText.significant(rootMeanSquaredError))
    return "R2 \(NumberText.fixed(r2, decimals: 4)), "
      + spoken("mean absolute error \(mean), root mean squared error \(root)", "평균 절대 오차 \(mean), 평균 제곱근 오차 \(root)")
  }

  /// What is left of the quantity beside its estimates: a cloud without a shape where nothing more can be learned.
  var pictures: [String: String] {
    // A few thousand points show the shape; more would only make the file large.
    let step = Swift.max(1, actual.count / 3000)
    let places = Array(stride(from: 0, to: actual.count, by: step))
    var residuals = LineChart(
      title: spoken("Residuals: ", "잔차: ") + line, xLabel: spoken("predicted \(name)", "\(name)의 예측값"),
      yLabel: spoken("true - predicted", "정답 - 예측값"))
    let low = places.map { predicted[$0] }.min() ?? 0, high = places.map { predicted[$0] }.max() ?? 1
    residuals.series = [
      LineSeries("", places.map { (x: predicted[$0], y: actual[$0] - predicted[$0]) }, style: .points),
      LineSeries(spoken("no error", "오차 없음"), [(x: low, y: 0), (x: high, y: 0)]),
    ]
    var estimates = LineChart(
      title: spoken("Predicted and true \(name)", "\(name)의 예측값과 정답"), xLabel: spoken("predicted", "예측값"), yLabel: spoken("true", "정답"))
    estimates.series = [
      LineSeries("", places.map { (x: predicted[$0], y: actual[$0]) }, style: .points),
      LineSeries(spoken("as it should be", "이상적일 때"), [(x: low, y: low), (x: high, y: high)]),
    ]
    return ["residuals.svg": residuals.svg(), "predictions.svg": estimates.svg()]
  }
}

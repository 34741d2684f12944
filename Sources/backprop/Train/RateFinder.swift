import ChainRule
import ChainRuleData
import ChainRuleExplain
import ChainRuleNN
import ChainRuleOptim
import Foundation

/// Looks for a learning rate: trains with rates that grow from step to step, and sees where the loss falls and where it grows again (Smith 2017,
/// "Cyclical learning rates for training neural networks").
struct RateFinder {
  private static let rates = (0..<120).map { 1e-7 * pow(10 / 1e-7, Double($0) / 119) }
  let run: TrainingRun

  init(_ run: TrainingRun) { self.run = run }

  /// Says which rate to take, and draws lr.svg.
  func find() throws {
    let points = losses()
    guard let best = points.min(by: { $0.loss < $1.loss }), points.count >= 10 else {
      throw FormatError(file: run.folder.path, "the loss is not finite with the smallest rates already: no rate helps")
    }
    // At the least loss the rate is nearly too large already.
    let advice = best.rate / 10
    var chart = LineChart(
      title: spoken("Loss while the learning rate grows", "학습률을 키울 때의 손실"), xLabel: spoken("learning rate", "학습률"),
      yLabel: run.objective.lossName, xScale: .logarithmic)
    chart.series = [LineSeries(spoken("loss, running mean", "손실(이동 평균)"), points.map { (x: $0.rate, y: $0.loss) })]
    let terminal = Terminal.output
    print(chart.text(width: Swift.min(terminal.columns, 100), height: 14, ascii: !terminal.usesUnicode, color: terminal.usesColor))
    try run.folder.write(chart.svg(), to: "lr.svg")
    run.folder.tell("lr.svg")
    let rates = (NumberText.significant(best.rate, digits: 2), NumberText.significant(advice, digits: 2))
    print(
      spoken(
        "the loss is least with a learning rate of \(rates.0); take a tenth of it: --lr \(rates.1)",
        "학습률 \(rates.0)에서 손실이 가장 작습니다. 그 10분의 1을 쓰세요: --lr \(rates.1)"))
  }

  /// The running mean of the loss at each rate, until it has left the range.
  private func losses() -> [(rate: Double, loss: Double)] {
    var points: [(rate: Double, loss: Double)] = [], mean = 0.0, least = Double.infinity
    let loader = DataLoader(run.train, batchSize: run.settings.batch, shuffle: true, workers: 1)
    while points.count < Self.rates.count {
      for (x, y) in loader.prefix(Self.rates.count - points.count) {
        let rate = Self.rates[points.count]
        for group in run.optimizer.groups { group.lr = rate }
        let loss = run.objective.loss(run.model(x), y)
        run.optimizer.zeroGrad()
        let value = loss.item()
        guard value.isFinite else { return points }
        loss.backward()
        run.optimizer.step()
        mean = 0.9 * mean + 0.1 * value
        // Early means hold less than the whole weight.
        let smoothed = mean / (1 - pow(0.9, Double(points.count + 1)))
        least = Swift.min(least, smoothed)
        if smoothed > 4 * least { return points }
        points.append((rate, smoothed))
      }
    }
    return points
  }
}

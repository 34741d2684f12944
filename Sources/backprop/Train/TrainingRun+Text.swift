import ChainRuleExplain

/// What a run says of itself.
extension TrainingRun {
  /// What the samples measured after each epoch are.
  private var measured: String { settings.patience > 0 ? "validation" : "test" }
  /// The same for the reader.
  private var measuredName: String { settings.patience > 0 ? spoken("validation", "검증") : spoken("test", "테스트") }

  /// What is about to be done.
  var planPhrase: Phrase {
    var parts = [
      Phrase("\(settings.epochs) epochs in batches of \(settings.batch)", "\(settings.epochs)에폭, 배치 \(settings.batch)"),
      Phrase(settings.optimizer.rawValue, settings.optimizer.rawValue),
      Phrase("learning rate \(settings.lr)", "학습률 \(settings.lr)"),
    ]
    if settings.schedule != .constant { parts.append(Phrase(settings.schedule.rawValue, settings.schedule.rawValue)) }
    if settings.clip > 0 { parts.append(Phrase("gradients of a norm up to \(settings.clip)", "기울기의 norm은 \(settings.clip)까지")) }
    if settings.patience > 0 {
      parts.append(
        Phrase("at most \(settings.patience) epochs without improvement", "나아지지 않으면 \(settings.patience)에폭 뒤에 끝냄"))
    }
    return Phrase(parts.map(\.english).joined(separator: ", "), parts.map(\.korean).joined(separator: ", "))
  }

  var plan: String { planPhrase(.spoken) }

  /// The score of the epoch under way.
  var trainScore: Double {
    let loss = progress.lossSum / Double(Swift.max(progress.samples, 1))
    return objective.score(hits: progress.correct, targets: progress.samples * form.targetsPerSample, loss: loss)
  }

  /// Loss and score of the epoch under way.
  var standing: String {
    guard progress.samples > 0 else { return "" }
    return spoken("loss", "손실") + " \(NumberText.fixed(progress.lossSum / Double(progress.samples), decimals: 4))  \(objective.scoreName) "
      + objective.text(trainScore, decimals: 1)
  }

  func text(_ record: EpochRecord) -> String {
    spoken("loss", "손실")
      + " \(NumberText.fixed(record.trainLoss, decimals: 4))  \(measuredName) \(NumberText.fixed(record.testLoss, decimals: 4))  "
      + "\(objective.scoreName) \(objective.text(record.trainScore, decimals: 1))  \(measuredName) \(objective.text(record.testScore))"
  }

  /// The names of a record's numbers.
  var recordNames: [String] {
    let score = objective.score.prefix(1).uppercased() + objective.score.dropFirst()
    return ["trainLoss", "train\(score)", "\(measured)Loss", "\(measured)\(score)"]
  }

  /// The loss of every step, with its running mean, and that of samples not learned from after each epoch.
  func lossChart() -> LineChart {
    let perEpoch = (train.count + settings.batch - 1) / settings.batch
    var chart = LineChart(
      title: spoken("Training loss", "학습 손실"), xLabel: spoken("step", "단계"), yLabel: objective.lossName,
      series: [
        LineSeries(spoken("loss of a step, and its running mean", "단계마다의 손실과 그 이동 평균"), values: progress.losses, start: 1, smoothing: 0.9)
      ])
    chart.series.append(
      LineSeries(
        spoken("\(measured) loss", "\(measuredName) 손실"),
        progress.epochs.enumerated().map { (x: Double(($0.offset + 1) * perEpoch), y: $0.element.testLoss) },
        style: .linePoints))
    return chart
  }

  /// A JSON line for each step and each epoch; a run gone on with has the same as one that never stopped.
  func metrics() -> String {
    let perEpoch = (train.count + settings.batch - 1) / settings.batch
    return Self.metrics(progress.losses, perEpoch: perEpoch, epochs: progress.epochs.map { Array(zip(recordNames, $0.values)) })
  }

  /// The lines of metrics.jsonl: of each step its loss, of each epoch what was measured after it, by name.
  static func metrics(_ losses: [Double], perEpoch: Int, epochs: [[(String, Double)]]) -> String {
    func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "null" }
    var text = ""
    for (i, loss) in losses.enumerated() {
      text += "{\"step\": \(i + 1), \"loss\": \(number(loss))}\n"
      guard (i + 1) % perEpoch == 0, epochs.indices.contains(i / perEpoch) else { continue }
      let fields = epochs[i / perEpoch].map { "\"\($0)\": \(number($1))" }
      text += "{\"epoch\": \(i / perEpoch + 1), \"step\": \(i + 1), \(fields.joined(separator: ", "))}\n"
    }
    return text
  }
}

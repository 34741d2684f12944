import CKernels
import ChainRule
import ChainRuleData
import ChainRuleExplain
import ChainRuleNN
import ChainRuleOptim

/// One training run of a classifier, the same for every job: data, network, optimizer, and what has been measured so far.
final class ClassifierRun<Data: Dataset> where Data.Batch == (Tensor, Tensor) {
  let settings: RunSettings
  let model: Sequential
  let train: Data
  let test: Data
  let classNames: [String]
  private let optimizer: Optimizer
  private let folder: RunFolder
  private let metadata: [String: String]
  private(set) var progress = RunProgress()

  /// A run of `model`, or with `checkpoint` the rest of one.
  init(
    settings: RunSettings, train: Data, test: Data, model: ModelForm, folder: RunFolder, checkpoint: Checkpoint?
  ) throws {
    self.settings = settings
    self.train = train
    self.test = test
    self.folder = folder
    classNames = model.classNames
    self.model = model.network()
    optimizer = settings.optimizer.optimizer(self.model.parameters(), lr: settings.lr)
    var metadata = model.metadata
    for (name, text) in settings.texts { metadata["run.\(name)"] = text }
    metadata["run.samples"] = "\(train.count)"
    self.metadata = metadata
    guard let checkpoint else { return }
    if let text = checkpoint.metadata["run.samples"], text != metadata["run.samples"] {
      throw FormatError(file: checkpoint.path, place: .key("run.samples"), "the run was begun with \(text) samples, not \(train.count)")
    }
    progress = try checkpoint.restore(self.model, optimizer)
    guard progress.stepInEpoch < (train.count + settings.batch - 1) / settings.batch, progress.samples <= train.count,
      progress.correct <= progress.samples
    else {
      throw FormatError(file: checkpoint.path, place: .key("run.place"), "lies behind the end of an epoch")
    }
  }

  /// Trains to the last epoch, or until the process is asked to end; either way the folder then holds all there is.
  ///
  /// - Returns: whether the last epoch was reached.
  func run() throws -> Bool {
    cr_interrupt_watch()
    let loader = DataLoader(train, batchSize: settings.batch, shuffle: true, workers: 1)
    let steps = settings.epochs * loader.batchCount
    var line = ProgressLine("training", total: settings.epochs * train.count, unit: "samples")
    let clock = ContinuousClock()
    var lastSave = clock.now
    while progress.epoch < settings.epochs, !cr_interrupted() {
      for (x, y) in epoch(of: loader) {
        step(x, y)
        line.update(
          progress.epoch * train.count + progress.samples,
          note: "epoch \(progress.epoch + 1)/\(settings.epochs)  step \(progress.losses.count)/\(steps)  \(standing)")
        if cr_interrupted() { break }
      }
      if progress.stepInEpoch == loader.batchCount { endEpoch(&line) }
      // A checkpoint costs a write to the disk; epochs of a few milliseconds share one.
      guard progress.epoch == settings.epochs || cr_interrupted() || clock.now - lastSave > .milliseconds(500) else { continue }
      try save()
      lastSave = clock.now
    }
    line.finish(note: progress.epochs.last.map(Self.text) ?? standing)
    try saveSafetensors(model.stateDict(), metadata: metadata, to: folder.file("model.safetensors"))
    for name in [Checkpoint.name, "metrics.jsonl", "model.safetensors"] { folder.tell(name) }
    return progress.epoch >= settings.epochs
  }

  /// The batches of the epoch under way that have not been seen, in the order that its beginning drew.
  private func epoch(of loader: DataLoader<Data>) -> some Sequence<(Tensor, Tensor)> {
    guard progress.stepInEpoch > 0 else {
      progress.epochStart = Generator.default.snapshot
      return loader.epoch(from: 0)
    }
    let now = Generator.default.snapshot
    Generator.default.snapshot = progress.epochStart
    defer { Generator.default.snapshot = now }
    return loader.epoch(from: progress.stepInEpoch)
  }

  private func step(_ x: Tensor, _ y: Tensor) {
    let logits = model(x)
    let loss = crossEntropy(logits, y)
    optimizer.zeroGrad()
    loss.backward()
    optimizer.step()
    let value = loss.item()
    progress.losses.append(value)
    progress.stepInEpoch += 1
    progress.correct += noGrad { (logits.argmax(dim: 1) .== y).sum().item(as: Int.self) }
    progress.lossSum += value * Double(x.shape[0])
    progress.samples += x.shape[0]
  }

  private func endEpoch(_ line: inout ProgressLine) {
    let count = Double(progress.samples), answers = evaluate(test)
    let record = EpochRecord(
      trainLoss: progress.lossSum / count, trainAccuracy: Double(progress.correct) / count, testLoss: answers.meanLoss,
      testAccuracy: answers.accuracy)
    progress.epochs.append(record)
    progress.epoch += 1
    (progress.stepInEpoch, progress.correct, progress.lossSum, progress.samples) = (0, 0, 0, 0)
    if settings.epochs <= 20 { line.log("epoch \(progress.epoch)/\(settings.epochs)  \(Self.text(record))") }
  }

  private func save() throws {
    try Checkpoint.save(model, optimizer, progress, metadata: metadata, to: folder.file(Checkpoint.name))
    try folder.write(metrics(), to: "metrics.jsonl")
  }

  /// Loss and accuracy of the epoch under way.
  private var standing: String {
    guard progress.samples > 0 else { return "" }
    return "loss \(NumberText.fixed(progress.lossSum / Double(progress.samples), decimals: 4))  accuracy "
      + NumberText.percent(Double(progress.correct) / Double(progress.samples), decimals: 1)
  }

  private static func text(_ record: EpochRecord) -> String {
    "loss \(NumberText.fixed(record.trainLoss, decimals: 4))  accuracy \(NumberText.percent(record.trainAccuracy, decimals: 1))  "
      + "test loss \(NumberText.fixed(record.testLoss, decimals: 4))  test accuracy "
      + NumberText.percent(record.testAccuracy)
  }

  // MARK: What it says

  /// What the network says of samples.
  func evaluate(_ samples: Data) -> Answers { Answers(of: model, samples) }

  /// The loss of every step, with its running mean.
  func lossChart() -> LineChart {
    LineChart(
      title: "Training loss", xLabel: "step", yLabel: "cross entropy",
      series: [LineSeries("loss", values: progress.losses, start: 1, smoothing: 0.9)])
  }

  /// A JSON line for each step and each epoch; a run gone on with has the same as one that never stopped.
  private func metrics() -> String {
    func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "null" }
    let perEpoch = (train.count + settings.batch - 1) / settings.batch
    var text = ""
    for (i, loss) in progress.losses.enumerated() {
      text += "{\"step\": \(i + 1), \"loss\": \(number(loss))}\n"
      guard (i + 1) % perEpoch == 0, progress.epochs.indices.contains(i / perEpoch) else { continue }
      let record = progress.epochs[i / perEpoch]
      text +=
        "{\"epoch\": \(i / perEpoch + 1), \"step\": \(i + 1), \"trainLoss\": \(number(record.trainLoss)), "
        + "\"trainAccuracy\": \(number(record.trainAccuracy)), \"testLoss\": \(number(record.testLoss)), "
        + "\"testAccuracy\": \(number(record.testAccuracy))}\n"
    }
    return text
  }
}

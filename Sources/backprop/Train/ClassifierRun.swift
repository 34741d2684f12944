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
  private let parameters: [Tensor]
  /// The step after which this run's checkpoint was written; nil before the first.
  private var savedStep: Int?

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
    parameters = self.model.parameters()
    optimizer = settings.optimizer.optimizer(parameters, lr: settings.lr)
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
    savedStep = progress.losses.count
  }

  /// Trains to the last epoch, or until the process is asked to end; either way the folder then holds all there is.
  ///
  /// - Returns: whether the last epoch was reached.
  /// - Throws: `TrainingFailure` at the first loss, gradient or parameter that is not finite; nothing of that step is written.
  func run() throws -> Bool {
    cr_interrupt_watch()
    let loader = DataLoader(train, batchSize: settings.batch, shuffle: true, workers: 1)
    let steps = settings.epochs * loader.batchCount
    var line = ProgressLine("training", total: settings.epochs * train.count, unit: "samples")
    let clock = ContinuousClock()
    var lastSave = clock.now, pause = Duration.milliseconds(50)
    while progress.epoch < settings.epochs, !cr_interrupted() {
      for (x, y) in epoch(of: loader) {
        do {
          try step(x, y)
        } catch {
          line.finish(note: standing)
          throw error
        }
        line.update(
          progress.epoch * train.count + progress.samples,
          note: "epoch \(progress.epoch + 1)/\(settings.epochs)  step \(progress.losses.count)/\(steps)  \(standing)")
        if cr_interrupted() { break }
      }
      if progress.stepInEpoch == loader.batchCount { try endEpoch(&line) }
      // A checkpoint costs a write to the disk; short epochs share one, so that saving takes a twentieth of the run at most.
      guard progress.epoch == settings.epochs || cr_interrupted() || clock.now - lastSave > pause else { continue }
      pause = try max(.milliseconds(50), clock.measure { try save() } * 20)
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

  private func step(_ x: Tensor, _ y: Tensor) throws {
    let logits = model(x)
    let loss = crossEntropy(logits, y)
    optimizer.zeroGrad()
    let value = loss.item()
    guard value.isFinite else { throw failure(lossOf: x, y, value) }
    loss.backward()
    optimizer.step()
    // A gradient that is not finite makes its parameter so: one look finds both.
    guard parameters.allSatisfy(\.isAllFinite) else { throw failureOfUpdate() }
    progress.losses.append(value)
    progress.stepInEpoch += 1
    progress.correct += noGrad { (logits.argmax(dim: 1) .== y).sum().item(as: Int.self) }
    progress.lossSum += value * Double(x.shape[0])
    progress.samples += x.shape[0]
  }

  /// The step once more, this time looking at every layer; the weights are still those that gave this loss.
  private func failure(lossOf x: Tensor, _ y: Tensor, _ value: Double) -> TrainingFailure {
    failure("the loss is \(nonFiniteText(value))\(origin(x, y))")
  }

  /// Where the first result of these samples' loss is that is not finite, as the end of a sentence; empty where all are.
  private func origin(_ x: Tensor, _ y: Tensor) -> String {
    do {
      try withFiniteChecks(model) { crossEntropy(model(x), y).backward() }
    } catch {
      return ((error as? NonFiniteError)?.output).map { "; \($0)" } ?? ""
    }
    return ""
  }

  private func failureOfUpdate() -> TrainingFailure {
    if let gradient = model.firstNonFinite(\.grad) {
      return failure("the gradient of \"\(gradient.name)\" has \(nonFiniteText(gradient.value)), the first of all layers")
    }
    let (name, value) = model.firstNonFinite() ?? ("a parameter", .nan)
    return failure("the update made \"\(name)\" \(nonFiniteText(value)): the step was too large")
  }

  private func failureOfTest(_ loss: Double) -> TrainingFailure {
    let places = stride(from: 0, to: test.count, by: 1000).lazy.map { [test] start in
      let (x, y) = test.batch(at: Array(start..<Swift.min(start + 1000, test.count)))
      return self.origin(x, y)
    }
    return failure(
      "after it the loss on the test data is \(nonFiniteText(loss))\(places.first { !$0.isEmpty } ?? "")", step: progress.losses.count)
  }

  private func failure(_ what: String, step: Int? = nil) -> TrainingFailure {
    TrainingFailure(
      what, step: step ?? progress.losses.count + 1, rate: settings.lr, checkpoint: savedStep.map { (folder.file(Checkpoint.name), $0) })
  }

  private func endEpoch(_ line: inout ProgressLine) throws {
    let count = Double(progress.samples), answers = evaluate(test)
    guard answers.meanLoss.isFinite else {
      line.finish(note: standing)
      throw failureOfTest(answers.meanLoss)
    }
    let record = EpochRecord(
      trainLoss: progress.lossSum / count, trainAccuracy: Double(progress.correct) / count, testLoss: answers.meanLoss,
      testAccuracy: answers.accuracy)
    progress.epochs.append(record)
    progress.epoch += 1
    (progress.stepInEpoch, progress.correct, progress.lossSum, progress.samples) = (0, 0, 0, 0)
    if settings.epochs <= 20 { line.log("epoch \(progress.epoch)/\(settings.epochs)  \(Self.text(record))") }
  }

  private func save() throws {
    if let bad = model.stateDict().firstNonFinite ?? optimizer.stateDict().tensors.firstNonFinite {
      throw failure("after it \"\(bad.name)\" has \(nonFiniteText(bad.value))", step: progress.losses.count)
    }
    try Checkpoint.save(model, optimizer, progress, metadata: metadata, to: folder.file(Checkpoint.name))
    savedStep = progress.losses.count
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

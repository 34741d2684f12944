import ChainRule
import ChainRuleData
import ChainRuleNN
import ChainRuleOptim
import Foundation

extension Trainer {
  /// Folders that one place gets at most.
  private static let folderLimit = 1000

  /// What was written: the folder, whether `backprop predict` can build the network again from it, and the job with which
  /// `backprop train --resume` goes on with it; nil where it cannot.
  struct Export: Encodable {
    let folder: String
    let predicts: Bool
    let resumes: String?
  }

  /// Writes the run as `backprop train` leaves one, with both programs, into a new folder in `runs`.
  func export(_ table: PlayTable?, _ stored: PlayStored? = nil, in runs: String = "runs") throws -> Export {
    guard let path = (1...Self.folderLimit).lazy.map({ "\(runs)/play-\($0)" }).first(where: { !FileManager.default.fileExists(atPath: $0) })
    else { throw PlayError("runs has \(Self.folderLimit) exports already", "runs에 이미 \(Self.folderLimit)번 저장했습니다") }
    let folder = try RunFolder(path), form = form(table), code = PlayCode(plan, data, stored: stored)
    let resumable = resumable(form), settings = resumable?.texts ?? settings
    var metadata = try form?.metadata() ?? ["format": "pt"]
    for (name, text) in settings { metadata["run.\(name)"] = text }
    let score = data.classes.isEmpty ? "R2" : "Accuracy"
    let records = epochs.dropFirst().map {
      [("trainLoss", $0.train ?? .nan), ("train\(score)", $0.trainScore), ("testLoss", $0.test), ("test\(score)", $0.score)]
    }
    try saveSafetensors(model.stateDict(), metadata: metadata, to: folder.file("model.safetensors"))
    try folder.write(TrainingRun.metrics(Array(losses), perEpoch: batchCount, epochs: records), to: "metrics.jsonl")
    try folder.write(RunSettings.file(settings), to: "settings.json")
    try folder.write(code.swift, to: "program.swift")
    try folder.write(code.pytorch, to: "program.py")
    if resumable != nil {
      metadata["run.samples"] = "\(data.train.count)"
      try looking {
        try Checkpoint.save(model, optimizer.stateDict(), schedule, progress, metadata: metadata, to: folder.file(Checkpoint.name))
      }
    }
    return Export(folder: path, predicts: form != nil && plan.data == .csv, resumes: resumable?.job)
  }

  /// The settings of the same run by `backprop train`; nil where it has no words for some of them.
  private func resumable(_ form: ModelForm?) -> RunSettings? {
    guard let form, let rule = OptimizerChoice(rawValue: plan.optimizer.rawValue), rule != .sgd || plan.momentum == 0, plan.lr > 0,
      plan.weightDecay == plan.optimizer.usualWeightDecay, plan.loss == (data.classes.isEmpty ? .mse : .crossEntropy)
    else { return nil }
    var settings = RunSettings(
      job: plan.data == .csv ? "table" : plan.data.rawValue, epochs: plan.epochs, batch: plan.batch, lr: plan.lr,
      hidden: plan.hidden.map(\.width))
    (settings.seed, settings.optimizer, settings.schedule) = (plan.seed, rule, plan.schedule)
    switch (plan.data, form.preparation) {
    case (.spirals, _) where plan.noise == PlayPlan().noise && plan.samples.isMultiple(of: 2) && plan.samples >= 20:
      settings.extra["points"] = "\(plan.samples / 2)"
    case (.csv, .table(_, let label, _)): settings.extra["label"] = label
    default: return nil
    }
    return settings
  }

  /// Where the run stands, as `backprop train` would have come there.
  private var progress: RunProgress {
    generator.snapshot = now.random
    var progress = RunProgress()
    (progress.epoch, progress.stepInEpoch, progress.correct) = (now.epoch, now.stepInEpoch, now.hits)
    (progress.lossSum, progress.samples, progress.losses) = (now.lossSum, now.samples, Array(losses))
    progress.epochs = epochs.dropFirst().map {
      EpochRecord(trainLoss: $0.train ?? .nan, trainScore: $0.trainScore, testLoss: $0.test, testScore: $0.score)
    }
    progress.epochStart = now.epochStart
    return progress
  }

  /// The network as `backprop train` would describe it; nil where it has no words for it.
  private func form(_ table: PlayTable?) -> ModelForm? {
    guard plan.norm == .none, plan.dropout == 0, plan.hidden.allSatisfy({ $0.activation == .relu }) else { return nil }
    let widths = plan.hidden.map(\.width)
    if plan.data == .csv {
      return table.map { ModelForm(inputs: [data.inputs], hidden: widths, outputs: $0.outputs, preparation: $0.preparation) }
    }
    return data.classes.isEmpty ? nil : ModelForm(inputs: [data.inputs], hidden: widths, outputs: .classes(data.classes))
  }

  private var settings: [String: String] {
    [
      "job": plan.data == .csv ? "table" : plan.data.rawValue, "epochs": "\(plan.epochs)", "batch": "\(plan.batch)", "lr": "\(plan.lr)",
      "seed": "\(plan.seed)", "hidden": plan.hidden.map { "\($0.width)" }.joined(separator: ","), "optimizer": plan.optimizer.rawValue,
      "schedule": plan.schedule.rawValue,
    ]
  }
}

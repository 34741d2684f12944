import ChainRule
import ChainRuleData
import ChainRuleNN
import Foundation

extension Trainer {
  /// Folders that one place gets at most.
  private static let folderLimit = 1000

  /// Writes the run as `backprop train` leaves one, with both programs, into a new folder in `runs`.
  ///
  /// - Returns: the folder, and whether `backprop predict` can build the network again from it.
  func export(_ table: PlayTable?, _ stored: PlayStored? = nil, in runs: String = "runs") throws -> (folder: String, predicts: Bool) {
    guard let path = (1...Self.folderLimit).lazy.map({ "\(runs)/play-\($0)" }).first(where: { !FileManager.default.fileExists(atPath: $0) })
    else { throw PlayError("runs has \(Self.folderLimit) exports already", "runs에 이미 \(Self.folderLimit)번 저장했습니다") }
    let folder = try RunFolder(path), form = form(table), code = PlayCode(plan, data, stored: stored)
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
    return (path, form != nil && plan.data == .csv)
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

import ChainRule
import ChainRuleData
import Foundation
import Testing

/// The options that all training jobs share.
@Suite(.serialized) struct TrainingOptionTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func train(_ name: String, _ more: String...) throws -> Command {
    try Command.run(["train", "spirals", "--points", "100", "--out", folder(name)] + more)
  }

  private func numbers(_ name: String, _ key: String) throws -> [Double] {
    try String(decoding: folder.read("\(name)/metrics.jsonl"), as: UTF8.self).split(separator: "\n").compactMap { line in
      (try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?[key] as? Double
    }
  }

  /// A run of every schedule, stopped in between, ends with the bits of one that was left alone.
  @Test(arguments: ["constant", "cosine", "linear", "onecycle", "step", "plateau"]) func schedulesGoOnToTheSameBits(schedule: String) throws
  {
    let options = ["--schedule", schedule, "--clip", "0.5", "--patience", "150", "--epochs", "300"]
    let whole = try Command.run(["train", "spirals", "--points", "100", "--out", folder("whole")] + options)
    #expect(whole.code == 0, "\(whole.errors)")
    let process = Command.process(["train", "spirals", "--points", "100", "--out", folder("parts")] + options)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    while process.isRunning, !folder.has("parts/checkpoint.safetensors") { usleep(1000) }
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationStatus == 130, "the run ended before it could be stopped")
    let rest = try train("parts", "--resume")
    #expect(rest.code == 0, "\(rest.errors)")
    for name in ["model.safetensors", "checkpoint.safetensors", "metrics.jsonl"] {
      #expect(try folder.read("parts/\(name)") == folder.read("whole/\(name)"), "\(name)")
    }
    if ["cosine", "linear", "onecycle", "step"].contains(schedule) {
      let longer = try train("whole", "--resume", "--epochs", "400")
      #expect(longer.code == 2 && longer.errors.contains("--epochs 400"), "\(longer.errors)")
    }
  }

  @Test func rateAndClippingChangeTheSteps() throws {
    for (name, options) in [("plain", []), ("clipped", ["--clip", "0.01"]), ("cosine", ["--schedule", "cosine"])] as [(String, [String])] {
      let run = try Command.run(
        ["train", "spirals", "--points", "100", "--out", folder(name), "--epochs", "3", "--optimizer", "sgd", "--lr", "0.5"] + options)
      #expect(run.code == 0, "\(run.errors)")
    }
    let plain = try numbers("plain", "loss"), clipped = try numbers("clipped", "loss"), cosine = try numbers("cosine", "loss")
    #expect(plain[0] == clipped[0] && plain[0] == cosine[0] && plain[2] != clipped[2] && plain[2] != cosine[2])
    // Steps of at most lr x 0.01 move the loss by little.
    #expect(abs(clipped[clipped.count - 1] - clipped[0]) < 0.1)
  }

  /// Training ends where the samples kept back say so, and the best weights are the ones that stay.
  @Test func trainingEndsEarly() throws {
    let run = try train("run", "--patience", "3", "--epochs", "2000", "--lr", "0.05")
    #expect(run.code == 0, "\(run.errors)")
    let losses = try numbers("run", "validationLoss")
    let best = try #require(losses.indices.min { losses[$0] < losses[$1] })
    #expect(losses.count < 2000 && losses.count == best + 1 + 3)
    #expect(run.output.contains("the weights of epoch \(best + 1) are kept"), "\(run.output)")
    let contents = try SafetensorsContents(folder("run/checkpoint.safetensors"))
    let kept = try SafetensorsContents(folder("run/model.safetensors"))
    for (name, tensor) in kept.tensors {
      let saved = try #require(contents.tensors["best.\(name)"])
      #expect(saved.array(of: Float.self) == tensor.array(of: Float.self))
      #expect(contents.tensors["model.\(name)"]?.array(of: Float.self) != tensor.array(of: Float.self))
    }
    // What is over stays over.
    let again = try train("run", "--resume")
    #expect(again.code == 0, "\(again.errors)")
    #expect(try numbers("run", "validationLoss") == losses)
  }

  @Test func aRunsSettingsMakeTheSameRun() throws {
    #expect(try train("a", "--epochs", "3", "--hidden", "16,8", "--clip", "1", "--schedule", "linear").code == 0)
    let again = try Command.run(["train", "--config", folder("a/settings.json"), "--out", folder("b")])
    #expect(again.code == 0, "\(again.errors)")
    #expect(try folder.read("a/model.safetensors") == folder.read("b/model.safetensors"))
    #expect(try folder.read("a/settings.json") == folder.read("b/settings.json"))
    // The command line goes before the file.
    let other = try Command.run(["train", "spirals", "--config=\(folder("a/settings.json"))", "--epochs", "2", "--out", folder("c")])
    #expect(other.code == 0, "\(other.errors)")
    #expect(try numbers("c", "testLoss").count == 2)
    for (text, part) in [
      ("{\"epochs\": 3, \"colour\": \"red\"}", "\"colour\": is no option of train spirals"), ("[1]", "is no JSON object"),
      ("{\"epochs\": ", "is no JSON"), ("{\"job\": \"mnist\"}", "\"job\": is mnist"), ("{\"lr\": [1]}", "\"lr\": is neither"),
      ("{\"epochs\": -3}", "--epochs -3"),
    ] {
      try folder.write("bad.json", text.utf8)
      let run = try Command.run(["train", "spirals", "--config", folder("bad.json"), "--out", folder("bad")])
      #expect(run.code != 0 && run.errors.contains(part) && run.errors.filter { $0 == "\n" }.count == 1, "\(run.errors)")
      #expect(!folder.has("bad"))
    }
  }

  @Test func aRateIsFound() throws {
    let run = try train("run", "--find-lr")
    #expect(run.code == 0, "\(run.errors)")
    let text = try #require(run.output.range(of: "--lr ")).upperBound
    let rate = try #require(Double(run.output[text...].prefix { !$0.isWhitespace }))
    #expect((1e-4...0.1).contains(rate), "\(rate)")
    #expect(folder.has("run/lr.svg") && !folder.has("run/model.safetensors"))
  }

  @Test func whatFlowsThroughTheLayers() throws {
    let run = try train("run", "--gradients", "--tensorboard", "--epochs", "2", "--hidden", "8,4")
    #expect(run.code == 0, "\(run.errors)")
    for text in ["update / weight", "0.weight", "units dead"] { #expect(run.output.contains(text), "\(text)") }
    let lines = try String(decoding: folder.read("run/gradients.jsonl"), as: UTF8.self).split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(lines.count { $0["parameter"] != nil } == 12 && lines.count { $0["layer"] != nil } == 4)
    for line in lines where line["parameter"] != nil {
      for key in ["weight", "gradient", "update"] { #expect((line[key] as? Double ?? -1) >= 0, "\(key)") }
    }
    #expect(lines.contains { $0["units"] as? Int == 8 } && lines.contains { $0["units"] as? Int == 4 })
    let events = try FileManager.default.contentsOfDirectory(atPath: folder("run/tensorboard"))
    #expect(events.count == 1)
    let bytes = try folder.read("run/tensorboard/\(events[0])")
    for tag in ["loss/step", "learning rate", "epoch/testLoss"] { #expect(bytes.range(of: Data(tag.utf8)) != nil, "\(tag)") }
    // Looking changes nothing.
    #expect(try train("plain", "--epochs", "2", "--hidden", "8,4").code == 0)
    #expect(try folder.read("run/model.safetensors") == folder.read("plain/model.safetensors"))
  }

  @Test func runsBesideEachOther() throws {
    #expect(try train("runs/a", "--epochs", "2").code == 0)
    #expect(try train("runs/b", "--epochs", "3", "--lr", "0.01").code == 0)
    let list = try Command.run(["runs", folder("runs"), "--picture", folder("runs.svg")])
    #expect(list.code == 0, "\(list.errors)")
    let rows = list.output.split(separator: "\n").filter { $0.contains("spirals") }
    #expect(rows.count == 2 && rows[0].contains("0.003") && rows[1].contains("0.01"), "\(list.output)")
    #expect(!list.output.contains("optimizer"), "what is equal in all need not be said")
    #expect(folder.has("runs.svg"))
    let none = try Command.run(["runs", folder("nowhere")])
    #expect(none.code == 1 && none.errors.contains(folder("nowhere")))
    try folder.write("runs/a/metrics.jsonl", "{\"step\": 1}\nnothing\n".utf8)
    let bad = try Command.run(["runs", folder("runs")])
    #expect(bad.code == 1 && bad.errors.contains("runs/a/metrics.jsonl: line 2"), "\(bad.errors)")
  }
}

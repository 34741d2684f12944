import Foundation
import Testing

/// Whole runs of the command line.
@Suite(.serialized) struct TrainingRunTests {
  private let folder: TemporaryFolder
  private let data: String

  init() throws {
    folder = try TemporaryFolder()
    let digits = try TemporaryFolder()
    // One folder for both; data in its own.
    data = folder("data")
    try ToyDigits.write(to: digits)
    try FileManager.default.copyItem(atPath: digits.path, toPath: data)
  }

  private func train(_ name: String, _ more: String..., threads: Int? = nil, limit: Int? = nil) throws -> Command {
    let process = ["train", "mnist", "--data", data, "--out", folder(name)] + more
    return try Command.run(process, threads: threads, limit: limit)
  }

  @Test func aRunLeavesEverything() throws {
    let run = try train("run", "--epochs", "6")
    #expect(run.code == 0, "\(run.errors)")
    for name in [
      "checkpoint.safetensors", "model.safetensors", "metrics.jsonl", "loss.svg", "confusion.svg", "mistakes.svg",
    ] { #expect(folder.has("run/\(name)"), "\(name)") }
    let metrics = String(decoding: try folder.read("run/metrics.jsonl"), as: UTF8.self).split(separator: "\n")
    #expect(metrics.count == 6 * 10 + 6)
    for line in metrics { #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) } }
    let predicted = try Command.run(["predict", "--model", folder("run/model.safetensors"), "--data", data])
    #expect(predicted.code == 0, "\(predicted.errors)")
    let accuracy = predicted.output.split(separator: "\n").last { $0.hasPrefix("accuracy ") }
    let percent = try #require(accuracy.flatMap { Double($0.dropFirst("accuracy ".count).prefix { $0 != "%" }) })
    #expect(percent > 95)
    #expect(run.output.contains("test accuracy \(accuracy?.dropFirst("accuracy ".count).prefix { $0 != "%" } ?? "")%"))
  }

  @Test func aProfileIsATableAndATrace() throws {
    let plain = try train("plain", "--epochs", "1"), run = try train("profiled", "--epochs", "1", "--profile")
    #expect(run.code == 0 && plain.code == 0, "\(run.errors)")
    for text in ["linear", "Adam", "backward", "update", "outside"] { #expect(run.output.contains(text), "\(text)") }
    let trace = try JSONSerialization.jsonObject(with: try folder.read("profiled/profile.json")) as? [String: Any]
    #expect((trace?["traceEvents"] as? [Any])?.count ?? 0 > 50)
    #expect(try folder.read("profiled/model.safetensors") == folder.read("plain/model.safetensors"))
    #expect(!folder.has("plain/profile.json"))
  }

  @Test func theThreadsDoNotChangeTheModel() throws {
    for threads in [1, 2, 3] {
      let run = try train("threads\(threads)", "--epochs", "2", "--hidden", "300", "--batch", "256", threads: threads)
      #expect(run.code == 0, "\(run.errors)")
    }
    let one = try folder.read("threads1/model.safetensors")
    #expect(try folder.read("threads2/model.safetensors") == one)
    #expect(try folder.read("threads3/model.safetensors") == one)
    #expect(try train("other", "--epochs", "2", "--hidden", "300", "--batch", "256", "--seed", "1").code == 0)
    #expect(try folder.read("other/model.safetensors") != one)
  }

  /// Ctrl-C somewhere in the run, then death without warning, then the rest: all files are those of a run left alone.
  @Test func aStoppedRunGoesOnToTheSameBits() throws {
    let options = ["--epochs", "200", "--hidden", "400,200"]
    let whole = try Command.run(["train", "mnist", "--data", data, "--out", folder("whole")] + options)
    #expect(whole.code == 0, "\(whole.errors)")
    for (signal, more) in [(SIGINT, []), (SIGKILL, ["--resume"]), (SIGINT, ["--resume"])] {
      let before = try? folder.read("parts/checkpoint.safetensors")
      let process = Command.process(["train", "mnist", "--data", data, "--out", folder("parts")] + options + more)
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      // The run is under way once it has saved anew.
      while process.isRunning, (try? folder.read("parts/checkpoint.safetensors")) == before { usleep(2000) }
      kill(process.processIdentifier, signal)
      process.waitUntilExit()
      if signal == SIGINT {
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 130)
        #expect(folder.has("parts/model.safetensors"))
      } else {
        #expect(process.terminationReason == .uncaughtSignal)
      }
    }
    let isOver = String(decoding: try folder.read("parts/metrics.jsonl"), as: UTF8.self).contains("\"epoch\": 200")
    #expect(!isOver, "the run ended before it could be stopped")
    let rest = try Command.run(["train", "mnist", "--data", data, "--out", folder("parts"), "--resume"])
    #expect(rest.code == 0, "\(rest.errors)")
    for name in ["model.safetensors", "checkpoint.safetensors", "metrics.jsonl", "loss.svg", "mistakes.svg"] {
      let isEqual = try folder.read("parts/\(name)") == folder.read("whole/\(name)")
      #expect(isEqual, "\(name)")
    }
  }

  @Test func theOtherJobsGoOnToo() throws {
    let table = try TemporaryFolder()
    let rows = (0..<300).map { i in "\(i % 7),\((i * 5) % 11),\(i % 7 > 3 ? "high" : "low")\n" }.joined()
    try table.write("t.csv", Array(("a,b,label\n" + rows).utf8))
    for job in [["spirals", "--points", "100"], ["table", "--data", table("t.csv"), "--schedule", "constant"]] {
      let name = job[0]
      for (out, epochs, more) in [("a", "4", []), ("b", "2", []), ("b", "4", ["--resume"])] {
        let run = try Command.run(["train"] + job + ["--out", folder("\(name)-\(out)"), "--epochs", epochs] + more)
        #expect(run.code == 0, "\(run.errors)")
      }
      for file in ["model.safetensors", "checkpoint.safetensors", "metrics.jsonl"] {
        #expect(try folder.read("\(name)-a/\(file)") == folder.read("\(name)-b/\(file)"), "\(name) \(file)")
      }
    }
  }

  /// The limit on a file's size kills the process in the middle of a write of the checkpoint, at several places of it.
  @Test func aKilledSaveLeavesTheOldFile() throws {
    #expect(try train("run", "--epochs", "1").code == 0)
    let old = try folder.read("run/checkpoint.safetensors"), oldMetrics = try folder.read("run/metrics.jsonl")
    for kilobytes in [1, 64, 65, 128, old.count / 1024 - 1] {
      let run = try train("run", "--epochs", "2", "--resume", limit: kilobytes)
      #expect(run.code != 0, "\(kilobytes) KiB")
      #expect(try folder.read("run/checkpoint.safetensors") == old, "\(kilobytes) KiB")
      #expect(try folder.read("run/metrics.jsonl") == oldMetrics, "\(kilobytes) KiB")
    }
    #expect(try train("run", "--epochs", "2", "--resume").code == 0)
    #expect(try folder.read("run/checkpoint.safetensors") != old)
  }
}

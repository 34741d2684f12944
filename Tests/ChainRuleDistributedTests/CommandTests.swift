import Foundation
import Testing

/// `backprop train` under a launcher.
@Suite(.serialized, .enabled(if: !Launcher.all.isEmpty, "no MPI launcher is installed: apt-get install mpich openmpi-bin"))
struct CommandTests {
  private let command = Launcher.product("backprop")
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("train-\(UUID().uuidString)").path

  private func file(_ name: String) -> URL { URL(fileURLWithPath: folder + "/" + name) }
  private func weights(_ name: String) throws -> Data { try Data(contentsOf: file("\(name)/model.safetensors")) }

  @Test(arguments: Launcher.all)
  func `One or two ranks, or first four and then two, train the same weights`(launcher: Launcher) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let options = ["train", "spirals", "--points", "120", "--clip", "1"]
    for ranks in [1, 2] {
      let result = try launcher.run(ranks, command, options + ["--epochs", "12", "--out", folder + "/\(ranks)"])
      #expect(result.code == 0, "\(result.output)")
      #expect(result.output.contains("\(ranks) rank\(ranks == 1 ? "" : "s"), \(launcher.name) "), "\(result.output)")
      #expect(result.output.components(separatedBy: "test accuracy").count == 2, "rank 0 alone speaks: \(result.output)")
    }
    #expect(try weights("1") == weights("2"))
    for (ranks, epochs) in [(4, 5), (2, 12)] {
      let result = try launcher.run(
        ranks, command, options + ["--epochs", "\(epochs)", "--out", folder + "/both"] + (ranks == 2 ? ["--resume"] : []))
      #expect(result.code == 0, "\(result.output)")
    }
    #expect(try weights("1") == weights("both"))
  }

  @Test(arguments: Launcher.all)
  func `Ranks that share the optimizer's state leave the files of one`(launcher: Launcher) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (ranks, out, epochs) in [(1, "whole", 6), (2, "parts", 3), (4, "parts", 6)] {
      let more = out == "parts" ? ["--sharded-optimizer"] + (epochs == 6 ? ["--resume"] : []) : []
      let result = try launcher.run(
        ranks, command, ["train", "spirals", "--points", "60", "--epochs", "\(epochs)", "--out", folder + "/\(out)"] + more)
      #expect(result.code == 0, "\(result.output)")
    }
    for name in ["model.safetensors", "checkpoint.safetensors"] {
      #expect(try Data(contentsOf: file("whole/\(name)")) == Data(contentsOf: file("parts/\(name)")), "\(name)")
    }
  }

  /// The launcher is told to stop, then a rank dies without warning, then the launcher is told again; the rest leads to the same weights.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/cmdline")), arguments: Launcher.all)
  func `A stopped or killed job goes on to the same weights`(launcher: Launcher) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let options = ["train", "spirals", "--points", "120", "--epochs", "160", "--out"]
    let whole = try launcher.run(1, command, options + [folder + "/whole"])
    #expect(whole.code == 0, "\(whole.output)")
    let checkpoint = file("parts/checkpoint.safetensors")
    for (signal, ranks) in [(SIGINT, 2), (SIGKILL, 4), (SIGTERM, 2)] {
      let before = try? Data(contentsOf: checkpoint)
      let process = try launcher.start(ranks, command, options + [folder + "/parts"] + (before == nil ? [] : ["--resume"]))
      while process.isRunning, (try? Data(contentsOf: checkpoint)) == before { usleep(2000) }
      let began = Date()
      if signal == SIGKILL { kill(try #require(rankProcesses().last), SIGKILL) } else { kill(process.processIdentifier, signal) }
      process.waitUntilExit()
      #expect(Date().timeIntervalSince(began) < 10)
      if signal == SIGKILL {
        #expect(process.terminationStatus != 0)
      } else {
        let saved = try #require(
          FileManager.default.attributesOfItem(atPath: checkpoint.path)[.modificationDate] as? Date
        ).timeIntervalSince(began)
        // Open MPI's launcher waits a second before it tells its ranks.
        #expect(saved > 0 && saved < (launcher.name == "MPICH" ? 1 : 2), "\(saved) s")
        #expect(FileManager.default.fileExists(atPath: file("parts/model.safetensors").path))
      }
    }
    let metrics = try String(contentsOf: file("parts/metrics.jsonl"), encoding: .utf8)
    #expect(!metrics.contains("\"epoch\": 160"), "the run ended before it could be stopped")
    let rest = try launcher.run(2, command, options + [folder + "/parts", "--resume"])
    #expect(rest.code == 0, "\(rest.output)")
    #expect(try weights("whole") == weights("parts"))
  }

  /// The processes that train into `folder`, without the launcher's own.
  private func rankProcesses() -> [pid_t] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { pid_t($0) }.sorted().filter { id in
      let words = ((try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(id)/cmdline"))) ?? Data()).split(separator: 0)
        .map { String(decoding: $0, as: UTF8.self) }
      return words.first == command.path && words.contains { $0.hasPrefix(folder) }
    }
  }

  @Test(arguments: Launcher.all)
  func `What is wrong is said once`(launcher: Launcher) throws {
    let result = try launcher.run(2, command, ["train", "mnist", "--data", "/no/such/folder", "--out", folder])
    #expect(result.code != 0)
    #expect(result.output.components(separatedBy: "backprop: /no/such/folder: is not a directory").count == 2, "\(result.output)")
  }
}

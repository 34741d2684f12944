import Foundation
import Testing

/// `backprop train` under a launcher.
@Suite(.serialized, .enabled(if: !Launcher.all.isEmpty, "no MPI launcher is installed: apt-get install mpich openmpi-bin"))
struct CommandTests {
  private let command = Launcher.product("backprop")
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("train-\(UUID().uuidString)").path

  private func weights(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: folder + "/\(name)/model.safetensors")) }

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
  func `What is wrong is said once`(launcher: Launcher) throws {
    let result = try launcher.run(2, command, ["train", "mnist", "--data", "/no/such/folder", "--out", folder])
    #expect(result.code != 0)
    #expect(result.output.components(separatedBy: "backprop: /no/such/folder: is not a directory").count == 2, "\(result.output)")
  }
}

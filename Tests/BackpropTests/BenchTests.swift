import Foundation
import Testing

/// The command line's benchmarks.
struct BenchTests {
  @Test func aLineOfJSONForEachWorkload() throws {
    let run = try Command.run(["bench", "--json", "--only", "three_numbers_backward", "--seconds", "0.01"])
    #expect(run.code == 0, "\(run.errors)")
    let line = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    #expect(line["name"] as? String == "three_numbers_backward" && line["seconds"] as? Double ?? 0 > 0)
  }

  /// The scripts that compare libraries have names of their own, and ask for plans too.
  @Test func plansUnderOtherNames() throws {
    for name in ["dispatch_add1", "seed1_vec3", "seed4_step", "seed2_step", "moons_mlp_step"] {
      for extra in [[], ["--compiled"]] {
        let run = try Command.run(["bench", "--json", "--only", name, "--seconds", "0"] + extra)
        #expect(run.code == 0 && run.output.contains("\"seconds\": "), "\(name): \(run.errors)")
      }
    }
  }

  @Test func aTableForPeople() throws {
    let run = try Command.run(["bench", "--only", "matmul_1024", "--seconds", "0.01"])
    #expect(run.code == 0, "\(run.errors)")
    let lines = run.output.split(separator: "\n")
    #expect(lines.count == 3 && lines[0].contains("GFLOP/s") && lines[1].contains("of the limit"))
    #expect(lines[2].hasPrefix("matmul_1024") && lines[2].hasSuffix("% of compute") && lines[2].contains("MiB"))
  }

  /// The operators at both sizes, and the machine's copies first.
  @Test func operators() throws {
    let run = try Command.run(["bench", "--operators", "--json", "--only", "cat", "--seconds", "0"])
    #expect(run.code == 0, "\(run.errors)")
    let lines = try run.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(lines.count == 3 && lines[0]["bytes_per_second"] as? Double ?? 0 > 0)
    #expect(lines.dropFirst().map { $0["elements"] as? Int } == [1024, 4_194_304])
    #expect(lines.dropFirst().allSatisfy { $0["forward"] as? Double ?? 0 > 0 && $0["both"] as? Double ?? 0 > 0 })
    // Two inputs in, as much out.
    #expect(lines.dropFirst().map { $0["bytes"] as? Int } == [8 * 1024, 8 * 4_194_304])
    let table = try Command.run(["bench", "--operators", "--only", "randperm", "--seconds", "0"])
    #expect(table.code == 0 && table.output.split(separator: "\n").count == 3 && table.output.contains("randperm"))
    let unknown = try Command.run(["bench", "--operators", "--only", "nothing"])
    #expect(unknown.code == 2 && unknown.errors.contains("binary_cross_entropy_with_logits"))
  }

  @Test func anUnknownWorkloadIsAUsageError() throws {
    let run = try Command.run(["bench", "--only", "nothing"])
    #expect(run.code == 2 && run.errors.contains("matmul_1024"))
  }
}

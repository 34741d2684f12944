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

  @Test func anUnknownWorkloadIsAUsageError() throws {
    let run = try Command.run(["bench", "--only", "nothing"])
    #expect(run.code == 2 && run.errors.contains("matmul_1024"))
  }
}

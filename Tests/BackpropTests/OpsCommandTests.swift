import Foundation
import Testing

@Suite struct OpsCommandTests {
  @Test func printsEntries() throws {
    let one = try Command.run(["ops", "log_softmax"])
    #expect(one.code == 0 && one.output.hasPrefix("logSoftmax (Softmax)\n") && one.output.contains("  node        LogSoftmaxBackward0\n"))
    let all = try Command.run(["ops"])
    #expect(all.code == 0 && all.output.contains("\nsinh ") && all.output.contains("\nMatrix product"))
  }

  @Test func writesPages() throws {
    let folder = try TemporaryFolder()
    let run = try Command.run(["ops", "--pages", folder("new/pages")])
    #expect(
      run.code == 0 && run.output.hasPrefix("wrote ") && folder.has("new/pages/Hyperbolic.md") && folder.has("new/pages/README.ko.md"))
  }

  @Test func refusesWhatIsNoOperation() throws {
    for (arguments, code, part) in [
      (["ops", "sihn"], 2, "unknown operation 'sihn': did you mean 'sinh'?"),
      (["ops", "backpropagation"], 2, "backprop ops lists them all"), (["ops", "sinh", "--pages", "x"], 2, "--pages x"),
      (["ops", "--pages", "/dev/null"], 1, "is a file"),
    ] as [([String], Int32, String)] {
      let run = try Command.run(arguments)
      #expect(run.code == code && run.errors.contains(part) && run.output.isEmpty, "\(arguments): \(run.errors)")
      #expect(run.errors.filter { $0 == "\n" }.count == 1)
    }
  }
}

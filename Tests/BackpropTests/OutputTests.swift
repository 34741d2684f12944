import Foundation
import Testing

/// What is printed arrives, or the command says so and ends with an error.
@Suite struct OutputTests {
  private static let commands: [[String]] = [
    ["tour", "1"], ["layers", "--no-training"], ["ops"], ["ops", "sinh"], ["--help"], ["explain", "--help"], ["help", "graph"],
    ["derive", "x^2", "--at", "x=2", "--json", "--no-times"], ["derive", "x^2", "--at", "x=2", "--no-times"],
    ["explain", "x^2", "--at", "x=2"], ["explain", "--optimizer", "sgd"], ["graph", "x^2", "--at", "x=2"],
    ["graph", "x^2", "--at", "x=2", "--svg", "-"], ["graph", "x^2", "--at", "x=2", "--html", "-"],
    ["swell", "--factors", "2", "--iterations", "2"],
    ["--generate-completion-script", "bash"], ["bench", "--json", "--only", "add_one_element", "--seconds", "0"],
  ]

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")), arguments: commands)
  func aFullDiskIsAnError(_ arguments: [String]) throws {
    let run = try Command.run(arguments, output: "/dev/full")
    #expect(run.code == 1 && run.errors == "backprop: the standard output cannot be written: No space left on device\n", "\(run.errors)")
  }

  /// Nobody reads on: quiet, and no success.
  @Test func aReaderThatHasGone() throws {
    let process = Command.process(["ops"]), pipe = Pipe(), errors = Pipe()
    process.standardOutput = pipe
    process.standardError = errors
    try pipe.fileHandleForReading.close()
    try process.run()
    process.waitUntilExit()
    try errors.fileHandleForWriting.close()
    #expect(process.terminationReason == .uncaughtSignal || process.terminationStatus == 128 + SIGPIPE)
    #expect(try errors.fileHandleForReading.readToEnd().map { $0.isEmpty } ?? true)
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func aFileThatCannotBeWrittenIsAnError() throws {
    for arguments in [
      ["graph", "x^2", "--at", "x=2", "--svg"], ["graph", "x^2", "--at", "x=2", "--html"], ["graph", "x^2", "--at", "x=2", "--dot"],
      ["derive", "x^2", "--at", "x=2", "--svg"], ["ops", "--pages"],
    ] {
      let run = try Command.run(arguments + [arguments[0] == "derive" ? "/dev/full/x" : "/dev/full"])
      #expect(run.code == 1 && run.errors.hasPrefix("backprop: /dev/full") && run.output.isEmpty, "\(arguments): \(run.errors)")
    }
    // Where the errors go nowhere the command still ends as it should.
    #expect(try Command.run(["graph", "x^"], errors: "/dev/full").code == 2)
  }

  @Test func dataGetsNoGradient() throws {
    let point = ["(w*x - y)^2", "--at", "w=1,x=2", "--data", "y=3"]
    let tree = try Command.run(["graph"] + point), text = try Command.run(["explain"] + point)
    #expect(tree.code == 0 && tree.output.contains("y = 3    data\n") && !tree.output.contains("dL/dy"))
    #expect(text.code == 0 && text.output.contains("dL/dw = ") && !text.output.contains("dL/dy"))
    let report = try Command.run(["derive", "(w*x - y)^2", "--at", "w=1,x=2", "--data", "y=3", "--no-times"])
    #expect(report.code == 0 && !report.output.contains("d/dy") && report.output.contains("w"))
    // A name alone marks what --at gives.
    let marked = try Command.run(["graph", "(w*x - y)^2", "--at", "w=1,x=2,y=3", "--data", "y"])
    #expect(marked.code == 0 && marked.output == tree.output)
    let constant = try Command.run(["graph", "y^2", "--data", "y=3"])
    #expect(constant.code == 0 && constant.output.contains("y = 3    data\n") && !constant.output.contains("dL"))
    for (arguments, message) in [
      (["--at", "y=1", "--data", "y=3"], "--data: 'y' has a value already, from --at"),
      (["--at", "y=1", "--data", "z=3"], "--data: the formula has no variable 'z'"),
      (["--at", "y=1", "--data", "z"], "--data: the formula has no variable 'z'"),
      (["--at", "x=1", "--data", "y"], "--data: 'y' has no value: write y=2 here, or give it by --at"),
      (["--at", "y=1", "--data", "y,2"], "--data: a value is missing, as in x=2"),
    ] {
      let run = try Command.run(["graph", "y^2"] + arguments)
      #expect(run.code == 2 && run.errors.hasPrefix("backprop: \(message)"), "\(run.errors)")
    }
  }

  @Test func stepsOfAnOptimizerInKorean() throws {
    let run = try Command.run(["explain", "--optimizer", "sgd", "--gradients", "1,2", "--korean"])
    #expect(run.code == 0 && run.output.hasPrefix("1단계\n  g = 1\n") && run.output.contains("\n2단계\n"))
  }
}

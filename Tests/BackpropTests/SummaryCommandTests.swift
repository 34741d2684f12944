import Testing

@Suite struct SummaryCommandTests {
  @Test func printsATable() throws {
    let run = try Command.run(["summary", "resnet18", "--input", "1", "3", "32", "32", "--classes", "5"])
    #expect(run.code == 0 && run.output.hasPrefix("layer "), "\(run.errors)")
    #expect(run.output.contains("\n  fc: Linear                  [1, 5] ") && run.output.contains("\nparameters: 11,179,077, of which"))
  }

  @Test func refusesWhatIsNoNetwork() throws {
    for (arguments, code, part) in [
      (["summary", "/no/such/model.safetensors"], 1, "/no/such/model.safetensors"),
      (["summary", "resnet18", "--input", "1", "0"], 2, "--input 0: 1 or more"),
      (["summary", "resnet18", "--classes", "0"], 2, "--classes 0: 1 to 1048576"),
      (["summary", "resnet18", "--input", "1", "3"], 1, "conv2d"),
      (["summary", "resnet18", "--input", "1", "3", "\(Int.max)", "8"], 1, "memory"),
    ] as [([String], Int32, String)] {
      let run = try Command.run(arguments)
      #expect(run.code == code && run.errors.contains(part) && run.output.isEmpty, "\(arguments): \(run.code) \(run.errors)")
      #expect(run.errors.filter { $0 == "\n" }.count == 1)
    }
  }
}

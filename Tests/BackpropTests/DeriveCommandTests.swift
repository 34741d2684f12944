import ArgumentParser
import ChainRuleExplain
import Foundation
import TestSupport
import Testing

@testable import backprop

/// The subcommands that differentiate: what they refuse, and how.
struct DeriveCommandTests {
  /// What the command line says and exits with for the arguments; nil where it succeeds.
  private func refusal(_ arguments: [String]) -> (message: String, code: Int32)? {
    do {
      var command = try Backprop.parseAsRoot(arguments)
      try command.run()
      return nil
    } catch {
      return (Backprop.fullMessage(for: error), Backprop.exitCode(for: error).rawValue)
    }
  }

  private static let refusals: [(arguments: [String], message: String)] = [
    (["x^2*sine(x)", "--at", "x=2"], "unknown function 'sine'; did you mean 'sin'?\n  x^2*sine(x)\n      ^"),
    (["(x", "--at", "x=2"], "this parenthesis is never closed\n  (x\n  ^"),
    (["x^2*sin(y)", "--at", "x=2"], "the variable 'y' has no value; given were x\n  x^2*sin(y)\n          ^\n"),
    (["log(x)", "--at", "x=-1"], "log is defined for x > 0, got -1"),
    (["1/x", "--at", "x=0"], "division is defined for a divisor other than 0, got 0"),
    (["asin(x)", "--at", "x=2"], "asin is defined for -1 <= x <= 1, got 2"),
    (["x", "--at", "x=2,y"], "--at: a value is missing, as in x=2\n  x=2,y\n       ^"),
    (["x", "--at", "x=2,=3"], "--at: the name of a variable is expected here\n  x=2,=3\n      ^"),
    (["x", "--at", "x=two"], "--at: a number is expected here\n  x=two\n    ^"),
    (["x", "--at", "x=2,,y=3"], "--at: a value is missing, as in x=2\n  x=2,,y=3\n      ^"),
    (["x", "--at", "x=2,x=3"], "--at: 'x' has a value already\n  x=2,x=3\n      ^"),
    (
      ["x*xy", "+", "yx", "+", "y", "--at", "x=2,xy=1,yx=0"],
      "the variable 'y' has no value; given were x, xy, yx\n  x*xy + yx + y\n              ^\n"
    ),
    (["x", "--at", "x=inf"], "--at: a number is expected here\n  x=inf\n    ^"),
    (["x"], "a point is missing"), (["--at", "x=2"], "a formula is missing"), (["", "--at", "x=2"], "an expression is expected"),
    (["x", "--at", "x=2", "--order", "0"], "derivatives of order 1 to 10 are compared, not 0"),
    (["x", "--at", "x=2", "--step", "0"], "--step 0.0: a positive number"),
    (["x", "--at", "x=2", "--step", "-1e-3"], "--step -0.001: a positive number"),
    (["a = x^2; a*b", "--at", "x=2"], "the variable 'b' has no value; given were x\n  a = x^2; a*b\n             ^\n"),
    (["a = x^2; a*2", "--at", "x=2,a=1"], "--at: 'a' is defined by the formula"),
    (["x", "--at", "x=2", "--ordr"], "unknown option '--ordr'"),
    (["x", "--at", "x=2", "--svg", "/nonexistent/folder/p"], "/nonexistent/folder/p-tangent-x.svg"),
  ]

  /// As a process of its own: the line, the caret, and the code, which is 2 for what was typed wrong and 1 for what has no answer.
  @Test(arguments: refusals)
  func badInputGetsAPlaceAndACode(_ refusal: (arguments: [String], message: String)) throws {
    let run = try Command.run(["derive", "--no-times"] + refusal.arguments)
    #expect(run.errors.hasPrefix("backprop: " + refusal.message), "\(run.errors)")
    #expect(run.output.isEmpty)
    let hasNoAnswer = ["log is", "division is", "asin is", "/nonexistent"].contains { refusal.message.hasPrefix($0) }
    #expect(run.code == (hasNoAnswer ? 1 : 2), "\(run.errors)")
  }

  @Test func otherCommandsRefuseAlike() throws {
    for (arguments, code, message) in [
      (["derive", "x^2", "--at", "x=2", "--order", "q"], 2, "The value 'q' is invalid for '--order <order>'\n"),
      (["graph", "x*y", "--at", "x=2"], 2, "the variable 'y' has no value; given were x\n  x*y\n    ^\n"),
      (
        ["graph", "y = w*x; s = y - t; s^2", "--at", "w=1,x=2"], 2,
        "the variable 't' has no value; given were w, x\n  y = w*x; s = y - t; s^2\n                   ^\n"
      ),
      (["explain", "y = w*w; y^2", "--at", "x=2"], 2, "the variable 'w' has no value; given were x\n  y = w*w; y^2\n      ^\n"),
      (["graph", "relu(w", "--at", "w=2"], 2, "this parenthesis is never closed\n  relu(w\n      ^\n"),
      (["graph", "x", "--at", "x=1", "--colour", "red"], 2, "unknown option '--colour': the options are in the command's --help\n"),
      (["graph", "log(x)", "--at", "x=1", "--svg", "/nonexistent/a.svg"], 1, "/nonexistent/a.svg: cannot be written"),
      (["graph", "log(x)", "--at", "x=-1"], 1, "log is defined for x > 0, got -1\n"),
      (["explain", "y = x - 1; sqrt(y)", "--at", "x=0"], 1, "sqrt is defined for x >= 0, got -1\n"),
      (
        ["explain", String(repeating: "x", count: 9000), "--at", "y=1"], 2, "the variable '" + String(repeating: "x", count: 486) + "...\n"
      ),
      (["explain", "x^", "--at", "x=1"], 2, "the expression ends where an operand is expected\n  x^\n    ^\n"),
      (["explain", "x", "--at", "x=1", "--format", "pdf"], 2, "--format pdf: text, markdown or latex\n"),
      (["tour", "99"], 2, "lesson 99: there are lessons 1 to 11\n"), (["swell", "--factors", "0"], 2, "--factors 0: from 1 to 200\n"),
      (["layers", "--step", "0"], 2, "--step 0.0: a positive number\n"),
      // A number may be negative: it is the option's value, and out of range.
      (["explain", "--optimizer", "sgd", "--lr", "-1"], 2, "--lr -1.0: the learning rate must be 0 or more\n"),
      (["explain", "--optimizer", "sgd", "--momentum", "-0.9"], 2, "--momentum -0.9: the momentum must be 0 or more\n"),
      (["explain", "--optimizer", "adam", "--parameter", "nan"], 2, "--parameter nan: the parameter must be a finite number\n"),
      (["explain", "--optimizer", "adam", "--gradients", "-1,x"], 2, "--gradients: \"x\" is not a number\n"),
      (["derive", "x", "--at", "x=1", "--order", "-2"], 2, "derivatives of order 1 to 10 are compared, not -2\n"),
      (["layers", "--step", "-1e-10"], 2, "--step -1e-10: a positive number\n"),
      (["swell", "--factors", "-3"], 2, "--factors -3: from 1 to 200\n"),
      (["swell", "--iterations", "-3"], 2, "--iterations -3: from 1 to 24\n"),
      (["train", "--lr", "-0.1"], 2, "--lr -0.1: a positive number"), (["train", "--epochs", "-1"], 2, "--epochs -1: from 1 to"),
      (["train", "--batch", "-1"], 2, "--batch -1: from 1 to"), (["train", "--points", "-5"], 2, "--points -5"),
      (["train", "--hidden", "-5"], 2, "The value '-5' is invalid for '--hidden <hidden>': \"-5\" is not a width"),
      (["predict", "--model", "m", "--data", "d", "--show", "-1"], 2, "--show -1: 0 or more"),
      (["bench", "--seconds", "-1"], 2, "--seconds -1.0: from 0 to 3600\n"), (["bench", "--only", "x"], 2, "--only x: the workloads are "),
      (["graph", "y = w*x; s = y - ", "--at", "w=1"], 2, "the expression ends where an operand is expected\n  y = w*x; s = y - \n"),
      (["graph", "y = w; y^2", "--at", "w=1,y=2"], 2, "--at: 'y' is defined by the formula\n"),
    ] as [([String], Int32, String)] {
      let run = try Command.run(arguments)
      #expect(run.code == code && run.errors.hasPrefix("backprop: " + message) && run.output.isEmpty, "\(arguments): \(run.errors)")
    }
  }

  @Test func deepAndLongInputIsTakenOrRefused() throws {
    func nested(_ open: String, _ levels: Int) -> String {
      String(repeating: open, count: levels) + "x" + String(repeating: ")", count: levels)
    }
    #expect(refusal(["derive", nested("(", 1000), "--at", "x=2", "--no-times"]) == nil)
    #expect(refusal(["derive", nested("(", 300_000), "--at", "x=2", "--no-times"]) == nil)
    #expect(refusal(["derive", nested("sin(", 100_000), "--at", "x=2"])?.message.contains("levels deep") == true)
    let megabyte = String(repeating: "x+", count: 500_000)
    #expect(refusal(["derive", megabyte, "--at", "x=2"])?.message.hasPrefix("Error: the expression ends where an operand") == true)
    #expect(refusal(["derive", megabyte + "1", "--at", "x=2"])?.message.contains("parts; derivatives are compared for up to") == true)
    let point = String(repeating: "9", count: 100_000)
    let answer = try #require(refusal(["derive", "x", "--at", "x=" + point]))
    #expect(answer.message.count < 300)
  }

  /// Random bytes of the grammar's alphabet are a formula or an error, never the end of the process.
  @Test func randomTextNeverCrashes() {
    var state: UInt64 = 7
    func next(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
    let pieces = ["x", "y", "2", "0.5", "(", ")", "+", "-", "*", "/", "^", ",", "sin(", "max(", "log(", " ", "=", "e", "1e9", "é", "\u{0}"]
    for _ in 0..<300 {
      let text = (0..<next(12)).map { _ in pieces[next(pieces.count)] }.joined()
      let point = next(3) == 0 ? (0..<next(6)).map { _ in pieces[next(pieces.count)] }.joined() : "x=0.5,y=2"
      guard let answer = refusal(["derive", text, "--at", point, "--no-times"]) else { continue }
      #expect([1, 64].contains(answer.code), "\(text) at \(point)")
    }
  }

  /// The words of a formula cost what their characters cost: without quotes, and from the standard input, which has no limit.
  @Test func aFormulaOfManyWordsIsOneText() throws {
    #expect(FormulaText.joiningWords(["graph", "w", "-", "x", "--at", "w=1,x=2"]) == ["graph", "w - x", "--at", "w=1,x=2"])
    #expect(FormulaText.joiningWords(["explain", "-x", "-h"]) == ["explain", "-x", "-h"])
    #expect(FormulaText.joiningWords(["train", "table", "x"]) == ["train", "table", "x"])
    let words = (1...8000).flatMap { ["+", "sin(x*\($0))"] }.dropFirst()
    let clock = ContinuousClock()
    var run: Command?
    // Words one by one took the parser of options minutes.
    let time = try clock.measure { run = try Command.run(["graph"] + words + ["--at", "x=0.5"], locale: ["LC_ALL": "C.UTF-8"]) }
    #expect(run?.code == 0 && run?.output.contains("7,999 × (add): L ≈ 3.04576    dL/dL = 1\n") == true, "\(run?.errors ?? "")")
    #expect(time < .seconds(Sanitizer.isLoaded ? 600 : 60))
  }

  @Test func goodInputSucceeds() throws {
    #expect(refusal(["derive", "-x^2", "+", "1", "--at", "x=-2", "--no-times"]) == nil)
    #expect(refusal(["derive", "x^2*y", "--at", " x = 2 , y=3", "--order", "2", "--json"]) == nil)
    #expect(refusal(["swell", "--factors", "12", "--iterations", "6"]) == nil)
    #expect(refusal(["layers", "--no-training"]) == nil)
    #expect(refusal(["explain", "--optimizer", "sgd", "--parameter", "-1", "--gradients", "-0.5,-.25"]) == nil)
    #expect(refusal(["explain", "-x", "--at", "x=-2"]) == nil)
    for arguments in [["swell", "--factors", "0"], ["swell", "--iterations", "99"], ["layers", "--step", "0"]] {
      #expect(refusal(arguments)?.code == 1)
    }
  }

  @Test func layersAreDrawn() throws {
    let folder = try TemporaryFolder(), run = try Command.run(["layers", "--svg", folder("a")])
    #expect(run.code == 0 && run.output.hasSuffix("wrote \(folder("a"))-network.svg\nwrote \(folder("a"))-loss.svg\n"))
    #expect(folder.has("a-network.svg") && folder.has("a-loss.svg"))
    #expect(try Command.run(["layers", "--no-training", "--svg", folder("b")]).code == 0)
    #expect(folder.has("b-network.svg") && !folder.has("b-loss.svg"))
    let nowhere = try Command.run(["layers", "--no-training", "--svg", folder("missing/a")])
    #expect(nowhere.code == 1 && nowhere.errors.contains("missing/a-network.svg"))
  }

  /// As `graph` and `explain` take it: formulas that build on one another.
  @Test func aSequenceIsOneFunction() throws {
    let run = try Command.run(["derive", "a = x^2; b = a + 1; a*b", "--at", "x=2", "--no-times"])
    #expect(run.code == 0 && run.output.hasPrefix("f(x) = x^2*(x^2 + 1)\n"), "\(run.output)\(run.errors)")
    #expect(run.output.contains("\nsymbolic            36.0 "), "\(run.output)")
    let step = try Command.run(["derive", "x^2-2*y", "--at", "x=2,y=5", "--step", "1e-10", "--no-times"])
    #expect(step.output.contains("4.000000330961484") && step.output.contains("-2.000000165480742"), "\(step.output)")
  }

  @Test func picturesAreWritten() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("derive-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let prefix = folder.appendingPathComponent("p").path
    #expect(refusal(["derive", "x^2*erf(y)", "--at", "x=2,y=0.3", "--svg", prefix, "--no-times"]) == nil)
    for name in ["tangent-x", "tangent-y", "steps-x", "steps-y"] {
      #expect(try String(contentsOfFile: "\(prefix)-\(name).svg", encoding: .utf8).hasPrefix("<svg"))
    }
  }
}

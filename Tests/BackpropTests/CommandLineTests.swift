import ChainRuleSymbolic
import Foundation
import Testing

@testable import backprop

/// The manners of the command line.
struct CommandLineTests {
  @Test func theVersionIsThatOfTheChanges() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let changes = try String(contentsOf: root.appendingPathComponent("CHANGELOG.md"), encoding: .utf8)
    let version = try #require(changes.split(separator: "\n").first { $0.hasPrefix("## ") }).dropFirst(3)
    #expect(try Command.run(["--version"]).output == "\(version)\n")
  }

  @Test func aMistypedCommandGetsASuggestion() throws {
    for (word, hint) in [
      ("trian", "did you mean 'train'?"), ("trane", "did you mean 'train'?"), ("gr", "did you mean 'graph'?"),
      ("xyzzyx", "backprop --help lists them all"),
    ] {
      let run = try Command.run([word])
      #expect(run.code == 2 && run.errors == "backprop: unknown command '\(word)': \(hint)\n", "\(run.errors)")
    }
  }

  /// The mistyped name is told, not what else does not fit because of it.
  @Test(arguments: [
    (["train", "--epoch", "3"], "unknown option '--epoch': did you mean '--epochs'?"),
    (["train", "--epochz=3"], "unknown option '--epochz': did you mean '--epochs'?"),
    (["train", "--batch-size", "3"], "unknown option '--batch-size': did you mean '--batch'?"),
    (["train", "table", "--labl", "x"], "unknown option '--labl': did you mean '--label'?"),
    (["predict", "--modl", "x"], "unknown option '--modl': did you mean '--model'?"),
    (["derive", "x", "--att", "x=1"], "unknown option '--att': did you mean '--at'?"),
    (["graph", "x*y", "--at", "x=1,y=2", "--sgv", "f"], "unknown option '--sgv': did you mean '--svg'?"),
    (["play", "--opne"], "unknown option '--opne': did you mean '--open'?"),
    (["train", "--qqqqqqqq"], "unknown option '--qqqqqqqq': the options are in the command's --help"),
    (["train", "tabel"], "there is no job 'tabel' to train: did you mean 'table'?"),
    (["train", "xyzzyx"], "there is no job 'xyzzyx' to train: the jobs are spirals, mnist, table, images, text"),
  ])
  func aMistypedOptionGetsASuggestion(_ arguments: [String], _ message: String) throws {
    let run = try Command.run(arguments)
    #expect(run.code == 2 && run.errors == "backprop: \(message)\n", "\(run.errors)")
  }

  /// What a job does without an option, which differs from job to job.
  @Test(arguments: [
    ("spirals", "--epochs 60 --batch 32 --lr 0.003 --hidden 64,64 --schedule constant"),
    ("mnist", "--epochs 5 --batch 64 --lr 0.001 --hidden 128 --schedule constant"),
    ("table", "--epochs 40 --batch 32 --lr 0.002 --hidden 64,64 --schedule cosine"),
    ("images", "--epochs 10 --batch 32 --lr 0.001 --hidden 32,64,128 --schedule constant"),
    ("text", "--network gpt: --lr 0.001 --hidden 128,128,128,128"),
  ]) func helpSaysTheDefaults(job: String, defaults: String) throws {
    let help = try Command.run(["train", job, "--help"]).output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(help.contains(defaults), "\(help)")
  }

  @Test func trainListsItsOptions() throws {
    for arguments in [["train", "--help"], ["help", "train"]] {
      let help = try Command.run(arguments).output
      #expect(["--epochs", "--lr", "--points", "mnist"].allSatisfy(help.contains), "\(help)")
    }
    let korean = try Command.run(["train", "--help"], locale: ["LANG": "ko_KR.UTF-8"]).output
    #expect(korean.contains("학습률"))
    #expect(try Command.run(["train", "--help", "--korean"]).output == korean)
  }

  @Test func formulasListsWhatAFormulaMayName() throws {
    let run = try Command.run(["formulas"])
    for function in Formula.functions { #expect(run.output.contains("\n\(function.name)("), "\(function.name)") }
    #expect(try Command.run(["help", "formulas"]).output.contains("atan2"))
  }

  @Test func signsOfPaper() throws {
    let run = try Command.run(["derive", "|x-1|*x² + σ(x)", "--at", "x=2", "--no-times"])
    #expect(run.output.hasPrefix("f(x) = abs(x - 1)*x^2 + sigmoid(x)\n"), "\(run.output)\(run.errors)")
  }

  @Test func unknownFunctionsHaveDerivatives() throws {
    let run = try Command.run(["derive", "f(x)*g(x)"])
    #expect(run.output == "f = f(x)*g(x)\ndf/dx = f(x)*g'(x) + f'(x)*g(x)\n", "\(run.errors)")
    let value = try Command.run(["derive", "f(x)", "--at", "x=2"])
    #expect(value.code == 1 && value.errors == "backprop: f has no value: only its name is known\n")
    let picture = try Command.run(["derive", "f(x)", "--svg", "p"])
    #expect(picture.code == 2 && picture.errors.contains("nothing to draw"))
    #expect(try Command.run(["derive", "f(x)", "--order", "11"]).code == 2)
  }

  @Test func integrateSaysHow() throws {
    let run = try Command.run(["integrate", "x^2*sin(x)"])
    #expect(run.code == 0 && run.output.hasPrefix("integral of x^2*sin(x) dx = -x^2*cos(x) + 2*x*sin(x) + 2*cos(x) + C\n"))
    #expect(run.output.contains("    parts: u = x^2, v = -cos(x)") && run.output.contains("all 16 points"))
    let none = try Command.run(["integrate", "exp(x)/x"])
    #expect(none.code == 1 && none.errors.hasPrefix("backprop: no rule applies to exp(x)/x: "))
    for (arguments, message) in [
      (["a*x"], "the formula has the variables a, x: choose one, as in --by x"), (["x", "--by", "2"], "--by: '2' is not the name"),
      (["sine(x)"], "unknown function 'sine'"), ([], "a formula is missing"),
    ] {
      let run = try Command.run(["integrate"] + arguments)
      #expect(run.code == 2 && run.errors.contains(message), "\(run.errors)")
    }
    #expect(try Command.run(["integrate", "a*x", "--by", "a"]).output.contains("= a^2*x/2 + C"))
  }
}

import ArgumentParser
import ChainRuleExplain
import ChainRuleSymbolic

/// Says the backward pass in sentences.
struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say the backward pass of a formula step by step, with the numbers.",
    usage: "backprop explain \"(w*x - y)^2\" --at w=1,x=2,y=3 [--format text|markdown|latex] [--korean]")

  // A formula may begin with a minus, so what looks like an unknown option is part of it.
  @Argument(parsing: .allUnrecognized, help: "The formula: (w*x - y)^2.")
  var formula: [String] = []

  @Option(help: "The point: a value for each variable, as in w=1,x=2,y=3.")
  var at = ""

  @Option(help: "text, markdown or latex.")
  var format = "text"

  @Flag(help: "Sentences in Korean.")
  var korean = false

  func run() throws {
    guard let style = ExplanationStyle(rawValue: format) else { throw OptionError("--format \(format): text, markdown or latex") }
    let graph = try FormulaAtPoint(formula, at, command: "explain").graph()
    print(graph.explanation(style, language: korean ? .korean : .english), terminator: "")
  }
}

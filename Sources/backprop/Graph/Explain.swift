import ArgumentParser
import ChainRuleExplain

/// Says the backward pass in sentences.
struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say the backward pass of a formula step by step, with the numbers.",
    usage: "backprop explain \"(w*x - y)^2\" --at w=1,x=2 --data y=3 [--format text|markdown|latex] [--korean]",
    discussion: """
      Parts of a formula may have names, which the sentences then use:
      backprop explain "y = w*x; s = y - t; s^2" --at w=1,x=1,t=2

      With --optimizer sgd or adam the steps of an optimizer instead, with all that comes between gradient and new value:
      backprop explain --optimizer adam --lr 0.1 --parameter 1 --gradients 0.5,0.25
      """)

  // A formula may begin with a minus, so what looks like an unknown option is part of it.
  @Argument(parsing: .allUnrecognized, help: "The formula: (w*x - y)^2.")
  var formula: [String] = []

  @Option(help: "The point: a value for each variable, as in w=1,x=2,y=3.")
  var at = ""

  @Option(help: "Values of variables that are data, as in y=2: no gradient is asked for them.")
  var data: String?

  @Option(help: "text, markdown or latex.")
  var format = "text"

  @Flag(help: "Sentences in Korean.")
  var korean = false

  @Option(help: "sgd or adam: explain its steps instead of a formula.")
  var optimizer: String?

  @Option(parsing: .unconditional, help: "The learning rate.")
  var lr = 0.1

  @Option(parsing: .unconditional, help: "The momentum of sgd.")
  var momentum = 0.0

  @Option(parsing: .unconditional, help: "The parameter before the first step.")
  var parameter = 1.0

  @Option(parsing: .unconditional, help: "The gradient at each step, as in 0.5,0.25.")
  var gradients = "0.5,0.5,0.5"

  private var language: ExplanationLanguage { korean ? .korean : .english }

  func run() throws {
    if let optimizer { return try explainSteps(of: optimizer) }
    guard let style = ExplanationStyle(rawValue: format) else { throw OptionError("--format \(format): text, markdown or latex") }
    let graph = try FormulaAtPoint(formula, at, data: data, command: "explain").graph()
    print(graph.explanation(style, language: language, ascii: !Terminal.output.usesUnicode), terminator: "")
  }

  private func explainSteps(of name: String) throws {
    guard formula.isEmpty else { throw OptionError("\"\(formula.joined(separator: " "))\": --optimizer takes no formula") }
    // PyTorch's optimizers refuse the same.
    guard lr >= 0, lr.isFinite else { throw OptionError("--lr \(lr): the learning rate must be 0 or more") }
    guard momentum >= 0, momentum.isFinite else { throw OptionError("--momentum \(momentum): the momentum must be 0 or more") }
    guard parameter.isFinite else { throw OptionError("--parameter \(parameter): the parameter must be a finite number") }
    let numbers = try gradients.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let number = Double(part), number.isFinite else { throw OptionError("--gradients: \"\(part)\" is not a number") }
      return number
    }
    let rule: OptimizerRule
    switch name {
    case "sgd": rule = .sgd(lr: lr, momentum: momentum)
    case "adam": rule = .adam(lr: lr)
    default: throw OptionError("--optimizer \(name): sgd or adam")
    }
    print(rule.explanation(parameter: parameter, gradients: numbers, language: language), terminator: "")
  }
}

import ArgumentParser
import ChainRuleExplain
import ChainRuleSymbolic
import Foundation

/// Differentiates a formula in every way, and shows what each gives and costs.
struct Derive: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Differentiate a formula numerically, symbolically and automatically, side by side.",
    usage: "backprop derive \"x^2*sin(x)\" --at x=2 [--order N] [--step H] [--svg PREFIX] [--json] [--no-times]",
    discussion: "The formula - is read from the standard input.")

  // A formula may begin with a minus, so what looks like an unknown option is part of it.
  @Argument(parsing: .allUnrecognized, help: "The formula: x^2*sin(x) + exp(-x)/y.")
  var formula: [String] = []

  @Option(help: "The point: a value for each variable, as in x=2,y=-3.")
  var at = ""

  @Option(help: "Values of variables that are data, as in y=2: nothing is differentiated for them.")
  var data: String?

  @Option(parsing: .unconditional, help: "The order of the derivative, 1 to 10.")
  var order = 1

  @Option(parsing: .unconditional, help: "The step of the difference formulas, and the largest that Richardson takes.")
  var step: Double?

  @Option(help: "Draw PREFIX-steps-x.svg, the error over the step, and PREFIX-tangent-x.svg, the curve with its tangent.")
  var svg: String?

  @Flag(help: "One JSON object instead of the table.")
  var json = false

  @Flag(name: .customLong("no-times"), help: "Leave times out, so that the output is the same every time.")
  var noTimes = false

  func run() throws {
    let text = try FormulaText(formula, example: "backprop derive \"x^2*sin(x)\" --at x=2")
    if let step, !(step > 0 && step.isFinite) { throw OptionError("--step \(step): a positive number") }
    let formulas = try FormulaAtPoint(text, at, data: data)
    let report = try text.locating {
      try compareDerivatives(
        of: formulas.formula, at: formulas.point, order: order, withRespectTo: formulas.variables, step: step, measuringTimes: !noTimes)
    }
    // First, so that a picture that cannot be written leaves no half of an answer.
    if let svg { try draw(report, prefix: svg) }
    if json {
      print(report.json())
    } else {
      print(report.text(ascii: !Terminal.output.usesUnicode), terminator: "")
    }
  }

  /// The pictures are of the first derivative of the function that is differentiated last: of f itself for order 1.
  private func draw(_ report: DerivativeReport, prefix: String) throws {
    for variable in report.variables {
      let last = order == 1 ? report.formula : report.formula.derivative(variable, order: order - 1)
      let chart = try last.tangentChart(variable, at: report.point)
      try write(chart.svg(), to: "\(prefix)-tangent-\(variable).svg")
      let study = try steps(last, variable, report.point)
      let title = "d/d\(variable) of \(chart.series[0].name) at \(variable) = \(NumberText.significant(report.point[variable] ?? .nan))"
      try write(study.chart(title: title).svg(), to: "\(prefix)-steps-\(variable).svg")
    }
  }

  /// With the complex step where every function of the formula has a continuation.
  private func steps(_ formula: Formula, _ variable: String, _ point: [String: Double]) throws -> StepStudy {
    do { return try StepStudy(of: formula, variable, at: point) } catch EvaluationError.unsupported {
      return try StepStudy(of: formula, variable, at: point, methods: [.forward, .central, .fivePoint])
    }
  }

  private func write(_ text: String, to path: String) throws {
    try writeFile(text, to: path)
    // The standard output may be JSON.
    Backprop.tell("wrote \(path)")
  }
}

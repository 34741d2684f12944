import ArgumentParser
import ChainRuleExplain
import ChainRuleSymbolic
import Foundation

/// Differentiates a formula in every way, and shows what each gives and costs.
struct Derive: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: spoken(
      "Differentiate a formula numerically, symbolically and automatically, side by side.",
      "식 하나를 수치 미분, 기호 미분, 자동 미분으로 나란히 미분합니다."),
    usage: "backprop derive \"x^2*sin(x)\" --at x=2 [--order N] [--step H] [--svg PREFIX] [--json] [--no-times]",
    discussion: spoken(
      """
      The formula - is read from the standard input; backprop formulas lists what it may consist of. f, g, h, u and v before a parenthesis \
      are functions of which only the name is known: derive "f(x)*g(x)" needs no point and gives f'(x)*g(x) + f(x)*g'(x).
      """,
      """
      식 대신 -를 쓰면 표준 입력에서 읽습니다. 식에 쓸 수 있는 함수는 backprop formulas가 보여 줍니다. 괄호 앞의 f, g, h, u, v는 이름만 아는 \
      함수입니다. derive "f(x)*g(x)"는 점 없이 f'(x)*g(x) + f(x)*g'(x)를 구합니다.
      """))

  // A formula may begin with a minus, so what looks like an unknown option is part of it.
  @Argument(parsing: .allUnrecognized, help: ArgumentHelp("The formula: x^2*sin(x) + exp(-x)/y.", "식: x^2*sin(x) + exp(-x)/y."))
  var formula: [String] = []

  @Option(help: ArgumentHelp("The point: a value for each variable, as in x=2,y=-3.", "점: 변수마다의 값. 예: x=2,y=-3."))
  var at = ""

  @Option(
    help: ArgumentHelp("Variables that are data, y or y=2: nothing is differentiated for them.", "데이터인 변수. 예: y 또는 y=2. 이 변수로는 미분하지 않습니다."))
  var data: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("The order of the derivative, 1 to 10.", "몇 번 미분할지, 1에서 10까지."))
  var order = 1

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The step of the difference formulas, and the largest that Richardson takes.", "차분의 증분 h. Richardson 외삽에는 가장 큰 증분입니다."))
  var step: Double?

  @Option(
    help: ArgumentHelp(
      "Draw PREFIX-steps-x.svg, the error over the step, and PREFIX-tangent-x.svg, the curve with its tangent.",
      "증분 h에 따른 오차를 PREFIX-steps-x.svg에, 곡선과 접선을 PREFIX-tangent-x.svg에 그립니다."))
  var svg: String?

  @Flag(help: ArgumentHelp("One JSON object instead of the table.", "표 대신 JSON 객체 하나로 씁니다."))
  var json = false

  @Flag(
    name: .customLong("no-times"),
    help: ArgumentHelp("Leave times out, so that the output is the same every time.", "시간을 빼서 출력이 매번 같게 합니다."))
  var noTimes = false

  @OptionGroup var speech: LanguageOptions

  func run() throws {
    let text = try FormulaText(formula, example: "backprop derive \"x^2*sin(x)\" --at x=2")
    if let step, !(step > 0 && step.isFinite) { throw OptionError("--step \(step): a positive number", "--step \(step): 양수여야 합니다") }
    if at.isEmpty, data == nil, let formula = try? FormulaSequence(text.text).formula, !formula.unknownFunctions.isEmpty {
      return try showUnknown(formula)
    }
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
      print(report.text(ascii: !Terminal.output.usesUnicode, language: speech.language), terminator: "")
    }
  }

  /// The derivatives of a formula with functions of which only the name is known: formulas alone, as it has no value.
  private func showUnknown(_ formula: Formula) throws {
    guard (1...10).contains(order) else { throw ComparisonError.order(order, allowed: 1...10) }
    guard svg == nil, !json else {
      throw OptionError(
        "\(formula.unknownFunctions[0]) is known by its name only: there is nothing to draw or to compare",
        "\(formula.unknownFunctions[0])은(는) 이름만 알려진 함수라 그리거나 비교할 것이 없습니다")
    }
    print("f = \(formula)")
    for variable in formula.variables {
      let name = order == 1 ? "df/d\(variable)" : "d^\(order)f/d\(variable)^\(order)"
      print("\(name) = \(formula.derivative(variable, order: order))")
    }
  }

  /// The pictures are of the first derivative of the function that is differentiated last: of f itself for order 1.
  private func draw(_ report: DerivativeReport, prefix: String) throws {
    for variable in report.variables {
      let last = order == 1 ? report.formula : report.formula.derivative(variable, order: order - 1)
      let chart = try last.tangentChart(variable, at: report.point, language: speech.language)
      try write(chart.svg(), to: "\(prefix)-tangent-\(variable).svg")
      let study = try steps(last, variable, report.point)
      let (name, place) = (chart.series[0].name, "\(variable) = \(NumberText.significant(report.point[variable] ?? .nan))")
      let title = Phrase("d/d\(variable) of \(name) at \(place)", "\(place)에서 \(name)의 d/d\(variable)")(speech.language)
      try write(study.chart(title: title, language: speech.language).svg(), to: "\(prefix)-steps-\(variable).svg")
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
    Backprop.tell(writtenText(path))
  }
}

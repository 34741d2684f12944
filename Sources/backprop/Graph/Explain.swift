import ArgumentParser
import ChainRuleExplain

/// Says the backward pass in sentences.
struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: spoken(
      "Say the backward pass of a formula step by step, with the numbers.", "식의 역전파를 숫자와 함께 한 단계씩 문장으로 설명합니다."),
    usage: "backprop explain \"(w*x - y)^2\" --at w=1,x=2 --data y=3 [--format text|markdown|latex] [--korean]",
    discussion: spoken(
      """
      Parts of a formula may have names, which the sentences then use:
      backprop explain "y = w*x; s = y - t; s^2" --at w=1,x=1,t=2

      With --optimizer sgd or adam the steps of an optimizer instead, with all that comes between gradient and new value:
      backprop explain --optimizer adam --lr 0.1 --parameter 1 --gradients 0.5,0.25
      """,
      """
      식의 부분에 이름을 붙이면 문장이 그 이름을 씁니다:
      backprop explain "y = w*x; s = y - t; s^2" --at w=1,x=1,t=2

      --optimizer sgd 또는 adam은 식 대신 옵티마이저의 단계를, 기울기에서 새 값까지 모두 풀어 씁니다:
      backprop explain --optimizer adam --lr 0.1 --parameter 1 --gradients 0.5,0.25
      """))

  // A formula may begin with a minus, so what looks like an unknown option is part of it.
  @Argument(parsing: .allUnrecognized, help: ArgumentHelp("The formula: (w*x - y)^2.", "식: (w*x - y)^2."))
  var formula: [String] = []

  @Option(help: ArgumentHelp("The point: a value for each variable, as in w=1,x=2,y=3.", "점: 변수마다의 값. 예: w=1,x=2,y=3."))
  var at = ""

  @Option(help: ArgumentHelp("Variables that are data, y or y=2: no gradient is asked for them.", "데이터인 변수. 예: y 또는 y=2. 기울기를 구하지 않습니다."))
  var data: String?

  @Option(help: ArgumentHelp("text, markdown or latex.", "text, markdown, latex 가운데 하나."))
  var format = "text"

  @Option(help: ArgumentHelp("sgd or adam: explain its steps instead of a formula.", "sgd 또는 adam: 식 대신 그 단계를 설명합니다."))
  var optimizer: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("The learning rate.", "학습률."))
  var lr = 0.1

  @Option(parsing: .unconditional, help: ArgumentHelp("The momentum of sgd.", "sgd의 모멘텀."))
  var momentum = 0.0

  @Option(parsing: .unconditional, help: ArgumentHelp("The parameter before the first step.", "첫 단계 전의 매개변수 값."))
  var parameter = 1.0

  @Option(parsing: .unconditional, help: ArgumentHelp("The gradient at each step, as in 0.5,0.25.", "단계마다의 기울기. 예: 0.5,0.25."))
  var gradients = "0.5,0.5,0.5"

  @OptionGroup var speech: LanguageOptions

  func run() throws {
    if let optimizer { return try explainSteps(of: optimizer) }
    guard let style = ExplanationStyle(rawValue: format) else {
      throw OptionError("--format \(format): text, markdown or latex", "--format \(format): text, markdown, latex 가운데 하나를 쓰세요")
    }
    let graph = try FormulaAtPoint(formula, at, data: data, command: "explain").graph()
    print(graph.explanation(style, language: speech.language, ascii: !Terminal.output.usesUnicode), terminator: "")
  }

  private func explainSteps(of name: String) throws {
    guard formula.isEmpty else {
      throw OptionError(
        "\"\(formula.joined(separator: " "))\": --optimizer takes no formula",
        "\"\(formula.joined(separator: " "))\": --optimizer에는 식을 쓰지 않습니다")
    }
    // PyTorch's optimizers refuse the same.
    guard lr >= 0, lr.isFinite else { throw OptionError("--lr \(lr): the learning rate must be 0 or more", "--lr \(lr): 학습률은 0 이상이어야 합니다") }
    guard momentum >= 0, momentum.isFinite else {
      throw OptionError("--momentum \(momentum): the momentum must be 0 or more", "--momentum \(momentum): 모멘텀은 0 이상이어야 합니다")
    }
    guard parameter.isFinite else {
      throw OptionError("--parameter \(parameter): the parameter must be a finite number", "--parameter \(parameter): 매개변수는 유한한 수여야 합니다")
    }
    let numbers = try gradients.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let number = Double(part), number.isFinite else {
        throw OptionError("--gradients: \"\(part)\" is not a number", "--gradients: \"\(part)\"은(는) 수가 아닙니다")
      }
      return number
    }
    let rule: OptimizerRule
    switch name {
    case "sgd": rule = .sgd(lr: lr, momentum: momentum)
    case "adam": rule = .adam(lr: lr)
    default: throw OptionError("--optimizer \(name): sgd or adam", "--optimizer \(name): sgd나 adam을 쓰세요")
    }
    print(rule.explanation(parameter: parameter, gradients: numbers, language: speech.language), terminator: "")
  }
}

import ArgumentParser
import ChainRule
import ChainRuleExplain
import ChainRuleSymbolic

/// Finds an antiderivative, says by which rules, and differentiates it as a check.
struct Integrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: spoken(
      "Integrate a formula, with the rules that were used and the check by differentiation.",
      "식의 부정적분을 구하고, 쓰인 규칙과 다시 미분해 확인한 결과를 보여 줍니다."),
    usage: "backprop integrate \"x^2*sin(x)\" [--by x] [--english | --korean]",
    discussion: spoken(
      "Other variables are parameters, taken to be positive. Where no rule applies, the command says so and ends with exit code 1.",
      "다른 변수는 양수인 매개변수로 봅니다. 맞는 규칙이 없으면 그렇다고 알리고 종료 코드 1로 끝납니다."))

  // A formula may begin with a minus, so what looks like an unknown option is part of it.
  @Argument(parsing: .allUnrecognized, help: ArgumentHelp("The formula: x^2*sin(x).", "식: x^2*sin(x)."))
  var formula: [String] = []

  @Option(help: ArgumentHelp("The variable; needed where the formula has several.", "적분할 변수. 식에 변수가 여럿이면 필요합니다."))
  var by: String?

  @OptionGroup var speech: LanguageOptions

  func run() throws {
    let text = try FormulaText(formula, example: "backprop integrate \"x^2*sin(x)\"")
    let formula = try FormulaSequence(text.text).formula, variable = try variable(of: formula)
    print(try IntegralText(of: formula, variable, speech.language).text(ascii: !Terminal.output.usesUnicode), terminator: "")
  }

  private func variable(of formula: Formula) throws -> String {
    let names = formula.variables
    if let by {
      guard let first = by.first, first.isLetter || first == "_", by.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) else {
        throw OptionError("--by: '\(by)' is not the name of a variable", "--by: '\(by)'은(는) 변수 이름이 아닙니다")
      }
      return by
    }
    if names.count > 1 {
      let list = names.joined(separator: ", ")
      throw OptionError("the formula has the variables \(list): choose one, as in --by x", "식의 변수가 \(list)입니다. --by x처럼 하나를 고르세요")
    }
    return names.first ?? "x"
  }
}

/// No rule of integration applies.
struct NoRuleApplies: ChainRuleError {
  let formula: Formula
  let language: ExplanationLanguage
  var description: String {
    Phrase(
      "no rule applies to \(formula): it may have no antiderivative in these functions",
      "\(formula)에 맞는 적분 규칙이 없습니다. 이 함수들로는 부정적분을 쓸 수 없는 식일 수 있습니다")(language)
  }
}

/// An antiderivative, told.
struct IntegralText {
  private let formula: Formula
  private let variable: String
  private let language: ExplanationLanguage
  private let found: Formula.Integration

  init(of formula: Formula, _ variable: String, _ language: ExplanationLanguage) throws {
    guard let found = formula.integration(variable) else { throw NoRuleApplies(formula: formula, language: language) }
    (self.formula, self.variable, self.language, self.found) = (formula, variable, language, found)
  }

  func text(ascii: Bool) -> String {
    let sign = ascii ? "integral of " : "∫ "
    var lines = ["\(sign)\(Self.factor(formula)) d\(variable) = \(found.antiderivative) + C", "", Phrase("Rules", "쓰인 규칙")(language)]
    for step in found.steps {
      let indent = String(repeating: "  ", count: step.level + 1)
      lines.append("\(indent)\(sign)\(Self.factor(step.integrand)) d\(step.variable) = \(step.antiderivative)")
      lines.append("\(indent)  \(step.rule.words(language))")
    }
    lines += ["", Phrase("Check", "확인")(language), "  d/d\(variable) (\(found.antiderivative)) = \(found.derivative)"]
    let points = found.checkedPoints
    lines.append(
      "  "
        + Phrase(
          "It has the integrand's value at all \(points) points where both have one.", "피적분 함수와 함께 값이 있는 점 \(points)개 모두에서 값이 같습니다.")(
          language))
    return lines.joined(separator: "\n") + "\n"
  }

  /// A sum in parentheses.
  private static func factor(_ formula: Formula) -> String {
    let text = "\(formula)"
    var depth = 0
    for (sign, next) in zip(text, text.dropFirst()) {
      if sign == "(" { depth += 1 }
      if sign == ")" { depth -= 1 }
      if depth == 0, sign == " ", next == "+" || next == "-" { return "(\(text))" }
    }
    return text
  }
}

extension Formula.IntegrationRule {
  /// The rule in words.
  func words(_ language: ExplanationLanguage) -> String {
    let (u, v) = (u.map { "\($0)" } ?? "", v.map { "\($0)" } ?? "")
    let phrase =
      switch kind {
      case .constant: Phrase("a constant", "상수의 적분")
      case .sum: Phrase("term by term", "항별로 적분")
      case .factor: Phrase("a constant factor stays in front", "상수 인수는 앞으로")
      case .table: Phrase("from the table of derivatives", "도함수 표에서")
      case .partialFractions: Phrase("partial fractions", "부분분수로 나누어")
      case .trigonometricProduct: Phrase("a product of sines and cosines as a sum", "사인과 코사인의 곱을 합으로 바꾸어")
      case .substitution: Phrase("substitution: \(u) = \(v)", "치환적분: \(u) = \(v)")
      case .parts: Phrase("parts: u = \(u), v = \(v), so u v less the integral of v u'", "부분적분: u = \(u), v = \(v). u v에서 v u'의 적분을 뺍니다")
      case .expansion: Phrase("multiplied out", "곱을 전개하여")
      }
    return phrase(language)
  }
}

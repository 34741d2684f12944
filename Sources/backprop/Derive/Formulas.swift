import ArgumentParser
import ChainRuleExplain
import ChainRuleSymbolic

/// Lists what a formula may consist of.
struct Formulas: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: spoken(
      "List what a formula may consist of: functions with their derivatives, signs, constants.", "식에 쓸 수 있는 함수와 도함수, 기호, 상수를 보여 줍니다."),
    discussion: spoken("derive, graph, explain and integrate read formulas.", "derive, graph, explain, integrate가 읽는 식입니다.")
      + "\n\n" + FormulaLanguage.functionNames)

  @OptionGroup var speech: LanguageOptions

  func run() throws { print(FormulaLanguage.text(speech.language, ascii: !Terminal.output.usesUnicode), terminator: "") }
}

/// The language of formulas, in words.
enum FormulaLanguage {
  /// The names of all functions, for a line of help.
  static var functionNames: String { Formula.functions.map(\.name).joined(separator: " ") }

  /// All functions with their derivatives, then what else may stand in a formula.
  static func text(_ language: ExplanationLanguage, ascii: Bool) -> String {
    let says = { (english: String, korean: String) in Phrase(english, korean)(language) }
    var table = TextTable([.init(says("function", "함수")), .init(says("derivative for x", "x에 대한 도함수")), .init(says("also", "다른 이름"))])
    for function in Formula.functions {
      let call = function.name + (function.arity == 1 ? "(x)" : "(x, y)")
      let derivative = (try? Formula(call)).map { "\($0.derivative("x"))" } ?? ""
      table.add([call, derivative, function.aliases.joined(separator: ", ")])
    }
    var signs = TextTable([.init(says("written", "쓰는 법")), .init(says("meaning", "뜻"))])
    for (sign, meaning) in [
      ("+ - * /", Phrase("as usual; 2x and 3(x + 1) are products, 1/2x is (1/2) x", "사칙연산. 2x와 3(x + 1)은 곱이고 1/2x는 (1/2) x입니다")),
      ("x^2  x**2  x²", Phrase("powers, grouped to the right; -x^2 is -(x^2)", "거듭제곱. 오른쪽부터 묶고 -x^2은 -(x^2)입니다")),
      ("|x|", Phrase("abs(x)", "절댓값 abs(x)")), ("σ(x)", Phrase("sigmoid(x)", "시그모이드 sigmoid(x)")),
      ("pi  e  inf  nan", Phrase("constants", "상수")),
      (
        "f(x)  g(x)  h(x)  u(x)  v(x)",
        Phrase("functions of which only the name is known; f'(x) is a derivative", "이름만 아는 함수. f'(x)는 도함수입니다")
      ),
      ("a = x^2; a*2", Phrase("parts with names; the last one is the result", "부분에 이름 붙이기. 마지막 식이 결과입니다")),
    ] { signs.add([sign, meaning(language)]) }
    return table.text(ascii: ascii) + "\n" + signs.text(ascii: ascii)
  }
}

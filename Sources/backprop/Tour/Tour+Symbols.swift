import ChainRule
import ChainRuleExplain
import ChainRuleSymbolic

extension Tour {
  /// The product rule with unknown functions, then known ones; its growth; and integrals.
  static func productRule(_ page: inout Page) throws {
    page.say(
      "A formula may name functions of which nothing is known: f(x) has the derivative f'(x). So rules show themselves:",
      "식에는 이름만 아는 함수도 쓸 수 있습니다. f(x)의 도함수는 f'(x)입니다. 이렇게 하면 미분 규칙이 그대로 드러납니다.")
    page.code("try Formula(\"f(x)*g(x)\").derivative(\"x\")", "diff(f(x) * g(x), x)", peer: "SymPy")
    for text in ["f(x)*g(x)", "f(x)*g(x)*h(x)", "f(g(x))", "f(x)/g(x)"] {
      page.show("(\(text))' = \(try Formula(text).derivative("x"))")
    }
    page.say(
      "The product rule: each factor is differentiated in turn, the others stay. Below it the chain rule, and the rule for quotients.",
      "곱의 미분법에서는 인수를 하나씩 번갈아 미분하고 나머지는 그대로 둡니다. 그 아래는 연쇄 법칙과 몫의 미분법입니다.")
    page.gap()
    let product = try FormulaSequence("u = x^2; v = sin(x); u*v").formula
    page.show("u = x^2, v = sin(x): (u v)' = \(product.derivative("x"))")
    page.say("With u' = 2x and v' = cos(x) that is u v' + u' v.", "u' = 2x, v' = cos(x)이므로 u v' + u' v입니다.")
    page.gap()
    var table = TextTable([
      .init("n", .right), .init(Phrase("factors", "인수")(page.language)),
      .init(Phrase("operations of the gradient", "기울기의 연산 수")(page.language), .right),
      .init(Phrase("computed once", "한 번씩만 계산하면")(page.language), .right),
    ])
    for n in [2, 4, 8, 16] {
      let swell = ExpressionSwell.product(factors: n)
      table.add(["\(n)", "x1 ... x\(n)", NumberText.count(swell.derivative), NumberText.count(swell.shared)])
    }
    page.show(table.text(ascii: page.ascii))
    page.say(
      "Written out, the gradient of a product of n factors grows with n^2. Automatic differentiation keeps the factors' values instead.",
      "풀어 쓰면 인수 n개인 곱의 기울기는 n^2에 비례해 커집니다(식의 팽창). 자동 미분은 식을 쓰는 대신 인수의 값을 기억해 둡니다.")
    page.gap()
    page.show(try IntegralText(of: Formula("x^2*sin(x)"), "x", page.language).text(ascii: page.ascii))
    page.say(
      "Back again: an integral has no such mechanical rule. What is found is differentiated as a check; where nothing is found, it is said:",
      "거꾸로 가는 적분에는 그런 기계적인 규칙이 없습니다. 찾은 답은 미분해서 확인하고, 찾지 못하면 그렇다고 말합니다.")
    do { _ = try IntegralText(of: Formula("exp(x)/x"), "x", page.language) } catch { page.show("\(error)") }
    page.goOn("derive \"f(x)*g(x)\"", "integrate \"x^2*sin(x)\"", "swell", "formulas")
  }
}

import Testing

@testable import ChainRuleSymbolic

/// The signs of paper: bars, raised digits, letters for functions.
struct NotationTests {
  @Test(arguments: [
    ("|x|", "abs(x)"), ("2|x - 1|", "2*abs(x - 1)"), ("||x| - 1|", "abs(abs(x) - 1)"), ("|x|*|y|", "abs(x)*abs(y)"), ("|x|^2", "abs(x)^2"),
    ("-x²", "-x^2"), ("2x³", "2*x^3"), ("(x + 1)²", "(x + 1)^2"), ("x⁻²", "1/x^2"), ("x¹⁰", "x^10"), ("2^x²", "2^(x^2)"),
    ("|x|²", "abs(x)^2"),
    ("σ(x)", "sigmoid(x)"), ("σ*x", "σ*x"), ("f(x)", "f(x)"), ("f''(x)", "f''(x)"), ("f′(x)", "f'(x)"), ("f*x", "f*x"),
  ])
  func read(_ text: String, _ printed: String) throws { #expect(try Formula(text).description == printed) }

  @Test(arguments: [
    ("|x", "this bar is never closed\n  |x\n  ^"), ("(x|", "the expression ends where an operand is expected"),
    ("|x)", "this bar is never closed\n  |x)\n  ^"),
    ("(|x)|", "this bar is never closed"), ("||", "the expression ends where an operand is expected"), ("²", "an operand is missing here"),
    ("x⁻", "a raised digit is expected"),
    ("x¹²³⁴⁵⁶⁷⁸⁹⁰", "this exponent has more than nine digits"), ("f'", "f' is a derivative: write f'(x)"),
    ("x'(y)", "unexpected character"),
    ("f(x, y)", "f takes 1 argument, not 2"), ("|x, y|", "a comma belongs between the arguments of a function"),
    ("mean(x)", "unknown function 'mean'\n"),
  ])
  func refused(_ text: String, _ message: String) {
    let error = #expect(throws: ParseError.self) { try Formula(text) }
    #expect(error?.description.hasPrefix(message) == true, "\(text): \(error?.description ?? "")")
  }

  @Test func unknownFunctionsFollowTheRules() throws {
    for (text, derivative) in [
      ("f(x)*g(x)", "f(x)*g'(x) + f'(x)*g(x)"), ("f(g(x))", "f'(g(x))*g'(x)"), ("f(x)^2", "2*f(x)*f'(x)"), ("f'(x)", "f''(x)"),
      ("f(y)", "0"),
    ] { #expect(try Formula(text).derivative("x").description == derivative) }
    #expect(try Formula("f(x)*g'(x)").unknownFunctions == ["f", "g'"] && Formula("f*x").unknownFunctions.isEmpty)
    #expect(throws: EvaluationError.unsupported(function: "f", need: "value: only its name is known")) {
      try Formula("f(x)").evaluate(["x": 1])
    }
    #expect(try Formula("f(x)").integral("x") == nil)
    #expect(try Formula("f'(x)").latex == "f'\\left(x\\right)")
  }

  @Test func geluAndSilu() throws {
    #expect(abs(try Formula("gelu(1)").evaluate([:]) - 0.841344746068543) < 1e-15)
    #expect(abs(try Formula("silu(1)").evaluate([:]) - 0.731058578630005) < 1e-15)
  }

  @Test func integrationNamesItsRules() throws {
    for (text, kinds) in [
      ("x*exp(x)", [.parts, .table, .table]), ("3", [.constant]), ("2*sin(x)", [.factor, .table]), ("x + 1", [.sum, .table, .constant]),
      ("1/(x^3 + x)", [.partialFractions]), ("sin(x)^2*cos(x)^2", [.trigonometricProduct]),
      ("sin(x)*exp(cos(x))", [.substitution]), ("(x + 1)*(x + 2)^2", nil),
    ] as [(String, [Formula.IntegrationRule.Kind]?)] {
      let integration = try #require(try Formula(text).integration("x"), "\(text)")
      if let kinds { #expect(Array(integration.steps.map(\.rule.kind).prefix(kinds.count)) == kinds, "\(text)") }
      #expect(integration.checkedPoints >= 3 && integration.steps[0].antiderivative == integration.antiderivative)
      #expect(integration.steps[0].level == 0 && integration.steps.dropFirst().allSatisfy { $0.level > 0 })
    }
    // The new variable is none of the integrand's.
    let step = try #require(try Formula("t*sin(x)*exp(cos(x))").integration("x")?.steps.first { $0.rule.kind == .substitution })
    #expect(step.rule.u != .variable("t") && step.rule.v != nil)
  }
}

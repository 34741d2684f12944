import ChainRuleSymbolic
import Testing

struct SimplifyTests {
  @Test func forms() throws {
    let forms = [
      ("x + x*3 + sin(y)^2 + cos(y)^2", "4*x + 1"), ("2*(x + 1) - 2*x", "2"), ("x*x*x^-1", "x"), ("x/x", "1"), ("x - x", "0"), ("0*x", "0"),
      ("x^0", "1"),
      ("sqrt(x^2)", "abs(x)"), ("sqrt(x)^2", "x"), ("(x^3)^(1/3)", "x"), ("(x^2)^(3/2)", "abs(x)^3"), ("abs(x)^2", "x^2"),
      ("abs(-x)", "abs(x)"),
      ("sqrt(8) + sqrt(1/2)", "5*sqrt(2)/2"), ("8^(1/3)", "2"), ("(4/9)^(-1/2)", "3/2"), ("1/sqrt(2)", "sqrt(2)/2"),
      ("sqrt(4*x)", "2*sqrt(x)"),
      ("2^10", "1024"), ("2/3 + 1/6", "5/6"), ("0.5*2", "1.0"), ("sin(0.5)", "0.479425538604203"), ("sin(1)", "sin(1)"),
      ("sin(-x)", "-sin(x)"),
      ("cos(-x)", "cos(x)"), ("sin(pi/3)", "sqrt(3)/2"), ("cos(3*pi/4)", "-sqrt(2)/2"), ("tan(pi/4)", "1"), ("sin(100*pi)", "0"),
      ("tan(pi/2)", "tan(pi/2)"),
      ("exp(log(x))", "x"), ("log(exp(x))", "x"), ("exp(2*log(x) + y)", "x^2*exp(y)"), ("exp(x)*exp(y)/exp(2*x)", "exp(y - x)"),
      ("e^x", "exp(x)"),
      ("log(x^2)", "log(x^2)"), ("sin(x)/cos(x)", "tan(x)"), ("1 - sin(x)^2", "cos(x)^2"), ("3*cosh(x)^2 - 3*sinh(x)^2", "3"),
      ("sin(asin(x))", "x"),
      ("asin(sin(x))", "asin(sin(x))"), ("max(2, 3)", "3"), ("max(x, x)", "x"), ("relu(-3)", "0"), ("relu(relu(x))", "relu(x)"),
      ("y*x + x*y", "2*x*y"),
      ("b + a + 3 + a^2", "a^2 + a + b + 3"), ("1 - x", "1 - x"), ("(2*x)^3", "8*x^3"), ("(x*y)^2/x", "x*y^2"),
      ("sqrt(x*y)*sqrt(x*y)", "x*y"),
      ("0^-1", "1/0"), ("(-8)^(1/3)", "(-8)^(1/3)"), ("x^y*x^z", "x^(y + z)"), ("(x^y)^2", "x^(2*y)"), ("(x^y)^z", "(x^y)^z"),
      ("2^x*2^y", "2^(x + y)"),
      ("2*x*exp(-x)*3", "6*x*exp(-x)"), ("9223372036854775807 + 1", "9.223372036854776e+18"), ("3^50", "7.178979876918526e+23"),
      ("log(abs(x^2 + 1))", "log(x^2 + 1)"),
    ]
    for (text, expected) in forms { #expect(try Formula(text).simplified().description == expected, "\(text)") }
  }

  /// What has no value at any point does not become a number, nor vanish from what it is part of.
  @Test func constantsWithoutAValueStay() throws {
    let texts = [
      "0/0", "0*(1/0)", "1/0 - 1/0", "(1/0)^0", "(1/0)/(1/0)", "1/(1/0)", "0*log(0)", "log(0) - log(0)", "log(0)/log(0)", "log(-1)^0",
      "0*log(-1)", "sqrt(-1)^2", "sqrt(-1)*sqrt(-1)", "sqrt(-1)/sqrt(-1)", "exp(log(-1))", "exp(2*log(0))", "sin(asin(2))", "cos(acos(-2))",
      "tanh(atanh(1))", "1^log(0)", "sin(log(0))^2 + cos(log(0))^2", "max(1/0, 1/0)", "0*sqrt(-2)", "((-8)^(1/3))^3", "0^(-1)*0", "x*0/0",
      "0*x*log(0)", "x*(log(0) - log(0))", "(x*log(0))^0", "x + 1/0 - 1/0", "0*(x + log(-1))", "exp(x + log(-1))",
    ]
    for text in texts {
      let simple = try Formula(text).simplified()
      let value = try? simple.evaluate(["x": 2])
      #expect(value?.isNaN ?? true, "\(text) -> \(simple)")
      #expect(simple.simplified() == simple, "\(text) -> \(simple) -> \(simple.simplified())")
    }
    #expect(try Formula("0/0").simplified().description == "1/0")
    #expect(try Formula("0^0").simplified().description == "1")
    #expect(try Formula("1e308*10 - 1e308*10").simplified().evaluate().isNaN)
  }

  /// The same for random formulas of numbers, at the points where functions and divisions have none. Values that are 0, or at the edge of a
  /// domain, but for rounding are left out.
  @Test(arguments: 0..<4) func randomConstantsWithoutAValueStay(_ seed: UInt64) throws {
    var generator = SeededGenerator(900 + seed)
    var compared = 0
    for _ in 0..<1500 {
      let text = RandomFormula.text(depth: Int.random(in: 1...4, using: &generator), using: &generator)
      guard !text.contains("pi") else { continue }
      let numbers = Self.numbers(in: text, using: &generator)
      let formula = try Formula(numbers)
      guard let argument = Self.argumentOutside(formula) else { continue }
      let distances = [argument.magnitude, (argument - 1).magnitude, (argument + 1).magnitude]
      if distances.contains(where: { $0 > 0 && $0 < 1e-9 }) { continue }
      compared += 1
      let simple = formula.simplified()
      let value = (try? simple.evaluate()) ?? .nan
      #expect(!value.isFinite, "seed \(seed): \(numbers) -> \(simple): \(value)")
    }
    #expect(compared > 100)
  }

  /// The argument at which a formula of numbers leaves a domain; nil where it has a value.
  private static func argumentOutside(_ formula: Formula) -> Double? {
    do {
      _ = try formula.evaluate()
      return nil
    } catch {
      if case .outsideDomain(_, _, let argument) = error { return argument }
      return nil
    }
  }

  /// The text with a number in the place of each variable.
  private static func numbers(in text: String, using generator: inout SeededGenerator) -> String {
    let letters = Array(text)
    var result = ""
    for (i, letter) in letters.enumerated() {
      let isAlone = (i == 0 || !letters[i - 1].isLetter) && (i + 1 == letters.count || !letters[i + 1].isLetter && !letters[i + 1].isNumber)
      result += isAlone && "xyz".contains(letter) ? generator.pick(["0", "1", "(-1)", "2", "(1/2)", "(-2)"]) : String(letter)
    }
    return result
  }

  @Test func expansion() throws {
    #expect(try Formula("(x + 1)^2*(x - 3)").expanded().description == "x^3 - x^2 - 5*x - 3")
    #expect(try Formula("(x + y)*(x - y)").expanded().description == "x^2 - y^2")
    #expect(try Formula("(a+b+c+d+f+g)^64").expanded().operationCount < 100)
  }

  /// Wherever the formula has a value, the simplified one has the same, and simplifying again changes nothing. Values beyond 1e10 are left
  /// out, and those below 1e-10 where the simplified formula has none: most are divisions by what is 0 but for rounding, as sin(pi), or by
  /// such a division.
  @Test(arguments: 0..<8) func keepsTheValue(_ seed: UInt64) throws {
    var generator = SeededGenerator(100 + seed)
    var compared = 0
    for _ in 0..<500 {
      let text = RandomFormula.text(depth: Int.random(in: 1...4, using: &generator), using: &generator)
      let formula = try Formula(text)
      let simple = formula.simplified()
      #expect(simple.simplified() == simple, "\(text) -> \(simple) -> \(simple.simplified())")
      for _ in 0..<6 {
        let point = RandomFormula.point(using: &generator)
        guard let value = try? formula.evaluate(point), value.magnitude < 1e10, Self.isSettled(formula, point) else { continue }
        compared += 1
        do {
          let simpler = try simple.evaluate(point)
          #expect(
            abs(simpler - value) <= 1e-6 * max(1, abs(value)), "seed \(seed): \(text) -> \(simple) at \(point): \(value) -> \(simpler)")
        } catch {
          if value.magnitude > 1e-10 { Issue.record("seed \(seed): \(text) -> \(simple) at \(point): \(value) -> \(error)") }
        }
      }
    }
    #expect(compared > 500)
  }

  /// Whether the value is more than rounding: moving the point by 1e-13 in all directions hardly moves it. Next to a pole, a jump or the
  /// edge of the domain, two equal formulas may round to different sides.
  private static func isSettled(_ formula: Formula, _ point: [String: Double]) -> Bool {
    guard let value = try? formula.evaluate(point) else { return false }
    return [(1e-13, 1e-13), (-1e-13, 1e-13), (1e-13, -1e-13), (-1e-13, -1e-13)].allSatisfy { first, second in
      var moved = point
      moved["x", default: 0] += first
      moved["y", default: 0] += second
      moved["z", default: 0] += first * 0.7 + second * 0.3
      guard let near = try? formula.evaluate(moved) else { return false }
      return abs(near - value) <= 1e-7 * max(1, abs(value))
    }
  }
}

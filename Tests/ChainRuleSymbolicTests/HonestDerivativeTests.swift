import ChainRuleSymbolic
import Foundation
import Testing

/// What Richardson's extrapolation claims, held against derivatives in 60 digits: Fixtures/numeric_fixture.py wrote them.
///
/// `CHAINRULE_DERIVATIVES` names another file of its making, to judge by functions that nobody has looked at.
struct HonestDerivativeTests {
  struct Document: Decodable {
    struct Row: Decodable {
      let kind: String
      let formula: String
      let point: [String: Double]
      let order: Int
      let value: Double
    }
    let rows: [Row]
  }

  private static func rows() throws -> [Document.Row] {
    let own = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/derivatives.json").path
    let file = ProcessInfo.processInfo.environment["CHAINRULE_DERIVATIVES"] ?? own
    return try JSONDecoder().decode(Document.self, from: Data(contentsOf: URL(fileURLWithPath: file))).rows
  }

  /// As formulas, of which it is known whether they have steps, and as closures, of which nothing is known.
  @Test(arguments: [false, true]) func errorsAreWithinTheirEstimates(asClosures: Bool) throws {
    let rows = try Self.rows()
    var outside: [String] = [], evaluations = 0
    for row in rows {
      let formula = try Formula(row.formula), names = row.point.keys.sorted()
      let result: NumericDifferentiation.Result
      if asClosures {
        let function = try formula.compiled(names)
        var place = names.map { row.point[$0] ?? .nan }
        let index = try #require(names.firstIndex(of: "x"))
        result = try numericDerivative(
          of: {
            place[index] = $0
            return try function(place)
          }, at: place[index], order: row.order)
      } else {
        result = try formula.numericDerivative("x", at: row.point, order: row.order)
      }
      let error = (result.value - row.value).magnitude, estimate = try #require(result.errorEstimate)
      let place = "\(row.formula) at \(row.point), order \(row.order): \(result.value) +- \(estimate), not \(row.value)"
      if !(error <= estimate) { outside.append(place) }
      #expect(!(error > 0.1 * row.value.magnitude && estimate < 0.01 * result.value.magnitude), "\(place)")
      evaluations += result.evaluations
    }
    #expect(rows.count >= 300)
    #expect(outside.count * 100 <= rows.count, "\(outside.joined(separator: "\n"))")
    #expect(evaluations / rows.count < 170)
  }

  /// An estimate of infinity would be honest too: most answers are good to six digits, ordinary ones to eleven.
  @Test func estimatesAreNoBlanketExcuse() throws {
    let sharp = try Self.rows().filter { row in
      let result = try Formula(row.formula).numericDerivative("x", at: row.point, order: row.order)
      return (result.errorEstimate ?? .infinity) <= 1e-4 * max(row.value.magnitude, 1e-6)
    }
    #expect(sharp.count * 10 >= (try Self.rows().count) * 7, "\(sharp.count)")
    for (text, x, exact) in [
      ("sin(x)", 1.0, 0.5403023058681398), ("exp(x)", 2, 7.38905609893065), ("sin(x)", 1000, 0.5623790762907029),
      ("sin(x)", 100, 0.8623188722876839), ("1/x", 0.01, -10000), ("max(x, 0.03)", 0.05, 1), ("log(x)", 3, 1 / 3.0),
      ("x^2*sin(x)", 2, 1.9726023611141572), ("sin(1e12*x)", 0, 1e12),
    ] {
      let result = try Formula(text).numericDerivative("x", at: ["x": x])
      #expect((result.value - exact).magnitude <= result.errorEstimate ?? 0, "\(text)")
      #expect(result.errorEstimate ?? 1 <= 1e-10 * exact.magnitude, "\(text)")
      #expect(result.diagnosis == .converged)
    }
  }

  private static let absent = "so the derivative does not exist"

  /// What the function does at the point, or near it, in words.
  @Test(
    arguments: [
      ("relu(x)", 0, 1, 0.5, 0.5, "there is a kink: the derivative is 0 from the left and 1 from the right"),
      ("abs(x)", 0, 1, 0, 1, "there is a kink: the derivative is -1 from the left and 1 from the right"),
      ("max(x, 1) + x^2", 1, 1, 2.5, 0.5, "there is a kink: the derivative is 2 from the left and 3 from the right"),
      ("x*abs(x)", 0, 2, 0, 2, "there is a kink: the derivative of order 2 is -2 from the left and 2 from the right"),
      ("step(x)", 0, 1, .nan, .infinity, "there is a jump: the function goes from 0 to 1, \(absent)"),
      ("floor(x)", 3, 1, .nan, .infinity, "there is a jump: the function goes from 2 to 3, \(absent)"),
      (
        "sign(x)^2", 0, 1, .nan, .infinity,
        "there is a jump: the function's value at the point is not the 1 beside it, \(absent)"
      ),
      (
        "cbrt(x)", 0, 1, .nan, .infinity, "the difference quotients grow without bound as the step falls, \(absent) as a number"
      ),
      (
        "sqrt(x)", 0, 1, .nan, .infinity, "the difference quotients grow without bound as the step falls, \(absent) as a number"
      ),
      (
        "abs(x)", 0, 2, .nan, .infinity,
        "the difference quotients grow without bound as the step falls, so the derivative of order 2 does not exist as a number"
      ),
      (
        "x*abs(x)", 0, 4, .nan, .infinity,
        "the difference quotients grow without bound as the step falls, so the derivative of order 4 does not exist as a number"
      ),
      ("x^1.5", 0, 1, 0, 1e-20, "the function has values on the right only: this is the derivative from the right"),
      ("max(x, 0.03)", 0.05, 1, 1, 1e-12, "the function has a kink at 0.03: only steps that stay clear of it count"),
      ("step(x - 2) + x", 2.001, 1, 1, 1e-9, "the function has a jump at 2: only steps that stay clear of it count"),
      ("1/x", 0.01, 1, -10000, 1e-6, "the function has a pole at 0: only steps that stay clear of it count"),
      ("1/(x - 2)", 2.0001, 1, -1e8, 1, "the function has a pole at 2: only steps that stay clear of it count"),
      ("asin(x)", 0.9999, 1, 70.71244595191452, 1e-5, "the function has an edge at 1: only steps that stay clear of it count"),
      ("sin(x)", 1, 1, 0.5403023058681398, 1e-10, nil),
      ("floor(x)", 2.5, 1, 0, 1e-10, "the function has a jump at 3: only steps that stay clear of it count"),
      (
        "floor(1e4*x)", 70.00003, 1, 0, 1e5, "no step gives an answer: the error may be as large as the value"
      ), ("tan(x)", 1.57, 1, 1576948.220797, 0.01, "the function has a pole at 1.5708: only steps that stay clear of it count"),
    ] as [(String, Double, Int, Double, Double, String?)])
  func remarks(_ row: (text: String, x: Double, order: Int, value: Double, error: Double, remark: String?)) throws {
    let result = try Formula(row.text).numericDerivative("x", at: ["x": row.x], order: row.order)
    #expect(result.remark == row.remark, "\(result)")
    let error = try #require(result.errorEstimate)
    #expect(row.value.isNaN ? result.value.isNaN : (result.value - row.value).magnitude <= error)
    #expect(error <= row.error * 1.0001)
  }

  /// Every call of the function is counted, those of a search for what is near too.
  @Test func evaluationsAreCounted() throws {
    for (text, x) in [("sin(x)", 1.0), ("1/x", 0.01), ("max(x, 0.03)", 0.05), ("abs(x)", 0), ("sqrt(1 + x^2) - 1", 0.0475), ("sqrt(x)", 0)]
    {
      let function = try Formula(text).compiled(["x"])
      for order in 1...3 {
        var calls = 0
        let result = try numericDerivative(
          of: {
            calls += 1
            return try function([$0])
          }, at: x, order: order)
        #expect(result.evaluations == calls, "\(text), order \(order)")
      }
    }
  }

  /// Rounding of coarser arithmetic inside a function is no staircase of slope 0.
  @Test func coarserArithmeticIsRecognised() throws {
    let single = try numericDerivative(of: { Double(Float(sin($0))) }, at: 1)
    #expect((single.value - 0.5403023058681398).magnitude <= single.errorEstimate ?? 0)
    #expect(single.errorEstimate ?? 1 < 1e-3)
    let offset = try numericDerivative(of: { (1e8 + $0) - 1e8 }, at: 1)
    #expect((offset.value - 1).magnitude <= offset.errorEstimate ?? 0)
    #expect(offset.errorEstimate ?? 1 < 1e-3)
  }

  /// The formula as it is written, with the step as it is given: the digits of the classic lesson.
  @Test func differencesTakeTheStepAsItIs() throws {
    let f = try Formula("x^2 - 2*y"), h = 1e-10
    for (text, variable, point, expected) in [
      ("x^2 - 2*y", "x", ["x": 2.0, "y": 5], 4.000000330961484), ("x^2 - 2*y", "y", ["x": 2, "y": 5], -2.000000165480742),
      ("x^2", "x", ["x": 6], 12.000000992884452), ("x^3", "x", ["x": 2], 12.000000992884452),
    ] {
      #expect(try Formula(text).numericDerivative(variable, at: point, method: .forward, step: h).value == expected)
    }
    let central = try numericDerivative(of: { $0 * $0 * $0 }, at: 0.3, method: .central, step: 1e-3)
    let (up, down) = (0.3 + 1e-3, 0.3 - 1e-3)
    #expect(central.value == (up * up * up - down * down * down) / 2e-3)
    #expect(central.step == 1e-3 && central.method == .central && central.evaluations == 2 && central.remark == nil)
    // What rounds away is 0, and says so.
    let lost = try f.numericDerivative("x", at: ["x": 2, "y": 5], method: .forward, step: 1e-16)
    #expect(lost.value == 0 && lost.diagnosis == .lostStep)
    #expect(lost.remark == "the point plus the step rounds to the point: the difference says nothing")
    // Richardson takes no larger step than it is given.
    var farthest = 0.0
    let small = try numericDerivative(
      of: {
        farthest = max(farthest, ($0 - 1).magnitude)
        return sin($0)
      }, at: 1, step: 1e-3)
    #expect(farthest <= 1.0001e-3 && (small.value - 0.5403023058681398).magnitude <= small.errorEstimate ?? 0)
    for step in [0, Double.nan, .infinity] {
      #expect(throws: NumericDifferentiation.UnsupportedMethod.self) { try f.numericDerivative("x", at: ["x": 1, "y": 1], step: step) }
    }
    #expect(throws: NumericDifferentiation.UnsupportedMethod.self) { try numericDerivative(of: { $0 }, at: 1, step: 1e-20) }
    #expect(throws: NumericDifferentiation.UnsupportedMethod.self) { try numericDerivative(of: { $0 }, at: 1, order: 0) }
    #expect(throws: NumericDifferentiation.UnsupportedMethod.self) {
      try numericDerivative(of: { $0 }, at: 1, order: 2, method: .fivePoint)
    }
    #expect(throws: NumericDifferentiation.UnsupportedMethod.self) {
      try numericDerivative(of: { $0 }, at: 0, order: 3, method: .central, step: 1e-200)
    }
  }

  @Test func whereTheFunctionIsNotFiniteItSaysSo() throws {
    let none = #expect(throws: NumericDifferentiation.UnsupportedMethod.self) { try numericDerivative(of: { 1 / $0 }, at: 0) }
    #expect(none?.description == "the function is not finite at 0.0: it is inf")
    let alone = #expect(throws: NumericDifferentiation.UnsupportedMethod.self) { try numericDerivative(of: { $0 == 2 ? 1 : .nan }, at: 2) }
    #expect(alone?.description == "the function has no finite values around 2.0")
    let pole = try numericDerivative(of: { $0 == 0 ? 0 : 1 / $0 }, at: 0)
    #expect(pole.diagnosis == .pole && pole.value.isNaN)
  }
}

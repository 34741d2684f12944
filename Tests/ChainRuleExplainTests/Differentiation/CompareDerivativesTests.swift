import ChainRule
import ChainRuleSymbolic
import Foundation
import TestSupport
import Testing

@testable import ChainRuleExplain

/// One expression, every way to differentiate it.
struct CompareDerivativesTests {
  private func report(
    _ text: String, _ point: [String: Double], order: Int = 1
  ) throws -> DerivativeReport {
    try compareDerivatives(of: Formula(text), at: point, order: order, measuringTimes: false)
  }

  @Test func everyMethodFindsTheDerivative() throws {
    let report = try report("x^2*sin(x)", ["x": 2])
    let exact = 4 * sin(2.0) + 4 * cos(2.0)
    #expect(report.rows.map(\.method) == DerivativeReport.Method.allCases)
    #expect("\(report.derivatives[0])" == "x^2*cos(x) + 2*x*sin(x)")
    #expect((report.value - 4 * sin(2.0)).magnitude < 1e-14)
    let bounds: [DerivativeReport.Method: Double] = [
      .forwardDifference: 1e-6, .centralDifference: 1e-8, .complexStep: 1e-15, .richardson: 1e-11, .symbolic: 0, .reverse: 1e-15,
      .forward: 1e-15,
    ]
    for row in report.rows {
      let error = try #require(row.error), derivative = try #require(row.derivative)
      #expect(error <= bounds[row.method] ?? 0, "\(row.method.rawValue): \(error)")
      #expect((derivative - exact).magnitude <= error + 1e-15)
    }
    #expect(report.row(.forwardDifference)?.cost == .evaluations(2))
    #expect(report.row(.symbolic)?.cost == .operations(report.derivatives[0].operationCount))
    #expect(report.row(.forwardDifference)?.error ?? 0 > report.row(.centralDifference)?.error ?? 1)
    #expect(report.row(.richardson)?.errorEstimate ?? 0 > 0)
  }

  @Test(arguments: [2, 3, 4, 6])
  func higherOrders(_ order: Int) throws {
    let report = try report("x^2*sin(x) + exp(x/2)", ["x": 1.5], order: order)
    #expect(report.row(.complexStep) == nil)
    for row in report.rows {
      let error = try #require(row.error)
      let bound: Double =
        switch row.method {
        case .forwardDifference: order < 6 ? 0.1 : 1
        case .centralDifference: 0.01
        case .richardson: 1e-5
        default: 1e-12
        }
      #expect(error < bound, "\(row.method.rawValue), order \(order): \(error)")
    }
    if order == 3 { #expect(report.text().contains("f^(3)(x) = ")) }
  }

  @Test func severalVariables() throws {
    let report = try report("x^2*y + sin(y)", ["x": 2, "y": 3])
    #expect(report.variables == ["x", "y"])
    #expect(report.row(.reverse, "x")?.derivative == 12)
    #expect((report.row(.forward, "y")?.derivative ?? 0) - (4 + cos(3.0)) < 1e-15)
    #expect(report.rows.count == 14)
    #expect(report.rows.allSatisfy { $0.error.map { $0 < 1e-6 } ?? false })
    #expect(report.text().contains("df/dy = "))
    // A variable that the formula does not have has the derivative 0 by every route.
    let still = try self.report("x^2", ["x": 2, "z": 1])
    #expect(still.rows.filter { $0.variable == "z" }.allSatisfy { $0.derivative == 0 })
    let constant = try self.report("7", ["x": 2])
    #expect(constant.rows.allSatisfy { $0.derivative == 0 })
  }

  @Test func aMethodThatFailsAloneSaysSo() throws {
    // sqrt has no values left of 0 and an infinite slope there.
    let root = try report("sqrt(x)", ["x": 0])
    #expect(root.exact == [nil])
    #expect(root.row(.centralDifference)?.failure?.contains("sqrt") == true)
    #expect(root.row(.symbolic)?.failure?.contains("division") == true)
    #expect(root.row(.reverse)?.derivative == .infinity)
    #expect(root.text().contains("central difference, x: sqrt is defined for x >= 0"))
    let error = try report("erf(x)", ["x": 0.5])
    #expect(error.row(.complexStep)?.failure == "erf has no complex continuation")
  }

  /// What the rows say together at points where there is no derivative.
  @Test func singularPointsDoNotContradictThemselves() throws {
    for (text, point, remarks) in [
      ("relu(x)", ["x": 0.0], ["Richardson: there is a kink: the derivative is 0 from the left and 1 from the right."]),
      (
        "atan2(y, x)", ["x": 0, "y": 0],
        [
          "Richardson (x): there is a jump: the function goes from 3.14159 to 0, so the derivative does not exist.",
          "Richardson (y): there is a jump: the function goes from -1.5708 to 1.5708, so the derivative does not exist.",
          "symbolic, x: division is defined for a divisor other than 0, got 0",
        ]
      ),
      ("sqrt(x^2)", ["x": 0], ["Richardson: there is a kink: the derivative is -1 from the left and 1 from the right."]),
      ("hypot(x, y)", ["x": 0, "y": 0], ["Richardson (y): there is a kink: the derivative is -1 from the left and 1 from the right."]),
      ("sqrt(x)", ["x": 0], ["Richardson: the difference quotients grow without bound as the step falls"]),
      ("asin(x)", ["x": 1], ["Richardson: the difference quotients grow without bound as the step falls"]),
      ("sign(x)", ["x": 0], ["Richardson: there is a jump: the function goes from -1 to 1, so the derivative does not exist."]),
      ("x^x", ["x": 0], ["Richardson: the difference quotients grow without bound as the step falls"]),
    ] {
      let report = try report(text, point), printed = report.text()
      #expect(remarks.allSatisfy(printed.contains), "\(printed)")
      #expect(!printed.contains("-nan"), "\(printed)")
      #expect(printed.contains("Where there is no derivative, "), "\(printed)")
      // No estimate is smaller than what separates the answer from what the others say.
      for row in report.rows where row.errorEstimate.map({ !$0.isNaN }) ?? false && row.error != nil {
        #expect(row.error ?? 0 <= row.errorEstimate ?? 0)
      }
    }
    // PyTorch's 0 at the origin, by every automatic route.
    let origin = try report("atan2(y, x)", ["x": 0, "y": 0])
    #expect(origin.rows.filter { $0.method.family == .automatic || $0.method == .complexStep }.allSatisfy { $0.derivative == 0 })
    #expect(!(try report("sin(x)", ["x": 1])).text().contains("Where there is no derivative"))
  }

  @Test func theStepIsTheDifferences() throws {
    let report = try compareDerivatives(of: Formula("x^2 - 2*y"), at: ["x": 2, "y": 5], step: 1e-10, measuringTimes: false)
    #expect(report.row(.forwardDifference, "x")?.derivative == 4.000000330961484)
    #expect(report.row(.forwardDifference, "y")?.derivative == -2.000000165480742)
    #expect(report.row(.complexStep, "x")?.derivative == 4)
    #expect(report.row(.richardson, "x")?.errorEstimate ?? 0 > 1e-6)
  }

  @Test func whatCannotBeComparedIsAnError() throws {
    #expect(throws: EvaluationError.outsideDomain(name: "log", condition: "x > 0", argument: -1)) { try report("log(x)", ["x": -1]) }
    #expect(throws: EvaluationError.unboundVariable(name: "y", given: ["x"])) { try report("x*y", ["x": 1]) }
    #expect(throws: ComparisonError.order(0, allowed: 1...10)) { try report("x", ["x": 1], order: 0) }
    #expect(throws: ComparisonError.order(11, allowed: 1...10)) { try report("x", ["x": 1], order: 11) }
    #expect(throws: ComparisonError.noValue(variable: "q", given: ["x"])) {
      try compareDerivatives(of: Formula("x"), at: ["x": 1], withRespectTo: ["q"])
    }
  }

  @Test func sizeIsLimitedByAnError() throws {
    func nested(_ levels: Int) -> String { String(repeating: "exp(-", count: levels) + "x" + String(repeating: ")", count: levels) }
    #expect(throws: ComparisonError.tooDeep(levels: 6000, limit: 2000)) { try report(nested(3000), ["x": 0.5]) }
    #expect(try report(nested(100), ["x": 0.5]).rows.allSatisfy { $0.error.map { $0 < 1e-6 } ?? false })
    let long = (0..<70_000).map { "sin(\($0)*x)" }.joined(separator: "+")
    let error = #expect(throws: ComparisonError.self) { try report(long, ["x": 0.5]) }
    guard case .tooLarge(_, 200_000)? = error else { return #expect(Bool(false), "\(error as Any)") }
  }

  @Test func codeIsComparedThroughItsTrace() throws {
    let report = try compareDerivatives(tracing: ["x"], at: ["x": 2], measuringTimes: false) { $0[0].pow(2) * $0[0].sin() }
    #expect("\(report.formula)" == "x^2*sin(x)")
    #expect(report.row(.reverse)?.error == 0 || report.row(.reverse)?.error ?? 1 < 1e-15)
  }

  @Test func timesAreTaken() throws {
    let report = try compareDerivatives(of: Formula("x*x"), at: ["x": 2])
    #expect(report.derivingSeconds ?? 0 > 0)
    #expect(report.rows.allSatisfy { ($0.seconds ?? 0) > 0 })
    #expect(report.text().contains("time"))
    #expect(!report.text(showsTimes: false).contains("time"))
  }

  /// Arithmetic alone, so that the digits are the same on every machine.
  @Test func theTableAsPrinted() throws {
    let report = try report("x*(x + 1)/(x*x + y)", ["x": 2, "y": 0.5])
    #expect(try Golden.difference(of: report.text(), from: "../Snapshots/derive.txt") == nil)
    #expect(try Golden.difference(of: report.text(language: .korean), from: "../Snapshots/derive.ko.txt") == nil)
    #expect(try Golden.difference(of: report.text(style: .markdown), from: "../Snapshots/derive.md") == nil)
    #expect(try Golden.difference(of: report.json() + "\n", from: "../Snapshots/derive.json") == nil)
    _ = try JSONSerialization.jsonObject(with: Data(report.json().utf8))
  }

  @Test func jsonIsJSON() throws {
    for (text, point) in [("sqrt(x)", ["x": 0.0]), ("max(x, y)", ["x": 1, "y": 1])] {
      let report = try report(text, point)
      let object = try JSONSerialization.jsonObject(with: Data(report.json().utf8)) as? [String: Any]
      #expect((object?["rows"] as? [Any])?.count == report.rows.count)
    }
    #expect(JSONText.string("a\"\\\n\u{1}").text == "\"a\\\"\\\\\\n\\u0001\"")
    #expect(JSONText.object(["a": nil, "b": .number(.nan)]).text == "{\"b\": null}")
  }

  @Test func longFormulasAreCut() throws {
    let text = (1...80).map { "x^\($0)" }.joined(separator: " + ")
    let lines = try report(text, ["x": 0.5]).text().split(separator: "\n")
    #expect(lines.allSatisfy { $0.count < 200 })
    #expect(lines[0].contains("characters)"))
  }

  @Test func recordedGraphsDoNotSwell() {
    #expect(RecordedSize.logisticMap(iterations: 8).nodes == 24)
    #expect(RecordedSize.product(factors: 8).nodes == 7)
    let (small, large) = (RecordedSize.logisticMap(iterations: 5), RecordedSize.logisticMap(iterations: 10))
    #expect(large.nodes == 2 * small.nodes)
    #expect(large.backward <= 2 * small.backward + 4)
    #expect(large.backward <= 4 * large.nodes)
    #expect(ExpressionSwell.logisticMap(iterations: 8).formula == 638)
    #expect(ExpressionSwell.logisticMap(iterations: 8).derivative == 13_824)
    #expect(ExpressionSwell.logisticMap(iterations: 8).shared <= 157)
  }
}

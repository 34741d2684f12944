import Foundation
import Testing

@testable import ChainRuleSymbolic

/// Compares with SymPy 1.14; Fixtures/sympy_fixture.py wrote the values.
struct SymPyTests {
  struct Derivative: Decodable {
    let formula: String
    let variables: [String]
    let points: [Double]
    let values: [Double]

    init(from decoder: any Decoder) throws {
      var row = try decoder.unkeyedContainer()
      formula = try row.decode(String.self)
      variables = try row.decode(String.self).map(String.init)
      points = try row.decode([Double].self)
      values = try row.decode([Double].self)
    }
  }

  struct Entry<Value: Decodable>: Decodable {
    let formula: String
    let value: Value

    init(from decoder: any Decoder) throws {
      var row = try decoder.unkeyedContainer()
      formula = try row.decode(String.self)
      value = try row.decode(Value.self)
    }
  }

  struct Document: Decodable {
    let counts: [Entry<Int>]
    let integrals: [Entry<Double>]
    let derivatives: [Derivative]
  }

  let document: Document

  init() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/sympy.json")
    document = try JSONDecoder().decode(Document.self, from: Data(contentsOf: file))
  }

  @Test func derivatives() throws {
    #expect(document.derivatives.count >= 200)
    for entry in document.derivatives {
      let derivative = try Formula(entry.formula).derivative(entry.variables)
      for (x, expected) in zip(entry.points, entry.values) {
        let value = try derivative.evaluate(["x": x, "y": 1.37, "z": 0.61, "a": 0.9, "b": -0.3])
        #expect(abs(value - expected) <= 1e-9 * max(1, abs(expected)), "\(entry.formula) by \(entry.variables) at \(x): \(derivative)")
      }
    }
  }

  @Test func integrals() throws {
    #expect(document.integrals.count >= 60)
    for entry in document.integrals {
      let integral = try #require(try Formula(entry.formula).integral("x"), "no integral of \(entry.formula)")
      let value = try integral.evaluate(["x": 0.8]) - integral.evaluate(["x": 0.2])
      #expect(abs(value - entry.value) <= 1e-9 * max(1, abs(entry.value)), "\(entry.formula): \(integral)")
      // Differentiated it is what was integrated.
      let derivative = integral.derivative("x")
      for x in [0.23, 0.5, 0.71] {
        let (slope, integrand) = (try derivative.evaluate(["x": x]), try Formula(entry.formula).evaluate(["x": x]))
        #expect(abs(slope - integrand) <= 1e-8 * max(1, abs(integrand)), "\(entry.formula) at \(x): \(derivative)")
      }
    }
  }

  /// The check every antiderivative has to pass refuses one that is off, by a factor, a sign, or on a part of the line.
  @Test func wrongAntiderivativesAreRefused() throws {
    for (text, right, wrong) in [
      ("x*exp(x)", "x*exp(x) - exp(x)", "x*exp(x)"), ("1/(1 + x^2)", "atan(x)", "atan(x)/2"), ("sin(x)", "-cos(x)", "cos(x)"),
      ("x*abs(x)", "x^2*abs(x)/3", "x^3/3"), ("a*x", "a*x^2/2", "x^2/2"),
    ] {
      let f = try Formula(text)
      #expect(Verification.agree(try Formula(right).derivative("x"), f, "x"))
      #expect(!Verification.agree(try Formula(wrong).derivative("x"), f, "x"))
    }
  }

  @Test func operationCounts() throws {
    for entry in document.counts { #expect(try Formula(entry.formula).operationCount == entry.value, "\(entry.formula)") }
  }
}

/// Beside Foundation, whose names the module's free functions share.
struct NameTests {
  @Test func numbersKeepTheLibraryFunctions() {
    let power = exp(2.0)
    let larger = max(1, 2)
    let distance = abs(-3)
    #expect(type(of: power) == Double.self)
    #expect(type(of: larger) == Int.self && type(of: distance) == Int.self)
    let x = Formula.variable("x")
    #expect((exp(x) + max(x, 2) + abs(x) + log(x)).description == "exp(x) + max(x, 2) + abs(x) + log(x)")
  }
}

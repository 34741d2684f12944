import ChainRuleSymbolic
import Foundation
import Testing

/// Gradients, Jacobians and Hessians by evaluating say how far off they are, and what stands in the way, as single derivatives do.
struct HonestMatrixTests {
  /// Functions of two and three variables of all scales, with singularities near and rounding large: every entry is within its estimate
  /// of the formula's own derivative, and none is off by a tenth beside an estimate of a hundredth.
  private static let rows: [(text: String, names: [String], point: [Double])] = [
    ("x^2*y + y^3", ["x", "y"], [2, 3]), ("sin(x*y)", ["x", "y"], [30, 4]), ("sin(x + y)", ["x", "y"], [1000, 300]),
    ("exp(x)*sin(y)", ["x", "y"], [-20, 2]), ("x/y", ["x", "y"], [1, 0.01]), ("x/y", ["x", "y"], [1e8, 1e-6]),
    ("x*y*z", ["x", "y", "z"], [1e-5, 1e5, 3]), ("1/(x + y + z)", ["x", "y", "z"], [0.01, 0.02, -0.025]),
    ("sqrt(x^2 + y^2)", ["x", "y"], [1e-4, 2e-4]), ("log(x^2 + y^2)", ["x", "y"], [1e-7, 1]), ("x^y", ["x", "y"], [2.5, 3.5]),
    ("exp(-1e8*((x - 1)^2 + (y - 1)^2))", ["x", "y"], [1.0001, 0.9999]), ("tanh(1000*(x - y))", ["x", "y"], [0.001, 0.0005]),
    ("max(x, y)*y", ["x", "y"], [2, 1.999]), ("abs(x - y) + x*y", ["x", "y"], [1, 1.01]), ("atan2(x, y)", ["x", "y"], [1e-3, -2e-3]),
    ("sin(1e6*x)*cos(1e-6*y)", ["x", "y"], [1e-6, 1e6]), ("x^2 + y^2", ["x", "y"], [0, 0]), ("x*y", ["x", "y"], [0, 0]),
    ("x + 2*y", ["x", "y"], [3, 4]), ("sin(x)*y + 1e9", ["x", "y"], [1, 2]), ("(1e8 + x*y) - 1e8", ["x", "y"], [1, 2]),
    ("1e-12*sin(x)*exp(y)", ["x", "y"], [1, 1]), ("1e12*x*y^2", ["x", "y"], [1e-8, 1e4]),
    ("cos(x)*cos(y)*cos(z)", ["x", "y", "z"], [1, 100, 0.01]),
    ("log(x)*sqrt(y)", ["x", "y"], [1e-6, 1e-8]), ("tan(x + y)", ["x", "y"], [1, 0.57]), ("x^4*y^3*z^2", ["x", "y", "z"], [0.1, 20, 3]),
    ("exp(x*y)", ["x", "y"], [3, -4]), ("asin(x*y)", ["x", "y"], [0.99, 1.01]), ("sigmoid(x - 30*y)", ["x", "y"], [4, 0.1]),
    ("x*abs(y)", ["x", "y"], [5, 1e-3]), ("floor(x) + x*y", ["x", "y"], [2.001, 3]), ("sin(x)/x*y", ["x", "y"], [1e-4, 2]),
  ]

  @Test func entriesAreWithinTheirEstimates() throws {
    var outside: [String] = [], count = 0, sharp = 0
    for row in Self.rows {
      let formula = try Formula(row.text), function = try formula.compiled(row.names)
      let place = Dictionary(uniqueKeysWithValues: zip(row.names, row.point))
      func check(_ found: NumericDifferentiation.Result, _ exact: Double, _ name: String) throws {
        let error = (found.value - exact).magnitude, estimate = try #require(found.errorEstimate)
        let text = "\(row.text) at \(row.point), \(name): \(found.value) +- \(estimate), not \(exact): \(found.diagnosis as Any)"
        if !(error <= estimate) { outside.append(text) }
        #expect(!(error > 0.1 * exact.magnitude && estimate < 0.01 * found.value.magnitude), "\(text)")
        count += 1
        if estimate <= 1e-4 * max(exact.magnitude, 1e-6) { sharp += 1 }
      }
      let gradient = try numericGradient(of: function, at: row.point)
      let jacobian = try numericJacobian(of: { [try function($0), 2 * (try function($0))] }, at: row.point)
      let hessian = try numericHessian(of: function, at: row.point)
      #expect(hessian.values.count == row.names.count && hessian.values.allSatisfy { $0.count == row.names.count })
      for (i, x) in row.names.enumerated() {
        let slope = formula.derivative(x), exact = try slope.evaluate(place)
        try check(gradient.partials[i], exact, "d/d\(x)")
        try check(jacobian.entries[1][i], 2 * exact, "2 d/d\(x)")
        for (j, y) in row.names.enumerated() {
          try check(hessian.entries[i][j], try slope.derivative(y).evaluate(place), "d2/d\(x)d\(y)")
        }
      }
    }
    #expect(outside.count * 100 <= count, "\(outside.joined(separator: "\n"))")
    #expect(sharp * 10 >= count * 7, "\(sharp) of \(count)")
  }

  @Test func whatStandsInTheWayIsNamed() throws {
    let kink = try numericGradient(of: { $0[0] * $0[1] + abs($0[1]) }, at: [2, 0])
    #expect(kink.partials[0].diagnosis == .converged && kink.partials[1].diagnosis == .kink(left: 1, right: 3))
    #expect(kink.values[1] == 2 && kink.errorEstimate ?? 0 >= 1)
    #expect(kink.remark == "for variable 1: there is a kink: the derivative is 1 from the left and 3 from the right")
    let jump = try numericJacobian(of: { [$0[0], $0[0] + $0[1].rounded(.down)] }, at: [1, 3])
    #expect(
      jump.remark?.hasPrefix("in row 1, column 1: there is a jump") ?? false && jump.values[1][1].isNaN && jump.errorEstimate == .infinity)
    #expect(jump.values[0] == [1, 0])
    // What is 0 everywhere has a derivative of 0, and nothing to remark.
    #expect(try numericDerivative(of: { _ in 0 }, at: 2).diagnosis == .converged)
    #expect(try numericHessian(of: { _ in 0 }, at: [2, 3]).remark == nil)
    // |x - y| has a kink along each variable and along one diagonal, but none along the other.
    let ridge = try numericHessian(of: { abs($0[0] - $0[1]) }, at: [1, 1])
    #expect(ridge.entries.joined().allSatisfy { $0.diagnosis == .unbounded && $0.errorEstimate == .infinity }, "\(ridge)")
    #expect(ridge.remark?.hasPrefix("in row 0, column 0: the difference quotients grow without bound") ?? false)
    // A plane has no second derivatives to speak of, and nothing to remark.
    let plane = try numericHessian(of: { 3 * $0[0] - $0[1] / 7 }, at: [1.3, 0.2])
    #expect(plane.remark == nil && plane.errorEstimate ?? 1 < 1e-8, "\(plane)")
    let pole = try numericHessian(of: { $0[0] == 0 && $0[1] == 0 ? 0 : 1 / ($0[0] * $0[0] + $0[1] * $0[1]) }, at: [0, 0])
    #expect(pole.entries.joined().allSatisfy { $0.diagnosis == .pole })
    #expect(
      try numericHessian(of: { $0[0] }, at: [1e300], method: .central, step: 1).remark
        == "in row 0, column 0: the point plus the step rounds to the point: the difference says nothing")
    for method in [NumericDifferentiation.Method.forward, .fivePoint, .complexStep] {
      #expect(throws: NumericDifferentiation.UnsupportedMethod.self) { try numericHessian(of: { $0[0] }, at: [1], method: method) }
    }
    #expect(throws: NumericDifferentiation.UnsupportedMethod.self) { try numericHessian(of: { $0[0] }, at: [1], step: 0) }
    #expect(throws: NumericDifferentiation.UnsupportedMethod.self) { try numericHessian(of: { $0[0] }, at: [.nan], method: .central) }
    #expect(throws: NumericDifferentiation.UnsupportedMethod.self) { try numericHessian(of: { _ in .nan }, at: [1, 2]) }
  }

  /// Every call is counted, and no step along a variable is larger than the one given: samples to one side lie two of them away.
  @Test func evaluationsAndSteps() throws {
    for method in [NumericDifferentiation.Method.richardson, .central] {
      var calls = 0, farthest = 0.0
      let hessian = try numericHessian(
        of: { p in
          calls += 1
          farthest = max(farthest, abs(p[0] - 2), abs(p[1] - 300))
          return sin(p[0]) * exp(p[1] / 100)
        }, at: [2, 300], method: method, step: 1e-2)
      #expect(calls == hessian.evaluations && farthest <= 2.0002e-2)
      #expect(abs(hessian.values[0][1] - cos(2.0) * exp(3.0) / 100) < 1e-4)
      #expect(abs(hessian.values[0][0] + sin(2.0) * exp(3.0)) < 1e-2)
    }
  }
}

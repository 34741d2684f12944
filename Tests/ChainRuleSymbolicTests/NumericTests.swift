import ChainRuleSymbolic
import Testing

struct NumericTests {
  static let cosineOfOne = 0.5403023058681398

  @Test(arguments: [(NumericDifferentiation.Method.forward, 1e-7, 2), (.central, 1e-10, 2), (.fivePoint, 1e-12, 4)])
  func differences(_ method: NumericDifferentiation.Method, tolerance: Double, evaluations: Int) throws {
    var calls = 0
    let sine = try Formula("sin(x)").compiled(["x"])
    let result = try numericDerivative(
      of: {
        calls += 1
        return try sine([$0])
      }, at: 1, method: method)
    #expect(abs(result.value - Self.cosineOfOne) < tolerance)
    #expect(result.evaluations == evaluations)
    #expect(calls == evaluations)
    #expect(result.errorEstimate == nil)
    #expect(abs(result.step - method.defaultStep(at: 1)) <= 1e-15)
  }

  @Test func richardsonEstimatesItsError() throws {
    for (text, x) in [("sin(x)", 1.0), ("exp(x)", 10), ("log(x)", 0.001), ("1/x", -3), ("tanh(5*x)", 0.2), ("sqrt(x)", 1e-6), ("x^3", 1e5)]
    {
      let f = try Formula(text)
      let result = try f.numericDerivative("x", at: ["x": x])
      let exact = try f.derivative("x").evaluate(["x": x])
      let error = try #require(result.errorEstimate)
      #expect(abs(result.value - exact) <= error, "\(text)")
      #expect(abs(result.value - exact) <= 1e-8 * max(1, abs(exact)), "\(text)")
      #expect(result.evaluations <= 400)
    }
  }

  /// The complex step has no cancellation: every function that has a continuation gives its derivative to the last bits.
  @Test func complexStepIsExact() throws {
    for text in [
      "exp(x)", "log(x)", "log2(x)", "log10(x)", "log1p(x)", "expm1(x)", "cbrt(x)", "cbrt(-x)", "sigmoid(x)", "sigmoid(-9*x)",
      "softplus(x)", "softplus(-x)",
      "sin(x)", "cos(x)", "tan(x)", "asin(x)", "acos(x)", "atan(x)", "atan2(x, 2)", "atan2(2, x)", "sinh(x)", "cosh(x)", "tanh(x)",
      "tanh(60*x)", "asinh(x)",
      "acosh(x + 1)", "atanh(x)", "abs(-x)", "relu(x)", "max(x, 2*x)", "min(x, 2*x)", "sqrt(x)", "x^(2/3)", "x^x", "x^-3", "(-x)^3", "1/x",
      "x/3", "sin(x)/(x^2 + 1)",
    ] {
      let f = try Formula(text)
      let exact = try f.derivative("x").evaluate(["x": 0.37])
      let result = try f.numericDerivative("x", at: ["x": 0.37], method: .complexStep)
      #expect(abs(result.value - exact) <= 4e-15 * max(1, abs(exact)), "\(text)")
      #expect(result.evaluations == 1)
    }
  }

  @Test func whatCannotBeDoneSaysWhy() throws {
    let closure = #expect(throws: NumericDifferentiation.UnsupportedMethod.self) {
      try numericDerivative(of: { $0 }, at: 1, method: .complexStep)
    }
    #expect(closure?.description == "the complex step needs the function on complex numbers: give a Formula instead of a closure")
    let erf = #expect(throws: EvaluationError.self) { try Formula("erf(x)").numericDerivative("x", at: ["x": 1], method: .complexStep) }
    #expect(erf?.description == "erf has no complex continuation")
    #expect(throws: EvaluationError.self) { try Formula("log(x)").numericDerivative("x", at: ["x": -1]) }
    #expect(throws: EvaluationError.self) { try Formula("x").numericDerivative("y", at: ["x": 1]) }
    #expect(throws: NumericDifferentiation.UnsupportedMethod.self) { try numericDerivative(of: { _ in .nan }, at: 1) }
    #expect(throws: NumericDifferentiation.UnsupportedMethod.self) { try numericDerivative(of: { $0 }, at: .infinity) }
  }

  @Test func gradientJacobianHessian() throws {
    let f = { (p: [Double]) in p[0] * p[0] * p[1] + p[1] * p[1] * p[1] }
    let gradient = try numericGradient(of: f, at: [2, 3])
    #expect(zip(gradient.values, [12, 31]).allSatisfy { abs($0 - $1) < 1e-9 })
    #expect(try numericGradient(of: f, at: [2, 3], method: .central).evaluations == 4)
    var calls = 0
    let jacobian = try numericJacobian(
      of: { p in
        calls += 1
        return [p[0] * p[1], p[0] + p[1], p[0] / p[1]]
      }, at: [2, 4], method: .central)
    #expect(calls == jacobian.evaluations)
    #expect(calls == 5)
    let expected = [[4, 2], [1, 1], [0.25, -0.125]]
    #expect(zip(jacobian.values.joined(), expected.joined()).allSatisfy { abs($0 - $1) < 1e-9 })
    let hessian = try numericHessian(of: f, at: [2, 3])
    #expect(zip(hessian.values.joined(), [6, 4, 4, 18]).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(hessian.remark == nil && hessian.entries[0][1].diagnosis == .converged)
    #expect(try numericHessian(of: f, at: [2, 3], method: .central).evaluations == 9)
    let given = try numericHessian(of: f, at: [2, 3], method: .central, step: 0.5)
    #expect(given.values == [[6, 4], [4, 18]] && given.errorEstimate == nil && given.entries[1][0].step == 0.5)
    let symbolic = try Formula("x*y^2").numericGradient(["x", "y"], at: ["x": 3, "y": 2], method: .complexStep)
    #expect(symbolic.map(\.value) == [4, 12])
  }

  /// The V: truncation falls, rounding rises, the complex step stays on the floor.
  @Test func stepStudyDrawsTheV() throws {
    let study = try StepStudy(of: Formula("sin(x)"), "x", at: ["x": 1])
    #expect(study.exact == Self.cosineOfOne)
    let best = study.curves.map { $0.best }
    #expect(best[0]?.step == 1e-8)
    #expect(best[1].map { (1e-6...1e-4).contains($0.step) && $0.error < 1e-10 } == true)
    #expect(best[3].map { $0.error < 2e-16 } == true)
    let forward = study.curves[0].points
    #expect(forward[2].error > 100 * forward[5].error)
    #expect(forward[14].error > 1000 * forward[8].error)
    // 1 + 1e-18 is 1: the difference is 0.
    #expect(forward[18].error == Self.cosineOfOne)
    #expect(study.curves[3].points.dropFirst(9).allSatisfy { $0.error < 2e-16 })
    let closure = StepStudy(of: { $0 * $0 }, at: 3, exact: 6)
    #expect(closure.curves.count == 3)
    #expect(throws: EvaluationError.self) { try StepStudy(of: Formula("log(x)"), "x", at: ["x": -1]) }
  }
}

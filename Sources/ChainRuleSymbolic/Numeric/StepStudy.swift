/// The error of difference formulas against their step: truncation falls with the step until rounding rises, which draws a V on
/// logarithmic axes (and a floor for the complex step, which does not subtract). Data only.
public struct StepStudy: Sendable {
  /// One formula at one step.
  public struct Point: Sendable, Hashable {
    /// The step.
    public let step: Double
    /// What the formula gave; NaN where a sample left the domain.
    public let value: Double
    /// The absolute error against the exact derivative.
    public let error: Double
  }

  /// One formula over all steps.
  public struct Curve: Sendable {
    /// The formula.
    public let method: NumericDifferentiation.Method
    /// The points in the order of the steps.
    public let points: [Point]
    /// The point with the least error; of equals, the largest step.
    public var best: Point? { points.filter { !$0.error.isNaN }.min { ($0.error, -$0.step) < ($1.error, -$1.step) } }
  }

  /// The derivative that the errors are measured against.
  public let exact: Double
  /// A curve per formula.
  public let curves: [Curve]
  /// What there is to say about the function at the point: a kink, a jump; nil where it is smooth, or nobody looked.
  public let remark: String?

  /// Steps 1, 0.1, ... 1e-20.
  public static let defaultSteps: [Double] = (0...20).map { Double("1e-\($0)") ?? 0 }

  /// Studies the partial derivative of a formula against its symbolic derivative.
  ///
  /// - Throws: `EvaluationError` where the formula or its derivative has no value at the point, or has no complex continuation.
  public init(
    of formula: Formula, _ variable: String, at point: [String: Double],
    methods: [NumericDifferentiation.Method] = [.forward, .central, .fivePoint, .complexStep], steps: [Double] = Self.defaultSteps
  ) throws {
    _ = try formula.evaluate(point)
    let exact = try formula.derivative(variable).evaluate(point)
    self.exact = exact
    remark = try? formula.numericDerivative(variable, at: point).remark
    curves = try methods.map { method in
      if method == .complexStep { _ = try formula.numericDerivative(variable, at: point, method: method) }
      return Curve(
        method: method,
        points: steps.map { step in
          Self.point(step, exact) { try formula.numericDerivative(variable, at: point, method: method, step: step) }
        })
    }
  }

  /// Studies the derivative of a function whose exact derivative at the point is known; without the complex step, which needs a formula.
  public init(
    of f: (Double) throws -> Double, at x: Double, exact: Double,
    methods: [NumericDifferentiation.Method] = [.forward, .central, .fivePoint], steps: [Double] = Self.defaultSteps
  ) {
    self.exact = exact
    remark = nil
    curves = methods.map { method in
      Curve(
        method: method,
        points: steps.map { step in Self.point(step, exact) { try numericDerivative(of: f, at: x, method: method, step: step) } })
    }
  }

  private static func point(_ step: Double, _ exact: Double, _ derivative: () throws -> NumericDifferentiation.Result) -> Point {
    let value = (try? derivative())?.value ?? .nan
    return Point(step: step, value: value, error: (value - exact).magnitude)
  }
}

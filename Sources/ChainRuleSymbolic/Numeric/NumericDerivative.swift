#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The ways to differentiate by evaluating, and what each gives.
public enum NumericDifferentiation {
  /// A difference formula.
  public enum Method: String, Sendable, CaseIterable {
    /// (f(x + h) - f(x)) / h. Error O(h).
    case forward
    /// (f(x + h) - f(x - h)) / 2h. Error O(h^2).
    case central
    /// (f(x - 2h) - 8 f(x - h) + 8 f(x + h) - f(x + 2h)) / 12h. Error O(h^4).
    case fivePoint
    /// Im f(x + ih) / h. Error O(h^2) without cancellation, so h can be 1e-20. Needs the function on complex numbers: formulas only.
    case complexStep
    /// Central differences at falling steps, extrapolated to step 0, with an estimate of the error
    /// (C. Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", Advances in Engineering Software 4, 1982).
    case richardson

    /// The step that balances truncation and rounding for a function whose derivatives are about as large as itself.
    public func defaultStep(at x: Double) -> Double {
      let scale = max(1, x.magnitude)
      return switch self {
      case .forward: scale * 0x1p-26
      case .central: scale * 6.0554544523933395e-06
      case .fivePoint: scale * 7.4009597974140505e-04
      case .complexStep: scale * 1e-20
      case .richardson: scale * 0.1
      }
    }
  }

  /// A derivative found by evaluating.
  public struct Result: Sendable, Hashable {
    /// The derivative.
    public let value: Double
    /// An estimate of the absolute error, from methods that make one (`richardson`).
    public let errorEstimate: Double?
    /// How often the function was evaluated.
    public let evaluations: Int
    /// The step used; of `richardson`, the step of the finest central difference in the answer.
    public let step: Double
  }

  /// What cannot be differentiated by the method asked for.
  public struct UnsupportedMethod: Error, Sendable, CustomStringConvertible {
    /// One line.
    public let description: String
  }

  static func difference(
    _ method: Method, at x: Double, step requested: Double?, _ f: (Double) throws -> Double, imaginary: ((Double) throws -> Double)?
  ) throws -> Result {
    // x + h rounds; the step that was really taken is the difference of the rounded numbers.
    let wanted = requested ?? method.defaultStep(at: x)
    let h = method == .complexStep ? wanted : (x + wanted) - x
    guard h != 0, h.isFinite, x.isFinite else {
      throw UnsupportedMethod(
        description: "the step \(wanted) at \(x) leaves no difference; give a finite step larger than the rounding of the point")
    }
    switch method {
    case .forward: return Result(value: (try f(x + h) - f(x)) / h, errorEstimate: nil, evaluations: 2, step: h)
    case .central: return Result(value: (try f(x + h) - f(x - h)) / (2 * h), errorEstimate: nil, evaluations: 2, step: h)
    case .fivePoint:
      let near = try f(x + h) - f(x - h)
      let far = try f(x + 2 * h) - f(x - 2 * h)
      return Result(value: (8 * near - far) / (12 * h), errorEstimate: nil, evaluations: 4, step: h)
    case .complexStep:
      guard let imaginary else {
        throw UnsupportedMethod(description: "the complex step needs the function on complex numbers: give a Formula instead of a closure")
      }
      return Result(value: try imaginary(h) / h, errorEstimate: nil, evaluations: 1, step: h)
    case .richardson: return try richardson(at: x, step: h, f)
    }
  }

  /// Neville's table over central differences whose step shrinks by 1.4; the entry that changes least between neighbours is the answer.
  private static func richardson(at x: Double, step: Double, _ f: (Double) throws -> Double) throws -> Result {
    let shrink = 1.4
    var h = step
    var evaluations = 0
    // What rounding of the two samples alone can do to a difference, and so the least error worth claiming.
    var rounding = 0.0
    func central(_ h: Double) -> Double? {
      evaluations += 2
      // A step that leaves the domain is no failure: the next is smaller.
      guard let above = try? f(x + h), let below = try? f(x - h), above.isFinite, below.isFinite else { return nil }
      rounding = max(above.magnitude, below.magnitude) * .ulpOfOne / h
      return (above - below) / (2 * h)
    }
    var row: [Double] = []
    var best = (value: Double.nan, error: Double.infinity, step: h)
    for _ in 0..<40 where row.count < 14 {
      guard let first = central(h) else {
        h /= row.isEmpty ? 4 : shrink
        continue
      }
      var next = [first]
      var factor = shrink * shrink
      for (column, previous) in row.enumerated() {
        next.append((next[column] * factor - previous) / (factor - 1))
        factor *= shrink * shrink
        let change = max((next[column + 1] - next[column]).magnitude, (next[column + 1] - previous).magnitude)
        let error = max(change, rounding)
        if error <= best.error { best = (next[column + 1], error, h) }
      }
      // Once the highest order gets worse, rounding has taken over.
      if let last = row.last, let newest = next.last, (newest - last).magnitude >= 2 * best.error, row.count > 2 { break }
      row = next
      h /= shrink
    }
    guard best.value.isFinite else {
      // Says why, where the function throws at the point itself.
      _ = try f(x)
      throw UnsupportedMethod(description: "the function has no finite values on both sides of \(x)")
    }
    return Result(value: best.value, errorEstimate: best.error, evaluations: evaluations, step: best.step)
  }
}

/// The derivative of a function of one variable by evaluating it.
///
/// ```swift
/// let d = try numericDerivative(of: { $0 * $0 }, at: 3, method: .central)
/// d.value                                  // 6
/// d.evaluations                            // 2
/// ```
/// - Parameter step: The method's own step unless given; `richardson` starts there and shrinks.
/// - Throws: what the function throws; `NumericDifferentiation.UnsupportedMethod` for `complexStep`, which needs a formula.
public func numericDerivative(
  of f: (Double) throws -> Double, at x: Double, method: NumericDifferentiation.Method = .richardson, step: Double? = nil
) throws -> NumericDifferentiation.Result {
  try NumericDifferentiation.difference(method, at: x, step: step, f, imaginary: nil)
}

extension Formula {
  /// The partial derivative at a point by evaluating the formula.
  ///
  /// ```swift
  /// try Formula("sin(x)").numericDerivative("x", at: ["x": 1], method: .complexStep).value   // cos(1) to the last bits
  /// ```
  /// - Throws: `EvaluationError` for an unbound variable or a point outside the domain, and for `complexStep` of a function without a
  ///   continuation (`erf`).
  public func numericDerivative(
    _ variable: String, at point: [String: Double], method: NumericDifferentiation.Method = .richardson, step: Double? = nil
  ) throws -> NumericDifferentiation.Result {
    let names = point.keys.sorted()
    let program = try Program([self], variables: names)
    let values = names.map { point[$0] ?? .nan }
    guard let index = names.firstIndex(of: variable) else { throw EvaluationError.unboundVariable(name: variable, given: names) }
    var moved = values
    return try NumericDifferentiation.difference(
      method, at: values[index], step: step,
      { x in
        moved[index] = x
        return try program.run(moved)[0]
      },
      imaginary: { h in
        if let function = program.functionWithoutContinuation {
          throw EvaluationError.unsupported(function: function, need: "complex continuation")
        }
        var complex = values.map { Complex($0) }
        complex[index].im = h
        return try program.run(complex)[0].im
      })
  }

  /// All partial derivatives at a point by evaluating the formula, in the order of the names.
  public func numericGradient(
    _ variables: [String], at point: [String: Double], method: NumericDifferentiation.Method = .richardson, step: Double? = nil
  ) throws -> [NumericDifferentiation.Result] {
    try variables.map { try numericDerivative($0, at: point, method: method, step: step) }
  }
}

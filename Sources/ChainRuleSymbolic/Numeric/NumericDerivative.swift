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
      defaultStep(order: 1, at: x)
    }

    func defaultStep(order n: Int, at x: Double) -> Double {
      let scale = max(1, x.magnitude)
      if n > 1 { return scale * pow(.ulpOfOne, 1 / Double(n + (self == .forward ? 1 : 2))) }
      return switch self {
      case .forward: scale * 0x1p-26
      case .central: scale * 6.0554544523933395e-06
      case .fivePoint: scale * 7.4009597974140505e-04
      case .complexStep: scale * 1e-20
      case .richardson: scale * 0.1
      }
    }
  }

  /// What the function is at the point, as far as its values show.
  public enum Diagnosis: Sendable, Hashable {
    /// The difference quotients have a limit.
    case converged
    /// They have one on each side, and these differ: abs(x) at 0.
    case kink(left: Double, right: Double)
    /// The function's own values differ on the two sides: step(x) at 0.
    case jump(left: Double, right: Double)
    /// The function grows without bound towards the point.
    case pole
    /// The quotients grow without bound while the function does not: sqrt(abs(x)) at 0.
    case unbounded
    /// The function has values on one side only: the derivative is that side's.
    case edge(Side)
    /// No step gives an answer that rounding, or the function's wildness, does not cover.
    case notConverged
    /// The point plus the step rounds to the point.
    case lostStep
  }

  /// A side of a point.
  public enum Side: String, Sendable { case left, right }

  /// A derivative found by evaluating.
  public struct Result: Sendable, Hashable {
    /// The derivative; the mean of both sides' at a kink, and NaN where quotients grow without bound.
    public let value: Double
    /// An estimate of the absolute error, from methods that make one (`richardson`).
    public let errorEstimate: Double?
    /// How often the function was evaluated.
    public let evaluations: Int
    /// The step used; of `richardson`, the step of the finest central difference in the answer.
    public let step: Double
    /// The method used.
    public let method: Method
    /// The order of the derivative.
    public let order: Int
    /// What the function is at the point; nil from methods that take one step and see no more.
    public let diagnosis: Diagnosis?
    /// What the function is not smooth at so near the point that it bounds the steps; from `richardson`.
    public let nearby: Irregularity?

    init(
      value: Double, errorEstimate: Double?, evaluations: Int, step: Double, method: Method, order: Int, diagnosis: Diagnosis?,
      nearby: Irregularity? = nil
    ) {
      self.value = value
      self.errorEstimate = errorEstimate
      self.evaluations = evaluations
      self.step = step
      self.method = method
      self.order = order
      self.diagnosis = diagnosis
      self.nearby = nearby
    }
  }

  /// What cannot be differentiated by the method asked for.
  public struct UnsupportedMethod: Error, Sendable, CustomStringConvertible {
    /// One line.
    public let description: String
  }

  static func difference(
    _ method: Method, order n: Int = 1, at x: Double, step requested: Double?, hasSteps: Bool? = nil,
    _ f: (Double) throws -> Double, imaginary: ((Double) throws -> Double)?
  ) throws -> Result {
    guard 1...32 ~= n else { throw UnsupportedMethod(description: "a derivative of order \(n): 1 to 32") }
    guard x.isFinite else { throw UnsupportedMethod(description: "the point \(x): a finite number") }
    if let requested, requested == 0 || !requested.isFinite {
      throw UnsupportedMethod(description: "the step \(requested): a finite number other than 0")
    }
    if method == .richardson {
      return try withoutActuallyEscaping(f) {
        try Examination.result(order: n, at: x, largest: requested?.magnitude, hasSteps: hasSteps, $0)
      }
    }
    let h = requested ?? method.defaultStep(order: n, at: x)
    let (value, evaluations) = try quotient(method, n, x, h, f, imaginary)
    // What the step loses by rounding is part of the method; a step that is lost whole is worth a word.
    let isLost = method != .complexStep && x + h == x
    return Result(
      value: value, errorEstimate: nil, evaluations: evaluations, step: h, method: method, order: n, diagnosis: isLost ? .lostStep : nil)
  }

  /// The difference formula as it is written, with the step as it is given.
  private static func quotient(
    _ method: Method, _ n: Int, _ x: Double, _ h: Double, _ f: (Double) throws -> Double, _ imaginary: ((Double) throws -> Double)?
  ) throws -> (value: Double, evaluations: Int) {
    switch method {
    case .forward where n == 1: return ((try f(x + h) - f(x)) / h, 2)
    case .central where n == 1: return ((try f(x + h) - f(x - h)) / (2 * h), 2)
    case .forward, .central:
      let shift = method == .central ? Double(n) / 2 : 0
      let divisor = pow(h, Double(n))
      guard divisor != 0, divisor.isFinite else {
        throw UnsupportedMethod(description: "the step \(h) to the power \(n) is \(divisor): give one nearer to 1")
      }
      let samples = try (0...n).map { k in try f(x + (Double(k) - shift) * h) }
      return (Sampler.difference(samples) / divisor, n + 1)
    case .fivePoint where n == 1:
      let near = try f(x + h) - f(x - h)
      let far = try f(x + 2 * h) - f(x - 2 * h)
      return ((8 * near - far) / (12 * h), 4)
    case .complexStep where n == 1:
      guard let imaginary else {
        throw UnsupportedMethod(description: "the complex step needs the function on complex numbers: give a Formula instead of a closure")
      }
      return (try imaginary(h) / h, 1)
    case .fivePoint, .complexStep, .richardson:
      throw UnsupportedMethod(description: "\(method.rawValue) gives first derivatives, not order \(n)")
    }
  }
}

extension NumericDifferentiation.Result {
  /// What there is to say about the answer, in one sentence; nil where it is an ordinary one.
  public var remark: String? {
    let derivative = order == 1 ? "the derivative" : "the derivative of order \(order)"
    switch diagnosis {
    case nil: return nil
    case .converged:
      guard let nearby else { return nil }
      return
        "the function has \(nearby.kind == .edge ? "an edge" : "a \(nearby.kind.rawValue)") at \(Self.short(nearby.place)): only steps that stay clear of it count"
    case .kink(let left, let right):
      return "there is a kink: \(derivative) is \(Self.short(left)) from the left and \(Self.short(right)) from the right"
    case .jump(let left, let right):
      return left == right
        ? "there is a jump: the function's value at the point is not the \(Self.short(left)) beside it, so \(derivative) does not exist"
        : "there is a jump: the function goes from \(Self.short(left)) to \(Self.short(right)), so \(derivative) does not exist"
    case .pole: return "there is a pole: the function grows without bound, so \(derivative) does not exist"
    case .unbounded: return "the difference quotients grow without bound as the step falls, so \(derivative) does not exist as a number"
    case .edge(let side): return "the function has values on the \(side.rawValue) only: this is \(derivative) from the \(side.rawValue)"
    case .notConverged: return "no step gives an answer: the error may be as large as the value"
    case .lostStep: return "the point plus the step rounds to the point: the difference says nothing"
    }
  }

  /// Six digits, and 2 rather than 2.0.
  private static func short(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
    let scale = pow(10, 5 - log10(value.magnitude).rounded(.down))
    guard scale.isFinite, scale > 0 else { return "\(value)" }
    let rounded = (value * scale).rounded() / scale
    return rounded == rounded.rounded() && rounded.magnitude < 1e6 ? "\(Int(rounded))" : "\(rounded)"
  }
}

/// The derivative of a function of one variable by evaluating it.
///
/// ```swift
/// let d = try numericDerivative(of: { $0 * $0 }, at: 3, method: .central)
/// d.value                                  // 6
/// d.evaluations                            // 2
/// ```
/// The difference formulas are computed as they are written, with the step as it is given: `forward` is (f(x + h) - f(x)) / h.
///
/// `richardson` looks for the steps that fit the function itself, and says how far off its answer may be and what stands in the way of a
/// better one: a kink, a jump or a pole at the point, or near it.
///
/// ```swift
/// let kink = try numericDerivative(of: { abs($0) }, at: 0)
/// kink.diagnosis                           // kink(left: -1, right: 1)
/// kink.errorEstimate                       // 1: whatever lies between the two
/// ```
/// - Parameters:
///   - f: the function.
///   - x: the input.
///   - order: The order of the derivative. Of orders above 1, `forward` and `central` take n + 1 samples, a step apart.
///   - method: how the derivative is found.
///   - step: The method's own step unless given; `richardson` takes none that is larger.
/// - Throws: what the function throws; `NumericDifferentiation.UnsupportedMethod` for `complexStep`, which needs a formula.
public func numericDerivative(
  of f: (Double) throws -> Double, at x: Double, order: Int = 1, method: NumericDifferentiation.Method = .richardson, step: Double? = nil
) throws -> NumericDifferentiation.Result {
  try NumericDifferentiation.difference(method, order: order, at: x, step: step, f, imaginary: nil)
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
    _ variable: String, at point: [String: Double], order: Int = 1, method: NumericDifferentiation.Method = .richardson,
    step: Double? = nil
  ) throws -> NumericDifferentiation.Result {
    let names = point.keys.sorted()
    let program = try Program([self], variables: names)
    let values = names.map { point[$0] ?? .nan }
    guard let index = names.firstIndex(of: variable) else { throw EvaluationError.unboundVariable(name: variable, given: names) }
    var moved = values
    return try NumericDifferentiation.difference(
      method, order: order, at: values[index], step: step, hasSteps: program.hasSteps,
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

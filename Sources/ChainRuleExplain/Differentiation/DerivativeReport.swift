public import ChainRule
public import ChainRuleSymbolic

/// One derivative, found in every way the library knows: what each gives, how far it is off, and what it costs.
///
/// Made by `compareDerivatives(of:at:)`. Printed, it is a table.
public struct DerivativeReport: Sendable {
  /// A way to differentiate.
  public enum Method: String, Sendable, CaseIterable {
    /// Forward differences.
    case forwardDifference = "forward difference"
    /// Central differences.
    case centralDifference = "central difference"
    /// The imaginary part at an imaginary step; first derivatives only.
    case complexStep = "complex step"
    /// Central differences extrapolated to step 0.
    case richardson = "Richardson"
    /// The derivative's formula, evaluated.
    case symbolic = "symbolic"
    /// The chain rule from the result back to the inputs: one pass for all variables.
    case reverse = "reverse mode"
    /// The chain rule from an input on to the result: one pass a variable.
    case forward = "forward mode"

    /// What the method is an instance of.
    public enum Family: String, Sendable { case numeric, symbolic, automatic }

    /// What the method is an instance of.
    public var family: Family {
      switch self {
      case .forwardDifference, .centralDifference, .complexStep, .richardson: .numeric
      case .symbolic: .symbolic
      case .reverse, .forward: .automatic
      }
    }
  }

  /// What one derivative takes.
  public enum Cost: Sendable, Hashable {
    /// Evaluations of the function.
    case evaluations(Int)
    /// Operations of the derivative's formula, written out.
    case operations(Int)
    /// Operations on tensors, of the function and of its derivative together; a reverse pass serves all variables at once.
    case tensorOperations(Int)
  }

  /// One method for one variable.
  public struct Row: Sendable {
    /// The method.
    public let method: Method
    /// The variable.
    public let variable: String
    /// The function's value at the point, as the method computes it.
    public let value: Double
    /// The derivative; nil where the method fails.
    public let derivative: Double?
    /// The absolute error against the exact answer.
    public let error: Double?
    /// The method's own estimate of its error, where it makes one.
    public let errorEstimate: Double?
    /// What the derivative took.
    public let cost: Cost?
    /// The least time that one derivative took, in seconds; nil where times were not taken.
    public let seconds: Double?
    /// Why there is no derivative.
    public let failure: String?
    /// What the function is at the point, where the method looks: a kink, a jump, a pole.
    public let diagnosis: NumericDifferentiation.Diagnosis?
    /// The same in words, where there is more to say than that all is well.
    public let remarks: Phrase?
    /// The same in English.
    public var remark: String? { remarks?.english }
  }

  /// The function.
  public let formula: Formula
  /// The point.
  public let point: [String: Double]
  /// The order of the derivative.
  public let order: Int
  /// The variables, each differentiated for on its own.
  public let variables: [String]
  /// The function's value at the point.
  public let value: Double
  /// The derivative's formula, a variable each.
  public let derivatives: [Formula]
  /// The exact answers: the formulas evaluated in double precision; nil where they have no value at the point.
  public let exact: [Double?]
  /// How long deriving the formulas took, in seconds; nil where times were not taken.
  public let derivingSeconds: Double?
  /// The methods, variable by variable.
  public let rows: [Row]

  /// The row of a method for a variable.
  public func row(_ method: Method, _ variable: String? = nil) -> Row? {
    rows.first { $0.method == method && (variable == nil || $0.variable == variable) }
  }
}

/// What cannot be compared.
public enum ComparisonError: ChainRuleError, Hashable {
  /// The order of the derivative is outside the range in which every method means something.
  case order(Int, allowed: ClosedRange<Int>)
  /// A variable to differentiate for has no value at the point.
  case noValue(variable: String, given: [String])
  /// The formula is larger than the methods should be tried on.
  case tooLarge(parts: Int, limit: Int)
  /// The formula is nested deeper than its derivative, a product of as many factors, should be written out for.
  case tooDeep(levels: Int, limit: Int)

  /// One line.
  public var description: String {
    switch self {
    case .order(let order, let allowed): "derivatives of order \(allowed.lowerBound) to \(allowed.upperBound) are compared, not \(order)"
    case .noValue(let variable, let given):
      "the variable '\(variable)' has no value; " + (given.isEmpty ? "none were given" : "given were \(given.joined(separator: ", "))")
    case .tooDeep(let levels, let limit): "the formula is nested \(levels) levels deep; derivatives are compared for up to \(limit)"
    case .tooLarge(let parts, let limit): "the formula has \(parts) parts; derivatives are compared for up to \(limit)"
    }
  }
}

// The symbolic module knows nothing of the core, so that it can judge it; here its errors join the library's.
extension ParseError: ChainRuleError {}
extension EvaluationError: ChainRuleError {}

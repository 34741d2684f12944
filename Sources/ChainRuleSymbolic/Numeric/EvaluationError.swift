/// Why a formula has no value at a point.
public enum EvaluationError: Error, Sendable, Hashable {
  /// A variable of the formula was given no value.
  case unboundVariable(name: String, given: [String])
  /// A function or an operation was asked for a value outside its domain.
  case outsideDomain(name: String, condition: String, argument: Double)
  /// A method needs something that a function of the formula does not have.
  case unsupported(function: String, need: String)
}

extension EvaluationError: CustomStringConvertible {
  /// One line: `log is defined for x > 0, got -1`.
  public var description: String {
    switch self {
    case .unboundVariable(let name, let given):
      "the variable '\(name)' has no value; " + (given.isEmpty ? "none were given" : "given were \(given.joined(separator: ", "))")
    case .outsideDomain(let name, let condition, let argument):
      "\(name) is defined for \(condition), got \(Self.short(argument))"
    case .unsupported(let function, let need): "\(function) has no \(need)"
    }
  }

  /// -1 rather than -1.0.
  private static func short(_ value: Double) -> String {
    value == value.rounded() && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
  }
}

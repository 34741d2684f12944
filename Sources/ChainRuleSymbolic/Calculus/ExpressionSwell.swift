/// How much larger a symbolic derivative is than its formula, and how little of that is left when repeated parts are computed once.
///
/// The textbook argument for automatic differentiation, in numbers: operations counted as SymPy's `count_ops` does.
public struct ExpressionSwell: Sendable, Hashable {
  /// Operations of the formula in canonical form.
  public let formula: Int
  /// Operations of its derivatives, written out.
  public let derivative: Int
  /// Operations of the derivatives after common subexpression elimination.
  public let shared: Int

  /// Measures the derivatives of a formula with respect to the variables, one after the other if several.
  public init(of formula: Formula, _ variables: [String]) {
    self.formula = formula.simplified().operationCount
    let derivatives = formula.gradient(variables)
    derivative = derivatives.reduce(0) { $0.addingSaturated($1.operationCount) }
    shared = Formula.commonSubexpressions(of: derivatives).operationCount
  }

  /// The gradient of x1 x2 ... xn.
  public static func product(factors n: Int) -> ExpressionSwell {
    guard n <= 10_000 else { refuse("a product of at most 10000 factors is derived, got \(n)") }
    let names = (0..<max(0, n)).map { "x\($0 + 1)" }
    let product = names.reduce(Formula(1)) { $0 * .variable($1) }
    return ExpressionSwell(of: product, names)
  }

  /// The derivative of n iterations of l -> 4 l (1 - l), starting at x.
  public static func logisticMap(iterations n: Int) -> ExpressionSwell {
    guard n <= 1000 else { refuse("at most 1000 iterations are derived, got \(n)") }
    let map = (0..<max(0, n)).reduce(Formula.variable("x")) { l, _ in 4 * l * (1 - l) }
    return ExpressionSwell(of: map, ["x"])
  }
}

import ChainRule
public import ChainRuleSymbolic

/// How much automatic differentiation records and computes for a gradient: what to hold against `ExpressionSwell`.
public struct RecordedSize: Sendable, Hashable {
  /// Operations of the function: the nodes of the recorded graph.
  public let nodes: Int
  /// Operations of the backward pass, which finds the derivatives for all variables at once.
  public let backward: Int

  /// Records the formula once, with every variable 0.5, and counts.
  public init(of formula: Formula, _ variables: [String]) throws(EvaluationError) {
    let function = try formula.tensorFunction(variables)
    let inputs = variables.map { _ in Tensor(0.5, dtype: .float64, requiresGrad: true) }
    let (output, nodes) = countingOperations { enableGrad { function(inputs) } }
    self.nodes = nodes
    backward = output.requiresGrad ? countingOperations { output.backward() }.operations : 0
  }

  /// The product x1 x2 ... xn and its gradient.
  public static func product(factors n: Int) throws(EvaluationError) -> RecordedSize {
    let names = (0..<max(0, n)).map { "x\($0 + 1)" }
    return try RecordedSize(of: names.dropFirst().reduce(.variable(names.first ?? "x1")) { $0 * .variable($1) }, names)
  }

  /// n iterations of l -> 4 l (1 - l), starting at x, and their derivative.
  public static func logisticMap(iterations n: Int) throws(EvaluationError) -> RecordedSize {
    try RecordedSize(of: (0..<max(0, n)).reduce(Formula.variable("x")) { l, _ in 4 * l * (1 - l) }, ["x"])
  }
}

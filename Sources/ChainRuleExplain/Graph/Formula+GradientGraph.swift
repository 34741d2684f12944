import ChainRule
public import ChainRuleSymbolic

extension Formula {
  /// The formula's computation at a point, in double precision, with every value, gradient and local derivative.
  ///
  /// ```swift
  /// try Formula("relu(w*x + b)").gradientGraph(at: ["w": 2, "x": 3, "b": -1]).svg()
  /// ```
  /// - Throws: `EvaluationError.unboundVariable` for a variable without a value.
  public func gradientGraph(at point: [String: Double]) throws(EvaluationError) -> GradientGraph {
    for name in variables where point[name] == nil { throw .unboundVariable(name: name, given: point.keys.sorted()) }
    let function = try tensorFunction(variables)
    let leaves = variables.map { Tensor(point[$0] ?? .nan, dtype: .float64).named($0).asLeaf() }
    return GradientGraph { withDefaultDType(.float64) { function(leaves) } }
  }
}

public import ChainRule

/// How much automatic differentiation records and computes for a gradient: what to hold against `ExpressionSwell`.
public struct RecordedSize: Sendable, Hashable {
  /// Operations of the function: the nodes of the recorded graph.
  public let nodes: Int
  /// Operations of the backward pass, which finds the derivatives for all variables at once.
  public let backward: Int

  /// Records a function of scalar tensors once, with every variable 0.5, and counts.
  public init(of function: ([Tensor]) -> Tensor, variableCount: Int) {
    let variableCount = Bounds.hold(["variableCount": Double(variableCount)], 0...1e6, "RecordedSize") ? variableCount : 0
    let inputs = (0..<variableCount).map { _ in Tensor(0.5, dtype: .float64, requiresGrad: true) }
    let (output, nodes) = countingOperations { recordingTape { function(inputs) } }
    self.nodes = nodes
    backward = output.requiresGrad ? countingOperations { output.backward() }.operations : 0
  }

  /// The product x1 x2 ... xn and its gradient.
  public static func product(factors n: Int) -> RecordedSize {
    RecordedSize(of: { x in x.dropFirst().reduce(x.first ?? Tensor(1.0)) { $0 * $1 } }, variableCount: n)
  }

  /// n iterations of l -> 4 l (1 - l), starting at x, and their derivative.
  public static func logisticMap(iterations n: Int) -> RecordedSize {
    RecordedSize(
      of: { x in (0..<(Bounds.hold(["iterations": Double(n)], 0...1e6, "RecordedSize") ? n : 0)).reduce(x[0]) { l, _ in 4 * l * (1 - l) } },
      variableCount: 1)
  }
}

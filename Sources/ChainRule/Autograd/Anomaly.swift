/// Runs `body` so that a backward pass in it fails where a gradient becomes NaN, naming the operation and its forward call.
///
///     withAnomalyDetection {
///       let loss = (x - 1).sqrt().sum()
///       loss.backward()   // Function 'SqrtBackward0' returned nan values in its 0th output. ... main.swift:3 in train(_:)
///     }
///
/// Every operation notes where it was called, which costs some microseconds each. The source line is known on Linux, where
/// the toolchain's backtraces can be read from within; on macOS the functions are named (which has not been tried).
///
/// - Parameters:
///   - checkNaN: whether gradients are searched for NaN. Without it what a pass refuses, such as the gradients of a function of one's own,
///     still names the forward call.
///   - body: what runs meanwhile: the forward pass, so that calls are known, and the backward pass.
public func withAnomalyDetection<R, E: Error>(checkNaN: Bool = true, _ body: () throws(E) -> R) throws(E) -> R {
  try Modes.slowly { (modes) throws(E) -> R in
    let previous = modes.anomalies
    modes.anomalies = AnomalyDetection(checksNaN: checkNaN)
    defer { modes.anomalies = previous }
    return try body()
  }
}

/// What `withAnomalyDetection` asks for.
struct AnomalyDetection {
  let checksNaN: Bool
}

extension Node {
  /// Notes where the operation is being called.
  func noteCall() {
    let place = CallPlace()
    changeExtra { $0.place = place }
  }
}

extension Pass {
  /// Shows a gradient to who watches, and stops the pass where one with NaN is to.
  mutating func inspect(_ gradient: Tensor, from node: Node, to next: Node, _ output: Int) {
    rare.pointee.finite?.observe(gradient, from: node, to: next)
    guard rare.pointee.anomalies?.checksNaN ?? false else { return }
    var index = 0, found: Int?
    node.forEachEdge { edge in
      if found == nil, index >= rare.pointee.inspected, let edge, edge.node === next, edge.output == output { found = index }
      index += 1
    }
    rare.pointee.inspected = (found ?? rare.pointee.inspected) + 1
    var value = gradient.detach()
    // A batch is searched as a whole.
    while value.box.flags.contains(.wrapped), let batch = value.box.wrapper as? Batched { value = batch.values }
    guard value.dtype.isFloatingPoint, noGrad({ value.isNaN().any().item(as: Bool.self) }) else { return }
    stop(
      TensorError(
        .gradient, "Function '\(node.name)' returned nan values in its \(found ?? 0)th output.",
        hint: Self.place(of: node), operation: "backward"))
  }

  /// Where the operation of a node was called, as a sentence.
  private static func place(of node: Node) -> String {
    node.extra?.place?.text.map { "It was called at \($0)." }
      ?? "No forward pass information available. Enable detect anomaly during forward pass for more information: compute the forward pass "
      + "inside withAnomalyDetection too."
  }

  /// Runs a node so that what it refuses says where its operation was called.
  mutating func runAnnotated(_ node: Node, _ gradient: Tensor?) {
    do throws(TensorError) {
      try catching { node.run(gradient, &self) }
    } catch {
      stop(
        TensorError(
          error.kind, error.message, hint: "\(error.hint) Error detected in \(node.name). \(Self.place(of: node))",
          operation: error.operation,
          shapes: error.shapes, names: error.names))
    }
  }
}

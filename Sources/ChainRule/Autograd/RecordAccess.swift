// What `recordingGraph` kept, for the modules that draw and explain.

/// An operation as `recordingGraph` saw it, in plain data.
package struct RecordedOperation {
  /// The catalog's name: `mul (scalar)`.
  package let name: String
  /// Its attributes as text; numbers in the shortest form that reads back exactly.
  package let attributes: [(name: String, value: String)]
  /// The tensors it was applied to.
  package let inputs: [Tensor]
}

/// What tells one tensor of a graph from another: the node that made it, and which of its outputs it is.
package struct GraphPlace: Hashable {
  private let node: ObjectIdentifier
  private let output: Int

  init(_ node: Node, _ output: Int) {
    self.node = ObjectIdentifier(node)
    self.output = output
  }
}

extension Tensor {
  /// The operation that computed this tensor, where it was computed inside `recordingGraph` and is tracked.
  package var record: RecordedOperation? {
    guard isTracked, !isCell, let record = box.head.pointee.node?.extra?.record else { return nil }
    return RecordedOperation(name: record.operation.name, attributes: record.operation.attributes, inputs: record.inputs)
  }

  /// The tensor's place in the graph; nil where it is tracked by none. Valid while the tensor lives.
  package var place: GraphPlace? {
    guard isTracked, let node = box.head.pointee.node else { return nil }
    return GraphPlace(node, outputIndex)
  }
}

/// Runs `body` in a `recordingGraph`, and counts the operations applied in it, those of backward passes and tangents included.
package func countingOperations<R>(_ body: () throws -> R) rethrows -> (result: R, operations: Int) {
  try recordingGraph {
    let recorder = Modes.currentIfAny?.recorder
    let before = recorder?.operationCount ?? 0
    let result = try body()
    return (result, (recorder?.operationCount ?? 0) - before)
  }
}

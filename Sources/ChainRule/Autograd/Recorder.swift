/// What `recordingGraph` keeps of one operation.
final class OperationRecord {
  let operation: any Operation
  let inputs: [Tensor]
  let outputs: [Tensor]
  /// The gradients of the outputs, once a backward pass has been here.
  var gradients: [Tensor?]

  init(_ operation: any Operation, _ inputs: [Tensor], _ outputs: [Tensor]) {
    self.operation = operation
    self.inputs = inputs
    self.outputs = outputs
    gradients = outputs.map { _ in nil }
  }
}

/// Sees every operation of a `recordingGraph` scope, recorded by the tape or not, in order.
final class Recorder {
  private(set) var records: [OperationRecord] = []

  func observe(_ op: any Operation, _ inputs: [Tensor], _ outputs: [Tensor], _ node: Node?) {
    let record = OperationRecord(op, inputs, outputs.map { $0.detach() })
    records.append(record)
    node?.ensureExtra().record = record
  }
}

/// Runs `body` so that its graph keeps inputs, results and gradients, also after backward: for drawing and explaining.
public func recordingGraph<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
  try Modes.slowly { (modes) throws(E) -> R in
    let previous = modes.recorder
    if previous == nil { modes.recorder = Recorder() }
    defer { modes.recorder = previous }
    return try body()
  }
}

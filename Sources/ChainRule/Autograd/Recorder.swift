import CKernels

/// What `recordingGraph` keeps of one operation. Only a backward pass writes to it afterwards, and that only its gradients.
final class OperationRecord: @unchecked Sendable {
  let operation: any Operation
  /// The inputs as they were given: cells, tracked results, plain tensors.
  let inputs: [Tensor]
  /// The inputs' values at the time, which no later step of an optimizer changes.
  let values: [Tensor]
  let outputs: [Tensor]
  /// When it ran, on the scale of `Node.sequence`.
  let order: UInt64
  /// The open `graphGroup` scopes, outermost first.
  let groups: [GraphGroup]
  @exclusivity(unchecked) private var arrived = SharedReference<Frozen<[Tensor?]>>()

  init(_ operation: any Operation, _ inputs: [Tensor], _ values: [Tensor], _ outputs: [Tensor], _ order: UInt64, _ groups: [GraphGroup]) {
    self.operation = operation
    self.inputs = inputs
    self.values = values
    self.outputs = outputs
    self.order = order
    self.groups = groups
  }

  /// The gradients of the outputs, once a backward pass has been here.
  var gradients: [Tensor?] {
    get { arrived.read()?.value ?? outputs.map { _ in nil } }
    set { arrived.exchange(Frozen(newValue)) }
  }
}

/// One run of a `graphGroup` scope; two runs of the same name are two groups.
package final class GraphGroup: Sendable {
  package let name: String
  init(_ name: String) { self.name = name }
}

/// Sees every operation of a `recordingGraph` scope, recorded by the tape or not, in order.
final class Recorder {
  /// Which record made a tensor that no tape tracks, by its box; the record keeps the box alive.
  private(set) var makers: [ObjectIdentifier: (record: OperationRecord, output: Int)] = [:]
  var groups: [GraphGroup] = []
  /// How many operations it has seen.
  private(set) var operationCount = 0

  func observe(_ op: any Operation, _ inputs: [Tensor], _ values: [Tensor], _ outputs: [Tensor], _ node: Node?) {
    operationCount += 1
    let thread = cr_thread()!
    let order = thread.pointee.sequence
    thread.pointee.sequence = order &+ 1
    let record = OperationRecord(op, inputs, values, outputs.map { $0.detach() }, order, groups)
    node?.changeExtra { $0.record = record }
    for (i, output) in outputs.enumerated() where !output.isTracked && record.outputs[i].box === output.box {
      makers[ObjectIdentifier(output.box)] = (record, i)
    }
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

/// Runs `body` as one named group of a graph that is being recorded, so that a drawing can frame and fold it; elsewhere it only runs it.
///
///     let h = graphGroup("encoder") { (x.matmul(w) + b).relu() }
public func graphGroup<R, E: Error>(_ name: String, _ body: () throws(E) -> R) throws(E) -> R {
  guard let recorder = Modes.currentIfAny?.recorder else { return try body() }
  recorder.groups.append(GraphGroup(name))
  defer { recorder.groups.removeLast() }
  return try body()
}

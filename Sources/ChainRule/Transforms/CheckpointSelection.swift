/// The results that one checkpoint keeps, by the order of its operations.
final class CheckpointSelection {
  private let policy: (CheckpointedCall) -> CheckpointPolicy
  private var results: [Int: [Tensor]] = [:]
  private let isFirst: Bool
  /// The number of the operation that comes next.
  private var next = 0

  init(_ policy: @escaping (CheckpointedCall) -> CheckpointPolicy) {
    self.policy = policy
    isFirst = true
  }

  private init(_ first: CheckpointSelection) {
    policy = first.policy
    results = first.results
    isFirst = false
  }

  /// The same results for a further run.
  var again: CheckpointSelection { CheckpointSelection(self) }

  /// Runs `body` with these results kept, or handed out; on the slow path, where every operation is seen.
  static func using<R>(_ selection: CheckpointSelection?, _ body: () -> R) -> R {
    guard let selection else { return body() }
    return Modes.slowly { modes in
      let outer = modes.selection
      modes.selection = selection
      defer { modes.selection = outer }
      return body()
    }
  }

  /// The results of the next operation, where they were kept.
  func kept() -> [Tensor]? {
    guard !isFirst else { return nil }
    guard let found = results[next] else { return nil }
    next += 1
    return found.map { Tensor($0.box.alias()) }
  }

  /// Notes an operation that has been computed.
  func note(_ op: any Operation, _ values: [Tensor], _ outputs: [Tensor]) {
    if isFirst {
      let call = CheckpointedCall(operation: op.name, inputShapes: values.map(\.shape), outputShapes: outputs.map(\.shape))
      // Boxes of their own: those of the results will belong to the graph, which is let go of.
      if policy(call) == .save { results[next] = outputs.map { Tensor($0.box.alias()) } }
    }
    next += 1
  }
}

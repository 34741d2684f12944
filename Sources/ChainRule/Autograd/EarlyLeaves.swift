/// Leaves that take their gradients, and call their hooks, as soon as all of them have arrived, and not at the end of the pass: what sums
/// gradients over several processes can then begin while the pass goes on.
///
/// A leaf waits for as many gradients as nodes of the graph use it; one that is given fewer, because a rule gives none, ends with the pass.
struct EarlyLeaves {
  private var missing: [ObjectIdentifier: Int] = [:]
  private(set) var complete: [Node] = []

  /// Counts the uses of every leaf below `root`.
  init(below root: Node) {
    var seen: Set<ObjectIdentifier> = [ObjectIdentifier(root)], stack = [root]
    while let node = stack.popLast() {
      node.forEachEdge { edge in
        guard let next = edge?.node else { return }
        let key = ObjectIdentifier(next)
        if next.isAccumulator {
          missing[key, default: 0] += 1
        } else if seen.insert(key).inserted {
          stack.append(next)
        }
      }
    }
  }

  /// Counts a gradient that has arrived.
  mutating func note(_ node: Node) {
    guard node.isAccumulator, let count = missing[ObjectIdentifier(node)] else { return }
    missing[ObjectIdentifier(node)] = count - 1
    if count == 1 { complete.append(node) }
  }

  /// The leaves that have become complete.
  mutating func take() -> [Node] {
    defer { complete = [] }
    return complete
  }
}

extension Pass {
  /// Has leaves below `root` end as soon as they can; not where numbers are watched, as a gradient is then looked at before any is taken.
  mutating func endsLeavesEarly(below root: Node) {
    if rare.pointee.finite != nil { return }
    rare.pointee.early = EarlyLeaves(below: root)
    isCareful = true
  }
}

extension Tensor {
  /// Computes the gradient of this tensor for every leaf, as `backward(gradient:)` does; each leaf takes its own, and calls its hooks, as
  /// soon as it is whole.
  package func backwardWithEarlyLeaves(gradient: Tensor) {
    if isErrorPending { return }
    do throws(TensorError) {
      let recording = Recording(createGraph: false), seed = try Engine.seed(self, gradient, index: 0, recording)
      guard let node = box.head.pointee.maker else { return }
      var pass = Pass(retain: false, recording: recording)
      pass.endsLeavesEarly(below: node.takeUnretainedValue())
      pass.deliver(seed, to: node, outputIndex)
      pass.run()
      if let error = pass.error { throw error }
      markSpent()
    } catch {
      fail(error.describing([self]))
    }
  }
}

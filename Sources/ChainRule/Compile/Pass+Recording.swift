import CKernels

extension Pass {
  /// Runs a node where a compiled function is recorded: its rule is a step of the plan, which runs it as it is, fused kernels and all. The
  /// rules of what is itself differentiated, or belongs to a transform, are recorded operation by operation.
  mutating func runRecorded(_ node: Node, _ gradient: Tensor?, _ tracer: Tracer) {
    guard tracer.isOwn(node) else {
      return tracer.refuse(
        "a backward pass goes on into a graph from outside, through \(node.name)",
        "Compile the part that computes it too, or pass detached tensors.")
    }
    if !retain { tracer.noteWalked(node) }
    let arrived = gradientsOfOutputs(of: node, gradient)
    let isPlain = recording == .off && node.level == 0 && !arrived.contains { $0?.box.flags.contains(.wrapped) ?? false }
    guard isPlain, tracer.knows(node) else { return node.run(gradient, &self) }
    var needs: [Bool] = []
    node.forEachEdge { edge in needs.append(edge.map { !restricted || isNeeded($0.node) } ?? false) }
    rare.pointee.held = HeldGradients(of: node)
    let thread = cr_thread()!, slow = thread.pointee.slow
    thread.pointee.slow = 0
    node.run(gradient, &self)
    thread.pointee.slow += slow
    guard let found = rare.pointee.held.take(), error == nil, !isErrorPending else { return }
    tracer.observeRule(node, arrived, needs: needs, found.gradients)
    for case (let edge?, let gradient?) in zip(found.edges, found.gradients) {
      deliver(gradient, to: .passUnretained(edge.node), edge.output)
    }
  }

  /// Whether the node has hooks or keeps its gradient, which no plan does; refused then.
  func refusesHooks(of node: Node, _ tracer: Tracer) -> Bool {
    guard let extra = node.extra, !(extra.hooks.isEmpty && extra.postHooks.isEmpty && extra.retained.isEmpty && extra.nodeHooks == nil)
    else { return false }
    tracer.refuse(
      "\(node.name)\(extra.names[0].map { " of \"\($0)\"" } ?? "") has hooks, or keeps its gradient",
      "What a hook does beside computing would be done once: remove the hooks, or run the step without compile.")
    return true
  }
}

extension LeafNode {
  /// Adds a gradient, and notes it where a compiled function is recorded.
  func receive(_ gradient: Tensor, _ tracer: Tracer?) {
    if let tracer { tracer.accumulate(self, gradient) } else { accumulate(gradient) }
  }
}

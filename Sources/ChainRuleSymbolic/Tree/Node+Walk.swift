extension Node {
  /// Every distinct node reachable from the roots once, operands before the nodes that use them.
  ///
  /// - Parameter isDone: Nodes for which it holds are left out together with what only they reach.
  static func postorder(_ roots: [Node], isDone: (Node) -> Bool = { _ in false }) -> [Node] {
    var order: [Node] = []
    var seen: Set<ObjectIdentifier> = []
    var stack: [(node: Node, isExpanded: Bool)] = roots.reversed().map { ($0, false) }
    while let (node, isExpanded) = stack.popLast() {
      if isExpanded {
        order.append(node)
        continue
      }
      if isDone(node) || !seen.insert(node.id).inserted { continue }
      if node.operands.isEmpty {
        order.append(node)
        continue
      }
      stack.append((node, true))
      for operand in node.operands.reversed() where !seen.contains(operand.id) { stack.append((operand, false)) }
    }
    return order
  }

  /// Computes a result per distinct node from the results of its operands; returns the roots' results.
  static func fold<Result>(_ roots: [Node], _ combine: (Node, [Result]) throws -> Result) rethrows -> [Result] {
    let order = postorder(roots)
    var index: [ObjectIdentifier: Int] = [:]
    index.reserveCapacity(order.count)
    var results: [Result] = []
    results.reserveCapacity(order.count)
    for node in order {
      // A node comes after its operands, so the look-ups below always find something.
      let operands = node.operands.compactMap { index[$0.id].map { results[$0] } }
      index[node.id] = results.count
      results.append(try combine(node, operands))
    }
    return roots.compactMap { index[$0.id].map { results[$0] } }
  }

  /// Whether the variable occurs.
  func contains(_ variable: String) -> Bool {
    Node.postorder([self]).contains { $0.head == .variable(variable) }
  }
}

/// An expression with its repeated parts named: what to compute, in order, and the results in terms of it.
public struct CommonSubexpressions: Sendable {
  /// A name for a repeated part.
  public struct Binding: Sendable {
    /// The name, a variable of later bindings and of the results.
    public let name: String
    /// What it stands for, in terms of the variables and earlier names.
    public let formula: Formula
  }

  /// The repeated parts, each after those it uses.
  public let bindings: [Binding]
  /// The expressions that were asked about, in terms of the variables and the names.
  public let results: [Formula]
  /// The result, where one expression was asked about.
  public var result: Formula { results[0] }

  /// The operations left: of all bindings and all results, counted as `Formula.operationCount` does.
  public var operationCount: Int {
    (bindings.map(\.formula) + results).reduce(0) { $0.addingSaturated($1.operationCount) }
  }
}

extension CommonSubexpressions: CustomStringConvertible {
  /// A line per binding and per result.
  public var description: String {
    (bindings.map { "\($0.name) = \($0.formula)" } + results.map(\.description)).joined(separator: "\n")
  }
}

extension Formula {
  /// Names every part that occurs more than once, common parts of sums and products included.
  ///
  /// ```swift
  /// try Formula("sin(x^2 + 1) + (x^2 + 1)^3").commonSubexpressions()
  /// // t0 = x^2 + 1
  /// // sin(t0) + t0^3
  /// ```
  /// - Parameter prefix: Names are the prefix and a number; numbers whose name is a variable of the formula are skipped.
  public func commonSubexpressions(prefix: String = "t") -> CommonSubexpressions {
    Self.commonSubexpressions(of: [self], prefix: prefix)
  }

  /// Names every part that occurs more than once in any of the formulas: in a gradient, say.
  public static func commonSubexpressions(of formulas: [Formula], prefix: String = "t") -> CommonSubexpressions {
    let algebra = Algebra()
    let interned = Node.fold(formulas.map(\.node)) { algebra.intern($0.head, $1) }
    let roots = CommonOperands(algebra).extract(from: interned)
    var uses: [ObjectIdentifier: Int] = [:]
    for root in roots { uses[root.id, default: 0] += 1 }
    for node in Node.postorder(roots) { for operand in node.operands { uses[operand.id, default: 0] += 1 } }

    let taken = Set(formulas.flatMap(\.variables))
    var counter = 0
    var bindings: [CommonSubexpressions.Binding] = []
    let results = Node.fold(roots) { node, operands -> Node in
      let rebuilt = zip(node.operands, operands).allSatisfy { $0 === $1 } ? node : Node(node.head, operands)
      guard uses[node.id] ?? 0 > 1, Self.isWorthNaming(node) else { return rebuilt }
      while taken.contains("\(prefix)\(counter)") { counter += 1 }
      let name = "\(prefix)\(counter)"
      counter += 1
      bindings.append(.init(name: name, formula: Formula(rebuilt)))
      return Node(.variable(name))
    }
    return CommonSubexpressions(bindings: bindings, results: results.map(Formula.init))
  }

  /// Leaves cost nothing, and a sign or a reciprocal belongs to the sum or fraction around it.
  private static func isWorthNaming(_ node: Node) -> Bool {
    switch node.head {
    case .constant, .variable: false
    case .product: !(node.operands.count == 2 && node.operands[0].number == .minusOne)
    case .power: node.operands[1].number != .minusOne
    case .sum, .call: true
    }
  }
}

/// Makes the operands that several sums or several products have in common a node of their own, so that `a b c + a b d` shares `a b`.
private struct CommonOperands {
  let algebra: Algebra

  /// More sums or products than this are not compared with one another.
  private static let limit = 400

  init(_ algebra: Algebra) { self.algebra = algebra }

  func extract(from roots: [Node]) -> [Node] {
    let order = Node.postorder(roots)
    var replaced: [ObjectIdentifier: [Node]] = [:]
    for head in [Head.product, .sum] {
      let candidates = order.filter { $0.head == head && $0.operands.count > 1 }
      if candidates.count <= Self.limit { extract(head, candidates, &replaced) }
    }
    return roots.map { rebuild($0, replaced) }
  }

  /// Shortest lists first, and for each the shortest common part first, so that a product of n factors is built from that of n - 1.
  private func extract(_ head: Head, _ candidates: [Node], _ replaced: inout [ObjectIdentifier: [Node]]) {
    let nodes = candidates.sorted { $0.operands.count < $1.operands.count }
    var lists = nodes.map(\.operands)
    var sets = lists.map { Set($0.filter { $0.number == nil }.map(\.id)) }
    func replace(_ part: Node, for common: Set<ObjectIdentifier>, in index: Int) {
      lists[index] = lists[index].filter { !common.contains($0.id) } + [part]
      sets[index] = sets[index].subtracting(common).union([part.id])
      replaced[nodes[index].id] = lists[index]
    }
    for i in nodes.indices {
      let sharing = nodes.indices.dropFirst(i + 1).map { (index: $0, size: sets[$0].intersection(sets[i]).count) }.filter { $0.size > 1 }
      for (j, _) in sharing.sorted(by: { ($0.size, $0.index) < ($1.size, $1.index) }) {
        let common = sets[i].intersection(sets[j])
        // Repeated operands (x x) are no set; they are left alone.
        guard common.count > 1, lists[i].count(where: { common.contains($0.id) }) == common.count else { continue }
        let part: Node
        if lists[i].count == common.count {
          part = nodes[i]
        } else {
          part = algebra.intern(head, lists[i].filter { common.contains($0.id) })
          replace(part, for: common, in: i)
        }
        for k in [j] + nodes.indices.dropFirst(i + 1) where common.isSubset(of: sets[k]) && lists[k].count > common.count {
          guard nodes[k] !== part, lists[k].count(where: { common.contains($0.id) }) == common.count else { continue }
          replace(part, for: common, in: k)
        }
      }
    }
  }

  /// The graph with the operand lists exchanged. A shared part's own operands are found by the walk, so the result is again a graph.
  private func rebuild(_ root: Node, _ replaced: [ObjectIdentifier: [Node]]) -> Node {
    var done: [ObjectIdentifier: Node] = [:]
    var stack = [(root, false)]
    while let (node, isExpanded) = stack.popLast() {
      if done[node.id] != nil { continue }
      let operands = replaced[node.id] ?? node.operands
      if isExpanded {
        done[node.id] = operands.isEmpty ? node : algebra.intern(node.head, operands.compactMap { done[$0.id] })
      } else {
        stack.append((node, true))
        stack.append(contentsOf: operands.map { ($0, false) })
      }
    }
    return done[root.id] ?? root
  }
}

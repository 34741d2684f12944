extension Algebra {
  /// Products over sums and small powers of sums multiplied out, in all parts of the expression; nil where the result would exceed `limit`
  /// terms.
  func expanded(_ root: Node, limit: Int = 2000) -> Node? {
    var isTooLong = false
    let form = Node.fold([canonical(root)]) { node, operands -> Node in
      if isTooLong { return node }
      switch node.head {
      case .product:
        guard let product = multipliedOut(operands, limit) else { break }
        return product
      case .power:
        guard operands[0].head == .sum, let exponent = operands[1].number?.integer, (2...64).contains(exponent) else {
          return power(operands[0], operands[1])
        }
        guard let product = multipliedOut([Node](repeating: operands[0], count: exponent), limit) else { break }
        return product
      case .sum: return sum(operands)
      case .call(let function): return call(function, operands)
      case .constant, .variable: return node
      }
      isTooLong = true
      return node
    }[0]
    return isTooLong ? nil : form
  }

  private func multipliedOut(_ factors: [Node], _ limit: Int) -> Node? {
    var result = one
    for factor in factors {
      let (left, right) = (terms(result), terms(factor))
      guard left.count * right.count <= limit else { return nil }
      result = sum(left.flatMap { a in right.map { b in product([a, b]) } })
    }
    return result
  }

  private func terms(_ node: Node) -> [Node] { node.head == .sum ? node.operands : [node] }
}

extension Formula {
  /// Products over sums and powers of sums multiplied out: `(x + 1)^2` becomes `x^2 + 2*x + 1`.
  ///
  /// A formula that would grow beyond two thousand terms is returned simplified only.
  public func expanded() -> Formula {
    let algebra = Algebra()
    return Formula(algebra.expanded(node) ?? algebra.canonical(node))
  }
}

extension Algebra {
  /// The canonical order of factors: numbers, pi and e, variables by name, sums, functions by name; powers by their base.
  ///
  /// Operands are interned, so different nodes differ somewhere, and following the first difference decides in a loop.
  func isOrdered(_ first: Node, before second: Node) -> Bool { compare(first, second) < 0 }

  /// The canonical order of terms: by falling degree, then as factors; the constant last.
  func isOrdered(term first: Node, before second: Node) -> Bool {
    let (isFirstNumber, isSecondNumber) = (first.number != nil, second.number != nil)
    if isFirstNumber != isSecondNumber { return isSecondNumber }
    if first.degree != second.degree { return first.degree > second.degree }
    return compare(first, second) < 0
  }

  private func compare(_ first: Node, _ second: Node) -> Int {
    var (a, b) = (first, second)
    while true {
      if a === b { return 0 }
      // Compared by base; among equal bases, by exponent.
      if a.head == .power || b.head == .power {
        let (baseA, exponentA) = split(a)
        let (baseB, exponentB) = split(b)
        (a, b) = baseA === baseB ? (exponentA, exponentB) : (baseA, baseB)
        if baseA !== baseB, a.head != .power, b.head != .power { return compareHeads(&a, &b) ?? compare(a, b) }
        continue
      }
      if let order = compareHeads(&a, &b) { return order }
    }
  }

  private func split(_ node: Node) -> (base: Node, exponent: Node) {
    node.head == .power ? (node.operands[0], node.operands[1]) : (node, one)
  }

  /// Decides by the heads, or moves on to the first differing operands and returns nil.
  private func compareHeads(_ a: inout Node, _ b: inout Node) -> Int? {
    let (rankA, rankB) = (rank(a), rank(b))
    if rankA != rankB { return rankA < rankB ? -1 : 1 }
    switch (a.head, b.head) {
    case (.constant(let x), .constant(let y)):
      if x.value != y.value { return x.value < y.value ? -1 : 1 }
      return "\(x)" < "\(y)" ? -1 : 1
    case (.variable(let x), .variable(let y)): return x < y ? -1 : 1
    case (.call(let x), .call(let y)) where x != y: return x.name < y.name ? -1 : 1
    default: break
    }
    // Of large parts the size decides: following the difference down would cost their depth for each comparison.
    if a.treeCount != b.treeCount, max(a.treeCount, b.treeCount) > 32 { return a.treeCount < b.treeCount ? -1 : 1 }
    for (x, y) in zip(a.operands, b.operands) where x !== y {
      (a, b) = (x, y)
      return nil
    }
    return a.operands.count < b.operands.count ? -1 : 1
  }

  private func rank(_ node: Node) -> Int {
    switch node.head {
    case .constant(.number): 0
    case .constant: 1
    case .variable: 2
    case .power: 3
    case .product: 4
    case .sum: 5
    case .call: 6
    }
  }
}

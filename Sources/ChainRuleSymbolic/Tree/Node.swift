/// What a node does: hold a value, name a variable, or combine its operands.
enum Head: Sendable, Hashable {
  case constant(Constant)
  case variable(String)
  case sum
  case product
  case power
  case call(Function)
}

/// One immutable node of an expression. Nodes are shared, so a formula is a graph and every pass keeps its results by node identity.
///
/// There are no nodes for subtraction, division and negation: `a - b` is `a + (-1) b` and `a / b` is `a b^(-1)`, which leaves
/// four kinds of inner node to give rules to. The printers put the signs and fractions back.
final class Node: Sendable {
  let head: Head
  /// Written only while the node is the releasing thread's alone; see `deinit`.
  nonisolated(unsafe) private(set) var operands: [Node]
  /// The hash of the structure; equal structures have equal hashes.
  let hash: Int
  /// The number of nodes of the tree that this graph stands for, saturated at `Int.max`.
  let treeCount: Int
  /// The total polynomial degree as far as it can be read off; it orders terms.
  let degree: Double

  init(_ head: Head, _ operands: [Node] = []) {
    self.head = head
    self.operands = operands
    var hasher = Hasher()
    hasher.combine(head)
    var count = 1
    for operand in operands {
      hasher.combine(operand.hash)
      count = count.addingSaturated(operand.treeCount)
    }
    hash = hasher.finalize()
    treeCount = count
    degree = Self.degree(head, operands)
  }

  /// Releases iteratively: left to itself, reference counting would recurse once per level and overflow the stack.
  deinit {
    var doomed = operands
    operands = []
    while var node = doomed.popLast() {
      if isKnownUniquelyReferenced(&node) {
        doomed.append(contentsOf: node.operands)
        node.operands = []
      }
    }
  }

  private static func degree(_ head: Head, _ operands: [Node]) -> Double {
    switch head {
    case .constant, .call: return 0
    case .variable: return 1
    case .sum: return operands.reduce(-.infinity) { max($0, $1.degree) }
    case .product: return operands.reduce(0) { $0 + $1.degree }
    case .power:
      guard let exponent = operands[1].number else { return 0 }
      let degree = operands[0].degree * exponent.value
      return degree.isFinite ? degree : 0
    }
  }

  static func number(_ number: Number) -> Node { Node(.constant(.number(number))) }
  static func integer(_ value: Int) -> Node { number(Number(value)) }

  var number: Number? {
    if case .constant(.number(let number)) = head { number } else { nil }
  }

  var constant: Constant? {
    if case .constant(let constant) = head { constant } else { nil }
  }

  var id: ObjectIdentifier { ObjectIdentifier(self) }

  func isCall(_ name: String) -> Bool {
    if case .call(let function) = head { function.name == name } else { false }
  }
}

extension Node: Hashable {
  /// Structural equality. Iterative, and linear in the number of distinct nodes: a pair once entered is not entered again.
  static func == (left: Node, right: Node) -> Bool {
    struct Pair: Hashable { let left: ObjectIdentifier, right: ObjectIdentifier }
    var visited: Set<Pair> = []
    var pending = [(left, right)]
    while let (a, b) = pending.popLast() {
      if a === b { continue }
      guard a.hash == b.hash, a.head == b.head, a.operands.count == b.operands.count else { return false }
      guard visited.insert(Pair(left: a.id, right: b.id)).inserted else { continue }
      pending.append(contentsOf: zip(a.operands, b.operands))
    }
    return true
  }

  func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}

extension Int {
  func addingSaturated(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}

/// Builds expressions in canonical form: like terms collected, constants folded, operands ordered, standard identities applied.
///
/// Every rewriting keeps the value wherever the expression has one; it may give a value where there was none. These do, at the points in
/// parentheses: `x/x` is 1 and `x*x^-1` is 1 (0), `x - x` and `0*x` are 0 and `x^0` is 1 (where x has no value), `sqrt(x)^2` and
/// `exp(log(x))` are x (below 0), `sin(asin(x))` is x (outside [-1, 1]), `(x^2)^(-1)*x^3` is x (0), and `sin(x)/cos(x)` is `tan(x)`. That
/// is for variables: what has no value at any point, such as 0/0, log(0) or 0*log(0), never becomes a number. 0^0 is 1, as `pow` has it.
/// Rules that do not hold for all real numbers are not used: `log(x^2)` stays, `sqrt(x^2)` is `abs(x)`.
///
/// Nodes are interned: within one algebra equal canonical expressions are the same object, so equality is identity, results are kept
/// by identity, and a derivative shares whatever it can.
final class Algebra {
  private struct Key: Hashable {
    let head: Head
    let operands: [ObjectIdentifier]
  }

  private var interned: [Key: Node] = [:]
  /// The values of the nodes without variables, and the nodes that have no value at any point.
  private var values: [ObjectIdentifier: Double] = [:]
  private var undefined: Set<ObjectIdentifier> = []
  private var canonicalForms: [ObjectIdentifier: Node] = [:]
  /// Nodes from outside that `canonicalForms` knows by address, kept so that no other node gets their address.
  private var retained: [Node] = []
  /// Operands that flattening and distributing may still copy: a graph with shared parts can stand for a tree that would fill memory, and
  /// beyond this it is left nested.
  private var budget = 200_000

  private(set) lazy var zero = intern(.constant(.number(.zero)), [])
  private(set) lazy var one = intern(.constant(.number(.one)), [])
  private(set) lazy var minusOne = intern(.constant(.number(.minusOne)), [])
  private(set) lazy var e = intern(.constant(.e), [])

  /// The one node with this head and these interned operands, as they stand.
  func intern(_ head: Head, _ operands: [Node]) -> Node {
    let key = Key(head: head, operands: operands.map(\.id))
    if let node = interned[key] { return node }
    let node = Node(head, operands)
    interned[key] = node
    canonicalForms[node.id] = node
    evaluate(node)
    return node
  }

  /// Whether the node has no value at any point: a constant outside a domain, such as 1/0 or log(-1), is part of it. Rules that would drop
  /// or cancel such a node leave it.
  func isUndefined(_ node: Node) -> Bool { undefined.contains(node.id) }

  /// Whether the node is a constant of which not every power has a value.
  func isNotPositive(_ node: Node) -> Bool { values[node.id].map { $0 <= 0 } ?? false }

  /// Notes the value of a node without variables, once its operands' are known.
  private func evaluate(_ node: Node) {
    if node.operands.contains(where: isUndefined) {
      undefined.insert(node.id)
      return
    }
    let operands = node.operands.compactMap { values[$0.id] }
    guard operands.count == node.operands.count else { return }
    if case .variable = node.head { return }
    if let value = try? Program.value(of: node.head, operands), !value.isNaN { values[node.id] = value } else { undefined.insert(node.id) }
  }

  func number(_ number: Number) -> Node { intern(.constant(.number(number)), []) }

  func integer(_ value: Int) -> Node { number(Number(value)) }

  /// Takes `count` operand copies from the budget; false when it is used up.
  func spend(_ count: Int) -> Bool {
    guard budget >= count else { return false }
    budget -= count
    return true
  }

  /// The canonical form of any expression.
  func canonical(_ root: Node) -> Node {
    if let form = canonicalForms[root.id] { return form }
    for node in Node.postorder([root], isDone: { canonicalForms[$0.id] != nil }) {
      let form = build(node.head, node.operands.compactMap { canonicalForms[$0.id] })
      if canonicalForms[node.id] == nil {
        retained.append(node)
        canonicalForms[node.id] = form
      }
    }
    return canonicalForms[root.id] ?? root
  }

  func canonical(_ formula: Formula) -> Node { canonical(formula.node) }

  private func build(_ head: Head, _ operands: [Node]) -> Node {
    switch head {
    case .constant, .variable: intern(head, [])
    case .sum: sum(operands)
    case .product: product(operands)
    case .power: power(operands[0], operands[1])
    case .call(let function): call(function, operands)
    }
  }

  // MARK: Functions

  /// A function of canonical arguments: its exact values and identities, its symmetry, and its value where an argument is a double.
  func call(_ function: Function, _ arguments: [Node]) -> Node {
    if arguments.contains(where: isUndefined) { return intern(.call(function), arguments) }
    if function == .exponential { return exponential(arguments[0]) }
    if let form = function.identity?(arguments.map(Formula.init)) { return canonical(form.node) }
    if function.symmetry != .none, isNegative(arguments[0]) {
      let mirrored = call(function, [negated(arguments[0])])
      return function.symmetry == .even ? mirrored : negated(mirrored)
    }
    if let value = foldedValue(function, arguments) { return number(.real(value)) }
    return intern(.call(function), arguments)
  }

  /// The value where all arguments are numbers and one is a double: exact arguments stay exact.
  private func foldedValue(_ function: Function, _ arguments: [Node]) -> Double? {
    let numbers = arguments.compactMap(\.number)
    guard numbers.count == arguments.count, numbers.contains(where: { $0.rational == nil }) else { return nil }
    let point = numbers.map(\.value)
    guard function.domain?.contains(point) ?? true else { return nil }
    let value = function.value(point)
    return value.isFinite ? value : nil
  }

  /// Whether the sign is in front: a negative number, coefficient, or coefficient of every term of a sum.
  private func isNegative(_ node: Node) -> Bool {
    switch node.head {
    case .constant(.number(let number)): number.isNegative
    case .product: node.operands[0].number?.isNegative == true
    case .sum: node.operands.allSatisfy { $0.number?.isNegative ?? ($0.head == .product && $0.operands[0].number?.isNegative == true) }
    default: false
    }
  }

  func negated(_ node: Node) -> Node { product([minusOne, node]) }
}

extension Formula {
  /// The canonical form: like terms and factors collected, constants folded, operands ordered, standard identities applied.
  ///
  /// The value is kept at every point where the formula has one; `x/x` becomes 1 and so gains the value at 0. What has no value at any
  /// point, such as `0/0`, never becomes a number.
  /// ```swift
  /// try Formula("x + x*3 + sin(y)^2 + cos(y)^2").simplified()   // 4*x + 1
  /// ```
  public func simplified() -> Formula {
    // One pass is a fixed point but for rewritings that open others; the bound is never met in practice.
    var form = node
    for _ in 0..<4 {
      let next = Algebra().canonical(form)
      if next == form { break }
      form = next
    }
    return Formula(form)
  }
}

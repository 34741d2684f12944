extension Formula {
  /// Reads a formula: `x^2*sin(x) + exp(-x)/3`.
  ///
  /// - Numbers: integers are exact, `0.5` and `1e-3` are doubles, a quotient of integers is an exact fraction.
  /// - Operators, weakest first: `+ -`, then `* /` and juxtaposition (`2x`, `3(x + 1)`, so `1/2x` is `(1/2) x`), unary `-`, then `^` or
  ///   `**`, which groups to the right (`-x^2` is `-(x^2)`). Raised digits are powers: `x²`.
  /// - Names: `pi`, `e`, `inf` and `nan` are constants; a name before a parenthesis is a function (`exp log sqrt sin ... max min pow`,
  ///   `σ` for `sigmoid`); others are variables. `|x|` is `abs(x)`.
  /// - `f g h u v` before a parenthesis are functions of which only the name is known: `f(x)` has the derivative `f'(x)`, and no value.
  ///
  /// - Throws: `ParseError` with a caret under the place.
  public init(_ text: String) throws(ParseError) {
    let scalars = Array(text.unicodeScalars)
    var parser = Parser(scalars, in: scalars.indices)
    self.init(try parser.parse())
  }
}

/// An operator-precedence parser with its own stacks: nesting costs memory, not stack, so no depth is too deep.
struct Parser {
  /// An operand under construction. Sums and products stay open while more terms may follow, so that a chain of n terms costs O(n).
  private struct Operand {
    enum Kind { case closed, sum, product }
    var kind = Kind.closed
    /// The terms or factors so far, or the one finished node.
    var nodes: [Node]

    var node: Node {
      switch kind {
      case .closed: nodes[0]
      case .sum: Node(.sum, nodes)
      case .product: Node(.product, nodes)
      }
    }

    static func closed(_ node: Node) -> Operand { Operand(nodes: [node]) }
  }

  private enum Callee {
    case function(Function)
    case notation(Notation.Entry)

    var arity: Int {
      switch self {
      case .function(let function): function.arity
      case .notation(let entry): entry.arity
      }
    }
  }

  private struct Operator {
    enum Kind { case plus, minus, times, divide, negate, power }
    let kind: Kind

    var precedence: Int {
      switch kind {
      case .plus, .minus: 1
      case .times, .divide: 2
      case .negate: 3
      case .power: 4
      }
    }
  }

  private enum Entry {
    case pending(Operator)
    case group(offset: Int, call: Call?, isBar: Bool = false)
  }

  private struct Call {
    let name: String
    let callee: Callee
    let offset: Int
    var arguments: [Formula] = []
  }

  private let text: [Unicode.Scalar]
  private let isEmpty: Bool
  private var lexer: Lexer
  private var operands: [Operand] = []
  private var entries: [Entry] = []
  private var token = Token(kind: .end, offset: 0)

  /// Of a part of the text; places are counted in the whole.
  init(_ text: [Unicode.Scalar], in range: Range<Int>) {
    self.text = text
    isEmpty = range.isEmpty
    lexer = Lexer(text, in: range)
  }

  /// Whether the name stands for a constant or a function, and so for no variable.
  static func hasMeaning(_ name: String) -> Bool {
    constants[name] != nil || Function.named[name] != nil || Notation.named[name] != nil
  }

  private func error(_ message: String, at offset: Int) -> ParseError { ParseError(message, in: text, at: offset) }

  mutating func parse() throws(ParseError) -> Node {
    token = try lexer.next()
    while true {
      try readOperand()
      if try readOperators() { return operands.removeLast().node }
    }
  }

  /// Reads signs, opening parentheses and one number or name.
  private mutating func readOperand() throws(ParseError) {
    while true {
      let place = token
      switch place.kind {
      case .plus: break
      case .minus: entries.append(.pending(Operator(kind: .negate)))
      case .open: entries.append(.group(offset: place.offset, call: nil))
      case .bar: openBar(at: place.offset)
      case .number(let number):
        operands.append(.closed(.number(number)))
        token = try lexer.next()
        return
      case .name(let name):
        token = try lexer.next()
        guard try readName(name, at: place.offset) else { continue }
        return
      case .end:
        throw error(isEmpty || entries.isEmpty && operands.isEmpty ? "an expression is expected" : missing(), at: place.offset)
      case .close, .comma, .times, .divide, .power, .superscript: throw error("an operand is missing here", at: place.offset)
      }
      token = try lexer.next()
    }
  }

  private func missing() -> String { "the expression ends where an operand is expected" }

  /// Takes a name as a constant, a variable or a call; returns whether it made an operand (a call still wants its arguments).
  private mutating func readName(_ name: String, at offset: Int) throws(ParseError) -> Bool {
    if let constant = Self.constants[name] {
      operands.append(.closed(Node(.constant(constant))))
      return true
    }
    let isCall = token.kind == .open
    // The letters are variables where they stand alone.
    let callee = isCall ? Self.callee(Self.letters[name] ?? name) : Self.callee(name)
    guard isCall else {
      if name.hasSuffix("'") { throw error("\(name) is a derivative: write \(name)(x)", at: offset) }
      if let callee {
        throw error("\(name) is a function: write \(name)(\(callee.arity == 1 ? "x" : "x, y"))", at: offset)
      }
      operands.append(.closed(Node(.variable(name))))
      return true
    }
    guard let callee = callee ?? Function.unknown(name).map(Callee.function) else { throw error(unknownFunction(name), at: offset) }
    entries.append(.group(offset: token.offset, call: Call(name: name, callee: callee, offset: offset)))
    token = try lexer.next()
    return false
  }

  private static func callee(_ name: String) -> Callee? {
    Function.named[name].map(Callee.function) ?? Notation.named[name].map(Callee.notation)
  }

  /// Functions that go by a letter before a parenthesis.
  private static let letters = ["\u{3C3}": "sigmoid"]

  private static let constants: [String: Constant] = [
    "pi": .pi, "\u{3C0}": .pi, "e": .e, "inf": .number(.real(.infinity)), "nan": .number(.real(.nan)),
  ]

  private func unknownFunction(_ name: String) -> String {
    let shown = name.count > 40 ? name.prefix(40) + "..." : name[...]
    if name.count == 1 { return "unknown function '\(shown)'; for a product write \(shown)*(...)" }
    let candidates = (Array(Function.named.keys) + Array(Notation.named.keys)).sorted()
    guard let nearest = NearestName.nearest(to: String(shown), in: candidates) else { return "unknown function '\(shown)'" }
    return "unknown function '\(shown)'; did you mean '\(nearest)'?"
  }

  /// Reads what may follow an operand; returns true at the end of the text.
  private mutating func readOperators() throws(ParseError) -> Bool {
    while true {
      let place = token
      switch place.kind {
      case .plus: push(.plus)
      case .minus: push(.minus)
      case .times: push(.times)
      case .divide: push(.divide)
      case .power: entries.append(.pending(Operator(kind: .power)))
      case .superscript(let exponent):
        operands.append(.closed(Node(.power, [operands.removeLast().node, .integer(exponent)])))
        token = try lexer.next()
        continue
      case .bar where isInsideBar:
        try close(at: place.offset, isBar: true)
        token = try lexer.next()
        continue
      case .name, .open, .bar:
        push(.times)
        return false
      case .number: throw error("an operator is missing before this number", at: place.offset)
      case .comma: try endArgument(at: place.offset)
      case .close:
        try close(at: place.offset)
        token = try lexer.next()
        continue
      case .end:
        reduce(downTo: 0)
        if case .group(let offset, _, let isBar)? = entries.last { throw neverClosed(isBar, at: offset) }
        return true
      }
      token = try lexer.next()
      return false
    }
  }

  private mutating func push(_ kind: Operator.Kind) {
    let next = Operator(kind: kind)
    reduce(downTo: next.precedence)
    entries.append(.pending(next))
  }

  /// Whether the innermost group is |...|, which the next bar closes.
  private var isInsideBar: Bool {
    for case .group(_, _, let isBar) in entries.reversed() { return isBar }
    return false
  }

  private mutating func openBar(at offset: Int) {
    entries.append(.group(offset: offset, call: Call(name: "abs", callee: .function(.abs), offset: offset), isBar: true))
  }

  private func neverClosed(_ isBar: Bool, at offset: Int) -> ParseError {
    error(isBar ? "this bar is never closed" : "this parenthesis is never closed", at: offset)
  }

  private mutating func endArgument(at offset: Int) throws(ParseError) {
    reduce(downTo: 0)
    guard case .group(let open, var call?, false)? = entries.popLast() else {
      throw error("a comma belongs between the arguments of a function", at: offset)
    }
    call.arguments.append(Formula(operands.removeLast().node))
    entries.append(.group(offset: open, call: call))
  }

  private mutating func close(at offset: Int, isBar: Bool = false) throws(ParseError) {
    reduce(downTo: 0)
    guard case .group(let open, let call, let wantsBar)? = entries.popLast() else {
      throw error("this parenthesis closes nothing", at: offset)
    }
    if wantsBar != isBar { throw neverClosed(wantsBar, at: open) }
    let last = operands.removeLast().node
    guard let call else {
      operands.append(.closed(last))
      return
    }
    let arguments = call.arguments + [Formula(last)]
    guard arguments.count == call.callee.arity else {
      let plural = call.callee.arity == 1 ? "" : "s"
      throw error("\(call.name) takes \(call.callee.arity) argument\(plural), not \(arguments.count)", at: call.offset)
    }
    switch call.callee {
    case .function(let function): operands.append(.closed(Formula.call(function, arguments).node))
    case .notation(let entry): operands.append(.closed(entry.expand(arguments).node))
    }
  }

  /// Applies the pending operators of at least the precedence, up to the innermost open parenthesis.
  private mutating func reduce(downTo precedence: Int) {
    while case .pending(let pending)? = entries.last, pending.precedence >= precedence {
      entries.removeLast()
      apply(pending.kind)
    }
  }

  private mutating func apply(_ kind: Operator.Kind) {
    let right = operands.removeLast().node
    switch kind {
    case .negate:
      let negated = right.negated
      operands.append(negated.head == .product ? Operand(kind: .product, nodes: negated.operands) : .closed(negated))
    case .plus: append(right, to: .sum)
    case .minus: append(right.negated, to: .sum)
    case .times: append(right, to: .product)
    case .divide:
      let top = operands.count - 1
      guard operands[top].kind == .closed else { return append(right.reciprocal, to: .product) }
      let left = operands[top].nodes[0]
      if let quotient = Node.exactQuotient(left, right) ?? (left.number == .one ? right.reciprocal : nil) {
        operands[top] = .closed(quotient)
      } else {
        append(right.reciprocal, to: .product)
      }
    case .power: operands.append(.closed(Node(.power, [operands.removeLast().node, right])))
    }
  }

  /// Adds a term to the sum, or a factor to the product, on top of the stack, in place.
  private mutating func append(_ node: Node, to kind: Operand.Kind) {
    let top = operands.count - 1
    if operands[top].kind == kind {
      operands[top].nodes.append(node)
    } else {
      operands[top] = Operand(kind: kind, nodes: [operands[top].node, node])
    }
  }
}

extension Formula {
  /// What an inner node of a formula does to its operands.
  public enum Operation: Sendable, Hashable {
    /// The sum of all operands.
    case add
    /// The product of all operands.
    case multiply
    /// The first operand to the power of the second.
    case power
    /// A named function of one or two operands.
    case function(Function)
  }
}

extension Formula {
  /// Turns the formula into something else, leaves first, each shared part once, without recursion.
  ///
  /// ```swift
  /// let depth = formula.fold(constant: { _ in 1 }, variable: { _ in 1 }, apply: { _, depths in 1 + (depths.max() ?? 0) })
  /// ```
  /// Subtraction and division arrive as what they are kept as: addition of `-1` times, multiplication by a power of `-1`.
  public func fold<Result>(
    constant: (Constant) throws -> Result, variable: (String) throws -> Result, apply: (Operation, [Result]) throws -> Result
  ) rethrows -> Result {
    try Node.fold([node]) { node, operands in
      switch node.head {
      case .constant(let value): try constant(value)
      case .variable(let name): try variable(name)
      case .sum: try apply(.add, operands)
      case .product: try apply(.multiply, operands)
      case .power: try apply(.power, operands)
      case .call(let function): try apply(.function(function), operands)
      }
    }[0]
  }

  /// The formula with variables replaced, all at once: `["x": y, "y": x]` swaps.
  public func substituting(_ replacements: [String: Formula]) -> Formula {
    Formula(
      Node.fold([node]) { node, operands in
        if case .variable(let name) = node.head { return replacements[name]?.node ?? node }
        return zip(node.operands, operands).allSatisfy { $0 === $1 } ? node : Node(node.head, operands)
      }[0])
  }
}

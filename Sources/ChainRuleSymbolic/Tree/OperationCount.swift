extension Formula {
  /// The number of operations of the expression written out as a tree, counted as SymPy's `count_ops` does, so that the two compare.
  ///
  /// A sum of n terms is n - 1 additions or subtractions, a product of n factors n - 1 multiplications, a fraction bar one division, a
  /// sign one negation (none where it makes an addition a subtraction), a power, a function and `e` one each. `Int.max` where it does not
  /// fit.
  public var operationCount: Int { Node.operationCounts([node])[0] }
}

extension Node {
  /// Counts per node, each shared part computed once.
  static func operationCounts(_ roots: [Node]) -> [Int] {
    fold(roots) { node, counts in count(node, counts) }
  }

  private static func total(_ counts: some Sequence<Int>) -> Int { counts.reduce(0) { $0.addingSaturated($1) } }

  private static func count(_ number: Number) -> Int {
    guard case .rational(let fraction) = number else { return 0 }
    return (fraction < .zero ? 1 : 0) + (fraction.isInteger ? 0 : 1)
  }

  private static func count(_ node: Node, _ operands: [Int]) -> Int {
    switch node.head {
    case .constant(.number(let number)): return count(number)
    case .constant(.e): return 1
    case .constant, .variable: return 0
    case .call: return total(operands).addingSaturated(1)
    case .sum: return countSum(node, operands)
    case .product: return countProduct(node.operands, operands)
    case .power:
      if node.operands[1].number == .minusOne || node.operands[0].constant == .e { return total(operands.prefix(1)).addingSaturated(1) }
      return total(operands).addingSaturated(1)
    }
  }

  /// The sign of a negative term merges with the addition before it.
  private static func countSum(_ node: Node, _ operands: [Int]) -> Int {
    let isNegative = node.operands.map { ($0.number ?? ($0.head == .product ? $0.operands[0].number : nil))?.isNegative == true }
    let signs = isNegative.count { $0 }
    // Each negative term's own count holds one negation, which the subtraction replaces.
    let negations = zip(node.operands, isNegative).count { term, isNegative in
      guard isNegative, case .real? = term.number else { return isNegative }
      return false
    }
    return total(operands).addingSaturated(operands.count - 1 - negations + (signs == operands.count ? 1 : 0))
  }

  private static func countProduct(_ factors: [Node], _ operands: [Int]) -> Int {
    var numerator: [Int] = []
    var denominator: [Int] = []
    var sign = 0
    for (position, (factor, count)) in zip(factors, operands).enumerated() {
      if let number = factor.number {
        // A leading negative coefficient is one negation, and -1 is nothing else.
        if position == 0, number.isNegative { sign = 1 }
        let size = position == 0 ? number.magnitude : number
        if case .rational(let fraction) = size {
          if fraction.numerator != 1 { numerator.append(fraction < .zero ? 1 : 0) }
          if !fraction.isInteger { denominator.append(0) }
        } else {
          numerator.append(0)
        }
      } else if factor.head == .power, let exponent = factor.operands[1].number, exponent.isNegative {
        // b^(-n) is under the bar as b^n: without the sign of the exponent, and without the power where n is 1.
        denominator.append(exponent == .minusOne ? count - 1 : count - (exponent.rational == nil ? 0 : 1))
      } else if factor.isCall("exp"), let argument = factor.operands[0].leadingCoefficient, argument.isNegative {
        denominator.append(count - 1)
      } else {
        numerator.append(count)
      }
    }
    let products = max(0, numerator.count - 1) + max(0, denominator.count - 1)
    return total(numerator + denominator).addingSaturated(sign + products + (denominator.isEmpty ? 0 : 1))
  }

  private var leadingCoefficient: Number? { number ?? (head == .product ? operands[0].number : nil) }
}

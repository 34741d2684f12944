// Functions with kinks and steps. Their derivatives at a kink are PyTorch's: 0 for abs and relu, half to each side of a tie for max and
// min. The derivative of a step is 0 everywhere, as automatic differentiation has it, not the distribution.

extension Function {
  static let abs: Function = .init(
    "abs", value: { $0.magnitude }, complex: { $0.re < 0 ? -$0 : $0.re > 0 ? $0 : Complex(0) },
    derivative: { .call(.sign, [$0]) }, antiderivative: { $0 * .abs($0) / 2 },
    identity: { x in
      if let number = x.node.number { return Formula(Node.number(number.magnitude)) }
      if x == .pi || x == .e { return x }
      return x.node.isNonnegative() ? x : nil
    }, symmetry: .even, latex: .delimiters("\\left|", "\\right|"))

  static let sign: Function = .init(
    "sign", aliases: ["sgn"], value: { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }, complex: { Complex($0.re > 0 ? 1 : $0.re < 0 ? -1 : $0.re) },
    derivative: { _ in 0 }, antiderivative: { .abs($0) },
    identity: { x in x.node.number.flatMap { $0.value.isNaN ? nil : $0.isZero ? 0 : $0.isNegative ? -1 : 1 } }, symmetry: .odd)

  static let relu: Function = .init(
    "relu", value: { $0 > 0 ? $0 : $0.isNaN ? $0 : 0 }, complex: { $0.re > 0 ? $0 : $0.re.isNaN ? $0 : Complex(0) },
    derivative: { .call(.step, [$0]) }, antiderivative: { $0 * .call(.relu, [$0]) / 2 },
    identity: { x in
      if let number = x.node.number { return number.value.isNaN ? nil : number.isNegative ? 0 : x }
      return x.node.isCall("relu") || x.node.isCall("abs") || x.node.isCall("exp") ? x : nil
    })

  static let step: Function = .init(
    "step", value: { $0 > 0 ? 1 : $0.isNaN ? $0 : 0 }, complex: { Complex($0.re > 0 ? 1 : $0.re.isNaN ? $0.re : 0) },
    derivative: { _ in 0 }, antiderivative: { .call(.relu, [$0]) },
    identity: { x in x.node.number.flatMap { $0.value.isNaN ? nil : $0.value > 0 ? 1 : 0 } })

  static let floor: Function = .init(
    "floor", value: { $0.rounded(.down) }, complex: { Complex($0.re.rounded(.down)) }, derivative: { _ in 0 },
    identity: { x in x.node.number?.rational.map { Formula($0.floor) } }, latex: .delimiters("\\left\\lfloor ", "\\right\\rfloor"))

  static let ceil: Function = .init(
    "ceil", value: { $0.rounded(.up) }, complex: { Complex($0.re.rounded(.up)) }, derivative: { _ in 0 },
    identity: { x in x.node.number?.rational.map { Formula(-$0.negated.floor) } }, latex: .delimiters("\\left\\lceil ", "\\right\\rceil"))

  static let round: Function = .init(
    "round", value: { $0.rounded(.toNearestOrEven) }, complex: { Complex($0.re.rounded(.toNearestOrEven)) }, derivative: { _ in 0 },
    symmetry: .odd)

  static let max: Function = .init(
    "max", value: { $0.isNaN || $1.isNaN ? .nan : Swift.max($0, $1) },
    complex: { $0.re > $1.re ? $0 : $0.re < $1.re ? $1 : 0.5 * ($0 + $1) },
    partials: { x, y in
      let share = (1 + .call(.sign, [x - y])) / 2
      return (share, 1 - share)
    },
    identity: { extremum($0, $1) { $0 < $1 } }, latex: .command("\\max"))

  static let min: Function = .init(
    "min", value: { $0.isNaN || $1.isNaN ? .nan : Swift.min($0, $1) },
    complex: { $0.re < $1.re ? $0 : $0.re > $1.re ? $1 : 0.5 * ($0 + $1) },
    partials: { x, y in
      let share = (1 + .call(.sign, [y - x])) / 2
      return (share, 1 - share)
    },
    identity: { extremum($0, $1) { $1 < $0 } }, latex: .command("\\min"))

  static let piecewiseFamily: [Function] = [abs, sign, relu, step, floor, ceil, round, max, min]
}

/// The extremum of equal formulas or of two numbers.
private func extremum(_ x: Formula, _ y: Formula, isLess: (Double, Double) -> Bool) -> Formula? {
  if x == y { return x }
  guard let a = x.node.number, let b = y.node.number, !a.value.isNaN, !b.value.isNaN else { return nil }
  return isLess(a.value, b.value) ? y : x
}

extension Node {
  /// Whether the form shows that the value is not negative: squares, roots, exponentials, and sums and products of such. Looks four levels
  /// deep.
  fileprivate func isNonnegative(levels: Int = 4) -> Bool {
    guard levels > 0, operands.count <= 64 else { return false }
    switch head {
    case .constant(let constant): return constant.value >= 0
    case .variable: return false
    case .call(let function): return [.abs, .exponential, .relu, .sigmoid, .softplus, .hyperbolicCosine, .step].contains(function)
    case .sum, .product: return operands.allSatisfy { $0.isNonnegative(levels: levels - 1) }
    case .power:
      guard let exponent = operands[1].number else { return operands[0].isNonnegative(levels: levels - 1) }
      return exponent.integer.map { $0 % 2 == 0 } ?? true || operands[0].isNonnegative(levels: levels - 1)
    }
  }
}

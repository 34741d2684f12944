public import ChainRule
public import ChainRuleSymbolic

extension Formula {
  /// The formula as a function of tensors, one for each variable in the order given, so that automatic differentiation and
  /// evaluation on whole arrays apply to it.
  ///
  /// ```swift
  /// let f = try Formula("x^2 * sin(x)").tensorFunction(["x"])
  /// grad { f([$0]) }(Tensor(2.0, dtype: .float64))
  /// ```
  /// Elements are computed in the tensors' own type. Outside a function's domain a tensor holds NaN or an infinity where `evaluate`
  /// throws. Parts that occur more than once are computed once; numbers stay numbers, so `2*x` is one operation.
  ///
  /// - Throws: `EvaluationError.unboundVariable` for a variable that the list lacks.
  public func tensorFunction(_ variables: [String]) throws(EvaluationError) -> @Sendable ([Tensor]) -> Tensor {
    if let missing = self.variables.first(where: { !variables.contains($0) }) {
      throw .unboundVariable(name: missing, given: variables)
    }
    var builder = TensorProgram(variables)
    let result = fold(
      constant: { TensorProgram.constant($0) }, variable: { builder.variable($0) }, apply: { builder.apply($0, $1) })
    let whole = builder.whole(result), program = builder
    return { inputs in
      guard inputs.count == variables.count else {
        refuse(
          TensorError(
            .argument, "\(variables.count) tensors are needed, got \(inputs.count)",
            hint: "Give one for each of the variables \(variables.joined(separator: ", ")), in their order.", operation: "tensorFunction"))
        return Tensor.zeros(0)
      }
      return program.run(inputs, whole)
    }
  }
}

/// A formula as a list of tensor operations over numbered slots; the first slots are the variables.
struct TensorProgram: Sendable {
  typealias Step = @Sendable (_ slots: [Tensor]) -> Tensor

  /// An operand: a number, or a slot under a sign or a fraction bar that the operation it goes into takes over, so that `a - b` and
  /// `a / b`, which formulas keep as `a + (-1) b` and `a b^(-1)`, are one operation each.
  enum Operand: Sendable {
    case number(Double)
    case ratio(Double, Double)
    case slot(Int)
    case negated(Int)
    case reciprocal(Int)
    /// A negative number times the product of the rest, which a sum subtracts.
    indirect case multiple(Operand, [Operand])

    /// A negative number without its sign.
    var signless: Operand? {
      switch self {
      case .number(let value) where value < 0: .number(-value)
      case .ratio(let numerator, let denominator) where numerator < 0: .ratio(-numerator, denominator)
      default: nil
      }
    }

    var number: Double? {
      switch self {
      case .number(let value): value
      case .ratio(let numerator, let denominator): numerator / denominator
      default: nil
      }
    }
  }

  private var steps: [Step] = []
  private let variableCount: Int
  private var place: [String: Int] = [:]

  init(_ variables: [String]) {
    variableCount = variables.count
    for (index, name) in variables.enumerated() { place[name] = index }
  }

  static func constant(_ constant: Formula.Constant) -> Operand {
    if case .number(.rational(let fraction)) = constant, !fraction.isInteger {
      return .ratio(Double(fraction.numerator), Double(fraction.denominator))
    }
    return .number(constant.value)
  }

  func variable(_ name: String) -> Operand { .slot(place[name] ?? 0) }

  func run(_ inputs: [Tensor], _ result: Operand) -> Tensor {
    var slots = inputs
    slots.reserveCapacity(inputs.count + steps.count)
    for step in steps { slots.append(step(slots)) }
    switch result {
    case .slot(let index): return slots[index]
    case .negated(let index): return -slots[index]
    case .reciprocal(let index): return slots[index].reciprocal()
    case .multiple: fatalError("a product is materialized before it is a result")
    case .number, .ratio:
      let value = result.number ?? .nan
      return inputs.first.map { Tensor.full(like: $0, value) } ?? Tensor(value, dtype: .float64)
    }
  }

  private mutating func add(_ step: @escaping Step) -> Operand {
    steps.append(step)
    return .slot(variableCount + steps.count - 1)
  }

  /// The result, which nothing takes over: a product of its own.
  mutating func whole(_ result: Operand) -> Operand {
    guard case .multiple = result, let index = materialized(result) else { return result }
    return .slot(index)
  }

  /// The slot that holds the operand's value, which may take an operation; nil for a number.
  private mutating func materialized(_ operand: Operand) -> Int? {
    let made: Operand
    switch operand {
    case .number, .ratio: return nil
    case .slot(let index): return index
    case .negated(let index): made = add { -$0[index] }
    case .reciprocal(let index): made = add { $0[index].reciprocal() }
    case .multiple(let factor, let rest): made = multiplied([factor] + rest)
    }
    guard case .slot(let index) = made else { return nil }
    return index
  }

  mutating func apply(_ operation: Formula.Operation, _ operands: [Operand]) -> Operand {
    switch operation {
    case .add: sum(operands)
    case .multiply: product(operands)
    case .power: power(operands[0], operands[1])
    case .function(let function): call(function.name, operands)
    }
  }

  // MARK: Sums and products

  private mutating func sum(_ terms: [Operand]) -> Operand {
    let terms = terms.enumerated().map { position, term -> Operand in
      switch term {
      case .reciprocal: return materialized(term).map { .slot($0) } ?? term
      case .multiple(let factor, let rest) where position > 0:
        // `x - 2*y`, which formulas keep as `x + (-2)*y`.
        let positive = multiplied([factor.signless ?? factor] + rest)
        return materialized(positive).map { .negated($0) } ?? positive
      case .multiple: return materialized(term).map { .slot($0) } ?? term
      default: return term
      }
    }
    // Several slots are summed in one step of many operations; a lone one stays itself.
    if terms.allSatisfy({ $0.number != nil }) { return .number(terms.reduce(0) { $0 + ($1.number ?? 0) }) }
    return add { slots in
      var total: Accumulated = .number(0)
      for (position, term) in terms.enumerated() {
        switch term {
        case .slot(let index): total = position == 0 ? .tensor(slots[index]) : total.plus(slots[index])
        case .negated(let index): total = position == 0 ? .tensor(-slots[index]) : total.minus(slots[index])
        default: total = position == 0 ? .number(term.number ?? 0) : total.plus(term.number ?? 0)
        }
      }
      return total.tensor
    }
  }

  private mutating func product(_ factors: [Operand]) -> Operand {
    let factors = factors.map { factor -> Operand in
      guard case .multiple = factor, let index = materialized(factor) else { return factor }
      return .slot(index)
    }
    if factors.allSatisfy({ $0.number != nil }) { return .number(factors.reduce(1) { $0 * ($1.number ?? 1) }) }
    if factors.count > 1, factors[0].number == -1 {
      let rest = factors.count == 2 ? factors[1] : product(Array(factors.dropFirst()))
      switch rest {
      case .slot(let index): return .negated(index)
      case .negated(let index): return .slot(index)
      case .reciprocal: return materialized(rest).map { .negated($0) } ?? rest
      case .number, .ratio, .multiple: break
      }
    }
    if factors[0].signless != nil { return .multiple(factors[0], Array(factors.dropFirst())) }
    return multiplied(factors)
  }

  private mutating func multiplied(_ factors: [Operand]) -> Operand {
    add { slots in
      var total: Accumulated = .number(1)
      for (position, factor) in factors.enumerated() {
        switch factor {
        case .slot(let index): total = position == 0 ? .tensor(slots[index]) : total.times(slots[index])
        case .negated(let index): total = position == 0 ? .tensor(-slots[index]) : total.times(-slots[index])
        case .reciprocal(let index): total = total.over(slots[index])
        case .ratio(let numerator, let denominator): total = total.times(numerator).over(denominator)
        case .number(let value): total = total.times(value)
        case .multiple: fatalError("a product is materialized before it is a factor")
        }
      }
      return total.tensor
    }
  }

  // MARK: Powers and functions

  private mutating func power(_ base: Operand, _ exponent: Operand) -> Operand {
    if let b = base.number {
      if let n = exponent.number { return .number(Self.constantPower(b, n)) }
      guard let index = materialized(exponent) else { return .number(.nan) }
      // e is spelled as the nearest double by every route.
      if b == Self.constant(.e).number { return add { $0[index].exp() } }
      return add { Tensor.pow(b, $0[index]) }
    }
    guard let index = materialized(base) else { return .number(.nan) }
    switch exponent {
    case .number(-1): return .reciprocal(index)
    case .number(let n):
      if let integer = Int(exactly: n) { return add { $0[index].pow(integer) } }
      return add { $0[index].pow(n) }
    case .ratio(1, 2): return add { $0[index].sqrt() }
    case .ratio(let numerator, let denominator): return add { $0[index].pow(numerator / denominator) }
    default:
      guard let power = materialized(exponent) else { return .number(.nan) }
      return add { $0[index].pow($0[power]) }
    }
  }

  /// A power of numbers, by the same kernel as a power of tensors.
  private static func constantPower(_ base: Double, _ exponent: Double) -> Double {
    noGrad { Tensor(base, dtype: .float64).pow(exponent).item() }
  }

  private mutating func call(_ name: String, _ arguments: [Operand]) -> Operand {
    let slots = arguments.map { materialized($0) }
    let numbers = arguments.map { $0.number ?? .nan }
    @Sendable func argument(_ position: Int, _ values: [Tensor]) -> Tensor {
      if let slot = slots[position] { return values[slot] }
      let model = slots.compactMap { $0 }.first.map { values[$0] }
      return model.map { Tensor.full(like: $0, numbers[position]) } ?? Tensor(numbers[position], dtype: .float64)
    }
    let step: Step
    if let function = TensorRules.unary[name] {
      step = { function(argument(0, $0)) }
    } else if let function = TensorRules.binary[name] {
      step = { function(argument(0, $0), argument(1, $0)) }
    } else {
      fatalError("the function \(name) has no tensor operation: give it one in TensorRules")
    }
    // Of numbers alone it is a number.
    return slots.allSatisfy { $0 == nil } ? .number(noGrad { step([]).item() }) : add(step)
  }
}

/// A sum or product under way: a number until the first tensor comes.
private enum Accumulated {
  case number(Double)
  case tensor(Tensor)

  var tensor: Tensor {
    switch self {
    case .number(let value): Tensor(value, dtype: .float64)
    case .tensor(let value): value
    }
  }

  func plus(_ other: Double) -> Accumulated {
    switch self {
    case .number(let value): .number(value + other)
    // Subtraction is written as such.
    case .tensor(let value): .tensor(other < 0 ? value - -other : value + other)
    }
  }

  func plus(_ other: Tensor) -> Accumulated {
    switch self {
    case .number(let value): .tensor(value + other)
    case .tensor(let value): .tensor(value + other)
    }
  }

  func minus(_ other: Tensor) -> Accumulated {
    switch self {
    case .number(let value): .tensor(value - other)
    case .tensor(let value): .tensor(value - other)
    }
  }

  func times(_ other: Double) -> Accumulated {
    switch self {
    case .number(let value): .number(value * other)
    case .tensor(let value): .tensor(other == 1 ? value : value * other)
    }
  }

  func times(_ other: Tensor) -> Accumulated {
    switch self {
    case .number(let value): .tensor(value == 1 ? other : value * other)
    case .tensor(let value): .tensor(value * other)
    }
  }

  func over(_ other: Double) -> Accumulated {
    switch self {
    case .number(let value): .number(value / other)
    case .tensor(let value): .tensor(value / other)
    }
  }

  func over(_ other: Tensor) -> Accumulated {
    switch self {
    // One division, as evaluation does it; `value / other` of the core multiplies by the reciprocal, as PyTorch does.
    case .number(let value): .tensor(value == 1 ? other.reciprocal() : Tensor(value, dtype: other.dtype) / other)
    case .tensor(let value): .tensor(value / other)
    }
  }
}

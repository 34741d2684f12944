import ChainRule
import ChainRuleSymbolic

extension Formula {
  /// The formula as a function of tensors, one for each variable in the order given.
  func tensorFunction(_ variables: [String]) throws(EvaluationError) -> @Sendable ([Tensor]) -> Tensor {
    if let missing = self.variables.first(where: { !variables.contains($0) }) {
      throw .unboundVariable(name: missing, given: variables)
    }
    let formula = self
    return { inputs in
      let result = formula.fold(
        constant: { FormulaOperand.number($0.value) },
        variable: { name in .tensor(inputs[variables.firstIndex(of: name) ?? 0]) }, apply: FormulaOperand.apply)
      return result.tensor
    }
  }
}

/// An operand: a number, or a tensor under a sign or fraction bar that the operation it goes into takes over.
private enum FormulaOperand {
  case number(Double)
  case tensor(Tensor)
  case negated(Tensor)
  case reciprocal(Tensor)

  var tensor: Tensor {
    switch self {
    case .number(let value): Tensor(value)
    case .tensor(let t): t
    case .negated(let t): -t
    case .reciprocal(let t): t.reciprocal()
    }
  }

  static func apply(_ operation: Formula.Operation, _ operands: [FormulaOperand]) -> FormulaOperand {
    switch operation {
    case .add: operands.dropFirst().reduce(operands[0], sum)
    case .multiply: operands.dropFirst().reduce(operands[0], product)
    case .power:
      switch (operands[0], operands[1]) {
      case (let base, .number(-1)): .reciprocal(base.tensor)
      case (let base, .number(let exponent)): .tensor(base.tensor.pow(exponent))
      case (let base, let exponent): .tensor(base.tensor.pow(exponent.tensor))
      }
    case .function(let function): .tensor(call(function.name, operands.map(\.tensor)))
    }
  }

  private static func sum(_ a: FormulaOperand, _ b: FormulaOperand) -> FormulaOperand {
    switch (a, b) {
    case (.number(let x), .number(let y)): .number(x + y)
    case (.number(let x), .negated(let y)): .tensor(x - y)
    case (.number(let x), _): .tensor(b.tensor + x)
    case (_, .number(let y)): y < 0 ? .tensor(a.tensor - (-y)) : .tensor(a.tensor + y)
    case (.negated(let x), .tensor(let y)): .tensor(y - x)
    case (_, .negated(let y)): .tensor(a.tensor - y)
    default: .tensor(a.tensor + b.tensor)
    }
  }

  private static func product(_ a: FormulaOperand, _ b: FormulaOperand) -> FormulaOperand {
    switch (a, b) {
    case (.number(let x), .number(let y)): .number(x * y)
    case (.number(-1), _): .negated(b.tensor)
    case (.number(let x), .reciprocal(let y)): .tensor(x / y)
    case (.number(let x), _): .tensor(x * b.tensor)
    case (_, .number(let y)): .tensor(a.tensor * y)
    case (.negated(let x), _): .negated(product(.tensor(x), b).tensor)
    case (_, .reciprocal(let y)): .tensor(a.tensor / y)
    case (.reciprocal(let x), _): .tensor(b.tensor / x)
    default: .tensor(a.tensor * b.tensor)
    }
  }

  private static func call(_ name: String, _ x: [Tensor]) -> Tensor {
    switch name {
    case "exp": x[0].exp()
    case "log": x[0].log()
    case "sin": x[0].sin()
    case "cos": x[0].cos()
    case "tan": x[0].tan()
    case "tanh": x[0].tanh()
    case "sigmoid": x[0].sigmoid()
    case "relu": x[0].relu()
    case "abs": x[0].abs()
    case "max": x[0].maximum(x[1])
    case "min": x[0].minimum(x[1])
    default: Tensor(Double.nan)
    }
  }
}

import CKernels

/// An operation that small programs have: what it and its rule are in calls of kernels, the same that the operation itself makes.
protocol SmallOperation: Operation {
  /// Adds the operation; false where it has no form there.
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool
  /// Adds the rule for the gradients wanted, given that of the result.
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool
}

extension Add: SmallOperation {
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool { program.binary(CR_ADD, x[0], x[1], y) }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool {
    program.share(rule.gradients[0], dy) && program.share(rule.gradients[1], dy)
  }
}

extension Subtract: SmallOperation {
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool { program.binary(CR_SUB, x[0], x[1], y) }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool {
    program.unary(CR_NEG, dy, rule.gradients[1]) && program.share(rule.gradients[0], dy)
  }
}

extension Multiply: SmallOperation {
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool { program.binary(CR_MUL, x[0], x[1], y) }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool {
    program.binary(CR_MUL, dy, rule.inputs[1], rule.gradients[0]) && program.binary(CR_MUL, dy, rule.inputs[0], rule.gradients[1])
  }
}

extension AddScalar: SmallOperation {
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool { program.number(CR_ADD, x[0], scalar, y) }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool { program.share(rule.gradients[0], dy) }
}

extension SubtractScalar: SmallOperation {
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool { program.number(CR_SUB, x[0], scalar, y) }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool { program.share(rule.gradients[0], dy) }
}

extension SubtractFromScalar: SmallOperation {
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool { program.number(CR_SUB, x[0], scalar, first: true, y) }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool { program.unary(CR_NEG, dy, rule.gradients[0]) }
}

extension MultiplyScalar: SmallOperation {
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool { program.number(CR_MUL, x[0], scalar, y) }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool {
    program.number(CR_MUL, dy, scalar, rule.gradients[0])
  }
}

extension DivideScalar: SmallOperation {
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool { program.number(CR_DIV, x[0], scalar, y) }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool {
    program.number(CR_DIV, dy, Scalar(scalar.real), rule.gradients[0])
  }
}

extension Negate: SmallOperation {
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool { program.unary(CR_NEG, x[0], y) }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool { program.unary(CR_NEG, dy, rule.gradients[0]) }
}

extension PowerScalar: SmallOperation {
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool {
    exponent.real == 2 && program.unary(CR_SQUARE, x[0], y)
  }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool {
    exponent.real == 2 && program.product(dy, rule.inputs[0], times: Scalar(2), rule.gradients[0])
  }
}

extension Relu: SmallOperation {
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool { program.unary(CR_RELU, x[0], y) }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool {
    program.binary(CR_RELU_BACKWARD, dy, rule.outputs[0], rule.gradients[0])
  }
}

extension Sigmoid: SmallOperation {
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool { program.unary(CR_SIGMOID, x[0], y) }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool {
    program.binary(CR_SIGMOID_BACKWARD, dy, rule.outputs[0], rule.gradients[0])
  }
}

extension HyperbolicTangent: SmallOperation {
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool { program.unary(CR_TANH, x[0], y) }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool {
    program.binary(CR_TANH_BACKWARD, dy, rule.outputs[0], rule.gradients[0])
  }
}

extension Sum: SmallOperation {
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool { over.isAll && program.reduce(CR_SUM, x[0], y) }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool {
    over.isAll && program.spread(dy, dividedBy: 1, rule.gradients[0])
  }
}

extension Mean: SmallOperation {
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool { over.isAll && program.reduce(CR_MEAN, x[0], y) }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool {
    over.isAll && program.spread(dy, dividedBy: from.elements, rule.gradients[0])
  }
}

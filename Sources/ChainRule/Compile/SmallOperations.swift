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
    let whole = program.shape(dy)
    return program.binary(CR_MUL, dy, rule.inputs[1], rule.gradients[0], of: whole)
      && program.binary(CR_MUL, dy, rule.inputs[0], rule.gradients[1], of: whole)
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
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool { program.reduce(CR_SUM, x[0], over, y) }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool {
    over.isAll && program.spread(dy, dividedBy: 1, rule.gradients[0])
  }
}

extension Mean: SmallOperation {
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool { program.reduce(CR_MEAN, x[0], over, y) }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool {
    over.isAll && program.spread(dy, dividedBy: from.elements, rule.gradients[0])
  }
}

extension SumTo: SmallOperation {
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool { program.sumTo(x[0], y) }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool {
    program.view(dy, rule.gradients[0], transpose)
  }
}

/// An operation whose result is a view of its input. Its rule is taken where that is a view of the gradient, or is given by the operation.
protocol SmallView: SmallOperation, LinearOperation {}

extension SmallView {
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool { program.view(x[0], y) { try? forward($0) } }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool { program.view(dy, rule.gradients[0], transpose) }
}

extension Reshape: SmallView {}
extension Permute: SmallView {}
extension Unsqueeze: SmallView {}
extension Squeeze: SmallView {}
extension Slice: SmallView {}
extension Select: SmallView {}

extension Expand: SmallView {
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool {
    rule.gradients[0].map { program.sumTo(dy, $0) } ?? true
  }
}

extension Split: SmallOperation {
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool { program.view(x[0], y) { try? forward([$0])[0] } }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool { false }
}

extension PutRegion: SmallOperation {
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool {
    program.put(x[1], into: x[0], region.place, y)
  }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool { false }
}

extension Matmul: SmallOperation {
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool {
    program.shape(y).rank == 2 && program.matrices(x[0], x[1], y)
  }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool {
    program.shape(dy).rank == 2 && program.matrices(dy, rule.inputs[1], transposed: (false, true), rule.gradients[0])
      && program.matrices(rule.inputs[0], dy, transposed: (true, false), rule.gradients[1])
  }
}

extension LinearMap: SmallOperation {
  func addForward(to program: inout SmallBuilder, _ x: [Slot], _ y: Slot) -> Bool {
    program.shape(x[0]).rank == 2 && program.matrices(x[0], x[1], transposed: (false, true), bias: x.count > 2 ? x[2] : nil, y)
  }
  func addRule(to program: inout SmallBuilder, _ rule: AppliedRule, _ dy: Slot) -> Bool {
    guard program.shape(dy).rank == 2, program.matrices(dy, rule.inputs[1], rule.gradients[0]),
      program.matrices(dy, rule.inputs[0], transposed: (true, false), rule.gradients[1])
    else { return false }
    guard rule.gradients.count > 2, let db = rule.gradients[2] else { return true }
    return program.reduce(CR_SUM, dy, ReducedDims(dims: [0], keepDim: false), db)
  }
}

/// A place that holds a tensor while a plan runs.
typealias Slot = Int

/// One thing that a plan does.
enum PlanStep {
  /// An operation, from its inputs to its outputs.
  case apply(Applied)
  /// The rule of an operation's node: from the gradients of its outputs to those of its inputs.
  case rule(AppliedRule)
  /// A leaf's value.
  case readLeaf(LeafNode, Slot)
  /// A leaf's gradient.
  case readGradient(LeafNode, Slot)
  /// A new value for a leaf.
  case write(LeafNode, Slot)
  /// A gradient added to a leaf's.
  case accumulate(LeafNode, Slot)
  /// A leaf's gradient replaced, or forgotten.
  case assignGradient(LeafNode, Slot?)
  /// Random numbers.
  case draw(Draw, Slot)
  /// What is no computation on tensors alone, such as an optimizer's step: done again as it is.
  case call(HostCall)
}

/// An operation with the places of its inputs and outputs.
struct Applied {
  let operation: ArityOperation
  let inputs: [Slot]
  let outputs: [Slot]
}

/// The rule of an operation, with the places of what it takes and gives.
struct AppliedRule {
  let operation: ArityOperation
  /// The inputs and outputs of the operation.
  let inputs: [Slot]
  let outputs: [Slot]
  /// Those of them that the operation saved, nil where it did not.
  let savedInputs: [Slot?]
  let savedOutputs: [Slot?]
  /// The gradients of the outputs, nil where none arrived.
  let cotangents: [Slot?]
  /// Which inputs' gradients are wanted.
  let needs: [Bool]
  /// What the gradients of the inputs are made to fit, where the node does that.
  let forms: [InputForm?]
  /// The gradients of the inputs, nil where there is none.
  let gradients: [Slot?]
}

/// A fill of fresh elements from a generator.
struct Draw {
  let shape: [Int]
  let dtype: DType
  /// nil for the default one, which is looked up at each run.
  let generator: Generator?
  let fill: Generator.Fill

  func result() -> Tensor { Tensor.filled(shape, dtype, generator, fill) }
}

/// A call of the program's own objects.
struct HostCall {
  let name: String
  let inputs: [Slot]
  let outputs: [Slot]
  let body: ([Tensor]) -> [Tensor]
}

/// An operation under the protocol of its arity, so that a plan calls its own functions without arrays.
enum ArityOperation {
  case unary(any UnaryOperation)
  case binary(any BinaryOperation)
  case affine(any AffineOperation)
  case variadic(any VariadicOperation)

  init(_ op: ErasedOperation) {
    switch op.value {
    case let op as any UnaryOperation: self = .unary(op)
    case let op as any BinaryOperation: self = .binary(op)
    case let op as any AffineOperation: self = .affine(op)
    case let op as any VariadicOperation: self = .variadic(op)
    default: preconditionFailure("\(op.value.name) is of no arity")
    }
  }

  var erased: ErasedOperation {
    switch self {
    case .unary(let op): ErasedOperation(value: op)
    case .binary(let op): ErasedOperation(value: op)
    case .affine(let op): ErasedOperation(value: op)
    case .variadic(let op): ErasedOperation(value: op)
    }
  }
}

extension PlanStep {
  /// The places that the step reads.
  var reads: [Slot] {
    switch self {
    case .apply(let step): step.inputs
    case .rule(let step): (step.savedInputs + step.savedOutputs + step.cotangents).compactMap { $0 }
    case .readLeaf, .readGradient, .draw: []
    case .write(_, let slot), .accumulate(_, let slot): [slot]
    case .assignGradient(_, let slot): slot.map { [$0] } ?? []
    case .call(let step): step.inputs
    }
  }

  /// The places that the step fills.
  var writes: [Slot] {
    switch self {
    case .apply(let step): step.outputs
    case .rule(let step): step.gradients.compactMap { $0 }
    case .readLeaf(_, let slot), .readGradient(_, let slot), .draw(_, let slot): [slot]
    case .write, .accumulate, .assignGradient: []
    case .call(let step): step.outputs
    }
  }

  /// The same step with other places where `names` has them for what it reads.
  func renaming(_ names: [Slot: Slot]) -> PlanStep {
    func new(_ slot: Slot) -> Slot { names[slot] ?? slot }
    func new(_ slots: [Slot?]) -> [Slot?] { slots.map { $0.map { new($0) } } }
    if names.isEmpty { return self }
    switch self {
    case .apply(let step):
      return .apply(Applied(operation: step.operation, inputs: step.inputs.map { new($0) }, outputs: step.outputs))
    case .rule(let step):
      return .rule(
        AppliedRule(
          operation: step.operation, inputs: step.inputs.map { new($0) }, outputs: step.outputs.map { new($0) },
          savedInputs: new(step.savedInputs), savedOutputs: new(step.savedOutputs), cotangents: new(step.cotangents), needs: step.needs,
          forms: step.forms, gradients: step.gradients))
    case .readLeaf, .readGradient, .draw: return self
    case .write(let leaf, let slot): return .write(leaf, new(slot))
    case .accumulate(let leaf, let slot): return .accumulate(leaf, new(slot))
    case .assignGradient(let leaf, let slot): return .assignGradient(leaf, slot.map { new($0) })
    case .call(let step):
      return .call(HostCall(name: step.name, inputs: step.inputs.map { new($0) }, outputs: step.outputs, body: step.body))
    }
  }

  /// Whether nothing is left of the step where nobody reads what it fills.
  var isPure: Bool {
    switch self {
    case .apply, .rule, .readLeaf, .readGradient: true
    case .write, .accumulate, .assignGradient, .draw, .call: false
    }
  }

  /// The step as a line, without places: the same for two steps that do the same.
  var text: String {
    switch self {
    case .apply(let step): Self.text(step.operation)
    case .rule(let step): "rule of \(Self.text(step.operation))"
    case .readLeaf(let leaf, _): "value of \(Self.text(leaf))"
    case .readGradient(let leaf, _): "gradient of \(Self.text(leaf))"
    case .write(let leaf, _): "new value of \(Self.text(leaf))"
    case .accumulate(let leaf, _): "add to the gradient of \(Self.text(leaf))"
    case .assignGradient(let leaf, let slot): "\(slot == nil ? "forget" : "replace") the gradient of \(Self.text(leaf))"
    case .draw(let draw, _): "random numbers \(draw.shape) \(draw.dtype)"
    case .call(let step): step.name
    }
  }

  private static func text(_ operation: ArityOperation) -> String {
    let op = operation.erased.value, attributes = op.attributes.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
    return attributes.isEmpty ? op.name : "\(op.name)(\(attributes))"
  }

  private static func text(_ leaf: LeafNode) -> String {
    leaf.extra?.names[0].map { "\"\($0)\"" } ?? "a \(leaf.isParameter ? "parameter" : "leaf") \(Array(leaf.current.shape))"
  }
}

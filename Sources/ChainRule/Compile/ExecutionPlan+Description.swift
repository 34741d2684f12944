extension ExecutionPlan {
  /// One step, to look at.
  public struct Step: Sendable {
    /// What kind of thing it does.
    public enum Kind: String, Sendable {
      /// An operation, or the rule of one: the chain rule for its node.
      case operation, rule
      /// A leaf's value or gradient is read.
      case value, gradient
      /// A leaf's value or gradient is written.
      case write
      /// Random numbers.
      case draw
      /// Something of the program's own, such as an optimizer's step.
      case call
    }

    /// What kind of thing it does.
    public let kind: Kind
    /// What it does, in words.
    public let text: String
    /// The places that it reads. The first are the arguments.
    public let inputs: [Int]
    /// The places that it fills.
    public let outputs: [Int]
    /// The shapes of what it fills.
    public let shapes: [[Int]]
    /// The types of what it fills.
    public let dtypes: [DType]
    /// Floating-point operations, two a multiply-add.
    public let flops: Double
    /// The places that nobody reads afterwards: their memory is free from here on.
    public let last: [Int]
  }

  /// The steps, in their order.
  public var steps: [Step] {
    program.indices.map { i in
      let step = program[i], outputs = step.writes
      return Step(
        kind: step.kind, text: step.text, inputs: step.reads, outputs: outputs, shapes: outputs.map { Array(forms[$0].shape) },
        dtypes: outputs.map { forms[$0].dtype }, flops: flops[i], last: last[i])
    }
  }

  /// The most bytes that results of steps take at one time, where each has memory of its own: views, and what elementwise neighbours hand
  /// on without memory, take less. Parameters, gradients and the state of optimizers are not among them.
  public var peakBytes: Int {
    var now = 0, most = 0
    for (step, last) in zip(program, last) {
      let isFresh =
        switch step {
        case .apply, .rule, .draw, .call: true
        default: false
        }
      if isFresh { for slot in step.writes { now += bytes(slot) } }
      most = max(most, now)
      for slot in last where made.contains(slot) { now -= bytes(slot) }
    }
    return most
  }

  /// The bytes of the parameters that the plan reads, and with them those of their gradients.
  public var leafBytes: Int {
    var seen: Set<ObjectIdentifier> = []
    return program.reduce(0) { sum, step in
      guard case .readLeaf(let leaf, let slot) = step, seen.insert(ObjectIdentifier(leaf)).inserted else { return sum }
      return sum + bytes(slot)
    }
  }

  /// What a step is part of, and the bytes that it reads and writes.
  func costs(_ step: Int) -> (phase: Profile.Phase, bytes: Int) {
    let phase: Profile.Phase =
      switch program[step] {
      case .apply, .readLeaf, .readGradient, .draw: .forward
      case .rule, .accumulate: .backward
      case .write, .assignGradient, .call: .update
      }
    return (phase, (program[step].reads + program[step].writes).reduce(0) { $0 + bytes($1) })
  }

  private func bytes(_ slot: Slot) -> Int { forms[slot].shape.elements * forms[slot].dtype.size }

  /// The places whose elements a step makes.
  private var made: Set<Slot> {
    Set(
      program.flatMap { step -> [Slot] in
        switch step {
        case .apply, .rule, .draw, .call: step.writes
        default: []
        }
      })
  }
}

extension ExecutionPlan: CustomStringConvertible {
  /// A line for each step: the places it fills, what it does with which places, and shape and type.
  ///
  ///     plan of 5 steps, 1 argument (%0), 144 FLOP, at most 48 B of results at a time
  ///        1  %2 = mul (scalar) of %0     [3] float32
  public var description: String {
    let arguments =
      argumentCount == 0
      ? "no arguments"
      : "\(argumentCount) argument\(argumentCount == 1 ? "" : "s") (%0\(argumentCount > 1 ? "...%\(argumentCount - 1)" : ""))"
    var text =
      "plan of \(program.count) steps, \(arguments), \(Self.short(flops.reduce(0, +))) FLOP, at most \(peakBytes) B of results at a time\n"
    let width = String(program.count).count
    for (i, step) in steps.enumerated() {
      let number = String(i + 1), filled = step.outputs.map { "%\($0)" }.joined(separator: ", ")
      let read = step.inputs.map { "%\($0)" }.joined(separator: ", ")
      let form = zip(step.shapes, step.dtypes).map { "\($0) \($1.name)" }.joined(separator: ", ")
      var line = String(repeating: " ", count: width - number.count) + number + "  "
      if !filled.isEmpty { line += "\(filled) = " }
      line += step.text
      if !read.isEmpty { line += " of \(read)" }
      if !form.isEmpty { line += "  \(form)" }
      text += line + "\n"
    }
    let results = outputs.map { $0.slot.map { "%\($0)" } ?? "a leaf" }.joined(separator: ", ")
    return text + (outputs.isEmpty ? "returns nothing" : "returns \(results)")
  }

  private static func short(_ value: Double) -> String { value < 1e15 ? String(Int(value)) : "\(value)" }
}

extension PlanStep {
  fileprivate var kind: ExecutionPlan.Step.Kind {
    switch self {
    case .apply: .operation
    case .rule: .rule
    case .readLeaf: .value
    case .readGradient: .gradient
    case .write, .accumulate, .assignGradient: .write
    case .draw: .draw
    case .call: .call
    }
  }

  /// The floating-point operations of the step, with what its places held when it was recorded.
  func flops(_ boxes: [TensorBox]) -> Double {
    func tensors(_ slots: [Slot]) -> [Tensor] { slots.map { Tensor(boxes[$0]) } }
    switch self {
    case .apply(let step): return step.operation.erased.value.flops(tensors(step.inputs), tensors(step.outputs))
    case .rule(let step):
      let op = step.operation.erased.value, inputs = tensors(step.inputs)
      return op.backwardFlops(op.flops(inputs, tensors(step.outputs)), inputs, needs: step.needs)
    default: return 0
    }
  }
}

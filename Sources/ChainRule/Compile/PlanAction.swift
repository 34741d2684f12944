/// A step of a plan, ready to run: a class with its places as numbers, so that a run copies and counts nothing that it need not.
class PlanAction {
  /// Takes what it needs out of the places and puts there what it makes.
  func run(_ places: Places) throws(TensorError) {}

  /// The same, with the error for a result: what a caller that only looks at the action can be given.
  @inline(__always)
  final func error(running places: Places) -> TensorError? {
    do throws(TensorError) {
      try run(places)
      return nil
    } catch {
      return error
    }
  }

  static func made(of step: PlanStep) -> PlanAction {
    switch step {
    case .apply(let step):
      switch step.operation {
      case .unary(let op): return UnaryAction(op, step.inputs[0], step.outputs[0])
      case .binary(let op): return BinaryAction(op, step.inputs[0], step.inputs[1], step.outputs[0])
      default: return GeneralAction(step)
      }
    case .rule(let step):
      switch step.operation {
      case .unary(let op): return UnaryRule(op, step)
      case .binary(let op): return BinaryRule(op, step)
      case .affine(let op): return AffineRule(op, step)
      case .variadic(let op): return VariadicRule(op, step)
      }
    case .readLeaf(let leaf, let slot): return ValueAction(leaf, slot)
    case .readGradient(let leaf, let slot): return GradientAction(leaf, slot)
    case .write(let leaf, let slot): return WriteAction(leaf, slot)
    case .accumulate(let leaf, let slot): return AccumulateAction(leaf, slot)
    case .assignGradient(let leaf, let slot): return AssignAction(leaf, slot)
    case .draw(let draw, let slot): return DrawAction(draw, slot)
    case .call(let call): return CallAction(call)
    }
  }
}

/// What a plan computes with while it runs.
typealias Places = UnsafeMutablePointer<TensorBox?>

extension Places {
  fileprivate func tensor(_ slot: Slot) -> Tensor { Tensor(self[slot].unsafelyUnwrapped) }
  fileprivate func tensor(_ slot: Slot?) -> Tensor? { slot.map { tensor($0) } }
}

// MARK: Operations

private final class UnaryAction: PlanAction {
  let op: any UnaryOperation
  let x: Slot
  let y: Slot

  init(_ op: any UnaryOperation, _ x: Slot, _ y: Slot) {
    self.op = op
    self.x = x
    self.y = y
  }

  override func run(_ places: Places) throws(TensorError) {
    let x = places.tensor(x)
    places[y] = x.box.dtype.isNarrow ? try Narrow.outputs(ErasedOperation(value: op), [x])[0].box : try op.forward(x).box
  }
}

private final class BinaryAction: PlanAction {
  let op: any BinaryOperation
  let x: Slot
  let w: Slot
  let y: Slot

  init(_ op: any BinaryOperation, _ x: Slot, _ w: Slot, _ y: Slot) {
    self.op = op
    self.x = x
    self.w = w
    self.y = y
  }

  override func run(_ places: Places) throws(TensorError) {
    let x = places.tensor(x), w = places.tensor(w)
    let isNarrow = x.box.dtype.isNarrow || w.box.dtype.isNarrow
    places[y] = isNarrow ? try Narrow.outputs(ErasedOperation(value: op), [x, w])[0].box : try op.forward(x, w).box
  }
}

private final class GeneralAction: PlanAction {
  let op: ErasedOperation
  let inputs: [Slot]
  let outputs: [Slot]

  init(_ step: Applied) {
    op = step.operation.erased
    inputs = step.inputs
    outputs = step.outputs
  }

  override func run(_ places: Places) throws(TensorError) {
    let results = try Narrow.outputs(op, inputs.map { places.tensor($0) })
    for (slot, result) in zip(outputs, results) { places[slot] = result.box }
  }
}

// MARK: Rules

private final class UnaryRule: PlanAction {
  let op: any UnaryOperation
  let dy: Slot
  let x: Slot?
  let y: Slot?
  let dx: Slot?

  init(_ op: any UnaryOperation, _ step: AppliedRule) {
    self.op = op
    dy = step.cotangents[0].unsafelyUnwrapped
    x = step.savedInputs[0]
    y = step.savedOutputs[0]
    dx = step.gradients[0]
  }

  override func run(_ places: Places) throws(TensorError) {
    let result = op.vjp(places.tensor(dy), Saved(x: places.tensor(x), y: places.tensor(y)))
    if let dx { places[dx] = result.box }
  }
}

private final class BinaryRule: PlanAction {
  let op: any BinaryOperation
  let step: AppliedRule

  init(_ op: any BinaryOperation, _ step: AppliedRule) {
    self.op = op
    self.step = step
  }

  override func run(_ places: Places) throws(TensorError) {
    let saved = Saved(
      x: places.tensor(step.savedInputs[0]), w: places.tensor(step.savedInputs[1]), y: places.tensor(step.savedOutputs[0]),
      needsX: step.needs[0], needsW: step.needs[1])
    let (dx, dw) = op.vjp(places.tensor(step.cotangents[0].unsafelyUnwrapped), saved)
    if let slot = step.gradients[0], let dx { places[slot] = (step.forms[0]?.fit(dx) ?? dx).box }
    if let slot = step.gradients[1], let dw { places[slot] = (step.forms[1]?.fit(dw) ?? dw).box }
  }
}

private final class AffineRule: PlanAction {
  let op: any AffineOperation
  let step: AppliedRule

  init(_ op: any AffineOperation, _ step: AppliedRule) {
    self.op = op
    self.step = step
  }

  override func run(_ places: Places) throws(TensorError) {
    let saved = Saved(
      x: places.tensor(step.savedInputs[0]), w: places.tensor(step.savedInputs[1]), y: nil, needsX: step.needs[0], needsW: step.needs[1])
    let hasBias = step.needs.count > 2
    let (dx, dw, db) = op.vjp(
      places.tensor(step.cotangents[0].unsafelyUnwrapped), saved, needsB: hasBias && step.needs[2])
    if let slot = step.gradients[0], let dx { places[slot] = dx.box }
    if let slot = step.gradients[1], let dw { places[slot] = dw.box }
    if hasBias, let slot = step.gradients[2], let db { places[slot] = db.box }
  }
}

private final class VariadicRule: PlanAction {
  let op: any VariadicOperation
  let step: AppliedRule

  init(_ op: any VariadicOperation, _ step: AppliedRule) {
    self.op = op
    self.step = step
  }

  override func run(_ places: Places) throws(TensorError) {
    let saved = SavedList(
      inputs: step.savedInputs.map { places.tensor($0) }, outputs: step.savedOutputs.map { places.tensor($0) }, needs: step.needs)
    let results = op.vjp(step.cotangents.map { places.tensor($0) }, saved)
    for (i, result) in results.enumerated() {
      if let slot = step.gradients[i], let result { places[slot] = (step.forms[i]?.fit(result) ?? result).box }
    }
  }
}

// MARK: Leaves

/// An action on a leaf and one place.
private class LeafAction: PlanAction {
  final let leaf: LeafNode
  final let slot: Slot

  init(_ leaf: LeafNode, _ slot: Slot) {
    self.leaf = leaf
    self.slot = slot
  }
}

private final class ValueAction: LeafAction {
  override func run(_ places: Places) throws(TensorError) { places[slot] = leaf.current }
}

private final class GradientAction: LeafAction {
  override func run(_ places: Places) throws(TensorError) { places[slot] = leaf.grad.unsafelyUnwrapped.box }
}

private final class WriteAction: LeafAction {
  override func run(_ places: Places) throws(TensorError) {
    // Computed here: what a leaf holds waits for nothing.
    let value = places[slot].unsafelyUnwrapped
    _ = value.c
    Journal.note(leaf)
    leaf.replace(by: value)
  }
}

private final class AccumulateAction: LeafAction {
  override func run(_ places: Places) throws(TensorError) { leaf.accumulate(places.tensor(slot)) }
}

private final class AssignAction: PlanAction {
  let leaf: LeafNode
  let slot: Slot?

  init(_ leaf: LeafNode, _ slot: Slot?) {
    self.leaf = leaf
    self.slot = slot
  }

  override func run(_ places: Places) throws(TensorError) { leaf.grad = places.tensor(slot) }
}

// MARK: The world outside

private final class DrawAction: PlanAction {
  let draw: Draw
  let slot: Slot

  init(_ draw: Draw, _ slot: Slot) {
    self.draw = draw
    self.slot = slot
  }

  override func run(_ places: Places) throws(TensorError) { places[slot] = draw.result().box }
}

private final class CallAction: PlanAction {
  let call: HostCall

  init(_ call: HostCall) { self.call = call }

  override func run(_ places: Places) throws(TensorError) {
    let results = call.body(call.inputs.map { places.tensor($0) })
    for (slot, result) in zip(call.outputs, results) { places[slot] = result.box }
  }
}

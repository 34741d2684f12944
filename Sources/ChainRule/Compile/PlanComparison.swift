import CKernels

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension Tracer {
  /// Where the results of the function are.
  func outputs(_ tensors: [Tensor]) -> [PlanOutput] {
    tensors.map { t in
      if t.isCell { return PlanOutput(slot: nil, tensor: t) }
      if t.isTracked, !isWalked(t) { giveUp("its result is still to be differentiated by the caller") }
      return PlanOutput(slot: slot(of: t.box), tensor: nil)
    }
  }
}

// MARK: Two recordings

extension ExecutionPlan {
  /// The first thing that this plan and another one of the same function do not have in common; nil where they do the same.
  func difference(from other: ExecutionPlan) -> String? {
    for (i, (mine, theirs)) in zip(program, other.program).enumerated() {
      if let difference = mine.difference(from: theirs) { return "step \(i + 1), \(difference)" }
    }
    if program.count != other.program.count { return "it took \(program.count) steps and then \(other.program.count)" }
    for (mine, theirs) in zip(outputs, other.outputs) where mine.slot != theirs.slot || mine.tensor?.leaf !== theirs.tensor?.leaf {
      return "it returned another tensor"
    }
    for (mine, theirs) in zip(constants, other.constants) {
      guard mine.slot == theirs.slot, mine.box === theirs.box || mine.box.hasBits(of: theirs.box) else {
        let reader = program.first { $0.reads.contains(mine.slot) }?.text ?? "a result"
        return "a tensor of shape \(Array(mine.box.shape)) that no recorded operation made, which \(reader) reads, has other elements"
      }
    }
    return nil
  }
}

extension PlanStep {
  /// What is different in another step at the same place; nil where both do the same.
  fileprivate func difference(from other: PlanStep) -> String? {
    let change = "\(text) and then \(other.text)"
    guard reads == other.reads, writes == other.writes else { return change }
    switch (self, other) {
    case (.apply(let a), .apply(let b)): return a.operation.isSame(as: b.operation) ? nil : "\(change): another number or option"
    case (.rule(let a), .rule(let b)):
      return a.operation.isSame(as: b.operation) && a.needs == b.needs ? nil : "\(change): another number or option"
    case (.readLeaf(let a, _), .readLeaf(let b, _)), (.readGradient(let a, _), .readGradient(let b, _)),
      (.write(let a, _), .write(let b, _)), (.accumulate(let a, _), .accumulate(let b, _)),
      (.assignGradient(let a, _), .assignGradient(let b, _)):
      return a === b ? nil : "\(change): another leaf"
    case (.draw(let a, _), .draw(let b, _)): return a.shape == b.shape && a.dtype == b.dtype && a.generator === b.generator ? nil : change
    case (.call(let a), .call(let b)): return a.name == b.name ? nil : change
    default: return change
    }
  }
}

extension ArityOperation {
  /// Whether another is the same operation with the same numbers.
  fileprivate func isSame(as other: ArityOperation) -> Bool {
    let a = erased.value, b = other.erased.value
    return type(of: a) == type(of: b) && String(reflecting: a) == String(reflecting: b)
  }

  /// What two operations have in common that do the same; nil where that cannot be said of this one, because it holds a function or an object.
  var identity: String? {
    let op = erased.value
    return Self.isValue(op) ? "\(String(reflecting: type(of: op))) \(String(reflecting: op))" : nil
  }

  private static func isValue(_ any: Any) -> Bool {
    if any is any BinaryInteger || any is any BinaryFloatingPoint || any is Bool || any is String { return true }
    let mirror = Mirror(reflecting: any)
    switch mirror.displayStyle {
    case .struct, .enum, .tuple, .optional, .collection, .dictionary, .set: return mirror.children.allSatisfy { isValue($0.value) }
    // An empty struct or a case without a value is its own type's; a function has no style, nor has a metatype.
    default: return false
    }
  }
}

extension TensorBox {
  /// Whether shape, type and every bit of the elements are those of another.
  func hasBits(of other: TensorBox) -> Bool {
    guard dtype == other.dtype, shape == other.shape, let a = try? Tensor(self).packed.box, let b = try? Tensor(other).packed.box else {
      return false
    }
    return count == 0 || memcmp(a.c.pointee.data, b.c.pointee.data, count * dtype.size) == 0
  }
}

// MARK: A plan and eager code

extension ExecutionPlan {
  /// Runs every step that only computes from what the recording had before it, and compares what it gives: the first that gives other
  /// bits, or nil.
  func difference(from tracer: Tracer) -> String? {
    let places = Places.allocate(capacity: max(tracer.boxes.count, 1))
    places.initialize(repeating: nil, count: tracer.boxes.count)
    defer {
      places.deinitialize(count: tracer.boxes.count)
      places.deallocate()
    }
    for (slot, box) in tracer.boxes.enumerated() { places[slot] = box }
    return withoutSlowPath { difference(from: tracer, places) }
  }

  private func difference(from tracer: Tracer, _ places: Places) -> String? {
    for (i, step) in program.enumerated() {
      switch step {
      case .apply, .rule: break
      default: continue
      }
      guard (try? PlanAction.made(of: step).run(places)) != nil else { return "step \(i + 1), \(step.text), fails in the plan" }
      for slot in step.writes {
        let expected = tracer.boxes[slot]
        guard let found = places[slot], found.hasBits(of: expected) else {
          return "step \(i + 1), \(step.text), gives other bits in the plan"
        }
        places[slot] = expected
      }
    }
    return nil
  }
}

import CKernels

/// An operation as an existential that the optimiser leaves one.
///
/// Of a parameter `any Operation` it makes a generic function and specialises that for every operation: the slow path, which is long and
/// need not be fast to the last nanosecond, was a third of the module's code and of its build time. A struct around it stays as it is.
struct ErasedOperation {
  let value: any Operation
}

/// Applies an operation where something other than plain recording is going on: a transform, a pending error, a
/// substitution, a recorder.
func applySlowly(_ op: any Operation, _ inputs: [Tensor]) -> [Tensor] { applySlowly(ErasedOperation(value: op), inputs) }

@inline(never)
private func applySlowly(_ op: ErasedOperation, _ inputs: [Tensor]) -> [Tensor] {
  guard let modes = Modes.currentIfAny else { return applyAtTape(op, inputs, nil) }
  if modes.catching?.error != nil || inputs.contains(where: { $0.box.flags.contains(.poison) }) {
    if modes.catching?.error == nil { fail(Rules.escapedPoison) }
    return [.poison]
  }
  var inputs = inputs
  if !modes.substitutions.isEmpty { inputs = inputs.map(modes.substituted) }
  let key = inputs.map(Levels.key).max() ?? 0
  if isGradEnabled, modes.isSilent(key / 2) { return noGrad { apply(op, inputs, key, modes) } }
  return apply(op, inputs, key, modes)
}

private func apply(_ op: ErasedOperation, _ inputs: [Tensor], _ key: Int, _ modes: Modes) -> [Tensor] {
  if key <= 1 { return applyAtTape(op, inputs, modes) }
  let level = key / 2
  // A leaf is read once, here: further down it is a value, which no substitution replaces again.
  let inputs = inputs.map(Levels.linked)
  if key % 2 == 1 {
    if level <= modes.depth { return applyTaped(op, inputs, level: level) }
    // What escaped from a gradient that has ended is a value as any other.
    return applySlowly(op, inputs.map { Levels.key($0) == key ? Levels.stripped($0) : $0 })
  }
  for input in inputs where !input.isTracked && input.box.flags.contains(.wrapped) {
    let wrapper = input.box.wrapper
    if wrapper.level == level, !wrapper.isLive { return [fail(Rules.escapedTransform)] }
  }
  if inputs.contains(where: { Levels.wrapper($0, Dual.self, level: level) != nil }) { return applyDual(op, inputs, level: level) }
  if inputs.contains(where: { Levels.wrapper($0, Series.self, level: level) != nil }) {
    return Taylor.apply(op.value, inputs, level: level)
  }
  return applyBatched(op, inputs, level: level)
}

/// Reports what an operation refused its inputs for; once for all operations, away from their calls.
@inline(never)
func refused(_ error: TensorError, _ operation: any Operation.Type, _ inputs: [Tensor]) -> Tensor {
  fail(error.named(operation.info.name).describing(inputs))
}

extension Rules {
  /// Inside its `catching` scope poison is how errors travel; outside it is a mistake.
  static var escapedPoison: TensorError {
    TensorError(
      .argument, "the result of a failed operation left its catching scope",
      hint: "Use results of catching { } only where it did not throw.", operation: "")
  }

  /// Outside its transform a wrapped tensor has no elements of its own.
  static var escapedTransform: TensorError {
    TensorError(
      .transform, "a tensor from inside jvp, vmap or grad was used after the transform had ended",
      hint: "Return what is needed from the function instead of storing it in a variable outside.", operation: "")
  }
}

/// No transform has a part in it: compute, record where gradients are on, and tell the recorder.
private func applyAtTape(_ op: ErasedOperation, _ inputs: [Tensor], _ modes: Modes?) -> [Tensor] {
  let values = Tensor.values(of: inputs), profiler = modes?.profiler, start = profiler?.begin() ?? 0
  do throws(TensorError) {
    var outputs: [Tensor]
    if let kept = modes?.selection?.kept() {
      outputs = kept
    } else {
      outputs = try withoutSlowPath { () throws(TensorError) in try Narrow.outputs(op, values) }
      modes?.selection?.note(op.value, values, outputs)
    }
    // Whoever watches single operations sees each one done.
    for output in outputs { _ = output.box.c }
    var node: Node?
    if isGradEnabled, inputs.contains(where: \.isTracked) {
      for i in outputs.indices where outputs[i].box.head.pointee.maker != nil || values.contains(where: { $0.box === outputs[i].box }) {
        outputs[i] = Tensor(outputs[i].box.alias())
      }
      node = op.value.recordAny(inputs, values: values, outputs: outputs)
      if let node {
        if let modes, let packer = modes.packer { packer.packSaved(of: node, modes) }
        for i in outputs.indices where op.value.tracksOutput(i, outputs[i]) { outputs[i].box.attach(node, output: i) }
      }
    }
    profiler?.end(start, op.value, inputs, values, outputs, node)
    modes?.recorder?.observe(op.value, inputs, values, outputs, node)
    modes?.tracer?.observe(op, inputs, values, outputs, node)
    modes?.finite?.observe(op.value, inputs, values, outputs, node)
    modes?.calls?.observe(op.value, values, outputs)
    if let node, modes?.anomalies != nil { node.noteCall() }
    return outputs
  } catch {
    profiler?.cancel()
    return [refused(error, type(of: op.value), inputs)]
  }
}

/// A forward computation sees plain values: nothing of the scopes around it concerns it.
func withoutSlowPath<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
  let thread = cr_thread()!
  let slow = thread.pointee.slow, noGrad = thread.pointee.no_grad
  thread.pointee.slow = 0
  thread.pointee.no_grad = 1
  let modes = Modes.currentIfAny, depth = modes?.forwardDepth ?? 0
  modes?.forwardDepth = modes?.depth ?? 0
  defer {
    modes?.forwardDepth = depth
    // What failed meanwhile raised the counter and keeps it raised.
    thread.pointee.slow += slow
    thread.pointee.no_grad = noGrad
  }
  return try body()
}

/// A tape inside transforms interprets first: apply below, then record at this level.
private func applyTaped(_ op: ErasedOperation, _ inputs: [Tensor], level: Int) -> [Tensor] {
  let isOurs = inputs.map { Levels.key($0) == Levels.tapeKey(level) }
  let values = zip(inputs, isOurs).map { $1 ? Levels.stripped($0) : $0 }
  let outputs = op.value.applyAny(values)
  guard isGradEnabled, !isErrorPending else { return outputs }
  // Inputs of other levels are constants to this tape.
  let linked = zip(inputs, isOurs).map { $1 ? $0 : .poison }
  guard let node = op.value.recordAny(linked, values: values, outputs: outputs) else { return outputs }
  if let modes = Modes.currentIfAny {
    if let packer = modes.packer { packer.packSaved(of: node, modes) }
    if modes.anomalies != nil { node.noteCall() }
  }
  return outputs.indices.map { i in
    op.value.tracksOutput(i, outputs[i]) ? Levels.tracked(outputs[i], by: node, output: i) : outputs[i]
  }
}

/// Forward mode: apply below to the primals, and the jvp rule, below as well, to the tangents.
private func applyDual(_ op: ErasedOperation, _ inputs: [Tensor], level: Int) -> [Tensor] {
  let duals = inputs.map { Levels.wrapper($0, Dual.self, level: level) }
  let primals = zip(inputs, duals).map { $1?.primal ?? $0 }
  let outputs = op.value.applyAny(primals)
  if isErrorPending || !outputs.contains(where: { $0.dtype.isFloatingPoint }) { return outputs }
  let tangents = op.value.jvpAny(duals.map { $0?.tangent }, primals, outputs)
  return zip(outputs, tangents).map { output, tangent in
    guard let tangent, output.dtype.isFloatingPoint else { return output }
    return Levels.dual(output, tangent, level: level)
  }
}

/// vmap: the batch rule works on whole batches below.
private func applyBatched(_ op: ErasedOperation, _ inputs: [Tensor], level: Int) -> [Tensor] {
  let wrappers = inputs.map { Levels.wrapper($0, Batched.self, level: level) }
  let values = zip(inputs, wrappers).map { $1?.values ?? $0 }
  let size = wrappers.lazy.compactMap { $0 }.first.map { $0.values.size(0) } ?? 0
  do throws(TensorError) {
    let outputs = try Vectorized.takenApart(level) { () throws(TensorError) in
      try op.value.batchAny(values, batched: wrappers.map { $0 != nil }, size: size)
    }
    if isErrorPending { return outputs }
    return outputs.map { Levels.batched($0, level: level) }
  } catch {
    return [refused(error, type(of: op.value), inputs)]
  }
}

extension Operation {
  func tracksOutput(_ i: Int, _ output: Tensor) -> Bool {
    guard output.dtype.isFloatingPoint else { return false }
    return (self as? any VariadicOperation)?.isDifferentiable(output: i) ?? true
  }

  /// The batch rule of last resort: apply the operation to each element of the batch and stack the results.
  func batchOneByOne(_ inputs: [Tensor], _ batched: [Bool], _ size: Int) throws(TensorError) -> [Tensor] {
    if size == 0 { return try batchOfNothing(inputs, batched) }
    var results: [[Tensor]] = []
    for b in 0..<size {
      Vectorized.nextExample()
      results.append(applyAny(zip(inputs, batched).map { $1 ? $0.select(dim: 0, index: b) : $0 }))
    }
    return results[0].indices.map { i in stack(results.map { $0[i] }, dim: 0) }
  }

  /// An empty batch still has results of the right shape: those of one element, none of them kept.
  private func batchOfNothing(_ inputs: [Tensor], _ batched: [Bool]) throws(TensorError) -> [Tensor] {
    let one = zip(inputs, batched).map { input, isBatched in
      isBatched ? Tensor.zeros(Array(input.shape.dropFirst()), dtype: input.dtype) : input
    }
    return applyAny(one).map { Tensor.zeros([0] + $0.shape, dtype: $0.dtype) }
  }
}

extension Tensor {
  /// The operand of a batch rule with the batch in dimension 0: itself where it has one, else repeated without copying.
  func whole(_ isBatched: Bool, _ size: Int) -> Tensor { isBatched ? self : unsqueezed(0).expanded([size] + shape) }
}

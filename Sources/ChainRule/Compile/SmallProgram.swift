import CKernels

/// Consecutive steps of a plan on few numbers, as one action: results have places in one block of memory that is there from run to run, and
/// only what later steps read becomes a tensor. An operation costs its kernel's call and no object.
final class SmallProgram: PlanAction {
  private let locals: [SmallBuilder.Local]
  private let tensors: UnsafeMutablePointer<cr_tensor>
  private let dims: UnsafeMutablePointer<Int64>
  private let memory: UnsafeMutableRawPointer
  private let steps: UnsafeMutablePointer<cr_small_step>
  private let stepCount: Int
  private let imports: [(local: Int, slot: Slot)]
  private let exports: [(local: Int, slot: Slot)]
  /// Places that get the tensor of another place.
  private let shared: [(slot: Slot, of: Slot)]

  /// The program of what `builder` holds.
  ///
  /// - Parameter isRead: whether a place is read after it.
  init(_ builder: SmallBuilder, _ isRead: (Slot) -> Bool) {
    let locals = builder.locals
    self.locals = locals
    stepCount = builder.steps.count
    let dimCount = locals.reduce(0) { $0 + 2 * $1.shape.rank }
    tensors = .allocate(capacity: locals.count)
    dims = .allocate(capacity: max(dimCount, 1))
    // Every result at a place of its own, where vectors of 64 bytes begin.
    let rooms = locals.map { ($0.shape.elements * $0.dtype.size + 63) / 64 * 64 }
    memory = .allocate(byteCount: rooms.reduce(0, +), alignment: 64)
    steps = .allocate(capacity: stepCount)
    var dim = 0, byte = 0
    for (i, local) in locals.enumerated() {
      let rank = local.shape.rank, sizes = dims + dim
      for (d, size) in zip(0..<rank, local.shape) { sizes[d] = Int64(size) }
      for (d, stride) in zip(0..<rank, local.shape.rowMajorStrides) { sizes[rank + d] = Int64(stride) }
      dim += 2 * rank
      var tensor = cr_tensor()
      tensor.data = memory + byte
      byte += rooms[i]
      tensor.dims = sizes
      tensor.count = Int64(local.shape.elements)
      tensor.dtype = local.dtype.kernelType
      tensor.rank = UInt8(rank)
      tensor.contiguous = true
      (tensors + i).initialize(to: tensor)
    }
    for (i, step) in builder.steps.enumerated() {
      var raw = cr_small_step()
      raw.kind = step.kind
      raw.op = step.op
      raw.number_on_left = step.isNumberFirst
      raw.number = step.number
      raw.x = UnsafePointer(tensors + step.x)
      if let w = step.w { raw.w = UnsafePointer(tensors + w) }
      raw.out = tensors + step.out
      (steps + i).initialize(to: raw)
    }
    let imports = builder.given.map { (local: $0.key, slot: $0.value) }.sorted { $0.slot < $1.slot }
    self.imports = imports
    var exports: [(local: Int, slot: Slot)] = [], shared: [(slot: Slot, of: Slot)] = [], owner: [Int: Slot] = [:]
    for (local, slot) in imports { owner[local] = slot }
    for (slot, local) in builder.places.sorted(by: { $0.key < $1.key }) where builder.made.contains(slot) && isRead(slot) {
      if let other = owner[local] {
        shared.append((slot: slot, of: other))
      } else {
        owner[local] = slot
        exports.append((local: local, slot: slot))
      }
    }
    self.exports = exports
    self.shared = shared
  }

  deinit {
    tensors.deallocate()
    dims.deallocate()
    memory.deallocate()
    steps.deallocate()
  }

  override func run(_ places: Places) throws(TensorError) {
    for (local, slot) in imports { tensors[local].data = places[slot].unsafelyUnwrapped.c.pointee.data }
    for (local, slot) in exports {
      let box = try TensorBox.uninitialized(locals[local].shape, locals[local].dtype)
      tensors[local].data = box.meta.pointee.data
      places[slot] = box
    }
    cr_run_small(steps, Int64(stepCount))
    for (slot, other) in shared { places[slot] = places[other] }
  }
}

/// What collects the steps of a small program.
struct SmallBuilder {
  /// The most bytes of a result, each of which lies in its box.
  static let room = TensorBox.inlineBytes

  /// A tensor of the program.
  struct Local {
    let shape: Shape
    let dtype: DType
    /// Whether it comes from outside.
    let isGiven: Bool
  }

  struct Step {
    let kind: cr_small_kind
    let op: UInt8
    let x: Int
    var w: Int?
    let out: Int
    var number = cr_scalar()
    var isNumberFirst = false
  }

  private let forms: [InputForm]
  private let contiguous: [Bool]
  private(set) var locals: [Local] = []
  private(set) var steps: [Step] = []
  /// The tensor of each place; several may have the same.
  private(set) var places: [Slot: Int] = [:]
  /// The places that the program fills.
  private(set) var made: Set<Slot> = []
  /// The place from which a tensor comes.
  private(set) var given: [Int: Slot] = [:]

  /// - Parameter contiguous: whether what each place held was, when the plan was recorded.
  init(_ forms: [InputForm], contiguous: [Bool]) {
    self.forms = forms
    self.contiguous = contiguous
  }

  /// Takes a step of the plan in; false, with nothing changed, where it is none for a small program.
  mutating func take(_ step: PlanStep) -> Bool {
    switch step {
    case .apply(let step): take(step)
    case .rule(let step): take(step)
    default: false
    }
  }

  private mutating func take(_ step: Applied) -> Bool {
    guard let op = step.operation.erased.value as? any SmallOperation, step.outputs.count == 1 else { return false }
    return (step.inputs + step.outputs).allSatisfy(isSmall) && op.addForward(to: &self, step.inputs, step.outputs[0])
  }

  private mutating func take(_ step: AppliedRule) -> Bool {
    guard let op = step.operation.erased.value as? any SmallOperation, step.cotangents.count == 1, let dy = step.cotangents[0] else {
      return false
    }
    let all = step.inputs + step.outputs + [dy] + step.gradients.compactMap { $0 }
    // What broadcasting enlarged would have to be summed.
    let isPlain = zip(step.inputs, step.forms).allSatisfy { $1 == nil || forms[$0].shape == forms[dy].shape }
    return isPlain && all.allSatisfy(isSmall) && op.addRule(to: &self, step, dy)
  }

  private func isSmall(_ slot: Slot) -> Bool {
    let form = forms[slot]
    guard form.dtype == .float32 || form.dtype == .float64, form.dtype == locals.first?.dtype ?? form.dtype else { return false }
    let count = form.shape.elements
    return count > 0 && count * form.dtype.size <= Self.room && contiguous[slot]
  }

  /// The tensor at a place; from outside where no step has made it.
  private mutating func local(_ slot: Slot) -> Int {
    if let known = places[slot] { return known }
    locals.append(Local(shape: forms[slot].shape, dtype: forms[slot].dtype, isGiven: true))
    places[slot] = locals.count - 1
    given[locals.count - 1] = slot
    return locals.count - 1
  }

  private mutating func result(_ slot: Slot?, like form: InputForm) -> Int {
    locals.append(Local(shape: form.shape, dtype: form.dtype, isGiven: false))
    if let slot {
      places[slot] = locals.count - 1
      made.insert(slot)
    }
    return locals.count - 1
  }

  // MARK: Steps

  /// `slot` holds what `other`, a tensor of its shape, holds.
  mutating func share(_ slot: Slot?, _ other: Slot) -> Bool {
    guard let slot else { return true }
    places[slot] = local(other)
    made.insert(slot)
    return true
  }

  mutating func unary(_ op: cr_unary_op, _ x: Slot, _ out: Slot?) -> Bool {
    guard let out else { return true }
    let x = local(x)
    steps.append(Step(kind: CR_SMALL_UNARY, op: op.rawValue, x: x, out: result(out, like: forms[out])))
    return true
  }

  mutating func binary(_ op: cr_binary_op, _ x: Slot, _ w: Slot, _ out: Slot?) -> Bool {
    guard let out else { return true }
    let x = local(x), w = local(w)
    steps.append(Step(kind: CR_SMALL_BINARY, op: op.rawValue, x: x, w: w, out: result(out, like: forms[out])))
    return true
  }

  mutating func number(_ op: cr_binary_op, _ x: Slot, _ number: Scalar, first: Bool = false, _ out: Slot?) -> Bool {
    guard let out else { return true }
    guard number.promoted(with: forms[x].dtype) == forms[x].dtype else { return false }
    let x = local(x)
    steps.append(
      Step(
        kind: CR_SMALL_NUMBER, op: op.rawValue, x: x, out: result(out, like: forms[out]), number: number.kernel, isNumberFirst: first))
    return true
  }

  /// dy (x number), where the factor is in no place.
  mutating func product(_ dy: Slot, _ x: Slot, times number: Scalar, _ out: Slot?) -> Bool {
    guard let out else { return true }
    let dy = local(dy), x = local(x), factor = result(nil, like: forms[out])
    steps.append(Step(kind: CR_SMALL_NUMBER, op: CR_MUL.rawValue, x: x, out: factor, number: number.kernel))
    steps.append(Step(kind: CR_SMALL_BINARY, op: CR_MUL.rawValue, x: dy, w: factor, out: result(out, like: forms[out])))
    return true
  }

  mutating func reduce(_ op: cr_reduce_op, _ x: Slot, _ out: Slot) -> Bool {
    let x = local(x)
    steps.append(Step(kind: CR_SMALL_REDUCE, op: op.rawValue, x: x, out: result(out, like: forms[out])))
    return true
  }

  mutating func spread(_ x: Slot, dividedBy n: Int, _ out: Slot?) -> Bool {
    guard let out else { return true }
    let x = local(x)
    steps.append(
      Step(kind: CR_SMALL_SPREAD, op: 0, x: x, out: result(out, like: forms[out]), number: cr_scalar(f: Double(n), i: Int64(n))))
    return true
  }
}

import CKernels

/// What collects the steps of a small program.
struct SmallBuilder {
  /// The most bytes of a tensor: the time that larger ones take is their kernels' own.
  static let room = 64 << 10

  /// A tensor of the program: with elements of its own, from outside, or a view of one of these.
  struct Local {
    let shape: Shape
    let strides: Shape
    let dtype: DType
    /// The tensor whose elements a view has, and how many bytes after its first they begin; itself and 0 where it is no view.
    let root: Int
    let offset: Int

    /// The bytes from its first element to the end of its last.
    var extent: Int {
      if shape.elements == 0 { return 0 }
      var last = 0
      for i in 0..<shape.rank { last += (shape[i] - 1) * strides[i] }
      return (last + 1) * dtype.size
    }
  }

  struct Step {
    let kind: cr_small_kind
    var op: UInt8 = 0
    let x: Int
    var w: Int?
    let out: Int
    var number = cr_scalar()
    var isNumberFirst = false
    var isTransposed = (x: false, w: false)
    var bias: Int?
    var reduced: [Bool] = []
  }

  private let forms: [InputForm]
  /// The strides of what each place held when the plan was recorded.
  private let strides: [Shape]
  private(set) var locals: [Local] = []
  private(set) var steps: [Step] = []
  /// The tensor of each place; several may have the same.
  private(set) var places: [Slot: Int] = [:]
  /// The places that the program fills.
  private(set) var made: Set<Slot> = []
  /// The place from which a tensor comes.
  private(set) var given: [Int: Slot] = [:]

  init(_ forms: [InputForm], strides: [Shape]) {
    self.forms = forms
    self.strides = strides
  }

  /// Takes a step of the plan in; false, with nothing changed, where it is none for a small program.
  mutating func take(_ step: PlanStep) -> Bool {
    let before = self
    let isTaken =
      switch step {
      case .apply(let step): take(step)
      case .rule(let step): take(step)
      default: false
      }
    if !isTaken { self = before }
    return isTaken
  }

  private mutating func take(_ step: Applied) -> Bool {
    guard let op = step.operation.erased.value as? any SmallOperation, step.outputs.count == 1 else { return false }
    return areSmall(step.inputs + step.outputs) && op.addForward(to: &self, step.inputs, step.outputs[0])
  }

  private mutating func take(_ step: AppliedRule) -> Bool {
    guard let op = step.operation.erased.value as? any SmallOperation, step.cotangents.count == 1, let dy = step.cotangents[0] else {
      return false
    }
    let all = step.inputs + step.outputs + [dy] + step.gradients.compactMap { $0 }
    return areSmall(all) && op.addRule(to: &self, step, dy)
  }

  /// Whether all tensors are small and of the program's type.
  private func areSmall(_ slots: [Slot]) -> Bool {
    let dtype = locals.first?.dtype ?? forms[slots[0]].dtype
    guard dtype == .float32 || dtype == .float64 else { return false }
    return slots.allSatisfy { slot in
      let count = forms[slot].shape.elements
      return forms[slot].dtype == dtype && count > 0 && count * dtype.size <= Self.room
    }
  }

  /// The tensor at a place; from outside where no step has made it.
  private mutating func local(_ slot: Slot) -> Int {
    if let known = places[slot] { return known }
    let number = locals.count
    locals.append(
      Local(shape: forms[slot].shape, strides: strides[slot], dtype: forms[slot].dtype, root: number, offset: 0))
    places[slot] = number
    given[number] = slot
    return number
  }

  /// A tensor for the result of a step, whose elements follow each other.
  private mutating func result(_ slot: Slot?, _ shape: Shape, _ dtype: DType) -> Int {
    let number = locals.count
    locals.append(Local(shape: shape, strides: shape.rowMajorStrides, dtype: dtype, root: number, offset: 0))
    if let slot {
      places[slot] = number
      made.insert(slot)
    }
    return number
  }

  private mutating func result(_ slot: Slot) -> Int { result(slot, forms[slot].shape, forms[slot].dtype) }

  // MARK: Steps

  /// `slot` holds what `other`, a tensor of its shape, holds.
  mutating func share(_ slot: Slot?, _ other: Slot) -> Bool {
    guard let slot else { return true }
    guard forms[slot].shape == forms[other].shape else { return addSum(of: local(other), to: slot) }
    places[slot] = local(other)
    made.insert(slot)
    return true
  }

  /// The gradient of an input that was broadcast: the sum of `x`, what it would be without.
  private mutating func addSum(of x: Int, to slot: Slot) -> Bool {
    steps.append(Step(kind: CR_SMALL_SUM_TO, x: x, out: result(slot)))
    return true
  }

  mutating func sumTo(_ x: Slot, _ out: Slot) -> Bool { addSum(of: local(x), to: out) }

  mutating func unary(_ op: cr_unary_op, _ x: Slot, _ out: Slot?) -> Bool {
    guard let out else { return true }
    let x = local(x)
    guard locals[x].shape == forms[out].shape else {
      // Of an input that was broadcast.
      let whole = result(nil, locals[x].shape, locals[x].dtype)
      steps.append(Step(kind: CR_SMALL_UNARY, op: op.rawValue, x: x, out: whole))
      return addSum(of: whole, to: out)
    }
    steps.append(Step(kind: CR_SMALL_UNARY, op: op.rawValue, x: x, out: result(out)))
    return true
  }

  /// - Parameter shape: the result's; nil: that of the place.
  mutating func binary(_ op: cr_binary_op, _ x: Slot, _ w: Slot, _ out: Slot?, of shape: Shape? = nil) -> Bool {
    guard let out else { return true }
    let x = local(x), w = local(w)
    guard let shape, shape != forms[out].shape else {
      steps.append(Step(kind: CR_SMALL_BINARY, op: op.rawValue, x: x, w: w, out: result(out)))
      return true
    }
    let whole = result(nil, shape, forms[out].dtype)
    steps.append(Step(kind: CR_SMALL_BINARY, op: op.rawValue, x: x, w: w, out: whole))
    return addSum(of: whole, to: out)
  }

  mutating func number(_ op: cr_binary_op, _ x: Slot, _ number: Scalar, first: Bool = false, _ out: Slot?) -> Bool {
    guard let out else { return true }
    guard number.promoted(with: forms[x].dtype) == forms[x].dtype else { return false }
    let x = local(x)
    steps.append(
      Step(kind: CR_SMALL_NUMBER, op: op.rawValue, x: x, out: result(out), number: number.kernel, isNumberFirst: first))
    return true
  }

  /// dy (x number), where the factor is in no place.
  mutating func product(_ dy: Slot, _ x: Slot, times number: Scalar, _ out: Slot?) -> Bool {
    guard let out else { return true }
    let dy = local(dy), x = local(x), factor = result(nil, locals[x].shape, locals[x].dtype)
    steps.append(Step(kind: CR_SMALL_NUMBER, op: CR_MUL.rawValue, x: x, out: factor, number: number.kernel))
    steps.append(Step(kind: CR_SMALL_BINARY, op: CR_MUL.rawValue, x: dy, w: factor, out: result(out)))
    return true
  }

  mutating func reduce(_ op: cr_reduce_op, _ x: Slot, _ over: ReducedDims, _ out: Slot) -> Bool {
    let x = local(x), rank = locals[x].shape.rank
    steps.append(
      Step(kind: CR_SMALL_REDUCE, op: op.rawValue, x: x, out: result(out), reduced: (0..<rank).map(over.contains)))
    return true
  }

  mutating func spread(_ x: Slot, dividedBy n: Int, _ out: Slot?) -> Bool {
    guard let out else { return true }
    // A larger one is a view of one number, as operations make it.
    guard forms[out].shape.elements * forms[out].dtype.size <= TensorBox.inlineBytes else { return false }
    let x = local(x)
    steps.append(Step(kind: CR_SMALL_SPREAD, x: x, out: result(out), number: cr_scalar(f: Double(n), i: Int64(n))))
    return true
  }

  /// The product of two matrices, each transposed first or not, and a bias.
  mutating func matrices(
    _ x: Slot, _ w: Slot, transposed: (x: Bool, w: Bool) = (false, false), bias: Slot? = nil, _ out: Slot?
  ) -> Bool {
    guard let out else { return true }
    let x = local(x), w = local(w), bias = bias.map { local($0) }
    // The kernel takes a bias whose elements follow each other.
    if let bias, locals[bias].strides[0] != 1 { return false }
    steps.append(Step(kind: CR_SMALL_PRODUCT, x: x, w: w, out: result(out), isTransposed: transposed, bias: bias))
    return true
  }

  /// `x` with the elements of `w` in a part of it.
  mutating func put(_ w: Slot, into x: Slot, _ region: (Shape) -> (shape: Shape, strides: Shape, offset: Int), _ out: Slot) -> Bool {
    let x = local(x), w = local(w), whole = result(out), part = region(locals[whole].strides)
    guard part.shape == locals[w].shape else { return false }
    steps.append(Step(kind: CR_SMALL_COPY, x: x, out: whole))
    let size = locals[whole].dtype.size
    locals.append(
      Local(
        shape: part.shape, strides: part.strides, dtype: locals[whole].dtype, root: whole, offset: part.offset * size))
    steps.append(Step(kind: CR_SMALL_COPY, x: w, out: locals.count - 1))
    return true
  }

  /// What `body` makes of `x`, where that is a view; false otherwise. It is asked with a tensor that has the layout of `x` and elements that
  /// mean nothing.
  mutating func view(_ x: Slot, _ out: Slot?, _ body: (Tensor) -> Tensor?) -> Bool {
    guard let out else { return true }
    let x = local(x), local = locals[x]
    guard let storage = Storage(bytes: local.extent) else { return false }
    let probe = TensorBox.holding(storage, local.shape, local.dtype).view(local.shape, strides: local.strides, offset: 0)
    guard let found = withoutSlowPath({ body(Tensor(probe)) })?.box, found.head.pointee.payload === storage,
      found.shape == forms[out].shape
    else { return false }
    locals.append(
      Local(
        shape: found.shape, strides: found.strides, dtype: local.dtype, root: local.root,
        offset: local.offset + (found.c.pointee.data - probe.c.pointee.data)))
    places[out] = locals.count - 1
    made.insert(out)
    return true
  }

  func shape(_ slot: Slot) -> Shape { forms[slot].shape }
}

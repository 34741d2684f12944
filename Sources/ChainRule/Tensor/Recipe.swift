import CKernels

/// How a large elementwise result that nobody has asked for yet will be computed: one operation over operands that may be pending
/// themselves.
///
/// Pass by pass, a chain of such operations moves every intermediate result to memory and back, which takes far longer than the
/// arithmetic. Left pending, they run together, block by block (`cr_run_program`), and only what somebody still holds is written.
final class Recipe {
  /// An operand in memory or pending; without a storage it is a number, or absent, as the step says.
  struct Operand {
    var storage: Storage?
    /// Where its elements begin; nil for what was pending when it was recorded.
    let address: UnsafeMutableRawPointer?

    static var none: Operand { Operand(storage: nil, address: nil) }

    /// Whether nothing else holds the storage, so that nobody can ask for it later.
    mutating func holdsAlone() -> Bool {
      guard isKnownUniquelyReferenced(&storage) else { return false }
      cr_found_unique(storage.map { Unmanaged.passUnretained($0).toOpaque() })
      return true
    }
  }

  /// The operation, with constants; what the operands are is filled in when it runs.
  let step: cr_step
  @exclusivity(unchecked) var x: Operand
  @exclusivity(unchecked) var w: Operand
  let count: Int
  let dtype: DType
  var bytes: Int { count * dtype.size }
  /// How many operations run at most when this one does.
  let steps: Int

  /// From how many elements on a result may wait: what is smaller stays in the cache from one pass to the next.
  static let minimumCount = 1 << 18

  /// From how many bytes on an activation that another operation saves is computed again in the backward pass: what is smaller costs
  /// less memory than time.
  static let repeatedBytes = 4 << 20

  private init(_ step: cr_step, _ x: Operand, _ w: Operand, like box: TensorBox, steps: Int) {
    self.step = step
    self.x = x
    self.w = w
    self.steps = steps
    count = box.count
    dtype = box.dtype
  }

  /// Whether a result of this size is large enough to wait.
  @inline(__always)
  static func mayWait(_ box: TensorBox) -> Bool { box.meta.pointee.count >= minimumCount }

  /// The result of `op`, pending; nil where it must be computed at once.
  @inline(never)
  static func unary(_ op: cr_unary_op, _ x: TensorBox) -> Tensor? {
    var step = cr_step()
    step.kind = CR_STEP_UNARY
    step.op = op.rawValue
    return pending(&step, x, nil)
  }

  /// The same for an operation with attributes.
  @inline(never)
  static func unary(_ op: cr_attribute_op, _ x: TensorBox, _ a: Double, _ b: Double) -> Tensor? {
    var step = cr_step()
    step.kind = CR_STEP_ATTRIBUTE
    step.op = op.rawValue
    step.a = a
    step.b = b
    return pending(&step, x, nil)
  }

  /// The same for operands of one size and type.
  @inline(never)
  static func binary(_ op: cr_binary_op, _ x: TensorBox, _ w: TensorBox) -> Tensor? {
    // A number expanded to the size, as the gradient of a sum is, is one number, and a product with 1 has the bits of the other factor.
    if let value = x.spreadNumber { return op == CR_MUL && value == 1 ? Tensor(w.alias()) : constant(op, w, value, onLeft: true) }
    if let value = w.spreadNumber { return op == CR_MUL && value == 1 ? Tensor(x.alias()) : constant(op, x, value, onLeft: false) }
    var step = cr_step()
    step.kind = CR_STEP_BINARY
    step.op = op.rawValue
    return pending(&step, x, w)
  }

  /// The same for a tensor and a number.
  @inline(never)
  static func scalar(_ op: cr_binary_op, _ x: TensorBox, _ value: Double, onLeft: Bool) -> Tensor? {
    var power = CR_COPY
    if op == CR_POW, !onLeft, cr_simple_power(value, &power) { return unary(power, x) }
    return constant(op, x, value, onLeft: onLeft)
  }

  private static func constant(_ op: cr_binary_op, _ x: TensorBox, _ value: Double, onLeft: Bool) -> Tensor? {
    var step = cr_step(), number = cr_operand()
    step.kind = CR_STEP_BINARY
    step.op = op.rawValue
    number.kind = CR_OPERAND_CONSTANT
    number.constant = value
    if onLeft { step.x = number } else { step.w = number }
    return onLeft ? pending(&step, nil, x) : pending(&step, x, nil)
  }

  private static func pending(_ step: inout cr_step, _ x: TensorBox?, _ w: TensorBox?) -> Tensor? {
    guard let like = x ?? w, like.dtype.isFloatingPoint, !like.dtype.isNarrow, x?.isContiguous ?? true, w?.isContiguous ?? true else {
      return nil
    }
    var before = (x?.pendingSteps ?? 0, w?.pendingSteps ?? 0)
    if before.0 + before.1 >= CR_PROGRAM_STEPS {
      // The longer one is computed now.
      let longer = before.0 >= before.1 ? x : w
      _ = longer?.c
      before = (x?.pendingSteps ?? 0, w?.pendingSteps ?? 0)
    }
    let recipe = Recipe(step, x?.operand ?? .none, w?.operand ?? .none, like: like, steps: before.0 + before.1 + 1)
    guard let storage = Storage(recipe) else { return nil }
    return Tensor(TensorBox.pending(like: like, storage))
  }
}

extension TensorBox {
  /// The one number all elements are, where they share its place; of a pending result none.
  fileprivate var spreadNumber: Double? {
    for i in 0..<rank where meta.pointee.dims[rank + i] != 0 && meta.pointee.dims[i] != 1 { return nil }
    guard let data = cr_elements(meta) else { return nil }
    switch dtype {
    case .float32: return Double(data.assumingMemoryBound(to: Float.self).pointee)
    case .float64: return data.assumingMemoryBound(to: Double.self).pointee
    default: return nil
    }
  }

  fileprivate var storage: Storage? { head.pointee.payload as? Storage }
  fileprivate var pendingSteps: Int { isPending ? storage?.pendingSteps ?? 0 : 0 }
  fileprivate var operand: Recipe.Operand { Recipe.Operand(storage: storage, address: cr_elements(meta)) }
}

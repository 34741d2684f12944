import CKernels

// Per operator: tensor and tensor, tensor and number, number and tensor. A number never becomes a tensor, so that it
// promotes and converts as it should.

extension Tensor {
  /// The sum, element by element, with broadcasting and type promotion.
  public static func + (x: Tensor, w: Tensor) -> Tensor { Add()(x, w) }
  /// The sum of each element and a number.
  public static func + (x: Tensor, c: some TensorScalar) -> Tensor { AddScalar(scalar: c.scalar)(x) }
  /// The sum of a number and each element.
  public static func + (c: some TensorScalar, x: Tensor) -> Tensor { AddScalar(scalar: c.scalar.first)(x) }

  /// The difference, element by element, with broadcasting and type promotion.
  public static func - (x: Tensor, w: Tensor) -> Tensor { Subtract()(x, w) }
  /// Each element less a number.
  public static func - (x: Tensor, c: some TensorScalar) -> Tensor { SubtractScalar(scalar: c.scalar)(x) }
  /// A number less each element.
  public static func - (c: some TensorScalar, x: Tensor) -> Tensor { SubtractFromScalar(scalar: c.scalar)(x) }

  /// The product, element by element, with broadcasting and type promotion. For matrices see `matmul(_:)`.
  public static func * (x: Tensor, w: Tensor) -> Tensor { Multiply()(x, w) }
  /// Each element times a number.
  public static func * (x: Tensor, c: some TensorScalar) -> Tensor { MultiplyScalar(scalar: c.scalar)(x) }
  /// A number times each element.
  public static func * (c: some TensorScalar, x: Tensor) -> Tensor { MultiplyScalar(scalar: c.scalar.first)(x) }

  /// The quotient, element by element; of integers it is a real number.
  ///
  /// Beware `1 / 2 * x`: Swift divides the two integers before it meets the tensor, which gives 0. Write `0.5 * x`.
  public static func / (x: Tensor, w: Tensor) -> Tensor { Divide()(x, w) }
  /// Each element divided by a number.
  public static func / (x: Tensor, c: some TensorScalar) -> Tensor { DivideScalar(scalar: c.scalar)(x) }
  /// A number divided by each element.
  public static func / (c: some TensorScalar, x: Tensor) -> Tensor {
    let inverse = x.reciprocal()
    return c.scalar.real == 1 ? inverse : inverse * c
  }

  /// The negative of each element.
  public static prefix func - (x: Tensor) -> Tensor { Negate()(x) }

  // MARK: Comparison

  // As in all arithmetic, and as in PyTorch, an integer beside a tensor of a narrower type wraps around: 300 beside uint8 is 44.

  /// Whether the elements are equal, one by one.
  public static func .== (x: Tensor, w: Tensor) -> Tensor { Compare(kernel: CR_EQ, result: .comparison, function: "eq")(x, w) }
  /// Whether each element equals a number.
  public static func .== (x: Tensor, c: some TensorScalar) -> Tensor { compare(CR_EQ, x, c, "eq") }
  /// Whether the elements differ, one by one.
  public static func .!= (x: Tensor, w: Tensor) -> Tensor { Compare(kernel: CR_NE, result: .comparison, function: "ne")(x, w) }
  /// Whether each element differs from a number.
  public static func .!= (x: Tensor, c: some TensorScalar) -> Tensor { compare(CR_NE, x, c, "ne") }
  /// Whether x is smaller, element by element.
  public static func .< (x: Tensor, w: Tensor) -> Tensor { Compare(kernel: CR_LT, result: .comparison, function: "lt")(x, w) }
  /// Whether each element is smaller than a number.
  public static func .< (x: Tensor, c: some TensorScalar) -> Tensor { compare(CR_LT, x, c, "lt") }
  /// Whether x is smaller or equal, element by element.
  public static func .<= (x: Tensor, w: Tensor) -> Tensor { Compare(kernel: CR_LE, result: .comparison, function: "le")(x, w) }
  /// Whether each element is smaller than or equal to a number.
  public static func .<= (x: Tensor, c: some TensorScalar) -> Tensor { compare(CR_LE, x, c, "le") }
  /// Whether x is larger, element by element.
  public static func .> (x: Tensor, w: Tensor) -> Tensor { Compare(kernel: CR_GT, result: .comparison, function: "gt")(x, w) }
  /// Whether each element is larger than a number.
  public static func .> (x: Tensor, c: some TensorScalar) -> Tensor { compare(CR_GT, x, c, "gt") }
  /// Whether x is larger or equal, element by element.
  public static func .>= (x: Tensor, w: Tensor) -> Tensor { Compare(kernel: CR_GE, result: .comparison, function: "ge")(x, w) }
  /// Whether each element is larger than or equal to a number.
  public static func .>= (x: Tensor, c: some TensorScalar) -> Tensor { compare(CR_GE, x, c, "ge") }

  private static func compare(_ kernel: cr_binary_op, _ x: Tensor, _ c: some TensorScalar, _ name: StaticString) -> Tensor {
    CompareScalar(kernel: kernel, scalar: c.scalar, function: name)(x)
  }

  /// Not available: equality of tensors could mean each element or all of them.
  @available(*, unavailable, message: "use .== for each element, or allClose(_:) and equal(_:) for the whole tensor")
  public static func == (x: Tensor, w: Tensor) -> Bool { false }

  // MARK: Assignment

  /// Adds to this variable; in place where nothing else holds its elements.
  public static func += (x: inout Tensor, w: Tensor) { x.update(w, CR_ADD) { $0 + w } }
  /// Adds a number to this variable.
  public static func += (x: inout Tensor, c: some TensorScalar) { x.update(c.scalar, CR_ADD) { $0 + c } }
  /// Subtracts from this variable; in place where nothing else holds its elements.
  public static func -= (x: inout Tensor, w: Tensor) { x.update(w, CR_SUB) { $0 - w } }
  /// Subtracts a number from this variable.
  public static func -= (x: inout Tensor, c: some TensorScalar) { x.update(c.scalar, CR_SUB) { $0 - c } }
  /// Multiplies this variable; in place where nothing else holds its elements.
  public static func *= (x: inout Tensor, w: Tensor) { x.update(w, CR_MUL) { $0 * w } }
  /// Multiplies this variable by a number.
  public static func *= (x: inout Tensor, c: some TensorScalar) { x.update(c.scalar, CR_MUL) { $0 * c } }
  /// Divides this variable; in place where nothing else holds its elements.
  public static func /= (x: inout Tensor, w: Tensor) { x.update(w, CR_DIV) { $0 / w } }
  /// Divides this variable by a number.
  public static func /= (x: inout Tensor, c: some TensorScalar) { x.update(c.scalar, CR_DIV) { $0 / c } }

  /// Whether this variable's elements may be overwritten by an operation that nothing records.
  @inline(__always)
  private mutating func mayOverwrite() -> Bool {
    let thread = cr_thread()!
    let plain: TensorFlags = []
    return thread.pointee.slow == 0 && box.flags == plain && box.isContiguous && box.dtype.isFloatingPoint && isUnique()
  }

  @inline(__always)
  private mutating func update(_ w: Tensor, _ kernel: cr_binary_op, _ otherwise: (Tensor) -> Tensor) {
    let isDone =
      (!w.isTracked || cr_thread().pointee.no_grad != 0) && (w.isIndirect ? overwrite(w.bare, kernel) : overwrite(w, kernel))
    if !isDone { assign(otherwise) }
  }

  /// Updates the elements in place by a plain value; false where that cannot be.
  @inline(__always)
  private mutating func overwrite(_ w: Tensor, _ kernel: cr_binary_op) -> Bool {
    guard w.box.dtype == box.dtype, box !== w.box, mayOverwrite(), broadcasts(w.box.meta, to: box.meta) else { return false }
    return cr_binary(kernel, box.c, w.box.c, box.c)
  }

  @inline(__always)
  private mutating func update(_ c: Scalar, _ kernel: cr_binary_op, _ otherwise: (Tensor) -> Tensor) {
    if mayOverwrite() {
      _ = cr_binary_scalar(kernel, box.c, c.kernel, false, box.c)
    } else {
      assign(otherwise)
    }
  }

  /// The general case: a new value. A leaf that requires a gradient refuses; a frozen one takes it into its cell.
  @inline(never)
  mutating func assign(_ new: (Tensor) -> Tensor) {
    guard isCell else {
      let before = dtype
      let result = new(self)
      // Inside `catching` a variable that a failed operation should have changed keeps its value.
      if isErrorPending { return }
      if result.dtype == before { self = result } else { fail(Rules.castRefusal(result.dtype, before, "assignment")) }
      return
    }
    if isTracked {
      fail(
        TensorError(
          .gradient, "a leaf Variable that requires grad is being used in an in-place operation.",
          hint: "To change its value outside the graph write \(name ?? "w").data -= ..., which every copy of the leaf sees; "
            + "to compute with it write a new variable: let v = w - ...",
          operation: "assignment"
        ).describing([self]))
      return
    }
    let result = new(detach())
    if !isErrorPending { data = result }
  }
}

/// Whether `a` broadcasts to `b` without enlarging it.
private func broadcasts(_ a: UnsafePointer<cr_tensor>, to b: UnsafePointer<cr_tensor>) -> Bool {
  let ra = Int(a.pointee.rank), rb = Int(b.pointee.rank)
  guard ra <= rb else { return false }
  for i in 0..<ra where a.pointee.dims[i] != 1 && a.pointee.dims[i] != b.pointee.dims[rb - ra + i] { return false }
  return true
}

extension Rules {
  /// An assignment cannot change the type of the elements.
  static func castRefusal(_ result: DType, _ target: DType, _ operation: String) -> TensorError {
    TensorError(
      .dtype, "result type \(result.scalarTypeName) can't be cast to the desired output type \(target.scalarTypeName)",
      hint: "Assignment keeps the type of the variable: convert it first with to(.\(result.name)), or write a new variable.",
      operation: operation)
  }
}

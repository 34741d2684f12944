import CKernels

/// An operation that maps each element by one function: its derivative gives both modes, and a batch is just more elements.
protocol PointwiseOperation: UnaryOperation {
  /// f'(x), in tensor operations, so that every order of derivative works.
  func derivative(_ s: Saved) -> Tensor
  /// dy f'(x): the same product unless a fused kernel does it in one pass.
  func backward(_ dy: Tensor, _ s: Saved) -> Tensor
}

extension PointwiseOperation {
  func backward(_ dy: Tensor, _ s: Saved) -> Tensor { dy * derivative(s) }
  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor { backward(dy, s) }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { dx * derivative(s) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}

/// A pointwise operation that is one kernel.
protocol ElementwiseOperation: PointwiseOperation {
  static var kernel: cr_unary_op { get }
}

extension ElementwiseOperation {
  static var takesNarrow: Bool { true }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    guard x.box.dtype != .bool || Elementwise.takesBools(Self.kernel) else {
      throw Rules.notImplemented("\(Self.info.name)_cpu", .bool, Self.info.name)
    }
    return try Elementwise.unary(Self.kernel, x)
  }
}

/// A linear operation of one input: its tangent rule is itself, its gradient rule the transpose.
protocol LinearOperation: UnaryOperation {
  /// The transposed map applied to `dy`.
  func transpose(_ dy: Tensor) -> Tensor
}

extension LinearOperation {
  func flops(_ inputs: [Tensor], _ outputs: [Tensor]) -> Double { 0 }
  var saves: Saves { [] }
  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor { transpose(dy) }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { self(dx) }
}

/// An operation through which no gradient flows: comparisons, indices, counts. Its result is never tracked.
protocol NonDifferentiableOperation: UnaryOperation {}

extension NonDifferentiableOperation {
  func flops(_ inputs: [Tensor], _ outputs: [Tensor]) -> Double { 0 }
  var nodeName: String { "NotDifferentiable" }
  var saves: Saves { [] }
  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor { dy }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { Tensor.zeros(like: s.y) }
  func recordAny(_ inputs: [Tensor], values: [Tensor], outputs: [Tensor]) -> Node? { nil }
}

/// An operation of two inputs that combines elements of the same place, after broadcasting and promotion.
protocol ElementwiseBinaryOperation: BinaryOperation {}

extension ElementwiseBinaryOperation {
  static var takesNarrow: Bool { true }
  func flops(_ inputs: [Tensor], _ outputs: [Tensor]) -> Double { elements(inputs, outputs) }

  func batch(_ x: Tensor, _ w: Tensor, _ xBatched: Bool, _ wBatched: Bool, size: Int) throws(TensorError) -> Tensor {
    let (a, b) = Elementwise.alignBatches(x, w, xBatched, wBatched)
    return self(a, b)
  }
}

/// The calls into the elementwise kernels: promotion, broadcasting and allocation in one place.
enum Elementwise {
  /// Whether a unary operation turns integers into the default floating-point type, as exp and sin do.
  private static func floats(_ op: cr_unary_op) -> Bool {
    switch op {
    case CR_COPY, CR_NEG, CR_ABS, CR_SIGN, CR_SQUARE, CR_RELU, CR_FLOOR, CR_CEIL, CR_ROUND, CR_TRUNC, CR_BITWISE_NOT,
      CR_LOGICAL_NOT, CR_ISNAN, CR_ISINF, CR_ISFINITE:
      false
    default: true
    }
  }

  /// Whether a unary operation has an answer for bools: those that give real numbers take them as 0 and 1.
  static func takesBools(_ op: cr_unary_op) -> Bool { floats(op) || cr_has_unary(op, DType.bool.kernelType) }

  @inline(__always)
  static func unary(_ op: cr_unary_op, _ x: Tensor) throws(TensorError) -> Tensor {
    let input = x.box.dtype.isFloatingPoint || !floats(op) ? x : try x.converted(to: defaultDType)
    let isTest = cr_unary_tests(op)
    if Recipe.mayWait(input.box), !isTest, let y = Recipe.unary(op, input.box) { return y }
    let out = try TensorBox.uninitialized(like: input.box, isTest ? .bool : input.box.dtype)
    cr_unary(op, input.box.c, out.meta)
    return Tensor(out)
  }

  /// A unary operation with attributes, on floating-point elements.
  static func unary(_ op: cr_attribute_op, _ x: Tensor, _ a: Double, _ b: Double) throws(TensorError) -> Tensor {
    if Recipe.mayWait(x.box), let y = Recipe.unary(op, x.box, a, b) { return y }
    let out = try TensorBox.uninitialized(like: x.box, x.box.dtype)
    cr_unary_scalar(op, x.box.c, a, b, out.meta)
    return Tensor(out)
  }

  /// What the type of a binary operation's result follows from.
  enum ResultType { case arithmetic, division, comparison, logical }

  @inline(__always)
  static func binary(
    _ op: cr_binary_op, _ x: Tensor, _ w: Tensor, _ name: StaticString, _ result: ResultType = .arithmetic
  ) throws(TensorError) -> Tensor {
    let a = x.box.meta, b = w.box.meta
    if result == .arithmetic, a.pointee.dtype == b.pointee.dtype, a.pointee.dtype != CR_BOOL, cr_same_sizes(a, b) {
      if Recipe.mayWait(x.box), let y = Recipe.binary(op, x.box, w.box) { return y }
      let out = try TensorBox.uninitialized(like: x.box, x.box.dtype)
      if cr_binary(op, x.box.c, w.box.c, out.meta) { return Tensor(out) }
      throw zeroDivision(name)
    }
    return try general(op, x, w, name, result)
  }

  @inline(never)
  private static func general(
    _ op: cr_binary_op, _ x: Tensor, _ w: Tensor, _ name: StaticString, _ result: ResultType
  ) throws(TensorError) -> Tensor {
    let shape = try broadcastShape(x, w, "\(name)")
    var common = promoted(x, w)
    if result == .division, !common.isFloatingPoint { common = defaultDType }
    if result == .logical { common = .bool }
    guard cr_has_binary(op, common.kernelType) else { throw Rules.notImplemented("\(name)_cpu", common, "\(name)") }
    if common.isNarrow, common.isFloatingPoint, x.dtype == common, w.rank == 0, result == .arithmetic || result == .division {
      // PyTorch's kernels take a tensor without dimensions as the number it is: only for sums do they round it first.
      return try scalarOfType(op, x, Scalar(w.converted(to: .float64).item()), false, name, result)
    }
    let a = try x.converted(to: common), b = try w.converted(to: common)
    let out = try TensorBox.uninitialized(shape, result == .comparison || result == .logical ? .bool : common)
    guard cr_binary(op, a.box.c, b.box.c, out.c) else { throw zeroDivision(name) }
    return Tensor(out)
  }

  /// The shape both operands broadcast to.
  static func broadcastShape(_ x: Tensor, _ w: Tensor, _ name: String) throws(TensorError) -> Shape {
    switch Shape.broadcast(x.internalShape, w.internalShape) {
    case .success(let shape): return shape
    case .failure(let mismatch):
      throw TensorError(
        .shape,
        "The size of tensor a (\(mismatch.a)) must match the size of tensor b (\(mismatch.b)) at non-singleton dimension "
          + "\(mismatch.dim)",
        hint: "Shapes are compared from the last dimension; each pair must be equal or hold a 1. Insert a dimension with "
          + "unsqueezed(_:), or reshape one operand.",
        operation: name
      ).describing([x, w])
    }
  }

  @inline(__always)
  static func promoted(_ x: Tensor, _ w: Tensor) -> DType {
    let a = x.dtype, b = w.dtype
    if a == b { return a }
    return DType.resultType(x.promotionOperand, w.promotionOperand, default: defaultDType)
  }

  @inline(__always)
  static func scalar(
    _ op: cr_binary_op, _ x: Tensor, _ s: Scalar, onLeft: Bool = false, _ name: StaticString, _ result: ResultType = .arithmetic
  ) throws(TensorError) -> Tensor {
    var common = s.promoted(with: x.box.dtype)
    if result == .division, !common.isFloatingPoint { common = defaultDType }
    if common == x.box.dtype { return try scalarOfType(op, x, s, onLeft, name, result) }
    return try scalarOfType(op, x.converted(to: common), s, onLeft, name, result)
  }

  /// The same for a number that leaves the type as it is.
  @inline(__always)
  private static func scalarOfType(
    _ op: cr_binary_op, _ x: Tensor, _ s: Scalar, _ onLeft: Bool, _ name: StaticString, _ result: ResultType
  ) throws(TensorError) -> Tensor {
    if Recipe.mayWait(x.box), result != .comparison, let y = Recipe.scalar(op, x.box, s.kernel.f, onLeft: onLeft) { return y }
    let out = try TensorBox.uninitialized(like: x.box, result == .comparison ? .bool : x.box.dtype)
    guard cr_binary_scalar(op, x.box.c, s.kernel, onLeft, out.meta) else { throw zeroDivision(name) }
    return Tensor(out)
  }

  private static func zeroDivision(_ name: StaticString) -> TensorError {
    TensorError(
      .argument, "ZeroDivisionError",
      hint: "An integer was divided by zero: convert to a floating-point type first, where x / 0 is infinite.",
      operation: "\(name)")
  }

  /// Both operands of a batched elementwise operation, with the batch in dimension 0 and dimensions of size 1 after it, so
  /// that the rest broadcasts as it would for one element.
  static func alignBatches(_ x: Tensor, _ w: Tensor, _ xBatched: Bool, _ wBatched: Bool) -> (Tensor, Tensor) {
    let aligned = alignBatches([x, w], [xBatched, wBatched])
    return (aligned[0], aligned[1])
  }

  /// The same for any number of operands.
  static func alignBatches(_ x: [Tensor], _ batched: [Bool]) -> [Tensor] {
    let rank = zip(x, batched).map { $0.rank - ($1 ? 1 : 0) }.max() ?? 0
    return zip(x, batched).map { t, isBatched in
      guard isBatched, t.rank - 1 < rank else { return t }
      return t.reshaped([t.size(0)] + Array(repeating: 1, count: rank - (t.rank - 1)) + t.shape.dropFirst())
    }
  }
}

extension Tensor {
  var promotionOperand: PromotionOperand { PromotionOperand(dtype, rank == 0 ? .zeroDim : .tensor) }

  /// The elements in another type, outside every graph.
  @inline(__always)
  func converted(to dtype: DType) throws(TensorError) -> Tensor {
    if box.dtype == dtype { return self }
    let out = try TensorBox.uninitialized(like: box, dtype)
    cr_cast(box.c, out.c)
    return Tensor(out)
  }
}

/// dy f'(s) in one pass, where nothing records or transforms it; nil where the rule must be written in tensor operations.
@inline(__always)
func fusedBackward(_ kernel: cr_binary_op, _ dy: Tensor, _ saved: Tensor) -> Tensor? {
  guard isPlain(dy, saved), !dy.isIndirect, !saved.isIndirect, dy.box.dtype == saved.box.dtype,
    cr_same_sizes(dy.box.meta, saved.box.meta)
  else { return nil }
  if Recipe.mayWait(dy.box), let dx = Recipe.binary(kernel, dy.box, saved.box) { return dx }
  guard let out = try? TensorBox.uninitialized(like: dy.box, dy.box.dtype) else { return nil }
  _ = cr_binary(kernel, dy.box.c, saved.box.c, out.meta)
  return Tensor(out)
}

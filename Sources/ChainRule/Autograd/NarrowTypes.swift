extension DType {
  /// Whether elements of the type are computed in a wider one: int8 and int16 in int32, float16 and bfloat16 in float32.
  @inline(__always) var isNarrow: Bool { 0b1100_1100 >> rawValue & 1 != 0 }

  /// The type that elements of a narrow type are computed in, which has all their values; any other type itself. The kernels' `cr_wide`.
  var wide: DType {
    switch self {
    case .int8, .int16: .int32
    case .float16, .bfloat16: .float32
    default: self
    }
  }
}

extension Operation {
  /// Most operations know nothing of narrow types: their inputs are converted, and their results rounded, once, in `Narrow`.
  static var takesNarrow: Bool { false }
  /// All but the factorizations of matrices.
  static var takesLowPrecision: Bool { true }
}

/// The one place where operations meet int8, int16, float16 and bfloat16: inputs go to the wide type, the operation runs there, and what it
/// gives in that type comes back, rounded to nearest or wrapped around, once. Operations that say `takesNarrow` do without: those that move
/// elements, and the elementwise ones, whose kernels do the same block by block.
enum Narrow {
  /// The outputs of an operation that does not take narrow types itself.
  @inline(never)
  static func outputs(_ op: ErasedOperation, _ inputs: [Tensor]) throws(TensorError) -> [Tensor] {
    guard inputs.contains(where: \.box.dtype.isNarrow), !type(of: op.value).takesNarrow else { return try op.value.forwardAny(inputs) }
    let narrow = inputs.map(\.box.dtype).filter(\.isNarrow), first = narrow[0]
    if !type(of: op.value).takesLowPrecision, let type = narrow.first(where: \.isFloatingPoint) {
      throw TensorError(
        .dtype, "linalg.\(op.value.name): Low precision dtypes not supported. Got \(type.scalarTypeName)",
        hint: "Convert first: to(.float32).", operation: op.value.name)
    }
    try checkMixture(inputs, op.value)
    let wide = try inputs.map { (x) throws(TensorError) in try x.converted(to: x.box.dtype.wide) }
    let outputs: [Tensor]
    do throws(TensorError) {
      outputs = try op.value.forwardAny(wide)
    } catch {
      throw naming(error, first)
    }
    return try outputs.map { (y) throws(TensorError) in
      // Real inputs decide where there are any: integers beside them are indices, and so are integers among the results.
      guard let type = narrow.first(where: \.isFloatingPoint) ?? narrow.first, y.box.dtype == type.wide else { return y }
      return try y.converted(to: type)
    }
  }

  /// Refuses operands that PyTorch does not mix, and that would all be of one type once converted.
  private static func checkMixture(_ inputs: [Tensor], _ op: any Operation) throws(TensorError) {
    let types = inputs.map(\.box.dtype)
    for kind in [types.filter(\.isFloatingPoint), types.filter { $0.isNarrow && !$0.isFloatingPoint || $0 == .int32 }] {
      guard let a = kind.first, let b = kind.first(where: { $0 != a }), a.isNarrow || b.isNarrow else { continue }
      throw TensorError(
        .dtype, "expected scalar type \(a.scalarTypeName) but found \(b.scalarTypeName)",
        hint: "Give the operands one type: to(.\(DType.promoted(a, b).name)) has the values of both.", operation: op.name)
    }
  }

  /// A refusal in the name of the type that the operand has.
  private static func naming(_ error: TensorError, _ type: DType) -> TensorError {
    let wide = type.wide.scalarTypeName, own = type.scalarTypeName,
      words = error.message.split(separator: " ", omittingEmptySubsequences: false)
    let message = words.map { word in
      word == "'\(wide)'" ? "'\(own)'" : word == wide ? own : word == "\(wide)." ? "\(own)." : String(word)
    }.joined(separator: " ")
    return TensorError(
      error.kind, message, hint: error.hint, operation: error.operation, shapes: error.shapes, names: error.names)
  }
}

// The fast paths: for an operation that takes narrow types nothing is left of the question.

extension UnaryOperation {
  @inline(__always)
  func computed(_ x: Tensor) throws(TensorError) -> Tensor {
    if Self.takesNarrow || !x.box.dtype.isNarrow { return try forward(x) }
    return try Narrow.outputs(ErasedOperation(value: self), [x])[0]
  }
}

extension BinaryOperation {
  @inline(__always)
  func computed(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    if Self.takesNarrow || !(x.box.dtype.isNarrow || w.box.dtype.isNarrow) { return try forward(x, w) }
    return try Narrow.outputs(ErasedOperation(value: self), [x, w])[0]
  }
}

extension AffineOperation {
  @inline(__always)
  func computed(_ x: Tensor, _ w: Tensor, _ b: Tensor?) throws(TensorError) -> Tensor {
    if !(x.box.dtype.isNarrow || w.box.dtype.isNarrow || b?.box.dtype.isNarrow ?? false) { return try forward(x, w, b) }
    return try Narrow.outputs(ErasedOperation(value: self), b.map { [x, w, $0] } ?? [x, w])[0]
  }
}

extension VariadicOperation {
  @inline(__always)
  func computed(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    if Self.takesNarrow || !x.contains(where: \.box.dtype.isNarrow) { return try forward(x) }
    return try Narrow.outputs(ErasedOperation(value: self), x)
  }
}

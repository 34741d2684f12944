import CKernels

/// Whether nothing records, transforms or watches an operation on these tensors, and they are not of a narrow type, so that a rule may call
/// a kernel directly.
@inline(__always)
func isPlain(_ a: Tensor, _ b: Tensor? = nil, _ c: Tensor? = nil, _ d: Tensor? = nil) -> Bool {
  let thread = cr_thread()!
  guard thread.pointee.slow == 0, !a.dtype.isNarrow else { return false }
  if thread.pointee.no_grad != 0 { return true }
  return !(a.isTracked || b?.isTracked ?? false || c?.isTracked ?? false || d?.isTracked ?? false)
}

/// What several rules share.
enum Rules {
  /// The sum of what is there; a tangent rule is called only where something is.
  static func sum(_ a: Tensor?, _ b: Tensor?) -> Tensor {
    guard let a else { return b ?? .poison }
    return b.map { a + $0 } ?? a
  }

  /// Zeros for an operation that copies them before it adds to them: one element, expanded, so that the copy is the first write.
  static func zeroBase(_ shape: [Int], _ dtype: DType) -> Tensor { Tensor.zeros([], dtype: dtype).expanded(shape) }

  /// Refuses operands of two types where nothing is converted, in PyTorch's words.
  static func requireScalarType(
    _ expected: DType, of found: Tensor, _ operation: String, hint: String? = nil
  ) throws(TensorError) {
    if found.dtype == expected { return }
    throw TensorError(
      .dtype, "expected scalar type \(expected.scalarTypeName) but found \(found.dtype.scalarTypeName)",
      hint: hint ?? "Convert it with to(.\(expected.name)).", operation: operation)
  }

  /// `x` in float32 where it is float16 or bfloat16 and a parameter beside it float32, as PyTorch's normalisations take it; else nil.
  static func widened(_ x: Tensor, beside parameters: [Tensor?]) -> Tensor? {
    let isMixed = x.dtype.isNarrow && x.dtype.isFloatingPoint && parameters.contains { $0?.dtype == .float32 }
    return isMixed ? x.to(.float32) : nil
  }

  /// Refuses bools, which have no order in PyTorch.
  static func refuseBool(_ x: Tensor, _ message: String, _ operation: String) throws(TensorError) {
    if x.dtype == .bool {
      throw TensorError(.dtype, message, hint: "Convert first: x.to(.uint8).", operation: operation)
    }
  }

  /// Refuses a dimension of a tensor that has none.
  static func requireDimension(_ dim: Int, of x: Tensor, _ operation: String) throws(TensorError) {
    if x.rank == 0 {
      throw TensorError(
        .index, "Dimension specified as \(dim) but tensor has no dimensions", hint: "Leave the dimension out, or use unsqueezed(0).",
        operation: operation)
    }
  }

  static var boolScalarSubtraction: TensorError {
    TensorError(
      .dtype,
      "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or "
        + "`logical_not()` operator instead.",
      hint: "In Swift: mask.logicalNot(), or convert with to(.int64).", operation: "sub")
  }

  static var boolSubtraction: TensorError {
    TensorError(
      .dtype,
      "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead.",
      hint: "In Swift: a.logicalXor(b), or convert with to(.int64).", operation: "sub")
  }
}

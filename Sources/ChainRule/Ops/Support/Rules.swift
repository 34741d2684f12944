import CKernels

/// Whether nothing records, transforms or watches an operation on these tensors, so that a rule may call a kernel directly.
@inline(__always)
func isPlain(_ a: Tensor, _ b: Tensor? = nil, _ c: Tensor? = nil, _ d: Tensor? = nil) -> Bool {
  let thread = cr_thread()!
  guard thread.pointee.slow == 0 else { return false }
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

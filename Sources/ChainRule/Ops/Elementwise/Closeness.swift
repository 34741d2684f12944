/// Comparisons of whole tensors, and tests for special values.
extension Tensor {
  /// Returns whether each element agrees with the other's within `absolute + relative * |other|`; infinities must be equal.
  public func isClose(_ other: Tensor, relative: Double = 1e-5, absolute: Double = 1e-8, equalNaN: Bool = false) -> Tensor {
    for (name, tolerance) in [("rtol", relative), ("atol", absolute)] where !(tolerance >= 0) {
      return fail(
        TensorError(
          .argument, "\(name) must be greater than or equal to zero, but got \(Rules.short(tolerance))",
          hint: "A tolerance is a distance.", operation: "isClose"
        ).describing([self, other]))
    }
    guard dtype == other.dtype else {
      return fail(
        TensorError(
          .dtype, "\(dtype.scalarTypeName) did not match \(other.dtype.scalarTypeName)", hint: "Convert one with to(_:).",
          operation: "isClose"
        ).describing([self, other]))
    }
    // Bools compare as 0 and 1.
    func number(_ x: Tensor) -> Tensor { x.dtype == .bool ? x.detach().to(.int64) : x.detach() }
    let a = number(self), b = number(other)
    var close = a .== b
    if equalNaN { close = close.logicalOr(a.isNaN().logicalAnd(b.isNaN())) }
    if relative == 0, absolute == 0 { return close }
    // Of integers in real numbers: their difference might not fit.
    let at = b.dtype.isFloatingPoint ? b : b.to(defaultDType), distance = (a - at).abs()
    return close.logicalOr((distance .<= at.abs() * relative + absolute).logicalAnd(distance.isFinite()))
  }

  /// Whether all elements agree within `absolute + relative * |other|`.
  public func allClose(_ other: Tensor, relative: Double = 1e-5, absolute: Double = 1e-8, equalNaN: Bool = false) -> Bool {
    noGrad { isClose(other, relative: relative, absolute: absolute, equalNaN: equalNaN).all().item(as: Bool.self) }
  }

  /// Whether both tensors have one shape, one type and the same elements.
  public func equal(_ other: Tensor) -> Bool {
    guard shape == other.shape, dtype == other.dtype else { return false }
    return noGrad { (detach() .== other.detach()).all().item(as: Bool.self) }
  }

  /// Returns whether each element is positive infinity.
  public func isPosInf() -> Tensor { self .== Double.infinity }
  /// Returns whether each element is negative infinity.
  public func isNegInf() -> Tensor { self .== -Double.infinity }
}

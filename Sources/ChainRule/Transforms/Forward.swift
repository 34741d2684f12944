/// The value of a function and its tangent along a direction.
public struct ValueAndTangent: Sendable {
  /// f(x).
  public let value: Tensor
  /// The Jacobian-vector product J v.
  public let tangent: Tensor
}

/// The value of a function and its Jacobian-vector product, in forward mode: one pass, nothing saved.
///
///     let (y, dy) = (jvp(f, x, v).value, jvp(f, x, v).tangent)
///
/// Levels nest: `jvp` inside `jvp` differentiates twice, and each sees only its own direction.
public func jvp(_ f: (Tensor) -> Tensor, _ x: Tensor, _ v: Tensor) -> ValueAndTangent { Forward.jvp({ f($0[0]) }, [x], [v]) }

/// The value of a function of two inputs and its Jacobian-vector product along directions for both.
public func jvp(
  _ f: (Tensor, Tensor) -> Tensor, _ x: (Tensor, Tensor), _ v: (Tensor, Tensor)
) -> ValueAndTangent {
  Forward.jvp({ f($0[0], $0[1]) }, [x.0, x.1], [v.0, v.1])
}

/// The value of a function of several inputs and its Jacobian-vector product along a direction for each.
public func jvp(_ f: ([Tensor]) -> Tensor, _ x: [Tensor], _ v: [Tensor]) -> ValueAndTangent { Forward.jvp(f, x, v) }

/// Forward mode under the functions above.
enum Forward {
  static func jvp(_ f: ([Tensor]) -> Tensor, _ x: [Tensor], _ v: [Tensor]) -> ValueAndTangent {
    if isErrorPending { return ValueAndTangent(value: .poison, tangent: .poison) }
    guard x.count == v.count else {
      let refused = fail(
        TensorError(
          .argument, "jvp(f, primals, tangents): Expected primals and tangents to have the same structure",
          hint: "Give one tangent for each of the \(x.count) inputs.", operation: "jvp"))
      return ValueAndTangent(value: refused, tangent: refused)
    }
    for (primal, tangent) in zip(x, v) where primal.internalShape != tangent.internalShape {
      let refused = fail(
        TensorError(
          .shape,
          "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not supported. Tensor "
            + "is of size \(primal.shape) while the given forward gradient is of size \(tangent.shape).",
          hint: "A tangent has its tensor's shape.", operation: "jvp"
        ).describing([primal, tangent]))
      return ValueAndTangent(value: refused, tangent: refused)
    }
    return Modes.atNewLevel { _, level in
      let duals = zip(x, v).map { Levels.dual(Levels.settled($0), Levels.settled($1).to($0.dtype), level: level) }
      let y = Levels.left(f(duals), limit: 2 * level)
      if isErrorPending { return ValueAndTangent(value: .poison, tangent: .poison) }
      guard let dual = Levels.wrapper(y, Dual.self, level: level) else {
        return ValueAndTangent(value: y, tangent: Tensor.zeros(like: y))
      }
      return ValueAndTangent(value: dual.primal, tangent: dual.tangent)
    }
  }
}

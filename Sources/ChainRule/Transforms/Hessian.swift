// Derivatives of second order of scalar-valued functions, and products with them.

/// The Hessian of a scalar-valued function, by forward over reverse mode: all columns in one batch.
///
/// - Parameters:
///   - f: the function.
///   - x: where.
///   - chunkSize: how many columns are computed at once; nil for all.
///   - strict: whether a function, or a gradient, that does not depend on the input is refused, instead of giving zeros.
/// - Returns: a tensor of shape [input..., input...].
public func hessian(_ f: @escaping (Tensor) -> Tensor, _ x: Tensor, chunkSize: Int? = nil, strict: Bool = false) -> Tensor {
  Hessians.hessian({ f($0[0]) }, [x], chunkSize, strict)[0][0]
}

/// The Hessian of a scalar-valued function of two inputs: the derivatives of the gradient for the first by both, and of that for the
/// second by both.
///
///     let ((xx, xw), (wx, ww)) = hessian({ (x, w) in (x * w).pow(2).sum() }, x, w)
public func hessian(
  _ f: @escaping (Tensor, Tensor) -> Tensor, _ x: Tensor, _ w: Tensor, chunkSize: Int? = nil, strict: Bool = false
) -> ((Tensor, Tensor), (Tensor, Tensor)) {
  let h = Hessians.hessian({ f($0[0], $0[1]) }, [x, w], chunkSize, strict)
  return ((h[0][0], h[0][1]), (h[1][0], h[1][1]))
}

/// The Hessian of a scalar-valued function of a tree: for each of its tensors, in order, the derivatives of the gradient for that tensor,
/// as a tree of the form of `x`.
///
///     let h = hessian({ (x: [Tensor]) in (x[0] * x[1]).sum() }, [a, b])
///     h[0][1]                                    // of the gradient for a, by b
@_disfavoredOverload
public func hessian<Input: TensorTree>(
  _ f: @escaping (Input) -> Tensor, _ x: Input, chunkSize: Int? = nil, strict: Bool = false
) -> [Input] {
  Hessians.hessian({ f(x.replacingTensors($0)) }, x.tensors, chunkSize, strict).map(x.replacingTensors)
}

/// The product of the Hessian of a scalar-valued function with a vector, without the Hessian: the tangent of the gradient, H v.
///
/// - Parameters:
///   - f: gives a scalar.
///   - x: the point.
///   - v: the vector, in the shape of x.
///   - strict: whether a function, or a gradient, that does not depend on the input is refused, instead of giving zeros.
public func hvp(_ f: @escaping (Tensor) -> Tensor, _ x: Tensor, _ v: Tensor, strict: Bool = false) -> Tensor {
  Hessians.product({ f($0[0]) }, [x], [v], strict)[0]
}

/// The product of the Hessian of a scalar-valued function of two inputs with a vector for both.
public func hvp(
  _ f: @escaping (Tensor, Tensor) -> Tensor, _ x: (Tensor, Tensor), _ v: (Tensor, Tensor), strict: Bool = false
) -> (Tensor, Tensor) {
  let product = Hessians.product({ f($0[0], $0[1]) }, [x.0, x.1], [v.0, v.1], strict)
  return (product[0], product[1])
}

/// The product of the Hessian of a scalar-valued function of a tree with a vector, a tree of the same form.
@_disfavoredOverload
public func hvp<Input: TensorTree>(_ f: @escaping (Input) -> Tensor, _ x: Input, _ v: Input, strict: Bool = false) -> Input {
  guard let directions = TreeForm.tensors(of: v, like: x, "hvp", "the vector") else { return x.mapTensors { _ in .poison } }
  return x.replacingTensors(Hessians.product({ f(x.replacingTensors($0)) }, x.tensors, directions, strict))
}

/// The product of a vector with the Hessian of a scalar-valued function, v'H, by reverse over reverse mode: for functions with an operation
/// that has no forward mode. The Hessian is symmetric, so the numbers are those of `hvp`, which takes less memory.
///
/// - Parameters:
///   - f: gives a scalar.
///   - x: the point.
///   - v: the vector, in the shape of x.
///   - strict: whether a function, or a gradient, that does not depend on the input is refused, instead of giving zeros.
public func vhp(_ f: @escaping (Tensor) -> Tensor, _ x: Tensor, _ v: Tensor, strict: Bool = false) -> Tensor {
  Hessians.reverseProduct({ f($0[0]) }, [x], [v], strict)[0]
}

/// The product of a vector for both inputs with the Hessian of a scalar-valued function of two inputs.
public func vhp(
  _ f: @escaping (Tensor, Tensor) -> Tensor, _ x: (Tensor, Tensor), _ v: (Tensor, Tensor), strict: Bool = false
) -> (Tensor, Tensor) {
  let product = Hessians.reverseProduct({ f($0[0], $0[1]) }, [x.0, x.1], [v.0, v.1], strict)
  return (product[0], product[1])
}

/// The product of a vector, a tree of the form of `x`, with the Hessian of a scalar-valued function of a tree.
@_disfavoredOverload
public func vhp<Input: TensorTree>(_ f: @escaping (Input) -> Tensor, _ x: Input, _ v: Input, strict: Bool = false) -> Input {
  guard let directions = TreeForm.tensors(of: v, like: x, "vhp", "the vector") else { return x.mapTensors { _ in .poison } }
  return x.replacingTensors(Hessians.reverseProduct({ f(x.replacingTensors($0)) }, x.tensors, directions, strict))
}

/// The product of the generalised Gauss-Newton matrix of `loss(f(x))` with a vector: J'H J v, where J is the Jacobian of `f` and H the
/// Hessian of `loss` at its result (Schraudolph 2002).
///
///     let step = ggnvp({ model($0) }, { crossEntropy($0, targets) }, weights, v)
///
/// Of a convex loss the matrix has no negative eigenvalue, which the Hessian of `loss(f(x))` may have.
///
/// - Parameters:
///   - f: from parameters to predictions.
///   - loss: from predictions to one number.
///   - x: the parameters.
///   - v: a direction, a tree of the form of `x`.
public func ggnvp<Input: TensorTree, Output: TensorTree>(
  _ f: (Input) -> Output, _ loss: @escaping (Output) -> Tensor, _ x: Input, _ v: Input
) -> Input {
  let (value, push, pullback) = Linearized.both(f, x)
  return pullback(hvp(loss, value, push(v)))
}

/// What the functions above share.
private enum Hessians {
  static func gradients(_ f: @escaping ([Tensor]) -> Tensor) -> Jacobians.Function { { Reverse.valueAndGrad(f, $0, "hessian").gradients } }

  static func hessian(_ f: @escaping ([Tensor]) -> Tensor, _ x: [Tensor], _ chunkSize: Int?, _ strict: Bool) -> [[Tensor]] {
    if strict, !Strictness.allowsHessian(f, x) { return x.map { _ in x.map { _ in .poison } } }
    return Jacobians.jacobians(gradients(f), x, .forward, chunkSize)
  }

  static func product(_ f: @escaping ([Tensor]) -> Tensor, _ x: [Tensor], _ v: [Tensor], _ strict: Bool) -> [Tensor] {
    if strict, !Strictness.allowsHessian(f, x) { return x.map { _ in .poison } }
    return Forward.jvp(gradients(f), x, v).tangents
  }

  static func reverseProduct(_ f: @escaping ([Tensor]) -> Tensor, _ x: [Tensor], _ v: [Tensor], _ strict: Bool) -> [Tensor] {
    if strict, !Strictness.allowsHessian(f, x) { return x.map { _ in .poison } }
    return Reverse.vjp(gradients(f), x).gradients(v)
  }
}

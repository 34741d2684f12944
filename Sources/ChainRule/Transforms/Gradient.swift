// The functional face of reverse mode: functions in, functions out, no leaf's `grad` touched.

/// The gradient of a scalar-valued function: a function of the same input. As `torch.func.grad`.
///
///     let f = { (x: Tensor) in (x * x * x).sum() }
///     grad(f)(x)                               // 3 x^2
///     grad { grad(f)($0).sum() }(x)            // 6 x
public func grad(_ f: @escaping (Tensor) -> Tensor) -> (Tensor) -> Tensor {
  { x in Reverse.valueAndGrad({ f($0[0]) }, [x], "grad").gradients[0] }
}

/// The gradient of a scalar-valued function of two inputs, for one of them: the first, unless `argnums` says the other.
///
///     grad { (x, w) in (x * w).sum() }(x, w)                // for x
///     grad({ (x, w) in (x * w).sum() }, argnums: 1)(x, w)   // for w
public func grad(_ f: @escaping (Tensor, Tensor) -> Tensor, argnums: Int = 0) -> (Tensor, Tensor) -> Tensor {
  { x, w in Reverse.chosen({ f($0[0], $0[1]) }, [x, w], [argnums], "grad").gradients[0] }
}

/// The gradients of a scalar-valued function of two inputs, for those that `argnums` names, in that order.
public func grad(_ f: @escaping (Tensor, Tensor) -> Tensor, argnums: [Int]) -> (Tensor, Tensor) -> [Tensor] {
  { x, w in Reverse.chosen({ f($0[0], $0[1]) }, [x, w], argnums, "grad").gradients }
}

/// The gradients of a scalar-valued function of a list, for the elements that `argnums` names, in that order.
public func grad(_ f: @escaping ([Tensor]) -> Tensor, argnums: [Int]) -> ([Tensor]) -> [Tensor] {
  { x in Reverse.chosen(f, x, argnums, "grad").gradients }
}

/// The gradients of a scalar-valued function of a tree, as a tree of the same form.
///
///     grad { (x: [Tensor]) in (x[0] * x[1]).sum() }([a, b])               // [b, a]
///     grad { (p: [String: Tensor]) in p["w"]!.pow(2).sum() }(["w": w])    // ["w": 2 w]
@_disfavoredOverload
public func grad<Input: TensorTree>(_ f: @escaping (Input) -> Tensor) -> (Input) -> Input {
  { x in x.replacingTensors(Reverse.valueAndGrad({ f(x.replacingTensors($0)) }, x.tensors, "grad").gradients) }
}

/// The gradients of a scalar-valued function of a tree, and what the function returns beside its value, which has no part in them.
///
///     let (gradients, prediction) = grad({ (w: Tensor) in (loss(x.matmul(w), y), x.matmul(w)) }, hasAux: true)(w)
///
/// - Parameters:
///   - f: gives the scalar, and what it returns beside it.
///   - hasAux: true, as the function's type says already: a word for who reads the call.
public func grad<Input: TensorTree, Aux: TensorTree>(
  _ f: @escaping (Input) -> (Tensor, Aux), hasAux: Bool
) -> (Input) -> (gradients: Input, aux: Aux) {
  { x in
    let result = Reverse.valueAndGrad(f, x, hasAux, "grad")
    return (result.gradients, result.aux)
  }
}

/// The value and the gradient of a scalar-valued function.
public func valueAndGrad(_ f: @escaping (Tensor) -> Tensor) -> (Tensor) -> (value: Tensor, gradient: Tensor) {
  { x in
    let (value, gradients) = Reverse.valueAndGrad({ f($0[0]) }, [x], "valueAndGrad")
    return (value, gradients[0])
  }
}

/// The value and the gradients, for both inputs, of a scalar-valued function.
public func valueAndGrad(
  _ f: @escaping (Tensor, Tensor) -> Tensor
) -> (Tensor, Tensor) -> (value: Tensor, gradients: (Tensor, Tensor)) {
  { x, w in
    let (value, gradients) = Reverse.valueAndGrad({ f($0[0], $0[1]) }, [x, w], "valueAndGrad")
    return (value, (gradients[0], gradients[1]))
  }
}

/// The value of a scalar-valued function of a list, and the gradients for the elements that `argnums` names, in that order.
public func valueAndGrad(
  _ f: @escaping ([Tensor]) -> Tensor, argnums: [Int]
) -> ([Tensor]) -> (value: Tensor, gradients: [Tensor]) {
  { x in Reverse.chosen(f, x, argnums, "valueAndGrad") }
}

/// The value and the gradients, as a tree of the same form, of a scalar-valued function of a tree.
@_disfavoredOverload
public func valueAndGrad<Input: TensorTree>(
  _ f: @escaping (Input) -> Tensor
) -> (Input) -> (value: Tensor, gradients: Input) {
  { x in
    let (value, gradients) = Reverse.valueAndGrad({ f(x.replacingTensors($0)) }, x.tensors, "valueAndGrad")
    return (value, x.replacingTensors(gradients))
  }
}

/// The value and the gradients of a scalar-valued function of a tree, and what the function returns beside its value.
///
/// - Parameters:
///   - f: gives the scalar, and what it returns beside it.
///   - hasAux: true, as the function's type says already: a word for who reads the call.
public func valueAndGrad<Input: TensorTree, Aux: TensorTree>(
  _ f: @escaping (Input) -> (Tensor, Aux), hasAux: Bool
) -> (Input) -> (value: Tensor, gradients: Input, aux: Aux) {
  { x in Reverse.valueAndGrad(f, x, hasAux, "valueAndGrad") }
}

/// A value and its pullback: the vector-Jacobian product, to be applied as often as wanted.
public struct Pullback {
  /// f(x).
  public let value: Tensor
  private let apply: (Tensor) -> [Tensor]

  init(_ pulled: Reverse.Pulled) {
    value = pulled.values[0]
    apply = { pulled.gradients([$0]) }
  }

  /// v'J for the (first) input, where `v` has the value's shape.
  public func pullback(_ v: Tensor) -> Tensor { apply(v)[0] }
  /// v'J for every input.
  public func pullbacks(_ v: Tensor) -> [Tensor] { apply(v) }
}

/// The value of a function and its vector-Jacobian product.
///
///     let (y, dx) = (vjp(f, x).value, vjp(f, x).pullback(v))
///
/// - Parameters:
///   - f: the function.
///   - x: the point.
///   - strict: whether an output that does not depend on the input is refused, instead of giving zeros.
public func vjp(_ f: (Tensor) -> Tensor, _ x: Tensor, strict: Bool = false) -> Pullback {
  Pullback(Reverse.vjp({ [f($0[0])] }, [x]).checked(strict))
}

/// The value of a function of two inputs and its vector-Jacobian product.
///
/// - Parameters:
///   - f: the function.
///   - x: the first input.
///   - w: the second.
///   - strict: whether an input that the value does not depend on is refused, instead of giving zeros.
public func vjp(_ f: (Tensor, Tensor) -> Tensor, _ x: Tensor, _ w: Tensor, strict: Bool = false) -> Pullback {
  Pullback(Reverse.vjp({ [f($0[0], $0[1])] }, [x, w]).checked(strict))
}

/// The value of a function of a list and its vector-Jacobian product.
///
/// - Parameters:
///   - f: the function.
///   - x: the inputs.
///   - strict: whether an input that the value does not depend on is refused, instead of giving zeros.
public func vjp(_ f: ([Tensor]) -> Tensor, _ x: [Tensor], strict: Bool = false) -> Pullback {
  Pullback(Reverse.vjp({ [f($0)] }, x).checked(strict))
}

/// The value of a function from trees to trees, and its vector-Jacobian product, which may be applied as often as wanted.
///
///     let (y, pullback) = vjp({ (p: [String: Tensor]) in [p["w"]!.sin(), p["b"]! * 2] }, parameters)
///     let gradients = pullback([v, u])          // a dictionary: v' J for "w" and "b"
///
/// - Parameters:
///   - f: the function.
///   - x: the point.
///   - strict: whether an output that depends on no input, or an input that no output depends on, is refused, instead of giving zeros.
@_disfavoredOverload
public func vjp<Input: TensorTree, Output: TensorTree>(
  _ f: (Input) -> Output, _ x: Input, strict: Bool = false
) -> (value: Output, pullback: (Output) -> Input) {
  let (value, pullback, _) = Reverse.vjp({ (f($0), [Tensor]()) }, x, strict: strict)
  return (value, pullback)
}

/// The value of a function from trees to trees, its vector-Jacobian product, and what the function returns beside its value.
///
/// - Parameters:
///   - f: gives its output, and what it returns beside it.
///   - x: the point.
///   - hasAux: true, as the function's type says already: a word for who reads the call.
///   - strict: whether an output that depends on no input, or an input that no output depends on, is refused, instead of giving zeros.
public func vjp<Input: TensorTree, Output: TensorTree, Aux: TensorTree>(
  _ f: (Input) -> (Output, Aux), _ x: Input, hasAux: Bool, strict: Bool = false
) -> (value: Output, pullback: (Output) -> Input, aux: Aux) {
  Reverse.refuseWithoutAux(hasAux, "vjp")
  return Reverse.vjp(f, x, strict: strict)
}

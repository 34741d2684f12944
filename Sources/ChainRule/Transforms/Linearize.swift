/// The value of a function and its derivative there, a linear function of a direction: as `torch.func.linearize`.
///
///     let (y, push) = linearize({ $0.sin() }, x)
///     let (a, b) = (push(v), push(u))          // J v and J u; the function is not run again
///
/// The function runs once; `jvp` runs it for each direction. What is applied is the transpose of the pullback, which is linear in its
/// cotangent: v'J differentiated for v. So what `noGrad` computes inside is constant, as in reverse mode; `jvp` has a tangent of it.
public func linearize<Input: TensorTree, Output: TensorTree>(
  _ f: (Input) -> Output, _ x: Input
) -> (value: Output, jvp: (Input) -> Output) {
  let (value, push, _) = Linearized.both(f, x)
  return (value, push)
}

/// The transpose of a linear function: as `jax.linear_transpose`.
///
///     let back = linearTranspose({ conv1d($0, kernel) }, Tensor.zeros(1, 1, 8))
///     let x = back(y)                          // the transposed convolution
///
/// Whether the function is linear is tried, at 0 and at one more place: one that is not is refused. Of a function that is linear only
/// where it was tried nothing is noticed.
///
/// - Parameters:
///   - f: a linear function.
///   - x: an input, for its form, shapes and types; its elements do not count.
/// - Returns: the function that takes a cotangent v of f's output to A'v, where f(x) = A x.
public func linearTranspose<Input: TensorTree, Output: TensorTree>(
  _ f: (Input) -> Output, _ x: Input
) -> (Output) -> Input {
  let zero = x.mapTensors { Tensor.zeros(like: $0) }
  let place = x.mapTensors { (Tensor.arange($0.count, dtype: .float64) * 0.9 + 0.3).cos().to($0.dtype).reshaped($0.shape) }
  let (atZero, along, _) = noGrad { Forward.jvp({ (f($0), [Tensor]()) }, zero, place) }
  let (value, pullback, _) = Reverse.vjp({ (f($0), [Tensor]()) }, place)
  if isErrorPending { return { _ in x.mapTensors { _ in .poison } } }
  for ((offset, slope), y) in zip(zip(atZero.tensors, along.tensors), value.tensors) {
    let size = Tolerance.largest(y), tolerance = Tolerance.relative(y.dtype) * max(size, 1)
    guard Tolerance.largest(offset) == 0, Tolerance.largest(y.detach() - slope) <= tolerance else {
      fail(
        TensorError(
          .transform, "linear_transpose requires a linear function; this one is not",
          hint: "f(0) must be 0 and f(a x + b y) = a f(x) + b f(y). For the derivative of another function use vjp or linearize.",
          operation: "linearTranspose"
        ).describing([y]))
      return { _ in x.mapTensors { _ in .poison } }
    }
  }
  return pullback
}

/// A function's value with its derivative and the transpose of that, of one run.
enum Linearized {
  static func both<Input: TensorTree, Output: TensorTree>(
    _ f: (Input) -> Output, _ x: Input
  ) -> (value: Output, jvp: (Input) -> Output, vjp: (Output) -> Input) {
    let (value, pullback, _) = Reverse.vjp({ (f($0), [Tensor]()) }, x)
    let pulled = Reverse.vjp({ pullback(value.replacingTensors($0)).tensors }, value.tensors.map { Tensor.zeros(like: $0) })
    let push = { (v: Input) in
      guard let directions = TreeForm.tensors(of: v, like: x, "linearize", "the direction"),
        zip(x.tensors, directions).allSatisfy({ Forward.fits($0, $1, "linearize") })
      else { return value.mapTensors { _ in .poison } }
      return value.replacingTensors(pulled.gradients(directions))
    }
    return (value, push, pullback)
  }
}

/// How far numbers may differ that are equal but for rounding.
enum Tolerance {
  /// The largest magnitude of the elements, of a whole batch inside `vmap`; NaN where one is.
  static func largest(_ t: Tensor) -> Double {
    var t = Levels.cut(t, tangents: true)
    while !t.isTracked, t.box.flags.contains(.wrapped), let batch = t.box.wrapper as? Batched { t = batch.values }
    return t.count == 0 ? 0 : t.abs().max().item()
  }

  /// Some hundred to thousand times the spacing of numbers at 1; of half precision, a few times.
  static func relative(_ dtype: DType) -> Double {
    switch dtype {
    case .float64, .complex128: 1e-10
    case .float16, .bfloat16: 2e-2
    default: 1e-4
    }
  }
}

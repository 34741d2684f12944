/// How a Jacobian is computed: a column at a time in forward mode, a row at a time in reverse, or whichever are fewer.
public enum JacobianMode: Sendable {
  /// Forward where there are no more input elements than output elements, else reverse.
  ///
  /// How many outputs there are shows when the function has run, in reverse mode. Where forward mode is then chosen the function runs a
  /// second time, after the values of leaves (running statistics among them) and the generators that the first run has changed are put
  /// back, so that they move once. A function that changes anything else, such as a variable of the program, is given its mode.
  case automatic
  /// One tangent for each element of the input, all in one batch.
  case forward
  /// One gradient for each element of the output, all in one batch.
  case reverse
}

/// The Jacobian of a function: every derivative of every output element for every input element.
///
/// - Parameters:
///   - f: the function.
///   - x: where.
///   - mode: forward, reverse, or chosen by the shapes.
/// - Returns: a tensor of shape [output..., input...].
public func jacobian(_ f: @escaping (Tensor) -> Tensor, _ x: Tensor, mode: JacobianMode = .automatic) -> Tensor {
  Jacobians.jacobians({ f($0[0]) }, [x], mode)[0]
}

/// The Jacobians of a function of two inputs, one for each.
public func jacobian(
  _ f: @escaping (Tensor, Tensor) -> Tensor, _ x: Tensor, _ w: Tensor, mode: JacobianMode = .automatic
) -> (Tensor, Tensor) {
  let both = Jacobians.jacobians({ f($0[0], $0[1]) }, [x, w], mode)
  return (both[0], both[1])
}

/// The Jacobians of a function of several inputs, one for each.
public func jacobian(_ f: @escaping ([Tensor]) -> Tensor, _ x: [Tensor], mode: JacobianMode = .automatic) -> [Tensor] {
  Jacobians.jacobians(f, x, mode)
}

/// The Hessian of a scalar-valued function, by forward over reverse mode: all columns in one batch.
///
/// - Returns: a tensor of shape [input..., input...].
public func hessian(_ f: @escaping (Tensor) -> Tensor, _ x: Tensor) -> Tensor { jacobian(grad(f), x, mode: .forward) }

/// The product of the Hessian of a scalar-valued function with a vector, without the Hessian: the tangent of the gradient.
public func hvp(_ f: @escaping (Tensor) -> Tensor, _ x: Tensor, _ v: Tensor) -> Tensor { jvp(grad(f), x, v).tangent }

/// What the functions above share. The function runs once for all inputs together.
private enum Jacobians {
  static func jacobians(_ f: @escaping ([Tensor]) -> Tensor, _ x: [Tensor], _ mode: JacobianMode) -> [Tensor] {
    if isErrorPending || x.isEmpty { return x.map { _ in .poison } }
    let result: [Tensor]
    switch mode {
    case .forward: result = forward(f, x)
    case .reverse: result = rows(Reverse.vjp(f, x), x)
    case .automatic: result = automatic(f, x)
    }
    return isErrorPending ? x.map { _ in .poison } : result
  }

  private static func automatic(_ f: @escaping ([Tensor]) -> Tensor, _ x: [Tensor]) -> [Tensor] {
    let inputs = x.reduce(0) { $0 + $1.count }
    // Hardly a function has fewer outputs.
    if inputs < 2 { return forward(f, x) }
    do {
      let (pulled, journal) = Journal.keeping { Reverse.vjp(f, x) }
      if isErrorPending { return [] }
      if inputs > pulled.value.count { return rows(pulled, x) }
      journal.undo()
    }
    return forward(f, x)
  }

  private static func forward(_ f: @escaping ([Tensor]) -> Tensor, _ x: [Tensor]) -> [Tensor] {
    let sizes = x.map(\.count), total = sizes.reduce(0, +)
    // The value, with the random numbers in it, is the same for every direction and is computed once; only the tangents are a batch.
    let columns = vmap(
      { direction in jvp(f, x, zip(split(direction, sizes), x).map { $0.reshaped($1.shape) }).tangent }, randomness: .same
    )(Tensor.eye(total, dtype: x[0].dtype))
    if isErrorPending { return [] }
    let output = Array(columns.shape.dropFirst())
    let order = output.isEmpty ? columns : columns.permuted(Array(1...output.count) + [0])
    return zip(split(order, sizes, dim: -1), x).map { $0.reshaped(output + $1.shape) }
  }

  private static func rows(_ pulled: Pullback, _ x: [Tensor]) -> [Tensor] {
    if isErrorPending { return [] }
    let output = pulled.value.shape, count = output.reduce(1, *)
    let rows = vmap { cotangent in
      cat(pulled.pullbacks(cotangent.reshaped(output)).map { $0.flattened() })
    }(Tensor.eye(count, dtype: pulled.value.dtype))
    if isErrorPending { return [] }
    return zip(split(rows, x.map(\.count), dim: -1), x).map { $0.to($1.dtype).reshaped(output + $1.shape) }
  }
}

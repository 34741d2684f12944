/// How a Jacobian is computed: a column at a time in forward mode, a row at a time in reverse, or whichever are fewer.
public enum JacobianMode: Sendable {
  /// Forward where there are no more inputs than outputs, else reverse.
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
  Jacobians.jacobian({ f($0[0]) }, [x], 0, mode)
}

/// The Jacobians of a function of two inputs, one for each.
public func jacobian(
  _ f: @escaping (Tensor, Tensor) -> Tensor, _ x: Tensor, _ w: Tensor, mode: JacobianMode = .automatic
) -> (Tensor, Tensor) {
  (Jacobians.jacobian({ f($0[0], $0[1]) }, [x, w], 0, mode), Jacobians.jacobian({ f($0[0], $0[1]) }, [x, w], 1, mode))
}

/// The Jacobians of a function of several inputs, one for each.
public func jacobian(_ f: @escaping ([Tensor]) -> Tensor, _ x: [Tensor], mode: JacobianMode = .automatic) -> [Tensor] {
  x.indices.map { Jacobians.jacobian(f, x, $0, mode) }
}

/// The Hessian of a scalar-valued function, by forward over reverse mode: all columns in one batch.
///
/// - Returns: a tensor of shape [input..., input...].
public func hessian(_ f: @escaping (Tensor) -> Tensor, _ x: Tensor) -> Tensor { jacobian(grad(f), x, mode: .forward) }

/// The product of the Hessian of a scalar-valued function with a vector, without the Hessian: the tangent of the gradient.
public func hvp(_ f: @escaping (Tensor) -> Tensor, _ x: Tensor, _ v: Tensor) -> Tensor { jvp(grad(f), x, v).tangent }

/// What the functions above share.
private enum Jacobians {
  static func jacobian(_ f: @escaping ([Tensor]) -> Tensor, _ x: [Tensor], _ wanted: Int, _ mode: JacobianMode) -> Tensor {
    if isErrorPending { return .poison }
    switch mode {
    case .forward: return forward(f, x, wanted)
    case .reverse: return reverse(f, x, wanted)
    case .automatic:
      let outputs = size(f, x)
      return x[wanted].count <= outputs ? forward(f, x, wanted) : reverse(f, x, wanted)
    }
  }

  /// How many elements `f` gives. It runs once more for that, and draws the same random numbers when it is differentiated.
  private static func size(_ f: ([Tensor]) -> Tensor, _ x: [Tensor]) -> Int {
    let generator = Generator.default.snapshot
    defer { Generator.default.snapshot = generator }
    return noGrad { f(x.map { $0.detach() }) }.count
  }

  /// The unit vectors of the space of `like`: [n, shape...].
  private static func basis(_ shape: [Int], _ dtype: DType) -> Tensor {
    let n = shape.reduce(1, *)
    return Tensor.eye(n, dtype: dtype).reshaped([n] + shape)
  }

  private static func forward(_ f: @escaping ([Tensor]) -> Tensor, _ x: [Tensor], _ wanted: Int) -> Tensor {
    let shape = x[wanted].shape
    // The value is the same for every direction and is computed once; only the tangents are a batch.
    let columns = vmap { direction in
      jvp({ (t: Tensor) in f(x.indices.map { $0 == wanted ? t : x[$0] }) }, x[wanted], direction).tangent
    }(basis(shape, x[wanted].dtype))
    let output = Array(columns.shape.dropFirst())
    let order = output.isEmpty ? columns : columns.permuted(Array(1...output.count) + [0])
    return order.reshaped(output + shape)
  }

  private static func reverse(_ f: @escaping ([Tensor]) -> Tensor, _ x: [Tensor], _ wanted: Int) -> Tensor {
    let pulled = vjp({ (t: Tensor) in f(x.indices.map { $0 == wanted ? t : x[$0] }) }, x[wanted])
    let output = pulled.value.shape
    let rows = vmap { pulled.pullback($0) }(basis(output, pulled.value.dtype))
    return rows.reshaped(output + x[wanted].shape)
  }
}

/// How the linear system is solved whose solution is the derivative of an implicit function.
public enum LinearSolver: Sendable {
  /// By elimination: all columns of the Jacobian are computed. For up to some thousand unknowns; the only one that works for every system.
  case direct
  /// By conjugate gradients, with one product with the matrix for each step. For many unknowns and a symmetric positive definite matrix, such
  /// as the Hessian at a minimum.
  case conjugateGradient
  /// By repeating w <- w + (J w + b), which converges where the equation is f(z) - z = 0 and z <- f(z) does: for fixed points.
  case iteration

  /// Solves `map`(w) + b = 0 for w, where `map` is linear.
  func solve(
    _ map: @escaping ([Tensor]) -> [Tensor], _ b: [Tensor], tolerance: Double?, maxIterations: Int, _ operation: String
  ) throws(TensorError) -> [Tensor] {
    let tolerance = tolerance ?? FixedPoint.tolerance(b)
    switch self {
    case .direct: return direct(map, b)
    case .conjugateGradient: return try conjugateGradient(map, b, tolerance, maxIterations, operation)
    case .iteration:
      var w = b
      for _ in 0..<max(0, maxIterations) {
        let step = zip(map(w), b).map { $0 + $1 }
        w = zip(w, step).map { $0 + $1 }
        if isErrorPending { return w }
        let size = FixedPoint.largest(w)
        guard size.isFinite else { break }
        if FixedPoint.largest(step) <= tolerance * size { return w }
      }
      throw TensorError(
        .argument, "the derivative of the solution did not converge in \(maxIterations) iterations",
        hint: "Where z <- f(z) converges slowly or not at all, use linearSolver: .direct; or allow more by maxIterations, or a tolerance.",
        operation: operation)
    }
  }

  private func direct(_ map: @escaping ([Tensor]) -> [Tensor], _ b: [Tensor]) -> [Tensor] {
    let sizes = b.map(\.count), total = sizes.reduce(0, +), flat = cat(b.map { $0.flattened() })
    // Row k is the matrix times the k-th unit vector.
    let rows = Vectorized.map(
      { unit in [cat(map(zip(split(unit[0], sizes), b).map { $0.to($1.dtype).reshaped($1.shape) }).map { $0.flattened() })] },
      [Tensor.eye(total, dtype: flat.dtype)], Vectorized.Options())[0]
    return zip(split(rows.mT.solve(-flat), sizes), b).map { $0.to($1.dtype).reshaped($1.shape) }
  }

  private func conjugateGradient(
    _ map: ([Tensor]) -> [Tensor], _ b: [Tensor], _ tolerance: Double, _ maxIterations: Int, _ operation: String
  ) throws(TensorError) -> [Tensor] {
    func dot(_ a: [Tensor], _ b: [Tensor]) -> Double { zip(a, b).reduce(0) { $0 + ($1.0 * $1.1).sum().item() } }
    var w = b.map { Tensor.zeros(like: $0) }, residual = b.map { -$0 }, direction = residual
    var size = dot(residual, residual)
    let enough = tolerance * tolerance * size
    for _ in 0..<max(0, maxIterations) {
      if size <= enough || isErrorPending { return w }
      let image = map(direction), curvature = dot(direction, image)
      guard curvature > 0 else {
        throw TensorError(
          .argument, "conjugate gradients need a positive definite matrix; along one direction this one has \(curvature)",
          hint: "At a minimum the Hessian is positive definite. For other points and equations use linearSolver: .direct.",
          operation: operation)
      }
      let length = size / curvature
      w = zip(w, direction).map { $0 + $1 * length }
      residual = zip(residual, image).map { $0 - $1 * length }
      let next = dot(residual, residual)
      direction = zip(residual, direction).map { $0 + $1 * (next / size) }
      size = next
    }
    throw TensorError(
      .argument, "conjugate gradients did not converge in \(maxIterations) iterations",
      hint: "Use linearSolver: .direct, or allow more by maxIterations.", operation: operation)
  }
}

/// The iteration z <- f(z).
enum FixedPoint {
  /// The largest magnitude in a list.
  static func largest(_ tensors: [Tensor]) -> Double {
    tensors.reduce(0) { size, t in
      let next = Tolerance.largest(t)
      return next.isNaN || size.isNaN ? .nan : max(size, next)
    }
  }

  /// Some spacings of numbers at 1.
  static func tolerance(_ tensors: [Tensor]) -> Double { tensors.map { $0.dtype == .float64 ? 1e-13 : 1e-6 }.max() ?? 1e-6 }

  /// Repeats until two values differ by no more than rounding.
  static func find(
    _ f: ([Tensor]) -> [Tensor], from start: [Tensor], tolerance: Double?, maxIterations: Int
  ) throws(TensorError) -> [Tensor] {
    let tolerance = tolerance ?? self.tolerance(start)
    var z = start, change = Double.infinity
    for _ in 0..<max(0, maxIterations) {
      let next = f(z)
      if isErrorPending { return z }
      guard next.count == z.count, zip(next, z).allSatisfy({ $0.internalShape == $1.internalShape && $0.dtype == $1.dtype }) else {
        throw TensorError(
          .shape, "fixedPoint: f must keep the shapes and types of its argument", hint: "f goes from one value to the next of its kind.",
          operation: "fixedPoint", shapes: (z + next).map(\.shape))
      }
      change = largest(zip(next, z).map { $0 - $1 })
      z = next
      if change <= tolerance * max(1, largest(z)) { return z }
      guard change.isFinite else { break }
    }
    throw TensorError(
      .argument, "fixedPoint: no fixed point after \(maxIterations) iterations; the last changed an element by \(change)",
      hint: "f must come nearer to its fixed point at each step. Allow more by maxIterations, or a larger tolerance.",
      operation: "fixedPoint")
  }
}

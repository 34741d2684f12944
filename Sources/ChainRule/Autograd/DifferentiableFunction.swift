/// An operation of your own: value, gradient rule and tangent rule in one type.
///
///     struct Cube: DifferentiableFunction {
///       func forward(_ x: [Tensor]) -> Tensor { x[0] * x[0] * x[0] }
///       func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [dy * 3 * x[0] * x[0]] }
///       func jvp(_ dx: [Tensor?], _ x: [Tensor], _ y: Tensor) -> Tensor { dx[0]! * 3 * x[0] * x[0] }
///     }
///     Cube()(x)
///
/// `forward` runs without recording; the rules are written in tensor operations, so that derivatives of every order work.
/// Inside `vmap` it runs for one example after the other; random numbers that it draws are the same or different for them as the
/// `randomness` of the `vmap` says.
public protocol DifferentiableFunction: Sendable {
  /// What graphs, explanations, profiles and errors call the function; the name of its type unless it is given one.
  static var name: String { get }
  /// The value.
  func forward(_ x: [Tensor]) -> Tensor
  /// The gradient for each input, nil where there is none: `dy` times the Jacobian, in the input's shape.
  func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?]
  /// The tangent of the value; an input without a tangent has nil. Without it forward mode uses `vjp` twice.
  func jvp(_ dx: [Tensor?], _ x: [Tensor], _ y: Tensor) -> Tensor
}

extension DifferentiableFunction {
  /// The name of the type.
  public static var name: String { "\(Self.self)" }

  /// Applies the function, and records it where an input is tracked.
  public func callAsFunction(_ x: Tensor...) -> Tensor { UserOperation(function: self)(x)[0] }
  /// Applies the function, and records it where an input is tracked.
  public func callAsFunction(_ x: [Tensor]) -> Tensor { UserOperation(function: self)(x)[0] }

  /// The tangent from `vjp` alone: J v is the derivative of w'J for w, in direction v, as w'J is linear in w.
  public func jvp(_ dx: [Tensor?], _ x: [Tensor], _ y: Tensor) -> Tensor {
    let inDirection = { (w: Tensor) in
      var total = Tensor.zeros([], dtype: y.dtype)
      for case (let tangent?, let gradient?) in zip(dx, vjp(w, x, y)) { total = total + (gradient * tangent).sum() }
      return total
    }
    return grad(inDirection)(Tensor.zeros(like: y))
  }
}

/// A user's function as an operation.
struct UserOperation<F: DifferentiableFunction>: VariadicOperation {
  static var info: OperationInfo {
    OperationInfo(F.name, "A function of the user's.", call: "\(F.self)()", formula: "", derivative: "", shapes: "", samples: [])
  }
  let function: F
  var nodeName: String { "\(F.self)Backward" }
  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) { (needs.map { _ in true }, [true]) }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] { [noGrad { function.forward(x.map { $0.detach() }) }] }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dy = dy[0] else { return s.needs.map { _ in nil } }
    let inputs = s.inputs.indices.map { s.input($0) }
    let results = function.vjp(dy, inputs, s.output(0))
    guard results.count == inputs.count else {
      fail(
        TensorError(
          .gradient, "function \(nodeName) returned an incorrect number of gradients (expected \(inputs.count), got \(results.count))",
          hint: "vjp gives one gradient, or nil, for each input.", operation: F.name))
      return inputs.map { _ in nil }
    }
    for (i, (gradient, input)) in zip(results, inputs).enumerated() {
      guard let gradient, s.needs[i] else { continue }
      guard case .success(let common) = Shape.broadcast(gradient.internalShape, input.internalShape),
        common == gradient.internalShape
      else {
        fail(
          TensorError(
            .gradient,
            "Function \(nodeName) returned an invalid gradient at index \(i) - got \(gradient.shape) but expected shape compatible with "
              + "\(input.shape)",
            hint: "The gradient for an input has the input's shape.", operation: F.name))
        return inputs.map { _ in nil }
      }
    }
    return results
  }

  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    [function.jvp(dx, s.inputs.indices.map { s.input($0) }, s.output(0))]
  }
}

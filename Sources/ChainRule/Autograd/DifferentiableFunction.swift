/// An operation of your own with one result: value, gradient rule and tangent rule in one type.
///
///     struct Cube: DifferentiableFunction {
///       func forward(_ x: [Tensor]) -> Tensor { x[0] * x[0] * x[0] }
///       func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [dy * 3 * x[0] * x[0]] }
///       func jvp(_ dx: [Tensor?], _ x: [Tensor], _ y: Tensor) -> Tensor { dx[0]! * 3 * x[0] * x[0] }
///     }
///     Cube()(x)
///
/// `forward` runs without recording; the rules are written in tensor operations, so that derivatives of every order work.
/// Inside `vmap` it runs for one example after the other, unless `batch` does them at once; random numbers that it draws are the same or
/// different for the examples as the `randomness` of the `vmap` says.
///
/// Its inputs and its result are kept for the rules. `AutogradFunction` is the general form, with several results, optional inputs, and a
/// choice of what is kept.
public protocol DifferentiableFunction: AutogradFunction {
  /// The value.
  func forward(_ x: [Tensor]) -> Tensor
  /// The gradient for each input, nil where there is none: `dy` times the Jacobian, in the input's shape.
  func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?]
  /// The tangent of the value; an input without a tangent has nil. Without it forward mode uses `vjp` twice.
  func jvp(_ dx: [Tensor?], _ x: [Tensor], _ y: Tensor) -> Tensor
  /// The values of a whole batch, in dimension 0, where `batched` says which inputs have one there, for `vmap`; nil, as by default, to
  /// have one example computed after the other. See `AutogradFunction`.
  func batch(_ x: [Tensor], batched: [Bool]) -> Tensor?
}

extension DifferentiableFunction {
  /// Applies the function, and records it where an input is tracked.
  public func callAsFunction(_ x: Tensor...) -> Tensor { UserOperation.apply(self, x)[0] }
  /// Applies the function, and records it where an input is tracked.
  public func callAsFunction(_ x: [Tensor]) -> Tensor { UserOperation.apply(self, x)[0] }

  /// The tangent from `vjp` alone.
  public func jvp(_ dx: [Tensor?], _ x: [Tensor], _ y: Tensor) -> Tensor {
    tangents(dx, outputs: [y]) { dy in dy[0].map { vjp($0, x, y) } ?? x.map { _ in nil } }[0] ?? Tensor.zeros(like: y)
  }

  /// One example after the other.
  public func batch(_ x: [Tensor], batched: [Bool]) -> Tensor? { nil }

  // The general form of all this.

  /// The one value of the inputs, none of which is left out.
  public func forward(_ x: [Tensor?]) -> [Tensor] { [forward(x.compactMap { $0 })] }
  /// The gradients of the inputs, from the rule for one result.
  public func vjp(_ dy: [Tensor?], _ context: FunctionContext) -> [Tensor?] {
    guard let dy = dy[0] else { return context.needsInputGrad.map { _ in nil } }
    return vjp(dy, context.inputs.compactMap { $0 }, context.output(0))
  }
  /// The tangent of the result, from the rule for one.
  public func jvp(_ dx: [Tensor?], _ context: FunctionContext) -> [Tensor?] {
    [jvp(dx, context.inputs.compactMap { $0 }, context.output(0))]
  }
  /// The values of a batch, from the rule for one result.
  public func batch(_ x: [Tensor?], batched: [Bool], size: Int) -> [Tensor]? {
    batch(x.compactMap { $0 }, batched: batched).map { [$0] }
  }
}

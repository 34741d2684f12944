/// The value of a function and its tangent along a direction.
public struct ValueAndTangent: Sendable {
  /// f(x).
  public let value: Tensor
  /// The Jacobian-vector product J v.
  public let tangent: Tensor

  init(_ pushed: Forward.Pushed) {
    value = pushed.values[0]
    tangent = pushed.tangents[0]
  }
}

/// The value of a function and its Jacobian-vector product, in forward mode: one pass, nothing saved.
///
///     let (y, dy) = (jvp(f, x, v).value, jvp(f, x, v).tangent)
///
/// Levels nest: `jvp` inside `jvp` differentiates twice, and each sees only its own direction.
///
/// - Parameters:
///   - f: the function.
///   - x: the point.
///   - v: the direction, in the shape of x.
///   - strict: whether an output that does not depend on the input is refused, instead of giving zeros; for that it runs once more, in
///     reverse mode.
public func jvp(_ f: (Tensor) -> Tensor, _ x: Tensor, _ v: Tensor, strict: Bool = false) -> ValueAndTangent {
  ValueAndTangent(Forward.jvp({ [f($0[0])] }, [x], [v], strict: strict))
}

/// The value of a function of two inputs and its Jacobian-vector product along directions for both.
///
/// - Parameters:
///   - f: the function.
///   - x: the point.
///   - v: the directions.
///   - strict: whether an input that the value does not depend on is refused.
public func jvp(
  _ f: (Tensor, Tensor) -> Tensor, _ x: (Tensor, Tensor), _ v: (Tensor, Tensor), strict: Bool = false
) -> ValueAndTangent {
  ValueAndTangent(Forward.jvp({ [f($0[0], $0[1])] }, [x.0, x.1], [v.0, v.1], strict: strict))
}

/// The value of a function of a list and its Jacobian-vector product along a direction for each element.
///
/// - Parameters:
///   - f: the function.
///   - x: the point.
///   - v: the directions.
///   - strict: whether an input that the value does not depend on is refused.
public func jvp(_ f: ([Tensor]) -> Tensor, _ x: [Tensor], _ v: [Tensor], strict: Bool = false) -> ValueAndTangent {
  guard Forward.hasDirections(x, v) else { return ValueAndTangent(Forward.Pushed(values: [.poison], tangents: [.poison], aux: [])) }
  return ValueAndTangent(Forward.jvp({ [f($0)] }, x, v, strict: strict))
}

/// The value of a function from trees to trees, and its Jacobian-vector product along a direction, a tree of the form of `x`.
///
///     let (y, dy) = jvp({ (p: [String: Tensor]) in [p["w"]!.sin(), p["b"]! * 2] }, parameters, directions)
///
/// - Parameters:
///   - f: the function.
///   - x: the point.
///   - v: the direction.
///   - strict: whether an output that depends on no input, or an input that no output depends on, is refused.
@_disfavoredOverload
public func jvp<Input: TensorTree, Output: TensorTree>(
  _ f: (Input) -> Output, _ x: Input, _ v: Input, strict: Bool = false
) -> (value: Output, tangent: Output) {
  let (value, tangent, _) = Forward.jvp({ (f($0), [Tensor]()) }, x, v, strict: strict)
  return (value, tangent)
}

/// The value of a function from trees to trees, its Jacobian-vector product, and what the function returns beside its value.
///
/// - Parameters:
///   - f: gives its output, and what it returns beside it.
///   - x: the point.
///   - v: the direction, a tree of the same form.
///   - hasAux: true, as the function's type says already: a word for who reads the call.
///   - strict: whether an output that depends on no input, or an input that no output depends on, is refused.
public func jvp<Input: TensorTree, Output: TensorTree, Aux: TensorTree>(
  _ f: (Input) -> (Output, Aux), _ x: Input, _ v: Input, hasAux: Bool, strict: Bool = false
) -> (value: Output, tangent: Output, aux: Aux) {
  Reverse.refuseWithoutAux(hasAux, "jvp")
  return Forward.jvp(f, x, v, strict: strict)
}

/// Forward mode under the functions above.
enum Forward {
  /// What a run of a function has given.
  struct Pushed {
    let values: [Tensor]
    /// Zero where a value does not depend on the inputs.
    let tangents: [Tensor]
    /// What the function returned beside its values.
    let aux: [Tensor]
  }

  static func hasDirections(_ x: [Tensor], _ v: [Tensor]) -> Bool {
    if x.count == v.count { return true }
    fail(
      TensorError(
        .argument, "jvp(f, primals, tangents): Expected primals and tangents to have the same structure",
        hint: "Give one tangent for each of the \(x.count) inputs.", operation: "jvp"))
    return false
  }

  /// Refuses a tangent that has not its tensor's shape.
  static func fits(_ primal: Tensor, _ tangent: Tensor, _ operation: String) -> Bool {
    if primal.internalShape == tangent.internalShape { return true }
    fail(
      TensorError(
        .shape,
        "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not supported. Tensor "
          + "is of size \(primal.shape) while the given forward gradient is of size \(tangent.shape).",
        hint: "A tangent has its tensor's shape.", operation: operation
      ).describing([primal, tangent]))
    return false
  }

  /// The same of trees; `f` returns something beside its output.
  static func jvp<Input: TensorTree, Output: TensorTree, Aux: TensorTree>(
    _ f: (Input) -> (Output, Aux), _ x: Input, _ v: Input, strict: Bool = false
  ) -> (value: Output, tangent: Output, aux: Aux) {
    var form: (Output, Aux)?
    let directions = TreeForm.tensors(of: v, like: x, "jvp(f, primals, tangents)", "primals and tangents") ?? x.tensors
    let pushed = jvp(
      { tensors in
        let result = f(x.replacingTensors(tensors))
        form = result
        return (result.0.tensors, result.1.tensors)
      }, x.tensors, directions, strict: strict)
    let (output, aux) = form ?? f(x)
    return (output.replacingTensors(pushed.values), output.replacingTensors(pushed.tangents), aux.replacingTensors(pushed.aux))
  }

  static func jvp(_ f: ([Tensor]) -> [Tensor], _ x: [Tensor], _ v: [Tensor], strict: Bool = false) -> Pushed {
    jvp({ (f($0), []) }, x, v, strict: strict)
  }

  /// `f` gives its outputs, and what it returns beside them.
  static func jvp(
    _ f: ([Tensor]) -> (outputs: [Tensor], aux: [Tensor]), _ x: [Tensor], _ v: [Tensor], strict: Bool = false
  ) -> Pushed {
    // What depends on what shows in reverse mode; a refusal ends the run below, as another error does.
    if strict, !isErrorPending {
      let (pulled, journal) = Journal.keeping { Reverse.vjp(f, x) }
      _ = isErrorPending || Strictness.allows(pulled, "jvp")
      journal.undo()
    }
    // After an error `f` runs on what is there: it gives empty results at once, but as many as it has.
    let fits = !isErrorPending && zip(x, v).allSatisfy { Forward.fits($0, $1, "jvp") }
    return Modes.atNewLevel { _, level in
      let duals =
        fits ? zip(x, v).map { Levels.dual(Levels.settled($0), Levels.settled($1).to($0.dtype), level: level) } : x
      let (outputs, aux) = f(duals), limit = 2 * level
      let all = (outputs + aux).map { Levels.left($0, limit: limit) }
      if isErrorPending {
        let poison = outputs.map { _ in Tensor.poison }
        return Pushed(values: poison, tangents: poison, aux: aux.map { _ in .poison })
      }
      let parts = all.map { Levels.wrapper($0, Dual.self, level: level) }, count = outputs.count
      let values = zip(all, parts).map { $1?.primal ?? $0 }
      return Pushed(
        values: Array(values[..<count]), tangents: zip(all, parts).prefix(count).map { $1?.tangent ?? Tensor.zeros(like: $0) },
        aux: Array(values[count...]))
    }
  }
}

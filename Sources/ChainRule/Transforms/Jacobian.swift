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
///   - chunkSize: how many columns or rows are computed at once; nil for all. Less memory, more time.
///   - strict: whether an output that does not depend on the input is refused, instead of giving zeros. In reverse mode only.
/// - Returns: a tensor of shape [output..., input...].
public func jacobian(
  _ f: @escaping (Tensor) -> Tensor, _ x: Tensor, mode: JacobianMode = .automatic, chunkSize: Int? = nil, strict: Bool = false
) -> Tensor {
  Jacobians.jacobians({ [f($0[0])] }, [x], mode, chunkSize, strict: strict)[0][0]
}

/// The Jacobians of a function of two inputs, one for each.
public func jacobian(
  _ f: @escaping (Tensor, Tensor) -> Tensor, _ x: Tensor, _ w: Tensor, mode: JacobianMode = .automatic, chunkSize: Int? = nil,
  strict: Bool = false
) -> (Tensor, Tensor) {
  let both = Jacobians.jacobians({ [f($0[0], $0[1])] }, [x, w], mode, chunkSize, strict: strict)[0]
  return (both[0], both[1])
}

/// The Jacobians of a function of a tree, one for each of its tensors, as a tree of the same form.
///
///     jacobian({ (p: [String: Tensor]) in p["w"]!.matmul(x) + p["b"]! }, parameters)["b"]
@_disfavoredOverload
public func jacobian<Input: TensorTree>(
  _ f: @escaping (Input) -> Tensor, _ x: Input, mode: JacobianMode = .automatic, chunkSize: Int? = nil, strict: Bool = false
) -> Input {
  x.replacingTensors(Jacobians.jacobians({ [f(x.replacingTensors($0))] }, x.tensors, mode, chunkSize, strict: strict)[0])
}

/// The Jacobians of a function of a tree to a tree, one tree for each tensor of the output, in order: `jacobians[i]` has the form of `x`,
/// and its tensors the shape [output i..., input...].
///
///     let j = jacobian({ (x: [Tensor]) in [x[0] * x[1], x[1].sum()] }, [a, b])
///     j[1][0]                                    // the second output for a
@_disfavoredOverload
public func jacobian<Input: TensorTree, Output: TensorTree>(
  _ f: @escaping (Input) -> Output, _ x: Input, mode: JacobianMode = .automatic, chunkSize: Int? = nil, strict: Bool = false
) -> [Input] {
  Jacobians.jacobians({ f(x.replacingTensors($0)).tensors }, x.tensors, mode, chunkSize, strict: strict).map(x.replacingTensors)
}

/// The Jacobian of a function of two inputs for the one that `argnums` names.
///
/// - Parameters:
///   - f: the function.
///   - x: the first input.
///   - w: the second.
///   - argnums: 0 or 1, or counted from -1 backwards.
///   - mode: forward, reverse, or chosen by the shapes.
///   - chunkSize: how many columns or rows are computed at once; nil for all.
///   - strict: whether an output that does not depend on the input is refused.
public func jacobian(
  _ f: @escaping (Tensor, Tensor) -> Tensor, _ x: Tensor, _ w: Tensor, argnums: Int, mode: JacobianMode = .automatic,
  chunkSize: Int? = nil, strict: Bool = false
) -> Tensor {
  Jacobians.chosen({ f($0[0], $0[1]) }, [x, w], [argnums], mode, chunkSize, strict: strict)[0]
}

/// The Jacobians of a function of two inputs for those that `argnums` names, in that order.
///
/// - Parameters:
///   - f: the function.
///   - x: the first input.
///   - w: the second.
///   - argnums: the inputs, counted from 0, or from -1 backwards.
///   - mode: forward, reverse, or chosen by the shapes.
///   - chunkSize: how many columns or rows are computed at once; nil for all.
///   - strict: whether an output that does not depend on an input is refused.
public func jacobian(
  _ f: @escaping (Tensor, Tensor) -> Tensor, _ x: Tensor, _ w: Tensor, argnums: [Int], mode: JacobianMode = .automatic,
  chunkSize: Int? = nil, strict: Bool = false
) -> [Tensor] {
  Jacobians.chosen({ f($0[0], $0[1]) }, [x, w], argnums, mode, chunkSize, strict: strict)
}

/// The Jacobians of a function of a list for the elements that `argnums` names, in that order.
///
/// - Parameters:
///   - f: the function.
///   - x: the inputs.
///   - argnums: the inputs, counted from 0, or from -1 backwards.
///   - mode: forward, reverse, or chosen by the shapes.
///   - chunkSize: how many columns or rows are computed at once; nil for all.
///   - strict: whether an output that does not depend on an input is refused.
public func jacobian(
  _ f: @escaping ([Tensor]) -> Tensor, _ x: [Tensor], argnums: [Int], mode: JacobianMode = .automatic, chunkSize: Int? = nil,
  strict: Bool = false
) -> [Tensor] {
  Jacobians.chosen(f, x, argnums, mode, chunkSize, strict: strict)
}

/// The Jacobians of a function of a tree, and what the function returns beside its value, which has no part in them.
///
///     let (j, prediction) = jacobian({ (w: Tensor) in (x.matmul(w).exp(), x.matmul(w)) }, w, hasAux: true)
///
/// - Parameters:
///   - f: gives its value, and what it returns beside it.
///   - x: the point.
///   - hasAux: true, as the function's type says already: a word for who reads the call.
///   - mode: forward, reverse, or chosen by the shapes.
///   - chunkSize: how many columns or rows are computed at once; nil for all.
///   - strict: whether an output that does not depend on an input is refused.
public func jacobian<Input: TensorTree, Aux: TensorTree>(
  _ f: @escaping (Input) -> (Tensor, Aux), _ x: Input, hasAux: Bool, mode: JacobianMode = .automatic, chunkSize: Int? = nil,
  strict: Bool = false
) -> (jacobian: Input, aux: Aux) {
  Reverse.refuseWithoutAux(hasAux, "jacobian")
  var form: Aux?
  let (jacobians, aux) = Jacobians.withAux(
    { tensors in
      let (y, aux) = f(x.replacingTensors(tensors))
      form = aux
      return ([y], aux.tensors)
    }, x.tensors, mode, chunkSize, strict: strict)
  return (x.replacingTensors(jacobians[0]), form?.replacingTensors(aux) ?? f(x).1)
}

/// What the functions above share. The function runs once for all inputs together.
enum Jacobians {
  typealias Function = ([Tensor]) -> [Tensor]
  /// One that returns something beside its outputs.
  typealias AuxFunction = ([Tensor]) -> (outputs: [Tensor], aux: [Tensor])

  /// For each output the Jacobian for each input.
  static func jacobians(
    _ f: @escaping Function, _ x: [Tensor], _ mode: JacobianMode, _ chunkSize: Int? = nil, strict: Bool = false
  ) -> [[Tensor]] { withAux({ (f($0), []) }, x, mode, chunkSize, strict: strict).jacobians }

  /// The Jacobians for the inputs that `argnums` names.
  static func chosen(
    _ f: @escaping ([Tensor]) -> Tensor, _ x: [Tensor], _ argnums: [Int], _ mode: JacobianMode, _ chunkSize: Int?, strict: Bool
  ) -> [Tensor] {
    guard let places = Reverse.places(argnums, x.count, "jacobian") else { return argnums.map { _ in .poison } }
    return jacobians({ [f(Reverse.putting($0, at: places, into: x))] }, places.map { x[$0] }, mode, chunkSize, strict: strict)[0]
  }

  /// For each output the Jacobian for each input, and what the function returns beside its outputs.
  static func withAux(
    _ f: @escaping AuxFunction, _ x: [Tensor], _ mode: JacobianMode, _ chunkSize: Int?, strict: Bool
  ) -> (jacobians: [[Tensor]], aux: [Tensor]) {
    // Nothing to differentiate for.
    if x.isEmpty { return ([[]], []) }
    func failed() -> ([[Tensor]], [Tensor]) {
      let none = f(x)
      return (none.outputs.map { _ in x.map { _ in .poison } }, none.aux.map { _ in .poison })
    }
    if isErrorPending || strict && !Strictness.allows({ f($0).outputs }, x, mode) { return failed() }
    let result: ([[Tensor]], [Tensor])
    switch mode {
    case .forward: result = forward(f, x, chunkSize)
    case .reverse: result = rows(Reverse.vjp(f, x), x, chunkSize)
    case .automatic: result = automatic(f, x, chunkSize)
    }
    return isErrorPending ? failed() : result
  }

  private static func automatic(_ f: @escaping AuxFunction, _ x: [Tensor], _ chunkSize: Int?) -> ([[Tensor]], [Tensor]) {
    let inputs = x.reduce(0) { $0 + $1.count }
    // Hardly a function has fewer outputs.
    if inputs < 2 { return forward(f, x, chunkSize) }
    do {
      let (pulled, journal) = Journal.keeping { Reverse.vjp(f, x) }
      if isErrorPending { return ([], []) }
      if inputs > pulled.values.prefix(pulled.outputCount).reduce(0, { $0 + $1.count }) { return rows(pulled, x, chunkSize) }
      journal.undo()
    }
    return forward(f, x, chunkSize)
  }

  private static func forward(_ f: @escaping AuxFunction, _ x: [Tensor], _ chunkSize: Int?) -> ([[Tensor]], [Tensor]) {
    let sizes = x.map(\.count), total = sizes.reduce(0, +)
    // The value, with the random numbers in it, and what comes beside it are the same for every direction and are computed once; only the
    // tangents are a batch.
    var aux: [Tensor] = []
    let columns = Vectorized.map(
      { direction in
        let pushed = Forward.jvp(f, x, zip(split(direction[0], sizes), x).map { $0.reshaped($1.shape) })
        aux = pushed.aux
        return pushed.tangents
      },
      [Tensor.eye(total, dtype: x[0].dtype)], Vectorized.Options(randomness: .same, chunkSize: chunkSize))
    if isErrorPending { return ([], []) }
    let jacobians = columns.map { columns in
      let output = Array(columns.shape.dropFirst())
      let order = output.isEmpty ? columns : columns.permuted(Array(1...output.count) + [0])
      return zip(split(order, sizes, dim: -1), x).map { $0.reshaped(output + $1.shape) }
    }
    return (jacobians, aux)
  }

  private static func rows(_ pulled: Reverse.Pulled, _ x: [Tensor], _ chunkSize: Int?) -> ([[Tensor]], [Tensor]) {
    if isErrorPending { return ([], []) }
    let outputs = pulled.values.prefix(pulled.outputCount), aux = Array(pulled.values.dropFirst(pulled.outputCount))
    guard let first = outputs.first else { return ([], aux) }
    let sizes = outputs.map(\.count)
    let rows = Vectorized.map(
      { cotangent in pulled.gradients(zip(split(cotangent[0], sizes), outputs).map { $0.reshaped($1.shape) }) },
      [Tensor.eye(sizes.reduce(0, +), dtype: first.dtype)], Vectorized.Options(chunkSize: chunkSize))
    if isErrorPending { return ([], []) }
    let parts = zip(rows, x).map { rows, x in split(rows.to(x.dtype), sizes, dim: 0) }
    return (outputs.enumerated().map { i, y in zip(parts, x).map { $0[i].reshaped(y.shape + $1.shape) } }, aux)
  }
}

/// The checks that `strict: true` asks for, with the sentences of `torch.autograd.functional`.
enum Strictness {
  /// Whether every output depends on every input; else refuses.
  static func allows(_ f: Jacobians.Function, _ x: [Tensor], _ mode: JacobianMode) -> Bool {
    if mode == .forward {
      fail(
        TensorError(
          .argument, "torch.autograd.functional.jacobian: `strict=True` and `strategy=\"forward-mode\"` are not supported together.",
          hint: "Whether an output depends on an input shows in reverse mode: mode: .reverse.", operation: "jacobian"))
      return false
    }
    return dependences(f, x) { output, input in
      "Output \(output) of the user-provided function is independent of input \(input). This is not allowed in strict mode."
    }
  }

  /// Whether each output depends on some input, and each input has an output that depends on it; else refuses.
  static func allows(_ pulled: Reverse.Pulled, _ operation: String) -> Bool {
    func refused(_ message: String) -> Bool {
      fail(TensorError(.gradient, message, hint: "Without strict such a derivative is zero.", operation: operation))
      return false
    }
    let outputs = pulled.values.prefix(pulled.outputCount)
    var independent: [Bool] = []
    for output in outputs.indices {
      let found = pulled.gradientsIfAny(outputs.indices.map { $0 == output ? Tensor.ones(like: outputs[$0]) : nil }).map { $0 == nil }
      if isErrorPending { return false }
      if found.allSatisfy({ $0 }) {
        return refused(
          "Output \(output) of the user-provided function does not require gradients. The outputs must be computed in a differentiable "
            + "manner from the input when running in strict mode.")
      }
      independent = independent.isEmpty ? found : zip(independent, found).map { $0 && $1 }
    }
    guard let input = independent.firstIndex(of: true) else { return true }
    return refused("The output of the user-provided function is independent of input \(input). This is not allowed in strict mode.")
  }

  /// Whether the gradient of a scalar-valued function depends on every input, and the function too; else refuses.
  static func allowsHessian(_ f: ([Tensor]) -> Tensor, _ x: [Tensor]) -> Bool {
    dependences({ [f($0)] }, x) { _, input in
      "The output of the user-provided function is independent of input \(input). This is not allowed in strict mode."
    }
      && dependences({ [total(Reverse.valueAndGrad(f, $0, "hessian").gradients)] }, x) { _, input in
        "The jacobian of the user-provided function is independent of input \(input). This is not allowed in strict mode."
      }
  }

  private static func total(_ tensors: [Tensor]) -> Tensor { tensors.dropFirst().reduce(tensors[0].sum()) { $0 + $1.sum() } }

  /// Goes back from each output alone. The run is undone: the one that counts is still to come.
  private static func dependences(
    _ f: Jacobians.Function, _ x: [Tensor], _ message: (_ output: Int, _ input: Int) -> String
  ) -> Bool {
    let (pulled, journal) = Journal.keeping { Reverse.vjp(f, x) }
    defer { journal.undo() }
    for output in pulled.values.indices where !isErrorPending {
      let cotangents = pulled.values.indices.map { $0 == output ? Tensor.ones(like: pulled.values[$0]) : nil }
      guard let input = pulled.gradientsIfAny(cotangents).firstIndex(where: { $0 == nil }) else { continue }
      fail(
        TensorError(
          .gradient, message(output, input), hint: "Without strict such a derivative is zero.", operation: "jacobian"
        ).describing([x[input]]))
    }
    return !isErrorPending
  }
}

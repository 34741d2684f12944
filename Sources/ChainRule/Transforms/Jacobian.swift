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

/// What the functions above share. The function runs once for all inputs together.
enum Jacobians {
  typealias Function = ([Tensor]) -> [Tensor]

  /// For each output the Jacobian for each input.
  static func jacobians(
    _ f: @escaping Function, _ x: [Tensor], _ mode: JacobianMode, _ chunkSize: Int? = nil, strict: Bool = false
  ) -> [[Tensor]] {
    // Nothing to differentiate for.
    if x.isEmpty { return [[]] }
    let failed = { f(x).map { _ in x.map { _ in Tensor.poison } } }
    if isErrorPending { return failed() }
    if strict, !Strictness.allows(f, x, mode) { return failed() }
    let result: [[Tensor]]
    switch mode {
    case .forward: result = forward(f, x, chunkSize)
    case .reverse: result = rows(Reverse.vjp(f, x), x, chunkSize)
    case .automatic: result = automatic(f, x, chunkSize)
    }
    return isErrorPending ? failed() : result
  }

  private static func automatic(_ f: @escaping Function, _ x: [Tensor], _ chunkSize: Int?) -> [[Tensor]] {
    let inputs = x.reduce(0) { $0 + $1.count }
    // Hardly a function has fewer outputs.
    if inputs < 2 { return forward(f, x, chunkSize) }
    do {
      let (pulled, journal) = Journal.keeping { Reverse.vjp(f, x) }
      if isErrorPending { return [] }
      if inputs > pulled.values.reduce(0, { $0 + $1.count }) { return rows(pulled, x, chunkSize) }
      journal.undo()
    }
    return forward(f, x, chunkSize)
  }

  private static func forward(_ f: @escaping Function, _ x: [Tensor], _ chunkSize: Int?) -> [[Tensor]] {
    let sizes = x.map(\.count), total = sizes.reduce(0, +)
    // The value, with the random numbers in it, is the same for every direction and is computed once; only the tangents are a batch.
    let columns = Vectorized.map(
      { direction in Forward.jvp(f, x, zip(split(direction[0], sizes), x).map { $0.reshaped($1.shape) }).tangents },
      [Tensor.eye(total, dtype: x[0].dtype)], Vectorized.Options(randomness: .same, chunkSize: chunkSize))
    if isErrorPending { return [] }
    return columns.map { columns in
      let output = Array(columns.shape.dropFirst())
      let order = output.isEmpty ? columns : columns.permuted(Array(1...output.count) + [0])
      return zip(split(order, sizes, dim: -1), x).map { $0.reshaped(output + $1.shape) }
    }
  }

  private static func rows(_ pulled: Reverse.Pulled, _ x: [Tensor], _ chunkSize: Int?) -> [[Tensor]] {
    if isErrorPending { return [] }
    let outputs = pulled.values, sizes = outputs.map(\.count)
    guard let first = outputs.first else { return [] }
    let rows = Vectorized.map(
      { cotangent in pulled.gradients(zip(split(cotangent[0], sizes), outputs).map { $0.reshaped($1.shape) }) },
      [Tensor.eye(sizes.reduce(0, +), dtype: first.dtype)], Vectorized.Options(chunkSize: chunkSize))
    if isErrorPending { return [] }
    let parts = zip(rows, x).map { rows, x in split(rows.to(x.dtype), sizes, dim: 0) }
    return outputs.enumerated().map { i, y in zip(parts, x).map { $0[i].reshaped(y.shape + $1.shape) } }
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

/// One run of `gradcheck`.
struct GradientCheck {
  typealias Function = ([Tensor]) -> [Tensor]

  let f: Function
  /// Leaves of their own for the inputs that are checked; the others as they came.
  let inputs: [Tensor]
  /// The inputs that are checked.
  let checked: [Int]
  let tolerance: GradcheckTolerance
  let operation: String

  init(_ f: @escaping Function, _ inputs: [Tensor], _ tolerance: GradcheckTolerance, operation: String) throws(TensorError) {
    for (i, x) in inputs.enumerated() where x.requiresGrad && x.dtype != .float64 {
      throw TensorError(
        .dtype,
        "Input #\(i) requires gradient and is not a double precision floating point or complex. This check will likely fail if all the "
          + "inputs are not of double precision floating point or complex.",
        hint: "Differences of \(x.dtype) numbers are too coarse to judge by: pass x.to(.float64).asLeaf().", operation: operation
      ).describing([x])
    }
    checked = inputs.indices.filter { inputs[$0].requiresGrad }
    guard !checked.isEmpty else {
      throw TensorError(
        .gradient, "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True.",
        hint: "Make the inputs to be checked leaves: Tensor([...], dtype: .float64, requiresGrad: true), or x.asLeaf().",
        operation: operation
      ).describing(inputs)
    }
    self.f = f
    self.inputs = inputs.map { $0.requiresGrad ? $0.asLeaf() : $0 }
    self.tolerance = tolerance
    self.operation = operation
  }

  static func count(
    _ given: [Tensor], _ n: Int, _ operation: String, of thing: String = "input", for place: String = "parameter"
  ) throws(TensorError) {
    guard given.count != n else { return }
    throw TensorError(
      .argument, "the function takes \(n) \(thing)\(n == 1 ? "" : "s"), and \(given.count) are given",
      hint: "Give one tensor for each \(place) of the function.", operation: operation)
  }

  /// The check of the function that gives the gradients of `f`.
  static func ofGradients(
    _ f: @escaping Function, _ inputs: [Tensor], _ gradOutputs: [Tensor]?, _ tolerance: GradcheckTolerance
  ) throws -> GradientCheck {
    let first = try GradientCheck(f, inputs, tolerance, operation: "gradgradcheck")
    let outputs = try first.values()
    let tracked = outputs.indices.filter { outputs[$0].requiresGrad }
    // Of its own generator: a check must not change the numbers a program draws.
    let generator = Generator(seed: 0)
    let given =
      gradOutputs
      ?? tracked.map { Tensor.uniform(outputs[$0].shape, from: -1, to: 1, dtype: .float64, generator: generator).asLeaf() }
    try count(given, tracked.count, "gradgradcheck", of: "gradient", for: "output")
    let checked = first.checked, n = inputs.count
    // The gradients of the sum of <y, dy>, by the transform, which goes on inside other transforms and tapes.
    let gradients: Function = { all in
      let pulled: ([Tensor]) -> Tensor = { x in
        let y = f(x)
        return zip(tracked, all[n...]).map { (y[$0] * $1).sum() }.reduce(Tensor(0.0, dtype: .float64), +)
      }
      return Reverse.chosen(pulled, Array(all[..<n]), checked, "gradgradcheck").gradients
    }
    return try GradientCheck(gradients, inputs + given, tolerance, operation: "gradgradcheck")
  }

  /// - Parameters:
  ///   - forward: whether forward mode is checked too.
  ///   - batched: whether batches of gradients are.
  ///   - fast: whether random projections are compared first, and elements only where those differ.
  func run(forward checkForwardAD: Bool, batched: Bool, fast: Bool) throws {
    let outputs = try values()
    // Refused here where they have no elements of their own, as inside vmap.
    try catching { for x in inputs + outputs { _ = x.detach().array(of: Double.self) } }
    let tracked = outputs.indices.filter { outputs[$0].requiresGrad }
    if batched { for o in tracked { try checkBatches(output: o) } }
    let difference = fast && !tracked.isEmpty ? try projectedDifference(tracked, outputs, forward: checkForwardAD) : nil
    if fast, !tracked.isEmpty, difference == nil { return try checkGradientOfNothing(tracked) }
    // What carries no gradient beside outputs that do is a by-product; where nothing carries one, nothing may depend on the inputs.
    let examined = tracked.isEmpty ? Array(outputs.indices) : tracked
    let numerics = try checked.map { try numericJacobians(input: $0, of: examined, outputs) }
    for (k, o) in examined.enumerated() {
      for (i, numeric) in zip(checked, numerics.map({ $0[k] })) {
        if tracked.isEmpty {
          let zeros = [Double](repeating: 0, count: numeric.count)
          try compare(.untracked, JacobianPair(numeric, zeros, outputs[o].shape, inputs[i].shape), o, i)
          continue
        }
        let (first, again) = try analyticJacobians(output: o, input: i)
        let pair = JacobianPair(numeric, first, outputs[o].shape, inputs[i].shape)
        try compare(.reverse, pair, o, i)
        try checkReentrance(pair, again, o, i)
        if checkForwardAD {
          let columns = try forwardJacobian(output: o, input: i, size: outputs[o].count)
          try compare(.forward, JacobianPair(numeric, columns, outputs[o].shape, inputs[i].shape), o, i)
        }
      }
    }
    try checkGradientOfNothing(tracked)
    if let difference { throw difference }
  }

  /// f at the inputs, with `x` in place of input `i`; what fails in it is thrown.
  func values(_ x: Tensor? = nil, at i: Int = 0) throws -> [Tensor] {
    var all = inputs
    if let x { all[i] = x }
    return try catching { recordingTape { f(all) } }
  }

  /// The elements of output `o` where element `e` of input `i` is moved by `step`.
  func value(of o: Int, input i: Int, element e: Int, movedBy step: Double) throws -> [Double] {
    try values(inputs[i].moved(at: e, by: step).asLeaf(), at: i)[o].detach().array(of: Double.self)
  }

  /// The Jacobians of the outputs `examined`, by differences.
  private func numericJacobians(input i: Int, of examined: [Int], _ outputs: [Tensor]) throws -> [[Double]] {
    let sizes = examined.map { outputs[$0].count }
    return try inputs[i].centralDifferences(
      eps: tolerance.eps,
      { x in
        let y = try values(x.asLeaf(), at: i)
        return try zip(examined, sizes).map { o, size in
          guard y[o].count == size else {
            throw TensorError(
              .shape, "the function's output \(o) has \(size) elements at one point and \(y[o].count) at another",
              hint: "Only functions whose outputs keep their shapes nearby can be checked.", operation: operation)
          }
          return y[o].detach().array(of: Double.self)
        }
      }, sizes: sizes)
  }

  /// The Jacobian by two passes over one graph.
  private func analyticJacobians(output o: Int, input i: Int) throws -> (first: [Double], again: [Double]) {
    try catching {
      let y = recordingTape { f(inputs) }[o]
      func pass() -> [Double] { (0..<y.count).flatMap { pulled(back: $0, from: y, to: i) } }
      return (pass(), pass())
    }
  }

  /// Row `r` of the Jacobian: the gradient of element `r` of `y`.
  private func pulled(back r: Int, from y: Tensor, to i: Int) -> [Double] {
    let gradient = gradients(of: [y], withRespectTo: [inputs[i]], gradOutputs: [y.unit(at: r)], retainGraph: true, allowUnused: true)[0]
    return gradient.map { $0.array(of: Double.self) } ?? [Double](repeating: 0, count: inputs[i].count)
  }

  private func forwardJacobian(output o: Int, input i: Int, size: Int) throws -> [Double] {
    let columns = inputs[i].count
    var result = [Double](repeating: 0, count: size * columns)
    for e in 0..<columns {
      let column = try tangent(output: o, input: i, along: (0..<columns).map { $0 == e ? 1 : 0 })
      for r in 0..<size { result[r * columns + e] = column[r] }
    }
    return result
  }

  private func compare(_ mode: GradientMismatch.Mode, _ pair: JacobianPair, _ o: Int, _ i: Int) throws {
    guard let (row, column) = pair.worst(tolerance) else { return }
    let cause = try findCause(mode, pair, o, i, row, column)
    let culprit = cause.isOfTheFunction || mode == .untracked ? nil : try wrongOperation(mode, output: o)
    throw GradientMismatch(
      mode: mode, output: o, input: i, inputName: inputs[i].name, jacobians: pair, row: row, column: column, cause: cause,
      operation: culprit)
  }

  private func findCause(_ mode: GradientMismatch.Mode, _ pair: JacobianPair, _ o: Int, _ i: Int, _ r: Int, _ e: Int) throws
    -> GradientMismatch.Cause
  {
    let middle = try value(of: o, input: i, element: e, movedBy: 0)[r]
    if try value(of: o, input: i, element: e, movedBy: 0)[r] != middle { return .nonDeterministic }
    let right = (try value(of: o, input: i, element: e, movedBy: tolerance.eps)[r] - middle) / tolerance.eps
    let left = (middle - (try value(of: o, input: i, element: e, movedBy: -tolerance.eps)[r])) / tolerance.eps
    // Of a smooth function both differ from the derivative by eps f''/2.
    if abs(right - left) > 0.01 * max(1, abs(right), abs(left)) { return .kink(left: left, right: right) }
    return mode == .untracked ? .cutOff : pair.cause(tolerance)
  }

  /// Two passes over one graph must give the same.
  private func checkReentrance(_ pair: JacobianPair, _ again: [Double], _ o: Int, _ i: Int) throws {
    let gaps = zip(pair.analytic, again).map { $0 == $1 || ($0.isNaN && $1.isNaN) ? 0 : abs($0 - $1) }
    guard let at = gaps.firstIndex(where: { !($0 <= tolerance.nondetTol) }) else { return }
    throw GradientMismatch(
      mode: .reverse, output: o, input: i, inputName: inputs[i].name,
      jacobians: JacobianPair(pair.analytic, again, pair.outputShape, pair.inputShape), row: at / pair.columns, column: at % pair.columns,
      cause: .notReentrant(tolerance: tolerance.nondetTol), operation: nil)
  }

  /// A gradient of zeros must give zeros: a rule that does not multiply by what arrives is right for scalar outputs only.
  private func checkGradientOfNothing(_ tracked: [Int]) throws {
    for o in tracked {
      let found = try catching { () -> [Tensor?] in
        let y = recordingTape { f(inputs) }[o]
        return gradients(
          of: [y], withRespectTo: checked.map { inputs[$0] }, gradOutputs: [Tensor.zeros(like: y)], retainGraph: true, allowUnused: true)
      }
      for (i, gradient) in zip(checked, found) {
        guard let values = gradient?.array(of: Double.self), let e = values.firstIndex(where: { !($0 == 0) }) else { continue }
        let pair = JacobianPair(values.map { _ in 0 }, values, [], inputs[i].shape)
        throw GradientMismatch(
          mode: .reverse, output: o, input: i, inputName: inputs[i].name, jacobians: pair, row: 0, column: e,
          cause: .ignoresArrivingGradient, operation: nil)
      }
    }
  }
}

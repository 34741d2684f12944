extension GradientCheck {
  /// The first recorded operation on the way to output `o` whose own rule disagrees with differences of its own forward computation.
  ///
  /// Each is checked along random directions v, w first: <w, J v> by differences against <J'w, v> by the rule; only one that fails
  /// has its Jacobian written out.
  func wrongOperation(_ mode: GradientMismatch.Mode, output o: Int) throws -> GradientMismatch.Operation? {
    let leaves = inputs
    let tape = try catching { RecordedTape(recording: { recordingTape { f(leaves)[o] } }) }
    let calls = tape.calls.sorted { $0.order < $1.order }.filter { !$0.needed.isEmpty }
    for (i, call) in calls.enumerated() {
      if let found = try CallCheck(call: call, number: i + 1, tolerance: tolerance, mode: mode).mismatch() { return found }
    }
    return nil
  }
}

/// The check of one recorded operation at the values it was applied to.
private struct CallCheck {
  let call: RecordedCall
  let number: Int
  let tolerance: GradcheckTolerance
  let mode: GradientMismatch.Mode

  private var outputs: [Int] { call.outputs.indices.filter { call.isDifferentiable(output: $0) && call.outputs[$0].dtype == .float64 } }

  func mismatch() throws -> GradientMismatch.Operation? {
    // An operation that draws its numbers anew cannot be replayed.
    guard try replay(call.values) == (try replay(call.values)) else { return nil }
    for input in call.needed where call.values[input].dtype == .float64 && call.values[input].count > 0 {
      guard try !agreesAlongARandomDirection(input) else { continue }
      let x = call.values[input], sizes = outputs.map { call.outputs[$0].count }
      let differences = try x.centralDifferences(eps: tolerance.eps, { try replay($0, at: input) }, sizes: sizes)
      for (output, numeric) in zip(outputs, differences) {
        let pair = JacobianPair(numeric, try derivatives(input, output), call.outputs[output].shape, x.shape)
        guard pair.worst(tolerance) != nil else { continue }
        return GradientMismatch.Operation(
          nodeName: call.nodeName, number: number, input: input, shape: x.shape, cause: pair.cause(tolerance))
      }
    }
    return nil
  }

  private func replay(_ values: [Tensor]) throws -> [[Double]] {
    let results = try catching { try call.forward(values) }
    return outputs.map { results[$0].array(of: Double.self) }
  }

  /// The results with `x` in place of one input.
  private func replay(_ x: Tensor, at input: Int) throws -> [[Double]] {
    var values = call.values
    values[input] = x
    return try replay(values)
  }

  private func agreesAlongARandomDirection(_ input: Int) throws -> Bool {
    let generator = Generator(seed: 1)
    func direction(_ like: Tensor) -> Tensor {
      Tensor.uniform(like.shape, from: 0.5, to: 1.5, dtype: .float64, generator: generator)
    }
    let x = call.values[input], v = direction(x), steps = v.array(of: Double.self).map { $0 * tolerance.eps }
    let plus = try replay(x.moved(by: steps), at: input), minus = try replay(x.moved(by: steps.map { -$0 }), at: input)
    var w = [Tensor?](repeating: nil, count: call.outputs.count)
    for o in outputs { w[o] = direction(call.outputs[o]) }
    var expected = 0.0, size = 0.0
    for (place, o) in outputs.enumerated() {
      for (weight, (a, b)) in zip(w[o]!.array(of: Double.self), zip(plus[place], minus[place])) {
        expected += weight * (a - b) / (2 * tolerance.eps)
        size += abs(weight * (a - b)) / (2 * tolerance.eps)
      }
    }
    let found = try catching { () -> Double in
      if mode == .forward {
        let tangents = call.jvp(call.values.indices.map { $0 == input ? v : nil })
        return outputs.reduce(0) { $0 + inner(tangents[$1], w[$1]) }
      }
      let needs = call.values.indices.map { $0 == input }
      return inner(call.vjp(w, needs: needs)[input], v)
    }
    return abs(found - expected) <= tolerance.atol + tolerance.rtol * size
  }

  private func inner(_ a: Tensor?, _ b: Tensor?) -> Double {
    guard let a, let b else { return 0 }
    return (a * b).sum().item()
  }

  private func derivatives(_ input: Int, _ output: Int) throws -> [Double] {
    let x = call.values[input], y = call.outputs[output]
    var result = [Double](repeating: 0, count: y.count * x.count)
    try catching {
      if mode == .forward {
        for e in 0..<x.count {
          let tangent = call.jvp(call.values.indices.map { $0 == input ? x.unit(at: e) : nil })[output]
          for (r, value) in (tangent?.array(of: Double.self) ?? []).enumerated() { result[r * x.count + e] = value }
        }
        return
      }
      for r in 0..<y.count {
        let dy = call.outputs.indices.map { $0 == output ? y.unit(at: r) : nil }
        let gradient = call.vjp(dy, needs: call.values.indices.map { $0 == input })[input]
        for (e, value) in (gradient?.array(of: Double.self) ?? []).enumerated() { result[r * x.count + e] = value }
      }
    }
    return result
  }
}

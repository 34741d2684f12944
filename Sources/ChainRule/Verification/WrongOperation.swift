extension GradientCheck {
  /// The first recorded operation on the way to output `o` whose own rule disagrees with differences of its own forward computation.
  ///
  /// Each is checked along random directions v, w first: <w, J v> by differences against <J'w, v> by the rule; only one that fails
  /// has its Jacobian written out.
  func wrongOperation(_ mode: GradientMismatch.Mode, output o: Int) throws -> GradientMismatch.Operation? {
    let leaves = inputs
    let tape = try catching { RecordedTape(recording: { enableGrad { f(leaves)[o] } }) }
    let calls = tape.calls.sorted { $0.order < $1.order }.filter { !$0.needed.isEmpty }
    for (i, call) in calls.enumerated() {
      if let found = try CallCheck(call, i + 1, tolerance, mode).mismatch() { return found }
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

  init(_ call: RecordedCall, _ number: Int, _ tolerance: GradcheckTolerance, _ mode: GradientMismatch.Mode) {
    self.call = call
    self.number = number
    self.tolerance = tolerance
    self.mode = mode
  }

  private var outputs: [Int] { call.outputs.indices.filter { call.isDifferentiable(output: $0) && call.outputs[$0].dtype == .float64 } }

  func mismatch() throws -> GradientMismatch.Operation? {
    // An operation that draws its numbers anew cannot be replayed.
    guard try replay(call.values) == (try replay(call.values)) else { return nil }
    for input in call.needed where call.values[input].dtype == .float64 && call.values[input].count > 0 {
      guard try !agreesAlongARandomDirection(input) else { continue }
      for output in outputs {
        let x = call.values[input], y = call.outputs[output]
        let pair = JacobianPair(try differences(input, output), try derivatives(input, output), y.shape, x.shape)
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

  private func moved(_ input: Int, by step: [Double]) -> [Tensor] {
    var values = call.values
    let elements = zip(values[input].array(of: Double.self), step).map { $0 + $1 }
    values[input] = Tensor(elements, shape: values[input].shape, dtype: .float64)
    return values
  }

  private func agreesAlongARandomDirection(_ input: Int) throws -> Bool {
    let generator = Generator(seed: 1)
    func direction(_ like: Tensor) -> Tensor {
      Tensor.uniform(like.shape, from: 0.5, to: 1.5, dtype: .float64, generator: generator)
    }
    let v = direction(call.values[input]), steps = v.array(of: Double.self).map { $0 * tolerance.eps }
    let plus = try replay(moved(input, by: steps)), minus = try replay(moved(input, by: steps.map { -$0 }))
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

  private func differences(_ input: Int, _ output: Int) throws -> [Double] {
    let columns = call.values[input].count, rows = call.outputs[output].count
    guard let place = outputs.firstIndex(of: output) else { return [] }
    var result = [Double](repeating: 0, count: rows * columns)
    for e in 0..<columns {
      var step = [Double](repeating: 0, count: columns)
      step[e] = tolerance.eps
      let plus = try replay(moved(input, by: step))[place], minus = try replay(moved(input, by: step.map { -$0 }))[place]
      for r in 0..<rows where plus[r] != minus[r] { result[r * columns + e] = (plus[r] - minus[r]) / (2 * tolerance.eps) }
    }
    return result
  }

  private func derivatives(_ input: Int, _ output: Int) throws -> [Double] {
    let x = call.values[input], y = call.outputs[output]
    func unit(_ like: Tensor, _ e: Int) -> Tensor {
      var elements = [Double](repeating: 0, count: like.count)
      elements[e] = 1
      return Tensor(elements, shape: like.shape, dtype: .float64)
    }
    var result = [Double](repeating: 0, count: y.count * x.count)
    try catching {
      if mode == .forward {
        for e in 0..<x.count {
          let tangent = call.jvp(call.values.indices.map { $0 == input ? unit(x, e) : nil })[output]
          for (r, value) in (tangent?.array(of: Double.self) ?? []).enumerated() { result[r * x.count + e] = value }
        }
        return
      }
      for r in 0..<y.count {
        let dy = call.outputs.indices.map { $0 == output ? unit(y, r) : nil }
        let gradient = call.vjp(dy, needs: call.values.indices.map { $0 == input })[input]
        for (e, value) in (gradient?.array(of: Double.self) ?? []).enumerated() { result[r * x.count + e] = value }
      }
    }
    return result
  }
}

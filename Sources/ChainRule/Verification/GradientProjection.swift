// What `gradcheck` does beside comparing element by element: random projections, and batches of gradients.

extension GradientCheck {
  /// The error for the first output and input whose Jacobian, between two random vectors, differs; nil where none does.
  ///
  /// Compared are v'Ju by differences along u and by the gradient of <v, f>. Where every element of J may be off by atol, this number may
  /// by atol times the sums of |v| and |u|.
  func projectedDifference(_ tracked: [Int], _ outputs: [Tensor], forward: Bool) throws -> TensorError? {
    let generator = Generator(seed: 0)
    func random(_ t: Tensor) -> Tensor { Tensor.uniform(t.shape, from: -1, to: 1, dtype: .float64, generator: generator) }
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    func size(_ a: [Double]) -> Double { a.reduce(0) { $0 + abs($1) } }
    let directions = checked.map { random(inputs[$0]) }
    for o in tracked {
      let v = random(outputs[o]), weights = v.array(of: Double.self)
      let pulled = try catching { () -> [Tensor?] in
        let y = recordingTape { f(inputs) }[o]
        return gradients(of: [y], withRespectTo: checked.map { inputs[$0] }, gradOutputs: [v.to(y.dtype)], allowUnused: true)
      }
      for (k, i) in checked.enumerated() where inputs[i].count > 0 {
        let raw = directions[k].array(of: Double.self), norm = max(dot(raw, raw).squareRoot(), .leastNormalMagnitude)
        let u = raw.map { $0 / norm }
        func value(_ step: Double) throws -> Double {
          let moved = inputs[i].moved(by: u.map { $0 * step }).asLeaf()
          return dot(try values(moved, at: i)[o].detach().array(of: Double.self), weights)
        }
        let numeric = (try value(tolerance.eps) - value(-tolerance.eps)) / (2 * tolerance.eps)
        var found = [pulled[k].map { dot($0.array(of: Double.self), u) } ?? 0]
        if forward { found.append(dot(try tangent(output: o, input: i, along: u), weights)) }
        let allowed = tolerance.atol * size(u) * size(weights) + tolerance.rtol * abs(numeric)
        for analytic in found where !(abs(analytic - numeric) <= allowed) {
          return TensorError(
            .gradient,
            "Jacobian mismatch for output \(o) with respect to input \(i), between random vectors: numerical \(numeric), analytical "
              + "\(analytic). Fast gradcheck failed but element-wise differences are small.",
            hint: "Each element is within the tolerance, their sum is not: widen it, or check with fastMode: false.", operation: operation)
        }
      }
    }
    return nil
  }

  /// The tangent of output `o` where input `i` moves along `u`.
  func tangent(output o: Int, input i: Int, along u: [Double]) throws -> [Double] {
    let x = inputs[i].detach(), direction = Tensor(u, shape: x.shape, dtype: x.dtype)
    return try catching {
      jvp(
        { (x: Tensor) in
          var all = inputs.map { $0.detach() }
          all[i] = x
          return f(all)[o]
        }, x, direction
      ).tangent.array(of: Double.self)
    }
  }

  /// A batch of gradients pulled back at once must give what they give one after the other.
  func checkBatches(output o: Int) throws {
    let generator = Generator(seed: 1)
    let fixed = inputs.map { $0.detach() }
    let pullback = try catching {
      Pullback(
        Reverse.vjp(
          { x in
            var all = fixed
            for (k, i) in checked.enumerated() { all[i] = x[k] }
            return [f(all)[o]]
          }, checked.map { fixed[$0] }))
    }
    let seeds = (0..<3).map { _ in
      Tensor.uniform(pullback.value.shape, from: -1, to: 1, dtype: .float64, generator: generator).to(pullback.value.dtype)
    }
    for (k, i) in checked.enumerated() {
      let one = try catching { stack(seeds.map { pullback.pullbacks($0)[k] }) }
      let all = try catching { vmap { (v: Tensor) in pullback.pullbacks(v)[k] }(stack(seeds)) }
      guard one.shape == all.shape, zip(all.array(of: Double.self), one.array(of: Double.self)).allSatisfy(tolerance.accepts) else {
        throw TensorError(
          .gradient,
          "gradcheck or gradgradcheck failed while testing batched gradient computation, for output \(o) with respect to input \(i)",
          hint:
            "The gradient of three outputs at once (vmap) is not that of one after the other: an operation's rule, or the batch rule of "
            + "what it is made of, does not treat the examples apart.", operation: operation)
      }
    }
  }
}

import CKernels

/// Layers that go through a sequence step by step.
enum Recurrence {
  static let catalog: [OperationInfo] = [LongShortTermMemory.info]
}

/// All steps of a long short-term memory (Hochreiter and Schmidhuber 1997), in one pass over the sequence.
///
/// Inputs: x [steps, batch, inputs]; h0 and c0 [batch, units]; the weights of inputs [4 units, inputs] and state [4 units, units]; the
/// gates' bias [4 units], or none. Outputs: h and c [steps, batch, units], and the gates [steps, batch, 4 units]. Gradients flow through
/// all three, so that the rules, which are written in terms of the outputs, can be differentiated again.
struct LongShortTermMemory: VariadicOperation {
  static let info = OperationInfo(
    "lstm", "The states of a long short-term memory, step by step.",
    call: "LSTM(10, 20)(x)", formula: "i, f, g, o = sigmoid, sigmoid, tanh, sigmoid of x w_x' + h w_h' + b; c = f c + i g; h = o tanh c",
    derivative: "dc += dh o (1 - tanh^2 c); gates' gradients through their activations; w for x and h, transposed products for w",
    shapes: "[t, n, k], [n, u], [n, u], [4 u, k], [4 u, u], [4 u] -> [t, n, u], [t, n, u], [t, n, 4 u]",
    takesIntegers: false,
    samples: [
      sample("", steps: 3, batch: 2, inputs: 3, units: 2),
      sample("backwards", steps: 3, batch: 1, inputs: 2, units: 3, reversed: true),
      sample("no bias", steps: 2, batch: 2, inputs: 1, units: 1, bias: false),
      sample("one step", steps: 1, batch: 2, inputs: 2, units: 1),
    ])

  private static func sample(
    _ label: String, steps: Int, batch: Int, inputs: Int, units: Int, reversed: Bool = false, bias: Bool = true
  ) -> OperationSample {
    let gates = 4 * units, shapes = [[steps, batch, inputs], [batch, units], [batch, units], [gates, inputs], [gates, units], [gates]]
    return .init(label, shapes.prefix(bias ? 6 : 5).map { .init($0) }) { cat(LongShortTermMemory(isReversed: reversed)($0), dim: 2) }
  }

  /// Whether the last step comes first.
  let isReversed: Bool
  var nodeName: String { "LstmBackward0" }
  var attributes: [(name: String, value: String)] { [("reverse", "\(isReversed)")] }
  func flops(_ x: [Tensor], _ y: [Tensor]) -> Double { 2 * Double(y[2].count) * Double(width(x[0]) + width(x[1])) }
  func backwardFlops(_ forward: Double, _ x: [Tensor], needs: [Bool]) -> Double {
    let inputs = Double(width(x[0])) / Double(Swift.max(width(x[0]) + width(x[1]), 1))
    return forward * ((needs[3] || needs[4] ? 1 : 0) + (needs[0] ? inputs : 0) + 1 - inputs)
  }
  private func width(_ x: Tensor) -> Int { x.shape.last ?? 0 }

  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) {
    (needs.indices.map { $0 < 5 }, [true, true, true])
  }

  private func form(_ x: Shape, _ h: Shape) -> cr_lstm {
    cr_lstm(steps: Int64(x[0]), batch: Int64(x[1]), inputs: Int64(x[2]), units: Int64(h[1]), reversed: isReversed)
  }

  private func operands(_ x: [Tensor]) -> cr_lstm_operands {
    let from = x.map { UnsafeRawPointer($0.box.c.pointee.data) }
    return cr_lstm_operands(x: from[0], h0: from[1], c0: from[2], w_in: from[3], w: from[4], bias: from.count > 5 ? from[5] : nil)
  }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    guard x.allSatisfy({ $0.dtype == x[0].dtype }), x[0].dtype.isFloatingPoint else {
      throw TensorError(
        .dtype, "Input and hidden tensors are not the same dtype, found \(x.map(\.dtype.name).joined(separator: ", "))",
        hint: "Convert input, state and layer to one floating-point type with to(_:).", operation: "lstm")
    }
    let inputs = try x.map { (t) throws(TensorError) in try t.packed }, shape = inputs[0].box.shape, dtype = x[0].dtype
    var form = form(shape, inputs[1].box.shape), operands = operands(inputs)
    let units = Int(form.units), state = shape.replacing(2, with: units)
    let outputs = try [state, state, shape.replacing(2, with: 4 * units)].map { (shape) throws(TensorError) in
      try TensorBox.uninitialized(shape, dtype)
    }
    let to = outputs.map { $0.c.pointee.data }
    cr_lstm_forward(dtype.kernelType, &form, &operands, to[0], to[1], to[2])
    withExtendedLifetime(inputs) {}
    return outputs.map { Tensor($0) }
  }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard dy.contains(where: { $0 != nil }) else { return s.needs.map { _ in nil } }
    return (try? fused(dy, s)) ?? stepwise(dy, s)
  }

  /// All gradients in one pass, where nothing records or transforms them.
  private func fused(_ dy: [Tensor?], _ s: SavedList) throws(TensorError) -> [Tensor?]? {
    let inputs = (0..<5).map { s.input($0) }, outputs = (0..<3).map { s.output($0) }, dtype = inputs[0].dtype
    guard dy[2] == nil, (inputs + outputs).allSatisfy({ isPlain($0) }),
      dy.allSatisfy({ $0.map { isPlain($0) && $0.dtype == dtype } ?? true })
    else { return nil }
    let gradients = try dy.map { (t) throws(TensorError) in try t?.bare.packed }
    let saved = try inputs.map { (t) throws(TensorError) in try t.bare.packed }
    let states = try outputs.map { (t) throws(TensorError) in try t.bare.packed }
    // The kernel uses the states' gradients on the way, and makes those of both weights together.
    let weights = s.needs[3] || s.needs[4], wanted = [s.needs[0], true, true, weights, weights] + s.needs.dropFirst(5)
    let shapes = saved.map(\.box.shape) + [Shape([4 * saved[1].box.shape[1]])]
    let results = try zip(shapes, wanted).map { (shape, isWanted) throws(TensorError) in
      isWanted ? try TensorBox.uninitialized(shape, dtype) : nil
    }
    var form = form(shapes[0], shapes[1]), operands = operands(saved)
    let dh = gradients.map { $0?.box.c.pointee.data }, from = states.map { $0.box.c.pointee.data }, to = results.map { $0?.c.pointee.data }
    var out = cr_lstm_gradients(x: to[0], h0: to[1], c0: to[2], w_in: to[3], w: to[4], bias: to.count > 5 ? to[5] : nil)
    cr_lstm_backward(dtype.kernelType, &form, &operands, dh[0], dh[1], from[0], from[1], from[2], &out)
    withExtendedLifetime((gradients, saved, states)) {}
    return zip(results, s.needs).map { result, needed in needed ? result.map { Tensor($0) } : nil }
  }

  /// The same in tensor operations.
  private func stepwise(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    let x = s.input(0), h0 = s.input(1), c0 = s.input(2), w = s.input(4)
    let c = s.output(1), gates = s.output(2), cBefore = before(c, c0)
    var dh = Tensor.zeros(like: c0), dc = dh, steps: [Tensor] = []
    for t in order(gates.size(0)).reversed() {
      let part = gates[t].chunk(4, dim: 1), tanh = c[t].tanh()
      if let gradient = dy[0] { dh = dh + gradient[t] }
      if let gradient = dy[1] { dc = dc + gradient[t] }
      dc = dc + dh * part[3] * (1 - tanh * tanh)
      var gradient = cat([dc * part[2], dc * cBefore[t], dc * part[0], dh * tanh], dim: 1)
      if let outer = dy[2] { gradient = gradient + outer[t] }
      steps.append(gradient * slopes(part))
      dh = steps[steps.count - 1].matmul(w)
      dc = dc * part[1]
    }
    let dz = stack(isReversed ? steps : steps.reversed()), rows = dz.reshaped(-1, dz.size(2))
    let weight = { (from: Tensor) in rows.T.matmul(from.reshaped(-1, from.size(2))) }
    let dx = s.needs[0] ? dz.matmul(s.input(3)) : nil, dwIn = s.needs[3] ? weight(x) : nil
    let dw = s.needs[4] ? weight(before(s.output(0), h0)) : nil
    return [dx, dh, dc, dwIn, dw] + (s.needs.count > 5 ? [s.needs[5] ? rows.sum(dim: 0) : nil] : [])
  }

  /// The derivatives of the activations in terms of their results.
  private func slopes(_ gates: [Tensor]) -> Tensor {
    cat(gates.enumerated().map { $0 == 2 ? 1 - $1 * $1 : $1 * (1 - $1) }, dim: 1)
  }

  private func order(_ steps: Int) -> [Int] { isReversed ? (0..<steps).reversed() : Array(0..<steps) }

  /// The states that each step started from.
  private func before(_ state: Tensor, _ first: Tensor) -> Tensor {
    isReversed ? cat([state[1...], first.unsqueezed(0)]) : cat([first.unsqueezed(0), state[..<(-1)]])
  }

  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    let x = s.input(0), wIn = s.input(3), w = s.input(4), c = s.output(1), gates = s.output(2)
    let hBefore = before(s.output(0), s.input(1)), cBefore = before(c, s.input(2))
    var dh = dx[1] ?? Tensor.zeros(like: s.input(1)), dc = dx[2] ?? Tensor.zeros(like: s.input(2))
    var results: [[Tensor]] = []
    for t in order(gates.size(0)) {
      let part = gates[t].chunk(4, dim: 1), tanh = c[t].tanh()
      var dz = dh.matmul(w.T)
      if let tangent = dx[0] { dz = dz + tangent[t].matmul(wIn.T) }
      if let tangent = dx[3] { dz = dz + x[t].matmul(tangent.T) }
      if let tangent = dx[4] { dz = dz + hBefore[t].matmul(tangent.T) }
      if dx.count > 5, let tangent = dx[5] { dz = dz + tangent }
      let dgates = dz * slopes(part), d = dgates.chunk(4, dim: 1)
      dc = d[1] * cBefore[t] + part[1] * dc + d[0] * part[2] + part[0] * d[2]
      dh = d[3] * tanh + part[3] * (1 - tanh * tanh) * dc
      results.append([dh, dc, dgates])
    }
    if isReversed { results.reverse() }
    return (0..<3).map { i in stack(results.map { $0[i] }) }
  }

  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    if batched.dropFirst(3).contains(true) { return try batchOneByOne(x, batched, size) }
    // With one weight the examples of all batches are one batch.
    let sequences = zip(x, batched).prefix(3).map { $0.whole($1, size) }
    let shape = sequences[0].shape, units = sequences[1].size(2), count = size * shape[2]
    let all = self(
      [
        sequences[0].transposed(0, 1).reshaped([shape[1], count, shape[3]]), sequences[1].reshaped([count, units]),
        sequences[2].reshaped([count, units]),
      ] + x.dropFirst(3))
    return all.map { $0.reshaped([shape[1], size, shape[2], $0.size(2)]).transposed(0, 1) }
  }
}

/// The states of a long short-term memory over `x` [steps, batch, inputs]. `weights`: of inputs [4 units, inputs] and state
/// [4 units, units], their rows in the order in, forget, cell, out.
package func lstmStates(
  _ x: Tensor, h: Tensor, c: Tensor, weights: (input: Tensor, state: Tensor), bias: Tensor?, reversed: Bool
) -> (h: Tensor, c: Tensor) {
  let all = LongShortTermMemory(isReversed: reversed)([x, h, c, weights.input, weights.state] + (bias.map { [$0] } ?? []))
  return all.count == 3 ? (all[0], all[1]) : (all[0], all[0])
}

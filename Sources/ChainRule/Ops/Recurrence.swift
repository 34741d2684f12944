import CKernels

/// Layers that go through a sequence step by step.
enum Recurrence {
  static let catalog: [OperationInfo] = [LongShortTermMemory.info]
}

/// All steps of a long short-term memory (Hochreiter and Schmidhuber 1997), in one pass over the sequence.
///
/// Inputs: z [steps, batch, 4 units], what the inputs add to the gates; h0 and c0 [batch, units]; w [4 units, units], the state's weight.
/// Outputs: h and c [steps, batch, units], and the gates [steps, batch, 4 units]. Gradients flow through all three, so that the rules,
/// which are written in terms of the outputs, can be differentiated again.
struct LongShortTermMemory: VariadicOperation {
  static let info = OperationInfo(
    "lstm", "The states of a long short-term memory, step by step.",
    call: "LSTM(10, 20)(x)", formula: "i, f, g, o = sigmoid, sigmoid, tanh, sigmoid of z + h w'; c = f c + i g; h = o tanh c",
    derivative: "dc += dh o (1 - tanh^2 c); gates' gradients through their activations; w for h, transposed products for w",
    shapes: "[t, n, 4 u], [n, u], [n, u], [4 u, u] -> [t, n, u], [t, n, u], [t, n, 4 u]",
    takesIntegers: false,
    samples: [
      sample("", steps: 3, batch: 2, units: 2), sample("backwards", steps: 3, batch: 1, units: 3, reversed: true),
      sample("one step", steps: 1, batch: 2, units: 1),
    ])

  private static func sample(_ label: String, steps: Int, batch: Int, units: Int, reversed: Bool = false) -> OperationSample {
    .init(
      label, [.init([steps, batch, 4 * units]), .init([batch, units]), .init([batch, units]), .init([4 * units, units])]
    ) {
      cat(LongShortTermMemory(isReversed: reversed)($0), dim: 2)
    }
  }

  /// Whether the last step comes first.
  let isReversed: Bool
  var nodeName: String { "LstmBackward0" }
  var attributes: [(name: String, value: String)] { [("reverse", "\(isReversed)")] }
  func flops(_ x: [Tensor], _ y: [Tensor]) -> Double { 2 * Double(x[0].count) * Double(x[1].shape.last ?? 1) }
  func backwardFlops(_ forward: Double, needs: [Bool]) -> Double { needs[3] ? 2 * forward : forward }

  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) { ([false, true, true, true], [true, true, true]) }

  private func form(_ z: Shape) -> cr_lstm {
    cr_lstm(steps: Int64(z[0]), batch: Int64(z[1]), units: Int64(z[2] / 4), reversed: isReversed)
  }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    guard x.allSatisfy({ $0.dtype == x[0].dtype }), x[0].dtype.isFloatingPoint else {
      throw TensorError(
        .dtype, "Input and hidden tensors are not the same dtype, found \(x.map(\.dtype.name).joined(separator: ", "))",
        mend: "Convert input, state and layer to one floating-point type with to(_:).", operation: "lstm")
    }
    let inputs = x.map(\.packed), shape = inputs[0].box.shape, dtype = x[0].dtype
    let state = shape.replacing(2, with: shape[2] / 4)
    let outputs = [state, state, shape].map { TensorBox.uninitialized($0, dtype) }
    var form = form(shape)
    let from = inputs.map { $0.box.c.pointee.data }, to = outputs.map { $0.c.pointee.data }
    cr_lstm_forward(dtype.kernelType, &form, from[0], from[1], from[2], from[3], to[0], to[1], to[2])
    withExtendedLifetime(inputs) {}
    return outputs.map { Tensor($0) }
  }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard dy.contains(where: { $0 != nil }) else { return s.needs.map { _ in nil } }
    let h0 = s.input(1), h = s.output(0)
    let (dz, dh, dc) = fused(dy, s) ?? stepwise(dy, s)
    let width = dz.size(2)
    let dw = s.needs[3] ? dz.reshaped(-1, width).T.matmul(before(h, h0).reshaped(-1, width / 4)) : nil
    return [dz, dh, dc, dw]
  }

  /// The gradients of z, h0 and c0 in one pass, where nothing records or transforms them.
  private func fused(_ dy: [Tensor?], _ s: SavedList) -> (Tensor, Tensor, Tensor)? {
    let inputs = [s.input(2), s.input(3), s.output(1), s.output(2)], dtype = inputs[0].dtype
    guard dy[2] == nil, inputs.allSatisfy({ isPlain($0) }), dy.allSatisfy({ $0.map { isPlain($0) && $0.dtype == dtype } ?? true }) else {
      return nil
    }
    let gradients = dy.map { $0?.bare.packed }, saved = inputs.map { $0.bare.packed }
    let state = saved[0].box.shape, gates = saved[3].box.shape
    let results = [gates, state, state].map { TensorBox.uninitialized($0, dtype) }
    var form = form(gates)
    let from = saved.map { $0.box.c.pointee.data }, to = results.map { $0.c.pointee.data }
    cr_lstm_backward(
      dtype.kernelType, &form, gradients[0]?.box.c.pointee.data, gradients[1]?.box.c.pointee.data, from[0], from[1], from[2], from[3],
      to[0], to[1], to[2])
    withExtendedLifetime((gradients, saved)) {}
    return (Tensor(results[0]), Tensor(results[1]), Tensor(results[2]))
  }

  /// The same in tensor operations.
  private func stepwise(_ dy: [Tensor?], _ s: SavedList) -> (Tensor, Tensor, Tensor) {
    let c0 = s.input(2), w = s.input(3), c = s.output(1), gates = s.output(2), before = before(c, c0)
    var dh = Tensor.zeros(like: c0), dc = dh, dz: [Tensor] = []
    for t in order(gates.size(0)).reversed() {
      let part = gates[t].chunk(4, dim: 1), tanh = c[t].tanh()
      if let gradient = dy[0] { dh = dh + gradient[t] }
      if let gradient = dy[1] { dc = dc + gradient[t] }
      dc = dc + dh * part[3] * (1 - tanh * tanh)
      var gradient = cat([dc * part[2], dc * before[t], dc * part[0], dh * tanh], dim: 1)
      if let outer = dy[2] { gradient = gradient + outer[t] }
      dz.append(gradient * slopes(part))
      dh = dz[dz.count - 1].matmul(w)
      dc = dc * part[1]
    }
    return (stack(isReversed ? dz : dz.reversed()), dh, dc)
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
    let w = s.input(3), c = s.output(1), gates = s.output(2)
    let hBefore = before(s.output(0), s.input(1)), cBefore = before(c, s.input(2))
    var dh = dx[1] ?? Tensor.zeros(like: s.input(1)), dc = dx[2] ?? Tensor.zeros(like: s.input(2))
    var results: [[Tensor]] = []
    for t in order(gates.size(0)) {
      let part = gates[t].chunk(4, dim: 1), tanh = c[t].tanh()
      var dz = dh.matmul(w.T)
      if let tangent = dx[0] { dz = dz + tangent[t] }
      if let tangent = dx[3] { dz = dz + hBefore[t].matmul(tangent.T) }
      let dgates = dz * slopes(part), d = dgates.chunk(4, dim: 1)
      dc = d[1] * cBefore[t] + part[1] * dc + d[0] * part[2] + part[0] * d[2]
      dh = d[3] * tanh + part[3] * (1 - tanh * tanh) * dc
      results.append([dh, dc, dgates])
    }
    if isReversed { results.reverse() }
    return (0..<3).map { i in stack(results.map { $0[i] }) }
  }

  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    if batched[3] { return try batchOneByOne(x, batched, size) }
    // With one weight the examples of all batches are one batch.
    let sequences = zip(x, batched).prefix(3).map { $0.whole($1, size) }
    let shape = sequences[0].shape, count = size * shape[2]
    let all = self([
      sequences[0].transposed(0, 1).reshaped([shape[1], count, shape[3]]), sequences[1].reshaped([count, shape[3] / 4]),
      sequences[2].reshaped([count, shape[3] / 4]), x[3],
    ])
    return all.map { $0.reshaped([shape[1], size, shape[2], $0.size(2)]).transposed(0, 1) }
  }
}

/// The states of a long short-term memory: `gates` [steps, batch, 4 units] is what the inputs add, in the order in, forget, cell, out.
package func lstmStates(_ gates: Tensor, h: Tensor, c: Tensor, weight: Tensor, reversed: Bool) -> (h: Tensor, c: Tensor) {
  let all = LongShortTermMemory(isReversed: reversed)([gates, h, c, weight])
  return all.count == 3 ? (all[0], all[1]) : (all[0], all[0])
}

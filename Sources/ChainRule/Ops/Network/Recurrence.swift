import CKernels

/// Layers that go through a sequence step by step.
enum Recurrence {
  static let catalog: [OperationInfo] = [Recurrent.info, Recurrent.gatedInfo, Recurrent.simpleInfo]
}

/// What a recurrent layer does at each step; PyTorch's names.
package enum RecurrentMode: String, Sendable {
  /// h = tanh(x w_x' + h w_h' + b).
  case tanh = "rnn_tanh"
  /// The same with max(0, .).
  case relu = "rnn_relu"
  /// A gated recurrent unit.
  case gru
  /// A long short-term memory.
  case lstm

  var kind: cr_recurrent_kind {
    switch self {
    case .tanh: CR_RNN_TANH
    case .relu: CR_RNN_RELU
    case .gru: CR_GRU
    case .lstm: CR_LSTM
    }
  }
  /// The rows of the weights, in units.
  package var gates: Int { Int(cr_recurrent_gates(kind)) }
  /// What a step keeps, in units: see cr_recurrent.h.
  var blocks: Int { Int(cr_recurrent_blocks(kind)) }
  /// Blocks before the first one that the state goes into.
  var own: Int { blocks - gates }
  /// The kinds of state: h, and c of a long short-term memory.
  package var states: Int { self == .lstm ? 2 : 1 }
}

/// All steps of a recurrent layer, in one pass over the sequence.
///
/// Inputs: x [steps, batch, inputs]; h0 [batch, outputs]; of LSTM c0 [batch, units]; the weights of inputs [gates units, inputs] and state
/// [gates units, outputs]; the blocks' bias [blocks units], or none; the projection [outputs, units], or none. Outputs: h
/// [steps, batch, outputs]; of LSTM c [steps, batch, units]; of LSTM and GRU the blocks [steps, batch, blocks units]; what a projection
/// is made of [steps, batch, units]. Gradients flow through all of them, so that the rules, which are written in terms of the outputs,
/// can be differentiated again.
struct Recurrent: VariadicOperation {
  static let info = OperationInfo(
    "lstm", "The states of a long short-term memory, step by step.",
    call: "LSTM(10, 20)(x)", formula: "i, f, g, o = sigmoid, sigmoid, tanh, sigmoid of x w_x' + h w_h' + b; c = f c + i g; h = o tanh c",
    derivative: "dc += dh o (1 - tanh^2 c); gates' gradients through their activations; w for x and h, transposed products for w",
    shapes: "[t, n, k], [n, u], [n, u], [4 u, k], [4 u, u], [4 u] -> [t, n, u], [t, n, u], [t, n, 4 u]",
    takesIntegers: false,
    samples: [
      sample("", .lstm, steps: 3, batch: 2, inputs: 3, units: 2),
      sample("backwards", .lstm, steps: 3, batch: 1, inputs: 2, units: 3, reversed: true),
      sample("no bias", .lstm, steps: 2, batch: 2, inputs: 1, units: 1, bias: false),
      sample("one step", .lstm, steps: 1, batch: 2, inputs: 2, units: 1),
      sample("projected", .lstm, steps: 2, batch: 2, inputs: 2, units: 2, outputs: 1),
    ])

  static let gatedInfo = OperationInfo(
    "gru", "The states of a gated recurrent unit, step by step.",
    call: "GRU(10, 20)(x)",
    formula: "r, z = sigmoid of x w_x' + h w_h' + b; n = tanh(x w_nx' + b_nx + r (h w_nh' + b_nh)); h = (1 - z) n + z h",
    derivative: "dn = dh (1 - z) (1 - n^2), dz = dh (h - n) z (1 - z), dr = dn (h w_nh' + b_nh) r (1 - r); dh z goes past the gates",
    shapes: "[t, n, k], [n, u], [3 u, k], [3 u, u], [4 u] -> [t, n, u], [t, n, 4 u]",
    takesIntegers: false,
    samples: [
      sample("", .gru, steps: 3, batch: 2, inputs: 3, units: 2),
      sample("backwards", .gru, steps: 3, batch: 1, inputs: 2, units: 3, reversed: true),
      sample("no bias", .gru, steps: 2, batch: 2, inputs: 1, units: 1, bias: false),
    ])

  static let simpleInfo = OperationInfo(
    "rnn", "The states of a simple recurrent network, step by step.",
    call: "RNN(10, 20)(x)", formula: "h = tanh(x w_x' + h w_h' + b), or max(0, .)",
    derivative: "dz = dh (1 - h^2), or dh where h > 0; w for x and h, transposed products for w",
    shapes: "[t, n, k], [n, u], [u, k], [u, u], [u] -> [t, n, u]",
    takesIntegers: false,
    samples: [
      sample("", .tanh, steps: 3, batch: 2, inputs: 3, units: 2),
      sample("backwards", .tanh, steps: 3, batch: 1, inputs: 2, units: 3, reversed: true),
      sample("relu", .relu, steps: 2, batch: 2, inputs: 1, units: 2, domain: .interval(0.3, 2)),
    ])

  private static func sample(
    _ label: String, _ mode: RecurrentMode, steps: Int, batch: Int, inputs: Int, units: Int, outputs: Int? = nil, reversed: Bool = false,
    bias: Bool = true, domain: Domain = .real
  ) -> OperationSample {
    let rows = mode.gates * units, outputs = outputs ?? units
    var shapes = [[steps, batch, inputs], [batch, outputs]]
    if mode == .lstm { shapes.append([batch, units]) }
    shapes += [[rows, inputs], [rows, outputs]]
    if bias { shapes.append([mode.blocks * units]) }
    if outputs != units { shapes.append([outputs, units]) }
    let operation = Recurrent(mode: mode, isReversed: reversed, hasBias: bias, isProjected: outputs != units)
    return .init(label, shapes.map { .init($0, domain) }) { cat(operation($0), dim: 2) }
  }

  let mode: RecurrentMode
  /// Whether the last step comes first.
  let isReversed: Bool
  let hasBias: Bool
  let isProjected: Bool

  var name: String { mode == .tanh || mode == .relu ? "rnn" : mode.rawValue }
  var nodeName: String {
    switch mode {
    case .tanh: "RnnTanhBackward0"
    case .relu: "RnnReluBackward0"
    case .gru: "GruBackward0"
    case .lstm: "LstmBackward0"
    }
  }
  var attributes: [(name: String, value: String)] { [("mode", mode.rawValue), ("reverse", "\(isReversed)")] }

  // Where things stand among inputs and outputs.
  var inputWeight: Int { 1 + mode.states }
  var stateWeight: Int { 2 + mode.states }
  var bias: Int? { hasBias ? 3 + mode.states : nil }
  var projection: Int? { isProjected ? 3 + mode.states + (hasBias ? 1 : 0) : nil }
  var kept: Int { mode == .lstm ? 2 : mode == .gru ? 1 : 0 }
  var whole: Int? { isProjected ? 3 : nil }

  func flops(_ x: [Tensor], _ y: [Tensor]) -> Double {
    let inputs = width(x[0]), outputs = width(x[1]), gates = Double(x[inputWeight].count) / Swift.max(inputs, 1)
    let rows = Double(y[0].count) / Swift.max(outputs, 1)
    return 2 * rows * (gates * (inputs + outputs) + (projection.map { Double(x[$0].count) } ?? 0))
  }
  func backwardFlops(_ forward: Double, _ x: [Tensor], needs: [Bool]) -> Double {
    let inputs = width(x[0]) / Swift.max(width(x[0]) + width(x[1]), 1)
    return forward * ((needs[inputWeight] || needs[stateWeight] ? 1 : 0) + (needs[0] ? inputs : 0) + 1 - inputs)
  }
  private func width(_ x: Tensor) -> Double { Double(x.shape.last ?? 0) }

  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) {
    (needs.indices.map { $0 != bias }, Array(repeating: true, count: whole.map { $0 + 1 } ?? kept + 1))
  }

  private func form(_ x: Shape, _ h: Shape, units: Int) -> cr_recurrent {
    cr_recurrent(
      kind: mode.kind, steps: Int64(x[0]), batch: Int64(x[1]), inputs: Int64(x[2]), units: Int64(units), outputs: Int64(h[1]),
      reversed: isReversed)
  }

  /// The kernels' names for the inputs, or for their gradients, of which some may be nil.
  private func named<T>(_ all: [T?]) -> (x: T?, h0: T?, c0: T?, wIn: T?, w: T?, bias: T?, projection: T?) {
    (
      all[0], all[1], mode == .lstm ? all[2] : nil, all[inputWeight], all[stateWeight], bias.flatMap { all[$0] },
      projection.flatMap { all[$0] }
    )
  }

  private func operands(_ x: [Tensor]) -> cr_recurrent_operands {
    let p = named(x.map { UnsafeRawPointer($0.box.c.pointee.data) })
    return cr_recurrent_operands(x: p.x, h0: p.h0, c0: p.c0, w_in: p.wIn, w: p.w, bias: p.bias, projection: p.projection)
  }

  private func results(_ y: [UnsafeMutableRawPointer]) -> cr_recurrent_results {
    cr_recurrent_results(
      h: y[0], c: mode == .lstm ? y[1] : nil, gates: kept > 0 ? y[kept] : nil, whole: whole.map { y[$0] })
  }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    guard x.allSatisfy({ $0.dtype == x[0].dtype }), x[0].dtype.isFloatingPoint else {
      throw TensorError(
        .dtype, "Input and hidden tensors are not the same dtype, found \(x.map(\.dtype.name).joined(separator: ", "))",
        hint: "Convert input, state and layer to one floating-point type with to(_:).", operation: name)
    }
    try checkShapes(x)
    let inputs = try x.map { (t) throws(TensorError) in try t.packed }, shape = inputs[0].box.shape, dtype = x[0].dtype
    let units = x[inputWeight].size(0) / mode.gates, state = shape.replacing(2, with: units)
    var form = form(shape, inputs[1].box.shape, units: units), operands = operands(inputs)
    var shapes = [shape.replacing(2, with: Int(form.outputs))]
    if mode == .lstm { shapes.append(state) }
    if kept > 0 { shapes.append(shape.replacing(2, with: mode.blocks * units)) }
    if isProjected { shapes.append(state) }
    let outputs = try shapes.map { (shape) throws(TensorError) in try TensorBox.uninitialized(shape, dtype) }
    var to = results(outputs.map { $0.c.pointee.data })
    cr_recurrent_forward(dtype.kernelType, &form, &operands, &to)
    withExtendedLifetime(inputs) {}
    return outputs.map { Tensor($0) }
  }

  /// Weights that were put in place of others may have any shape.
  private func checkShapes(_ x: [Tensor]) throws(TensorError) {
    guard x[0].rank == 3, x[1].rank == 2, x[inputWeight].rank == 2 else {
      throw TensorError(
        .shape,
        "\(name): input, hidden and weight must have 3, 2 and 2 dimensions, got \(x[0].rank), \(x[1].rank) and "
          + "\(x[inputWeight].rank)", hint: "They are [steps, batch, inputs], [batch, size] and [gates size, inputs].", operation: name)
    }
    let units = x[inputWeight].size(0) / mode.gates, batch = x[0].size(1), outputs = x[1].size(1), rows = mode.gates * units
    var shapes = [x[0].shape, [batch, isProjected ? outputs : units]] + (mode == .lstm ? [[batch, units]] : [])
    shapes +=
      [[rows, x[0].size(2)], [rows, outputs]] + (hasBias ? [[mode.blocks * units]] : []) + (isProjected ? [[outputs, units]] : [])
    for (tensor, shape) in zip(x, shapes) where tensor.shape != shape {
      throw TensorError(
        .shape, "\(name): Expected a tensor of shape \(shape), got \(tensor.shape)",
        hint: "States and weights fit the input \(x[0].shape) and \(units) units.", operation: name)
    }
  }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard dy.contains(where: { $0 != nil }) else { return s.needs.map { _ in nil } }
    return (try? fused(dy, s)) ?? stepwise(dy, s)
  }

  /// All gradients in one pass, where nothing records or transforms them.
  private func fused(_ dy: [Tensor?], _ s: SavedList) throws(TensorError) -> [Tensor?]? {
    let dtype = s.input(0).dtype, inner = [kept > 0 ? kept : nil, whole].compactMap { $0 }
    let values = s.needs.indices.filter { $0 != bias }.map { s.input($0) } + s.outputs.indices.map { s.output($0) }
    guard inner.allSatisfy({ dy[$0] == nil }), values.allSatisfy({ isPlain($0) }),
      dy.allSatisfy({ $0.map { isPlain($0) && $0.dtype == dtype } ?? true })
    else { return nil }
    let gradients = try dy.map { (t) throws(TensorError) in try t?.bare.packed }
    // The bias is not looked at on the way back, so that any input can stand for it.
    let saved = try s.needs.indices.map { (i) throws(TensorError) in try s.input(i == bias ? 0 : i).bare.packed }
    let states = try s.outputs.indices.map { (i) throws(TensorError) in try s.output(i).bare.packed }
    let units = saved[inputWeight].size(0) / mode.gates, first = [0] + Array(inputWeight..<s.needs.count).filter { $0 != bias }
    // The kernel uses the states' gradients on the way, and makes those of the weights together.
    let weights = first.dropFirst().contains { s.needs[$0] }
    let made = try s.needs.indices.map { (i) throws(TensorError) -> TensorBox? in
      let isWanted = i == 0 || i == bias ? s.needs[i] : i < inputWeight || weights
      return isWanted ? try TensorBox.uninitialized(i == bias ? Shape([mode.blocks * units]) : saved[i].box.shape, dtype) : nil
    }
    var form = form(saved[0].box.shape, saved[1].box.shape, units: units), operands = operands(saved)
    let d = gradients.map { $0?.box.c.pointee.data }, p = named(made.map { $0?.c.pointee.data })
    var to = cr_recurrent_gradients(x: p.x, h0: p.h0, c0: p.c0, w_in: p.wIn, w: p.w, bias: p.bias, projection: p.projection)
    var from = results(states.map { $0.box.c.pointee.data })
    cr_recurrent_backward(dtype.kernelType, &form, &operands, d[0], mode == .lstm ? d[1] : nil, &from, &to)
    withExtendedLifetime((gradients, saved, states)) {}
    return zip(made, s.needs).map { result, needed in needed ? result.map { Tensor($0) } : nil }
  }

  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    if batched.dropFirst(inputWeight).contains(true) { return try batchOneByOne(x, batched, size) }
    // With one weight the examples of all batches are one batch.
    let sequences = zip(x, batched).prefix(inputWeight).map { $0.whole($1, size) }
    let shape = sequences[0].shape, count = size * shape[2]
    let all = self(
      [sequences[0].transposed(0, 1).reshaped([shape[1], count, shape[3]])]
        + sequences.dropFirst().map { $0.reshaped([count, $0.size(2)]) } + x.dropFirst(inputWeight))
    return all.map { $0.reshaped([shape[1], size, shape[2], $0.size(2)]).transposed(0, 1) }
  }
}

/// The states of a recurrent layer over `x` [steps, batch, inputs]: h, and of a long short-term memory c, at each step.
///
/// - Parameters:
///   - states: those before the first step, [batch, size] each.
///   - weights: of inputs [gates units, inputs] and of the state [gates units, outputs].
///   - biases: of both, [gates units] each.
///   - projection: what brings a long short-term memory's h to its size, [outputs, units].
package func recurrentStates(
  _ mode: RecurrentMode, _ x: Tensor, _ states: [Tensor], weights: (input: Tensor, state: Tensor), biases: (input: Tensor, state: Tensor)?,
  projection: Tensor? = nil, reversed: Bool = false
) -> [Tensor] {
  let operation = Recurrent(mode: mode, isReversed: reversed, hasBias: biases != nil, isProjected: projection != nil)
  let bias = biases.map { input, state in
    guard mode == .gru else { return input + state }
    let inner = 2 * (input.size(0) / 3)
    return cat([input[inner...], input[..<inner] + state[..<inner], state[inner...]])
  }
  let all = operation([x] + states + [weights.input, weights.state] + [bias, projection].compactMap { $0 })
  return all.count > operation.kept ? Array(all.prefix(mode.states)) : states.map { _ in all[0] }
}

import ChainRule

/// What layers that go through a sequence step by step have in common: PyTorch's options, parameters and order of layers.
///
/// A subclass says what is done at each step. All weights start uniform over +-1/sqrt(hidden), in the order of their names in a state, with
/// PyTorch's numbers for the same seed.
public class RecurrentLayer: HookedModule, ParameterContainer, SelfCopying {
  /// The parameters of one layer in one direction.
  struct Cell {
    /// [gates hidden, inputs].
    let inputWeight: Tensor
    /// [gates hidden, output].
    let stateWeight: Tensor
    /// [gates hidden].
    let inputBias: Tensor?
    /// [gates hidden].
    let stateBias: Tensor?
    /// [output, hidden], where the output is a projection.
    let projection: Tensor?

    func copied(_ copier: ModuleCopier) -> Cell {
      Cell(
        inputWeight: copier(inputWeight), stateWeight: copier(stateWeight), inputBias: copier(inputBias), stateBias: copier(stateBias),
        projection: copier(projection))
    }
  }

  /// The size of an input's last dimension.
  public let inputs: Int
  /// The size of the state.
  public let hidden: Int
  /// The size of an output in one direction: `hidden`, or that of the projection.
  public let outputs: Int
  let numLayers: Int
  let hasBias: Bool
  let batchFirst: Bool
  let dropout: Double
  let bidirectional: Bool
  /// One a layer, or two where it goes in both directions.
  let cells: [Cell]
  private let mode: RecurrentMode
  private let generator: Generator?

  init(
    _ mode: RecurrentMode, _ inputs: Int, _ hidden: Int, numLayers: Int, bias: Bool, batchFirst: Bool, dropout: Double, bidirectional: Bool,
    projSize: Int = 0, _ dtype: DType?, _ generator: Generator?
  ) {
    let inputs = layerSize(inputs, "input_size", "RecurrentLayer", atLeast: .min),
      hidden = layerSize(hidden, "hidden_size", "RecurrentLayer", atLeast: .min)
    let projSize = layerSize(projSize, "proj_size", "RecurrentLayer", atLeast: .min),
      numLayers = layerSize(numLayers, "num_layers", "RecurrentLayer", atLeast: .min, atMost: 10_000)
    self.mode = mode
    self.inputs = inputs
    self.hidden = hidden
    outputs = projSize > 0 ? projSize : hidden
    self.numLayers = numLayers
    hasBias = bias
    self.batchFirst = batchFirst
    self.dropout = dropout
    self.bidirectional = bidirectional
    self.generator = generator
    for (holds, message, hint) in [
      (inputs > 0, "input_size must be greater than zero", "It is \(inputs)."),
      (hidden > 0, "hidden_size must be greater than zero", "It is \(hidden)."),
      (numLayers > 0, "num_layers must be greater than zero", "It is \(numLayers)."),
      (
        dropout >= 0 && dropout <= 1,
        "dropout should be a number in range [0, 1] representing the probability of an element being zeroed", "It is \(dropout)."
      ),
      (projSize >= 0, "proj_size should be a positive integer or zero to disable projections", "It is \(projSize)."),
      (projSize < Swift.max(hidden, 1), "proj_size has to be smaller than hidden_size", "\(projSize) is not below \(hidden)."),
    ] where !holds {
      refuse(TensorError(.argument, message, hint: hint, operation: "RecurrentLayer"))
    }
    let directions = bidirectional ? 2 : 1, outputs = outputs, rows = mode.gates * Swift.max(hidden, 0),
      bound = 1 / Double(Swift.max(hidden, 1)).squareRoot()
    func parameter(_ shape: Int...) -> Tensor {
      let leaf = Tensor.zeros(shape.map { Swift.max($0, 0) }, dtype: dtype).asParameter()
      Initialize.uniform(leaf, from: -bound, to: bound, generator: generator)
      return leaf
    }
    cells = (0..<Swift.max(numLayers, 0) * directions).map { i in
      Cell(
        inputWeight: parameter(rows, i < directions ? inputs : outputs * directions),
        stateWeight: parameter(rows, outputs), inputBias: bias ? parameter(rows) : nil,
        stateBias: bias ? parameter(rows) : nil, projection: projSize > 0 ? parameter(projSize, hidden) : nil)
    }
  }

  required init(copying other: RecurrentLayer, _ copier: ModuleCopier) {
    inputs = other.inputs
    hidden = other.hidden
    outputs = other.outputs
    mode = other.mode
    numLayers = other.numLayers
    hasBias = other.hasBias
    batchFirst = other.batchFirst
    dropout = other.dropout
    bidirectional = other.bidirectional
    cells = other.cells.map { $0.copied(copier) }
    generator = other.generator
  }

  /// One layer in one direction: each kind of state at each step, [steps, batch, size], for `x` [steps, batch, inputs] and the state it
  /// starts from, a tensor [batch, size] for each kind. The first kind is the output.
  private func sequence(_ x: Tensor, _ state: [Tensor], _ cell: Cell, reversed: Bool) -> [Tensor] {
    let biases = cell.inputBias.flatMap { input in cell.stateBias.map { (input, $0) } }
    return recurrentStates(
      mode, x, state, weights: (cell.inputWeight, cell.stateWeight), biases: biases, projection: cell.projection, reversed: reversed)
  }

  /// All layers: the outputs for `x`, and each kind of state after the last step, [layers x directions, batch, size].
  ///
  /// - Parameter sizes: the last dimension of each kind of state.
  func run(_ x: Tensor, _ state: [Tensor]?, sizes: [Int]) -> (output: Tensor, state: [Tensor]) {
    let all = withHooks([x] + (state ?? [])) { inputs in
      let (output, ends) = applied(inputs[0], state.map { _ in Array(inputs.dropFirst()) }, sizes)
      return [output] + ends
    }
    return (all[0], Array(all.dropFirst()))
  }

  /// The same for packed sequences; states have the order that the sequences had before they were sorted.
  func run(_ x: PackedSequence, _ state: [Tensor]?, sizes: [Int]) -> (output: PackedSequence, state: [Tensor]) {
    var packing = x
    let all = withHooks([x.data] + (state ?? [])) { inputs in
      let (output, ends) = applied(x.with(inputs[0]), state.map { _ in Array(inputs.dropFirst()) }, sizes)
      packing = output
      return [output.data] + ends
    }
    return (packing.with(all[0]), Array(all.dropFirst()))
  }

  private func applied(_ x: Tensor, _ state: [Tensor]?, _ sizes: [Int]) -> (output: Tensor, state: [Tensor]) {
    if let error = mismatch(x, state, sizes) {
      refuse(error)
      return (x, sizes.map { _ in x })
    }
    let isSingle = x.rank == 2
    let input = isSingle ? x.unsqueezed(1) : batchFirst ? x.transposed(0, 1) : x
    let (output, ends) = layers(input, state.map { isSingle ? $0.map { $0.unsqueezed(1) } : $0 }, sizes, nil)
    return (
      isSingle ? output.squeezed(1) : batchFirst ? output.transposed(0, 1) : output, isSingle ? ends.map { $0.squeezed(1) } : ends
    )
  }

  private func applied(_ x: PackedSequence, _ state: [Tensor]?, _ sizes: [Int]) -> (output: PackedSequence, state: [Tensor]) {
    let batch = x.batchSizes.first ?? 0, shape = [numLayers * (bidirectional ? 2 : 1), batch]
    func problem(_ message: String, _ hint: String) -> (output: PackedSequence, state: [Tensor]) {
      refuse(TensorError(.shape, message, hint: hint, operation: "\(type(of: self))", shapes: [x.data.shape]))
      return (x, sizes.map { _ in x.data })
    }
    guard batch > 0, x.data.rank == 2, x.data.shape[1] == inputs else {
      return problem(
        "input.size(-1) must be equal to input_size. Expected \(inputs), got \(x.data.shape.last ?? 0)", "Packed elements are vectors.")
    }
    for (kind, tensor) in (state ?? []).enumerated() where tensor.shape != shape + [sizes[kind]] {
      return problem(
        "Expected hidden size \(PythonText.tuple(shape + [sizes[kind]])), got \(tensor.shape)",
        "A state has a row for each layer and direction, and each sequence.")
    }
    func ordered(_ states: [Tensor], _ order: [Int]?) -> [Tensor] {
      guard let order else { return states }
      return states.map { $0.indexSelect(dim: 1, index: Tensor(order, shape: [order.count], dtype: .int64)) }
    }
    let (output, ends) = layers(x.padded, state.map { ordered($0, x.sortedIndices) }, sizes, x)
    return (x.with(x.packed(output)), ordered(ends, x.unsortedIndices))
  }

  /// All layers over `x` [steps, batch, inputs]; a batch that came packed ends, and begins from the end, where its sequences do.
  private func layers(
    _ x: Tensor, _ state: [Tensor]?, _ sizes: [Int], _ packing: PackedSequence?
  ) -> (output: Tensor, ends: [Tensor]) {
    let directions = bidirectional ? 2 : 1, batch = x.shape[1]
    let lengths = packing?.sortedLengths
    // From the end of each sequence to its beginning; what lies beyond an end stays.
    let backwards = lengths.map { lengths in
      (0..<x.shape[0]).flatMap { t in lengths.enumerated().map { row, n in (t < n ? n - 1 - t : t) * batch + row } }
    }
    func turned(_ x: Tensor) -> Tensor { backwards.map { picked(x.flattened(from: 0, through: 1), $0).reshaped(like: x) } ?? x }
    func end(_ states: Tensor, reversed: Bool) -> Tensor {
      guard let lengths else { return states[reversed ? 0 : states.shape[0] - 1] }
      return picked(states.flattened(from: 0, through: 1), lengths.enumerated().map { row, n in (n - 1) * batch + row })
    }
    var input = x, last: [[Tensor]] = []
    for layer in 0..<numLayers {
      var outputs: [Tensor] = []
      for direction in 0..<directions {
        let i = layer * directions + direction, isReversed = direction == 1
        let start = sizes.indices.map { kind in
          state.map { $0[kind][i] } ?? Tensor.zeros([batch, sizes[kind]], dtype: x.dtype)
        }
        let turns = isReversed && packing != nil
        let all = sequence(turns ? turned(input) : input, start, cells[i], reversed: isReversed && !turns)
        if isErrorPending { return (x, sizes.map { _ in x }) }
        last.append(all.map { end($0, reversed: isReversed) })
        outputs.append(turns ? turned(all[0]) : all[0])
      }
      input = directions == 1 ? outputs[0] : cat(outputs, dim: 2)
      if layer + 1 < numLayers, dropout > 0, isTraining {
        func dropped(_ x: Tensor) -> Tensor { ChainRuleNN.dropout(x, p: dropout, generator: generator) }
        // As in PyTorch, what is drawn for a pack is drawn for its elements alone.
        input = packing.map { $0.with(dropped($0.packed(input))).padded } ?? dropped(input)
      }
    }
    return (input, sizes.indices.map { kind in stack(last.map { $0[kind] }) })
  }

  private func mismatch(_ x: Tensor, _ state: [Tensor]?, _ sizes: [Int]) -> TensorError? {
    func error(_ message: String, _ hint: String) -> TensorError {
      TensorError(.shape, message, hint: hint, operation: "\(type(of: self))", shapes: [x.shape])
    }
    guard x.rank == 2 || x.rank == 3 else {
      return error(
        "\(type(of: self)): Expected input to be 2D or 3D, got \(x.rank)D instead", "It is [steps, batch, inputs], or [steps, inputs].")
    }
    guard x.shape[x.rank - 1] == inputs else {
      return error(
        "input.size(-1) must be equal to input_size. Expected \(inputs), got \(x.shape[x.rank - 1])", "The last dimension is the features.")
    }
    guard x.shape[x.rank == 3 && batchFirst ? 1 : 0] > 0 else {
      return error("Expected sequence length to be larger than 0 in RNN", "There must be a step to take.")
    }
    for (i, tensor) in (state ?? []).enumerated() {
      let lead = [numLayers * (bidirectional ? 2 : 1)] + (x.rank == 2 ? [] : [x.shape[batchFirst ? 0 : 1]])
      guard tensor.shape == lead + [sizes[i]] else {
        return error(
          "Expected hidden\(sizes.count > 1 ? "[\(i)]" : "") size \(PythonText.tuple(lead + [sizes[i]])), got \(tensor.shape)",
          "A state has a row for each layer and direction, and each example of the batch.")
      }
    }
    return nil
  }

  var namedLeaves: [(name: String, tensor: Tensor)] {
    cells.enumerated().flatMap { i, cell in
      let suffix = bidirectional ? "_l\(i / 2)" + (i % 2 == 1 ? "_reverse" : "") : "_l\(i)"
      let named = [
        ("weight_ih", cell.inputWeight), ("weight_hh", cell.stateWeight), ("bias_ih", cell.inputBias), ("bias_hh", cell.stateBias),
        ("weight_hr", cell.projection),
      ]
      return named.compactMap { name, tensor in tensor.map { (name + suffix, $0) } }
    }
  }

  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    var parts = ["\(inputs)", "\(hidden)"]
    if outputs != hidden { parts.append("proj_size=\(outputs)") }
    if numLayers != 1 { parts.append("num_layers=\(numLayers)") }
    if !hasBias { parts.append("bias=False") }
    if batchFirst { parts.append("batch_first=True") }
    if dropout != 0 { parts.append("dropout=\(dropout)") }
    if bidirectional { parts.append("bidirectional=True") }
    return parts.joined(separator: ", ")
  }
}

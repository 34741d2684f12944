public import ChainRule

/// What single steps of recurrent networks have in common.
///
/// All weights start uniform over +-1/sqrt(hidden), in the order of their names in a state, with PyTorch's numbers for the same seed.
public class RecurrentCell: HookedModule, RenamedMembers {
  /// [gates hidden, inputs], `weight_ih` in a state.
  @exclusivity(unchecked) public var inputWeight: Tensor {
    didSet { inputWeight = assigned(inputWeight, oldValue, "inputWeight", self) }
  }
  /// [gates hidden, hidden], `weight_hh` in a state.
  @exclusivity(unchecked) public var stateWeight: Tensor {
    didSet { stateWeight = assigned(stateWeight, oldValue, "stateWeight", self) }
  }
  /// [gates hidden], `bias_ih` in a state.
  @exclusivity(unchecked) public var inputBias: Tensor? {
    didSet { inputBias = assigned(inputBias, oldValue, "inputBias", self) }
  }
  /// [gates hidden], `bias_hh` in a state.
  @exclusivity(unchecked) public var stateBias: Tensor? {
    didSet { stateBias = assigned(stateBias, oldValue, "stateBias", self) }
  }
  /// The size of an input.
  public let inputs: Int
  /// The size of the state.
  public let hidden: Int
  var memberNames: [String: String] {
    ["inputWeight": "weight_ih", "stateWeight": "weight_hh", "inputBias": "bias_ih", "stateBias": "bias_hh"]
  }

  init(gates: Int, _ inputs: Int, _ hidden: Int, bias: Bool, _ dtype: DType?, _ generator: Generator?) {
    let inputs = layerSize(inputs, "input_size", "RecurrentCell"), hidden = layerSize(hidden, "hidden_size", "RecurrentCell")
    self.inputs = inputs
    self.hidden = hidden
    let bound = hidden > 0 ? 1 / Double(hidden).squareRoot() : 0
    func parameter(_ shape: Int...) -> Tensor {
      let leaf = Tensor.zeros(shape, dtype: dtype).asParameter()
      Initialize.uniform(leaf, from: -bound, to: bound, generator: generator)
      return leaf
    }
    inputWeight = parameter(gates * hidden, inputs)
    stateWeight = parameter(gates * hidden, hidden)
    inputBias = bias ? parameter(gates * hidden) : nil
    stateBias = bias ? parameter(gates * hidden) : nil
  }

  /// Gives `body` what input and state give for all gates, and the states themselves, of a batch; nil where they do not fit.
  func step(_ x: Tensor, _ states: [Tensor]?, kinds: Int, _ body: (Tensor, Tensor, [Tensor]) -> [Tensor]) -> [Tensor] {
    withHooks([x] + (states ?? [])) { inputs in
      applied(inputs[0], states.map { _ in Array(inputs.dropFirst()) }, kinds, body)
    }
  }

  private func applied(
    _ x: Tensor, _ states: [Tensor]?, _ kinds: Int, _ body: (Tensor, Tensor, [Tensor]) -> [Tensor]
  ) -> [Tensor] {
    func problem(_ message: String, _ hint: String) -> [Tensor] {
      refuse(TensorError(.shape, message, hint: hint, operation: "\(type(of: self))", shapes: [x.shape]))
      return Array(repeating: x, count: kinds)
    }
    guard x.rank == 1 || x.rank == 2 else {
      return problem("\(type(of: self)): Expected input to be 1D or 2D, got \(x.rank)D instead", "It is [batch, inputs] or [inputs].")
    }
    guard x.shape[x.rank - 1] == inputs else {
      return problem(
        "input has inconsistent input_size: got \(x.shape[x.rank - 1]) expected \(inputs)", "The last dimension is the features.")
    }
    let isSingle = x.rank == 1, input = isSingle ? x.unsqueezed(0) : x
    for state in states ?? [] where state.shape != Array(x.shape.dropLast()) + [hidden] {
      return problem(
        "hidden has inconsistent hidden_size: got \(state.shape), expected \(Array(x.shape.dropLast()) + [hidden])",
        "A state has a row for each example.")
    }
    let own =
      states.map { $0.map { isSingle ? $0.unsqueezed(0) : $0 } }
      ?? Array(repeating: Tensor.zeros([input.shape[0], hidden], dtype: x.dtype), count: kinds)
    let ends = body(linear(input, inputWeight, inputBias), linear(own[0], stateWeight, stateBias), own)
    return isSingle ? ends.map { $0.squeezed(0) } : ends
  }

  /// What stands between the parentheses when the cell is printed.
  public var extraDescription: String { "\(inputs), \(hidden)" + (inputBias == nil ? ", bias=False" : "") }
}

/// One step of a simple recurrent network: h = tanh(x w_ih' + b_ih + h w_hh' + b_hh).
public final class RNNCell: RecurrentCell {
  private let nonlinearity: RecurrentNonlinearity

  /// A state of `hidden` elements from vectors of `inputs`.
  public init(
    _ inputs: Int, _ hidden: Int, bias: Bool = true, nonlinearity: RecurrentNonlinearity = .tanh, dtype: DType? = nil,
    generator: Generator? = nil
  ) {
    self.nonlinearity = nonlinearity
    super.init(gates: 1, inputs, hidden, bias: bias, dtype, generator)
  }
  /// Returns the next state for x of [batch, inputs] or [inputs] and a state of [batch, hidden] or [hidden], zeros where nil.
  public func callAsFunction(_ x: Tensor, _ h: Tensor? = nil) -> Tensor {
    step(x, h.map { [$0] }, kinds: 1) { input, state, _ in [nonlinearity(input + state)] }[0]
  }
  /// What stands between the parentheses when the cell is printed.
  public override var extraDescription: String {
    super.extraDescription + (nonlinearity == .tanh ? "" : ", nonlinearity=\(nonlinearity.rawValue)")
  }
}

/// One step of a gated recurrent unit: see `GRU`.
public final class GRUCell: RecurrentCell {
  /// A state of `hidden` elements from vectors of `inputs`.
  public init(_ inputs: Int, _ hidden: Int, bias: Bool = true, dtype: DType? = nil, generator: Generator? = nil) {
    super.init(gates: 3, inputs, hidden, bias: bias, dtype, generator)
  }
  /// Returns the next state for x of [batch, inputs] or [inputs] and a state of [batch, hidden] or [hidden], zeros where nil.
  public func callAsFunction(_ x: Tensor, _ h: Tensor? = nil) -> Tensor {
    step(x, h.map { [$0] }, kinds: 1) { input, state, own in [gatedState(input, state, own[0])] }[0]
  }
}

/// One step of a long short-term memory: see `LSTM`.
public final class LSTMCell: RecurrentCell {
  /// States of `hidden` elements from vectors of `inputs`.
  public init(_ inputs: Int, _ hidden: Int, bias: Bool = true, dtype: DType? = nil, generator: Generator? = nil) {
    super.init(gates: 4, inputs, hidden, bias: bias, dtype, generator)
  }
  /// Returns the next states for x of [batch, inputs] or [inputs] and states of [batch, hidden] or [hidden], zeros where nil.
  public func callAsFunction(_ x: Tensor, _ state: (h: Tensor, c: Tensor)? = nil) -> (h: Tensor, c: Tensor) {
    let ends = step(x, state.map { [$0.h, $0.c] }, kinds: 2) { input, state, own in
      let gates = (input + state).chunk(4, dim: 1)
      guard gates.count == 4 else { return own }
      let c = gates[1].sigmoid() * own[1] + gates[0].sigmoid() * gates[2].tanh()
      return [gates[3].sigmoid() * c.tanh(), c]
    }
    return (ends[0], ends[1])
  }
}

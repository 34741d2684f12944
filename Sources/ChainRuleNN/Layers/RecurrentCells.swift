public import ChainRule

/// What single steps of recurrent networks have in common.
///
/// All weights start uniform over +-1/sqrt(hidden), in the order of their names in a state, with PyTorch's numbers for the same seed.
public class RecurrentCell: HookedModule, RenamedMembers, SelfCopying {
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
  private let mode: RecurrentMode
  var memberNames: [String: String] {
    ["inputWeight": "weight_ih", "stateWeight": "weight_hh", "inputBias": "bias_ih", "stateBias": "bias_hh"]
  }

  init(_ mode: RecurrentMode, _ inputs: Int, _ hidden: Int, bias: Bool, _ dtype: DType?, _ generator: Generator?) {
    let inputs = layerSize(inputs, "input_size", "RecurrentCell"), hidden = layerSize(hidden, "hidden_size", "RecurrentCell")
    self.mode = mode
    self.inputs = inputs
    self.hidden = hidden
    let bound = hidden > 0 ? 1 / Double(hidden).squareRoot() : 0
    func parameter(_ shape: Int...) -> Tensor {
      let leaf = Tensor.zeros(shape, dtype: dtype).asParameter()
      Initialize.uniform(leaf, from: -bound, to: bound, generator: generator)
      return leaf
    }
    inputWeight = parameter(mode.gates * hidden, inputs)
    stateWeight = parameter(mode.gates * hidden, hidden)
    inputBias = bias ? parameter(mode.gates * hidden) : nil
    stateBias = bias ? parameter(mode.gates * hidden) : nil
  }

  required init(copying other: RecurrentCell, _ copier: ModuleCopier) {
    inputWeight = copier(other.inputWeight)
    stateWeight = copier(other.stateWeight)
    inputBias = copier(other.inputBias)
    stateBias = copier(other.stateBias)
    inputs = other.inputs
    hidden = other.hidden
    mode = other.mode
  }

  /// The states after one step, from those before it, zeros where nil.
  func step(_ x: Tensor, _ states: [Tensor]?) -> [Tensor] {
    withHooks([x] + (states ?? [])) { inputs in applied(inputs[0], states.map { _ in Array(inputs.dropFirst()) }) }
  }

  private func applied(_ x: Tensor, _ states: [Tensor]?) -> [Tensor] {
    func problem(_ message: String, _ hint: String) -> [Tensor] {
      refuse(TensorError(.shape, message, hint: hint, operation: "\(type(of: self))", shapes: [x.shape]))
      return Array(repeating: x, count: mode.states)
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
      ?? Array(repeating: Tensor.zeros([input.shape[0], hidden], dtype: x.dtype), count: mode.states)
    let biases = inputBias.flatMap { input in stateBias.map { (input, $0) } }
    let ends = recurrentStates(mode, input.unsqueezed(0), own, weights: (inputWeight, stateWeight), biases: biases)
    return ends.map { isSingle ? $0.squeezed(0).squeezed(0) : $0.squeezed(0) }
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
    super.init(nonlinearity.mode, inputs, hidden, bias: bias, dtype, generator)
  }

  required init(copying other: RecurrentCell, _ copier: ModuleCopier) {
    nonlinearity = (other as? RNNCell)?.nonlinearity ?? .tanh
    super.init(copying: other, copier)
  }
  /// Returns the next state for x of [batch, inputs] or [inputs] and a state of [batch, hidden] or [hidden], zeros where nil.
  public func callAsFunction(_ x: Tensor, _ h: Tensor? = nil) -> Tensor {
    step(x, h.map { [$0] })[0]
  }
  /// What stands between the parentheses when the cell is printed.
  public override var extraDescription: String {
    super.extraDescription + (nonlinearity == .tanh ? "" : ", nonlinearity=\(nonlinearity.rawValue)")
  }
}

/// One step of a gated recurrent unit: see `GRU`.
public final class GRUCell: RecurrentCell {
  /// A state of `hidden` elements from vectors of `inputs`.
  public convenience init(_ inputs: Int, _ hidden: Int, bias: Bool = true, dtype: DType? = nil, generator: Generator? = nil) {
    self.init(.gru, inputs, hidden, bias: bias, dtype, generator)
  }
  /// Returns the next state for x of [batch, inputs] or [inputs] and a state of [batch, hidden] or [hidden], zeros where nil.
  public func callAsFunction(_ x: Tensor, _ h: Tensor? = nil) -> Tensor {
    step(x, h.map { [$0] })[0]
  }
}

/// One step of a long short-term memory: see `LSTM`.
public final class LSTMCell: RecurrentCell {
  /// States of `hidden` elements from vectors of `inputs`.
  public convenience init(_ inputs: Int, _ hidden: Int, bias: Bool = true, dtype: DType? = nil, generator: Generator? = nil) {
    self.init(.lstm, inputs, hidden, bias: bias, dtype, generator)
  }
  /// Returns the next states for x of [batch, inputs] or [inputs] and states of [batch, hidden] or [hidden], zeros where nil.
  public func callAsFunction(_ x: Tensor, _ state: (h: Tensor, c: Tensor)? = nil) -> (h: Tensor, c: Tensor) {
    let ends = step(x, state.map { [$0.h, $0.c] })
    return (ends[0], ends[1])
  }
}

public import ChainRule

/// A gated recurrent unit (Cho et al. 2014), in one or several layers.
///
/// For each step, with * element by element:
///
///     r, z = sigmoid of x w_ih' + b_ih + h w_hh' + b_hh
///     n = tanh(x w_in' + b_in + r * (h w_hn' + b_hn))
///     h = (1 - z) * n + z * h
///
///     let gru = GRU(64, 256, batchFirst: true)
///     let (output, state) = gru(x)      // [batch, steps, 64] to [batch, steps, 256]
public final class GRU: RecurrentLayer {
  /// States from vectors of `inputs` elements.
  ///
  /// - Parameters:
  ///   - numLayers: each goes through the outputs of the one before.
  ///   - bias: whether the gates have biases.
  ///   - batchFirst: whether inputs and outputs are [batch, steps, ...]; states never are.
  ///   - dropout: the probability with which an output that another layer reads is dropped while training.
  ///   - bidirectional: whether each layer also goes from the last step to the first; an output is then both, one after the other.
  public init(
    _ inputs: Int, _ hidden: Int, numLayers: Int = 1, bias: Bool = true, batchFirst: Bool = false, dropout: Double = 0,
    bidirectional: Bool = false, dtype: DType? = nil, generator: Generator? = nil
  ) {
    super.init(
      gates: 3, inputs, hidden, numLayers: numLayers, bias: bias, batchFirst: batchFirst, dropout: dropout, bidirectional: bidirectional,
      dtype, generator)
  }

  /// Returns h at each step, and after the last one.
  ///
  /// - Parameters:
  ///   - x: [steps, batch, inputs], [batch, steps, inputs] where the layer says so, or [steps, inputs].
  ///   - state: [layers x directions, batch, size]; zeros where nil.
  public func callAsFunction(_ x: Tensor, _ state: Tensor? = nil) -> (output: Tensor, state: Tensor) {
    let (output, end) = run(x, state.map { [$0] }, sizes: [hidden])
    return (output, end[0])
  }

  /// Returns h at each step of packed sequences, and after the last one of each.
  public func callAsFunction(_ x: PackedSequence, _ state: Tensor? = nil) -> (output: PackedSequence, state: Tensor) {
    let (output, end) = run(x, state.map { [$0] }, sizes: [hidden])
    return (output, end[0])
  }

  override func sequence(_ x: Tensor, _ state: [Tensor], _ cell: Cell, reversed: Bool) -> [Tensor] {
    unrolled(x, state[0], cell, reversed: reversed, gatedState)
  }
}

/// The next state of a gated recurrent unit, from what input and state give for the three gates, [..., 3 size] each.
func gatedState(_ input: Tensor, _ state: Tensor, _ h: Tensor) -> Tensor {
  let a = input.chunk(3, dim: -1), b = state.chunk(3, dim: -1)
  guard a.count == 3, b.count == 3 else { return h }
  let reset = (a[0] + b[0]).sigmoid(), update = (a[1] + b[1]).sigmoid()
  let new = (a[2] + reset * b[2]).tanh()
  return new + update * (h - new)
}

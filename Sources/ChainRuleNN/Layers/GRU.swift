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
  ///   - inputs: the number of features of an input.
  ///   - hidden: the number of features of a state.
  ///   - numLayers: each goes through the outputs of the one before.
  ///   - bias: whether the gates have biases.
  ///   - batchFirst: whether inputs and outputs are [batch, steps, ...]; states never are.
  ///   - dropout: the probability with which an output that another layer reads is dropped while training.
  ///   - bidirectional: whether each layer also goes from the last step to the first; an output is then both, one after the other.
  ///   - dtype: the type of the parameters; the default type where none is given.
  ///   - generator: where random numbers come from; the default generator where none is given.
  public convenience init(
    _ inputs: Int, _ hidden: Int, numLayers: Int = 1, bias: Bool = true, batchFirst: Bool = false, dropout: Double = 0,
    bidirectional: Bool = false, dtype: DType? = nil, generator: Generator? = nil
  ) {
    self.init(
      .gru, inputs, hidden, numLayers: numLayers, bias: bias, batchFirst: batchFirst, dropout: dropout, bidirectional: bidirectional,
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
}

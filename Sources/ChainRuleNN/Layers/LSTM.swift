public import ChainRule

/// A long short-term memory (Hochreiter and Schmidhuber 1997), in one or several layers.
///
/// For each step, with * element by element:
///
///     i, f, g, o = sigmoid, sigmoid, tanh, sigmoid of x w_ih' + b_ih + h w_hh' + b_hh
///     c = f * c + i * g
///     h = o * tanh(c)
///
///     let lstm = LSTM(64, 256, batchFirst: true)
///     let (output, state) = lstm(x)      // [batch, steps, 64] to [batch, steps, 256]
public final class LSTM: RecurrentLayer {
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
  ///   - projSize: the size h is brought to by a matrix of its own; 0 for none (Sak, Senior and Beaufays 2014).
  ///   - dtype: the type of the parameters; the default type where none is given.
  ///   - generator: where random numbers come from; the default generator where none is given.
  public convenience init(
    _ inputs: Int, _ hidden: Int, numLayers: Int = 1, bias: Bool = true, batchFirst: Bool = false, dropout: Double = 0,
    bidirectional: Bool = false, projSize: Int = 0, dtype: DType? = nil, generator: Generator? = nil
  ) {
    self.init(
      .lstm, inputs, hidden, numLayers: numLayers, bias: bias, batchFirst: batchFirst, dropout: dropout, bidirectional: bidirectional,
      projSize: projSize, dtype, generator)
  }

  /// Returns h at each step, and h and c after the last one.
  ///
  /// - Parameters:
  ///   - x: [steps, batch, inputs], [batch, steps, inputs] where the layer says so, or [steps, inputs].
  ///   - state: [layers x directions, batch, size] each; zeros where nil.
  public func callAsFunction(
    _ x: Tensor, _ state: (h: Tensor, c: Tensor)? = nil
  ) -> (output: Tensor, state: (h: Tensor, c: Tensor)) {
    let (output, end) = run(x, state.map { [$0.h, $0.c] }, sizes: [outputs, hidden])
    return (output, (end[0], end[1]))
  }

  /// Returns h at each step of packed sequences, and h and c after the last one of each.
  public func callAsFunction(
    _ x: PackedSequence, _ state: (h: Tensor, c: Tensor)? = nil
  ) -> (output: PackedSequence, state: (h: Tensor, c: Tensor)) {
    let (output, end) = run(x, state.map { [$0.h, $0.c] }, sizes: [outputs, hidden])
    return (output, (end[0], end[1]))
  }
}

public import ChainRule

/// Draws the next token from what a language model gives: softmax of logits / temperature, of which only the `topK` most likely are left, and of
/// those only as many as together reach the probability `topP`, one at least.
///
///     let next = sampleTokens(logits, temperature: 0.8, topK: 50, topP: 0.95)         // logits: [batch, vocabulary]; next: [batch]
///
/// - Parameters:
///   - logits: [vocabulary] or [batch, vocabulary].
///   - temperature: above 0; below 1 the likely become likelier. With 0 the most likely token is taken.
///   - topK: how many of the most likely are left; by default all. Those equal to the last of them stay too.
///   - topP: the probability they reach together; by default all.
///   - generator: the source; by default the default one.
/// - Returns: a token for each row; int64.
public func sampleTokens(
  _ logits: Tensor, temperature: Double = 1, topK: Int? = nil, topP: Double? = nil, generator: ChainRule.Generator? = nil
) -> Tensor {
  func refused(_ message: String, _ hint: String) -> Tensor {
    refuse(TensorError(.argument, message, hint: hint, operation: "sampleTokens", shapes: [logits.shape]))
    return Tensor.zeros([0], dtype: .int64)
  }
  guard (1...2).contains(logits.rank), let size = logits.shape.last, size > 0, logits.dtype.isFloatingPoint else {
    return refused(
      "logits of shape \(shapeText(logits.shape)) and type \(logits.dtype.name)",
      "They are [vocabulary] or [batch, vocabulary], real numbers.")
  }
  guard temperature >= 0, temperature.isFinite else { return refused("the temperature is \(temperature)", "It is a number, 0 or more.") }
  guard topK.map({ $0 > 0 }) ?? true else { return refused("top_k is \(topK ?? 0)", "At least one token is left.") }
  guard topP.map({ $0 > 0 && $0 <= 1 }) ?? true else { return refused("top_p is \(topP ?? 0)", "It is a probability above 0.") }
  let rows = logits.detach().reshaped([-1, size])
  if temperature == 0 { return rows.argmax(dim: 1).reshaped(Array(logits.shape.dropLast())) }
  // The largest is 0 first, so that no temperature makes infinities.
  var scaled = (rows - rows.amax(dim: [1], keepDim: true)) / temperature
  if let topK, topK < size {
    let least = scaled.topk(topK, dim: 1).values.narrow(dim: 1, start: topK - 1, count: 1)
    scaled = Tensor.where(scaled .< least, -Double.infinity, scaled)
  }
  var probabilities = scaled.softmax(dim: 1)
  if let topP, topP < 1 {
    let sorted = probabilities.topk(size, dim: 1)
    // Left are those before which less than topP was reached.
    let before = sorted.values.cumsum(dim: 1) - sorted.values
    let kept = Tensor.where(before .< topP, sorted.values, 0.0)
    probabilities = Tensor.zeros(probabilities.shape, dtype: probabilities.dtype).scatter(dim: 1, index: sorted.indices, source: kept)
  }
  return probabilities.multinomial(1, generator: generator).reshaped(Array(logits.shape.dropLast()))
}

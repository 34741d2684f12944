public import ChainRule

/// Attention in several heads side by side (Vaswani et al. 2017): concatenated heads softmax(q k' / sqrt(e)) v, each of its own
/// projections of queries, keys and values, and a projection of all.
///
///     let attention = MultiheadAttention(256, 8, batchFirst: true)
///     let (y, weights) = attention(x, x, x)      // [batch, positions, 256]
///
/// Names in a state are PyTorch's: `in_proj_weight` [3 size, size] with the rows of queries, keys and values one after the other
/// (`q_proj_weight`, `k_proj_weight` and `v_proj_weight` where keys or values have another size), `in_proj_bias`, `out_proj.weight`,
/// `out_proj.bias`, `bias_k` and `bias_v`.
public final class MultiheadAttention: HookedModule, RenamedMembers, SelfCopying {
  private let inputWeight: Tensor?
  private let queryWeight: Tensor?
  private let keyWeight: Tensor?
  private let valueWeight: Tensor?
  private let inputBias: Tensor?
  private let outputProjection: Linear
  private let keyBias: Tensor?
  private let valueBias: Tensor?
  private let size: Int
  private let heads: Int
  private let dropout: Double
  private let addZeroAttention: Bool
  private let batchFirst: Bool
  private let generator: Generator?
  var memberNames: [String: String] {
    [
      "inputWeight": "in_proj_weight", "queryWeight": "q_proj_weight", "keyWeight": "k_proj_weight", "valueWeight": "v_proj_weight",
      "inputBias": "in_proj_bias", "outputProjection": "out_proj", "keyBias": "bias_k", "valueBias": "bias_v",
    ]
  }

  /// Attention of vectors of `embedDim` elements in `numHeads` heads of `embedDim / numHeads`.
  ///
  /// - Parameters:
  ///   - embedDim: the number of features.
  ///   - numHeads: the number of heads, which divides it.
  ///   - dropout: the probability with which a weight is dropped while training.
  ///   - bias: whether the projections have biases.
  ///   - addBiasKV: whether a learned position is added to keys and values.
  ///   - addZeroAttention: whether a position of zeros is added to keys and values.
  ///   - kdim: the size of keys where it is another.
  ///   - vdim: the size of values where it is another.
  ///   - batchFirst: whether inputs and outputs are [batch, positions, ...] and not [positions, batch, ...].
  ///   - dtype: the type of the parameters; the default type where none is given.
  ///   - generator: where random numbers come from; the default generator where none is given.
  public convenience init(
    _ embedDim: Int, _ numHeads: Int, dropout: Double = 0, bias: Bool = true, addBiasKV: Bool = false, addZeroAttention: Bool = false,
    kdim: Int? = nil, vdim: Int? = nil, batchFirst: Bool = false, dtype: DType? = nil, generator: Generator? = nil
  ) {
    self.init(
      embedDim, numHeads, dropout: dropout, bias: bias, addBiasKV: addBiasKV, addZeroAttention: addZeroAttention, kdim: kdim, vdim: vdim,
      batchFirst: batchFirst, dtype: dtype, generator: generator, drawing: generator)
  }

  /// - Parameters:
  ///   - generator: what dropout draws from.
  ///   - drawing: what the first values are drawn from.
  init(
    _ embedDim: Int, _ numHeads: Int, dropout: Double, bias: Bool, addBiasKV: Bool, addZeroAttention: Bool, kdim: Int?, vdim: Int?,
    batchFirst: Bool, dtype: DType?, generator: Generator?, drawing: Generator?
  ) {
    let name = "MultiheadAttention"
    if embedDim <= 0 || numHeads <= 0 {
      refuse(
        TensorError(
          .argument, "embed_dim and num_heads must be greater than 0, got embed_dim=\(embedDim) and num_heads=\(numHeads) instead",
          hint: "A head has embed_dim / num_heads elements.", operation: name))
    } else if embedDim % numHeads != 0 {
      refuse(
        TensorError(
          .argument, "embed_dim must be divisible by num_heads", hint: "\(embedDim) elements do not fall into \(numHeads) heads.",
          operation: name))
    }
    if let error = dropoutRefusal(dropout) { refuse(error) }
    let size = layerSize(embedDim, "embed_dim", name), keys = layerSize(kdim ?? embedDim, "kdim", name),
      values = layerSize(vdim ?? embedDim, "vdim", name)
    self.size = size
    heads = max(numHeads, 1)
    self.dropout = dropout
    self.addZeroAttention = addZeroAttention
    self.batchFirst = batchFirst
    self.generator = generator
    // PyTorch draws the output's projection first, and then all others.
    outputProjection = Linear(size, size, bias: bias, dtype: dtype, generator: drawing, printedName: "NonDynamicallyQuantizableLinear")
    outputProjection.bias.map { Initialize.constant($0, 0) }
    func drawn(_ rows: Int, _ columns: Int) -> Tensor {
      let leaf = Tensor.zeros([rows, columns], dtype: dtype).asParameter()
      Initialize.xavierUniform(leaf, generator: drawing)
      return leaf
    }
    let isOneSize = keys == size && values == size
    inputWeight = isOneSize ? drawn(3 * size, size) : nil
    queryWeight = isOneSize ? nil : drawn(size, size)
    keyWeight = isOneSize ? nil : drawn(size, keys)
    valueWeight = isOneSize ? nil : drawn(size, values)
    inputBias = bias ? Tensor.zeros([3 * size], dtype: dtype).asParameter() : nil
    func position() -> Tensor {
      let leaf = Tensor.zeros([1, 1, size], dtype: dtype).asParameter()
      Initialize.xavierNormal(leaf, generator: drawing)
      return leaf
    }
    keyBias = addBiasKV ? position() : nil
    valueBias = addBiasKV ? position() : nil
  }

  init(copying other: MultiheadAttention, _ copier: ModuleCopier) {
    inputWeight = copier(other.inputWeight)
    queryWeight = copier(other.queryWeight)
    keyWeight = copier(other.keyWeight)
    valueWeight = copier(other.valueWeight)
    inputBias = copier(other.inputBias)
    outputProjection = copier(other.outputProjection)
    keyBias = copier(other.keyBias)
    valueBias = copier(other.valueBias)
    size = other.size
    heads = other.heads
    dropout = other.dropout
    addZeroAttention = other.addZeroAttention
    batchFirst = other.batchFirst
    generator = other.generator
  }

  /// Returns what the queries find, and how they weigh the positions.
  ///
  /// - Parameters:
  ///   - query: [l, batch, size], [batch, l, size] where the layer says so, or [l, size].
  ///   - key: as the query with s positions, and the keys' size.
  ///   - value: as the key, with the values' size.
  ///   - keyPaddingMask: [batch, s] or [s]: true for positions that are not looked at, or numbers to add to the scores.
  ///   - needWeights: whether the weights are returned; without them attention is one operation.
  ///   - attnMask: [l, s] or [batch heads, l, s]: true where a query does not look, or numbers to add to the scores.
  ///   - averageAttnWeights: whether weights are the heads' means, [batch, l, s], and not [batch, heads, l, s].
  ///   - isCausal: whether query i sees the positions up to i only; a mask that is given says so itself.
  public func callAsFunction(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, keyPaddingMask: Tensor? = nil, needWeights: Bool = true, attnMask: Tensor? = nil,
    averageAttnWeights: Bool = true, isCausal: Bool = false
  ) -> (output: Tensor, weights: Tensor?) {
    let all = withHooks([query, key, value]) { inputs in
      let found = attended(
        inputs[0], inputs[1], inputs[2], keyPaddingMask: keyPaddingMask, needWeights: needWeights, attnMask: attnMask,
        averageAttnWeights: averageAttnWeights, isCausal: isCausal)
      return [found.output] + (found.weights.map { [$0] } ?? [])
    }
    return (all[0], all.count > 1 ? all[1] : nil)
  }

  private func attended(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, keyPaddingMask: Tensor?, needWeights: Bool, attnMask: Tensor?,
    averageAttnWeights: Bool, isCausal: Bool
  ) -> (output: Tensor, weights: Tensor?) {
    if isErrorPending { return (query, nil) }
    if let error = mismatch(query, key, value, keyPaddingMask, attnMask) {
      refuse(error)
      return (query, nil)
    }
    let isSingle = query.rank == 2
    /// [batch, positions, size].
    func batched(_ x: Tensor) -> Tensor { isSingle ? x.unsqueezed(0) : batchFirst ? x : x.transposed(0, 1) }
    let batch = isSingle ? 1 : query.shape[batchFirst ? 0 : 1]
    var (q, k, v) = projected(batched(query), batched(key), batched(value))
    if isErrorPending { return (query, nil) }
    if let keyBias, let valueBias {
      k = cat([k, keyBias.expanded([batch, 1, size])], dim: 1)
      v = cat([v, valueBias.expanded([batch, 1, size])], dim: 1)
    }
    if addZeroAttention {
      let zero = Tensor.zeros([batch, 1, size], dtype: k.dtype)
      k = cat([k, zero], dim: 1)
      v = cat([v, zero], dim: 1)
    }
    let mask = mask(
      attnMask ?? (isCausal ? squareSubsequentMask(query.shape[isSingle ? 0 : batchFirst ? 1 : 0], key, dtype: q.dtype) : nil),
      keyPaddingMask, batch, k.shape[1] - (batched(key).shape[1]), q.dtype)
    func split(_ x: Tensor) -> Tensor { x.unflattened(2, [heads, size / heads]).transposed(1, 2) }
    q = split(q)
    k = split(k)
    v = split(v)
    let p = isTraining ? dropout : 0
    var found: Tensor, weights: Tensor?
    if needWeights {
      var scores = (q * (1 / Double(size / heads)).squareRoot()).matmul(k.transposed(-2, -1))
      if let mask { scores = scores + mask }
      let all = ChainRuleNN.dropout(scores.softmax(dim: -1), p: p, training: p > 0, generator: generator)
      found = all.matmul(v)
      weights = averageAttnWeights ? all.mean(dim: 1) : all
      if isSingle { weights = weights?.squeezed(0) }
    } else {
      found = scaledDotProductAttention(q, k, v, mask: mask, dropout: p, generator: generator)
    }
    // In memory [positions, batch, size], whichever comes first: PyTorch's layout, in whose order dropout draws.
    found = outputProjection(found.permuted(2, 0, 1, 3).flattened(from: 2))
    return (isSingle ? found.squeezed(1) : batchFirst ? found.transposed(0, 1) : found, weights)
  }

  private func projected(_ query: Tensor, _ key: Tensor, _ value: Tensor) -> (Tensor, Tensor, Tensor) {
    let biases = inputBias?.chunk(3)
    func projection(_ x: Tensor, _ weight: Tensor, _ i: Int) -> Tensor { linear(x, weight, biases.map { $0[i] }) }
    guard let inputWeight else {
      guard let queryWeight, let keyWeight, let valueWeight else { return (query, key, value) }
      return (projection(query, queryWeight, 0), projection(key, keyWeight, 1), projection(value, valueWeight, 2))
    }
    let weights = inputWeight.chunk(3)
    return (projection(query, weights[0], 0), projection(key, weights[1], 1), projection(value, weights[2], 2))
  }

  /// What is added to the scores [batch, heads, l, s]; the `added` positions at the end are always looked at.
  private func mask(_ attention: Tensor?, _ padding: Tensor?, _ batch: Int, _ added: Int, _ dtype: DType) -> Tensor? {
    func numbers(_ mask: Tensor) -> Tensor {
      let all = mask.dtype == .bool ? Tensor.zeros(mask.shape, dtype: dtype).maskedFill(mask, -Double.infinity) : mask.to(dtype)
      return added > 0 ? all.padded([0, added]) : all
    }
    let scores = attention.map { mask -> Tensor in
      let own = numbers(mask)
      return own.rank == 2 ? own.unsqueezed(0).unsqueezed(0) : own.unflattened(0, [batch, heads])
    }
    let keys = padding.map { mask -> Tensor in
      let own = numbers(mask)
      return own.reshaped([batch, 1, 1, own.shape[own.rank - 1]])
    }
    guard let scores else { return keys }
    return keys.map { scores + $0 } ?? scores
  }

  private func mismatch(_ query: Tensor, _ key: Tensor, _ value: Tensor, _ padding: Tensor?, _ attention: Tensor?) -> TensorError? {
    func error(_ message: String, _ hint: String) -> TensorError {
      TensorError(.shape, message, hint: hint, operation: "MultiheadAttention", shapes: [query.shape, key.shape, value.shape])
    }
    guard query.rank == 2 || query.rank == 3 else {
      return error(
        "query should be unbatched 2D or batched 3D tensor but received \(query.rank)-D query tensor", "It is [batch, positions, size].")
    }
    guard key.rank == query.rank, value.rank == query.rank else {
      return error(
        "For \(query.rank == 3 ? "batched (3-D)" : "unbatched (2-D)") `query`, expected `key` and `value` to be \(query.rank)-D but found "
          + "\(key.rank)-D and \(value.rank)-D tensors respectively", "All three are batches, or none.")
    }
    guard query.shape[query.rank - 1] == size else {
      return error("was expecting embedding dimension of \(size), but got \(query.shape[query.rank - 1])", "It is the last dimension.")
    }
    guard key.shape.dropLast() == value.shape.dropLast() else {
      return error(
        "key's sequence and batch dims \(Array(key.shape.dropLast())) do not match value's \(Array(value.shape.dropLast()))",
        "Each key has a value.")
    }
    let isSingle = query.rank == 2, at = isSingle ? 0 : batchFirst ? 1 : 0
    let batch = isSingle ? 1 : query.shape[1 - at], l = query.shape[at], s = key.shape[at]
    guard isSingle || key.shape[1 - at] == batch else {
      return error("query has batch size \(batch), and key \(key.shape[1 - at])", "All three are batches of one size.")
    }
    if let padding, padding.shape != (isSingle ? [s] : [batch, s]) {
      return error(
        "key_padding_mask: expected shape \(isSingle ? [s] : [batch, s]), got \(padding.shape)", "It says which keys are padding.")
    }
    if let attention, attention.shape != [l, s], attention.shape != [batch * heads, l, s] {
      return error(
        "The shape of the \(attention.rank)D attn_mask is \(attention.shape), but should be \([l, s]) or \([batch * heads, l, s]).",
        "It is for all, or for each head of each example.")
    }
    return nil
  }

  /// The mask that lets query i see the keys up to i.
  private func squareSubsequentMask(_ queries: Int, _ key: Tensor, dtype: DType) -> Tensor {
    let keys = key.shape[key.rank == 2 ? 0 : batchFirst ? 1 : 0]
    return Tensor.arange(keys).unsqueezed(0) .> Tensor.arange(queries).unsqueezed(1)
  }
}

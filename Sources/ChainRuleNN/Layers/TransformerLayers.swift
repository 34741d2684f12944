public import ChainRule

/// The options that the layers of a transformer have in common.
struct TransformerOptions {
  let size: Int
  let heads: Int
  let feedforward: Int
  let dropout: Double
  let activation: (Tensor) -> Tensor
  let eps: Double
  let batchFirst: Bool
  let normFirst: Bool
  let bias: Bool
  let dtype: DType?
  /// What dropout draws from, and first values unless they are copied.
  let generator: Generator?

  func attention(_ drawing: Generator?) -> MultiheadAttention {
    MultiheadAttention(
      size, heads, dropout: dropout, bias: bias, addBiasKV: false, addZeroAttention: false, kdim: nil, vdim: nil, batchFirst: batchFirst,
      dtype: dtype, generator: generator, drawing: drawing)
  }
  func linear(_ inputs: Int, _ outputs: Int, _ drawing: Generator?) -> Linear {
    Linear(inputs, outputs, bias: bias, dtype: dtype, generator: drawing)
  }
  var drop: Dropout { Dropout(dropout, generator: generator) }
  var norm: LayerNorm { LayerNorm(layerSize(size, "d_model", "Transformer"), eps: eps, bias: bias, dtype: dtype) }
}

/// One layer of a transformer's encoder: self-attention and a network of two linear layers, each added to what goes in and normalised
/// (Vaswani et al. 2017, section 3.1).
///
///     x = norm1(x + attention(x)); x = norm2(x + linear2(activation(linear1(x))))
///
/// and, with `normFirst`, x = x + attention(norm1(x)); x = x + linear2(activation(linear1(norm2(x)))). What is added is dropped from.
public final class TransformerEncoderLayer: HookedModule, RenamedMembers, SelfCopying {
  /// The attention to the input itself, `self_attn` in a state.
  public var selfAttention: MultiheadAttention
  /// The first linear layer.
  public var linear1: Linear
  /// What is dropped between the linear layers.
  public var dropout: Dropout
  /// The second linear layer.
  public var linear2: Linear
  /// The normalisation at the attention.
  public var norm1: LayerNorm
  /// The normalisation at the second part.
  public var norm2: LayerNorm
  /// What is dropped from the attention.
  public var dropout1: Dropout
  /// What is dropped from the second part.
  public var dropout2: Dropout
  private let options: TransformerOptions
  var memberNames: [String: String] { ["selfAttention": "self_attn"] }

  /// A layer of vectors of `size` elements.
  ///
  /// - Parameters:
  ///   - size: the number of features.
  ///   - heads: how many heads its attention has.
  ///   - feedforward: the size between the two linear layers.
  ///   - dropout: the probability with which elements are dropped while training.
  ///   - activation: the function between the linear layers.
  ///   - layerNormEps: what is added to variances.
  ///   - batchFirst: whether inputs are [batch, positions, size] and not [positions, batch, size].
  ///   - normFirst: whether normalisation comes first.
  ///   - bias: whether linear layers and normalisations have biases.
  ///   - dtype: the type of the parameters; the default type where none is given.
  ///   - generator: where random numbers come from; the default generator where none is given.
  public convenience init(
    _ size: Int, heads: Int, feedforward: Int = 2048, dropout: Double = 0.1,
    activation: @escaping (Tensor) -> Tensor = { $0.relu() }, layerNormEps: Double = 1e-5, batchFirst: Bool = false,
    normFirst: Bool = false, bias: Bool = true, dtype: DType? = nil, generator: Generator? = nil
  ) {
    self.init(
      TransformerOptions(
        size: size, heads: heads, feedforward: feedforward, dropout: dropout, activation: activation, eps: layerNormEps,
        batchFirst: batchFirst, normFirst: normFirst, bias: bias, dtype: dtype, generator: generator), generator)
  }

  init(_ options: TransformerOptions, _ drawing: Generator?) {
    self.options = options
    selfAttention = options.attention(drawing)
    linear1 = options.linear(options.size, options.feedforward, drawing)
    dropout = options.drop
    linear2 = options.linear(options.feedforward, options.size, drawing)
    norm1 = options.norm
    norm2 = options.norm
    dropout1 = options.drop
    dropout2 = options.drop
  }

  init(copying other: TransformerEncoderLayer, _ copier: ModuleCopier) {
    selfAttention = copier(other.selfAttention)
    linear1 = copier(other.linear1)
    dropout = copier(other.dropout)
    linear2 = copier(other.linear2)
    norm1 = copier(other.norm1)
    norm2 = copier(other.norm2)
    dropout1 = copier(other.dropout1)
    dropout2 = copier(other.dropout2)
    options = other.options
  }

  /// Returns the layer's result, of the input's shape.
  ///
  /// - Parameters:
  ///   - x: [positions, batch, size], [batch, positions, size] where the layer says so, or [positions, size].
  ///   - mask: [l, l] or [batch heads, l, l]: true where a position does not look, or numbers to add to the scores.
  ///   - keyPaddingMask: [batch, l]: true for positions that are not looked at.
  ///   - isCausal: whether position i sees those up to i only.
  public func callAsFunction(_ x: Tensor, mask: Tensor? = nil, keyPaddingMask: Tensor? = nil, isCausal: Bool = false) -> Tensor {
    withHooks([x]) { [encoded($0[0], mask, keyPaddingMask, isCausal: isCausal)] }[0]
  }

  private func encoded(_ x: Tensor, _ mask: Tensor?, _ keyPaddingMask: Tensor?, isCausal: Bool) -> Tensor {
    func attended(_ x: Tensor) -> Tensor {
      dropout1(
        selfAttention(x, x, x, keyPaddingMask: keyPaddingMask, needWeights: false, attnMask: mask, isCausal: isCausal).output)
    }
    func fed(_ x: Tensor) -> Tensor { dropout2(linear2(dropout(options.activation(linear1(x))))) }
    if options.normFirst {
      let y = x + attended(norm1(x))
      return y + fed(norm2(y))
    }
    let y = norm1(x + attended(x))
    return norm2(y + fed(y))
  }
}

/// One layer of a transformer's decoder: self-attention, attention to the encoder's result and a network of two linear layers, each added
/// to what goes in and normalised (Vaswani et al. 2017, section 3.1).
public final class TransformerDecoderLayer: HookedModule, RenamedMembers, SelfCopying {
  /// The attention to the input itself, `self_attn` in a state.
  public var selfAttention: MultiheadAttention
  /// The attention to the memory, `multihead_attn` in a state.
  public var crossAttention: MultiheadAttention
  /// The first linear layer.
  public var linear1: Linear
  /// What is dropped between the linear layers.
  public var dropout: Dropout
  /// The second linear layer.
  public var linear2: Linear
  /// The normalisation at the attention.
  public var norm1: LayerNorm
  /// The normalisation at the second part.
  public var norm2: LayerNorm
  /// The normalisation at the linear layers.
  public var norm3: LayerNorm
  /// What is dropped from the attention.
  public var dropout1: Dropout
  /// What is dropped from the second part.
  public var dropout2: Dropout
  /// What is dropped from the linear layers.
  public var dropout3: Dropout
  private let options: TransformerOptions
  var memberNames: [String: String] { ["selfAttention": "self_attn", "crossAttention": "multihead_attn"] }

  /// A layer of vectors of `size` elements; the options are those of `TransformerEncoderLayer`.
  public convenience init(
    _ size: Int, heads: Int, feedforward: Int = 2048, dropout: Double = 0.1,
    activation: @escaping (Tensor) -> Tensor = { $0.relu() }, layerNormEps: Double = 1e-5, batchFirst: Bool = false,
    normFirst: Bool = false, bias: Bool = true, dtype: DType? = nil, generator: Generator? = nil
  ) {
    self.init(
      TransformerOptions(
        size: size, heads: heads, feedforward: feedforward, dropout: dropout, activation: activation, eps: layerNormEps,
        batchFirst: batchFirst, normFirst: normFirst, bias: bias, dtype: dtype, generator: generator), generator)
  }

  init(_ options: TransformerOptions, _ drawing: Generator?) {
    self.options = options
    selfAttention = options.attention(drawing)
    crossAttention = options.attention(drawing)
    linear1 = options.linear(options.size, options.feedforward, drawing)
    dropout = options.drop
    linear2 = options.linear(options.feedforward, options.size, drawing)
    norm1 = options.norm
    norm2 = options.norm
    norm3 = options.norm
    dropout1 = options.drop
    dropout2 = options.drop
    dropout3 = options.drop
  }

  init(copying other: TransformerDecoderLayer, _ copier: ModuleCopier) {
    selfAttention = copier(other.selfAttention)
    crossAttention = copier(other.crossAttention)
    linear1 = copier(other.linear1)
    dropout = copier(other.dropout)
    linear2 = copier(other.linear2)
    norm1 = copier(other.norm1)
    norm2 = copier(other.norm2)
    norm3 = copier(other.norm3)
    dropout1 = copier(other.dropout1)
    dropout2 = copier(other.dropout2)
    dropout3 = copier(other.dropout3)
    options = other.options
  }

  /// Returns the layer's result, of the target's shape.
  ///
  /// - Parameters:
  ///   - x: the target, [positions, batch, size], [batch, positions, size] where the layer says so, or [positions, size].
  ///   - memory: the encoder's result.
  ///   - mask: which positions of the target each looks at, as `TransformerEncoderLayer` has it.
  ///   - memoryMask: which positions of the memory.
  ///   - keyPaddingMask: [batch, l]: true for positions of the target that are not looked at.
  ///   - memoryKeyPaddingMask: the same for the memory.
  ///   - isCausal: whether position i sees those of the target up to i only.
  ///   - memoryIsCausal: whether position i sees those of the memory up to i only.
  public func callAsFunction(
    _ x: Tensor, _ memory: Tensor, mask: Tensor? = nil, memoryMask: Tensor? = nil, keyPaddingMask: Tensor? = nil,
    memoryKeyPaddingMask: Tensor? = nil, isCausal: Bool = false, memoryIsCausal: Bool = false
  ) -> Tensor {
    withHooks([x, memory]) {
      [
        decoded(
          $0[0], $0[1], mask, memoryMask, keyPaddingMask, memoryKeyPaddingMask, isCausal: isCausal, memoryIsCausal: memoryIsCausal)
      ]
    }[0]
  }

  private func decoded(
    _ x: Tensor, _ memory: Tensor, _ mask: Tensor?, _ memoryMask: Tensor?, _ keyPaddingMask: Tensor?, _ memoryKeyPaddingMask: Tensor?,
    isCausal: Bool, memoryIsCausal: Bool
  ) -> Tensor {
    func attended(_ x: Tensor) -> Tensor {
      dropout1(
        selfAttention(x, x, x, keyPaddingMask: keyPaddingMask, needWeights: false, attnMask: mask, isCausal: isCausal).output)
    }
    func remembered(_ x: Tensor) -> Tensor {
      dropout2(
        crossAttention(
          x, memory, memory, keyPaddingMask: memoryKeyPaddingMask, needWeights: false, attnMask: memoryMask, isCausal: memoryIsCausal
        ).output)
    }
    func fed(_ x: Tensor) -> Tensor { dropout3(linear2(dropout(options.activation(linear1(x))))) }
    if options.normFirst {
      var y = x + attended(norm1(x))
      y = y + remembered(norm2(y))
      return y + fed(norm3(y))
    }
    var y = norm1(x + attended(x))
    y = norm2(y + remembered(y))
    return norm3(y + fed(y))
  }
}

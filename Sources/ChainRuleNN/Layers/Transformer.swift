public import ChainRule

/// What can stand in `Transformer` for its encoder.
public protocol TransformerEncoding: HookedModule {
  /// Returns the source's positions as the decoder is to see them; masks are those of `TransformerEncoderLayer`.
  func callAsFunction(_ x: Tensor, mask: Tensor?, keyPaddingMask: Tensor?, isCausal: Bool) -> Tensor
}

/// What can stand in `Transformer` for its decoder.
public protocol TransformerDecoding: HookedModule {
  /// Returns the target's positions; masks are those of `TransformerDecoderLayer`.
  func callAsFunction(
    _ x: Tensor, _ memory: Tensor, mask: Tensor?, memoryMask: Tensor?, keyPaddingMask: Tensor?, memoryKeyPaddingMask: Tensor?,
    isCausal: Bool, memoryIsCausal: Bool
  ) -> Tensor
}

/// Layers of an encoder one after the other, and perhaps a normalisation at the end (Vaswani et al. 2017).
public final class TransformerEncoder: TransformerEncoding, SelfCopying {
  /// The layers in order.
  public var layers: [TransformerEncoderLayer]
  /// The normalisation at the end.
  public var norm: LayerNorm?

  /// `numLayers` copies of a layer, which all start from its values.
  public init(_ layer: TransformerEncoderLayer, numLayers: Int, norm: LayerNorm? = nil) {
    layers = (0..<layerSize(numLayers, "num_layers", "TransformerEncoder", atMost: 10_000)).map { _ in layer.copy() }
    self.norm = norm
  }

  init(copying other: TransformerEncoder, _ copier: ModuleCopier) {
    layers = copier(other.layers)
    norm = copier(other.norm)
  }

  /// Returns the last layer's result, of the input's shape; masks are those of `TransformerEncoderLayer`.
  public func callAsFunction(_ x: Tensor, mask: Tensor? = nil, keyPaddingMask: Tensor? = nil, isCausal: Bool = false) -> Tensor {
    withHooks([x]) { inputs in
      var y = inputs[0]
      for layer in layers { y = layer(y, mask: mask, keyPaddingMask: keyPaddingMask, isCausal: isCausal) }
      return [norm.map { $0(y) } ?? y]
    }[0]
  }
}

/// Layers of a decoder one after the other, and perhaps a normalisation at the end (Vaswani et al. 2017).
public final class TransformerDecoder: TransformerDecoding, SelfCopying {
  /// The layers in order.
  public var layers: [TransformerDecoderLayer]
  /// The normalisation at the end.
  public var norm: LayerNorm?

  /// `numLayers` copies of a layer, which all start from its values.
  public init(_ layer: TransformerDecoderLayer, numLayers: Int, norm: LayerNorm? = nil) {
    layers = (0..<layerSize(numLayers, "num_layers", "TransformerDecoder", atMost: 10_000)).map { _ in layer.copy() }
    self.norm = norm
  }

  init(copying other: TransformerDecoder, _ copier: ModuleCopier) {
    layers = copier(other.layers)
    norm = copier(other.norm)
  }

  /// Returns the last layer's result, of the target's shape; masks are those of `TransformerDecoderLayer`.
  public func callAsFunction(
    _ x: Tensor, _ memory: Tensor, mask: Tensor? = nil, memoryMask: Tensor? = nil, keyPaddingMask: Tensor? = nil,
    memoryKeyPaddingMask: Tensor? = nil, isCausal: Bool = false, memoryIsCausal: Bool = false
  ) -> Tensor {
    withHooks([x, memory]) { inputs in
      var y = inputs[0]
      for layer in layers {
        y = layer(
          y, inputs[1], mask: mask, memoryMask: memoryMask, keyPaddingMask: keyPaddingMask, memoryKeyPaddingMask: memoryKeyPaddingMask,
          isCausal: isCausal, memoryIsCausal: memoryIsCausal)
      }
      return [norm.map { $0(y) } ?? y]
    }[0]
  }
}

/// An encoder, and a decoder that attends to its result (Vaswani et al. 2017).
///
///     let model = Transformer(512, heads: 8, batchFirst: true)
///     let y = model(source, target, targetMask: Transformer.squareSubsequentMask(target.shape[1]))
///
/// Matrices start uniform with variance 2 / (inputs + outputs), with PyTorch's numbers for the same seed.
public final class Transformer: HookedModule, SelfCopying {
  /// What reads the source.
  public var encoder: any TransformerEncoding
  /// What reads the target.
  public var decoder: any TransformerDecoding

  /// A transformer of vectors of `size` elements; the options are those of `TransformerEncoderLayer`.
  ///
  /// - Parameters:
  ///   - size: the number of features.
  ///   - heads: the number of heads.
  ///   - encoderLayers: the number of layers of the encoder.
  ///   - decoderLayers: the number of layers of the decoder.
  ///   - feedforward: the number of hidden features of each layer.
  ///   - dropout: the part of the features that is dropped in training.
  ///   - activation: the function between the two linear maps of a layer.
  ///   - customEncoder: what reads the source in place of the encoder that the options say.
  ///   - customDecoder: what reads the target in place of the decoder.
  ///   - layerNormEps: added to the variance in each normalisation.
  ///   - batchFirst: whether the batch is the first dimension.
  ///   - normFirst: whether a layer normalises before its parts and not behind them.
  ///   - bias: whether there are biases.
  ///   - dtype: the type of the parameters; the default type where none is given.
  ///   - generator: where random numbers come from; the default generator where none is given.
  public init(
    _ size: Int = 512, heads: Int = 8, encoderLayers: Int = 6, decoderLayers: Int = 6, feedforward: Int = 2048, dropout: Double = 0.1,
    activation: @escaping (Tensor) -> Tensor = { $0.relu() }, customEncoder: (any TransformerEncoding)? = nil,
    customDecoder: (any TransformerDecoding)? = nil, layerNormEps: Double = 1e-5, batchFirst: Bool = false, normFirst: Bool = false,
    bias: Bool = true, dtype: DType? = nil, generator: Generator? = nil
  ) {
    let options = TransformerOptions(
      size: size, heads: heads, feedforward: feedforward, dropout: dropout, activation: activation, eps: layerNormEps,
      batchFirst: batchFirst, normFirst: normFirst, bias: bias, dtype: dtype, generator: generator)
    encoder =
      customEncoder ?? TransformerEncoder(TransformerEncoderLayer(options, generator), numLayers: encoderLayers, norm: options.norm)
    decoder =
      customDecoder ?? TransformerDecoder(TransformerDecoderLayer(options, generator), numLayers: decoderLayers, norm: options.norm)
    for parameter in parameters() where parameter.rank > 1 { Initialize.xavierUniform(parameter, generator: generator) }
  }

  init(copying other: Transformer, _ copier: ModuleCopier) {
    encoder = copier(other.encoder)
    decoder = copier(other.decoder)
  }

  /// Returns the decoder's result, of the target's shape.
  ///
  /// - Parameters:
  ///   - source: what the encoder reads: [positions, batch, size], [batch, positions, size] where the layers say so, or [positions, size].
  ///   - target: what the decoder reads.
  ///   - sourceMask: which positions of the source each looks at, as `TransformerEncoderLayer` has it.
  ///   - targetMask: the same for the target.
  ///   - memoryMask: which positions of the encoder's result a position of the target looks at.
  ///   - sourceKeyPaddingMask: [batch, s]: true for positions of the source that are not looked at.
  ///   - targetKeyPaddingMask: the same for the target.
  ///   - memoryKeyPaddingMask: the same for the encoder's result.
  ///   - sourceIsCausal: whether no position of the source looks ahead.
  ///   - targetIsCausal: whether no position of the target looks ahead.
  ///   - memoryIsCausal: whether no position of the target looks ahead in the memory.
  public func callAsFunction(
    _ source: Tensor, _ target: Tensor, sourceMask: Tensor? = nil, targetMask: Tensor? = nil, memoryMask: Tensor? = nil,
    sourceKeyPaddingMask: Tensor? = nil, targetKeyPaddingMask: Tensor? = nil, memoryKeyPaddingMask: Tensor? = nil,
    sourceIsCausal: Bool = false, targetIsCausal: Bool = false, memoryIsCausal: Bool = false
  ) -> Tensor {
    withHooks([source, target]) { inputs in
      let memory = encoder(inputs[0], mask: sourceMask, keyPaddingMask: sourceKeyPaddingMask, isCausal: sourceIsCausal)
      return [
        decoder(
          inputs[1], memory, mask: targetMask, memoryMask: memoryMask, keyPaddingMask: targetKeyPaddingMask,
          memoryKeyPaddingMask: memoryKeyPaddingMask, isCausal: targetIsCausal, memoryIsCausal: memoryIsCausal)
      ]
    }[0]
  }

  /// Returns the mask [size, size] that lets position i look at those up to i: 0 there, and minus infinity elsewhere.
  public static func squareSubsequentMask(_ size: Int, dtype: DType? = nil) -> Tensor {
    let positions = Tensor.arange(layerSize(size, "sz", "squareSubsequentMask"))
    let later = positions.unsqueezed(0) .> positions.unsqueezed(1)
    return Tensor.zeros([positions.count, positions.count], dtype: dtype).maskedFill(later, -Double.infinity)
  }
}

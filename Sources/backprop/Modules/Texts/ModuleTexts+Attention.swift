// The declarations' own words: a test compares them, and writes them anew with CHAINRULE_RECORD=1.
extension ModuleTexts {
  static let attention = #"""
    ## MultiheadAttention

    Attention in several heads side by side (Vaswani et al. 2017): concatenated heads softmax(q k' / sqrt(e)) v,
    each of its own projections of queries, keys and values, and a projection of all.

    ```swift
    let attention = MultiheadAttention(256, 8, batchFirst: true)
    let (y, weights) = attention(x, x, x)      // [batch, positions, 256]
    ```

    Names in a state are PyTorch's: `in_proj_weight` [3 size, size] with the rows of queries, keys and values one
    after the other (`q_proj_weight`, `k_proj_weight` and `v_proj_weight` where keys or values have another size),
    `in_proj_bias`, `out_proj.weight`, `out_proj.bias`, `bias_k` and `bias_v`.

    `MultiheadAttention(_:_:dropout:bias:addBiasKV:addZeroAttention:kdim:vdim:batchFirst:dtype:generator:)`

    Attention of vectors of `embedDim` elements in `numHeads` heads of `embedDim / numHeads`.

    - `embedDim`: `Int` - the number of features.
    - `numHeads`: `Int` - the number of heads, which divides it.
    - `dropout`: `Double = 0` - the probability with which a weight is dropped while training.
    - `bias`: `Bool = true` - whether the projections have biases.
    - `addBiasKV`: `Bool = false` - whether a learned position is added to keys and values.
    - `addZeroAttention`: `Bool = false` - whether a position of zeros is added to keys and values.
    - `kdim`: `Int? = nil` - the size of keys where it is another.
    - `vdim`: `Int? = nil` - the size of values where it is another.
    - `batchFirst`: `Bool = false` - whether inputs and outputs are [batch, positions, ...] and not [positions,
      batch, ...].
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where none is given.
    - `generator`: `Generator? = nil` - where random numbers come from; the default generator where none is given.

    The call: returns what the queries find, and how they weigh the positions.
    - `query`: [l, batch, size], [batch, l, size] where the layer says so, or [l, size].
    - `key`: as the query with s positions, and the keys' size.
    - `value`: as the key, with the values' size.
    - `keyPaddingMask`: [batch, s] or [s]: true for positions that are not looked at, or numbers to add to the
      scores.
    - `needWeights`: whether the weights are returned; without them attention is one operation.
    - `attnMask`: [l, s] or [batch heads, l, s]: true where a query does not look, or numbers to add to the
      scores.
    - `averageAttnWeights`: whether weights are the heads' means, [batch, l, s], and not [batch, heads, l, s].
    - `isCausal`: whether query i sees the positions up to i only; a mask that is given says so itself.

    ## TransformerEncoder

    Layers of an encoder one after the other, and perhaps a normalisation at the end (Vaswani et al. 2017).

    `TransformerEncoder(_:numLayers:norm:)`

    `numLayers` copies of a layer, which all start from its values.

    - `layer`: `TransformerEncoderLayer`
    - `numLayers`: `Int`
    - `norm`: `LayerNorm? = nil`

    The call: returns the last layer's result, of the input's shape; masks are those of `TransformerEncoderLayer`.

    ## TransformerDecoder

    Layers of a decoder one after the other, and perhaps a normalisation at the end (Vaswani et al. 2017).

    `TransformerDecoder(_:numLayers:norm:)`

    `numLayers` copies of a layer, which all start from its values.

    - `layer`: `TransformerDecoderLayer`
    - `numLayers`: `Int`
    - `norm`: `LayerNorm? = nil`

    The call: returns the last layer's result, of the target's shape; masks are those of
    `TransformerDecoderLayer`.

    ## Transformer

    An encoder, and a decoder that attends to its result (Vaswani et al. 2017).

    ```swift
    let model = Transformer(512, heads: 8, batchFirst: true)
    let y = model(source, target, targetMask: Transformer.squareSubsequentMask(target.shape[1]))
    ```

    Matrices start uniform with variance 2 / (inputs + outputs), with PyTorch's numbers for the same seed.

    `Transformer(_:heads:encoderLayers:decoderLayers:feedforward:dropout:activation:customEncoder:customDecoder:layerNormEps:batchFirst:normFirst:bias:dtype:generator:)`

    A transformer of vectors of `size` elements; the options are those of `TransformerEncoderLayer`.

    - `size`: `Int = 512` - the number of features.
    - `heads`: `Int = 8` - the number of heads.
    - `encoderLayers`: `Int = 6` - the number of layers of the encoder.
    - `decoderLayers`: `Int = 6` - the number of layers of the decoder.
    - `feedforward`: `Int = 2048` - the number of hidden features of each layer.
    - `dropout`: `Double = 0.1` - the part of the features that is dropped in training.
    - `activation`: `@escaping (Tensor) -> Tensor = { $0.relu() }` - the function between the two linear maps of a
      layer.
    - `customEncoder`: `(any TransformerEncoding)? = nil` - what reads the source in place of the encoder that the
      options say.
    - `customDecoder`: `(any TransformerDecoding)? = nil` - what reads the target in place of the decoder.
    - `layerNormEps`: `Double = 1e-5` - added to the variance in each normalisation.
    - `batchFirst`: `Bool = false` - whether the batch is the first dimension.
    - `normFirst`: `Bool = false` - whether a layer normalises before its parts and not behind them.
    - `bias`: `Bool = true` - whether there are biases.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where none is given.
    - `generator`: `Generator? = nil` - where random numbers come from; the default generator where none is given.

    The call: returns the decoder's result, of the target's shape.
    - `source`: what the encoder reads: [positions, batch, size], [batch, positions, size] where the layers say
      so, or [positions, size].
    - `target`: what the decoder reads.
    - `sourceMask`: which positions of the source each looks at, as `TransformerEncoderLayer` has it.
    - `targetMask`: the same for the target.
    - `memoryMask`: which positions of the encoder's result a position of the target looks at.
    - `sourceKeyPaddingMask`: [batch, s]: true for positions of the source that are not looked at.
    - `targetKeyPaddingMask`: the same for the target.
    - `memoryKeyPaddingMask`: the same for the encoder's result.
    - `sourceIsCausal`: whether no position of the source looks ahead.
    - `targetIsCausal`: whether no position of the target looks ahead.
    - `memoryIsCausal`: whether no position of the target looks ahead in the memory.

    ## TransformerEncoderLayer

    One layer of a transformer's encoder: self-attention and a network of two linear layers, each added to what
    goes in and normalised (Vaswani et al. 2017, section 3.1).

    ```swift
    x = norm1(x + attention(x)); x = norm2(x + linear2(activation(linear1(x))))
    ```

    and, with `normFirst`, x = x + attention(norm1(x)); x = x + linear2(activation(linear1(norm2(x)))). What is
    added is dropped from.

    `TransformerEncoderLayer(_:heads:feedforward:dropout:activation:layerNormEps:batchFirst:normFirst:bias:dtype:generator:)`

    A layer of vectors of `size` elements.

    - `size`: `Int` - the number of features.
    - `heads`: `Int` - how many heads its attention has.
    - `feedforward`: `Int = 2048` - the size between the two linear layers.
    - `dropout`: `Double = 0.1` - the probability with which elements are dropped while training.
    - `activation`: `@escaping (Tensor) -> Tensor = { $0.relu() }` - the function between the linear layers.
    - `layerNormEps`: `Double = 1e-5` - what is added to variances.
    - `batchFirst`: `Bool = false` - whether inputs are [batch, positions, size] and not [positions, batch, size].
    - `normFirst`: `Bool = false` - whether normalisation comes first.
    - `bias`: `Bool = true` - whether linear layers and normalisations have biases.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where none is given.
    - `generator`: `Generator? = nil` - where random numbers come from; the default generator where none is given.

    The call: returns the layer's result, of the input's shape.
    - `x`: [positions, batch, size], [batch, positions, size] where the layer says so, or [positions, size].
    - `mask`: [l, l] or [batch heads, l, l]: true where a position does not look, or numbers to add to the scores.
    - `keyPaddingMask`: [batch, l]: true for positions that are not looked at.
    - `isCausal`: whether position i sees those up to i only.

    ## TransformerDecoderLayer

    One layer of a transformer's decoder: self-attention, attention to the encoder's result and a network of two
    linear layers, each added to what goes in and normalised (Vaswani et al. 2017, section 3.1).

    `TransformerDecoderLayer(_:heads:feedforward:dropout:activation:layerNormEps:batchFirst:normFirst:bias:dtype:generator:)`

    A layer of vectors of `size` elements; the options are those of `TransformerEncoderLayer`.

    - `size`: `Int`
    - `heads`: `Int`
    - `feedforward`: `Int = 2048`
    - `dropout`: `Double = 0.1`
    - `activation`: `@escaping (Tensor) -> Tensor = { $0.relu() }`
    - `layerNormEps`: `Double = 1e-5`
    - `batchFirst`: `Bool = false`
    - `normFirst`: `Bool = false`
    - `bias`: `Bool = true` - whether there is a bias.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.
    - `generator`: `Generator? = nil` - what is drawn from; the default generator where nil.

    The call: returns the layer's result, of the target's shape.
    - `x`: the target, [positions, batch, size], [batch, positions, size] where the layer says so, or [positions,
      size].
    - `memory`: the encoder's result.
    - `mask`: which positions of the target each looks at, as `TransformerEncoderLayer` has it.
    - `memoryMask`: which positions of the memory.
    - `keyPaddingMask`: [batch, l]: true for positions of the target that are not looked at.
    - `memoryKeyPaddingMask`: the same for the memory.
    - `isCausal`: whether position i sees those of the target up to i only.
    - `memoryIsCausal`: whether position i sees those of the memory up to i only.

    """#
}

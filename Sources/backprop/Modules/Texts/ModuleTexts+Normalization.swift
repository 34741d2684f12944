// The declarations' own words: a test compares them, and writes them anew with CHAINRULE_RECORD=1.
extension ModuleTexts {
  static let normalization = #"""
    ## GroupNorm

    Normalisation of groups of channels of each example (Wu and He 2018).

    `GroupNorm(_:_:eps:affine:bias:dtype:)`

    Normalises `channels` channels in `groups` groups; `affine` says whether scale and shift are learned, `bias`
    whether there is a shift.

    - `groups`: `Int` - how many groups of channels there are, each with its own filters.
    - `channels`: `Int`
    - `eps`: `Double = 1e-5` - what is added to a divisor.
    - `affine`: `Bool = true`
    - `bias`: `Bool = true` - whether there is a bias.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.

    The call: returns x of [n, channels, ...], normalised.

    ## RMSNorm

    Division by the root mean square over the last dimensions (Zhang and Sennrich 2019).

    `RMSNorm(_:eps:elementwiseAffine:dtype:)`

    Normalises over the last dimensions, which must be `shape`; `eps` nil is the precision of the element type.

    - `shape`: `[Int]`
    - `eps`: `Double? = nil` - what is added to a divisor.
    - `elementwiseAffine`: `Bool = true`
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.

    `RMSNorm(_:eps:elementwiseAffine:dtype:)`

    Normalises over the last dimension, which must have `size` elements.

    - `size`: `Int`

    The call: returns x over its root mean square, scaled.

    ## LocalResponseNorm

    Division by a power of the mean square of neighbouring channels (Krizhevsky et al. 2012).

    `LocalResponseNorm(_:alpha:beta:k:)`

    Normalises over `size` channels.

    - `size`: `Int`
    - `alpha`: `some TensorScalar = 0.0001`
    - `beta`: `some TensorScalar = 0.75`
    - `k`: `some TensorScalar = 1.0`

    The call: returns x / (k + alpha mean x^2)^beta for x of [n, channels, ...].

    ## LayerNorm

    Normalisation of each example over its last dimensions (Ba, Kiros and Hinton 2016).

    `LayerNorm(_:eps:elementwiseAffine:bias:dtype:)`

    Normalises over the last dimensions, which must be `shape`.

    - `shape`: `[Int]`
    - `eps`: `Double = 1e-5` - what is added to a divisor.
    - `elementwiseAffine`: `Bool = true`
    - `bias`: `Bool = true` - whether there is a bias.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.

    `LayerNorm(_:eps:elementwiseAffine:bias:dtype:)`

    Normalises over the last dimension, which must have `size` elements.

    - `size`: `Int`

    The call: returns (x - mean) / sqrt(variance + eps), scaled and shifted.

    """#
}

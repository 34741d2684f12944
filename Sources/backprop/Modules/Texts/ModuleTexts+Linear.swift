// The declarations' own words: a test compares them, and writes them anew with CHAINRULE_RECORD=1.
extension ModuleTexts {
  static let linear = #"""
    ## Bilinear

    y = x1' A x2 + b, with a matrix A for each element of the result.

    `weight` is [outputs, inputs1, inputs2] and `bias` [outputs]; both start uniform over +-1/sqrt(inputs1),
    weight first, with PyTorch's numbers for the same seed.

    `Bilinear(_:_:_:bias:dtype:generator:)`

    A map from pairs of vectors of `inputs1` and `inputs2` elements to vectors of `outputs`.

    - `inputs1`: `Int`
    - `inputs2`: `Int`
    - `outputs`: `Int` - the size of a result.
    - `bias`: `Bool = true` - whether there is a bias.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.
    - `generator`: `Generator? = nil` - what is drawn from; the default generator where nil.

    The call: returns [..., outputs] for x1 of [..., inputs1] and x2 of [..., inputs2].

    ## CosineSimilarity

    The cosine of the angle between two tensors along a dimension.

    `CosineSimilarity(dim:eps:)`

    The similarity along `dim`; norms are at least `eps`.

    - `dim`: `Int = 1`
    - `eps`: `Double = 1e-8` - what is added to a divisor.

    The call: returns x1 x2 / (|x1| |x2|) without the dimension, for shapes that broadcast.

    ## PairwiseDistance

    The p-norm of the difference of two tensors along the last dimension.

    `PairwiseDistance(p:eps:keepDim:)`

    The distance by the norm `p`; `eps` is added to the difference.

    - `p`: `Double = 2`
    - `eps`: `Double = 1e-6` - what is added to a divisor.
    - `keepDim`: `Bool = false`

    The call: returns |x1 - x2 + eps|_p of [n, size] or [size], without the last dimension or, with `keepDim`,
    with 1 in its place.

    ## Linear

    The affine map y = x w' + b.

    `weight` is [outputs, inputs] and `bias` [outputs]; both start uniform over +-1/sqrt(inputs), weight first,
    with PyTorch's numbers for the same seed.

    `Linear(_:_:bias:dtype:generator:)`

    A map from vectors of `inputs` elements to vectors of `outputs`.

    - `inputs`: `Int` - the size of an input.
    - `outputs`: `Int` - the size of a result.
    - `bias`: `Bool = true` - whether there is a bias.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.
    - `generator`: `Generator? = nil` - what is drawn from; the default generator where nil.

    The call: returns x w' + b for x of [..., inputs].

    """#
}

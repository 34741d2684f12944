// The declarations' own words: a test compares them, and writes them anew with CHAINRULE_RECORD=1.
extension ModuleTexts {
  static let embedding = #"""
    ## Embedding

    A table with a row for each index, standard normal at first.

    `Embedding(_:_:paddingIndex:maxNorm:normType:scaleGradByFreq:dtype:generator:)`

    A table of `count` rows of `size` elements.

    - `count`: `Int` - the number of rows of the table.
    - `size`: `Int` - the number of features of a row.
    - `paddingIndex`: `Int? = nil` - a row that starts at zero and takes no gradient; negative ones count from the
      end.
    - `maxNorm`: `Double? = nil` - the largest norm of a row; a longer one that is looked up is scaled down to it,
      in the table itself.
    - `normType`: `Double = 2` - which norm.
    - `scaleGradByFreq`: `Bool = false` - whether a row's gradient is divided by how often the row is looked up in
      a call.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where none is given.
    - `generator`: `Generator? = nil` - where random numbers come from; the default generator where none is given.

    The call: returns the rows at the indices: [...] to [..., size].

    ## EmbeddingBag

    Sums, means or maxima of the rows of a table, a bag of indices each; the table is standard normal at first.

    `EmbeddingBag(_:_:maxNorm:normType:scaleGradByFreq:mode:includeLastOffset:paddingIndex:dtype:generator:)`

    A table of `count` rows of `size` elements.

    - `count`: `Int` - the number of rows of the table.
    - `size`: `Int` - the number of features of a row.
    - `maxNorm`: `Double? = nil` - the largest norm of a row; a longer one that is looked up is scaled down to it,
      in the table itself.
    - `normType`: `Double = 2` - which norm.
    - `scaleGradByFreq`: `Bool = false` - whether a row's gradient is divided by how often the row is looked up in
      a call; not for `.max`.
    - `mode`: `EmbeddingBagMode = .mean` - what becomes of a bag's rows.
    - `includeLastOffset`: `Bool = false` - whether offsets end with the number of all indices.
    - `paddingIndex`: `Int? = nil` - an index that counts for nothing, whose row starts at zero.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where none is given.
    - `generator`: `Generator? = nil` - where random numbers come from; the default generator where none is given.

    The call: returns [bags, size].
    - `index`: [bags, length], or all indices in one row.
    - `offsets`: where each bag begins in the row; given where there is one row.
    - `perSampleWeights`: a factor for each index, in its shape; for `.sum` only.

    ## RotaryPositionalEmbeddings

    Rotary positions of queries and keys: see `rotaryEmbedding`. No parameters.

    `RotaryPositionalEmbeddings(_:base:pairs:)`

    For heads of `size` elements.

    - `size`: `Int` - the number of features.
    - `base`: `Double = 10_000` - what the angles' powers are of.
    - `pairs`: `RotaryPairs = .interleaved` - which elements turn together.

    The call: returns x of [batch, positions, heads, size] with its pairs turned.

    The call: returns the same for vectors that stand at `positions`, [positions] or [batch, positions].

    ## PositionalEncoding

    Sinusoidal positions added to vectors, which are then dropped from: see `sinusoidalPositions`. No parameters.

    `PositionalEncoding(_:dropout:maxLength:batchFirst:generator:)`

    For vectors of `size` elements at up to `maxLength` positions.

    - `size`: `Int` - the number of features.
    - `dropout`: `Double = 0.1` - the probability with which elements are dropped while training.
    - `maxLength`: `Int = 5000` - the largest number of positions.
    - `batchFirst`: `Bool = false` - whether inputs are [batch, positions, size] and not [positions, batch, size].
    - `generator`: `Generator? = nil` - where random numbers come from; the default generator where none is given.

    The call: returns x plus the positions, of the same shape; x may also be [positions, size].

    """#
}

// The declarations' own words: a test compares them, and writes them anew with CHAINRULE_RECORD=1.
extension ModuleTexts {
  static let dropout = #"""
    ## Dropout

    Sets elements to zero at random while training, and enlarges the others so that the mean stays (Srivastava et
    al. 2014).

    `inplace`, here and in the layers like it, changes what is printed and nothing else.

    `Dropout(_:inplace:generator:)`

    Drops each element with probability `p`.

    - `p`: `some TensorScalar = 0.5`
    - `inplace`: `Bool = false`
    - `generator`: `Generator? = nil` - what is drawn from; the default generator where nil.

    The call: returns the elements kept, divided by 1 - p; `x` itself in evaluation.

    ## Dropout1d

    Drops whole channels of sequences (Tompson et al. 2015).

    `Dropout1d(_:inplace:generator:)`

    Drops each channel of each example with probability `p`.

    - `p`: `some TensorScalar = 0.5`
    - `inplace`: `Bool = false`
    - `generator`: `Generator? = nil` - what is drawn from; the default generator where nil.

    The call: returns x of [n, channels, length] or [channels, length] with channels dropped, and the others
    divided by 1 - p.

    ## Dropout2d

    Drops whole channels of images (Tompson et al. 2015).

    `Dropout2d(_:inplace:generator:)`

    Drops each channel of each example with probability `p`.

    - `p`: `some TensorScalar = 0.5`
    - `inplace`: `Bool = false`
    - `generator`: `Generator? = nil` - what is drawn from; the default generator where nil.

    The call: returns x of [n, channels, height, width] with channels dropped, and the others divided by 1 - p.

    ## Dropout3d

    Drops whole channels of volumes (Tompson et al. 2015).

    `Dropout3d(_:inplace:generator:)`

    Drops each channel of each example with probability `p`.

    - `p`: `some TensorScalar = 0.5`
    - `inplace`: `Bool = false`
    - `generator`: `Generator? = nil` - what is drawn from; the default generator where nil.

    The call: returns x of [n, channels, depth, height, width], or of one example, with channels dropped, and the
    others divided by 1 - p.

    ## AlphaDropout

    Sets elements to the least value of SELU at random while training, keeping mean and variance (Klambauer et al.
    2017).

    `AlphaDropout(_:inplace:generator:)`

    Drops each element with probability `p`.

    - `p`: `some TensorScalar = 0.5`
    - `inplace`: `Bool = false`
    - `generator`: `Generator? = nil` - what is drawn from; the default generator where nil.

    The call: returns the elements, scaled and shifted so that mean 0 and variance 1 stay; `x` itself in
    evaluation.

    ## FeatureAlphaDropout

    `AlphaDropout` of whole channels.

    `FeatureAlphaDropout(_:inplace:generator:)`

    Drops each channel of each example with probability `p`.

    - `p`: `some TensorScalar = 0.5`
    - `inplace`: `Bool = false`
    - `generator`: `Generator? = nil` - what is drawn from; the default generator where nil.

    The call: returns x of [n, channels, ...], scaled and shifted so that mean 0 and variance 1 stay; `x` itself
    in evaluation.

    """#
}

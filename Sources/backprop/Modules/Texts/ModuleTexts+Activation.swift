// The declarations' own words: a test compares them, and writes them anew with CHAINRULE_RECORD=1.
extension ModuleTexts {
  static let activation = #"""
    ## Tanh

    The hyperbolic tangent, element by element.

    `Tanh()`

    The hyperbolic tangent.

    The call: returns tanh x.

    ## Sigmoid

    1/(1 + e^-x), element by element.

    `Sigmoid()`

    The logistic function.

    The call: returns 1/(1 + e^-x).

    ## LogSigmoid

    ln(1/(1 + e^-x)), element by element.

    `LogSigmoid()`

    The logarithm of the logistic function.

    The call: returns -ln(1 + e^-x).

    ## GELU

    x Phi(x), where Phi is the distribution function of the normal distribution (Hendrycks and Gimpel 2016).

    `GELU(approximate:)`

    The Gaussian error linear unit; `.tanh` approximates Phi.

    - `approximate`: `GeluApproximation = .none`

    The call: returns x Phi(x).

    ## SiLU

    x sigmoid(x), element by element (Elfwing et al. 2017).

    `SiLU(inplace:)`

    The sigmoid-weighted linear unit.

    - `inplace`: `Bool = false`

    The call: returns x sigmoid(x).

    ## Mish

    x tanh(softplus(x)), element by element (Misra 2019).

    `Mish(inplace:)`

    The self-regularised activation.

    - `inplace`: `Bool = false`

    The call: returns x tanh(ln(1 + e^x)).

    ## ELU

    x where it is positive, else alpha (e^x - 1) (Clevert et al. 2015).

    `ELU(alpha:inplace:)`

    The exponential linear unit, which goes down to -alpha.

    - `alpha`: `some TensorScalar = 1.0`
    - `inplace`: `Bool = false`

    The call: returns x where it is positive, else alpha (e^x - 1).

    ## CELU

    max(0, x) + min(0, alpha (e^(x / alpha) - 1)): an ELU whose derivative is continuous (Barron 2017).

    `CELU(alpha:inplace:)`

    The continuously differentiable exponential linear unit, which goes down to -alpha.

    - `alpha`: `some TensorScalar = 1.0`
    - `inplace`: `Bool = false`

    The call: returns x where it is positive, else alpha (e^(x / alpha) - 1).

    ## SELU

    scale (max(0, x) + min(0, alpha (e^x - 1))) with constants that keep mean 0 and variance 1 (Klambauer et al.
    2017).

    `SELU(inplace:)`

    The self-normalising linear unit.

    - `inplace`: `Bool = false`

    The call: returns the self-normalising elu of each element.

    ## Softplus

    ln(1 + e^(beta x)) / beta, and x itself where beta x > threshold.

    `Softplus(beta:threshold:)`

    The smooth rectifier; `threshold` is where it is linear to working precision.

    - `beta`: `some TensorScalar = 1.0`
    - `threshold`: `some TensorScalar = 20.0`

    The call: returns ln(1 + e^(beta x)) / beta.

    ## Softsign

    x / (1 + |x|), element by element.

    `Softsign()`

    The sigmoid with slow tails.

    The call: returns x / (1 + |x|).

    ## Tanhshrink

    x - tanh x, element by element.

    `Tanhshrink()`

    What the hyperbolic tangent leaves.

    The call: returns x - tanh x.

    ## GLU

    a sigmoid(b), where a and b are the halves of a dimension (Dauphin et al. 2017).

    `GLU(dim:)`

    The gated linear unit, which halves the size of `dim`.

    - `dim`: `Int = -1`

    The call: returns a sigmoid(b): [..., 2 n, ...] to [..., n, ...].

    ## Softmax

    Weights that sum to 1 along a dimension.

    `Softmax(dim:)`

    The softmax along `dim`.

    - `dim`: `Int`

    The call: returns e^x / sum e^x.

    ## Softmin

    The softmax of -x along a dimension.

    `Softmin(dim:)`

    The softmin along `dim`.

    - `dim`: `Int`

    The call: returns e^-x / sum e^-x.

    ## Softmax2d

    The softmax over the channels of each pixel.

    `Softmax2d()`

    The softmax over channels.

    The call: returns the softmax along dimension -3 for x of [n, channels, height, width] or [channels, height,
    width].

    ## LogSoftmax

    The logarithm of softmax along a dimension.

    `LogSoftmax(dim:)`

    The logarithm of softmax along `dim`.

    - `dim`: `Int`

    The call: returns x - ln sum e^x.

    ## ReLU

    max(x, 0), element by element.

    `ReLU(inplace:)`

    The rectifier.

    - `inplace`: `Bool = false`

    The call: returns max(x, 0).

    ## ReLU6

    x brought between 0 and 6.

    `ReLU6(inplace:)`

    The rectifier that stops at 6.

    - `inplace`: `Bool = false`

    The call: returns min(max(x, 0), 6).

    ## LeakyReLU

    x where it is positive, else a small multiple of it.

    `LeakyReLU(_:inplace:)`

    The rectifier with this slope for negative elements.

    - `negativeSlope`: `some TensorScalar = 0.01`
    - `inplace`: `Bool = false`

    The call: returns x where it is positive, else slope x.

    ## PReLU

    x where it is positive, else a x, with slopes that are learned (He et al. 2015).

    `PReLU(_:initial:dtype:)`

    The rectifier with one slope for all elements, or one for each of `numParameters` channels, which are
    dimension 1.

    - `numParameters`: `Int = 1` - the number of slopes: 1, or one for each channel.
    - `initial`: `Double = 0.25` - the slopes at first.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where none is given.

    The call: returns x where it is positive, else a x.

    ## RReLU

    x where it is positive, else a x with a slope drawn for each element while training (Xu et al. 2015).

    `RReLU(lower:upper:inplace:generator:)`

    Slopes drawn evenly from [lower, upper] while training, their middle in evaluation.

    - `lower`: `some TensorScalar = 1.0 / 8`
    - `upper`: `some TensorScalar = 1.0 / 3`
    - `inplace`: `Bool = false`
    - `generator`: `Generator? = nil` - what is drawn from; the default generator where nil.

    The call: returns x where it is positive, else a x.

    ## Hardtanh

    x brought between two bounds.

    `Hardtanh(minVal:maxVal:inplace:)`

    Elements are brought between `minVal` and `maxVal`.

    - `minVal`: `some TensorScalar = -1.0`
    - `maxVal`: `some TensorScalar = 1.0`
    - `inplace`: `Bool = false`

    The call: returns min(max(x, minVal), maxVal).

    ## Hardsigmoid

    relu6(x + 3) / 6, a sigmoid of three straight pieces (Howard et al. 2019).

    `Hardsigmoid(inplace:)`

    The sigmoid of three pieces; `inplace` is not even printed.

    - `inplace`: `Bool = false`

    The call: returns relu6(x + 3) / 6.

    ## Hardswish

    x relu6(x + 3) / 6 (Howard et al. 2019).

    `Hardswish(inplace:)`

    The SiLU of three pieces; `inplace` is not even printed.

    - `inplace`: `Bool = false`

    The call: returns x relu6(x + 3) / 6.

    ## Hardshrink

    x where |x| > lambd, else 0.

    `Hardshrink(_:)`

    Elements within `lambd` of 0 become 0.

    - `lambd`: `some TensorScalar = 0.5`

    The call: returns x where |x| > lambd, else 0.

    ## Softshrink

    x moved towards 0 by lambd.

    `Softshrink(_:)`

    Elements go `lambd` towards 0, and no further.

    - `lambd`: `some TensorScalar = 0.5`

    The call: returns x - lambd where x > lambd, x + lambd where x < -lambd, else 0.

    ## Threshold

    x where it is above a threshold, else a value.

    `Threshold(_:_:inplace:)`

    Elements that are not above `threshold` become `value`.

    - `threshold`: `some TensorScalar`
    - `value`: `some TensorScalar`
    - `inplace`: `Bool = false`

    The call: returns x where it is above the threshold, else the value.

    """#
}

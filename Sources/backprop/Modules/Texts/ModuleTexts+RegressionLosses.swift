// The declarations' own words: a test compares them, and writes them anew with CHAINRULE_RECORD=1.
extension ModuleTexts {
  static let regressionLosses = #"""
    ## MSELoss

    The mean of (x - t)^2: see `mseLoss`.

    `MSELoss(reduction:)`

    The loss with its options, as the function of this name has them.

    - `reduction`: `Reduction = .mean` - what becomes of the terms: `.none`, `.mean` or `.sum`.

    The call: returns the loss, a scalar unless the reduction is `.none`.

    ## L1Loss

    The mean of |x - t|: see `l1Loss`.

    `L1Loss(reduction:)`

    The loss with its options, as the function of this name has them.

    - `reduction`: `Reduction = .mean` - what becomes of the terms: `.none`, `.mean` or `.sum`.

    The call: returns the loss, a scalar unless the reduction is `.none`.

    ## SmoothL1Loss

    The mean of d^2 / (2 beta) where |d| < beta, else |d| - beta / 2: see `smoothL1Loss`.

    `SmoothL1Loss(beta:reduction:)`

    The loss with its options, as the function of this name has them.

    - `beta`: `Double = 1`
    - `reduction`: `Reduction = .mean` - what becomes of the terms: `.none`, `.mean` or `.sum`.

    The call: returns the loss, a scalar unless the reduction is `.none`.

    ## HuberLoss

    The mean of d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2): see `huberLoss`.

    `HuberLoss(delta:reduction:)`

    The loss with its options, as the function of this name has them.

    - `delta`: `Double = 1`
    - `reduction`: `Reduction = .mean` - what becomes of the terms: `.none`, `.mean` or `.sum`.

    The call: returns the loss, a scalar unless the reduction is `.none`.

    ## KLDivLoss

    The Kullback-Leibler divergence t (ln t - x): see `klDiv`.

    `KLDivLoss(logTarget:reduction:)`

    The loss with its options, as the function of this name has them.

    - `logTarget`: `Bool = false`
    - `reduction`: `DivergenceReduction = .mean` - what becomes of the terms: `.none`, `.mean` or `.sum`.

    The call: returns the loss, a scalar unless the reduction is `.none`.

    ## PoissonNLLLoss

    Minus the logarithm of the Poisson distribution: see `poissonNllLoss`.

    `PoissonNLLLoss(logInput:full:eps:reduction:)`

    The loss with its options, as the function of this name has them.

    - `logInput`: `Bool = true`
    - `full`: `Bool = false`
    - `eps`: `Double = 1e-8` - what is added to a divisor.
    - `reduction`: `Reduction = .mean` - what becomes of the terms: `.none`, `.mean` or `.sum`.

    The call: returns the loss, a scalar unless the reduction is `.none`.

    ## GaussianNLLLoss

    Minus the logarithm of the normal distribution: see `gaussianNllLoss`.

    `GaussianNLLLoss(full:eps:reduction:)`

    The loss with its options, as the function of this name has them.

    - `full`: `Bool = false`
    - `eps`: `Double = 1e-6` - what is added to a divisor.
    - `reduction`: `Reduction = .mean` - what becomes of the terms: `.none`, `.mean` or `.sum`.

    The call: returns the loss, a scalar unless the reduction is `.none`.

    """#
}

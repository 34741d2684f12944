// The declarations' own words: a test compares them, and writes them anew with CHAINRULE_RECORD=1.
extension ModuleTexts {
  static let marginLosses = #"""
    ## CosineEmbeddingLoss

    The distance of angles between pairs that are alike or not: see `cosineEmbeddingLoss`.

    `CosineEmbeddingLoss(margin:reduction:)`

    The loss with its options, as the function of this name has them.

    - `margin`: `Double = 0`
    - `reduction`: `Reduction = .mean` - what becomes of the terms: `.none`, `.mean` or `.sum`.

    The call: returns the loss, a scalar unless the reduction is `.none`.

    ## MarginRankingLoss

    The hinge loss of which of two is larger: see `marginRankingLoss`.

    `MarginRankingLoss(margin:reduction:)`

    The loss with its options, as the function of this name has them.

    - `margin`: `Double = 0`
    - `reduction`: `Reduction = .mean` - what becomes of the terms: `.none`, `.mean` or `.sum`.

    The call: returns the loss, a scalar unless the reduction is `.none`.

    ## HingeEmbeddingLoss

    The hinge loss of distances of pairs that are alike or not: see `hingeEmbeddingLoss`.

    `HingeEmbeddingLoss(margin:reduction:)`

    The loss with its options, as the function of this name has them.

    - `margin`: `Double = 1`
    - `reduction`: `Reduction = .mean` - what becomes of the terms: `.none`, `.mean` or `.sum`.

    The call: returns the loss, a scalar unless the reduction is `.none`.

    ## SoftMarginLoss

    The mean of ln(1 + e^(-target x)): see `softMarginLoss`.

    `SoftMarginLoss(reduction:)`

    The loss with its options, as the function of this name has them.

    - `reduction`: `Reduction = .mean` - what becomes of the terms: `.none`, `.mean` or `.sum`.

    The call: returns the loss, a scalar unless the reduction is `.none`.

    ## TripletMarginLoss

    The hinge loss of which example an anchor is closer to: see `tripletMarginLoss`.

    `TripletMarginLoss(margin:p:eps:swap:reduction:)`

    The loss with its options, as the function of this name has them.

    - `margin`: `Double = 1`
    - `p`: `Double = 2`
    - `eps`: `Double = 1e-6` - what is added to a divisor.
    - `swap`: `Bool = false`
    - `reduction`: `Reduction = .mean` - what becomes of the terms: `.none`, `.mean` or `.sum`.

    The call: returns the loss, a scalar unless the reduction is `.none`.

    ## TripletMarginWithDistanceLoss

    `TripletMarginLoss` with a distance of your own: see `tripletMarginWithDistanceLoss`.

    `TripletMarginWithDistanceLoss(margin:swap:reduction:distance:)`

    The loss with its options, as the function of this name has them.

    - `margin`: `Double = 1`
    - `swap`: `Bool = false`
    - `reduction`: `Reduction = .mean` - what becomes of the terms: `.none`, `.mean` or `.sum`.
    - `distance`: `((Tensor, Tensor) -> Tensor)? = nil`

    The call: returns the loss, a scalar unless the reduction is `.none`.

    """#
}

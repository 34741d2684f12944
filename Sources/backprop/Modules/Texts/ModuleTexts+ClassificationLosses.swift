// The declarations' own words: a test compares them, and writes them anew with CHAINRULE_RECORD=1.
extension ModuleTexts {
  static let classificationLosses = #"""
    ## AdaptiveLogSoftmaxWithLoss

    A softmax over very many classes, of which frequent ones are cheap (Grave et al. 2017).

    The first classes, the shortlist, and one entry for each cluster of the others share a head; within a cluster
    the classes have a softmax of their own, over a projection that is smaller the rarer the cluster's classes
    are. Classes are numbered from frequent to rare.

    `AdaptiveLogSoftmaxWithLoss(_:_:cutoffs:divValue:headBias:dtype:generator:)`

    A softmax over `classes` classes of vectors of `inputs` elements.

    - `inputs`: `Int` - the number of features of an input.
    - `classes`: `Int` - the number of classes.
    - `cutoffs`: `[Int]` - where clusters begin, increasing; the first is the size of the shortlist.
    - `divValue`: `Double = 4` - how many times smaller the projection of each cluster is than that of the one
      before.
    - `headBias`: `Bool = false` - whether the head has a bias.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where none is given.
    - `generator`: `Generator? = nil` - where random numbers come from; the default generator where none is given.

    The call: returns the log-probability of each example's class, and minus their mean.
    - `x`: [n, inputs] or [inputs].
    - `target`: classes, [n] or [].

    ## CrossEntropyLoss

    The cross entropy of softmax(logits) and the target: see `crossEntropy`.

    `CrossEntropyLoss(weight:ignoreIndex:labelSmoothing:reduction:)`

    The loss with its options, as the function of this name has them.

    - `weight`: `Tensor? = nil`
    - `ignoreIndex`: `Int = -100`
    - `labelSmoothing`: `Double = 0`
    - `reduction`: `Reduction = .mean` - what becomes of the terms: `.none`, `.mean` or `.sum`.

    The call: returns the loss, a scalar unless the reduction is `.none`.

    ## NLLLoss

    Minus the mean log-probability of the target classes: see `nllLoss`.

    `NLLLoss(weight:ignoreIndex:reduction:)`

    The loss with its options, as the function of this name has them.

    - `weight`: `Tensor? = nil`
    - `ignoreIndex`: `Int = -100`
    - `reduction`: `Reduction = .mean` - what becomes of the terms: `.none`, `.mean` or `.sum`.

    The call: returns the loss, a scalar unless the reduction is `.none`.

    ## BCELoss

    The mean of -(t ln x + (1 - t) ln(1 - x)): see `binaryCrossEntropy`.

    `BCELoss(weight:reduction:)`

    The loss with its options, as the function of this name has them.

    - `weight`: `Tensor? = nil`
    - `reduction`: `Reduction = .mean` - what becomes of the terms: `.none`, `.mean` or `.sum`.

    The call: returns the loss, a scalar unless the reduction is `.none`.

    ## BCEWithLogitsLoss

    `BCELoss` of sigmoid(logits), without overflow: see `binaryCrossEntropyWithLogits`.

    `BCEWithLogitsLoss(weight:posWeight:reduction:)`

    The loss with its options, as the function of this name has them.

    - `weight`: `Tensor? = nil`
    - `posWeight`: `Tensor? = nil`
    - `reduction`: `Reduction = .mean` - what becomes of the terms: `.none`, `.mean` or `.sum`.

    The call: returns the loss, a scalar unless the reduction is `.none`.

    ## MultiMarginLoss

    The multi-class hinge loss: see `multiMarginLoss`.

    `MultiMarginLoss(p:margin:weight:reduction:)`

    The loss with its options, as the function of this name has them.

    - `p`: `Int = 1`
    - `margin`: `Double = 1`
    - `weight`: `Tensor? = nil`
    - `reduction`: `Reduction = .mean` - what becomes of the terms: `.none`, `.mean` or `.sum`.

    The call: returns the loss, a scalar unless the reduction is `.none`.

    ## MultiLabelMarginLoss

    The hinge loss of several classes at once: see `multilabelMarginLoss`.

    `MultiLabelMarginLoss(reduction:)`

    The loss with its options, as the function of this name has them.

    - `reduction`: `Reduction = .mean` - what becomes of the terms: `.none`, `.mean` or `.sum`.

    The call: returns the loss, a scalar unless the reduction is `.none`.

    ## MultiLabelSoftMarginLoss

    The mean of -(t ln sigmoid(x) + (1 - t) ln sigmoid(-x)): see `multilabelSoftMarginLoss`.

    `MultiLabelSoftMarginLoss(weight:reduction:)`

    The loss with its options, as the function of this name has them.

    - `weight`: `Tensor? = nil`
    - `reduction`: `Reduction = .mean` - what becomes of the terms: `.none`, `.mean` or `.sum`.

    The call: returns the loss, a scalar unless the reduction is `.none`.

    ## CTCLoss

    The loss of sequences without alignment: see `ctcLoss`.

    `CTCLoss(blank:reduction:zeroInfinity:)`

    The loss with its options, as the function of this name has them.

    - `blank`: `Int = 0`
    - `reduction`: `Reduction = .mean` - what becomes of the terms: `.none`, `.mean` or `.sum`.
    - `zeroInfinity`: `Bool = false`

    The call: returns the loss, a scalar unless the reduction is `.none`.

    ## LinearCrossEntropyLoss

    A linear layer and the cross entropy of its results: see `crossEntropy`.

    `LinearCrossEntropyLoss(_:_:outFeatures:bias:reduction:weight:ignoreIndex:labelSmoothing:dtype:generator:)`

    Logits of `numClasses` classes, for each of the places of `outFeatures`, from vectors of `inFeatures`
    elements.

    - `inFeatures`: `Int` - the number of features of an input.
    - `numClasses`: `Int` - the number of classes.
    - `outFeatures`: `[Int] = []` - the number of features of an input.
    - `bias`: `Bool = false` - whether the layer has one.
    - `reduction`: `Reduction = .mean` - what becomes of the values of the elements.
    - `weight`: `Tensor? = nil` - a factor for each class.
    - `ignoreIndex`: `Int? = nil` - a class index that counts for nothing, -100 where nil; not for targets that
      are probabilities.
    - `labelSmoothing`: `Double = 0` - the share of the target that is spread evenly over all classes.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where none is given.
    - `generator`: `Generator? = nil` - where random numbers come from; the default generator where none is given.

    The call: returns the loss for x of [n, inFeatures] and class indices [n, ...outFeatures], or probabilities
    [n, classes, ...outFeatures].

    """#
}

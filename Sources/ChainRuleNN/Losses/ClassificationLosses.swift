public import ChainRule

/// The cross entropy of softmax(logits) and the target: see `crossEntropy`.
public final class CrossEntropyLoss: Loss, SelfCopying {
  /// A factor for each class, kept in the state.
  public let weight: Buffer?
  private let ignoreIndex: Int
  private let labelSmoothing: Double
  private let reduction: Reduction

  /// The loss with its options, as the function of this name has them.
  public init(weight: Tensor? = nil, ignoreIndex: Int = -100, labelSmoothing: Double = 0, reduction: Reduction = .mean) {
    self.weight = weight.map { Buffer($0) }
    self.ignoreIndex = ignoreIndex
    self.labelSmoothing = labelSmoothing
    self.reduction = reduction
  }

  init(copying other: CrossEntropyLoss, _ copier: ModuleCopier) {
    weight = copier(other.weight)
    ignoreIndex = other.ignoreIndex
    labelSmoothing = other.labelSmoothing
    reduction = other.reduction
  }
  /// Returns the loss, a scalar unless the reduction is `.none`.
  public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
    crossEntropy(input, target, weight: weight?.tensor, ignoreIndex: ignoreIndex, labelSmoothing: labelSmoothing, reduction: reduction)
  }
}

/// Minus the mean log-probability of the target classes: see `nllLoss`.
public final class NLLLoss: Loss, SelfCopying {
  /// A factor for each class, kept in the state.
  public let weight: Buffer?
  private let ignoreIndex: Int
  private let reduction: Reduction

  /// The loss with its options, as the function of this name has them.
  public init(weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: Reduction = .mean) {
    self.weight = weight.map { Buffer($0) }
    self.ignoreIndex = ignoreIndex
    self.reduction = reduction
  }

  init(copying other: NLLLoss, _ copier: ModuleCopier) {
    weight = copier(other.weight)
    ignoreIndex = other.ignoreIndex
    reduction = other.reduction
  }
  /// Returns the loss, a scalar unless the reduction is `.none`.
  public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
    nllLoss(input, target, weight: weight?.tensor, ignoreIndex: ignoreIndex, reduction: reduction)
  }
}

/// The mean of -(t ln x + (1 - t) ln(1 - x)): see `binaryCrossEntropy`.
public final class BCELoss: Loss, SelfCopying {
  /// A factor for each class, kept in the state.
  public let weight: Buffer?
  private let reduction: Reduction

  /// The loss with its options, as the function of this name has them.
  public init(weight: Tensor? = nil, reduction: Reduction = .mean) {
    self.weight = weight.map { Buffer($0) }
    self.reduction = reduction
  }

  init(copying other: BCELoss, _ copier: ModuleCopier) {
    weight = copier(other.weight)
    reduction = other.reduction
  }
  /// Returns the loss, a scalar unless the reduction is `.none`.
  public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
    binaryCrossEntropy(input, target, weight: weight?.tensor, reduction: reduction)
  }
}

/// `BCELoss` of sigmoid(logits), without overflow: see `binaryCrossEntropyWithLogits`.
public final class BCEWithLogitsLoss: Loss, SelfCopying {
  /// A factor for each class, kept in the state.
  public let weight: Buffer?
  /// A factor for the positive side of each class, kept in the state as `pos_weight`.
  public let posWeight: Buffer?
  private let reduction: Reduction

  /// The loss with its options, as the function of this name has them.
  public init(weight: Tensor? = nil, posWeight: Tensor? = nil, reduction: Reduction = .mean) {
    self.weight = weight.map { Buffer($0) }
    self.posWeight = posWeight.map { Buffer($0, name: "pos_weight") }
    self.reduction = reduction
  }

  init(copying other: BCEWithLogitsLoss, _ copier: ModuleCopier) {
    weight = copier(other.weight)
    posWeight = copier(other.posWeight)
    reduction = other.reduction
  }
  /// Returns the loss, a scalar unless the reduction is `.none`.
  public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
    binaryCrossEntropyWithLogits(input, target, weight: weight?.tensor, posWeight: posWeight?.tensor, reduction: reduction)
  }
}

/// The multi-class hinge loss: see `multiMarginLoss`.
public final class MultiMarginLoss: Loss, SelfCopying {
  private let p: Int
  private let margin: Double
  /// A factor for each class, kept in the state.
  public let weight: Buffer?
  private let reduction: Reduction

  /// The loss with its options, as the function of this name has them.
  public init(p: Int = 1, margin: Double = 1, weight: Tensor? = nil, reduction: Reduction = .mean) {
    self.p = p
    self.margin = margin
    self.weight = weight.map { Buffer($0) }
    self.reduction = reduction
  }

  init(copying other: MultiMarginLoss, _ copier: ModuleCopier) {
    p = other.p
    margin = other.margin
    weight = copier(other.weight)
    reduction = other.reduction
  }
  /// Returns the loss, a scalar unless the reduction is `.none`.
  public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
    multiMarginLoss(input, target, p: p, margin: margin, weight: weight?.tensor, reduction: reduction)
  }
}

/// The hinge loss of several classes at once: see `multilabelMarginLoss`.
public final class MultiLabelMarginLoss: Loss, SelfCopying {
  private let reduction: Reduction

  /// The loss with its options, as the function of this name has them.
  public init(reduction: Reduction = .mean) {
    self.reduction = reduction
  }

  init(copying other: MultiLabelMarginLoss, _ copier: ModuleCopier) {
    reduction = other.reduction
  }
  /// Returns the loss, a scalar unless the reduction is `.none`.
  public func forward(_ input: Tensor, _ target: Tensor) -> Tensor { multilabelMarginLoss(input, target, reduction: reduction) }
}

/// The mean of -(t ln sigmoid(x) + (1 - t) ln sigmoid(-x)): see `multilabelSoftMarginLoss`.
public final class MultiLabelSoftMarginLoss: Loss, SelfCopying {
  /// A factor for each class, kept in the state.
  public let weight: Buffer?
  private let reduction: Reduction

  /// The loss with its options, as the function of this name has them.
  public init(weight: Tensor? = nil, reduction: Reduction = .mean) {
    self.weight = weight.map { Buffer($0) }
    self.reduction = reduction
  }

  init(copying other: MultiLabelSoftMarginLoss, _ copier: ModuleCopier) {
    weight = copier(other.weight)
    reduction = other.reduction
  }
  /// Returns the loss, a scalar unless the reduction is `.none`.
  public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
    multilabelSoftMarginLoss(input, target, weight: weight?.tensor, reduction: reduction)
  }
}

/// The loss of sequences without alignment: see `ctcLoss`.
public final class CTCLoss: HookedModule, SelfCopying {
  private let blank: Int
  private let zeroInfinity: Bool
  private let reduction: Reduction

  /// The loss with its options, as the function of this name has them.
  public init(blank: Int = 0, reduction: Reduction = .mean, zeroInfinity: Bool = false) {
    self.blank = blank
    self.zeroInfinity = zeroInfinity
    self.reduction = reduction
  }

  init(copying other: CTCLoss, _ copier: ModuleCopier) {
    blank = other.blank
    zeroInfinity = other.zeroInfinity
    reduction = other.reduction
  }
  /// Returns the loss, a scalar unless the reduction is `.none`.
  public func callAsFunction(_ logProbabilities: Tensor, _ targets: Tensor, _ inputLengths: [Int], _ targetLengths: [Int]) -> Tensor {
    withHooks([logProbabilities, targets]) {
      [
        ctcLoss(
          $0[0], $0[1], inputLengths: inputLengths, targetLengths: targetLengths, blank: blank, reduction: reduction,
          zeroInfinity: zeroInfinity)
      ]
    }[0]
  }
}

/// A linear layer and the cross entropy of its results: see `crossEntropy`.
public final class LinearCrossEntropyLoss: Loss, SelfCopying {
  /// The layer that makes the logits.
  public let linear: Linear
  /// A factor for each class, kept in the state.
  public let weight: Buffer?
  private let classes: Int
  private let outFeatures: [Int]
  private let ignoreIndex: Int?
  private let labelSmoothing: Double
  private let reduction: Reduction

  /// Logits of `numClasses` classes, for each of the places of `outFeatures`, from vectors of `inFeatures` elements.
  ///
  /// - Parameters:
  ///   - inFeatures: the number of features of an input.
  ///   - numClasses: the number of classes.
  ///   - outFeatures: the number of features of an input.
  ///   - bias: whether the layer has one.
  ///   - reduction: what becomes of the values of the elements.
  ///   - weight: a factor for each class.
  ///   - ignoreIndex: a class index that counts for nothing, -100 where nil; not for targets that are probabilities.
  ///   - labelSmoothing: the share of the target that is spread evenly over all classes.
  ///   - dtype: the type of the parameters; the default type where none is given.
  ///   - generator: where random numbers come from; the default generator where none is given.
  public init(
    _ inFeatures: Int, _ numClasses: Int, outFeatures: [Int] = [], bias: Bool = false, reduction: Reduction = .mean, weight: Tensor? = nil,
    ignoreIndex: Int? = nil, labelSmoothing: Double = 0, dtype: DType? = nil, generator: Generator? = nil
  ) {
    if let weight, weight.shape != [numClasses] {
      refuse(
        TensorError(
          .shape, "expected weight shape to be \(PythonText.tuple([numClasses])), got \(PythonText.tuple(weight.shape))",
          hint: "It is a factor for each class.", operation: "LinearCrossEntropyLoss", shapes: [weight.shape]))
    }
    if !(labelSmoothing >= 0 && labelSmoothing <= 1) {
      refuse(
        TensorError(
          .argument, "expected label_smoothing to be in range [0, 1], got \(labelSmoothing)", hint: "It is a share.",
          operation: "LinearCrossEntropyLoss"))
    }
    let sizes = ([numClasses] + outFeatures).map { layerSize($0, "num_classes", "LinearCrossEntropyLoss", atLeast: 0, atMost: 1 << 20) }
    let (all, overflows) = sizes.reduce((1, false)) { product, size in
      let (value, isOver) = product.0.multipliedReportingOverflow(by: size)
      return (value, product.1 || isOver)
    }
    linear = Linear(inFeatures, overflows ? Int.max : all, bias: bias, dtype: dtype, generator: generator)
    self.weight = weight.map { Buffer($0) }
    classes = numClasses
    self.outFeatures = outFeatures
    self.ignoreIndex = ignoreIndex
    self.labelSmoothing = labelSmoothing
    self.reduction = reduction
  }

  init(copying other: LinearCrossEntropyLoss, _ copier: ModuleCopier) {
    linear = copier(other.linear)
    weight = copier(other.weight)
    classes = other.classes
    outFeatures = other.outFeatures
    ignoreIndex = other.ignoreIndex
    labelSmoothing = other.labelSmoothing
    reduction = other.reduction
  }
  /// Returns the loss for x of [n, inFeatures] and class indices [n, ...outFeatures], or probabilities [n, classes, ...outFeatures].
  public func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
    func problem(_ message: String, _ hint: String) -> Tensor {
      refuse(TensorError(.shape, message, hint: hint, operation: "LinearCrossEntropyLoss", shapes: [input.shape, target.shape]))
      return input
    }
    guard input.rank == 1 || input.rank == 2 else {
      return problem("expected input with dimensionality 1 or 2, got \(input.rank)", "It is [n, in_features].")
    }
    guard outFeatures.isEmpty || input.rank == 2 else {
      return problem("K-dimensional loss requires batched input, got unbatched input with shape \(input.shape)", "Unsqueeze it.")
    }
    let logits = linear(input).reshaped(Array(input.shape.dropLast()) + [classes] + outFeatures)
    if target.shape == logits.shape, ignoreIndex != nil {
      return problem("ignore_index cannot be specified when target contains probabilities", "Leave it out.")
    }
    return crossEntropy(
      logits, target, weight: weight?.tensor, ignoreIndex: ignoreIndex ?? -100, labelSmoothing: labelSmoothing, reduction: reduction)
  }
  /// What stands between the parentheses when the loss is printed.
  public var extraDescription: String {
    let places = outFeatures.isEmpty ? "()" : PythonText.tuple(outFeatures)
    return "in_features=\(linear.inputs), num_classes=\(classes), out_features=\(places), bias=\(PythonText.text(linear.bias != nil)), "
      + "reduction=\(reduction), ignore_index=\(ignoreIndex.map(String.init) ?? "None"), label_smoothing=\(labelSmoothing), options=None"
  }
}

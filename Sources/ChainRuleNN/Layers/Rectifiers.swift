public import ChainRule

// The activations that are made of pieces. `inplace` changes what is printed and nothing else: tensors are values.

/// max(x, 0), element by element.
public final class ReLU: Layer, SelfCopying {
  private let inplace: Bool

  /// The rectifier.
  public init(inplace: Bool = false) { self.inplace = inplace }

  init(copying other: ReLU, _ copier: ModuleCopier) {
    inplace = other.inplace
  }
  /// Returns max(x, 0).
  public func forward(_ x: Tensor) -> Tensor { x.relu() }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { PythonText.inplace(inplace) }
}

/// x brought between 0 and 6.
public final class ReLU6: Layer, SelfCopying {
  private let inplace: Bool

  /// The rectifier that stops at 6.
  public init(inplace: Bool = false) { self.inplace = inplace }

  init(copying other: ReLU6, _ copier: ModuleCopier) {
    inplace = other.inplace
  }
  /// Returns min(max(x, 0), 6).
  public func forward(_ x: Tensor) -> Tensor { x.relu6() }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { PythonText.inplace(inplace) }
}

/// x where it is positive, else a small multiple of it.
public final class LeakyReLU: Layer, SelfCopying {
  private let slope: WrittenNumber
  private let inplace: Bool

  /// The rectifier with this slope for negative elements.
  public init(_ negativeSlope: some TensorScalar = 0.01, inplace: Bool = false) {
    slope = WrittenNumber(negativeSlope)
    self.inplace = inplace
  }

  init(copying other: LeakyReLU, _ copier: ModuleCopier) {
    slope = other.slope
    inplace = other.inplace
  }
  /// Returns x where it is positive, else slope x.
  public func forward(_ x: Tensor) -> Tensor { x.leakyRelu(negativeSlope: slope.value) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { PythonText.inplace(inplace, after: "negative_slope=\(slope.text)") }
}

/// x where it is positive, else a x, with slopes that are learned (He et al. 2015).
public final class PReLU: Layer, SelfCopying {
  /// [1], or a slope for each channel: [channels].
  @exclusivity(unchecked) public var weight: Tensor {
    didSet { weight = assigned(weight, oldValue, "weight", self) }
  }

  /// The rectifier with one slope for all elements, or one for each of `numParameters` channels, which are dimension 1.
  ///
  /// - Parameters:
  ///   - numParameters: the number of slopes: 1, or one for each channel.
  ///   - initial: the slopes at first.
  ///   - dtype: the type of the parameters; the default type where none is given.
  public init(_ numParameters: Int = 1, initial: Double = 0.25, dtype: DType? = nil) {
    weight = Tensor.full([layerSize(numParameters, "num_parameters", "PReLU")], initial, dtype: dtype ?? defaultDType).asParameter()
  }

  init(copying other: PReLU, _ copier: ModuleCopier) {
    weight = copier(other.weight)
  }
  /// Returns x where it is positive, else a x.
  public func forward(_ x: Tensor) -> Tensor { x.prelu(weight) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "num_parameters=\(weight.count)" }
}

/// x where it is positive, else a x with a slope drawn for each element while training (Xu et al. 2015).
public final class RReLU: Layer, SelfCopying {
  private let lower: WrittenNumber
  private let upper: WrittenNumber
  private let inplace: Bool
  private let generator: Generator?

  /// Slopes drawn evenly from [lower, upper] while training, their middle in evaluation.
  public init(
    lower: some TensorScalar = 1.0 / 8, upper: some TensorScalar = 1.0 / 3, inplace: Bool = false, generator: Generator? = nil
  ) {
    self.lower = WrittenNumber(lower)
    self.upper = WrittenNumber(upper)
    self.inplace = inplace
    self.generator = generator
  }

  init(copying other: RReLU, _ copier: ModuleCopier) {
    lower = other.lower
    upper = other.upper
    inplace = other.inplace
    generator = other.generator
  }
  /// Returns x where it is positive, else a x.
  public func forward(_ x: Tensor) -> Tensor {
    x.rrelu(lower: lower.value, upper: upper.value, training: isTraining, generator: generator)
  }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { PythonText.inplace(inplace, after: "lower=\(lower.text), upper=\(upper.text)") }
}

/// x brought between two bounds.
public final class Hardtanh: Layer, SelfCopying {
  private let least: WrittenNumber
  private let most: WrittenNumber
  private let inplace: Bool

  /// Elements are brought between `minVal` and `maxVal`.
  public init(minVal: some TensorScalar = -1.0, maxVal: some TensorScalar = 1.0, inplace: Bool = false) {
    least = WrittenNumber(minVal)
    most = WrittenNumber(maxVal)
    self.inplace = inplace
    if !(most.value > least.value) {
      refuse(
        TensorError(
          .argument, "AssertionError: max_val must be larger than min_val", hint: "They are \(most.text) and \(least.text).",
          operation: "Hardtanh"))
    }
  }

  init(copying other: Hardtanh, _ copier: ModuleCopier) {
    least = other.least
    most = other.most
    inplace = other.inplace
  }
  /// Returns min(max(x, minVal), maxVal).
  public func forward(_ x: Tensor) -> Tensor { x.hardtanh(min: least.value, max: most.value) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { PythonText.inplace(inplace, after: "min_val=\(least.text), max_val=\(most.text)") }
}

/// relu6(x + 3) / 6, a sigmoid of three straight pieces (Howard et al. 2019).
public final class Hardsigmoid: Layer, SelfCopying {
  /// The sigmoid of three pieces; `inplace` is not even printed.
  public init(inplace: Bool = false) {}

  init(copying other: Hardsigmoid, _ copier: ModuleCopier) {}
  /// Returns relu6(x + 3) / 6.
  public func forward(_ x: Tensor) -> Tensor { x.hardsigmoid() }
}

/// x relu6(x + 3) / 6 (Howard et al. 2019).
public final class Hardswish: Layer, SelfCopying {
  /// The SiLU of three pieces; `inplace` is not even printed.
  public init(inplace: Bool = false) {}

  init(copying other: Hardswish, _ copier: ModuleCopier) {}
  /// Returns x relu6(x + 3) / 6.
  public func forward(_ x: Tensor) -> Tensor { x.hardswish() }
}

/// x where |x| > lambd, else 0.
public final class Hardshrink: Layer, SelfCopying {
  private let lambd: WrittenNumber

  /// Elements within `lambd` of 0 become 0.
  public init(_ lambd: some TensorScalar = 0.5) { self.lambd = WrittenNumber(lambd) }

  init(copying other: Hardshrink, _ copier: ModuleCopier) {
    lambd = other.lambd
  }
  /// Returns x where |x| > lambd, else 0.
  public func forward(_ x: Tensor) -> Tensor { x.hardshrink(lambd: lambd.value) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { lambd.text }
}

/// x moved towards 0 by lambd.
public final class Softshrink: Layer, SelfCopying {
  private let lambd: WrittenNumber

  /// Elements go `lambd` towards 0, and no further.
  public init(_ lambd: some TensorScalar = 0.5) { self.lambd = WrittenNumber(lambd) }

  init(copying other: Softshrink, _ copier: ModuleCopier) {
    lambd = other.lambd
  }
  /// Returns x - lambd where x > lambd, x + lambd where x < -lambd, else 0.
  public func forward(_ x: Tensor) -> Tensor { x.softshrink(lambd: lambd.value) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { lambd.text }
}

/// x where it is above a threshold, else a value.
public final class Threshold: Layer, SelfCopying {
  private let threshold: WrittenNumber
  private let value: WrittenNumber
  private let inplace: Bool

  /// Elements that are not above `threshold` become `value`.
  public init(_ threshold: some TensorScalar, _ value: some TensorScalar, inplace: Bool = false) {
    self.threshold = WrittenNumber(threshold)
    self.value = WrittenNumber(value)
    self.inplace = inplace
  }

  init(copying other: Threshold, _ copier: ModuleCopier) {
    threshold = other.threshold
    value = other.value
    inplace = other.inplace
  }
  /// Returns x where it is above the threshold, else the value.
  public func forward(_ x: Tensor) -> Tensor { x.threshold(threshold.value, value.value) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { PythonText.inplace(inplace, after: "threshold=\(threshold.text), value=\(value.text)") }
}

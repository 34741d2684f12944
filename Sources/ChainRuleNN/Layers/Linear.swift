public import ChainRule

/// The affine map y = x w' + b.
///
/// `weight` is [outputs, inputs] and `bias` [outputs]; both start uniform over +-1/sqrt(inputs), weight first, with PyTorch's
/// numbers for the same seed.
public final class Linear: Layer, RenamedClass, SelfCopying {
  /// [outputs, inputs].
  @exclusivity(unchecked) public var weight: Tensor {
    didSet { weight = assigned(weight, oldValue, "weight", self) }
  }
  /// [outputs].
  @exclusivity(unchecked) public var bias: Tensor? {
    didSet { bias = assigned(bias, oldValue, "bias", self) }
  }
  /// The size of the input's last dimension.
  public internal(set) var inputs: Int
  /// The size of the result's last dimension.
  public let outputs: Int

  let printedName: String

  /// A map from vectors of `inputs` elements to vectors of `outputs`.
  public convenience init(_ inputs: Int, _ outputs: Int, bias: Bool = true, dtype: DType? = nil, generator: Generator? = nil) {
    self.init(inputs, outputs, bias: bias, dtype: dtype, generator: generator, printedName: "Linear")
  }

  init(_ inputs: Int, _ outputs: Int, bias: Bool = true, dtype: DType? = nil, generator: Generator? = nil, printedName: String) {
    self.printedName = printedName
    self.inputs = inputs
    self.outputs = outputs
    weight = Tensor.zeros([outputs, inputs], dtype: dtype).asParameter()
    Initialize.kaimingUniform(weight, a: 5.0.squareRoot(), generator: generator)
    guard bias else {
      self.bias = nil
      return
    }
    let offset = Tensor.zeros([outputs], dtype: dtype).asParameter()
    let bound = inputs > 0 ? 1 / Double(inputs).squareRoot() : 0
    Initialize.uniform(offset, from: -bound, to: bound, generator: generator)
    self.bias = offset
  }

  init(copying other: Linear, _ copier: ModuleCopier) {
    weight = copier(other.weight)
    bias = copier(other.bias)
    inputs = other.inputs
    outputs = other.outputs
    printedName = other.printedName
  }

  /// Returns x w' + b for x of [..., inputs].
  public func forward(_ x: Tensor) -> Tensor { linear(x, weight, bias) }

  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    "in_features=\(inputs), out_features=\(outputs), bias=\(PythonText.text(bias != nil))"
  }
}

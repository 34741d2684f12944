public import ChainRule

/// What surrounds the input of a convolution.
public enum ConvolutionPaddingMode: String, Sendable {
  /// Zeros.
  case zeros
  /// The input's own elements, mirrored at the edge: c b | a b c | b a.
  case reflect
  /// The input's edge: a a | a b c | c c.
  case replicate
  /// The input's other end: b c | a b c | a b.
  case circular

  /// How the input is padded beforehand; nil where the convolution itself does it.
  var border: PaddingMode? {
    switch self {
    case .zeros: nil
    case .reflect: .reflect
    case .replicate: .replicate
    case .circular: .circular
    }
  }
}

/// What all convolution layers have in common: filters, and where they are applied.
///
/// Weight and bias start uniform over +-1/sqrt(fan in), weight first, with PyTorch's numbers for the same seed.
public class ConvolutionLayer: Layer, SelfCopying {
  /// [outputs, inputs / groups, kernel...]; [inputs, outputs / groups, kernel...] of a transposed convolution.
  @exclusivity(unchecked) public var weight: Tensor {
    didSet { weight = assigned(weight, oldValue, "weight", self) }
  }
  /// [outputs].
  @exclusivity(unchecked) public var bias: Tensor? {
    didSet { bias = assigned(bias, oldValue, "bias", self) }
  }
  /// Channels in.
  public internal(set) var inputs: Int
  /// Channels out.
  public let outputs: Int
  let kernel: [Int]
  let stride: [Int]
  let dilation: [Int]
  let groups: Int
  let padding: PaddingRule
  let outputPadding: [Int]
  private let paddingMode: ConvolutionPaddingMode

  init(
    dims: Int, _ inputs: Int, _ outputs: Int, kernel: [Int], stride: [Int], padding: PaddingRule, outputPadding: [Int] = [0],
    paddingMode: ConvolutionPaddingMode = .zeros, dilation: [Int], groups: Int, isTransposed: Bool = false, hasBias: Bool,
    _ dtype: DType?, _ generator: Generator?
  ) {
    /// One number for each dimension; what else is wrong with them the convolution says.
    func spread(_ sizes: [Int]) -> [Int] { sizes.count == 1 ? Array(repeating: sizes[0], count: dims) : sizes }
    self.inputs = inputs
    self.outputs = outputs
    self.kernel = spread(kernel)
    self.stride = spread(stride)
    self.dilation = spread(dilation)
    self.groups = groups
    self.padding = padding
    self.outputPadding = spread(outputPadding)
    self.paddingMode = paddingMode
    for (name, channels) in [("in_channels", inputs), ("out_channels", outputs)] where groups < 1 || channels % Swift.max(groups, 1) != 0 {
      refuse(
        TensorError(
          .argument, "\(name) must be divisible by groups", hint: "\(channels) channels do not fall into \(groups) groups.",
          operation: "conv"))
    }
    let share = Swift.max(groups, 1), inputs = layerSize(inputs, "in_channels", "conv"),
      outputs = layerSize(outputs, "out_channels", "conv")
    let shape = (isTransposed ? [inputs, outputs / share] : [outputs, inputs / share]) + self.kernel
    weight = Tensor.zeros(shape, dtype: dtype).asParameter()
    Initialize.kaimingUniform(weight, a: 5.0.squareRoot(), generator: generator)
    guard hasBias else {
      bias = nil
      return
    }
    let offset = Tensor.zeros([outputs], dtype: dtype).asParameter()
    // Of a layer without inputs this may be no integer.
    let fan = weight.shape.dropFirst().reduce(1.0) { $0 * Double($1) }
    if fan > 0, weight.rank > 1 {
      let bound = 1 / fan.squareRoot()
      Initialize.uniform(offset, from: -bound, to: bound, generator: generator)
    }
    bias = offset
  }

  required init(copying other: ConvolutionLayer, _ copier: ModuleCopier) {
    weight = copier(other.weight)
    bias = copier(other.bias)
    inputs = other.inputs
    outputs = other.outputs
    kernel = other.kernel
    stride = other.stride
    dilation = other.dilation
    groups = other.groups
    padding = other.padding
    outputPadding = other.outputPadding
    paddingMode = other.paddingMode
  }

  /// Applies the layer.
  public func forward(_ x: Tensor) -> Tensor { x }

  /// The input with a border that is not of zeros, and what is left for the convolution to pad.
  func bordered(_ x: Tensor) -> (x: Tensor, padding: PaddingRule) {
    guard let mode = paddingMode.border else { return (x, padding) }
    // The last dimension comes first among the widths.
    var widths: [Int] = []
    for d in kernel.indices.reversed() {
      switch padding.kind {
      case .valid: widths += [0, 0]
      case .sizes(let sizes): widths += sizes.count == 1 ? [sizes[0], sizes[0]] : [sizes[d], sizes[d]]
      case .same:
        let total = dilation[d] * (kernel[d] - 1)
        widths += [total / 2, total - total / 2]
      }
    }
    return (x.padded(widths, mode: mode), PaddingRule.valid)
  }

  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    var parts = ["\(inputs)", "\(outputs)", "kernel_size=\(PythonText.tuple(kernel))", "stride=\(PythonText.tuple(stride))"]
    switch padding.kind {
    case .same: parts.append("padding=same")
    case .valid: parts.append("padding=valid")
    case .sizes(let sizes):
      let all = sizes.count == 1 ? Array(repeating: sizes[0], count: kernel.count) : sizes
      if all.contains(where: { $0 != 0 }) { parts.append("padding=\(PythonText.tuple(all))") }
    }
    if dilation.contains(where: { $0 != 1 }) { parts.append("dilation=\(PythonText.tuple(dilation))") }
    if outputPadding.contains(where: { $0 != 0 }) { parts.append("output_padding=\(PythonText.tuple(outputPadding))") }
    if groups != 1 { parts.append("groups=\(groups)") }
    if bias == nil { parts.append("bias=False") }
    if paddingMode != .zeros { parts.append("padding_mode=\(paddingMode.rawValue)") }
    return parts.joined(separator: ", ")
  }
}

/// The correlation of sequences with filters.
public final class Conv1d: ConvolutionLayer {
  /// Filters of `kernel` elements from `inputs` channels to `outputs`.
  public convenience init(
    _ inputs: Int, _ outputs: Int, kernel: some SpatialSizes, stride: some SpatialSizes = 1, padding: some SpatialPadding = 0,
    dilation: some SpatialSizes = 1, groups: Int = 1, bias: Bool = true, paddingMode: ConvolutionPaddingMode = .zeros,
    dtype: DType? = nil, generator: Generator? = nil
  ) {
    self.init(
      dims: 1, inputs, outputs, kernel: kernel.spatialSizes, stride: stride.spatialSizes, padding: padding.spatialPadding,
      paddingMode: paddingMode, dilation: dilation.spatialSizes, groups: groups, hasBias: bias, dtype, generator)
  }
  /// Returns [n, outputs, length'] for x of [n, inputs, length].
  public override func forward(_ x: Tensor) -> Tensor {
    let (x, padding) = bordered(x)
    return conv1d(x, weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
  }
}

/// The correlation of images with filters.
///
///     Conv2d(1, 32, kernel: 3, padding: 1)
public final class Conv2d: ConvolutionLayer {
  /// Filters of `kernel` elements, in each dimension, from `inputs` channels to `outputs`.
  public convenience init(
    _ inputs: Int, _ outputs: Int, kernel: some SpatialSizes, stride: some SpatialSizes = 1, padding: some SpatialPadding = 0,
    dilation: some SpatialSizes = 1, groups: Int = 1, bias: Bool = true, paddingMode: ConvolutionPaddingMode = .zeros,
    dtype: DType? = nil, generator: Generator? = nil
  ) {
    self.init(
      dims: 2, inputs, outputs, kernel: kernel.spatialSizes, stride: stride.spatialSizes, padding: padding.spatialPadding,
      paddingMode: paddingMode, dilation: dilation.spatialSizes, groups: groups, hasBias: bias, dtype, generator)
  }
  /// Returns [n, outputs, height', width'] for x of [n, inputs, height, width].
  public override func forward(_ x: Tensor) -> Tensor {
    let (x, padding) = bordered(x)
    return conv2d(x, weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
  }
}

/// The correlation of volumes with filters.
public final class Conv3d: ConvolutionLayer {
  /// Filters of `kernel` elements, in each dimension, from `inputs` channels to `outputs`.
  public convenience init(
    _ inputs: Int, _ outputs: Int, kernel: some SpatialSizes, stride: some SpatialSizes = 1, padding: some SpatialPadding = 0,
    dilation: some SpatialSizes = 1, groups: Int = 1, bias: Bool = true, paddingMode: ConvolutionPaddingMode = .zeros,
    dtype: DType? = nil, generator: Generator? = nil
  ) {
    self.init(
      dims: 3, inputs, outputs, kernel: kernel.spatialSizes, stride: stride.spatialSizes, padding: padding.spatialPadding,
      paddingMode: paddingMode, dilation: dilation.spatialSizes, groups: groups, hasBias: bias, dtype, generator)
  }
  /// Returns [n, outputs, depth', height', width'] for x of [n, inputs, depth, height, width].
  public override func forward(_ x: Tensor) -> Tensor {
    let (x, padding) = bordered(x)
    return conv3d(x, weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
  }
}

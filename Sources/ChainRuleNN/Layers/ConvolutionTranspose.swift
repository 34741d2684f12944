public import ChainRule

/// What transposed convolutions have in common.
public class ConvolutionTransposeLayer: ConvolutionLayer, HookedModule {
  /// What is cut off the result, for each dimension.
  let cut: [Int]

  init(
    dims: Int, _ inputs: Int, _ outputs: Int, kernel: [Int], stride: [Int], padding: [Int], outputPadding: [Int], dilation: [Int],
    groups: Int, hasBias: Bool, _ dtype: DType?, _ generator: Generator?
  ) {
    cut = padding.count == 1 ? Array(repeating: padding[0], count: dims) : padding
    super.init(
      dims: dims, inputs, outputs, kernel: kernel, stride: stride, padding: cut.spatialPadding, outputPadding: outputPadding,
      dilation: dilation, groups: groups, isTransposed: true, hasBias: hasBias, dtype, generator)
  }

  required init(copying other: ConvolutionLayer, _ copier: ModuleCopier) {
    cut = (other as? ConvolutionTransposeLayer)?.cut ?? []
    super.init(copying: other, copier)
  }

  /// Applies the layer.
  public final override func forward(_ x: Tensor) -> Tensor { transposed(x, outputPadding) }

  /// Applies the layer so that the result has these sizes: several sizes of a convolution's input give one size of its result.
  public final func callAsFunction(_ x: Tensor, outputSize: [Int]) -> Tensor {
    let dims = kernel.count, sizes = Array(outputSize.suffix(dims)), inner = Array(x.shape.suffix(dims))
    func problem(_ message: String) -> Tensor {
      refuse(
        TensorError(
          .argument, message, hint: "It is the size of the input of the convolution that this is the transpose of.",
          operation: "\(type(of: self))", shapes: [x.shape]))
      return x
    }
    guard sizes.count == dims, inner.count == dims, [stride, cut, dilation].allSatisfy({ $0.count == dims }) else {
      return problem("ConvTranspose\(dims)D: output_size must have \(dims) or \(x.rank) elements (got \(outputSize.count))")
    }
    let least = (0..<dims).map { (d: Int) -> Int in (inner[d] - 1) * stride[d] - 2 * cut[d] + dilation[d] * (kernel[d] - 1) + 1 }
    let most = (0..<dims).map { least[$0] + stride[$0] - 1 }
    guard (0..<dims).allSatisfy({ sizes[$0] >= least[$0] && sizes[$0] <= most[$0] }) else {
      return problem(
        "requested an output size of \(sizes), but valid sizes range from \(least) to \(most) (for an input of \(inner))")
    }
    return withHooks([x]) { [transposed($0[0], (0..<dims).map { sizes[$0] - least[$0] })] }[0]
  }

  func transposed(_ x: Tensor, _ outputPadding: [Int]) -> Tensor { x }
}

/// The transpose of `Conv1d`: [n, inputs, length] to [n, outputs, length'].
public final class ConvTranspose1d: ConvolutionTransposeLayer {
  /// Filters of `kernel` elements from `inputs` channels to `outputs`; `padding` is cut off the result.
  public convenience init(
    _ inputs: Int, _ outputs: Int, kernel: some SpatialSizes, stride: some SpatialSizes = 1, padding: some SpatialSizes = 0,
    outputPadding: some SpatialSizes = 0, groups: Int = 1, bias: Bool = true, dilation: some SpatialSizes = 1, dtype: DType? = nil,
    generator: Generator? = nil
  ) {
    self.init(
      dims: 1, inputs, outputs, kernel: kernel.spatialSizes, stride: stride.spatialSizes, padding: padding.spatialSizes,
      outputPadding: outputPadding.spatialSizes, dilation: dilation.spatialSizes, groups: groups, hasBias: bias, dtype, generator)
  }
  override func transposed(_ x: Tensor, _ outputPadding: [Int]) -> Tensor {
    convTranspose1d(
      x, weight, bias, stride: stride, padding: cut, outputPadding: outputPadding, groups: groups, dilation: dilation)
  }
}

/// The transpose of `Conv2d`, with which networks enlarge images: [n, inputs, height, width] to [n, outputs, height', width'].
public final class ConvTranspose2d: ConvolutionTransposeLayer {
  /// Filters of `kernel` elements from `inputs` channels to `outputs`; `padding` is cut off the result.
  public convenience init(
    _ inputs: Int, _ outputs: Int, kernel: some SpatialSizes, stride: some SpatialSizes = 1, padding: some SpatialSizes = 0,
    outputPadding: some SpatialSizes = 0, groups: Int = 1, bias: Bool = true, dilation: some SpatialSizes = 1, dtype: DType? = nil,
    generator: Generator? = nil
  ) {
    self.init(
      dims: 2, inputs, outputs, kernel: kernel.spatialSizes, stride: stride.spatialSizes, padding: padding.spatialSizes,
      outputPadding: outputPadding.spatialSizes, dilation: dilation.spatialSizes, groups: groups, hasBias: bias, dtype, generator)
  }
  override func transposed(_ x: Tensor, _ outputPadding: [Int]) -> Tensor {
    convTranspose2d(
      x, weight, bias, stride: stride, padding: cut, outputPadding: outputPadding, groups: groups, dilation: dilation)
  }
}

/// The transpose of `Conv3d`, with which networks enlarge volumes: [n, inputs, depth, height, width] to [n, outputs, depth', height', width'].
public final class ConvTranspose3d: ConvolutionTransposeLayer {
  /// Filters of `kernel` elements from `inputs` channels to `outputs`; `padding` is cut off the result.
  public convenience init(
    _ inputs: Int, _ outputs: Int, kernel: some SpatialSizes, stride: some SpatialSizes = 1, padding: some SpatialSizes = 0,
    outputPadding: some SpatialSizes = 0, groups: Int = 1, bias: Bool = true, dilation: some SpatialSizes = 1, dtype: DType? = nil,
    generator: Generator? = nil
  ) {
    self.init(
      dims: 3, inputs, outputs, kernel: kernel.spatialSizes, stride: stride.spatialSizes, padding: padding.spatialSizes,
      outputPadding: outputPadding.spatialSizes, dilation: dilation.spatialSizes, groups: groups, hasBias: bias, dtype, generator)
  }
  override func transposed(_ x: Tensor, _ outputPadding: [Int]) -> Tensor {
    convTranspose3d(
      x, weight, bias, stride: stride, padding: cut, outputPadding: outputPadding, groups: groups, dilation: dilation)
  }
}

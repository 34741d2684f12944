public import ChainRule

/// y = x1' A x2 + b, with a matrix A for each element of the result.
///
/// `weight` is [outputs, inputs1, inputs2] and `bias` [outputs]; both start uniform over +-1/sqrt(inputs1), weight first, with PyTorch's
/// numbers for the same seed.
public final class Bilinear: HookedModule, SelfCopying {
  /// [outputs, inputs1, inputs2].
  @exclusivity(unchecked) public var weight: Tensor {
    didSet { weight = assigned(weight, oldValue, "weight", self) }
  }
  /// [outputs].
  @exclusivity(unchecked) public var bias: Tensor? {
    didSet { bias = assigned(bias, oldValue, "bias", self) }
  }

  /// A map from pairs of vectors of `inputs1` and `inputs2` elements to vectors of `outputs`.
  public init(
    _ inputs1: Int, _ inputs2: Int, _ outputs: Int, bias: Bool = true, dtype: DType? = nil, generator: Generator? = nil
  ) {
    let inputs1 = layerSize(inputs1, "in1_features", "Bilinear", atLeast: 1), inputs2 = layerSize(inputs2, "in2_features", "Bilinear"),
      outputs = layerSize(outputs, "out_features", "Bilinear")
    weight = Tensor.zeros([outputs, inputs1, inputs2], dtype: dtype).asParameter()
    let bound = inputs1 > 0 ? 1 / Double(inputs1).squareRoot() : 0
    Initialize.uniform(weight, from: -bound, to: bound, generator: generator)
    guard bias else {
      self.bias = nil
      return
    }
    let offset = Tensor.zeros([outputs], dtype: dtype).asParameter()
    Initialize.uniform(offset, from: -bound, to: bound, generator: generator)
    self.bias = offset
  }

  init(copying other: Bilinear, _ copier: ModuleCopier) {
    weight = copier(other.weight)
    bias = copier(other.bias)
  }

  /// Returns [..., outputs] for x1 of [..., inputs1] and x2 of [..., inputs2].
  public func callAsFunction(_ x1: Tensor, _ x2: Tensor) -> Tensor {
    withHooks([x1, x2]) { [bilinear($0[0], $0[1], weight, bias)] }[0]
  }

  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    "in1_features=\(weight.shape[1]), in2_features=\(weight.shape[2]), out_features=\(weight.shape[0]), "
      + "bias=\(PythonText.text(bias != nil))"
  }
}

/// Returns x1' A_k x2 + b_k for each k.
///
/// - Parameters:
///   - x1: [..., inputs1].
///   - x2: [..., inputs2], with the same dimensions before.
///   - weight: [outputs, inputs1, inputs2].
///   - bias: [outputs].
public func bilinear(_ x1: Tensor, _ x2: Tensor, _ weight: Tensor, _ bias: Tensor? = nil) -> Tensor {
  guard x1.rank > 0, x1.rank == x2.rank, x1.shape.dropLast() == x2.shape.dropLast() else {
    refuse(
      TensorError(
        .shape, "bilinear(): input batch dimensions do not match: got \(x1.shape) and \(x2.shape)",
        hint: "All dimensions but the last are the same.", operation: "bilinear", shapes: [x1.shape, x2.shape]))
    return x1
  }
  guard weight.rank == 3, x1.shape.last == weight.shape[1], x2.shape.last == weight.shape[2] else {
    refuse(
      TensorError(
        .shape, "bilinear(): input sizes \(x1.shape) and \(x2.shape) do not match weight size \(weight.shape)",
        hint: "The weight is [outputs, inputs1, inputs2].", operation: "bilinear", shapes: [x1.shape, x2.shape, weight.shape]))
    return x1
  }
  let y = einsum("...i,kij,...j->...k", [x1, weight, x2])
  return bias.map { y + $0 } ?? y
}

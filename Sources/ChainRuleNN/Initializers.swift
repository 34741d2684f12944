public import ChainRule

/// First values for parameters: each function replaces a leaf's value, with PyTorch's numbers for the same seed.
public enum Initialize {
  /// Which side of a layer the variance is kept on.
  public enum Fan: Sendable { case input, output }

  /// Spread evenly over [low, high).
  public static func uniform(_ leaf: Tensor, from low: Double = 0, to high: Double = 1, generator: Generator? = nil) {
    leaf.data = Tensor.uniform(leaf.shape, from: low, to: high, dtype: leaf.dtype, generator: generator)
  }

  /// Normal with this mean and standard deviation.
  public static func normal(_ leaf: Tensor, mean: Double = 0, std: Double = 1, generator: Generator? = nil) {
    leaf.data = Tensor.normal(leaf.shape, mean: mean, std: std, dtype: leaf.dtype, generator: generator)
  }

  /// All elements `value`.
  public static func constant(_ leaf: Tensor, _ value: Double) { leaf.data = Tensor.full(leaf.shape, value, dtype: leaf.dtype) }

  /// Uniform with variance 2 gain^2 / (inputs + outputs) (Glorot and Bengio 2010, equation 16).
  public static func xavierUniform(_ leaf: Tensor, gain: Double = 1, generator: Generator? = nil) {
    guard let (inputs, outputs) = fans(leaf) else { return }
    let bound = 3.0.squareRoot() * (gain * (2 / Double(inputs + outputs)).squareRoot())
    uniform(leaf, from: -bound, to: bound, generator: generator)
  }

  /// Normal with variance 2 gain^2 / (inputs + outputs) (Glorot and Bengio 2010, equation 12).
  public static func xavierNormal(_ leaf: Tensor, gain: Double = 1, generator: Generator? = nil) {
    guard let (inputs, outputs) = fans(leaf) else { return }
    normal(leaf, std: gain * (2 / Double(inputs + outputs)).squareRoot(), generator: generator)
  }

  /// Uniform with variance 2 / ((1 + a^2) fan), for a layer before a leaky rectifier of slope `a` (He et al. 2015, section 2.2).
  public static func kaimingUniform(_ leaf: Tensor, a: Double = 0, fan: Fan = .input, generator: Generator? = nil) {
    guard let std = kaimingDeviation(leaf, a, fan) else { return }
    let bound = 3.0.squareRoot() * std
    uniform(leaf, from: -bound, to: bound, generator: generator)
  }

  /// Normal with variance 2 / ((1 + a^2) fan), for a layer before a leaky rectifier of slope `a` (He et al. 2015, section 2.2).
  public static func kaimingNormal(_ leaf: Tensor, a: Double = 0, fan: Fan = .input, generator: Generator? = nil) {
    guard let std = kaimingDeviation(leaf, a, fan) else { return }
    normal(leaf, std: std, generator: generator)
  }

  /// Nil where there is nothing to fill.
  private static func kaimingDeviation(_ leaf: Tensor, _ a: Double, _ fan: Fan) -> Double? {
    guard leaf.count > 0, let (inputs, outputs) = fans(leaf) else { return nil }
    return (2 / (1 + a * a)).squareRoot() / Double(fan == .input ? inputs : outputs).squareRoot()
  }

  private static func fans(_ leaf: Tensor) -> (inputs: Int, outputs: Int)? {
    let shape = leaf.shape
    guard shape.count >= 2 else {
      refuse(
        TensorError(
          .shape, "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions",
          hint: "Use uniform, normal or constant for vectors.", operation: "Initialize", shapes: [shape]))
      return nil
    }
    let field = shape.dropFirst(2).reduce(1, *)
    return (shape[1] * field, shape[0] * field)
  }
}

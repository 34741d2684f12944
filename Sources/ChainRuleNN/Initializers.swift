public import ChainRule

/// First values for parameters: each function replaces a leaf's value, with PyTorch's numbers for the same seed.
///
/// The names are those of `torch.nn.init`; all take a generator, and draw from the default one where there is none.
///
///     Initialize.kaimingNormal(layer.weight, fan: .output, nonlinearity: .relu)
///     Initialize.orthogonal(layer.weight, gain: calculateGain(.tanh))
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

  /// All elements 1.
  public static func ones(_ leaf: Tensor) { constant(leaf, 1) }

  /// All elements 0.
  public static func zeros(_ leaf: Tensor) { constant(leaf, 0) }

  /// A matrix with 1 on its diagonal and 0 elsewhere, so that a linear layer keeps its input as far as it can.
  public static func eye(_ leaf: Tensor) {
    guard hasRank(leaf, [2], "Only tensors with 2 dimensions are supported", "eye") else { return }
    leaf.data = Tensor.eye(leaf.shape[0], leaf.shape[1], dtype: leaf.dtype)
  }

  /// Filters [outputs, inputs, kernel...] of one, two or three dimensions that keep their input's channels as far as they can: 1 in the
  /// middle of filter i for channel i, in each group, and 0 elsewhere.
  public static func dirac(_ leaf: Tensor, groups: Int = 1) {
    guard hasRank(leaf, [3, 4, 5], "Only tensors with 3, 4, or 5 dimensions are supported", "dirac") else { return }
    let shape = leaf.shape
    guard groups > 0, shape[0] % Swift.max(groups, 1) == 0 else {
      return problem(leaf, "dim 0 must be divisible by groups", "\(shape[0]) filters do not fall into \(groups) groups.", "dirac")
    }
    let share = shape[0] / groups, kept = Swift.min(share, shape[1]), field = shape.dropFirst(2)
    guard leaf.count > 0 else { return }
    let middle = field.reduce(0) { $0 * $1 + $1 / 2 }, size = field.reduce(1, *)
    var values = [Double](repeating: 0, count: leaf.count)
    for group in 0..<groups {
      for channel in 0..<kept { values[((group * share + channel) * shape[1] + channel) * size + middle] = 1 }
    }
    leaf.data = Tensor(values, shape: shape, dtype: leaf.dtype)
  }

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

  /// Uniform with variance gain^2 / fan for a layer before `nonlinearity`, whose gain `calculateGain` says; for the leaky rectifier of
  /// slope `a` that is 2 / ((1 + a^2) fan) (He et al. 2015, section 2.2).
  public static func kaimingUniform(
    _ leaf: Tensor, a: Double = 0, fan: Fan = .input, nonlinearity: Nonlinearity = .leakyReLU, generator: Generator? = nil
  ) {
    guard let std = kaimingDeviation(leaf, a, fan, nonlinearity) else { return }
    let bound = 3.0.squareRoot() * std
    uniform(leaf, from: -bound, to: bound, generator: generator)
  }

  /// Normal with the variance of `kaimingUniform`.
  public static func kaimingNormal(
    _ leaf: Tensor, a: Double = 0, fan: Fan = .input, nonlinearity: Nonlinearity = .leakyReLU, generator: Generator? = nil
  ) {
    guard let std = kaimingDeviation(leaf, a, fan, nonlinearity) else { return }
    normal(leaf, std: std, generator: generator)
  }

  /// A matrix [n, ...] with orthonormal rows or columns, whichever are fewer, times `gain` (Saxe, McClelland and Ganguli 2013): Q of the
  /// factorisation of a normal matrix, with the signs that make it evenly distributed.
  public static func orthogonal(_ leaf: Tensor, gain: Double = 1, generator: Generator? = nil) {
    guard leaf.rank >= 2 else {
      return problem(leaf, "Only tensors with 2 or more dimensions are supported", "It is taken as [n, all others].", "orthogonal")
    }
    guard leaf.count > 0 else { return }
    let rows = leaf.shape[0], flat = Tensor.normal([rows, leaf.count / rows], mean: 0, std: 1, dtype: leaf.dtype, generator: generator)
    let isWide = rows < flat.shape[1]
    do throws(TensorError) {
      let q = try (isWide ? flat.T : flat).orthonormalColumns()
      leaf.data = ((isWide ? q.T : q) * gain).reshaped(leaf.shape)
    } catch { refuse(error) }
  }

  /// A matrix [rows, columns] of normal numbers with mean 0, and in each column the share `sparsity` of rows, rounded up, set to 0
  /// (Martens 2010).
  ///
  /// The rows come from `generator` too; PyTorch draws them from its default one.
  public static func sparse(_ leaf: Tensor, sparsity: Double, std: Double = 0.01, generator: Generator? = nil) {
    guard hasRank(leaf, [2], "Only tensors with 2 dimensions are supported", "sparse") else { return }
    guard sparsity >= 0, sparsity <= 1 else {
      return problem(leaf, "sparsity must be between 0 and 1, got \(sparsity)", "It is the share of each column that is 0.", "sparse")
    }
    let rows = leaf.shape[0], columns = leaf.shape[1], zeros = Int((sparsity * Double(rows)).rounded(.up))
    let values = Tensor.normal(leaf.shape, mean: 0, std: std, dtype: leaf.dtype, generator: generator)
    guard rows > 0, columns > 0 else { return leaf.data = values }
    var kept = [Double](repeating: 1, count: rows * columns)
    for column in 0..<columns {
      for row in Tensor.randperm(rows, generator: generator).array(of: Int.self).prefix(zeros) { kept[row * columns + column] = 0 }
    }
    leaf.data = values * Tensor(kept, shape: leaf.shape, dtype: leaf.dtype)
  }

  /// Nil where there is nothing to fill.
  private static func kaimingDeviation(_ leaf: Tensor, _ a: Double, _ fan: Fan, _ nonlinearity: Nonlinearity) -> Double? {
    guard leaf.count > 0, let (inputs, outputs) = fans(leaf) else { return nil }
    return calculateGain(nonlinearity, a) / Double(fan == .input ? inputs : outputs).squareRoot()
  }

  private static func fans(_ leaf: Tensor) -> (inputs: Int, outputs: Int)? {
    let shape = leaf.shape
    guard shape.count >= 2 else {
      problem(
        leaf, "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions",
        "Use uniform, normal or constant for vectors.",
        "Initialize")
      return nil
    }
    let field = shape.dropFirst(2).reduce(1, *)
    return (shape[1] * field, shape[0] * field)
  }

  private static func hasRank(_ leaf: Tensor, _ ranks: [Int], _ message: String, _ name: String) -> Bool {
    if ranks.contains(leaf.rank) { return true }
    problem(leaf, message, "This one has \(leaf.rank).", name)
    return false
  }

  static func problem(_ leaf: Tensor, _ message: String, _ hint: String, _ name: String) {
    refuse(TensorError(.argument, message, hint: hint, operation: name, shapes: [leaf.shape]))
  }
}

/// What comes after a layer, as `calculateGain` knows it.
public enum Nonlinearity: String, Sendable, CaseIterable {
  /// Nothing.
  case linear
  /// Nothing, after a convolution.
  case conv1d, conv2d, conv3d
  /// Nothing, after a transposed convolution.
  case convTranspose1d = "conv_transpose1d"
  /// Nothing, after a transposed convolution.
  case convTranspose2d = "conv_transpose2d"
  /// Nothing, after a transposed convolution.
  case convTranspose3d = "conv_transpose3d"
  /// 1 / (1 + exp(-x)).
  case sigmoid
  /// The hyperbolic tangent.
  case tanh
  /// max(0, x).
  case relu
  /// x where it is positive, and a small multiple of it elsewhere.
  case leakyReLU = "leaky_relu"
  /// The self-normalising unit.
  case selu
}

/// Returns by how much a layer's first weights are larger so that `nonlinearity` keeps the variance: 1 for none and for sigmoid, 5/3 for
/// tanh, sqrt 2 for relu, sqrt(2 / (1 + slope^2)) for the leaky one, 3/4 for selu.
///
/// - Parameters:
///   - nonlinearity: the function that follows the layer.
///   - param: the leaky rectifier's slope; 0.01 where nil.
public func calculateGain(_ nonlinearity: Nonlinearity, _ param: Double? = nil) -> Double {
  switch nonlinearity {
  case .linear, .conv1d, .conv2d, .conv3d, .convTranspose1d, .convTranspose2d, .convTranspose3d, .sigmoid: return 1
  case .tanh: return 5.0 / 3
  case .relu: return 2.0.squareRoot()
  case .leakyReLU:
    let slope = param ?? 0.01
    return (2 / (1 + slope * slope)).squareRoot()
  case .selu: return 3.0 / 4
  }
}

extension Tensor {
  /// Q of a matrix's factorisation, with the signs that make R's diagonal positive: the only such Q.
  func orthonormalColumns() throws(TensorError) -> Tensor {
    let (q, r) = try householderQR()
    return q * r.diagonal().sign()
  }
}

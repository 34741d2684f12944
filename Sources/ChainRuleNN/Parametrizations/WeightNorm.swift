public import ChainRule

/// Makes a parameter of its direction and its length (Salimans and Kingma 2016): w = g v / |v|, with a length for each index of `dim`.
///
///     weightNorm(Linear(20, 40))
///
/// In a state, g is `parametrizations.weight.original0` and v `original1`.
///
/// - Parameters:
///   - module: the module whose parameters are averaged.
///   - name: the name.
///   - dim: the dimension that keeps lengths of its own; nil for one length of all.
/// - Returns: the module.
@discardableResult
public func weightNorm<M: Module>(_ module: M, _ name: String = "weight", dim: Int? = 0) -> M {
  registerParametrization(module, name, WeightNorm(dim: dim))
}

/// Makes a parameter itself over its largest singular value, which steps of the power method follow (Miyato et al. 2018).
///
///     spectralNorm(Linear(20, 40))
///
/// In a state, the parameter is `parametrizations.weight.original`, the vectors of the method `parametrizations.weight.0._u` and `_v`; they
/// move while training only.
///
/// - Parameters:
///   - module: the module whose parameters are averaged.
///   - name: the name.
///   - powerIterations: how many steps a call makes.
///   - eps: the least length of a vector.
///   - dim: the dimension that is the matrix's rows; nil for 0, and 1 for transposed convolutions.
///   - generator: where random numbers come from; the default generator where none is given.
/// - Returns: the module.
@discardableResult
public func spectralNorm<M: Module>(
  _ module: M, _ name: String = "weight", powerIterations: Int = 1, eps: Double = 1e-12, dim: Int? = nil, generator: Generator? = nil
) -> M {
  guard let weight = Reparametrized.of(module, name)?.cell ?? Reparametrized.parameter(module, name) else { return module }
  if powerIterations < 1 || powerIterations > 10_000 {
    refuse(
      Reparametrized.problem(
        module, "Expected n_power_iterations to be positive, but got n_power_iterations=\(powerIterations)",
        "One step is usual, and 10000 are the most."))
    return module
  }
  let dim = dim ?? (module is ConvolutionTransposeLayer ? 1 : 0)
  guard dim >= -weight.rank, dim < weight.rank else {
    refuse(
      Reparametrized.problem(
        module, "Dimension out of range (expected to be in range of [\(-weight.rank), \(weight.rank - 1)], but got \(dim))",
        "It is one of the parameter's."))
    return module
  }
  return registerParametrization(
    module, name, SpectralNorm(weight.detach(), powerIterations, eps, dim < 0 ? dim + weight.rank : dim, generator))
}

/// w = g v / |v|.
final class WeightNorm: Parametrization, RenamedClass, SelfCopying {
  private let dim: Int?
  var printedName: String { "_WeightNorm" }

  init(dim: Int?) { self.dim = dim }
  init(copying other: WeightNorm, _ copier: ModuleCopier) { dim = other.dim }

  func forward(_ originals: [Tensor]) -> Tensor { originals[1] * (originals[0] / length(originals[1])) }
  func rightInverse(_ value: Tensor) -> [Tensor] { [length(value), value] }

  /// The length of each part along `dim`, in a shape that broadcasts.
  private func length(_ v: Tensor) -> Tensor {
    guard let dim else { return v.square().sum().sqrt() }
    guard dim >= -v.rank, dim < v.rank else {
      refuse(
        TensorError(
          .argument, "Dimension out of range (expected to be in range of [\(-v.rank), \(v.rank - 1)], but got \(dim))",
          hint: "It is one of the parameter's.", operation: "weightNorm", shapes: [v.shape]))
      return v
    }
    let kept = dim < 0 ? dim + v.rank : dim
    return (0..<v.rank).filter { $0 != kept }.reduce(v.square()) { $0.sum(dim: $1, keepDim: true) }.sqrt()
  }
}

/// w over u' w v, of which u and v are near the first singular vectors.
final class SpectralNorm: Parametrization, RenamedClass, SelfCopying {
  private let u: Buffer?
  private let v: Buffer?
  private let steps: Int
  private let eps: Double
  private let dim: Int
  var printedName: String { "_SpectralNorm" }

  init(_ weight: Tensor, _ steps: Int, _ eps: Double, _ dim: Int, _ generator: Generator?) {
    self.steps = steps
    self.eps = eps
    self.dim = dim
    guard weight.rank > 1 else {
      u = nil
      v = nil
      return
    }
    let matrix = Self.matrix(weight, dim), sizes = matrix.shape
    func drawn(_ count: Int) -> Tensor { Self.unit(Tensor.randn([count], dtype: weight.dtype, generator: generator), eps) }
    let u = Buffer(drawn(sizes[0]), name: "_u"), v = Buffer(drawn(sizes[1]), name: "_v")
    self.u = u
    self.v = v
    Self.follow(matrix, u, v, steps: 15, eps)
  }
  init(copying other: SpectralNorm, _ copier: ModuleCopier) {
    u = copier(other.u)
    v = copier(other.v)
    steps = other.steps
    eps = other.eps
    dim = other.dim
  }

  func forward(_ originals: [Tensor]) -> Tensor {
    let weight = originals[0]
    guard let u, let v else { return Self.unit(weight, eps) }
    let matrix = Self.matrix(weight, dim)
    if isTraining, !isErrorPending { Self.follow(matrix.detach(), u, v, steps: steps, eps) }
    return weight / (u.value * matrix.matmul(v.value)).sum()
  }

  private static func unit(_ x: Tensor, _ eps: Double) -> Tensor { x / x.square().sum().sqrt().clamp(min: eps) }

  /// The weight with `dim` as rows and all else as columns.
  private static func matrix(_ weight: Tensor, _ dim: Int) -> Tensor {
    let front = dim == 0 ? weight : weight.permuted([dim] + (0..<weight.rank).filter { $0 != dim })
    return front.flattened(from: 1)
  }

  /// Steps of the power method.
  private static func follow(_ matrix: Tensor, _ u: Buffer, _ v: Buffer, steps: Int, _ eps: Double) {
    noGrad {
      for _ in 0..<steps {
        u.value = unit(matrix.matmul(v.value), eps)
        v.value = unit(matrix.transposed(0, 1).matmul(u.value), eps)
      }
    }
  }
}

/// One number for all spatial dimensions, or one for each: `3` or `[3, 5]`.
public protocol SpatialSizes: Sendable {
  /// The numbers; a single one stands for all dimensions.
  var spatialSizes: [Int] { get }
}

extension Int: SpatialSizes {
  /// The number itself, for all dimensions.
  public var spatialSizes: [Int] { [self] }
}

extension [Int]: SpatialSizes {
  /// One number for each dimension.
  public var spatialSizes: [Int] { self }
}

/// What surrounds an image in a convolution: zeros, so many on each side, or as many as `.same` or `.valid` say.
public protocol SpatialPadding: Sendable {
  /// The padding in the one form convolutions work with.
  var spatialPadding: PaddingRule { get }
}

/// How many zeros surround an image.
public struct PaddingRule: SpatialPadding, Equatable {
  package enum Kind: Sendable, Equatable {
    /// As many on both sides of each dimension; a single number stands for all dimensions.
    case sizes([Int])
    /// So many that the result has the input's size; where that is an odd number, one more at the end.
    case same
    case valid
  }
  package let kind: Kind

  /// The rule itself.
  public var spatialPadding: PaddingRule { self }
}

extension SpatialPadding where Self == PaddingRule {
  /// So many zeros that the result has the input's size; for stride 1.
  public static var same: PaddingRule { PaddingRule(kind: .same) }
  /// No zeros.
  public static var valid: PaddingRule { PaddingRule(kind: .valid) }
}

extension Int: SpatialPadding {
  /// As many zeros on every side.
  public var spatialPadding: PaddingRule { PaddingRule(kind: .sizes([self])) }
}

extension [Int]: SpatialPadding {
  /// As many zeros on both sides of each dimension.
  public var spatialPadding: PaddingRule { PaddingRule(kind: .sizes(self)) }
}

/// Checks of what all operations on images have in common.
enum Spatial {
  /// No window reaches further, so that what is computed from two of its sizes is an integer.
  static let furthest = 1 << 30

  /// `sizes` for each of `dims` dimensions.
  static func spread(_ sizes: [Int], _ dims: Int, _ name: String, _ operation: String) throws(TensorError) -> [Int] {
    if let far = sizes.first(where: { $0 > furthest }) {
      throw TensorError(
        .argument, "\(name) \(far) is too large", hint: "No \(name) is more than \(furthest).", operation: operation)
    }
    if sizes.count == 1 { return Array(repeating: sizes[0], count: dims) }
    guard sizes.count == dims else {
      throw TensorError(
        .argument,
        "expected \(name) to be a single integer value or a list of \(dims) values to match the convolution dimensions, but got "
          + "\(name)=\(sizes)",
        hint: "Give one number for all dimensions, or \(dims).", operation: operation)
    }
    return sizes
  }

  /// `sizes`, each at least `least`.
  static func spread(
    _ sizes: [Int], _ dims: Int, _ name: String, atLeast least: Int, _ message: String, _ operation: String
  ) throws(TensorError) -> [Int] {
    let result = try spread(sizes, dims, name, operation)
    guard result.allSatisfy({ $0 >= least }) else {
      throw TensorError(.argument, message, hint: "\(name) is \(sizes), and must be \(least) or more.", operation: operation)
    }
    return result
  }

  /// Whether `x` is one example, without a batch dimension; refuses what is neither one nor a batch.
  static func isUnbatched(_ x: Tensor, _ dims: Int, _ operation: String) throws(TensorError) -> Bool {
    guard x.rank == dims + 1 || x.rank == dims + 2 else {
      throw TensorError(
        .shape, "Expected \(dims + 1)D (unbatched) or \(dims + 2)D (batched) input to \(operation), but got input of size: \(x.shape)",
        hint: "An example is [channels, \(["length", "height, width", "depth, height, width"][dims - 1])], a batch has one dimension more "
          + "in front.", operation: operation)
    }
    return x.rank == dims + 1
  }

  /// `values` after ones, as the kernels count dimensions.
  static func three(_ values: [Int], filling: Int = 1) -> (Int64, Int64, Int64) {
    let full = Array(repeating: filling, count: 3 - values.count) + values
    return (Int64(full[0]), Int64(full[1]), Int64(full[2]))
  }
}

extension Rules {
  /// What `body` makes of integers, by way of float64, where it is exact: what exceeds 2^53 is refused. Quotients lose their fractions.
  static func throughDoubles(
    _ x: [Tensor], _ operation: String, _ body: ([Tensor]) throws(TensorError) -> [Tensor]
  ) throws(TensorError) -> [Tensor] {
    let dtype = x[0].dtype
    let inputs = try x.map { (x) throws(TensorError) in try x.converted(to: .float64) }
    let results = try body(inputs)
    // No partial sum is larger than that of the magnitudes.
    let bounds = dtype == .int64 || dtype == .int32 ? try body(inputs.map { $0.abs() }) : []
    for bound in inputs + bounds where bound.dtype == .float64 && bound.count > 0 && bound.detach().abs().max().item() > 0x1p53 {
      throw TensorError(
        .argument, "integers beyond 2^53 are not exact here", hint: "Use smaller numbers, or to(.float64) where rounding is meant.",
        operation: operation)
    }
    return try results.map { (y) throws(TensorError) in y.dtype == .float64 ? try y.converted(to: dtype) : y }
  }
}

extension Tensor {
  /// The elements row-major without gaps, outside every graph.
  var packed: Tensor {
    get throws(TensorError) { box.isContiguous ? self : try Tensor.copied(self) }
  }
}

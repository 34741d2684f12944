public import ChainRule

/// Rotary positions of queries and keys: see `rotaryEmbedding`. No parameters.
public final class RotaryPositionalEmbeddings: Layer, SelfCopying {
  private let size: Int
  private let base: Double
  private let pairs: RotaryPairs

  /// For heads of `size` elements.
  ///
  /// - Parameters:
  ///   - size: the number of features.
  ///   - base: what the angles' powers are of.
  ///   - pairs: which elements turn together.
  public init(_ size: Int, base: Double = 10_000, pairs: RotaryPairs = .interleaved) {
    self.size = layerSize(size, "dim", "RotaryPositionalEmbeddings")
    self.base = base
    self.pairs = pairs
  }

  init(copying other: RotaryPositionalEmbeddings, _ copier: ModuleCopier) {
    size = other.size
    base = other.base
    pairs = other.pairs
  }

  /// Returns x of [batch, positions, heads, size] with its pairs turned.
  public func forward(_ x: Tensor) -> Tensor { turned(x, nil) }

  /// Returns the same for vectors that stand at `positions`, [positions] or [batch, positions].
  public func callAsFunction(_ x: Tensor, positions: Tensor) -> Tensor { turned(x, positions) }

  private func turned(_ x: Tensor, _ positions: Tensor?) -> Tensor {
    guard x.shape.last == size else {
      refuse(
        TensorError(
          .shape, "expected heads of \(size) elements, got \(x.shape)", hint: "The last dimension is a head's.",
          operation: "RotaryPositionalEmbeddings", shapes: [x.shape]))
      return x
    }
    return rotaryEmbedding(x, positions: positions, base: base, pairs: pairs)
  }

  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "dim=\(size), base=\(base)" + (pairs == .halves ? ", pairs=halves" : "") }
}

/// Sinusoidal positions added to vectors, which are then dropped from: see `sinusoidalPositions`. No parameters.
public final class PositionalEncoding: Layer, SelfCopying {
  private let size: Int
  private let maxLength: Int
  private let batchFirst: Bool
  private let dropout: Dropout

  /// For vectors of `size` elements at up to `maxLength` positions.
  ///
  /// - Parameters:
  ///   - size: the number of features.
  ///   - dropout: the probability with which elements are dropped while training.
  ///   - maxLength: the largest number of positions.
  ///   - batchFirst: whether inputs are [batch, positions, size] and not [positions, batch, size].
  ///   - generator: where random numbers come from; the default generator where none is given.
  public init(_ size: Int, dropout: Double = 0.1, maxLength: Int = 5000, batchFirst: Bool = false, generator: Generator? = nil) {
    self.size = layerSize(size, "d_model", "PositionalEncoding")
    self.maxLength = layerSize(maxLength, "max_len", "PositionalEncoding")
    self.batchFirst = batchFirst
    self.dropout = Dropout(dropout, generator: generator)
  }

  init(copying other: PositionalEncoding, _ copier: ModuleCopier) {
    size = other.size
    maxLength = other.maxLength
    batchFirst = other.batchFirst
    dropout = copier(other.dropout)
  }

  /// Returns x plus the positions, of the same shape; x may also be [positions, size].
  public func forward(_ x: Tensor) -> Tensor {
    let count = x.rank == 3 && batchFirst ? x.shape[1] : x.shape.first ?? 0
    guard x.rank == 2 || x.rank == 3, x.shape.last == size, count <= maxLength else {
      refuse(
        TensorError(
          .shape, "expected up to \(maxLength) positions of \(size) elements, got \(x.shape)",
          hint: "It is [positions, batch, size], or [batch, positions, size] where the layer says so.", operation: "PositionalEncoding",
          shapes: [x.shape]))
      return x
    }
    let table = sinusoidalPositions(count, size, dtype: x.dtype)
    return dropout(x + (x.rank == 3 && !batchFirst ? table.unsqueezed(1) : table))
  }
}

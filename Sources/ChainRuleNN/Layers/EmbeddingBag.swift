public import ChainRule

/// What becomes of the rows of a bag.
public enum EmbeddingBagMode: String, Sendable {
  /// Their sum.
  case sum
  /// Their mean.
  case mean
  /// The largest of each element.
  case max
}

/// Sums, means or maxima of the rows of a table, a bag of indices each; the table is standard normal at first.
public final class EmbeddingBag: HookedModule, SelfCopying {
  /// [count, size].
  @exclusivity(unchecked) public var weight: Tensor {
    didSet { weight = assigned(weight, oldValue, "weight", self) }
  }
  private let options: EmbeddingOptions
  private let mode: EmbeddingBagMode
  private let includeLastOffset: Bool

  /// A table of `count` rows of `size` elements.
  ///
  /// - Parameters:
  ///   - count: the number of rows of the table.
  ///   - size: the number of features of a row.
  ///   - maxNorm: the largest norm of a row; a longer one that is looked up is scaled down to it, in the table itself.
  ///   - normType: which norm.
  ///   - scaleGradByFreq: whether a row's gradient is divided by how often the row is looked up in a call; not for `.max`.
  ///   - mode: what becomes of a bag's rows.
  ///   - includeLastOffset: whether offsets end with the number of all indices.
  ///   - paddingIndex: an index that counts for nothing, whose row starts at zero.
  ///   - dtype: the type of the parameters; the default type where none is given.
  ///   - generator: where random numbers come from; the default generator where none is given.
  public init(
    _ count: Int, _ size: Int, maxNorm: Double? = nil, normType: Double = 2, scaleGradByFreq: Bool = false,
    mode: EmbeddingBagMode = .mean, includeLastOffset: Bool = false, paddingIndex: Int? = nil, dtype: DType? = nil,
    generator: Generator? = nil
  ) {
    let rows = layerSize(count, "num_embeddings", "EmbeddingBag"), columns = layerSize(size, "embedding_dim", "EmbeddingBag")
    options = EmbeddingOptions(
      padding: EmbeddingOptions.wrapped(paddingIndex, rows, "EmbeddingBag"), maxNorm: maxNorm, normType: normType,
      scalesByFrequency: scaleGradByFreq)
    self.mode = mode
    self.includeLastOffset = includeLastOffset
    var table = Tensor.randn([rows, columns], dtype: dtype, generator: generator)
    if let padding = options.padding { table[padding] = 0 }
    weight = table.asParameter()
  }

  init(copying other: EmbeddingBag, _ copier: ModuleCopier) {
    weight = copier(other.weight)
    options = other.options
    mode = other.mode
    includeLastOffset = other.includeLastOffset
  }

  /// Returns [bags, size].
  ///
  /// - Parameters:
  ///   - index: [bags, length], or all indices in one row.
  ///   - offsets: where each bag begins in the row; given where there is one row.
  ///   - perSampleWeights: a factor for each index, in its shape; for `.sum` only.
  public func callAsFunction(_ index: Tensor, offsets: [Int]? = nil, perSampleWeights: Tensor? = nil) -> Tensor {
    withHooks([index] + (perSampleWeights.map { [$0] } ?? [])) {
      [
        EmbeddingBags(options: options, mode: mode, includeLastOffset: includeLastOffset)(
          $0[0], weight, offsets, perSampleWeights: $0.count > 1 ? $0[1] : nil)
      ]
    }[0]
  }

  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    weight.shape.map(String.init).joined(separator: ", ") + options.text + ", mode='\(mode.rawValue)'"
      + (options.padding.map { ", padding_idx=\($0)" } ?? "")
  }
}

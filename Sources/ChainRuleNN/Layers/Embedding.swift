public import ChainRule

/// A table with a row for each index, standard normal at first.
public final class Embedding: Layer, SelfCopying {
  /// [count, size].
  @exclusivity(unchecked) public var weight: Tensor {
    didSet { weight = assigned(weight, oldValue, "weight", self) }
  }
  private let options: EmbeddingOptions

  /// A table of `count` rows of `size` elements.
  ///
  /// - Parameters:
  ///   - count: the number of rows of the table.
  ///   - size: the number of features of a row.
  ///   - paddingIndex: a row that starts at zero and takes no gradient; negative ones count from the end.
  ///   - maxNorm: the largest norm of a row; a longer one that is looked up is scaled down to it, in the table itself.
  ///   - normType: which norm.
  ///   - scaleGradByFreq: whether a row's gradient is divided by how often the row is looked up in a call.
  ///   - dtype: the type of the parameters; the default type where none is given.
  ///   - generator: where random numbers come from; the default generator where none is given.
  public init(
    _ count: Int, _ size: Int, paddingIndex: Int? = nil, maxNorm: Double? = nil, normType: Double = 2, scaleGradByFreq: Bool = false,
    dtype: DType? = nil, generator: Generator? = nil
  ) {
    let rows = layerSize(count, "num_embeddings", "Embedding"), columns = layerSize(size, "embedding_dim", "Embedding")
    options = EmbeddingOptions(
      padding: EmbeddingOptions.wrapped(paddingIndex, rows, "Embedding"), maxNorm: maxNorm, normType: normType,
      scalesByFrequency: scaleGradByFreq)
    var table = Tensor.randn([rows, columns], dtype: dtype, generator: generator)
    if let padding = options.padding { table[padding] = 0 }
    weight = table.asParameter()
  }

  private init(_ table: Tensor, _ options: EmbeddingOptions, freeze: Bool) {
    weight = table.detach().asParameter()
    self.options = options
    var cell = weight
    cell.requiresGrad = !freeze
  }

  init(copying other: Embedding, _ copier: ModuleCopier) {
    weight = copier(other.weight)
    options = other.options
  }

  /// A table of rows that are given, [count, size], which stay as they are where `freeze`.
  public static func fromPretrained(
    _ table: Tensor, freeze: Bool = true, paddingIndex: Int? = nil, maxNorm: Double? = nil, normType: Double = 2,
    scaleGradByFreq: Bool = false
  ) -> Embedding {
    if table.rank != 2 {
      refuse(
        TensorError(
          .shape, "Embeddings parameter is expected to be 2-dimensional", hint: "It is [count, size].", operation: "Embedding",
          shapes: [table.shape]))
      return Embedding(0, 0)
    }
    let options = EmbeddingOptions(
      padding: EmbeddingOptions.wrapped(paddingIndex, table.shape[0], "Embedding"), maxNorm: maxNorm, normType: normType,
      scalesByFrequency: scaleGradByFreq)
    return Embedding(table, options, freeze: freeze)
  }

  /// Returns the rows at the indices: [...] to [..., size].
  public func forward(_ index: Tensor) -> Tensor { options.rows(index, weight) }

  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    weight.shape.map(String.init).joined(separator: ", ") + (options.padding.map { ", padding_idx=\($0)" } ?? "") + options.text
  }
}

/// What tables of rows have in common.
struct EmbeddingOptions {
  let padding: Int?
  let maxNorm: Double?
  let normType: Double
  let scalesByFrequency: Bool

  /// The row that stands for no index; nil, and refused, where it is none.
  static func wrapped(_ padding: Int?, _ count: Int, _ layer: String) -> Int? {
    guard let padding else { return nil }
    if padding >= -count && padding < count { return padding < 0 ? padding + count : padding }
    refuse(
      TensorError(
        .argument, "Padding_idx must be within num_embeddings", hint: "The table has \(count) rows, \(padding) is none.", operation: layer))
    return nil
  }

  var text: String {
    (maxNorm.map { ", max_norm=\($0)" } ?? "") + (normType == 2 ? "" : ", norm_type=\(normType)")
      + (scalesByFrequency ? ", scale_grad_by_freq=True" : "")
  }

  /// The rows at the indices, as the options have it.
  func rows(_ index: Tensor, _ weight: Tensor) -> Tensor {
    if let maxNorm { shorten(index, weight, maxNorm) }
    let rows = embedding(index, weight, paddingIndex: padding)
    guard scalesByFrequency, index.count > 0, !isErrorPending else { return rows }
    let places = index.array(of: Int.self)
    let counts = Dictionary(places.map { ($0, 1.0) }, uniquingKeysWith: +)
    let shares = Tensor(places.map { 1 / (counts[$0] ?? 1) }, shape: index.shape + [1], dtype: weight.dtype)
    return ScaledGradient(factor: shares)(rows)
  }

  /// Scales rows that are looked up and too long down to the largest norm, in the table.
  private func shorten(_ index: Tensor, _ weight: Tensor, _ maxNorm: Double) {
    noGrad {
      let places = Set(index.array(of: Int.self)).filter { $0 >= 0 && $0 < weight.shape[0] }.sorted()
      if places.isEmpty || isErrorPending { return }
      let at = Tensor(places, shape: [places.count], dtype: .int64), rows = weight.data.indexSelect(dim: 0, index: at)
      let norms = rows.norm(normType, dim: 1, keepDim: true)
      let factors = Tensor.where(norms .> maxNorm, maxNorm / (norms + 1e-7), 1.0)
      weight.data = weight.data.indexCopy(dim: 0, index: at, source: rows * factors)
    }
  }
}

/// The identity, whose gradient is multiplied by a factor.
private struct ScaledGradient: DifferentiableFunction {
  let factor: Tensor
  func forward(_ x: [Tensor]) -> Tensor { x[0] }
  func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [dy * factor] }
}

public import ChainRule

/// Returns sums, means or maxima of rows of a table, a bag of indices each: what `EmbeddingBag` computes.
///
/// - Parameters:
///   - index: [bags, length], or all indices in one row.
///   - weight: the table, [count, size]; a leaf where there is a `maxNorm`.
///   - offsets: where each bag begins in the row; given where there is one row.
///   - maxNorm: the largest norm of a row; a longer one that is looked up is scaled down to it, in the table itself.
///   - normType: which norm.
///   - scaleGradByFreq: whether a row's gradient is divided by how often the row is looked up in a call; not for `.max`.
///   - mode: what becomes of a bag's rows.
///   - perSampleWeights: a factor for each index, in its shape; for `.sum` only.
///   - includeLastOffset: whether offsets end with the number of all indices.
///   - paddingIndex: an index that counts for nothing.
/// - Returns: [bags, size].
public func embeddingBag(
  _ index: Tensor, _ weight: Tensor, offsets: [Int]? = nil, maxNorm: Double? = nil, normType: Double = 2, scaleGradByFreq: Bool = false,
  mode: EmbeddingBagMode = .mean, perSampleWeights: Tensor? = nil, includeLastOffset: Bool = false, paddingIndex: Int? = nil
) -> Tensor {
  guard weight.rank == 2 else {
    refuse(
      TensorError(
        .shape, "weight has to be a 2D Tensor, but got Tensor of dimension \(weight.rank)", hint: "It is [count, size].",
        operation: "embeddingBag", shapes: [weight.shape]))
    return weight
  }
  let options = EmbeddingOptions(
    padding: EmbeddingOptions.wrapped(paddingIndex, weight.shape[0], "embeddingBag"), maxNorm: maxNorm, normType: normType,
    scalesByFrequency: scaleGradByFreq)
  return EmbeddingBags(options: options, mode: mode, includeLastOffset: includeLastOffset)(
    index, weight, offsets, perSampleWeights: perSampleWeights)
}

/// Bags of rows of a table.
struct EmbeddingBags {
  let options: EmbeddingOptions
  let mode: EmbeddingBagMode
  let includeLastOffset: Bool

  func callAsFunction(_ index: Tensor, _ weight: Tensor, _ offsets: [Int]?, perSampleWeights: Tensor?) -> Tensor {
    let size = weight.shape.last ?? 0
    func problem(_ message: String, _ hint: String) -> Tensor {
      refuse(TensorError(.argument, message, hint: hint, operation: "EmbeddingBag", shapes: [index.shape]))
      return Tensor.zeros([0, size], dtype: weight.dtype)
    }
    guard index.rank == 1 || index.rank == 2, !index.dtype.isFloatingPoint else {
      return problem("input has to be 1D or 2D Tensor, but got Tensor of dimension \(index.rank)", "It holds indices.")
    }
    guard (index.rank == 1) == (offsets != nil) else {
      return problem(
        index.rank == 1 ? "offsets has to be a 1D Tensor but got None" : "if input is 2D, then offsets has to be None",
        "Bags are rows, or parts of one row.")
    }
    if let perSampleWeights, mode != .sum || perSampleWeights.shape != index.shape {
      return problem(
        "embedding_bag: per_sample_weights must have the shape of input and mode='sum' (got mode='\(mode.rawValue)')",
        "Multiply the rows yourself for other modes.")
    }
    if scalesMaxima { return problem("max mode does not support scaling the gradient by the frequency", "Use another mode.") }
    let places = index.array(of: Int.self)
    if isErrorPending { return weight }
    let bounds = bounds(index, offsets)
    guard bounds.first.map({ $0.lowerBound == 0 }) ?? true, bounds.allSatisfy({ $0.upperBound <= places.count }) else {
      return problem(
        "offsets \(offsets ?? []) must begin with 0, not decrease and not exceed the number of indices", "Bags follow one another.")
    }
    // Every bag as long as the longest: what fills it up, and the padding, counts for nothing.
    let longest = Swift.max(bounds.map(\.count).max() ?? 0, 1)
    var at: [Int] = [], counts: [Double] = []
    for bound in bounds {
      for i in 0..<longest {
        let isIn = i < bound.count
        at.append(isIn ? bound.lowerBound + i : 0)
        counts.append(isIn && places[bound.lowerBound + i] != options.padding ? 1 : 0)
      }
    }
    if index.count == 0 || bounds.isEmpty { return Tensor.zeros([bounds.count, size], dtype: weight.dtype) }
    var rows = options.rows(index.flattened(), weight)
    if let perSampleWeights { rows = rows * perSampleWeights.reshaped(-1, 1) }
    let picked = rows.indexSelect(dim: 0, index: Tensor(at, shape: [at.count], dtype: .int64)).reshaped(bounds.count, longest, size)
    let mask = Tensor(counts, shape: [bounds.count, longest, 1], dtype: weight.dtype) .> 0
    let sizes = (0..<bounds.count).map { b in counts[(b * longest)..<((b + 1) * longest)].reduce(0, +) }
    switch mode {
    case .sum: return Tensor.where(mask, picked, 0).sum(dim: 1)
    case .mean:
      let divisors = Tensor(sizes.map { Swift.max($0, 1) }, shape: [bounds.count, 1], dtype: weight.dtype)
      return Tensor.where(mask, picked, 0).sum(dim: 1) / divisors
    case .max:
      let isEmpty = Tensor(sizes, shape: [bounds.count, 1], dtype: weight.dtype) .== 0
      return Tensor.where(isEmpty, 0, Tensor.where(mask, picked, -Double.infinity).max(dim: 1).values)
    }
  }

  private var scalesMaxima: Bool { mode == .max && options.scalesByFrequency }

  /// Which indices each bag has. A bag whose end is before its beginning is none that any index is in.
  private func bounds(_ index: Tensor, _ offsets: [Int]?) -> [Range<Int>] {
    guard let offsets else {
      let length = index.shape[1]
      return (0..<index.shape[0]).map { $0 * length..<($0 + 1) * length }
    }
    let ends = includeLastOffset ? Array(offsets.dropFirst()) : Array(offsets.dropFirst()) + [index.count]
    return zip(offsets, ends).map { $0 <= $1 && $0 >= 0 ? $0..<$1 : Int.max - 1..<Int.max }
  }
}

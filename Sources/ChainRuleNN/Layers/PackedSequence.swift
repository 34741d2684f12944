public import ChainRule

/// Sequences of several lengths, step by step without gaps, as recurrent layers take them.
///
///     let packed = packSequence([a, b, c], enforceSorted: false)
///     let (output, state) = lstm(packed)
///     let (padded, lengths) = padPackedSequence(output)
public struct PackedSequence: Sendable {
  /// The elements of all sequences at step 0, the longest sequence first, then those at step 1, and so on: [all steps, ...].
  public let data: Tensor
  /// How many sequences have each step.
  public let batchSizes: [Int]
  /// Which sequence each row of a batch is: the longest first. Nil where they were in this order already.
  public let sortedIndices: [Int]?
  /// Which row of a batch each sequence is. Nil where they were in this order already.
  public let unsortedIndices: [Int]?

  /// Elements that are packed already; a layer's result has the order of its input.
  init(_ data: Tensor, _ batchSizes: [Int], _ sortedIndices: [Int]?) {
    self.data = data
    self.batchSizes = batchSizes
    self.sortedIndices = sortedIndices
    unsortedIndices = sortedIndices.map { order in
      var places = order
      for (place, i) in order.enumerated() { places[i] = place }
      return places
    }
  }

  /// The same sequences with other elements.
  func with(_ data: Tensor) -> PackedSequence { PackedSequence(data, batchSizes, sortedIndices) }

  /// How long each row of a batch is, in the order of the pack.
  var sortedLengths: [Int] { (0..<(batchSizes.first ?? 0)).map { row in batchSizes.count { $0 > row } } }

  /// Where each packed element stands in [steps batch], and where each of those is packed; a place that is no sequence's has the first.
  var places: (packed: [Int], padded: [Int]) {
    let batch = batchSizes.first ?? 0
    var packed: [Int] = [], padded = Array(repeating: 0, count: batchSizes.count * batch)
    for (step, count) in batchSizes.enumerated() {
      for row in 0..<count {
        padded[step * batch + row] = packed.count
        packed.append(step * batch + row)
      }
    }
    return (packed, padded)
  }

  /// The sequences in the order of the pack, [steps, batch, ...]; what lies beyond an end is some element.
  var padded: Tensor { picked(data, places.padded).unflattened(0, [batchSizes.count, batchSizes.first ?? 0]) }

  /// The packed elements of `x` [steps, batch, ...].
  func packed(_ x: Tensor) -> Tensor { picked(x.flattened(from: 0, through: 1), places.packed) }
}

/// The rows of `x` at these places.
func picked(_ x: Tensor, _ places: [Int]) -> Tensor {
  x.indexSelect(dim: 0, index: Tensor(places, shape: [places.count], dtype: .int64))
}

/// Packs sequences that are padded to one length.
///
/// - Parameters:
///   - x: [steps, batch, ...], or [batch, steps, ...] where `batchFirst`.
///   - lengths: how long each sequence is, 1 or more.
///   - batchFirst: whether the batch is the first dimension.
///   - enforceSorted: whether lengths must not increase; otherwise the sequences are sorted, and layers put states back in order.
public func packPaddedSequence(
  _ x: Tensor, lengths: [Int], batchFirst: Bool = false, enforceSorted: Bool = true
) -> PackedSequence {
  func problem(_ message: String, _ hint: String) -> PackedSequence {
    refuse(TensorError(.argument, message, hint: hint, operation: "packPaddedSequence", shapes: [x.shape]))
    return PackedSequence(x, [], nil)
  }
  guard x.rank >= 2 else { return problem("input must have at least 2 dimensions, got \(x.rank)", "They are steps and batch.") }
  let steps = x.shape[batchFirst ? 1 : 0], batch = x.shape[batchFirst ? 0 : 1]
  guard lengths.count == batch, batch > 0 else {
    return problem(
      "Expected `len(lengths)` to be equal to batch_size, but got \(lengths.count) (batch_size=\(batch))", "Each has a length.")
  }
  guard lengths.allSatisfy({ $0 > 0 }) else {
    return problem(
      "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0", "Leave empty sequences out.")
  }
  guard lengths.allSatisfy({ $0 <= steps }) else {
    return problem("Expected lengths to be at most \(steps), but got \(lengths)", "There are no more steps.")
  }
  let isSorted = zip(lengths, lengths.dropFirst()).allSatisfy { $0 >= $1 }
  guard isSorted || !enforceSorted else {
    return problem(
      "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True.", "Pass enforceSorted: false to have them sorted.")
  }
  // As in PyTorch, sequences of one length keep their order.
  let order = enforceSorted ? nil : lengths.indices.sorted { (lengths[$0], $1) > (lengths[$1], $0) }
  let rows = batchFirst ? x.transposed(0, 1) : x
  let own = order.map { $0.map { lengths[$0] } } ?? lengths
  let sizes = (0..<(own.first ?? 0)).map { step in own.count { $0 > step } }
  let packed = PackedSequence(x, sizes, order)
  let ordered = order.map { rows.indexSelect(dim: 1, index: Tensor($0, shape: [batch], dtype: .int64)) } ?? rows
  return packed.with(packed.packed(ordered.narrow(dim: 0, start: 0, count: sizes.count)))
}

/// Packs sequences [length, ...] of several lengths, which must not increase unless `enforceSorted` is false.
public func packSequence(_ sequences: [Tensor], enforceSorted: Bool = true) -> PackedSequence {
  packPaddedSequence(padSequence(sequences), lengths: sequences.map { $0.shape.first ?? 0 }, enforceSorted: enforceSorted)
}

/// Returns packed sequences padded to one length, in the order they had, and how long each is.
///
/// - Parameters:
///   - packed: the packed sequences.
///   - batchFirst: whether the result is [batch, steps, ...] and not [steps, batch, ...].
///   - paddingValue: what stands beyond an end.
///   - totalLength: the number of steps of the result, where it is to be more than the longest sequence has.
public func padPackedSequence(
  _ packed: PackedSequence, batchFirst: Bool = false, paddingValue: Double = 0, totalLength: Int? = nil
) -> (sequences: Tensor, lengths: [Int]) {
  let steps = packed.batchSizes.count, total = totalLength ?? steps, lengths = packed.sortedLengths
  guard total >= steps, total <= 1 << 30 else {
    refuse(
      TensorError(
        .argument,
        "Expected total_length to be at least the length of the longest sequence in input, but got total_length=\(total) and "
          + "max sequence length being \(steps)", hint: "Leave it out for the longest.", operation: "padPackedSequence"))
    return (packed.data, lengths)
  }
  let batch = lengths.count
  var x = packed.padded
  if isErrorPending || batch == 0 { return (packed.data, lengths) }
  let isIn = Tensor.arange(steps).unsqueezed(1) .< Tensor(lengths, shape: [1, batch], dtype: .int64)
  x = Tensor.where(isIn.reshaped([steps, batch] + Array(repeating: 1, count: x.rank - 2)), x, paddingValue)
  if total > steps { x = x.padded(Array(repeating: 0, count: 2 * (x.rank - 1)) + [0, total - steps], value: paddingValue) }
  if let order = packed.unsortedIndices { x = x.indexSelect(dim: 1, index: Tensor(order, shape: [batch], dtype: .int64)) }
  return (batchFirst ? x.transposed(0, 1) : x, packed.unsortedIndices.map { $0.map { lengths[$0] } } ?? lengths)
}

/// Returns the sequences of a pack, each by itself: [length, ...].
public func unpackSequence(_ packed: PackedSequence) -> [Tensor] {
  let (x, lengths) = padPackedSequence(packed, batchFirst: true)
  return unpadSequence(x, lengths: lengths, batchFirst: true)
}

/// Which end of a sequence is padded.
public enum PaddingSide: Sendable { case left, right }

/// Returns sequences [length, ...] padded to the longest, [steps, batch, ...] or, with `batchFirst`, [batch, steps, ...].
///
/// - Parameters:
///   - sequences: the sequences.
///   - batchFirst: whether the batch is the first dimension.
///   - paddingValue: what stands beyond an end.
///   - paddingSide: which end.
public func padSequence(
  _ sequences: [Tensor], batchFirst: Bool = false, paddingValue: Double = 0, paddingSide: PaddingSide = .right
) -> Tensor {
  guard let first = sequences.first, sequences.allSatisfy({ $0.rank > 0 && $0.shape.dropFirst() == first.shape.dropFirst() }) else {
    refuse(
      TensorError(
        .shape, "received an empty list of sequences, or sequences that differ in more than their first dimension",
        hint: "Each is [length, ...].", operation: "padSequence", shapes: sequences.prefix(2).map(\.shape)))
    return sequences.first ?? Tensor.zeros(0, 0)
  }
  let steps = sequences.map { $0.shape[0] }.max() ?? 0, inner = Array(repeating: 0, count: 2 * (first.rank - 1))
  let all = sequences.map { x -> Tensor in
    let missing = steps - x.shape[0]
    if missing == 0 { return x }
    return x.padded(inner + (paddingSide == .right ? [0, missing] : [missing, 0]), value: paddingValue)
  }
  return stack(all, dim: batchFirst ? 0 : 1)
}

/// Returns padded sequences [steps, batch, ...], or [batch, steps, ...] where `batchFirst`, each by itself: [length, ...].
public func unpadSequence(_ x: Tensor, lengths: [Int], batchFirst: Bool = false) -> [Tensor] {
  let rows = x.rank >= 2 && !batchFirst ? x.transposed(0, 1) : x
  guard x.rank >= 2, lengths.count == rows.shape[0], lengths.allSatisfy({ $0 >= 0 && $0 <= rows.shape[1] }) else {
    refuse(
      TensorError(
        .argument, "lengths \(lengths) do not fit sequences of shape \(x.shape)", hint: "Each sequence has a length.",
        operation: "unpadSequence", shapes: [x.shape]))
    return [x]
  }
  return lengths.enumerated().map { rows[$0].narrow(dim: 0, start: 0, count: $1) }
}

import CKernels

/// Who adds up what the parts of one batch have, which are computed elsewhere: by other processes, or in turn by this one.
package protocol BatchSum: AnyObject, Sendable {
  /// The elementwise sum of every part's tensor, a float64 vector. All parts ask in the same order, with vectors of the same length.
  func sum(_ own: Tensor) -> Tensor
}

/// The parts that one batch has besides those that are at hand.
package enum SharedBatch {
  private static let everywhere = SharedValue<any BatchSum>()

  /// Who adds up for this thread; nil where the batch at hand is whole.
  package static var current: (any BatchSum)? { Modes.currentIfAny?.batchSum ?? everywhere.read() }

  /// Has every thread that is told nothing else share its batches by `sum`.
  package static func share(by sum: any BatchSum) { everywhere.update { _ in sum } }

  /// Runs `body` with the batches of this thread shared by `sum`.
  package static func shared<R>(by sum: any BatchSum, _ body: () throws -> R) rethrows -> R {
    try Modes.with(\.batchSum, sum, body)
  }

  /// The sum of a vector over the parts of a batch, through which gradients flow: they are summed over the parts too.
  static func sum(_ own: Tensor, _ parts: any BatchSum) -> Tensor { SumOverParts(parts: parts)(own) }
}

/// The sum over the parts of a batch. It is its own transpose: what one part gives reaches all of them.
private struct SumOverParts: LinearOperation {
  static let info = OperationInfo(
    "sum_over_parts", "The sum over the parts of a batch.", call: "", formula: "sum of x over the parts",
    derivative: "sum of dy over the parts",
    samples: [])
  let parts: any BatchSum
  var nodeName: String { "SumOverPartsBackward0" }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor { parts.sum(x) }
  func transpose(_ dy: Tensor) -> Tensor { self(dy) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x.flattened()).reshaped(x.shape) }
}

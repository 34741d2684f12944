public import ChainRule

/// Samples that can be asked for by number, a batch at a time.
public protocol Dataset<Batch>: Sendable {
  /// What a batch is: usually inputs and targets.
  associatedtype Batch: Sendable
  /// The number of samples.
  var count: Int { get }
  /// The samples at `indices`, stacked along dimension 0.
  func batch(at indices: [Int]) -> Batch
}

/// Inputs and targets of equal length, in memory.
///
///     for (x, y) in DataLoader(TensorDataset(inputs, targets), batchSize: 64, shuffle: true) { ... }
public struct TensorDataset: Dataset {
  /// One row for each sample.
  public let inputs: Tensor
  /// One row for each sample.
  public let targets: Tensor

  /// A dataset whose sample i is row i of both tensors.
  public init(_ inputs: Tensor, _ targets: Tensor) {
    self.inputs = inputs
    self.targets = targets
    if inputs.rank == 0 || targets.rank == 0 || inputs.shape[0] != targets.shape[0] {
      refuse(
        TensorError(
          .shape, "Size mismatch between tensors", hint: "Inputs and targets have one row for each sample.",
          operation: "TensorDataset", shapes: [inputs.shape, targets.shape]))
    }
  }

  /// The number of rows.
  public var count: Int { inputs.shape.first ?? 0 }

  /// The rows at `indices` of both tensors.
  public func batch(at indices: [Int]) -> (Tensor, Tensor) {
    let index = Tensor(indices)
    return (inputs.indexSelect(dim: 0, index: index), targets.indexSelect(dim: 0, index: index))
  }
}

public import ChainRule

// PyTorch's default_collate: samples of one form as one batch of that form.

/// Stacks tensors of one shape along a new first dimension.
///
/// - Throws: `TensorError` where there are none, or of several shapes.
public func defaultCollate(_ samples: [Tensor]) throws -> Tensor { try catching { stack(samples) } }

/// Stacks the first and the second tensors.
///
/// - Throws: `TensorError` where there are none, or of several shapes.
public func defaultCollate(_ samples: [(Tensor, Tensor)]) throws -> (Tensor, Tensor) {
  try (defaultCollate(samples.map(\.0)), defaultCollate(samples.map(\.1)))
}

/// Stacks the tensors; the numbers become a tensor of int64.
///
/// - Throws: `TensorError` where there are none, or of several shapes.
public func defaultCollate(_ samples: [(Tensor, Int)]) throws -> (Tensor, Tensor) {
  try (defaultCollate(samples.map(\.0)), Tensor(samples.map(\.1)))
}

/// Stacks the tensors at each place.
///
/// - Throws: `TensorError` where there are no samples, or of several lengths or shapes.
public func defaultCollate(_ samples: [[Tensor]]) throws -> [Tensor] {
  guard let first = samples.first, samples.allSatisfy({ $0.count == first.count }) else {
    throw TensorError(
      .argument, "each element in list of batch should be of equal size",
      hint: "The lists have \(listedCounts(samples.map(\.count))) tensors.",
      operation: "collate")
  }
  return try first.indices.map { i in try defaultCollate(samples.map { $0[i] }) }
}

/// Stacks the tensors under each key of the first sample.
///
/// - Throws: `TensorError` where a sample lacks a key, or the shapes differ.
public func defaultCollate(_ samples: [[String: Tensor]]) throws -> [String: Tensor] {
  var result: [String: Tensor] = [:]
  for key in (samples.first ?? [:]).keys {
    result[key] = try defaultCollate(
      samples.map { sample in
        guard let tensor = sample[key] else {
          throw TensorError(.argument, "KeyError: '\(key)'", hint: "Every sample has the keys of the first one.", operation: "collate")
        }
        return tensor
      })
  }
  return result
}

private func listedCounts(_ counts: [Int]) -> String { Set(counts).sorted().prefix(8).map(String.init).joined(separator: ", ") }

// The sets whose samples are of these forms need no collate(_:) of their own.

extension SampleDataset where Sample == Tensor {
  /// Stacks the samples.
  public func collate(_ samples: [Tensor]) throws -> Tensor { try defaultCollate(samples) }
}

extension SampleDataset where Sample == (Tensor, Tensor) {
  /// Stacks the first and the second tensors.
  public func collate(_ samples: [(Tensor, Tensor)]) throws -> (Tensor, Tensor) { try defaultCollate(samples) }
}

extension SampleDataset where Sample == (Tensor, Int) {
  /// Stacks the tensors; the numbers become a tensor of int64.
  public func collate(_ samples: [(Tensor, Int)]) throws -> (Tensor, Tensor) { try defaultCollate(samples) }
}

extension SampleDataset where Sample == [Tensor] {
  /// Stacks the tensors at each place.
  public func collate(_ samples: [[Tensor]]) throws -> [Tensor] { try defaultCollate(samples) }
}

extension SampleDataset where Sample == [String: Tensor] {
  /// Stacks the tensors under each key.
  public func collate(_ samples: [[String: Tensor]]) throws -> [String: Tensor] { try defaultCollate(samples) }
}

extension IterableDataset where Sample == Tensor {
  /// Stacks the samples.
  public func collate(_ samples: [Tensor]) throws -> Tensor { try defaultCollate(samples) }
}

extension IterableDataset where Sample == (Tensor, Tensor) {
  /// Stacks the first and the second tensors.
  public func collate(_ samples: [(Tensor, Tensor)]) throws -> (Tensor, Tensor) { try defaultCollate(samples) }
}

extension IterableDataset where Sample == (Tensor, Int) {
  /// Stacks the tensors; the numbers become a tensor of int64.
  public func collate(_ samples: [(Tensor, Int)]) throws -> (Tensor, Tensor) { try defaultCollate(samples) }
}

extension IterableDataset where Sample == [Tensor] {
  /// Stacks the tensors at each place.
  public func collate(_ samples: [[Tensor]]) throws -> [Tensor] { try defaultCollate(samples) }
}

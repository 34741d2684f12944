extension Tensor {
  /// Returns the differences of neighbours along a dimension, taken `n` times: y[i] = x[i + 1] - x[i].
  ///
  /// - Parameters:
  ///   - n: how often; with 0 the tensor comes back as it is.
  ///   - dim: the dimension.
  ///   - prepend: joined before the first difference is taken.
  ///   - append: joined behind.
  public func diff(_ n: Int = 1, dim: Int = -1, prepend: Tensor? = nil, append: Tensor? = nil) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      guard rank > 0 else {
        throw TensorError(
          .shape, "diff expects input to be at least one-dimensional", hint: "One number has no neighbour.", operation: "diff")
      }
      guard n >= 0 else {
        throw TensorError(.argument, "order must be non-negative but got \(n)", hint: "Take 0 or more differences.", operation: "diff")
      }
      let d = try Dims.wrapped(dim, rank, "diff")
      if let other = [prepend, append].compactMap({ $0 }).first(where: { $0.rank != rank }) {
        throw TensorError(
          .shape, "diff expects prepend or append to be the same dimension as input",
          hint: "The input has \(rank) dimensions, the other \(other.rank).", operation: "diff")
      }
      if n == 0 { return self }
      var result = prepend == nil && append == nil ? self : cat([prepend, self, append].compactMap { $0 }, dim: d)
      for _ in 0..<n {
        let count = result.size(d) - 1
        if count < 0 || isErrorPending { break }
        let (later, earlier) = (result.narrow(dim: d, start: 1, count: count), result.narrow(dim: d, start: 0, count: count))
        result = dtype == .bool ? later.logicalXor(earlier) : later - earlier
      }
      return result
    }
  }
}

/// Dimensions as users write them: negative ones count from the end.
enum Dims {
  /// `dim` counted from the left, for a tensor of `rank` dimensions (a 0-dimensional one is treated as having one).
  static func wrapped(_ dim: Int, _ rank: Int, _ operation: String) throws(TensorError) -> Int {
    let limit = max(rank, 1)
    guard dim >= -limit, dim < limit else { throw outOfRange(dim, limit, operation) }
    return dim < 0 ? dim + limit : dim
  }

  /// All of `dims` counted from the left; every dimension where the list is empty.
  static func wrapped(_ dims: [Int], _ rank: Int, _ operation: String) throws(TensorError) -> [Int] {
    if dims.isEmpty { return Array(0..<rank) }
    var result: [Int] = []
    for dim in dims {
      let d = try wrapped(dim, rank, operation)
      if result.contains(d) {
        throw TensorError(
          .argument, "dim \(d) appears multiple times in the list of dims", hint: "Name each dimension once.",
          operation: operation)
      }
      result.append(d)
    }
    return rank > 0 ? result : []
  }

  static func outOfRange(_ dim: Int, _ limit: Int, _ operation: String) -> TensorError {
    TensorError(
      .index, "Dimension out of range (expected to be in range of [\(-limit), \(limit - 1)], but got \(dim))",
      hint: "Negative dimensions count from the end: -1 is the last.", operation: operation)
  }
}

/// Sizes computed from numbers that users wrote: refused where no integer holds them.
enum Sizes {
  static func product(_ a: Int, _ b: Int) throws(TensorError) -> Int {
    let (result, overflow) = a.multipliedReportingOverflow(by: b)
    if overflow { throw Rules.storageOverflow("\(a) times \(b)") }
    return result
  }

  static func sum(_ a: Int, _ b: Int) throws(TensorError) -> Int {
    let (result, overflow) = a.addingReportingOverflow(b)
    if overflow { throw Rules.storageOverflow("\(a) and \(b)") }
    return result
  }
}

/// Runs a rule that computes an argument of an operation and may refuse it; the refusal goes the way all errors go.
@inline(__always)
func orFail(_ operands: @autoclosure () -> [Tensor], _ body: () throws(TensorError) -> Tensor) -> Tensor {
  do throws(TensorError) { return try body() } catch { return fail(error.describing(operands())) }
}

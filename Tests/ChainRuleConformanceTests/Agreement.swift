import ChainRule

/// How far a result may be from PyTorch's, and how far it is.
enum Agreement {
  /// What is wrong with `actual`, or nil.
  static func problem(_ actual: Tensor, _ expected: Tensor, relative: Double = 1e-9) -> String? {
    guard actual.shape == expected.shape else { return "shape \(actual.shape), expected \(expected.shape)" }
    guard actual.dtype == expected.dtype else { return "dtype \(actual.dtype.name), expected \(expected.dtype.name)" }
    let a = actual.array(of: Double.self), e = expected.array(of: Double.self)
    let tolerance = tolerance(e, expected.dtype, relative)
    var largest = 0.0, place = -1
    for i in a.indices {
      if a[i] == e[i] || (a[i].isNaN && e[i].isNaN) { continue }
      let error = abs(a[i] - e[i])
      if error <= tolerance(e[i]) { continue }
      // NaN counts as the largest error of all.
      if place < 0 || !(error <= largest) { (largest, place) = (error, i) }
    }
    return place < 0 ? nil : "error \(largest) at \(place): \(a[place]), expected \(e[place])"
  }

  private static func tolerance(_ expected: [Double], _ dtype: DType, _ relative: Double) -> (Double) -> Double {
    switch dtype {
    case .float64: return { relative * abs($0) + 1e-10 }
    case .float32:
      let magnitude = expected.lazy.filter(\.isFinite).map(abs).max() ?? 0
      return { _ in 1e-4 * magnitude + 1e-6 }
    default: return { _ in 0 }
    }
  }

  /// Whether two sets of indices along `dim` pick equal elements of `x`.
  static func isTie(_ actual: Tensor, _ expected: Tensor, of x: Tensor, dim: Int) -> Bool {
    guard actual.dtype == .int64, actual.shape == expected.shape else { return false }
    if x.rank == 0 { return false }
    let d = dim < 0 ? dim + x.rank : dim
    func picked(_ index: Tensor) -> Tensor {
      let placed = index.rank == x.rank ? index : index.unsqueezed(d)
      return x.gather(dim: d, index: placed)
    }
    return picked(actual).equal(picked(expected))
  }
}

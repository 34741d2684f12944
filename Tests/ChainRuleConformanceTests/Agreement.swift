import ChainRule

/// How far a result may be from PyTorch's, and how far it is.
enum Agreement {
  /// What is wrong with `actual`, or nil. An error up to `slack` is right in any case.
  static func problem(_ actual: Tensor, _ expected: Tensor, relative: Double = 1e-9, slack: Double = 0) -> String? {
    guard actual.shape == expected.shape else { return "shape \(actual.shape), expected \(expected.shape)" }
    guard actual.dtype == expected.dtype else { return "dtype \(actual.dtype.name), expected \(expected.dtype.name)" }
    if !expected.dtype.isFloatingPoint { return unequal(actual, expected) }
    let a = actual.array(of: Double.self), e = expected.array(of: Double.self)
    let tolerance = tolerance(e, expected.dtype, relative)
    var largest = 0.0, place = -1
    for i in a.indices {
      if a[i] == e[i] || (a[i].isNaN && e[i].isNaN) { continue }
      let error = abs(a[i] - e[i])
      if error <= max(tolerance(e[i]), slack) { continue }
      // NaN counts as the largest error of all.
      if place < 0 || !(error <= largest) { (largest, place) = (error, i) }
    }
    return place < 0 ? nil : "error \(largest) at \(place): \(a[place]), expected \(e[place])"
  }

  /// Integers and bools are equal or they are not: all their bits count, more than a Double has.
  private static func unequal(_ actual: Tensor, _ expected: Tensor) -> String? {
    let a = actual.array(of: Int.self), e = expected.array(of: Int.self)
    let places = a.indices.filter { a[$0] != e[$0] }
    guard let place = places.max(by: { distance(a[$0], e[$0]) < distance(a[$1], e[$1]) }) else { return nil }
    return "error \(distance(a[place], e[place])) at \(place): \(a[place]), expected \(e[place])"
  }

  private static func distance(_ a: Int, _ e: Int) -> UInt {
    a > e ? UInt(bitPattern: a) &- UInt(bitPattern: e) : UInt(bitPattern: e) &- UInt(bitPattern: a)
  }

  private static func tolerance(_ expected: [Double], _ dtype: DType, _ relative: Double) -> (Double) -> Double {
    if dtype == .float64 { return { relative * abs($0) + 1e-10 } }
    let magnitude = expected.lazy.filter(\.isFinite).map(abs).max() ?? 0
    return { _ in max(1e-4, 100 * relative) * magnitude }
  }

  /// Whether two tensors have the same elements, NaN like NaN.
  static func isSame(_ x: Tensor, _ w: Tensor) -> Bool {
    guard x.shape == w.shape, x.dtype == w.dtype else { return false }
    return zip(x.array(of: Double.self), w.array(of: Double.self)).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
  }

  /// The largest distance of PyTorch's float32 values from the same in float64.
  static func roundingDistance(_ rounded: Tensor, _ exact: Tensor) -> Double {
    guard rounded.shape == exact.shape else { return 0 }
    let pairs = zip(rounded.array(of: Double.self), exact.array(of: Double.self))
    return pairs.lazy.map { abs($0 - $1) }.filter(\.isFinite).max() ?? 0
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
    // An index that is out of bounds fails the gather, and is no tie.
    return (try? catching { picked(actual).equal(picked(expected)) }) ?? false
  }
}

import ChainRuleSymbolic

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Derivatives of order n by differences of n + 1 samples.
enum HigherDifference {
  typealias Result = (value: Double, errorEstimate: Double?, evaluations: Int)

  /// h^-n sum over k of (-1)^(n - k) C(n, k) f(x + (k - shift) h): forward with shift 0, central with shift n/2.
  ///
  /// The step balances truncation, O(h) or O(h^2), against rounding, O(eps/h^n).
  static func difference(
    _ method: NumericDifferentiation.Method, order n: Int, at x: Double, step requested: Double? = nil, _ f: (Double) throws -> Double
  ) throws -> Result {
    if method == .richardson { return try richardson(order: n, at: x, f) }
    let isCentral = method != .forward
    let h = requested ?? max(1, x.magnitude) * pow(.ulpOfOne, 1 / Double(n + (isCentral ? 2 : 1)))
    let samples = try (0...n).map { k in try f(x + (Double(k) - (isCentral ? Double(n) / 2 : 0)) * h) }
    return (weighted(samples) / pow(h, Double(n)), nil, n + 1)
  }

  /// The alternating sum with binomial weights, by repeated differences.
  private static func weighted(_ samples: [Double]) -> Double {
    var row = samples
    while row.count > 1 { row = zip(row.dropFirst(), row).map { $0 - $1 } }
    return row[0]
  }

  /// Central differences at steps that shrink by 1.4, extrapolated to step 0 in h^2; the entry of Neville's table that changes least is
  /// the answer (C. Ridders, Advances in Engineering Software 4, 1982, for order 1).
  private static func richardson(order n: Int, at x: Double, _ f: (Double) throws -> Double) throws -> Result {
    let shrink = 1.4
    var h = max(1, x.magnitude) * 0.5
    var evaluations = 0
    var row: [Double] = []
    var best = (value: Double.nan, error: Double.infinity)
    for _ in 0..<40 where row.count < 16 {
      evaluations += n + 1
      guard let first = (try? difference(.central, order: n, at: x, step: h, f))?.value, first.isFinite else {
        h /= row.isEmpty ? 4 : shrink
        continue
      }
      var next = [first]
      var factor = shrink * shrink
      for (column, previous) in row.enumerated() {
        next.append((next[column] * factor - previous) / (factor - 1))
        factor *= shrink * shrink
        let error = max((next[column + 1] - next[column]).magnitude, (next[column + 1] - previous).magnitude)
        if error <= best.error { best = (next[column + 1], error) }
      }
      if let last = row.last, let newest = next.last, (newest - last).magnitude >= 2 * best.error, row.count > 2 { break }
      row = next
      h /= shrink
    }
    if !best.value.isFinite { _ = try f(x) }
    return (best.value, best.error, evaluations)
  }
}

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One axis of a drawing: a range of the data mapped to a range of lengths.
struct Axis: Sendable {
  let scale: AxisScale
  let lower: Double
  let upper: Double

  /// The range that holds all the values, with a margin; `fixed` overrides it. Values without a place on the scale do not count.
  init(holding values: some Sequence<Double>, scale: AxisScale, fixed: ClosedRange<Double>? = nil, margin: Double = 0.04) {
    self.scale = scale
    var (low, high) = (Double.infinity, -Double.infinity)
    for value in values where Self.hasPlace(value, scale) {
      low = min(low, value)
      high = max(high, value)
    }
    if let fixed, Self.hasPlace(fixed.lowerBound, scale), Self.hasPlace(fixed.upperBound, scale), fixed.lowerBound < fixed.upperBound {
      (lower, upper) = (fixed.lowerBound, fixed.upperBound)
      return
    }
    if low > high { (low, high) = scale == .linear ? (0, 1) : (0.1, 10) }
    switch scale {
    case .linear:
      let widest = max(low.magnitude, high.magnitude)
      let pad = high - low > widest * 1e-12 ? (high - low) * margin : max(widest * 0.1, 0.5)
      (lower, upper) = (low - pad, high + pad)
    case .logarithmic:
      let (lowLog, highLog) = (log10(low), log10(high))
      let pad = highLog - lowLog > 1e-9 ? (highLog - lowLog) * margin : 0.3
      (lower, upper) = (pow(10, max(-305, lowLog - pad)), pow(10, min(305, highLog + pad)))
    }
  }

  /// Whether the scale has a place for the value at all. Magnitudes near the ends of double precision, where a range or a margin would
  /// overflow, have none.
  static func hasPlace(_ value: Double, _ scale: AxisScale) -> Bool { value.magnitude <= 1e300 && (scale == .linear || value >= 1e-300) }

  /// The place of the value, 0 at the lower and 1 at the upper end; nil without one.
  func fraction(_ value: Double) -> Double? {
    guard Self.hasPlace(value, scale) else { return nil }
    switch scale {
    case .linear: return (value - lower) / (upper - lower)
    case .logarithmic: return (log10(value) - log10(lower)) / (log10(upper) - log10(lower))
    }
  }

  /// The value at a place.
  func value(at fraction: Double) -> Double {
    switch scale {
    case .linear: return lower + (upper - lower) * fraction
    case .logarithmic: return pow(10, log10(lower) + (log10(upper) - log10(lower)) * fraction)
    }
  }

  /// Round numbers to mark.
  func ticks(_ count: Int) -> [AxisTick] { AxisTicks.ticks(from: lower, to: upper, count: count, scale: scale) }
}

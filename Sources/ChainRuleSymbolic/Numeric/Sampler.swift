#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Samples of a function around a point, each taken once, and the difference quotients they make.
struct Sampler {
  /// Which samples a difference quotient reads.
  enum Side: Sendable { case both, left, right }

  /// A difference quotient at one step.
  struct Quotient {
    let step: Double
    let value: Double
    /// What rounding can do to a sample, as far as the size of the samples and of the point tells.
    let rounding: Double
    /// How much of a sample's error the quotient has.
    let gain: Double
    /// The largest sample.
    let magnitude: Double
    /// The largest difference of neighbouring samples.
    let change: Double
  }

  let order: Int
  let x: Double
  let f: (Double) throws -> Double
  private var values: [Double: Double] = [:]
  var evaluations = 0

  init(order: Int, x: Double, _ f: @escaping (Double) throws -> Double) {
    self.order = order
    self.x = x
    self.f = f
  }

  /// The function's value; nil where it throws or is not finite.
  mutating func value(_ place: Double) -> Double? {
    if let known = values[place] { return known.isFinite ? known : nil }
    evaluations += 1
    let value = (try? f(place)) ?? .nan
    values[place] = value
    return value.isFinite ? value : nil
  }

  /// Whether the function has values a step away on a side, or on both.
  mutating func isFinite(around h: Double, _ side: Side) -> Bool {
    (side == .left || value(x + h) != nil) && (side == .right || value(x - h) != nil)
  }

  /// The quotient whose samples lie at whole multiples of the step: n + 1 of them, symmetric around the point, or from it to one side.
  ///
  /// Symmetric ones of odd order lie at odd multiples: at -h and h for the first derivative.
  mutating func quotient(_ h: Double, _ side: Side) -> Quotient? {
    let n = order
    let isWide = side == .both && n % 2 == 1
    let spacing = isWide ? 2 * h : h
    var samples = [Double](repeating: 0, count: n + 1)
    var ends = (first: x, last: x), magnitude = 0.0, change = 0.0
    for k in 0...n {
      let multiple: Double =
        switch side {
        case .right: Double(k)
        case .left: Double(k - n)
        case .both: isWide ? Double(2 * k - n) : Double(k - n / 2)
        }
      let place = x + multiple * h
      guard let value = value(place) else { return nil }
      if k == 0 { ends.first = place }
      ends.last = place
      samples[k] = value
      magnitude = max(magnitude, value.magnitude)
      if k > 0 { change = max(change, (value - samples[k - 1]).magnitude) }
    }
    // Of the first order the spacing that rounding left; of higher ones no single spacing is right.
    let divisor = n == 1 ? ends.last - ends.first : pow(spacing, Double(n))
    guard divisor > 0x1p-1000, divisor.isFinite else { return nil }
    let value = Self.difference(samples) / divisor
    guard value.isFinite else { return nil }
    let reach = max(ends.first.magnitude, ends.last.magnitude)
    // Values round, and so does what a function computes of its argument first. What underflows leaves no other trace than the last term.
    let rounding = .ulpOfOne * (magnitude + reach * (change / spacing)) + 0x1p-1040
    return Quotient(
      step: h, value: value, rounding: rounding, gain: Double(sign: .plus, exponent: n, significand: 1) / divisor, magnitude: magnitude,
      change: change)
  }

  /// The alternating sum with binomial weights, by repeated differences.
  static func difference(_ samples: [Double]) -> Double {
    var row = samples
    for count in stride(from: samples.count - 1, to: 0, by: -1) {
      for k in 0..<count { row[k] = row[k + 1] - row[k] }
    }
    return row[0]
  }
}

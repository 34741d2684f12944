#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// How an axis maps numbers to lengths.
public enum AxisScale: Sendable, Equatable {
  /// Equal differences take equal lengths.
  case linear
  /// Equal ratios take equal lengths; only positive numbers have a place.
  case logarithmic
}

/// A marked place on an axis; minor ticks have an empty label.
struct AxisTick: Sendable, Equatable {
  /// The place, in data units.
  var value: Double
  /// The text beside it.
  var label: String
}

/// The choice of round numbers to mark on an axis.
enum AxisTicks {
  /// Round numbers within `lower...upper`, about `count` of them, on the scale.
  static func ticks(from lower: Double, to upper: Double, count: Int, scale: AxisScale) -> [AxisTick] {
    guard lower.isFinite, upper.isFinite, lower < upper else { return [] }
    switch scale {
    case .linear: return linear(lower, upper, max(2, count))
    case .logarithmic: return lower > 0 ? logarithmic(lower, upper, max(2, count)) : []
    }
  }

  /// Steps of 1, 2 or 5 times a power of ten (P. Heckbert, "Nice numbers for graph labels", Graphics Gems, 1990), the one whose number of
  /// ticks comes nearest to `count`. Ticks are integers times the step, so that their labels are exact.
  private static func linear(_ lower: Double, _ upper: Double, _ count: Int) -> [AxisTick] {
    let ideal = upper / Double(count) - lower / Double(count)
    // Beyond this the ticks could not be told apart in double precision.
    guard ideal > max(lower.magnitude, upper.magnitude) * 1e-12, ideal > 1e-300, ideal.isFinite else {
      return [lower, upper].map { AxisTick(value: $0, label: NumberText.significant($0, digits: 6)) }
    }
    let decade = Int(log10(ideal).rounded(.down))
    var best: (ticks: ClosedRange<Int>, factor: Int, exponent: Int)?
    for (factor, exponent) in [(1, decade), (2, decade), (5, decade), (1, decade + 1)] {
      let step = Double(factor) * pow(10, Double(exponent))
      // The tolerance keeps a tick that lies on the end but for rounding.
      let first = (lower / step - 1e-9).rounded(.up), last = (upper / step + 1e-9).rounded(.down)
      guard first <= last else { continue }
      let range = Int(first)...Int(last)
      if let best, abs(best.ticks.count - count) <= abs(range.count - count) { continue }
      best = (range, factor, exponent)
    }
    guard let best else { return [] }
    return best.ticks.map { index in
      let mantissa = index * best.factor
      let power = pow(10, Double(best.exponent.magnitude))
      let scaled = best.exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
      let text = label(mantissa, exponent: best.exponent, largest: max(lower.magnitude, upper.magnitude))
      // An end is missed by rounding only; no tick stands outside.
      return AxisTick(value: max(lower, min(scaled, upper)), label: text)
    }
  }

  private static func label(_ mantissa: Int, exponent: Int, largest: Double) -> String {
    guard mantissa != 0 else { return "0" }
    let sign = mantissa < 0 ? "-" : ""
    if largest >= 1e6 || exponent < -5 {
      // Scientific: one digit before the point, taken from the exact integer.
      let digits = "\(mantissa.magnitude)"
      let fraction = NumberText.trimmed(NumberText.decimal(UInt64(mantissa.magnitude), exponent: 1 - digits.count))
      let power = exponent + digits.count - 1
      return sign + (power == 0 ? fraction : "\(fraction)e\(power)")
    }
    return sign + NumberText.decimal(UInt64(mantissa.magnitude), exponent: exponent)
  }

  /// Powers of ten, every `stride`-th labelled; between them 2...9 as minor ticks, labelled at 2 and 5 where decades are few. A range
  /// within one decade is marked like a linear one.
  private static func logarithmic(_ lower: Double, _ upper: Double, _ count: Int) -> [AxisTick] {
    let (low, high) = (log10(lower), log10(upper))
    guard high - low >= 1 else { return linear(lower, upper, count).filter { $0.value > 0 } }
    let first = Int((low - 1e-9).rounded(.up)), last = Int((high + 1e-9).rounded(.down))
    let decades = last - first + 1
    let stride = (decades + count - 1) / count
    let factors = stride > 1 || decades > 7 ? 1...1 : 1...9
    var ticks: [AxisTick] = []
    for exponent in (first - 1)...last {
      for factor in factors {
        let value = Double(factor) * pow(10, Double(exponent))
        guard value >= lower * (1 - 1e-9), value <= upper * (1 + 1e-9) else { continue }
        var label = ""
        if decades <= 2 && [1, 2, 5].contains(factor) {
          label = NumberText.significant(value, digits: 2)
        } else if factor == 1 && exponent % stride == 0 {
          label = "10\(superscript(exponent))"
        }
        ticks.append(AxisTick(value: max(lower, min(value, upper)), label: label))
      }
    }
    return ticks
  }

  private static func superscript(_ exponent: Int) -> String {
    let digits = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"]
    return (exponent < 0 ? "⁻" : "") + "\(exponent.magnitude)".compactMap { $0.wholeNumberValue.map { digits[$0] } }.joined()
  }
}

extension AxisTick {
  /// The label in ASCII, for terminals without superscripts: `1e-8`.
  var plainLabel: String {
    guard label.hasPrefix("10"), label.unicodeScalars.contains(where: { !$0.isASCII }) else { return label }
    return "1e\(Int(log10(value).rounded()))"
  }
}

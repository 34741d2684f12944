import CKernels

/// The one notation and width that all numbers of a printed tensor share, chosen from the numbers themselves by PyTorch's
/// rules (torch/_tensor_str.py, 2.13).
struct FloatFormat {
  enum Notation {
    /// "3.": every value is a whole number.
    case whole
    /// "3.1416".
    case fixed
    /// "3.1416e+00".
    case scientific
  }

  let precision: Int
  private(set) var notation = Notation.whole
  /// The length of the longest number. Zeros, infinities and NaN do not count: they are padded, never padded for.
  private(set) var width = 1

  init(_ values: [Double], options: PrintOptions) {
    precision = min(max(options.precision, 0), 1100)
    var positive = Extremes()
    var negative = Extremes()
    var areWhole = true
    for value in values where value.isFinite && value != 0 {
      if value > 0 { positive.insert(value) } else { negative.insert(-value) }
      if value != value.rounded(.up) { areWhole = false }
    }
    let largest = max(positive.largest, negative.largest)
    let smallest = min(positive.smallest, negative.smallest)
    guard largest > 0 else { return }

    if options.sciMode ?? (largest / smallest > 1000 || largest > 1e8 || smallest < 1e-4) {
      notation = .scientific
    } else if !areWhole {
      notation = .fixed
    }
    // Rounding is monotone, so of each sign only the extremes can be longest: the exponent's third digit may come from either.
    if positive.largest > 0 { width = max(width, text(positive.largest).utf8.count, text(positive.smallest).utf8.count) }
    if negative.largest > 0 { width = max(width, text(-negative.largest).utf8.count, text(-negative.smallest).utf8.count) }
  }

  /// The number in the chosen notation, not padded.
  func text(_ value: Double) -> String {
    switch notation {
    case .whole: formatted(value, style: "f", precision: 0) + (value.isFinite ? "." : "")
    case .fixed: formatted(value, style: "f", precision: precision)
    case .scientific: formatted(value, style: "e", precision: precision)
    }
  }

  private struct Extremes {
    var smallest = Double.infinity
    var largest = 0.0

    mutating func insert(_ value: Double) {
      smallest = min(smallest, value)
      largest = max(largest, value)
    }
  }
}

/// The number as C's `%.{precision}e` or `%.{precision}f` writes it, with "." in every locale; `style` is "e" or "f".
package func formatted(_ value: Double, style: Unicode.Scalar, precision: Int) -> String {
  // The longest double has a sign, 309 digits and a point before its fraction; a locale's separator may take three bytes more.
  let capacity = 320 + precision
  return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity) { buffer in
    let written = buffer.withMemoryRebound(to: CChar.self) {
      cr_format_double($0.baseAddress, capacity, Int32(precision), CChar(truncatingIfNeeded: style.value), value)
    }
    return String(decoding: buffer[..<max(Int(written), 0)], as: UTF8.self)
  }
}

/// How wide a text is, on paper and in a terminal.
///
/// A drawing is laid out without a font at hand, so widths are estimated from the metrics of Helvetica (Adobe's AFM files, 1/1000 em)
/// with a sixth added, because fallback fonts (DejaVu Sans) run wider.
package enum TextMetrics {
  /// The estimated width of the text in a sans-serif font of this size.
  static func width(_ text: String, size: Double) -> Double {
    var units = 0
    for scalar in text.unicodeScalars {
      let value = Int(scalar.value)
      if value >= 32 && value < 127 {
        units += helvetica[value - 32]
      } else {
        units += [0, 600, 1000][columns(scalar)]
      }
    }
    return Double(units) * size * 1.18 / 1000
  }

  /// The number of terminal columns the text takes: two for East Asian wide characters and emoji, none for combining marks.
  package static func columns(_ text: String) -> Int {
    // One grapheme is drawn in one or two columns however many scalars it is made of.
    text.reduce(0) { $0 + ($1.unicodeScalars.first.map(columns) ?? 0) }
  }

  /// The longest beginning of the text within this many columns, ended by an ellipsis where something was cut.
  static func clipped(_ text: String, columns limit: Int, ellipsis: String = "…") -> String {
    guard columns(text) > limit else { return text }
    var (kept, used) = ("", columns(ellipsis))
    for character in text {
      let width = columns(String(character))
      if used + width > limit { break }
      kept.append(character)
      used += width
    }
    return limit >= columns(ellipsis) ? kept + ellipsis : ""
  }

  private static func columns(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: break
    }
    return wide.contains { $0.contains(scalar.value) } ? 2 : 1
  }

  /// The blocks whose characters are two columns wide (Unicode Standard Annex 11, classes W and F, merged to whole blocks).
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
    0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1FAFF, 0x20000...0x3FFFD,
  ]

  private static let helvetica: [Int] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556,
    278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667,
    611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833,
    556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
  ]
}

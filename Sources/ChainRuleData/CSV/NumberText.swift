/// Numbers as tables write them.
enum NumberText {
  /// The number that `text` spells, correctly rounded: digits with an optional sign, point and exponent, or `nan`, `inf`,
  /// `infinity` in any case. Spaces and tabs around it do not count. Nil when it spells none.
  static func double(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    let text = trimmed(text)
    var position = 0
    let isNegative = sign(text, &position)
    var mantissa: UInt64 = 0
    var digits = 0
    var significant = 0
    var exponent = 0
    func take(_ digit: UInt8) {
      digits &+= 1
      // Nineteen digits fit 64 bits; what comes after only moves the point, and the exact conversion below sees it.
      if significant < 19 {
        mantissa = mantissa &* 10 &+ UInt64(digit)
        significant &+= mantissa == 0 ? 0 : 1
      } else {
        significant = 20
        exponent &+= 1
      }
    }
    while position < text.count, case let digit = text[position] &- 48, digit < 10 {
      take(digit)
      position &+= 1
    }
    if position < text.count, text[position] == UInt8(ascii: ".") {
      position &+= 1
      while position < text.count, case let digit = text[position] &- 48, digit < 10 {
        take(digit)
        exponent &-= 1
        position &+= 1
      }
    }
    guard digits > 0 else { return special(text, from: position, isNegative) }
    if position < text.count {
      guard text[position] | 0x20 == UInt8(ascii: "e") else { return nil }
      position &+= 1
      let isNegative = sign(text, &position)
      let start = position
      var value = 0
      while position < text.count, case let digit = text[position] &- 48, digit < 10 {
        // Far beyond any finite result; more digits change nothing.
        value = min(value * 10 + Int(digit), 1_000_000)
        position &+= 1
      }
      guard position > start, position == text.count else { return nil }
      exponent &+= isNegative ? -value : value
    }
    // Both factors are exact, so one multiplication or division rounds once (Clinger, "How to read floating point numbers
    // accurately", 1990).
    if significant <= 19, mantissa <= 1 << 53, abs(exponent) <= 22 {
      let value = exponent < 0 ? Double(mantissa) / powersOfTen[-exponent] : Double(mantissa) * powersOfTen[exponent]
      return isNegative ? -value : value
    }
    return Double(String(decoding: text, as: UTF8.self))
  }

  /// The same of a string.
  static func double(_ text: String) -> Double? {
    var text = text
    return text.withUTF8(double)
  }

  /// The number that `text` spells, where it is finite.
  static func finite(_ text: String) -> Double? { double(text).flatMap { $0.isFinite ? $0 : nil } }

  /// The integer that `text` spells; nil when it spells none, or one of more than 64 bits.
  static func integer(_ text: UnsafeBufferPointer<UInt8>) -> Int? {
    let text = trimmed(text)
    var position = 0
    let isNegative = sign(text, &position)
    guard position < text.count else { return nil }
    var value = 0
    while position < text.count {
      let digit = text[position] &- 48
      let tens = value.multipliedReportingOverflow(by: 10)
      let sum =
        isNegative ? tens.partialValue.subtractingReportingOverflow(Int(digit)) : tens.partialValue.addingReportingOverflow(Int(digit))
      guard digit < 10, !tens.overflow, !sum.overflow else { return nil }
      value = sum.partialValue
      position &+= 1
    }
    return value
  }

  static func isBlank(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    trimmed(text).isEmpty
  }

  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
    1e22,
  ]

  private static func trimmed(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    var start = 0
    var end = text.count
    while start < end, isSpace(text[start]) { start &+= 1 }
    while end > start, isSpace(text[end &- 1]) { end &-= 1 }
    return UnsafeBufferPointer(rebasing: text[start..<end])
  }

  private static func sign(_ text: UnsafeBufferPointer<UInt8>, _ position: inout Int) -> Bool {
    guard position < text.count, text[position] == UInt8(ascii: "-") || text[position] == UInt8(ascii: "+") else { return false }
    position &+= 1
    return text[position &- 1] == UInt8(ascii: "-")
  }

  private static func special(_ text: UnsafeBufferPointer<UInt8>, from position: Int, _ isNegative: Bool) -> Double? {
    switch String(decoding: text[position...], as: UTF8.self).lowercased() {
    case "nan": .nan
    case "inf", "infinity": isNegative ? -.infinity : .infinity
    default: nil
    }
  }
}

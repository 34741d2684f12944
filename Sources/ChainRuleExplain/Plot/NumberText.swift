#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Numbers as people read them: counts, rates, durations, sizes.
///
/// The one place that turns a number into text for charts, tables and progress lines. The text depends on the number alone, never on a
/// locale, so that drawings and logs compare byte for byte.
public enum NumberText {
  /// The number with a fixed count of decimals: `fixed(2.5, decimals: 2)` is `2.50`.
  ///
  /// Non-finite numbers read `nan`, `inf`, `-inf`; numbers of 10¹⁵ and more, where decimals mean nothing, take the shortest exact text.
  public static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return nonFinite(value) }
    let decimals = max(0, min(decimals, 15))
    let scaled = (value.magnitude * powerOfTen(decimals)).rounded()
    guard scaled < 1e18, value.magnitude < 1e15 else { return "\(value)" }
    let text = decimal(UInt64(scaled), exponent: -decimals)
    return value < 0 && scaled > 0 ? "-" + text : text
  }

  /// The number with about `digits` significant digits and no trailing zeros: `1.234e-10`, `0.05`, `1234`.
  public static func significant(_ value: Double, digits: Int = 4) -> String {
    guard value.isFinite else { return nonFinite(value) }
    guard value != 0 else { return "0" }
    let digits = max(1, min(digits, 15))
    var exponent = Int(log10(value.magnitude).rounded(.down))
    // Rounding may carry into the next decade: 9.9996 is 10.00.
    if exponent > -300, (value.magnitude / pow(10, Double(exponent)) * powerOfTen(digits - 1)).rounded() >= powerOfTen(digits) {
      exponent += 1
    }
    if exponent >= -4 && exponent < max(digits, 6) {
      return trimmed(fixed(value, decimals: max(0, digits - 1 - exponent)))
    }
    // Two steps, because 10^-320 cannot be inverted.
    let mantissa = value / pow(10, Double(exponent / 2)) / pow(10, Double(exponent - exponent / 2))
    return trimmed(fixed(mantissa, decimals: digits - 1)) + "e\(exponent)"
  }

  /// The integer with a comma every three digits: `60,000`.
  public static func count(_ value: Int) -> String {
    let digits = Array("\(value.magnitude)")
    var text = value < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return text
  }

  /// The number in three digits and a unit: `950`, `1.23k`, `45.6M`.
  public static func compact(_ value: Double) -> String { scaled(value, base: 1000, units: ["", "k", "M", "G", "T"], separator: "") }

  /// A size in binary units: `512 B`, `1.5 KiB`, `28.6 MiB`.
  public static func bytes(_ value: Int) -> String {
    scaled(Double(value), base: 1024, units: ["B", "KiB", "MiB", "GiB", "TiB"], separator: " ")
  }

  /// Things per second: `12.3k/s`; below one, seconds per thing: `2.5 s/it`.
  public static func rate(_ perSecond: Double, unit: String = "it") -> String {
    guard perSecond.isFinite, perSecond > 0 else { return "- \(unit)/s" }
    return perSecond >= 1 ? "\(compact(perSecond)) \(unit)/s" : "\(duration(1 / perSecond))/\(unit)"
  }

  /// A time span: `12.3 us`, `4.56 ms`, `7.89 s`, `1:05`, `2:03:04`, `3d 04:05`.
  public static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "-" }
    guard seconds >= 0 else { return "-" + duration(-seconds) }
    if seconds < 1e-6 { return "\(significant(seconds * 1e9, digits: 3)) ns" }
    if seconds < 1e-3 { return "\(significant(seconds * 1e6, digits: 3)) us" }
    if seconds < 1 { return "\(significant(seconds * 1e3, digits: 3)) ms" }
    if seconds < 59.95 { return "\(fixed(seconds, decimals: seconds < 10 ? 2 : 1)) s" }
    let whole = Int(min(seconds.rounded(), 1e15))
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    if hours >= 24 { return "\(hours / 24)d \(padded(hours % 24)):\(padded(minutes))" }
    return hours > 0 ? "\(hours):\(padded(minutes)):\(padded(rest))" : "\(minutes):\(padded(rest))"
  }

  /// A fraction as a percentage: `percent(0.98345)` is `98.35%`.
  public static func percent(_ fraction: Double, decimals: Int = 2) -> String { fixed(fraction * 100, decimals: decimals) + "%" }

  /// `mantissa * 10^exponent` written out in decimal, exactly.
  static func decimal(_ mantissa: UInt64, exponent: Int) -> String {
    var digits = "\(mantissa)"
    guard exponent < 0 else { return mantissa == 0 ? "0" : digits + String(repeating: "0", count: exponent) }
    if digits.count <= -exponent { digits = String(repeating: "0", count: 1 - exponent - digits.count) + digits }
    let point = digits.index(digits.endIndex, offsetBy: exponent)
    return digits[..<point] + "." + digits[point...]
  }

  /// The text without zeros at the end of its fraction.
  static func trimmed(_ text: String) -> String {
    guard text.contains("."), !text.contains("e") else { return text }
    var text = Substring(text)
    while text.hasSuffix("0") { text = text.dropLast() }
    return String(text.hasSuffix(".") ? text.dropLast() : text)
  }

  private static func powerOfTen(_ exponent: Int) -> Double { (0..<exponent).reduce(1.0) { power, _ in power * 10 } }

  private static func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

  private static func nonFinite(_ value: Double) -> String { value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }

  private static func scaled(_ value: Double, base: Double, units: [String], separator: String) -> String {
    guard value.isFinite else { return nonFinite(value) }
    var (rest, unit) = (value, 0)
    while rest.magnitude >= base * 0.9995 && unit < units.count - 1 {
      rest /= base
      unit += 1
    }
    let decimals = unit == 0 && rest == rest.rounded() ? 0 : rest.magnitude < 9.995 ? 2 : rest.magnitude < 99.95 ? 1 : 0
    return trimmed(fixed(rest, decimals: decimals)) + separator + units[unit]
  }
}

/// Cuts text as GPT-2 does before pairs are merged: the endings 's 't 're 've 'm 'll 'd; letters, digits or other signs, each run with one space
/// before it; white space, of which the last before a word is that word's.
///
/// Bytes that are not UTF-8 count as other signs, so that any bytes can be cut.
struct WordScanner {
  private let text: UnsafeBufferPointer<UInt8>
  private var position = 0

  init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

  private enum Kind { case letter, digit, space, other }

  /// The next piece; nil at the end.
  mutating func next() -> Range<Int>? {
    guard position < text.count else { return nil }
    let start = position
    position = end(from: start)
    return start..<position
  }

  private func end(from start: Int) -> Int {
    if text[start] == UInt8(ascii: "'"), let length = ending(at: start) { return start + length }
    var first = start
    // One space belongs to the run behind it.
    if text[start] == UInt8(ascii: " "), start + 1 < text.count, kind(at: start + 1).kind != .space { first = start + 1 }
    let (kind, length) = kind(at: first)
    var end = first + length
    if kind != .space {
      while end < text.count {
        let next = self.kind(at: end)
        if next.kind != kind { break }
        end += next.length
      }
      return end
    }
    var last = first
    while end < text.count {
      let next = self.kind(at: end)
      if next.kind != .space { break }
      last = end
      end += next.length
    }
    // White space before anything else leaves its last character, unless that is all there is.
    return end == text.count || last == start ? end : last
  }

  private func ending(at start: Int) -> Int? {
    guard start + 1 < text.count else { return nil }
    switch text[start + 1] {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"): return start + 2 < text.count && text[start + 2] == UInt8(ascii: "e") ? 3 : nil
    case UInt8(ascii: "l"): return start + 2 < text.count && text[start + 2] == UInt8(ascii: "l") ? 3 : nil
    default: return nil
    }
  }

  /// The kind of the character at `offset`, and its length.
  private func kind(at offset: Int) -> (kind: Kind, length: Int) {
    let byte = text[offset]
    if byte < 0x80 { return (Self.ascii[Int(byte)], 1) }
    let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
    guard byte >= 0xC2, offset + length <= text.count else { return (.other, 1) }
    var code = UInt32(byte) & (0x7F >> UInt32(length))
    for i in 1..<length {
      guard text[offset + i] & 0xC0 == 0x80 else { return (.other, 1) }
      code = code << 6 | UInt32(text[offset + i] & 0x3F)
    }
    let least: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
    guard code >= least, let scalar = Unicode.Scalar(code) else { return (.other, 1) }
    return (Self.kind(of: scalar), length)
  }

  private static let ascii: [Kind] = (0..<128).map { kind(of: Unicode.Scalar(UInt8($0))) }

  private static func kind(of scalar: Unicode.Scalar) -> Kind {
    let properties = scalar.properties
    if properties.isWhitespace { return .space }
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return .letter
    case .decimalNumber, .letterNumber, .otherNumber: return .digit
    default: return .other
    }
  }
}

/// One word of a formula's text.
struct Token {
  enum Kind: Equatable {
    case number(Number)
    case name(String)
    case plus, minus, times, divide, power
    case open, close, bar, comma
    /// Raised digits behind an operand: x².
    case superscript(Int)
    case end
  }

  let kind: Kind
  /// The offset of its first scalar.
  let offset: Int
}

/// Splits a formula's text into tokens.
struct Lexer {
  let text: [Unicode.Scalar]
  private var position: Int
  private let end: Int

  /// Of a part of the text; places are counted in the whole.
  init(_ text: [Unicode.Scalar], in range: Range<Int>) {
    self.text = text
    position = range.lowerBound
    end = range.upperBound
  }

  private func scalar(at offset: Int) -> Unicode.Scalar { offset < end ? text[offset] : "\0" }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private static func startsName(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || (scalar.isASCII ? ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) : scalar.properties.isAlphabetic)
  }

  /// Accents may follow their letter as scalars of their own.
  private static func continuesName(_ scalar: Unicode.Scalar) -> Bool {
    startsName(scalar) || isDigit(scalar) || scalar.properties.generalCategory == .nonspacingMark
  }

  mutating func next() throws(ParseError) -> Token {
    while position < end, text[position].properties.isWhitespace { position += 1 }
    let start = position
    guard start < end else { return Token(kind: .end, offset: start) }
    let first = text[start]
    if Self.isDigit(first) || (first == "." && Self.isDigit(scalar(at: start + 1))) { return try number() }
    if Self.startsName(first) { return name() }
    if Self.superscripts[first] != nil || first == "\u{207B}" { return try superscript() }
    position += 1
    let kind: Token.Kind
    switch first {
    case "+": kind = .plus
    case "-", "\u{2212}": kind = .minus
    case "*" where scalar(at: position) == "*":
      position += 1
      kind = .power
    case "*", "\u{B7}", "\u{D7}", "\u{22C5}": kind = .times
    case "/", "\u{F7}": kind = .divide
    case "^": kind = .power
    case "(": kind = .open
    case ")": kind = .close
    case "|": kind = .bar
    case ",": kind = .comma
    default: throw ParseError("unexpected character \(Self.quoted(first))", in: text, at: start)
    }
    return Token(kind: kind, offset: start)
  }

  private static func quoted(_ scalar: Unicode.Scalar) -> String {
    let isPrintable = scalar.value > 0x20 && scalar.value != 0x7F && !(0x80..<0xA0).contains(scalar.value)
    return isPrintable ? "'\(scalar)'" : "U+" + String(scalar.value, radix: 16, uppercase: true)
  }

  private mutating func name() -> Token {
    let start = position
    while position < end, Self.continuesName(text[position]) { position += 1 }
    let name = string(start)
    guard Function.unknownLetters.contains(name) else { return Token(kind: .name(name), offset: start) }
    // f'(x), as it is typed or set.
    var primes = 0
    while ["'", "\u{2019}", "\u{2032}"].contains(scalar(at: position)) {
      position += 1
      primes += 1
    }
    return Token(kind: .name(name + String(repeating: "'", count: primes)), offset: start)
  }

  private static let superscripts: [Unicode.Scalar: Int] = [
    "\u{2070}": 0, "\u{B9}": 1, "\u{B2}": 2, "\u{B3}": 3, "\u{2074}": 4, "\u{2075}": 5, "\u{2076}": 6, "\u{2077}": 7, "\u{2078}": 8,
    "\u{2079}": 9,
  ]

  private mutating func superscript() throws(ParseError) -> Token {
    let start = position, isNegative = text[start] == "\u{207B}"
    if isNegative { position += 1 }
    var value = 0, digits = 0
    while let digit = Self.superscripts[scalar(at: position)] {
      guard digits < 9 else { throw ParseError("this exponent has more than nine digits", in: text, at: start) }
      value = 10 * value + digit
      position += 1
      digits += 1
    }
    guard digits > 0 else { throw ParseError("a raised digit is expected behind the raised minus", in: text, at: start) }
    return Token(kind: .superscript(isNegative ? -value : value), offset: start)
  }

  private func string(_ start: Int) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: text[start..<position])
    return String(view)
  }

  /// Digits with an optional fraction and exponent. Integers are exact; an `e` not followed by digits is left to be a name, so that `2e`
  /// is 2 e.
  private mutating func number() throws(ParseError) -> Token {
    let start = position
    var isInteger = true
    skipDigits()
    if scalar(at: position) == "." {
      isInteger = false
      position += 1
      skipDigits()
    }
    if scalar(at: position) == "e" || scalar(at: position) == "E" {
      let hasSign = scalar(at: position + 1) == "+" || scalar(at: position + 1) == "-"
      let digits = position + (hasSign ? 2 : 1)
      if Self.isDigit(scalar(at: digits)) {
        isInteger = false
        position = digits
        skipDigits()
      }
    }
    let literal = string(start)
    if isInteger, let value = Int(literal) { return Token(kind: .number(Number(value)), offset: start) }
    guard let value = Double(literal.hasSuffix(".") ? literal + "0" : literal), value.isFinite else {
      throw ParseError("this number is too large for a double", in: text, at: start)
    }
    return Token(kind: .number(.real(value)), offset: start)
  }

  private mutating func skipDigits() {
    while Self.isDigit(scalar(at: position)) { position += 1 }
  }
}

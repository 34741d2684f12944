/// Why a text is not a formula, and where.
///
/// Printed, it is one line of cause, the line of the input, and a caret under the place:
/// ```
/// unknown function 'sine'; did you mean 'sin'?
///   x^2 * sine(x)
///         ^
/// ```
public struct ParseError: Error, Sendable, Hashable {
  /// What is wrong, in one line.
  public let message: String
  /// The line number, from 1.
  public let line: Int
  /// The column in that line, in characters from 1.
  public let column: Int
  /// The line of the input; of a long one, the part around the place, between ellipses.
  public let source: String
  /// The offset of the place in `source`, in characters.
  let caret: Int

  /// Characters shown on either side of the place.
  private static let context = 50

  init(_ message: String, in text: [Unicode.Scalar], at offset: Int) {
    let newline: Unicode.Scalar = "\n"
    let offset = min(offset, text.count)
    let start = text[..<offset].lastIndex(of: newline).map { $0 + 1 } ?? 0
    let end = text[offset...].firstIndex(of: newline) ?? text.count
    // Scalars enough for the context, even if a character takes several.
    let margin = 4 * Self.context
    let before = Self.string(text[max(start, offset - margin)..<offset])
    let after = Self.string(text[offset..<min(end, offset + margin)])
    let isCutBefore = offset - start > margin || before.count > Self.context
    let isCutAfter = end - offset > margin || after.count > Self.context
    let shown = (isCutBefore ? "..." : "") + before.suffix(Self.context)
    self.message = message
    line = 1 + text[..<start].count { $0 == newline }
    column = 1 + Self.string(text[start..<offset]).count
    source = shown + after.prefix(Self.context) + (isCutAfter ? "..." : "")
    caret = shown.count
  }

  /// The text with everything that would move the caret (tabs, control characters) as blanks.
  private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    for scalar in scalars { view.append(scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar) }
    return String(view)
  }
}

extension EvaluationError {
  /// The error with a caret under its place in the text that was evaluated, a formula's or that of a `FormulaSequence`.
  ///
  /// - Returns: Nil where the error has no place of its own: what leaves a domain is a value, which other parts of the text made.
  public func located(in text: String) -> ParseError? {
    guard case .unboundVariable(let name, _) = self else { return nil }
    let scalars = Array(text.unicodeScalars)
    // The signs between the formulas of a sequence are no tokens of a formula.
    for part in scalars.split(whereSeparator: { $0 == ";" || $0 == "=" }) {
      var lexer = Lexer(scalars, in: part.indices)
      while let token = try? lexer.next(), token.kind != .end {
        if token.kind == .name(name) { return ParseError(description, in: scalars, at: token.offset) }
      }
    }
    return nil
  }
}

extension ParseError: CustomStringConvertible {
  /// The message, the line and the caret.
  public var description: String { "\(message)\n  \(source)\n  \(String(repeating: " ", count: caret))^" }
}

/// The equations of an explanation in LaTeX: whole derivatives as fractions of d, local ones as fractions of partials, products with dots, functions and names of several
/// letters upright, numbers behind a letter as an index.
enum LaTeXText {
  static func of(_ text: String) -> String {
    text.split(separator: " ", omittingEmptySubsequences: false).map(word).joined(separator: " ")
  }

  private static func word(_ word: Substring) -> String {
    if word == "*" { return "\\cdot" }
    let sides = word.split(separator: "/")
    for (sign, latex) in [("d", "\\mathrm{d}"), ("∂", "\\partial")] where sides.count == 2 {
      guard sides.allSatisfy({ $0.count > 1 && $0.hasPrefix(sign) && $0.dropFirst().contains { $0.isLetter } }) else { continue }
      return "\\frac{\(latex) \(use(sides[0].dropFirst()))}{\(latex) \(use(sides[1].dropFirst()))}"
    }
    let sizes = word.split(separator: "x", omittingEmptySubsequences: false)
    if sizes.count > 1, sizes.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isNumber) }) { return sizes.joined(separator: " \\times ") }
    return parts(word)
  }

  /// What a derivative is of, or for: one of the uses of x, `x(2)`, has its number above.
  private static func use(_ name: Substring) -> String {
    guard name.hasSuffix(")"), let open = name.lastIndex(of: "("), name[name.index(after: open)...].dropLast().allSatisfy(\.isNumber)
    else { return parts(name) }
    return "\(parts(name[..<open]))^{\(name[open...])}"
  }

  /// Names, numbers and signs one after the other.
  private static func parts(_ word: Substring) -> String {
    var result = "", rest = word
    while let first = rest.first {
      let isName = first.isLetter || first == "_"
      // A number may have an exponent with a sign: 1e-05.
      var last: Character = " "
      let part = rest.prefix { character in
        defer { last = character }
        if isName { return character.isLetter || character.isNumber || character == "_" || character == "." }
        return character.isNumber || character == "." || character == "e" || (last == "e" && (character == "-" || character == "+"))
      }
      rest = rest.dropFirst(max(1, part.count))
      if isName {
        result += rest.first == "(" ? "\\operatorname{\(escaped(part))}" : symbol(part)
      } else if part.isEmpty {
        result += sign(first)
      } else {
        result += result.hasSuffix("^") && part.count > 1 ? "{\(number(part))}" : number(part)
      }
    }
    return result
  }

  private static func sign(_ character: Character) -> String {
    switch character {
    case "%", "#", "&", "$", "{", "}": "\\\(character)"
    case "\\": "\\backslash "
    case "~": "\\sim "
    case "`", "\"": "\\text{\(character)}"
    case "…": "\\ldots "
    case "≈": "\\approx "
    case "×": "\\times "
    case "→": "\\to "
    default: String(character)
    }
  }

  private static func number(_ text: Substring) -> String {
    let parts = text.split(separator: "e")
    guard parts.count == 2, let power = Int(parts[1]) else { return String(text) }
    return "\(parts[0]) \\cdot 10^{\(power)}"
  }

  private static func symbol(_ name: Substring) -> String {
    if name.count == 1 { return String(name) }
    if let first = name.first, first.isLetter, name.dropFirst().allSatisfy(\.isNumber) { return "\(first)_{\(name.dropFirst())}" }
    return "\\mathrm{\(escaped(name))}"
  }

  private static func escaped(_ name: Substring) -> String { String(name).replacing("_", with: "\\_") }
}

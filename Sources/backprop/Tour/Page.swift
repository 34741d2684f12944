import ChainRule
import ChainRuleExplain

/// What a lesson prints, part by part, in one language.
struct Page {
  /// A part of a lesson.
  enum Part {
    case heading(String)
    /// A line of Swift, and what it is in another language, which is named.
    case code(String, String, peer: String)
    /// What is printed.
    case output(String)
    /// A remark on the line above.
    case note(String)
    case sentence(String)
    case gap
    /// Commands to go on with.
    case commands([String])
  }

  let language: ExplanationLanguage
  /// Whether only ASCII characters are drawn with.
  let ascii: Bool
  private(set) var parts: [Part] = []
  /// The numbers of the lesson that a reader may change, as they were used.
  private(set) var numbers: [(name: String, value: Double)] = []
  private let changed: [String: Double]

  init(_ language: ExplanationLanguage, ascii: Bool = false, changing changed: [String: Double] = [:]) {
    self.language = language
    self.ascii = ascii
    self.changed = changed
  }

  /// A number of the lesson: the reader's, or the lesson's own.
  mutating func number(_ name: String, _ value: Double) -> Double {
    let value = changed[name] ?? value
    numbers.append((name, value))
    return value
  }

  mutating func heading(_ title: String) { parts.append(.heading(title)) }

  /// The code of a line in Swift, and what it is in PyTorch, or in another program of Python's.
  mutating func code(_ swift: String, _ python: String, peer: String = "PyTorch") { parts.append(.code(swift, python, peer: peer)) }

  /// What is printed: the same in every language.
  mutating func show(_ output: String) { parts.append(.output(output)) }

  /// A remark on the line above.
  mutating func note(_ english: String, _ korean: String) { parts.append(.note(Phrase(english, korean)(language))) }

  /// A sentence about it.
  mutating func say(_ english: String, _ korean: String) { parts.append(.sentence(Phrase(english, korean)(language))) }

  /// A gap before what follows.
  mutating func gap() { parts.append(.gap) }

  /// The commands that go on from the lesson.
  mutating func goOn(_ commands: String...) { parts.append(.commands(commands)) }

  // MARK: As text

  /// The lesson, line by line.
  var text: String { parts.map(text).joined() }

  private func text(_ part: Part) -> String {
    switch part {
    case .heading(let title):
      let columns = title.unicodeScalars.reduce(0) { $0 + (0xAC00...0xD7A3 ~= $1.value ? 2 : 1) }
      return "\(title)\n\(String(repeating: "=", count: columns))\n"
    case .code(let swift, let python, let peer): return "\n" + lines(swift, "Swift") + lines(python, peer)
    case .output(let output): return output.split(separator: "\n").map { "    \($0)\n" }.joined()
    case .note(let remark): return "      \(remark)\n"
    case .sentence(let sentence): return sentence + "\n"
    case .gap: return "\n"
    case .commands(let commands):
      return "\n" + Phrase("Go on with", "이어서 해 볼 명령")(language) + "\n" + commands.map { "    backprop \($0)\n" }.joined()
    }
  }

  private func lines(_ code: String, _ name: String) -> String {
    code.split(separator: "\n").enumerated().map { index, line in
      let head = index == 0 ? name : ""
      return head + String(repeating: " ", count: 9 - head.count) + line + "\n"
    }.joined()
  }

  // MARK: Numbers

  /// 2 rather than 2.0, and every digit of others.
  static func short(_ value: Double) -> String { value == value.rounded() && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)" }

  /// As `short`, in parentheses where a minus would meet a sign.
  static func inner(_ value: Double) -> String { value < 0 ? "(\(short(value)))" : short(value) }

  /// `= 0.5000`, or `≈ 0.8808` where the number has more digits than its text.
  func about(_ value: Double, decimals: Int = 4) -> String {
    let text = NumberText.fixed(value, decimals: decimals)
    return (Double(text) == value ? "= " : ascii ? "~ " : "≈ ") + text
  }
}

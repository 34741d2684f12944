import ChainRule
import ChainRuleExplain

/// What a lesson prints, line by line, in one language.
struct Page {
  let language: ExplanationLanguage
  /// Whether only ASCII characters are drawn with.
  let ascii: Bool
  private(set) var text = ""
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

  mutating func heading(_ title: String) {
    let columns = title.unicodeScalars.reduce(0) { $0 + (0xAC00...0xD7A3 ~= $1.value ? 2 : 1) }
    text += "\(title)\n\(String(repeating: "=", count: columns))\n"
  }

  /// The code of a line in Swift, and what it is in PyTorch, or in another program of Python's.
  mutating func code(_ swift: String, _ python: String, peer: String = "PyTorch") {
    text += "\n"
    for (name, code) in [("Swift", swift), (peer, python)] {
      for (index, line) in code.split(separator: "\n").enumerated() {
        let head = index == 0 ? name : ""
        text += head + String(repeating: " ", count: 9 - head.count) + line + "\n"
      }
    }
  }

  /// What is printed: the same in every language.
  mutating func show(_ output: String) { for line in output.split(separator: "\n") { text += "    \(line)\n" } }

  /// A remark on the line above.
  mutating func note(_ english: String, _ korean: String) { text += "      " + Phrase(english, korean)(language) + "\n" }

  /// A sentence about it.
  mutating func say(_ english: String, _ korean: String) { text += Phrase(english, korean)(language) + "\n" }

  /// A gap before what follows.
  mutating func gap() { text += "\n" }

  /// The commands that go on from the lesson.
  mutating func goOn(_ commands: String...) {
    text += "\n" + Phrase("Go on with", "이어서 해 볼 명령")(language) + "\n" + commands.map { "    backprop \($0)\n" }.joined()
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

import ChainRule
import ChainRuleExplain
import ChainRuleSymbolic

/// The documentation of the operations, made from what each declares of itself in its family's file.
enum OperationReference {
  /// An operation and the family it belongs to.
  struct Entry: Sendable {
    let family: String
    let info: OperationInfo

    /// What one asks for: `pow (tensors)` answers to itself and to pow, `amax, amin` to either.
    var names: [String] {
      let plain = info.name.split(separator: " (")[0]
      return [info.name] + plain.split(separator: ", ").map(String.init)
    }
  }

  static var entries: [Entry] {
    Catalog.families.flatMap { family in family.operations.map { Entry(family: family.name, info: $0) } }
  }

  /// The operations that go by a name, in our spelling or PyTorch's, or belong to a family of that name; those that only
  /// mention it where there are none.
  static func entries(named name: String) -> [Entry] {
    let wanted = NearestName.key(name)
    let named = entries.filter { $0.names.contains { NearestName.key($0) == wanted } }
    if !named.isEmpty { return named }
    let family = entries.filter { NearestName.key($0.family) == wanted }
    if !family.isEmpty { return family }
    return entries.filter { entry in
      entry.info.summary.split { !$0.isLetter && !$0.isNumber }.contains { $0.count > 2 && NearestName.key(String($0)) == wanted }
    }
  }

  /// The name that a mistyped one is most like, or nil where none is near.
  static func suggestion(for name: String) -> String? {
    NearestName.nearest(to: name, in: entries.flatMap(\.names) + Catalog.families.map(\.name))
  }

  // MARK: Text for a terminal

  /// What a Korean reader is told first: the words of the declarations have no twins.
  static let englishNote = "설명은 소스의 선언을 그대로 옮긴 것이라 영어입니다."

  /// All operations, one a line under their family.
  static func list(ascii: Bool = false, language: ExplanationLanguage = .english) -> String {
    let tables = Catalog.families.map { family in
      var table = TextTable([
        .init(FamilyTitle.text(family.name, language)), .init(Phrase("formula", "수식")(language)),
        .init(Phrase("derivative", "도함수")(language)),
      ])
      for info in family.operations { table.add([info.name, info.formula, info.derivative]) }
      return table.text(ascii: ascii)
    }
    return ((language == .korean ? [englishNote + "\n"] : []) + tables).joined(separator: "\n")
  }

  /// Everything about one operation.
  static func text(_ entry: Entry, language: ExplanationLanguage = .english) -> String {
    let facts = facts(entry.info).map { (name: $0.name(language), value: $0.value) }
    let width = facts.map { TextMetrics.columns($0.name) }.max() ?? 0
    var lines = ["\(entry.info.name) (\(FamilyTitle.text(entry.family, language)))", entry.info.summary, ""]
    lines += facts.map { "  " + $0.name + String(repeating: " ", count: width - TextMetrics.columns($0.name) + 2) + $0.value }
    if let example = OperationExample(entry.info) { lines += ["", example.title(language)] + example.lines(language).map { "  " + $0 } }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What is said of every operation, in order.
  static func facts(_ info: OperationInfo) -> [(name: Phrase, value: String)] {
    var facts = [
      (Phrase("call", "호출"), info.call), (Phrase("formula", "수식"), info.formula), (Phrase("shapes", "형태"), info.shapes),
      (Phrase("derivative", "도함수"), info.derivative),
    ]
    if !info.takesIntegers { facts.append((Phrase("types", "자료형"), "floating point only")) }
    if let node = OperationExample.node(of: info) { facts.append((Phrase("node", "노드"), node)) }
    return facts
  }
}

import ChainRule
import ChainRuleExplain
import ChainRuleSymbolic

/// The documentation of modules, losses, optimizers and schedules, as their declarations have it.
enum ModuleReference {
  /// A class and the family it belongs to.
  struct Entry {
    let family: String
    let name: String
    /// Its section, without the example.
    let text: String

    /// The first sentence that is said of it.
    var summary: String {
      let body = text.split(separator: "\n").dropFirst().prefix { !$0.hasPrefix("```") && !$0.hasPrefix("- ") }.joined(separator: " ")
      return body.firstRange(of: ". ").map { body[..<$0.lowerBound] + "." } ?? body
    }

    /// The section with its example, where there is one.
    func whole(_ language: ExplanationLanguage) -> String {
      guard let example = ModuleExample.all[name] else { return text }
      return text + "\n\(Phrase("Example", "예")(language)):\n\n```\n\(example.lines.joined(separator: "\n"))\n```\n"
    }
  }

  static let entries: [Entry] = ModuleTexts.all.flatMap { family, text in
    sections(text).map { Entry(family: family, name: String($0.split(separator: "\n")[0].dropFirst(3)), text: $0) }
  }

  private static func sections(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).reduce(into: [String]()) { sections, line in
      if line.hasPrefix("## ") { sections.append("") }
      if !sections.isEmpty { sections[sections.count - 1] += line + "\n" }
    }.map { section in
      var section = section
      while section.hasSuffix("\n\n") { section.removeLast() }
      return section
    }
  }

  /// The classes of a name, or of a family of that name.
  static func entries(named name: String) -> [Entry] {
    let wanted = NearestName.key(name), named = entries.filter { NearestName.key($0.name) == wanted }
    return named.isEmpty ? entries.filter { NearestName.key($0.family) == wanted } : named
  }

  /// The name that a mistyped one is most like, or nil where none is near.
  static func suggestion(for name: String) -> String? {
    NearestName.nearest(to: name, in: entries.map(\.name) + ModuleTexts.all.map(\.name))
  }

  /// All classes, one a line under their family.
  static func list(ascii: Bool = false, language: ExplanationLanguage = .english) -> String {
    let tables = ModuleTexts.all.map { family, _ in
      var table = TextTable([.init(FamilyTitle.text(family, language)), .init("")])
      for entry in entries where entry.family == family { table.add([entry.name, entry.summary]) }
      return table.text(ascii: ascii)
    }
    return ((language == .korean ? [OperationReference.englishNote + "\n"] : []) + tables).joined(separator: "\n")
  }
}

/// The pages of Documentation/modules: an index, and one page for each family.
enum ModulePages {
  /// What each file holds, by its name.
  static var all: [(name: String, text: String)] {
    [("README.md", index)]
      + ModuleTexts.all.map { family, _ in
        let sections = ModuleReference.entries.filter { $0.family == family }.map { $0.whole(.english) }
        return (
          "\(family).md", "# \(FamilyTitle.text(family, .english))\n\n[All modules](README.md)\n\n" + sections.joined(separator: "\n")
        )
      }
  }

  private static var index: String {
    let families = ModuleTexts.all.map { family, _ in
      let lines = ModuleReference.entries.filter { $0.family == family }.map { entry in
        "- [\(entry.name)](\(family).md#\(entry.name.lowercased())): \(entry.summary)"
      }
      return "## [\(FamilyTitle.text(family, .english))](\(family).md)\n\n" + lines.joined(separator: "\n") + "\n"
    }
    return """
      # Modules, losses, optimizers and schedules

      Every class in the words of its declaration, with its options and their defaults. `backprop modules NAME` prints an entry in the \
      terminal, `backprop modules --pages Documentation/modules` writes these pages anew; tests fail where they differ from the \
      declarations, where an example fails, and where a module that the conformance tests know has no entry.


      """ + families.joined(separator: "\n")
  }
}

import ChainRule
import ChainRuleExplain

/// The pages of Documentation/operations: an index in each language, and one page for each family.
enum OperationPages {
  /// What each file holds, by its name.
  static var all: [(name: String, text: String)] {
    let pages = Catalog.families.map { ("\($0.name).md", page($0.name, $0.operations)) }
    return [("README.md", index(.english)), ("README.ko.md", index(.korean))] + pages
  }

  private struct Language {
    let own: ExplanationLanguage
    let title: String
    let lead: String
    let heads: [String]

    static let english = Language(
      own: .english, title: "Operations",
      lead: """
        What every operation computes and how it is differentiated, in the words of its own declaration in `Sources/ChainRule/Ops`. \
        `backprop ops NAME` prints an entry in the terminal, `backprop ops --pages Documentation/operations` writes these pages anew; \
        a test fails where they differ from the declarations.

        In formulas x is the first input, w the second, b the third, y the result and dy the gradient that arrives at it; c is a \
        number. *Node* is the name under which the operation stands in the graph, which is PyTorch's. What is not here is composed \
        of these operations and needs no rule of its own.
        """,
      heads: ["operation", "formula", "derivative"])

    static let korean = Language(
      own: .korean, title: "연산",
      lead: """
        각 연산이 무엇을 계산하고 어떻게 미분되는지를 `Sources/ChainRule/Ops`의 선언에서 그대로 옮긴 목록입니다. \
        `backprop ops NAME`은 한 항목을 터미널에 보여 주고, `backprop ops --pages Documentation/operations`는 이 페이지들을 다시 씁니다. \
        선언과 어긋나면 테스트가 실패합니다. 연산별 페이지는 영어입니다.

        수식에서 x는 첫째 입력, w는 둘째, b는 셋째, y는 결과, dy는 결과에 도착한 기울기, c는 수입니다. *Node*는 그래프에 기록되는 \
        이름으로 PyTorch의 이름과 같습니다. 여기에 없는 함수는 이 연산들을 조합한 것이라 따로 미분 규칙이 없습니다.
        """,
      heads: ["연산", "수식", "도함수"])
  }

  private static func index(_ language: Language) -> String {
    let families = Catalog.families.map { family in
      var table = TextTable(language.heads.map { .init($0) })
      for info in family.operations {
        table.add(["[\(info.name)](\(family.name).md#\(anchor(info.name)))", "`\(info.formula)`", info.derivative])
      }
      return "## [\(FamilyTitle.text(family.name, language.own))](\(family.name).md)\n\n\(table.text(style: .markdown))"
    }
    return "# \(language.title)\n\n\(language.lead)\n\n" + families.joined(separator: "\n")
  }

  private static func page(_ family: String, _ operations: [OperationInfo]) -> String {
    let entries = operations.map { info in
      var table = TextTable([.init(""), .init("")])
      for (name, value) in OperationReference.facts(info).map({ ($0.name(.english), $0.value) }) where name != "call" {
        table.add([name, ["derivative", "shapes", "types"].contains(name) ? value : "`\(value)`"])
      }
      var text = "## \(info.name)\n\n\(info.summary)\n\n```swift\n\(info.call)\n```\n\n\(table.text(style: .markdown))"
      if let example = OperationExample(info) {
        text += "\n\(example.title(.english))\n\n```\n\(example.lines(.english).joined(separator: "\n"))\n```\n"
      }
      return text
    }
    return "# \(FamilyTitle.text(family, .english))\n\n[All operations](README.md)\n\n" + entries.joined(separator: "\n")
  }

  /// What a heading is called in a link: lower case, spaces as hyphens, without punctuation.
  private static func anchor(_ heading: String) -> String {
    String(heading.lowercased().compactMap { $0 == " " ? "-" : $0.isLetter || $0.isNumber || $0 == "_" ? $0 : nil })
  }
}

import ArgumentParser
import ChainRuleExplain

/// Prints what the catalog says of the operations, or writes its pages.
struct Ops: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: spoken(
      "Show what the operations compute and how they are differentiated: all of them, or those of a name.",
      "연산이 무엇을 계산하고 어떻게 미분되는지를 전부, 또는 이름으로 골라 보여 줍니다."),
    discussion: spoken(
      "The name may be ours or PyTorch's, or a family's: logSoftmax, log_softmax, Softmax.",
      "이름은 ChainRule이나 PyTorch의 것, 또는 묶음의 이름입니다: logSoftmax, log_softmax, Softmax."))

  @Argument(help: ArgumentHelp("An operation or a family; all of them without it.", "연산이나 묶음. 없으면 전부입니다."))
  var name: [String] = []

  @Option(help: ArgumentHelp("Write a page for each family into a folder instead.", "묶음마다 페이지를 하나씩 폴더에 씁니다."))
  var pages: String?

  @OptionGroup var speech: LanguageOptions

  func run() throws {
    if let pages {
      guard name.isEmpty else {
        throw OptionError(
          "--pages \(pages): writes all operations, not \(name.joined(separator: " "))", "--pages \(pages): 모든 연산을 쓰므로 이름은 빼세요")
      }
      let folder = try RunFolder(pages)
      for page in OperationPages.all { try folder.write(page.text, to: page.name) }
      return print(spoken("wrote \(OperationPages.all.count) pages to \(pages)", "페이지 \(OperationPages.all.count)개를 \(pages)에 저장했습니다"))
    }
    guard !name.isEmpty else {
      return print(OperationReference.list(ascii: !Terminal.output.usesUnicode, language: speech.language), terminator: "")
    }
    let wanted = name.joined(separator: " ")
    let entries = OperationReference.entries(named: wanted)
    guard !entries.isEmpty else {
      throw OptionError(
        unknown: Phrase("unknown operation '\(wanted)'", "'\(wanted)' 연산은 없습니다"), meant: OperationReference.suggestion(for: wanted),
        else: Phrase("backprop ops lists them all", "backprop ops에 전부 나옵니다"))
    }
    if speech.language == .korean { print(OperationReference.englishNote + "\n") }
    print(entries.map { OperationReference.text($0, language: speech.language) }.joined(separator: "\n"), terminator: "")
  }
}

import ArgumentParser
import ChainRuleExplain

/// Prints what is said of modules, losses, optimizers and schedules, or writes their pages.
struct Modules: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: spoken(
      "Show modules, losses, optimizers and schedules with their options: all of them, or those of a name.",
      "모듈, 손실, 옵티마이저, 스케줄과 그 옵션을 전부, 또는 이름으로 골라 보여 줍니다."),
    discussion: spoken("The name may be a class's or a family's: Conv2d, Schedules.", "이름은 클래스나 묶음의 것입니다: Conv2d, Schedules."))

  @Argument(help: ArgumentHelp("A class or a family; all of them without it.", "클래스나 묶음. 없으면 전부입니다."))
  var name: [String] = []

  @Option(help: ArgumentHelp("Write a page for each family into a folder instead.", "묶음마다 페이지를 하나씩 폴더에 씁니다."))
  var pages: String?

  @OptionGroup var speech: LanguageOptions

  func run() throws {
    if let pages {
      guard name.isEmpty else {
        throw OptionError(
          "--pages \(pages): writes all modules, not \(name.joined(separator: " "))", "--pages \(pages): 모든 모듈을 쓰므로 이름은 빼세요")
      }
      let folder = try RunFolder(pages)
      for page in ModulePages.all { try folder.write(page.text, to: page.name) }
      return print(spoken("wrote \(ModulePages.all.count) pages to \(pages)", "페이지 \(ModulePages.all.count)개를 \(pages)에 저장했습니다"))
    }
    guard !name.isEmpty else {
      return print(ModuleReference.list(ascii: !Terminal.output.usesUnicode, language: speech.language), terminator: "")
    }
    let wanted = name.joined(separator: " "), entries = ModuleReference.entries(named: wanted)
    guard !entries.isEmpty else {
      throw OptionError(
        unknown: Phrase("unknown module '\(wanted)'", "'\(wanted)' 모듈은 없습니다"), meant: ModuleReference.suggestion(for: wanted),
        else: Phrase("backprop modules lists them all", "backprop modules에 전부 나옵니다"))
    }
    if speech.language == .korean { print(OperationReference.englishNote + "\n") }
    print(entries.map { $0.whole(speech.language) }.joined(separator: "\n"), terminator: "")
  }
}

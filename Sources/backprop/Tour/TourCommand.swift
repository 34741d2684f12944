import ArgumentParser
import ChainRuleExplain

/// Runs the classic lessons one after another.
struct TourCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tour",
    abstract: spoken("Run the classic lessons of back-propagation, or lesson N.", "역전파의 대표 예제를 차례로, 또는 N번만 실행합니다."),
    discussion: Tour.lessons.enumerated().map { "\($0.offset + 1)  \($0.element.title(.spoken))" }.joined(separator: "\n"))

  @Argument(help: ArgumentHelp("The number of a lesson; all of them without it.", "예제의 번호. 없으면 전부입니다."))
  var number: Int?

  @Flag(
    help: ArgumentHelp(
      "Wait for Enter after each lesson; a number can be changed there and the lesson run again.",
      "예제마다 Enter를 기다립니다. 그때 수를 바꾸어 다시 실행할 수 있습니다."))
  var interactive = false

  @OptionGroup var speech: LanguageOptions

  func run() throws {
    let lessons = Tour.lessons
    if let number, !lessons.indices.contains(number - 1) {
      throw OptionError(
        "lesson \(number): there are lessons 1 to \(lessons.count)", "\(number)번 예제는 없습니다. 1번부터 \(lessons.count)번까지 있습니다")
    }
    for (index, lesson) in lessons.enumerated() where number == nil || number == index + 1 {
      let show = { (changed: [String: Double]) throws -> [String] in
        let page = try lesson.page(
          in: speech.language, number: index + 1, ascii: !Terminal.output.usesUnicode, changing: changed)
        print(page.text)
        return page.numbers.map(\.name)
      }
      let names = try show([:])
      if interactive, try !goesOn(names, show) { return }
    }
  }

  /// Asks until the reader wants the next lesson; false where no more is wanted.
  private func goesOn(_ names: [String], _ show: ([String: Double]) throws -> [String]) throws -> Bool {
    let says = { (english: String, korean: String) in Phrase(english, korean)(speech.language) }
    let example = names.first.map { "\($0)=2" } ?? ""
    let change = names.isEmpty ? "" : says("; \(example) runs it again with another number", ", \(example)처럼 쓰면 수를 바꾸어 다시")
    var changed: [String: Double] = [:]
    while true {
      print(says("Enter: next lesson\(change); q: end", "Enter: 다음 예제\(change), q: 끝"))
      guard let line = readLine(), line != "q" else { return false }
      if line.isEmpty { return true }
      do {
        let given = try PointText(line, option: "tour").values
        if let unknown = given.keys.sorted().first(where: { !names.contains($0) }) {
          let known = names.joined(separator: ", ")
          throw OptionError(
            names.isEmpty ? "this lesson has no numbers to change" : "this lesson has no number '\(unknown)'; it has \(known)",
            names.isEmpty ? "이 예제에는 바꿀 수가 없습니다" : "이 예제에 '\(unknown)'은(는) 없습니다. 바꿀 수 있는 수: \(known)")
        }
        let next = changed.merging(given) { $1 }
        _ = try show(next)
        changed = next
      } catch {
        // A number that the lesson cannot take is no reason to end.
        print("\(Told.text(error, speech.language))\n")
      }
    }
  }
}

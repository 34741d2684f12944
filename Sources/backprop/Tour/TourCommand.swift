import ArgumentParser
import ChainRuleExplain

/// Runs the classic lessons one after another.
struct TourCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tour", abstract: "Run the classic lessons of back-propagation, or lesson N.",
    discussion: Tour.lessons.enumerated().map { "\($0.offset + 1)  \($0.element.title)" }.joined(separator: "\n"))

  @Argument(help: "The number of a lesson; all of them without it.")
  var number: Int?

  func run() throws {
    let lessons = Tour.lessons
    if let number, !lessons.indices.contains(number - 1) { throw OptionError("lesson \(number): there are lessons 1 to \(lessons.count)") }
    for (index, lesson) in lessons.enumerated() where number == nil || number == index + 1 {
      print(try lesson.text(number: index + 1))
    }
  }
}

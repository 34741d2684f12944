import ArgumentParser
import ChainRuleExplain
import ChainRuleSymbolic
import Foundation

/// Names on a command line that there are none of, with those that were probably meant.
enum Mistyped {
  /// Refuses a command, or a job of train, that there is none of.
  static func check(_ arguments: [String]) throws {
    let names = names(Backprop.self) + ["help"]
    guard let word = arguments.first, !word.hasPrefix("-") else { return }
    guard names.contains(word) else {
      throw OptionError(
        unknown: Phrase("unknown command '\(word)'", "'\(word)' 명령은 없습니다"), meant: meant(word, names),
        else: Phrase("backprop --help lists them all", "backprop --help에 전부 나옵니다"))
    }
    guard word == Train._commandName, arguments.count > 1, !arguments[1].hasPrefix("-") else { return }
    let jobs = Self.names(Train.self)
    guard !jobs.contains(arguments[1]) else { return }
    throw OptionError(
      unknown: Phrase("there is no job '\(arguments[1])' to train", "train에 '\(arguments[1])' 작업은 없습니다"), meant: meant(arguments[1], jobs),
      else: Phrase("the jobs are \(jobs.joined(separator: ", "))", "작업은 \(jobs.joined(separator: ", "))입니다"))
  }

  /// The first option of a command line that cannot be parsed that its command does not have; what else is wrong may come of it.
  static func option(in arguments: [String]) -> OptionError? {
    guard let command = command(arguments) else { return nil }
    let help = command.helpMessage(columns: 500)
    let known = Set(help.matches(of: /--[a-z][a-z-]*/).map { String($0.output) } + ["--help", "--generate-completion-script"])
    for word in arguments.prefix(while: { $0 != "--" }) where word.hasPrefix("--") {
      let name = word.split(separator: "=", maxSplits: 1)[0]
      if known.contains(String(name)) { continue }
      let bare = String(name.dropFirst(2)), names = known.map { String($0.dropFirst(2)) }.sorted()
      return OptionError(
        unknown: Phrase("unknown option '\(name)'", "'\(name)' 옵션은 없습니다"), meant: meant(bare, names).map { "--\($0)" },
        else: Phrase("the options are in the command's --help", "옵션은 명령 뒤에 --help를 붙이면 나옵니다"))
    }
    return nil
  }

  private static func names(_ command: any ParsableCommand.Type) -> [String] { command.configuration.subcommands.map { $0._commandName } }

  /// The command that a line names, train's jobs among them.
  private static func command(_ arguments: [String]) -> (any ParsableCommand.Type)? {
    guard let command = Backprop.configuration.subcommands.first(where: { $0._commandName == arguments.first }) else { return nil }
    guard command == Train.self else { return command }
    let job = arguments.dropFirst().first.flatMap { word in Train.configuration.subcommands.first { $0._commandName == word } }
    return job ?? TrainSpirals.self
  }

  /// The name that begins or ends like the word, or is nearest to it.
  private static func meant(_ word: String, _ names: [String]) -> String? {
    let begun = names.filter { $0.hasPrefix(word) }
    if begun.count == 1 { return begun[0] }
    // batch-size is batch.
    return NearestName.nearest(to: word, in: names, share: 2) ?? names.first { word.hasPrefix("\($0)-") }
  }
}

extension OptionError {
  /// What is wrong, and what was probably meant, or where it is said what there is.
  init(unknown problem: Phrase, meant: String?, else other: Phrase) {
    let hint = meant.map { Phrase("did you mean '\($0)'?", "혹시 '\($0)'인가요?") } ?? other
    self.init("\(problem.english): \(hint.english)", "\(problem.korean). \(hint.korean)")
  }
}

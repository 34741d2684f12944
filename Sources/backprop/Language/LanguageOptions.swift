import ArgumentParser
import ChainRuleExplain
import Foundation

/// The language a command speaks: as asked, else the environment's.
struct LanguageOptions: ParsableArguments {
  @Flag(help: ArgumentHelp("Speak English.", "영어로 씁니다."))
  var english = false

  @Flag(help: ArgumentHelp("Speak Korean.", "한국어로 씁니다."))
  var korean = false

  var language: ExplanationLanguage { english ? .english : korean ? .korean : .environment }

  func validate() throws {
    if english, korean { throw ValidationError(spoken("--english, --korean: one of them", "--english, --korean: 하나만 쓰세요")) }
  }
}

extension ExplanationLanguage {
  /// That of the locale: of LC_ALL, LC_MESSAGES and LANG the first that is set decides.
  static func of(_ environment: [String: String]) -> ExplanationLanguage {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    return locale.lowercased().hasPrefix("ko") ? .korean : .english
  }

  static let environment = of(ProcessInfo.processInfo.environment)

  /// That of the help and of messages, which are written also where options cannot be read.
  static let spoken: ExplanationLanguage = {
    if CommandLine.arguments.contains("--english") { return .english }
    return CommandLine.arguments.contains("--korean") ? .korean : environment
  }()
}

/// What the help or a message says.
func spoken(_ english: String, _ korean: String) -> String { Phrase(english, Particle.settled(korean))(.spoken) }

extension ArgumentHelp {
  /// What the help says of an option, in both languages.
  init(_ english: String, _ korean: String) { self.init(stringLiteral: spoken(english, korean)) }
}

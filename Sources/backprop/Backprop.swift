import ArgumentParser
import CKernels
import ChainRuleExplain
import ChainRuleSymbolic
import Foundation

/// The command line of ChainRule: one file a subcommand.
@main
struct Backprop: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backprop",
    abstract: spoken(
      "Learn, check and look at back-propagation; train real networks.", "역전파를 배우고, 확인하고, 눈으로 보고, 실제 신경망을 학습시킵니다."),
    version: "0.2.0",
    subcommands: [
      Train.self, Play.self, Predict.self, Sample.self, Runs.self, TourCommand.self, Graph.self, Explain.self, Derive.self, Integrate.self,
      Formulas.self, Swell.self, Layers.self, Ops.self, Modules.self, Summary.self, Bench.self,
    ])

  /// Runs the command. An error is one line on the standard error, with a caret under its place in a formula or a file:
  /// exit code 2 for a wrong option, 1 for wrong data.
  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      try Mistyped.check(arguments)
      // The language alone would be taken for an option of the default job.
      var command = try parseAsRoot(
        isHelpOfTrain(arguments) ? ["help", "train"] : ConfigFile.expanded(FormulaText.joiningWords(arguments)))
      try command.run()
      finish()
    } catch {
      switch exitCode(for: error) {
      case .validationFailure:
        let message = message(for: error).split(whereSeparator: \.isNewline).joined(separator: " ")
        end(
          Mistyped.option(in: arguments)?.phrase(.spoken) ?? (ExplanationLanguage.spoken == .korean ? Told.sentence(message) : message),
          code: 2)
      case .success:
        // Help, the version, or a completion script.
        print(fullMessage(for: error) + helpOfDefault(arguments))
        finish()
      case let code where error is ExitCode: Foundation.exit(code.rawValue)
      case _ where isUsage(error): end((Mistyped.option(in: arguments) ?? error).told, code: 2)
      default: end(error.told, code: 1)
      }
    }
  }

  /// Whether the help of `train` is asked for, in whichever language.
  private static func isHelpOfTrain(_ arguments: [String]) -> Bool {
    let words = arguments.filter { !["--english", "--korean"].contains($0) }
    return [["train", "--help"], ["train", "-h"], ["help", "train"]].contains(words)
  }

  /// `train` alone is `train spirals`, whose options the help of `train` would not list.
  private static func helpOfDefault(_ arguments: [String]) -> String {
    guard isHelpOfTrain(arguments) else { return "" }
    let title = spoken("train alone is train spirals, which takes:", "train만 쓰면 train spirals이며, 그 옵션은 다음과 같습니다.")
    return "\n\n\(title)\n\n\(helpMessage(for: TrainSpirals.self))"
  }

  /// Whether what was typed is at fault: an option, a formula, a point without one of its variables. A value outside a function's domain
  /// is not.
  private static func isUsage(_ error: any Error) -> Bool {
    switch error {
    case is OptionError, is ParseError, ComparisonError.order, ComparisonError.noValue, EvaluationError.unboundVariable: true
    default: false
    }
  }

  /// A line of a message is as long as what it repeats of the input: at most this many characters are shown.
  private static let lineLimit = 500

  private static func end(_ message: String, code: Int32) -> Never {
    let lines = message.split(separator: "\n", omittingEmptySubsequences: false)
    let rank = Ranks.yieldToFirst()
    let message = lines.map { $0.count > lineLimit ? "\($0.prefix(lineLimit))..." : String($0) }.joined(separator: "\n")
    tell("backprop: \(rank)\(message)")
    Foundation.exit(code)
  }

  /// Writes a line to the standard error; nobody is left to be told where that fails.
  static func tell(_ line: String) { try? FileHandle.standardError.write(contentsOf: Data("\(line)\n".utf8)) }

  /// Ends the command. Output that did not arrive, on a disk that is full, is an error; a reader that has gone away knows it itself.
  private static func finish() -> Never {
    let error = cr_end_output()
    if error == 0 { Foundation.exit(0) }
    // 128 and the signal's number: what shells say of a program that the signal ended.
    if error == EPIPE { Foundation.exit(128 + SIGPIPE) }
    end(
      spoken("the standard output cannot be written", "표준 출력에 쓸 수 없습니다") + (error > 0 ? ": \(String(cString: strerror(error)))" : ""),
      code: 1)
  }
}

extension Error {
  /// What the error says in the reader's language.
  fileprivate var told: String { Told.text(self, .spoken) }
}

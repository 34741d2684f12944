import ArgumentParser
import ChainRule
import ChainRuleData
import ChainRuleExplain
import ChainRuleSymbolic

/// An error whose sentence is written in both languages.
protocol BilingualError: ChainRuleError {
  var phrase: Phrase { get }
}

/// What errors say to a reader.
enum Told {
  static func phrase(_ error: any Error) -> Phrase { Phrase(text(error, .english), text(error, .korean)) }

  static func text(_ error: any Error, _ language: ExplanationLanguage) -> String {
    if let error = error as? any BilingualError { return error.phrase(language) }
    guard language == .korean else { return "\(error)" }
    switch error {
    case let error as ParseError:
      let lines = error.description.split(separator: "\n", omittingEmptySubsequences: false)
      return ([sentence(error.message)] + lines.dropFirst().map(String.init)).joined(separator: "\n")
    case let error as FormatError: return "\(printable(error.file)): \(place(error.place))\(sentence(printable(error.message)))"
    default: return sentence("\(error)")
    }
  }

  /// A sentence of the libraries in Korean, as far as it is known.
  static func sentence(_ text: String) -> String { Translation.korean(text) ?? text }

  private static func place(_ place: FormatError.Place) -> String {
    func name(_ text: String) -> String { "\"\(printable(text))\"" }
    return switch place {
    case .file: ""
    case .byte(let offset): "바이트 \(offset): "
    case .line(let line): "\(line)번째 줄: "
    case .column(let column): "\(name(column)) 열: "
    case .cell(let line, let column): "\(line)번째 줄, \(name(column)) 열: "
    case .key(let key): "\(name(key)): "
    }
  }
}

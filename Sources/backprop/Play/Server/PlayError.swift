import ChainRule
import ChainRuleExplain
import Foundation

/// Why a command of the page, or the page itself, cannot be served.
struct PlayError: BilingualError {
  /// The reason, in both languages.
  let phrase: Phrase
  /// The field of the command that is at fault.
  var field: String?
  /// The line with the place, and the caret's column in it from 0; for a formula that cannot be read.
  var place: (source: String, column: Int)?

  var description: String { phrase.english }

  init(_ message: String) { phrase = Phrase(message, message) }

  init(_ english: String, _ korean: String, field: String? = nil) {
    phrase = Phrase(english, Particle.settled(korean))
    self.field = field
  }

  private struct Body: Encodable {
    let error: PlayText
    let field: String?
    let source: String?
    let column: Int?
  }

  /// The error as the page reads it.
  var json: Data {
    PlayJSON.encoded(Body(error: PlayText(phrase), field: field, source: place?.source, column: place?.column))
  }
}

/// A sentence in both languages, as the page reads it.
struct PlayText: Encodable {
  let en: String
  let ko: String

  init(_ phrase: Phrase) { (en, ko) = (phrase.english, phrase.korean) }

  init(_ english: String, _ korean: String) { (en, ko) = (english, korean) }
}

/// Messages between page and engine.
enum PlayJSON {
  /// Numbers that JSON has no word for travel as texts.
  static func encoded(_ value: some Encodable) -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "∞", negativeInfinity: "-∞", nan: "NaN")
    // Every value here is made of texts, numbers and lists of them.
    return (try? encoder.encode(value)) ?? Data("{}".utf8)
  }

  static func decoded<T: Decodable>(_ type: T.Type, _ data: Data) throws(PlayError) -> T {
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch let error as DecodingError {
      let path: [any CodingKey] =
        switch error {
        case .keyNotFound(let key, let context): context.codingPath + [key]
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context): context.codingPath
        @unknown default: []
        }
      let name = path.map(\.stringValue).joined(separator: ".")
      throw PlayError(
        "the command cannot be read\(name.isEmpty ? "" : " at \(name)")", "명령을 읽을 수 없습니다\(name.isEmpty ? "" : ": \(name)")", field: name)
    } catch {
      throw PlayError("the command cannot be read", "명령을 읽을 수 없습니다")
    }
  }
}

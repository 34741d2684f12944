/// The language of sentences.
public enum ExplanationLanguage: String, Sendable, CaseIterable {
  /// English.
  case english
  /// Korean.
  case korean
}

/// A sentence in every language: one cannot be written without the other.
///
/// ```swift
/// Phrase("Forward", "순전파")(.korean)      // 순전파
/// ```
public struct Phrase: Sendable, Hashable {
  /// In English.
  public let english: String
  /// In Korean.
  public let korean: String

  /// The two texts.
  public init(_ english: String, _ korean: String) {
    self.english = english
    self.korean = korean
  }

  /// The text in a language.
  public func callAsFunction(_ language: ExplanationLanguage) -> String {
    switch language {
    case .english: english
    case .korean: korean
    }
  }
}

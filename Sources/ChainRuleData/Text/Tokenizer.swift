public import ChainRule

/// Text as numbers and back.
public protocol Tokenizer: Sendable {
  /// How many tokens there are; they are numbered from 0.
  var vocabularySize: Int { get }
  /// The tokens of `text`.
  func encode(_ text: String) throws -> [Int]
  /// The text of `tokens`.
  func decode(_ tokens: [Int]) throws -> String
}

/// A text or token that a tokenizer does not have.
public struct TokenError: ChainRuleError, Hashable {
  /// What is wrong, and where.
  public let description: String

  init(_ description: String) { self.description = description }

  static func unknown(_ token: Int, at position: Int, of count: Int) -> TokenError {
    TokenError("token \(token) at position \(position): the vocabulary has \(count) tokens, counted from 0")
  }
}

/// A token for each character (Unicode scalar) of a text.
///
///     let tokenizer = CharacterTokenizer(shakespeare)
///     let tokens = try tokenizer.encode("To be")              // five numbers
public struct CharacterTokenizer: Tokenizer {
  /// The characters, in order; a token is a position in them.
  public let characters: [Unicode.Scalar]
  private let tokens: [Unicode.Scalar: Int]

  /// The characters of `text`, each once, in the order of their numbers.
  public init(_ text: String) { self.init(characters: Set(text.unicodeScalars).sorted()) }

  /// These characters, in this order; of equal ones the first counts.
  public init(characters: [Unicode.Scalar]) {
    self.characters = characters
    tokens = Dictionary(characters.enumerated().map { ($1, $0) }) { first, _ in first }
  }

  /// The number of characters.
  public var vocabularySize: Int { characters.count }

  /// The tokens of `text`.
  ///
  /// - Throws: `TokenError` for a character that is none of these.
  public func encode(_ text: String) throws -> [Int] {
    try text.unicodeScalars.enumerated().map { position, character in
      guard let token = tokens[character] else {
        throw TokenError(
          "the character \(quoted(String(character))) at position \(position) is not in the vocabulary of \(characters.count)")
      }
      return token
    }
  }

  /// The text of `tokens`.
  ///
  /// - Throws: `TokenError` for a number that is none of a token.
  public func decode(_ tokens: [Int]) throws -> String {
    var text = String.UnicodeScalarView()
    for (position, token) in tokens.enumerated() {
      guard characters.indices.contains(token) else { throw TokenError.unknown(token, at: position, of: characters.count) }
      text.append(characters[token])
    }
    return String(text)
  }
}

/// Words and their numbers.
///
///     let words = Vocabulary(counting: text.split(separator: " ").map(String.init), minFrequency: 2, specials: ["<unk>"], unknown: "<unk>")
///     let numbers = try words.encode(["to", "be"])
public struct Vocabulary: Sendable {
  /// The words; a number is a position in them.
  public let words: [String]
  /// The word that stands for all that are not there; nil where those are refused.
  public let unknown: String?
  private let numbers: [String: Int]

  /// These words, in this order; of equal ones the first counts.
  public init(_ words: [String], unknown: String? = nil) {
    self.words = words
    self.unknown = unknown
    numbers = Dictionary(words.enumerated().map { ($1, $0) }) { first, _ in first }
  }

  /// The words of `text` that come up at least `minFrequency` times, the most frequent first and equal ones in alphabetical order, after
  /// `specials`: torchtext's order.
  public init(counting text: some Sequence<String>, minFrequency: Int = 1, specials: [String] = [], unknown: String? = nil) {
    var counts: [String: Int] = [:]
    for word in text { counts[word, default: 0] += 1 }
    for special in specials { counts[special] = nil }
    let kept = counts.filter { $0.value >= minFrequency }
      .sorted { $0.value != $1.value ? $0.value > $1.value : $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    self.init(specials + kept.map(\.key), unknown: unknown)
  }

  /// The number of words.
  public var count: Int { words.count }

  /// The number of a word; that of `unknown` where it is not there.
  public subscript(word: String) -> Int? { numbers[word] ?? unknown.flatMap { numbers[$0] } }

  /// The numbers of words.
  ///
  /// - Throws: `TokenError` for a word that is not there, where none stands for it.
  public func encode(_ words: [String]) throws -> [Int] {
    try words.enumerated().map { position, word in
      guard let number = self[word] else {
        throw TokenError("the word \(quoted(word)) at position \(position) is not in the vocabulary of \(count)")
      }
      return number
    }
  }

  /// The words of numbers.
  ///
  /// - Throws: `TokenError` for a number that is none of a word.
  public func decode(_ numbers: [Int]) throws -> [String] {
    try numbers.enumerated().map { position, number in
      guard words.indices.contains(number) else { throw TokenError.unknown(number, at: position, of: count) }
      return words[number]
    }
  }
}

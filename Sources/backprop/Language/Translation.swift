import ChainRuleExplain

/// Sentences of the libraries and of the parser of options, which know English only, in Korean.
enum Translation {
  /// A sentence, with {} for each part that varies, and its twin, in which {0} is the first of them.
  typealias Pair = (english: String, korean: String)

  static let all: [Pair] =
    optionSentences + formulaSentences + fileSentences + compressionSentences + arraySentences + torchSentences + runSentences
    + tableSentences + imageSentences + tokenSentences + stateSentences + words

  /// The sentence in Korean; nil where it is of no known form.
  static func korean(_ text: String) -> String? {
    for (english, korean) in all {
      guard let parts = parts(of: text, english) else { continue }
      // A part may be a sentence itself: a hint, say.
      return filled(korean, parts.map { $0.count < text.count ? Self.korean($0) ?? $0 : $0 })
    }
    return nil
  }

  /// What stands for each {} of a form; nil where the text is not of it.
  private static func parts(of text: String, _ form: String) -> [String]? {
    let pieces = form.split(separator: "{}", omittingEmptySubsequences: false)
    guard pieces.count > 1 else { return text == form ? [] : nil }
    guard text.hasPrefix(pieces[0]) else { return nil }
    var rest = text.dropFirst(pieces[0].count), parts: [String] = []
    for piece in pieces.dropFirst().dropLast() {
      guard let next = rest.firstRange(of: piece) else { return nil }
      parts.append(String(rest[..<next.lowerBound]))
      rest = rest[next.upperBound...]
    }
    let last = pieces[pieces.count - 1]
    guard rest.hasSuffix(last) else { return nil }
    return parts + [String(rest.dropLast(last.count))]
  }

  private static func filled(_ form: String, _ parts: [String]) -> String {
    var text = "", rest = form[...]
    while let place = rest.firstRange(of: /\{(\d)\}/) {
      text += rest[..<place.lowerBound]
      let number = Int(rest[place].dropFirst().dropLast()) ?? 0
      text += parts.indices.contains(number) ? parts[number] : ""
      rest = rest[place.upperBound...]
    }
    return Particle.settled(text + rest)
  }

  /// Words that are parts of sentences.
  private static let words: [Pair] = [
    ("median", "중앙값"), ("mean", "평균"), ("mode", "최빈값"), ("none were given", "주어진 값이 없습니다"), ("a number", "수"), ("an integer", "정수"),
    ("tabs", "탭"), ("spaces", "공백"), ("none", "없음"), ("refuse", "거절"),
    ("{} or {}", "{0}, {1}"), ("{} has no {}", "{0}에는 {1}이(가) 없습니다"),
  ]
}

/// The Korean particles whose form depends on whether the word before them, as it is read, ends in a consonant.
package enum Particle: String, CaseIterable {
  case topic = "은(는)"
  case object = "을(를)"
  case subject = "이(가)"
  /// By which, or as what.
  case means = "(으)로"

  /// The word with the particle behind it: y는, L을, w1은.
  func after(_ word: String) -> String { word + form(Self.ending(word)) }

  /// The text with each particle that is written in both forms in the one that fits: `x은(는)` becomes x는.
  package static func settled(_ text: String) -> String {
    allCases.reduce(text) { text, particle in
      var done = "", rest = text[...]
      while let place = rest.firstRange(of: particle.rawValue) {
        done += rest[..<place.lowerBound]
        done += particle.form(ending(done))
        rest = rest[place.upperBound...]
      }
      return done + rest
    }
  }

  private enum Ending {
    case vowel, consonant, rieul
  }

  private func form(_ ending: Ending) -> String {
    switch self {
    case .topic: ending == .vowel ? "는" : "은"
    case .object: ending == .vowel ? "를" : "을"
    case .subject: ending == .vowel ? "가" : "이"
    case .means: ending == .consonant ? "으로" : "로"
    }
  }

  /// Names are read letter by letter in Korean: l, m, n and r are el, em, en, ar, and of the digits 0, 1, 3, 6, 7, 8 end in a consonant.
  private static func ending(_ word: String) -> Ending {
    guard let last = word.last(where: { $0.isLetter || $0.isNumber }), let scalar = last.unicodeScalars.first else { return .vowel }
    // Syllables are ordered by their final consonant last, of which there are 27 and none; the eighth is rieul.
    if (0xAC00...0xD7A3).contains(scalar.value) {
      let final = (scalar.value - 0xAC00) % 28
      return final == 0 ? .vowel : final == 8 ? .rieul : .consonant
    }
    return "lrLR178".contains(last) ? .rieul : "mnMN036".contains(last) ? .consonant : .vowel
  }
}

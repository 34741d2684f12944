/// The Korean particles whose form depends on whether the word before them, as it is read, ends in a consonant.
enum Particle {
  /// 은 or 는.
  case topic
  /// 을 or 를.
  case object

  /// The word with the particle behind it: y는, L을, w1은.
  func after(_ word: String) -> String {
    let (closed, open) = self == .topic ? ("은", "는") : ("을", "를")
    return word + (Self.endsInConsonant(word) ? closed : open)
  }

  /// Names are read letter by letter in Korean: l, m, n and r are el, em, en, ar, and of the digits 0, 1, 3, 6, 7, 8 end in a consonant.
  private static func endsInConsonant(_ word: String) -> Bool {
    guard let last = word.last(where: { $0.isLetter || $0.isNumber }), let scalar = last.unicodeScalars.first else { return false }
    // Syllables are ordered by their final consonant last, of which there are 27 and none.
    if (0xAC00...0xD7A3).contains(scalar.value) { return (scalar.value - 0xAC00) % 28 != 0 }
    return "lmnrLMNR013678".contains(last)
  }
}

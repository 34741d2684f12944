import ChainRule
import ChainRuleExplain

/// An option that cannot be understood; of a text, with a caret under the place.
struct OptionError: BilingualError {
  let phrase: Phrase

  var description: String { phrase.english }

  init(_ english: String, _ korean: String) { phrase = Phrase(english, Particle.settled(korean)) }

  init(_ english: String, _ korean: String, in text: String, at offset: Int) {
    // Only the neighbourhood of a long text; blanks for what would move the caret.
    let characters = text.map { $0.isNewline || $0 == "\t" ? " " : $0 }
    let start = max(0, offset - 50)
    let shown = String(characters[start..<min(characters.count, offset + 50)])
    let place = "\n  \(shown)\n  \(String(repeating: " ", count: offset - start))^"
    phrase = Phrase(english + place, Particle.settled(korean) + place)
  }
}

/// A point written x=2,y=-3.
struct PointText {
  let values: [String: Double]

  /// The values of `--at` and of `--data` together, and the names of the data.
  ///
  /// - Parameter variables: those of the formula: data must be among them.
  static func values(_ at: String, data: String?, of variables: [String]) throws -> (point: [String: Double], data: Set<String>) {
    guard let data else { return (try PointText(at).values, []) }
    // A name alone marks what --at gives.
    let parts = data.split(separator: ",", omittingEmptySubsequences: false)
    let marked = Set(parts.map(\.trimmed).filter { isName($0[...]) })
    let rest = parts.filter { !marked.contains($0.trimmed) }.joined(separator: ",")
    let given = rest.isEmpty && !marked.isEmpty ? [:] : try PointText(rest, option: "--data").values
    let point = at.isEmpty && !given.isEmpty ? [:] : try PointText(at).values
    for name in given.keys.sorted() {
      if point[name] != nil { throw OptionError("--data: '\(name)' has a value already, from --at", "--data: '\(name)'의 값은 이미 --at에 있습니다") }
      if !variables.contains(name) {
        throw OptionError("--data: the formula has no variable '\(name)'", "--data: 식에 변수 '\(name)'이(가) 없습니다")
      }
    }
    for name in marked.sorted() {
      if !variables.contains(name) {
        throw OptionError("--data: the formula has no variable '\(name)'", "--data: 식에 변수 '\(name)'이(가) 없습니다")
      }
      if point[name] == nil {
        throw OptionError(
          "--data: '\(name)' has no value: write \(name)=2 here, or give it by --at",
          "--data: '\(name)'의 값이 없습니다. 여기에 \(name)=2처럼 쓰거나 --at으로 주세요")
      }
    }
    return (point.merging(given) { first, _ in first }, marked.union(given.keys))
  }

  private static func isName(_ text: Substring) -> Bool {
    guard let first = text.unicodeScalars.first, first.properties.isAlphabetic || first == "_" else { return false }
    return text.unicodeScalars.allSatisfy { $0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "_" }
  }

  init(_ text: String, option: String = "--at") throws {
    var values: [String: Double] = [:]
    var offset = 0
    guard !text.isEmpty else {
      throw OptionError(
        "a point is missing: \(option) x=2, or \(option) x=2,y=-3", "점이 빠졌습니다. 예: \(option) x=2 또는 \(option) x=2,y=-3")
    }
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let length = part.count
      guard let equals = part.firstIndex(of: "=") else {
        throw OptionError("\(option): a value is missing, as in x=2", "\(option): 값이 빠졌습니다. 예: x=2", in: text, at: offset + length)
      }
      let name = part[..<equals].trimmed, number = part[part.index(after: equals)...].trimmed
      guard Self.isName(name[...]) else {
        throw OptionError("\(option): the name of a variable is expected here", "\(option): 여기에는 변수 이름이 와야 합니다", in: text, at: offset)
      }
      let place = offset + part.distance(from: part.startIndex, to: equals) + 1
      guard let value = Double(number), value.isFinite else {
        throw OptionError("\(option): a number is expected here", "\(option): 여기에는 수가 와야 합니다", in: text, at: place)
      }
      guard values[name] == nil else {
        throw OptionError("\(option): '\(name)' has a value already", "\(option): '\(name)'의 값은 이미 있습니다", in: text, at: offset)
      }
      values[name] = value
      offset += length + 1
    }
    self.values = values
  }
}

extension Substring {
  /// Without blanks at either end.
  fileprivate var trimmed: String {
    var rest = self
    while rest.first?.isWhitespace == true { rest = rest.dropFirst() }
    while rest.last?.isWhitespace == true { rest = rest.dropLast() }
    return String(rest)
  }
}

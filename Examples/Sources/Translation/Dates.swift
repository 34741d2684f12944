import ChainRule

/// Dates as people write them, and all in one form.
struct Dates {
  static let sourceCharacters = Array(" ,.0123456789abcdefghijklmnopqrstuvwxyz"), targetCharacters = Array("0123456789-<")
  static let longest = 18
  private static let months = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
  ]

  /// Characters of dates, [count, 18].
  let source: Tensor
  /// How many of the 18 are the date's.
  let lengths: Tensor
  /// The same dates as <1998-03-12, [count, 11].
  let target: Tensor

  /// Random dates.
  init(_ count: Int) {
    func draw(_ low: Int, _ high: Int) -> [Int] { Tensor.randint(low, high, [count]).array(of: Int.self) }
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let days = draw(1, 29), months = draw(0, 12), years = draw(1950, 2050), forms = draw(0, 4)
    var sources: [[Int]] = [], lengths: [Int] = [], targets: [[Int]] = []
    for i in 0..<count {
      let (day, month, year) = (days[i], months[i], years[i]), name = Self.months[month]
      let text =
        switch forms[i] {
        case 0: "\(day) \(name) \(year)"
        case 1: "\(name) \(day), \(year)"
        case 2: "\(day).\(month + 1).\(year)"
        default: "\(day) \(name.prefix(3)) \(two(year % 100))"
        }
      lengths.append(text.count)
      let padded = text + String(repeating: " ", count: Self.longest - text.count)
      sources.append(padded.map { Self.sourceCharacters.firstIndex(of: $0)! })
      targets.append("<\(year)-\(two(month + 1))-\(two(day))".map { Self.targetCharacters.firstIndex(of: $0)! })
    }
    (source, self.lengths, target) = (Tensor(sources), Tensor(lengths), Tensor(targets))
  }

  /// The characters of one date.
  static func text(_ tokens: Tensor, _ characters: [Character]) -> String { String(tokens.array(of: Int.self).map { characters[$0] }) }
}

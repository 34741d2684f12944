/// Names that are written as functions but stand for an expression in functions the library already has.
enum Notation {
  struct Entry: Sendable {
    let arity: Int
    let expand: @Sendable ([Formula]) -> Formula
  }

  static let half = Formula(Rational.half)

  static let named: [String: Entry] = [
    "sqrt": Entry(arity: 1) { $0[0].pow(half) },
    "pow": Entry(arity: 2) { $0[0].pow($0[1]) },
    "square": Entry(arity: 1) { $0[0].pow(2) },
    "hypot": Entry(arity: 2) { ($0[0].pow(2) + $0[1].pow(2)).pow(half) },
    "sec": Entry(arity: 1) { 1 / cos($0[0]) },
    "csc": Entry(arity: 1) { 1 / sin($0[0]) },
    "cot": Entry(arity: 1) { 1 / tan($0[0]) },
  ]
}

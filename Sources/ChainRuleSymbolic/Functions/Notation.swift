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
    "gelu": Entry(arity: 1) { $0[0] * (1 + .call(.errorFunction, [$0[0] / Formula(2).pow(half)])) / 2 },
    "silu": Entry(arity: 1) { $0[0] * .call(.sigmoid, [$0[0]]) },
    "sec": Entry(arity: 1) { 1 / cos($0[0]) },
    "csc": Entry(arity: 1) { 1 / sin($0[0]) },
    "cot": Entry(arity: 1) { 1 / tan($0[0]) },
  ]
}

extension Formula {
  /// A function that a formula's text may name.
  public struct NamedFunction: Sendable, Hashable {
    /// The name before the parenthesis.
    public let name: String
    /// The number of arguments, 1 or 2.
    public let arity: Int
    /// Other names for the same.
    public let aliases: [String]
  }

  /// All functions that a formula's text may name, sorted by name.
  public static var functions: [NamedFunction] {
    let functions = Function.all.map { NamedFunction(name: $0.name, arity: $0.arity, aliases: $0.aliases) }
    let notations = Notation.named.map { NamedFunction(name: $0.key, arity: $0.value.arity, aliases: []) }
    return (functions + notations).sorted { $0.name < $1.name }
  }
}

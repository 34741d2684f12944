/// The value of an option of an optimizer, or of something that a schedule remembers.
///
/// Written as a literal where it stands for one: `["lr": 0.1, "betas": [0.9, 0.99], "nesterov": true]`.
public enum OptionValue: Sendable, Equatable {
  case number(Double)
  case flag(Bool)
  case pair(Double, Double)
  /// A word, such as the name of a line search.
  case word(String)
  /// Python's None.
  case null
  /// Several values; two numbers are a `pair`.
  case list([OptionValue])
  /// Values by name, as in the state of a schedule made of others.
  case table([String: OptionValue])

  /// Several values as one: a pair where they are two numbers.
  static func several(_ values: [OptionValue]) -> OptionValue {
    if values.count == 2, case .number(let a) = values[0], case .number(let b) = values[1] { return .pair(a, b) }
    return .list(values)
  }

  /// Several numbers as one value.
  static func several(_ values: [Double]) -> OptionValue { several(values.map(OptionValue.number)) }

  /// The number; nil where it is something else.
  var number: Double? { if case .number(let value) = self { value } else { nil } }

  /// The values of a pair or a list; nil where it is neither.
  var values: [OptionValue]? {
    switch self {
    case .pair(let a, let b): [.number(a), .number(b)]
    case .list(let values): values
    default: nil
    }
  }

  /// All the numbers of a number, a pair or a list.
  var numbers: [Double] {
    switch self {
    case .number(let value): [value]
    case .pair(let a, let b): [a, b]
    case .list(let values): values.flatMap(\.numbers)
    case .table(let values): values.values.flatMap(\.numbers)
    case .flag, .word, .null: []
    }
  }

  /// What kind of value it is, for a sentence.
  var kind: String {
    switch self {
    case .number: "a number"
    case .flag: "true or false"
    case .pair: "a pair of numbers"
    case .word: "a word"
    case .null: "None"
    case .list: "a list"
    case .table: "a table"
    }
  }
}

extension OptionValue: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByStringLiteral,
  ExpressibleByArrayLiteral
{
  /// A number.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// A number.
  public init(integerLiteral value: Int) { self = .number(Double(value)) }
  /// A flag.
  public init(booleanLiteral value: Bool) { self = .flag(value) }
  /// A word.
  public init(stringLiteral value: String) { self = .word(value) }
  /// A pair of two numbers, or a list.
  public init(arrayLiteral elements: OptionValue...) { self = Self.several(elements) }
}

extension OptionValue: CustomStringConvertible {
  /// As PyTorch prints it.
  public var description: String {
    switch self {
    case .number(let value): Self.text(value)
    case .flag(let value): value ? "True" : "False"
    case .pair(let a, let b): "(\(Self.text(a)), \(Self.text(b)))"
    case .word(let text): text
    case .null: "None"
    case .list(let values): "(" + values.map(\.description).joined(separator: ", ") + ")"
    case .table(let values):
      "{" + values.sorted { $0.key < $1.key }.map { "'\($0.key)': \($0.value)" }.joined(separator: ", ") + "}"
    }
  }

  /// Whole numbers without a point, as defaults are written.
  static func text(_ value: Double) -> String { value.isNaN ? "nan" : Int(exactly: value).map(String.init) ?? "\(value)" }
}

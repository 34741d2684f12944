import ChainRuleSymbolic

/// SplitMix64: small, seeded, the same everywhere.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[Int.random(in: 0..<elements.count, using: &self)] }
}

/// Random formulas of bounded depth over x, y and z.
enum RandomFormula {
  static let unary = [
    "exp", "log", "log2", "log10", "log1p", "expm1", "sqrt", "cbrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh",
    "asinh",
    "acosh", "atanh", "abs", "sign", "relu", "step", "sigmoid", "softplus", "erf", "floor", "ceil", "square",
  ]
  /// Without kinks and steps, for comparisons with differences.
  static let smooth = unary.filter { !["abs", "sign", "relu", "step", "floor", "ceil", "cbrt"].contains($0) }

  static func text(depth: Int, functions: [String] = unary, using generator: inout SeededGenerator) -> String {
    if depth == 0 {
      return generator.pick(["x", "y", "z", "x", "1", "2", "3", "7", "(1/2)", "(-2/3)", "0.25", "pi", "e", "0", "(-1)"])
    }
    let left = text(depth: depth - 1, functions: functions, using: &generator)
    switch Int.random(in: 0..<12, using: &generator) {
    case 0, 1: return "(\(left) + \(text(depth: depth - 1, functions: functions, using: &generator)))"
    case 2: return "(\(left) - \(text(depth: depth - 1, functions: functions, using: &generator)))"
    case 3, 4: return "\(left)*\(text(depth: depth - 1, functions: functions, using: &generator))"
    case 5: return "(\(left))/(\(text(depth: depth - 1, functions: functions, using: &generator)))"
    case 6:
      return
        "(\(left))^\(generator.pick(["2", "3", "(-1)", "(-2)", "(1/2)", "(-1/2)", "(1/3)", "(2/3)", "(3/2)", "0", "1", "4", "2.0", "0.5"]))"
    case 7: return "(\(left))^(\(text(depth: min(1, depth - 1), functions: functions, using: &generator)))"
    case 8: return "-(\(left))"
    default: return "\(generator.pick(functions))(\(left))"
    }
  }

  static let coordinates: [Double] = [-2, -1, -0.5, 0, 0.5, 1, 2, 3, -1.3, 0.37, 0.81, 1.9]

  static func point(using generator: inout SeededGenerator) -> [String: Double] {
    ["x": generator.pick(coordinates), "y": generator.pick(coordinates), "z": generator.pick(coordinates)]
  }
}

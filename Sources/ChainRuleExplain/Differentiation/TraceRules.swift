import ChainRule
import ChainRuleSymbolic

/// The formula of every operation on scalars, by the catalog's name; nil where these attributes have none.
enum TraceRules {
  typealias Rule = @Sendable (_ x: [Formula], _ attributes: Attributes) -> Formula?

  /// The attributes of a recorded operation, read back.
  struct Attributes: Sendable {
    private let values: [String: String]

    init(_ record: RecordedOperation) {
      values = Dictionary(record.attributes.map { ($0.name, $0.value) }) { first, _ in first }
    }

    subscript(name: String) -> String? { values[name] }

    /// A number: exact where it was an integer.
    func number(_ name: String) -> Formula? {
      guard let text = values[name] else { return nil }
      return Int(text).map { Formula($0) } ?? Double(text).map { Formula($0) }
    }
  }

  static let named: [String: Rule] = arithmetic.merging(functions) { first, _ in first }.merging(identities) { first, _ in first }

  private static func unary(_ function: @escaping @Sendable (Formula) -> Formula) -> Rule { { x, _ in function(x[0]) } }

  private static func scalar(
    _ name: String = "scalar", _ function: @escaping @Sendable (Formula, Formula) -> Formula
  ) -> Rule {
    { x, attributes in attributes.number(name).map { function(x[0], $0) } }
  }

  /// What Swift has no name for that is free, as text in u.
  private static func written(_ text: String) -> Rule {
    let form = try? Formula(text)
    return { x, _ in form?.substituting(["u": x[0]]) }
  }

  private static let arithmetic: [String: Rule] = [
    "add": { x, _ in x[0] + x[1] }, "add (scalar)": scalar { $0 + $1 },
    "sub": { x, _ in x[0] - x[1] }, "sub (scalar)": scalar { $0 - $1 }, "rsub": scalar { $1 - $0 },
    "mul": { x, _ in x[0] * x[1] }, "mul (scalar)": scalar { $1 * $0 },
    "div": { x, _ in x[0] / x[1] }, "div (scalar)": scalar { $0 / $1 },
    "neg": unary { -$0 }, "reciprocal": unary { 1 / $0 },
    "pow": scalar("exponent") { $0.pow($1) }, "pow (tensors)": { x, _ in x[0].pow(x[1]) },
    "pow (number to a tensor)": scalar("base") { $1.pow($0) },
    "sqrt": unary { sqrt($0) }, "rsqrt": unary { 1 / sqrt($0) },
    "maximum": { x, _ in max(x[0], x[1]) }, "minimum": { x, _ in min(x[0], x[1]) },
    "clamp": { x, attributes in
      let raised = attributes.number("min").map { max(x[0], $0) } ?? x[0]
      return attributes.number("max").map { min(raised, $0) } ?? raised
    },
  ]

  private static let functions: [String: Rule] = [
    "exp": unary { exp($0) }, "expm1": unary { expm1($0) }, "exp2": unary { Formula(2).pow($0) },
    "log": unary { log($0) }, "log1p": unary { log1p($0) }, "log2": unary { log2($0) }, "log10": unary { log10($0) },
    "sin": unary { sin($0) }, "cos": unary { cos($0) }, "tan": unary { tan($0) },
    "asin": unary { asin($0) }, "acos": unary { acos($0) }, "atan": unary { atan($0) },
    "sinh": unary { sinh($0) }, "cosh": unary { cosh($0) }, "tanh": unary { tanh($0) }, "erf": unary { erf($0) },
    "abs": unary { abs($0) }, "sign": unary { sign($0) }, "floor": written("floor(u)"), "ceil": written("ceil(u)"),
    "round": written("round(u)"), "trunc": written("sign(u)*floor(abs(u))"),
    "relu": unary { relu($0) }, "sigmoid": unary { sigmoid($0) }, "logSigmoid": unary { -softplus(-$0) },
    "silu": unary { $0 * sigmoid($0) },
    "leakyRelu": scalar("negative_slope") { x, slope in slope * x + (1 - slope) * relu(x) },
    "gelu": { x, attributes in
      let half = Formula(1) / 2
      guard attributes["approximate"] == "tanh" else { return half * x[0] * (1 + erf(x[0] / sqrt(2))) }
      return half * x[0] * (1 + tanh(sqrt(2 / .pi) * (x[0] + 0.044715 * x[0].pow(3))))
    },
    "\(CubeRoot.self)": unary { cbrt($0) }, "\(AreaSine.self)": unary { asinh($0) }, "\(AreaCosine.self)": unary { acosh($0) },
    "\(AreaTangent.self)": unary { atanh($0) }, "\(HeavisideStep.self)": unary { step($0) },
    "atan2": { x, _ in atan2(x[0], x[1]) },
  ]

  /// What changes a single number's shape or holder, not the number.
  private static let identities: [String: Rule] = Dictionary(
    uniqueKeysWithValues: [
      "alias", "clone", "contiguous", "to", "reshaped", "permuted", "expanded", "sumToSize", "unsqueezed", "squeezed", "select", "slice",
      "sum", "mean", "cat",
    ].map { ($0, unary { $0 }) })
}

import ChainRule
import ChainRuleSymbolic

/// The formula of every operation on scalars, by the catalog's name; nil where these attributes have none.
enum TraceRules {
  typealias Rule = @Sendable (_ x: [Formula], _ attributes: Attributes) -> Formula?

  /// The attributes of a recorded operation, read back, and the numbers it was applied to.
  struct Attributes: Sendable {
    private let texts: [String: String]
    /// The operands: they say which branch was taken.
    let values: [Double]

    init(_ record: RecordedOperation) {
      texts = Dictionary(record.attributes.map { ($0.name, $0.value) }) { first, _ in first }
      values = record.inputs.map { $0.item() }
    }

    subscript(name: String) -> String? { texts[name] }

    /// A number: exact where it was an integer.
    func number(_ name: String) -> Formula? {
      guard let text = texts[name] else { return nil }
      return Int(text).map { Formula($0) } ?? Double(text).map { TraceRules.exact($0) }
    }
  }

  static let named: [String: Rule] = [arithmetic, functions, activations, losses, choices, identities].reduce(into: [:]) {
    $0.merge($1) { first, _ in first }
  }

  /// A number: whole ones as exact fractions of the formula, which they are in every type.
  static func exact(_ value: Double) -> Formula {
    value == value.rounded() && value.magnitude < 0x1p53 ? Formula(Int(value)) : Formula(value)
  }

  private static func unary(_ function: @escaping @Sendable (Formula) -> Formula) -> Rule { { x, _ in function(x[0]) } }

  private static func scalar(
    _ name: String = "scalar", _ function: @escaping @Sendable (Formula, Formula) -> Formula
  ) -> Rule {
    { x, attributes in attributes.number(name).map { function(x[0], $0) } }
  }

  /// A formula as text in u and, of two operands, v.
  private static func written(_ text: String) -> Rule {
    let form = try? Formula(text)
    return { x, _ in form?.substituting(x.count > 1 ? ["u": x[0], "v": x[1]] : ["u": x[0]]) }
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
    "remainder": written("u - v*floor(u/v)"), "fmod": written("u - v*sign(u/v)*floor(abs(u/v))"),
    "div (rounding)": { x, attributes in
      let quotient = attributes["rounding_mode"] == "floor" ? written("floor(u/v)") : written("sign(u/v)*floor(abs(u/v))")
      return quotient(x, attributes)
    },
    // One element times one element.
    "matmul": { x, _ in x[0] * x[1] }, "dot": { x, _ in x[0] * x[1] }, "mv": { x, _ in x[0] * x[1] },
    "linear": { x, _ in x.count > 2 ? x[0] * x[1] + x[2] : x[0] * x[1] },
  ]

  private static let functions: [String: Rule] = [
    "exp": unary { exp($0) }, "expm1": unary { expm1($0) }, "exp2": unary { Formula(2).pow($0) },
    "log": unary { log($0) }, "log1p": unary { log1p($0) }, "log2": unary { log2($0) }, "log10": unary { log10($0) },
    "sin": unary { sin($0) }, "cos": unary { cos($0) }, "tan": unary { tan($0) },
    "asin": unary { asin($0) }, "acos": unary { acos($0) }, "atan": unary { atan($0) },
    "sinh": unary { sinh($0) }, "cosh": unary { cosh($0) }, "tanh": unary { tanh($0) },
    "asinh": unary { asinh($0) }, "acosh": unary { acosh($0) }, "atanh": unary { atanh($0) }, "atan2": { x, _ in atan2(x[0], x[1]) },
    "erf": unary { erf($0) }, "erfc": unary { 1 - erf($0) }, CubeRoot.name: unary { cbrt($0) }, HeavisideStep.name: unary { step($0) },
    "logaddexp": written("log(exp(u) + exp(v))"), "logaddexp2": written("log2(2^u + 2^v)"),
    // The value that stands in the hole at 0, where it is taken.
    "sinc": { x, attributes in attributes.values[0] == 0 ? 1 : sin(.pi * x[0]) / (.pi * x[0]) },
    "xlogy": { x, attributes in attributes.values[0] == 0 ? 0 : x[0] * log(x[1]) },
    "abs": unary { abs($0) }, "sign": unary { sign($0) }, "floor": written("floor(u)"), "ceil": written("ceil(u)"),
    "round": written("round(u)"), "trunc": written("sign(u)*floor(abs(u))"),
  ]

  private static let activations: [String: Rule] = [
    "relu": unary { relu($0) }, "sigmoid": unary { sigmoid($0) }, "logSigmoid": unary { -softplus(-$0) },
    "silu": unary { $0 * sigmoid($0) },
    "leakyRelu": scalar("negative_slope") { x, slope in slope * x + (1 - slope) * relu(x) },
    "gelu": { x, attributes in
      let half = Formula(1) / 2
      guard attributes["approximate"] == "tanh" else { return half * x[0] * (1 + erf(x[0] / sqrt(2))) }
      return half * x[0] * (1 + tanh(sqrt(2 / .pi) * (x[0] + 0.044715 * x[0].pow(3))))
    },
    "hardtanh": { x, attributes in
      guard let low = attributes.number("min_val"), let high = attributes.number("max_val") else { return nil }
      return min(max(x[0], low), high)
    },
    "elu": { x, attributes in
      guard let alpha = attributes.number("alpha"), let scale = attributes.number("scale") else { return nil }
      return scaled(relu(x[0]) + scaled(expm1(min(x[0], 0)), by: alpha), by: scale)
    },
    "softplus": { x, attributes in
      guard let beta = attributes.number("beta"), let factor = beta.constantValue, let limit = attributes["threshold"].flatMap(Double.init)
      else { return nil }
      if attributes.values[0] * factor > limit { return x[0] }
      return factor == 1 ? softplus(x[0]) : softplus(beta * x[0]) / beta
    },
  ]

  private static func scaled(_ x: Formula, by factor: Formula) -> Formula { factor.constantValue == 1 ? x : factor * x }

  /// The losses of one element, which reduction leaves as it is.
  private static let losses: [String: Rule] = [
    "mseLoss": written("(u - v)^2"),
    "huberLoss": { x, attributes in attributes.number("delta").map { linearFrom($0, x[0] - x[1]) } },
    "smoothL1Loss": { x, attributes in
      guard let beta = attributes.number("beta") else { return nil }
      return beta.constantValue == 0 ? abs(x[0] - x[1]) : linearFrom(beta, x[0] - x[1]) / beta
    },
    "binaryCrossEntropy": { x, attributes in
      // Each logarithm is at least -100: the branch that was taken.
      let p = attributes.values[0], isCut = (p < leastProbability, 1 - p < leastProbability)
      return -(x[1] * (isCut.0 ? -100 : log(x[0])) + (1 - x[1]) * (isCut.1 ? -100 : log(1 - x[0])))
    },
    "binaryCrossEntropyWithLogits": written("(1 - v)*u + softplus(-u)"),
  ]

  /// e^-100, below which the logarithm of a probability counts as -100.
  private static let leastProbability = 3.720075976020836e-44

  /// d^2/2 up to |d| = limit, from there on a straight line.
  private static func linearFrom(_ limit: Formula, _ difference: Formula) -> Formula {
    let size = abs(difference), bent = min(size, limit)
    return bent * (size - bent / 2)
  }

  /// What takes one of its operands: the one that was taken; and what is simpler of a single number.
  private static let choices: [String: Rule] = [
    "where": { x, attributes in attributes.values[0] != 0 ? x[1] : x[2] },
    "maskedFill": { x, attributes in attributes.values[1] != 0 ? attributes.number("value") : x[0] },
    "norm": { x, attributes in attributes["ord"] == "0.0" ? nil : abs(x[0]) },
    "angle": { _, attributes in attributes.values[0] < 0 ? .pi : 0 },
    "softmax": { _, _ in 1 }, "logSoftmax": { _, _ in 0 },
    "clamp (tensors)": { x, attributes in
      if attributes["min"] == nil { return min(x[0], x[1]) }
      return x.count > 2 ? min(max(x[0], x[1]), x[2]) : max(x[0], x[1])
    },
  ]

  /// What changes a single number's shape or holder, not the number.
  private static let identities: [String: Rule] = Dictionary(
    uniqueKeysWithValues: [
      "alias", "clone", "contiguous", "to", "reshaped", "permuted", "expanded", "sumToSize", "unsqueezed", "squeezed", "select", "slice",
      "sum", "mean", "cat", "stack", "prod", "cumsum", "cumprod", "amax", "amin", "max", "min", "median", "median (dim)", "cummax",
      "cummin",
      "sort", "topk", "flip", "diagonal", "diagEmbed", "split", "unbind", "logsumexp", "indexSelect", "gather",
    ].map { ($0, unary { $0 }) })
}

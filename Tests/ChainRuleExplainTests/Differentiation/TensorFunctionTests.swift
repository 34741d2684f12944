import ChainRule
import ChainRuleSymbolic
import Testing

@testable import ChainRuleExplain

/// Formulas as tensor functions and traced graphs as formulas: both directions keep every value and every derivative.
struct TensorFunctionTests {
  /// A point of each function's domain where it is smooth.
  static let smooth: [(text: String, x: Double)] = [
    ("exp(x)", 0.7), ("log(x)", 2.3), ("log2(x)", 2.3), ("log10(x)", 2.3), ("log1p(x)", 0.4), ("expm1(x)", 0.4), ("sqrt(x)", 1.7),
    ("cbrt(x)", -1.7), ("sin(x)", 0.9), ("cos(x)", 0.9), ("tan(x)", 0.9), ("asin(x)", 0.3), ("acos(x)", 0.3), ("atan(x)", -0.8),
    ("sinh(x)", 0.6), ("cosh(x)", 0.6), ("tanh(x)", 0.6), ("asinh(x)", -2.5), ("acosh(x)", 2.5), ("atanh(x)", 0.4), ("abs(x)", -0.6),
    ("sign(x)", -0.6), ("relu(x)", 0.6), ("step(x)", 0.6), ("sigmoid(x)", -1.2), ("softplus(x)", 1.2), ("erf(x)", 0.5),
    ("floor(x)", 0.5), ("ceil(x)", 0.5), ("round(x)", 0.7), ("max(x, 0.2)", 0.6), ("min(0.2, x)", 0.6), ("atan2(x, 2)", 0.5),
    ("atan2(2, x)", -0.5), ("hypot(x, 3)", 1.5), ("x^2", -1.5), ("x^3", -1.5), ("x^-2", 1.5), ("x^(2/3)", 1.5), ("x^(-1/2)", 1.5),
    ("x^2.5", 1.5), ("2^x", 1.5), ("e^x", 1.5), ("x^x", 1.5), ("1/x", -0.7), ("3/(x - 1)", 2.5), ("x/3 - 2*x", 1.1), ("1 - x", 0.3),
    ("-x", 0.3), ("-(x + 1)/x", 0.3), ("2/3 + x*pi", 0.3), ("sin(2) * x + max(1, 2)", 0.3), ("7", 0.3), ("-sin(x)*cos(x)/exp(-x^2)", 0.8),
    ("1/x - 1/(x + 1)", 0.8), ("sec(x) + csc(x) + cot(x)", 0.8),
  ]

  private func close(_ a: Double, _ b: Double, _ tolerance: Double = 1e-12) -> Bool { (a - b).magnitude <= tolerance * max(1, b.magnitude) }

  @Test(arguments: smooth)
  func valuesAndDerivativesAgree(_ sample: (text: String, x: Double)) throws {
    let formula = try Formula(sample.text), x = Tensor(sample.x, dtype: .float64)
    let function = try formula.tensorFunction(["x"])
    let f = { (x: Tensor) in function([x]) }
    let point = ["x": sample.x]
    #expect(close(f(x).item(), try formula.evaluate(point)))
    let first = try formula.derivative("x").evaluate(point), second = try formula.derivative("x", order: 2).evaluate(point)
    #expect(close(grad(f)(x).item(), first))
    #expect(close(jvp(f, x, Tensor.ones(like: x)).tangent.item(), first))
    #expect(close(grad(grad(f))(x).item(), second, 1e-11))
    #expect(close(jvp(grad(f), x, Tensor.ones(like: x)).tangent.item(), second, 1e-11))
  }

  @Test(arguments: smooth)
  func tracingBackKeepsTheFunction(_ sample: (text: String, x: Double)) throws {
    let formula = try Formula(sample.text)
    let function = try formula.tensorFunction(["x"])
    let traced = try Formula(tracing: ["x"], at: ["x": sample.x]) { function($0) }
    for x in [sample.x, sample.x * 1.01] {
      #expect(close(try traced.evaluate(["x": x]), try formula.evaluate(["x": x])), "\(formula) became \(traced)")
      let slope = try formula.derivative("x").evaluate(["x": x])
      #expect(close(try traced.derivative("x").evaluate(["x": x]), slope), "\(formula) became \(traced)")
    }
  }

  /// Nested formulas of three variables, at points of their domain.
  @Test func randomFormulasAgree() throws {
    var generator = SplitMix64(seed: 20)
    var compared = 0, endless = 0
    for _ in 0..<300 {
      let text = RandomText.formula(depth: 4, using: &generator)
      let formula = try Formula(text)
      let names = ["x", "y", "z"]
      let point = names.map { _ in Double.random(in: 0.2...1.8, using: &generator) }
      let values = Dictionary(uniqueKeysWithValues: zip(names, point))
      guard let value = try? formula.evaluate(values), value.magnitude < 1e6 else { continue }
      let function = try formula.tensorFunction(names)
      let inputs = point.map { Tensor($0, dtype: .float64) }
      #expect(close(function(inputs).item(), value, 1e-9), "\(text) at \(point), seed 20")
      let traced = try Formula(tracing: names, at: values) { function($0) }
      #expect(close(try traced.evaluate(values), value, 1e-9), "\(text) at \(point) became \(traced), seed 20")
      let slopes = formula.gradient(names).map { try? $0.evaluate(values) }
      for (slope, gradient) in zip(slopes, grad(function)(inputs)) {
        guard let slope, slope.magnitude < 1e6 else { continue }
        // sqrt(x - x): the derived formula cancels first, the engine meets 0 times infinity.
        if !gradient.item().isFinite {
          endless += 1
          continue
        }
        #expect(close(gradient.item(), slope, 1e-8), "\(text) at \(point), seed 20")
      }
      compared += 1
    }
    #expect(compared > 150)
    #expect(endless < 10)
  }

  @Test func kinksHaveTheFormulasDerivatives() throws {
    for text in ["abs(x)", "relu(x)", "max(x, 0)", "min(0, x)", "sign(x)", "step(x)"] {
      let formula = try Formula(text), function = try formula.tensorFunction(["x"])
      let x = Tensor(0.0, dtype: .float64)
      #expect(grad { function([$0]) }(x).item() == (try formula.derivative("x").evaluate(["x": 0])), "\(text)")
    }
  }

  @Test func arraysAndSinglePrecision() throws {
    let function = try Formula("x^2 + y/2").tensorFunction(["x", "y"])
    let z = function([Tensor([1.0, 2.0, 3.0]), Tensor(4.0)])
    #expect(z.dtype == .float32)
    #expect(z.array(of: Double.self) == [3, 6, 11])
    let angles = try Formula("atan2(y, x)").tensorFunction(["x", "y"])([Tensor([1.0, -1.0]), Tensor(1.0)])
    #expect(angles.shape == [2])
    #expect(try Formula("3").tensorFunction(["x"])([Tensor([1.0, 2.0])]).array(of: Double.self) == [3, 3])
    #expect(try Formula("3").tensorFunction([])([]).item() == 3)
  }

  @Test func signsAndFractionsCostNothing() throws {
    let x = Tensor(0.3)
    // As written by hand: 4 l (1 - l) is a product, a difference and a product.
    let function = try Formula("4*x*(1 - x)").tensorFunction(["x"])
    #expect(countingOperations { function([x]) }.operations == 3)
    let quotient = try Formula("x - x/(1 + x)").tensorFunction(["x"])
    #expect(countingOperations { quotient([x]) }.operations == 3)
  }

  @Test func missingVariableIsNamed() {
    #expect(throws: EvaluationError.unboundVariable(name: "y", given: ["x"])) { try Formula("x*y").tensorFunction(["x"]) }
  }
}

/// SplitMix64: small, seeded, the same everywhere.
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Random formulas of x, y and z.
enum RandomText {
  private static let functions = [
    "exp", "log", "sqrt", "sin", "cos", "tanh", "atan", "sigmoid", "softplus", "erf", "asinh", "cbrt", "abs", "relu", "log1p", "square",
  ]

  static func formula(depth: Int, using generator: inout SplitMix64) -> String {
    guard depth > 0 else { return ["x", "y", "z", "2", "3", "(1/2)", "0.25", "pi"].randomElement(using: &generator) ?? "x" }
    let left = formula(depth: depth - 1, using: &generator)
    let kind = Int.random(in: 0..<10, using: &generator)
    if kind >= 6 { return "\(functions.randomElement(using: &generator) ?? "exp")(\(left))" }
    if kind == 5 { return "(\(left))^\(["2", "3", "(1/2)", "(-1)"].randomElement(using: &generator) ?? "2")" }
    let right = formula(depth: depth - 1, using: &generator)
    return ["(\(left) + \(right))", "(\(left) - \(right))", "\(left)*\(right)", "(\(left))/(\(right))", "max(\(left), \(right))"][kind]
  }
}

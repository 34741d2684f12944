import ChainRuleSymbolic
import Testing

struct DerivativeTests {
  @Test func forms() throws {
    let forms = [
      ("x^2*sin(x)", "x^2*cos(x) + 2*x*sin(x)"), ("x^3", "3*x^2"), ("5", "0"), ("y", "0"), ("x^x", "x^x*(log(x) + 1)"),
      ("2^x", "2^x*log(2)"),
      ("exp(-x)/3", "-exp(-x)/3"), ("tan(x)", "tan(x)^2 + 1"), ("sigmoid(x)", "(1 - sigmoid(x))*sigmoid(x)"), ("tanh(x)", "1 - tanh(x)^2"),
      ("log(x)", "1/x"), ("sqrt(x)", "1/(2*sqrt(x))"), ("0^x", "0"), ("x^0", "0"), ("atan(x)", "1/(x^2 + 1)"),
      ("a*x^2 + b*x + c", "2*a*x + b"),
    ]
    for (text, expected) in forms { #expect(try Formula(text).derivative("x").description == expected, "\(text)") }
  }

  /// The values that PyTorch 2.13 gives.
  @Test func kinksAreAsInPyTorch() throws {
    let values: [(String, Double)] = [
      ("relu(x)", 0), ("abs(x)", 0), ("sign(x)", 0), ("floor(x)", 0), ("round(x)", 0), ("max(x, 0)", 0.5), ("min(x, 0)", 0.5),
      ("max(0, x)", 0.5),
      ("max(x, -x)", 0), ("x^0", 0), ("x*abs(x)", 0), ("atan2(x, 1)", 1),
    ]
    for (text, expected) in values { #expect(try Formula(text).derivative("x").evaluate(["x": 0]) == expected, "\(text)") }
    #expect(try Formula("0^x").derivative("x").evaluate(["x": 2]) == 0)
  }

  @Test func ordersAndMixedDerivatives() throws {
    let f = try Formula("x^5*y^2 + sin(x)")
    #expect(f.derivative("x", order: 0) == f.simplified())
    #expect(f.derivative("x", order: 3).description == "60*x^2*y^2 - cos(x)")
    #expect(f.derivative("x", order: 4).derivative("y") == f.derivative(["y", "x", "x", "x", "x"]))
    #expect(try Formula("exp(2*x)").derivative("x", order: 40).evaluate(["x": 0]) == 0x1p40)
    #expect(try Formula("x^9").derivative("x", order: 1_000_000) == 0)
  }

  @Test func gradientJacobianHessian() throws {
    let f = try Formula("x^2*y + exp(z)")
    #expect(f.gradient().map(\.description) == ["2*x*y", "x^2", "exp(z)"])
    #expect(f.hessian(["x", "y"]).map { $0.map(\.description) } == [["2*y", "2*x"], ["2*x", "0"]])
    let polar = Formula.jacobian([try Formula("r*cos(t)"), try Formula("r*sin(t)")], ["r", "t"])
    #expect(polar.map { $0.map(\.description) } == [["cos(t)", "-r*sin(t)"], ["sin(t)", "r*cos(t)"]])
    #expect((polar[0][0] * polar[1][1] - polar[0][1] * polar[1][0]).simplified().description == "r")
  }

  /// Random smooth formulas against Richardson's extrapolation, within its own error estimate and more.
  @Test(arguments: 0..<4) func agreesWithDifferences(_ seed: UInt64) throws {
    var generator = SeededGenerator(200 + seed)
    var compared = 0
    for _ in 0..<300 {
      let text = RandomFormula.text(depth: Int.random(in: 1...3, using: &generator), functions: RandomFormula.smooth, using: &generator)
      let formula = try Formula(text)
      let point = RandomFormula.point(using: &generator)
      guard let value = try? formula.evaluate(point), value.magnitude < 1e4,
        let numeric = try? formula.numericDerivative("x", at: point, step: 0.01),
        let error = numeric.errorEstimate, error < 1e-7 * max(1, numeric.value.magnitude), numeric.value.magnitude < 1e6
      else { continue }
      // At the edge of a domain the derivative may have no value where the formula has one.
      guard let symbolic = try? formula.derivative("x").evaluate(point) else { continue }
      compared += 1
      #expect(abs(symbolic - numeric.value) <= 1e-5 * max(1, abs(symbolic)), "seed \(seed): \(text) at \(point)")
    }
    #expect(compared > 80)
  }

  @Test func sharedPartsStayShared() throws {
    var map = Formula.variable("x")
    for _ in 0..<100 { map = 4 * map * (1 - map) }
    #expect(map.nodeCount == .max)
    #expect(map.distinctNodeCount < 700)
    let derivative = map.derivative("x")
    #expect(derivative.distinctNodeCount < 20_000)
    // The n-th iterate's derivative is the product of 4 - 8 x_k, and 3/4 is a fixed point.
    let value = try derivative.evaluate(["x": 0.75])
    #expect(abs(value / 0x1p100 - 1) < 1e-9)
    #expect(derivative.description.hasSuffix("..."))
    var again = Formula.variable("x")
    for _ in 0..<100 { again = 4 * again * (1 - again) }
    #expect(again == map)
  }

  @Test func longProductsCostTheirLength() throws {
    let text = (1...5000).map { "(x + \($0))" }.joined(separator: "*")
    let f = try Formula("(\(text))/exp(42000)")
    let derivative = f.derivative("x")
    #expect(derivative.distinctNodeCount < 100_000)
    let short = try Formula((1...40).map { "(x + \($0))" }.joined(separator: "*"))
    let logarithmic = try short.derivative("x").evaluate(["x": 0.5]) / short.evaluate(["x": 0.5])
    #expect(abs(logarithmic - (1...40).reduce(0) { $0 + 1 / (0.5 + Double($1)) }) < 1e-12)
  }

  @Test func millionsOfNodesAreReleased() {
    var chain = Formula.variable("x")
    for _ in 0..<300_000 { chain = sin(chain) }
    var sum = Formula.variable("x")
    for _ in 0..<300_000 { sum = sum + 1 }
    #expect(chain.nodeCount == 300_001)
    #expect(sum.nodeCount > 300_000)
  }

  /// Several threads let go of the same deep formula at once; each node is released by whoever is last.
  @Test func sharedFormulasAreReleasedFromAnyThread() async {
    for _ in 0..<8 {
      var chain = Formula.variable("x")
      for _ in 0..<20_000 { chain = sin(chain) + 1 }
      let shared = chain
      chain = 0
      let counts = await withTaskGroup(of: Int.self) { group in
        for index in 0..<4 { group.addTask { (shared + Formula(index)).nodeCount } }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(counts == [Int](repeating: counts[0], count: 4))
    }
  }
}

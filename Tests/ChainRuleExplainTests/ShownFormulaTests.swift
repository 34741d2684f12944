import ChainRule
import ChainRuleExplain
import ChainRuleSymbolic
import Testing

/// Graphs and explanations show what was written, and every line of them is true.
struct ShownFormulaTests {
  private static let point = ["x": 3.0, "y": 2.0, "w": -1.5, "a": 0.5]

  /// What the learner writes, and the lines of the forward pass.
  static let formulas: [(text: String, lines: [String])] = [
    ("x^2-2*y", ["v1 = x^2 = 3^2 = 9", "v2 = 2 * y = 2 * 2 = 4", "L = v1 - v2 = 9 - 4 = 5"]),
    ("3*a^2", ["v1 = a^2 = 0.5^2 = 0.25", "L = 3 * v1 = 3 * 0.25 = 0.75"]),
    ("a^2*3", ["v1 = a^2 = 0.5^2 = 0.25", "L = v1 * 3 = 0.25 * 3 = 0.75"]),
    ("y*w", ["L = y * w = 2 * (-1.5) = -3"]),
    ("w*y", ["L = w * y = -1.5 * 2 = -3"]),
    ("relu(w)", ["L = relu(w) = relu(-1.5) = 0"]),
    ("max(w, y)", ["L = maximum(w, y) = maximum(-1.5, 2) = 2"]),
    ("1 + x", ["L = 1 + x = 1 + 3 = 4"]),
    ("x + 1", ["L = x + 1 = 3 + 1 = 4"]),
    ("x - 1", ["L = x - 1 = 3 - 1 = 2"]),
    ("1 - x", ["L = 1 - x = 1 - 3 = -2"]),
    ("x - 0.5*y", ["v1 = 0.5 * y = 0.5 * 2 = 1", "L = x - v1 = 3 - 1 = 2"]),
    ("x - y/2", ["v1 = y / 2 = 2 / 2 = 1", "L = x - v1 = 3 - 1 = 2"]),
    ("x - 1/2*y", ["v1 = 0.5 * y = 0.5 * 2 = 1", "L = x - v1 = 3 - 1 = 2"]),
    ("-2*x", ["L = -2 * x = -2 * 3 = -6"]),
    ("-2*x + y", ["v1 = -2 * x = -2 * 3 = -6", "L = v1 + y = -6 + 2 = -4"]),
    ("x * -2", ["L = x * (-2) = 3 * (-2) = -6"]),
    ("-x", ["L = -x = -3"]),
    ("-w", ["L = -w = -(-1.5) = 1.5"]),
    ("w^2", ["L = w^2 = (-1.5)^2 = 2.25"]),
    ("x^w", ["L = x^w = 3^(-1.5) ≈ 0.19245"]),
    ("2^w", ["L = 2^w = 2^(-1.5) ≈ 0.353553"]),
    ("1/x", ["L = 1 / x = 1 / 3 ≈ 0.333333"]),
    ("2/x", ["L = 2 / x = 2 / 3 ≈ 0.666667"]),
    ("x/w", ["L = x / w = 3 / (-1.5) = -2"]),
    ("x^0.5", ["L = x^0.5 = 3^0.5 ≈ 1.73205"]),
    ("sqrt(x)", ["L = sqrt(x) = sqrt(3) ≈ 1.73205"]),
    (
      "cbrt(x) - step(w)",
      [
        "v1 = cbrt(x) = cbrt(3) ≈ 1.44225", "v2 = step(w) = step(-1.5) = 0", "L = v1 - v2 ≈ 1.44225 - 0 ≈ 1.44225",
      ]
    ),
    ("softplus(x)", ["L = softplus(x, beta: 1.0, threshold: inf) = softplus(3, beta: 1.0, threshold: inf) ≈ 3.04859"]),
    ("x - y - w", ["v1 = x - y = 3 - 2 = 1", "L = v1 - w = 1 - (-1.5) = 2.5"]),
    ("x - (y - w)", ["v1 = y - w = 2 - (-1.5) = 3.5", "L = x - v1 = 3 - 3.5 = -0.5"]),
  ]

  @Test(arguments: formulas)
  func theFormulaIsTheLearners(_ row: (text: String, lines: [String])) throws {
    let formula = try Formula(row.text), graph = try formula.gradientGraph(at: Self.point.filter { formula.variables.contains($0.key) })
    let text = graph.explanation()
    let forward = text.split(separator: "\n").dropFirst().prefix { $0.hasPrefix(" ") }.map { String($0.dropFirst(2)) }
    #expect(forward == row.lines)
    let value = try formula.evaluate(Self.point)
    #expect(graph.nodes[graph.root].value.map { ($0.item() - value).magnitude <= 1e-15 * value.magnitude } == true)
    #expect(!text.contains("(("))
  }

  /// The same of code: a number stands where it was written, and comparisons have their own names.
  @Test func codeIsShownAsWritten() {
    let x = Tensor([3.0, -1]).named("x").asLeaf(), w = Tensor([2.0, 2]).named("w")
    let rows: [(Tensor, String)] = [
      (recordingGraph { 2 * x }, "2 * x"), (recordingGraph { x * 2 }, "x * 2"), (recordingGraph { 1 + x }, "1 + x"),
      (recordingGraph { x - 1 }, "x - 1"), (recordingGraph { 1 - x }, "1 - x"), (recordingGraph { x / 2 }, "x / 2"),
      (recordingGraph { x.pow(w) }, "x^w"), (recordingGraph { Tensor.pow(2, x) }, "2^x"), (recordingGraph { x.min() }, "min(x)"),
      (recordingGraph { x.amax(dim: 0) }, "amax(x, dim: [0], keepdim: false)"),
      (recordingGraph { split(x, 1)[1] }, "split(x, dim: 0, sizes: [1, 1])"),
      (recordingGraph { x.unbind()[0] }, "unbind(x, dim: 0)"), (recordingGraph { x.maskedFill(w .> 1, 5) }, "maskedFill(x, c1, value: 5)"),
      (x * 2, "x * 2"), (2 * x, "2 * x"),
    ]
    for (tensor, text) in rows {
      #expect(GradientGraph(of: tensor).tree().hasPrefix("L = \(text) "), "\(GradientGraph(of: tensor).tree())")
    }
    let masked = GradientGraph { x.maskedFill(x .< 0, 0) + Tensor.where(x .!= w, x, w) }
    #expect(masked.tree().contains(" = x < 0 = ") && masked.tree().contains(" = x != w = "))
  }

  /// Numbers of a line `name = symbols = numbers = value` agree from one sign of equality to the next.
  @Test func everyLineIsTrue() throws {
    for text in ["x*x*x", "x*x + x", "(x - y)^2 + x*y", "x/x", "exp(x)*x - x", "(w*x - y)^2", "x + x + x + x"] {
      let formula = try Formula(text), graph = try formula.gradientGraph(at: Self.point.filter { formula.variables.contains($0.key) })
      let lines = graph.explanation().split(separator: "\n").map { $0.trimmingPrefix("  ") }
      var values: [String: Double] = [:], checked = 0
      for line in lines where line.contains(" = ") {
        let sides = line.replacing(" ≈ ", with: " = ").split(separator: " = ").map(String.init)
        guard let value = Double(sides[sides.count - 1]) else { continue }
        // One name has one value, wherever it stands.
        #expect(values[sides[0]].map { ($0 - value).magnitude < 1e-5 * max(1, value.magnitude) } ?? true, "\(text): \(line)")
        values[sides[0]] = value
        for side in sides.dropFirst() {
          var words = side
          for (name, known) in values.sorted(by: { $0.key.count > $1.key.count }) { words = words.replacing(name, with: "(\(known))") }
          guard let number = try? Formula(words).evaluate([:]) else { continue }
          #expect((number - value).magnitude < 1e-4 * max(1, value.magnitude), "\(text): \(line)")
          checked += 1
        }
      }
      #expect(checked > 3, "\(text)")
      #expect(!lines.contains { $0.hasPrefix("dL/dx = dL/dL * dL/dx ") })
      for variable in formula.variables {
        let derivative = try formula.derivative(variable).evaluate(Self.point)
        #expect((try #require(values["dL/d\(variable)"]) - derivative).magnitude < 1e-4 * max(1, derivative.magnitude))
      }
    }
  }

  /// A number with more digits than are shown is not called equal.
  @Test func roundedNumbersAreOnlyAboutEqual() throws {
    let text = try Formula("x*y").gradientGraph(at: ["x": 0.1, "y": 1.0 / 3]).explanation()
    #expect(text.contains("L = x * y ≈ 0.1 * 0.333333 ≈ 0.0333333\n") && text.contains("dL/dx = dL/dL * ∂L/∂x ≈ 1 * 0.333333 ≈ 0.333333\n"))
    #expect(text.contains("dL/dy = dL/dL * ∂L/∂y = 1 * 0.1 = 0.1\n"))
    #expect(try Formula("0.1 + x").gradientGraph(at: ["x": 0.2]).tree().hasPrefix("L = 0.1 + x = 0.3 "))
    let single = Tensor([0.1, 0.2]).named("x").asLeaf()
    #expect(GradientGraph { single * 1 }.tree().hasPrefix("L = x * 1 = [0.1, 0.2] "))
    #expect(OptimizerRule.sgd(lr: 0.1).explanation(parameter: 1, gradients: [1]).contains("p = p - lr * g = 1 - 0.1 * 1 = 0.9\n"))
    let adam = OptimizerRule.adam(lr: 0.1).explanation(parameter: 1, gradients: [0.5])
    #expect(adam.contains("p = p - lr * mHat / (sqrt(vHat) + eps) = 1 - 0.1 * 0.5 / 0.50000001 ≈ 0.9\n"))
  }

  @Test func usesHaveNamesOfTheirOwn() throws {
    let graph = try Formula("x*x*x").gradientGraph(at: ["x": 2])
    #expect(
      graph.explanation().contains(
        """
          dL/dv1 = dL/dL * ∂L/∂v1 = 1 * 2 = 2
          dL/dx(3) = dL/dL * ∂L/∂x(3) = 1 * 4 = 4
          dL/dx(1) = dL/dv1 * ∂v1/∂x(1) = 2 * 2 = 4
          dL/dx(2) = dL/dv1 * ∂v1/∂x(2) = 2 * 2 = 4
          dL/dx = dL/dx(1) + dL/dx(2) + dL/dx(3) = 4 + 4 + 4 = 12
          x is used 3 times, as x(1) to x(3): its gradient is the sum over its uses.
        """))
    #expect(graph.explanation(language: .korean).contains("x는 x(1)부터 x(3)까지 3곳에 쓰였으므로 각 경로에서 온 기울기를 더합니다."))
    #expect(graph.explanation(ascii: true).contains("dL/dx(1) = dL/dv1 * diff(v1, x(1)) = 2 * 2 = 4"))
    #expect(!graph.explanation(ascii: true).unicodeScalars.contains { !$0.isASCII } && !graph.tree(ascii: true).contains("∂"))
    let latex = graph.explanation(.latex)
    #expect(
      latex.contains(
        "\\frac{\\mathrm{d} L}{\\mathrm{d} x^{(1)}} &= \\frac{\\mathrm{d} L}{\\mathrm{d} v_{1}} \\cdot \\frac{\\partial v_{1}}{\\partial x^{(1)}}"
      ))
    #expect(try graph.html().contains("use:\"x(3)\"") && graph.tree().contains("∂v1/∂x(1) = 2"))
  }

  @Test func dataGetsNoGradient() throws {
    let graph = try Formula("(w*x - y)^2").gradientGraph(at: ["w": 1, "x": 2, "y": 3], data: ["x", "y"])
    #expect(graph.nodes.filter { $0.kind == .leaf }.map(\.name) == ["w"])
    #expect(graph.tree().contains("y = 3    data\n") && !graph.tree().contains("dL/dy") && !graph.explanation().contains("∂v2/∂y"))
    #expect(try graph.svg().contains(">data<") && graph.dot().contains("\\ndata") && graph.mermaid().contains("<br/>data"))
    #expect(throws: EvaluationError.unboundVariable(name: "z", given: ["w"])) {
      try Formula("w^2").gradientGraph(at: ["w": 1], data: ["z"])
    }
    #expect(!(try Formula("w + 2").gradientGraph(at: ["w": 1]).tree().contains("data")))
  }

  @Test func stepsOfAnOptimizerInKorean() {
    let rule = OptimizerRule.sgd(lr: 0.5)
    #expect(rule.explanation(parameter: 1, gradients: [1, 1]).hasPrefix("step 1\n  g = 1\n"))
    #expect(rule.explanation(parameter: 1, gradients: [1, 1], language: .korean).contains("2단계\n  g = 1\n"))
  }
}

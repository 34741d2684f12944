import ChainRule
import ChainRuleSymbolic
import TestSupport
import Testing

@testable import ChainRuleExplain

struct GradientGraphTests {
  /// relu(w x + b) at w = 2, x = 3, b = -1: 5, with gradients 3, 2 and 1.
  private func neuron() throws -> GradientGraph {
    try Formula("relu(w*x+b)").gradientGraph(at: ["w": 2, "x": 3, "b": -1])
  }

  private func node(_ graph: GradientGraph, _ name: String) throws -> GradientGraph.Node {
    try #require(graph.nodes.first { $0.name == name })
  }

  @Test func neuronHasItsValuesAndGradients() throws {
    let graph = try neuron()
    #expect(graph.nodes.map(\.name).sorted() == ["L", "b", "v1", "v2", "w", "x"])
    for (name, value, gradient) in [("w", 2.0, 3.0), ("x", 3, 2), ("b", -1, 1), ("v1", 6, 1), ("v2", 5, 1), ("L", 5, 1)] {
      let node = try node(graph, name)
      #expect(node.value?.item() == value)
      #expect(node.gradient?.item() == gradient)
    }
    let factors = graph.edges.map { "\(graph.nodes[$0.from].name) \($0.local.text)" }.sorted()
    #expect(factors == ["b 1", "v1 1", "v2 1", "w 3", "x 2"])
  }

  @Test func gradientsAreThoseOfBackward() throws {
    for text in ["sin(x)*x + exp(x*y)", "x*x*x", "(x - y)^2/(1 + x^2)", "sigmoid(x)*tanh(y) - x/y", "x + x + x", "max(x, y)*min(x, y)"] {
      let formula = try Formula(text)
      let graph = try formula.gradientGraph(at: ["x": 0.7, "y": -1.3])
      let names = formula.variables
      let leaves = names.map { Tensor($0 == "x" ? 0.7 : -1.3, dtype: .float64).asLeaf() }
      try formula.tensorFunction(names)(leaves).backward()
      for (name, leaf) in zip(names, leaves) {
        #expect(try #require(node(graph, name).gradient).item() == #require(leaf.grad).item(), "\(text) \(name)")
      }
    }
  }

  @Test func tensorsHaveDiagonalsRowsAndJacobians() throws {
    let x = Tensor([1.0, 2, 3], requiresGrad: true).named("x")
    let w = Tensor.ones([2, 3]).named("w").asLeaf()
    let graph = GradientGraph { w.matmul(x).exp().sum() }
    let texts = graph.edges.map(\.local.text)
    #expect(texts.contains("J 2x3") && texts.contains("J 2x6"))
    #expect(texts.contains("[1, 1]"))
    #expect(texts.contains { $0.hasPrefix("diag ") })
    #expect(x.grad == nil)
  }

  @Test func sameGraphBeforeAndAfterBackward() throws {
    let w = Tensor(2.0).named("w").asLeaf()
    let loss = recordingGraph { (w * 3 - 1).pow(2) }
    let before = GradientGraph(of: loss).tree()
    loss.backward()
    #expect(GradientGraph(of: loss).tree() == before)
    w.data -= 1
    #expect(GradientGraph(of: loss).tree() == before)
  }

  /// What was recorded in full is drawn the same after backward, which lets go of what the tape saved, and after the optimizer's step.
  @Test func everyDrawingSurvivesBackward() throws {
    let x = Tensor([[0.5, -1, 2], [1.5, 0.25, -0.75]]).named("x")
    let w = Tensor([[0.3, -0.2], [0.8, 0.1], [-0.5, 0.6]]).named("w").asLeaf(), b = Tensor([0.1, -0.1]).named("b").asLeaf()
    let loss = recordingGraph {
      let h = graphGroup("layer") { (x.matmul(w) + b).tanh().named("h") }
      let p = h.softmax(dim: 1), parts = split(p, 1, dim: 1)
      return (parts[0] * parts[1].exp() - h.max(dim: 1, keepDim: true).values).pow(2).mean() + h[0, 1].sigmoid()
    }
    let drawings = { () throws -> [String] in
      let graph = GradientGraph(of: loss)
      return [graph.tree(), graph.explanation(), graph.dot(), graph.mermaid(), try graph.svg(), try graph.html()]
    }
    let before = try drawings()
    #expect(before[0].contains("softmax") && !before[0].contains("?") && GradientGraph(of: loss).nodes.allSatisfy { $0.value != nil })
    loss.backward()
    #expect(try drawings() == before)
    let gradient = try #require(w.grad)
    w.data -= 0.1 * gradient
    w.zeroGrad()
    #expect(try drawings() == before)
    #expect(try #require(node(GradientGraph(of: loss), "w").gradient).equal(gradient))
  }

  @Test func anOrdinaryTapeShowsWhatItKept() throws {
    let w = Tensor(2.0).named("w").asLeaf()
    let loss = (w * w).exp()
    let graph = GradientGraph(of: loss)
    #expect(graph.nodes.count == 3)
    #expect(try node(graph, "w").value?.item() == 2)
    #expect(try node(graph, "L").operation == "exp")
    #expect(graph.edges.count == 3)
    #expect(graph.edges.allSatisfy { $0.local.text.isEmpty })
  }

  @Test func whatNeedsNoGradientIsThereWithoutOne() throws {
    let w = Tensor(2.0).named("w").asLeaf(), x = Tensor(3.0).named("x")
    let graph = GradientGraph { (x * x + 1) * w }
    #expect(try node(graph, "x").gradient == nil)
    #expect(try node(graph, "w").gradient?.item() == 10)
    #expect(graph.nodes.count == 5)
  }

  @Test func pathsAreSummed() throws {
    let text = try Formula("x*x + x").gradientGraph(at: ["x": 3]).explanation()
    #expect(text.contains("= ∂L/∂v1 * ∂v1/∂x(1) + ∂L/∂v1 * ∂v1/∂x(2) + ∂L/∂x(3) = 1 * 3 + 1 * 3 + 1 = 7"))
  }

  @Test func aLeafAloneChangesByAsMuchAsItself() throws {
    let graph = try Formula("x").gradientGraph(at: ["x": 3])
    #expect(
      graph.tree() == "x = 3    dx/dx = 1\n" && graph.explanation().hasPrefix("Backward\n  dx/dx = 1\n")
        && !graph.explanation().contains("paths"))
  }

  @Test func groupsComeFromScopesAndParameterNames() throws {
    let w = Tensor(2.0).asLeaf(), b = Tensor(1.0).asLeaf()
    let graph = GradientGraph(parameters: [("fc1.weight", w), ("fc1.bias", b)]) {
      graphGroup("head") { (Tensor(3.0) * w + b).relu() }
    }
    #expect(graph.groups.map(\.name) == ["head", "fc1"])
    #expect(graph.groups[1].parent == 0)
    #expect(try node(graph, "fc1.weight").group == 1)
    #expect(try node(graph, "L").group == 0)
  }

  @Test func drawingsAreWellFormed() throws {
    let graph = try neuron()
    let svg = try graph.svg()
    #expect(WellFormed.problem(in: svg) == nil)
    #expect(svg.contains("grad 3"))
    let texts = [graph.tree(), graph.tree(ascii: true), graph.explanation(), graph.explanation(.markdown, language: .korean)]
    #expect(
      try Golden.difference(
        of: (texts + [graph.explanation(.latex), graph.dot(direction: .down), graph.mermaid(direction: .down)]).joined(separator: "\n"),
        from: "Snapshots/graph-texts.txt") == nil)
    #expect(graph.dot().contains("rankdir=LR;") && graph.mermaid().hasPrefix("flowchart LR\n"))
  }

  @Test func equationsAreWrittenInLaTeX() {
    for (text, latex) in [
      ("relu(v2)", "\\operatorname{relu}(v_{2})"), ("(-4)^2", "(-4)^2"), ("v4^10", "v_{4}^{10}"), ("2 * w1", "2 \\cdot w_{1}"),
      ("dL/dfc1.weight", "\\frac{\\mathrm{d} L}{\\mathrm{d} \\mathrm{fc1.weight}}"),
      ("∂v1/∂x", "\\frac{\\partial v_{1}}{\\partial x}"), ("∂v1/∂x(2)", "\\frac{\\partial v_{1}}{\\partial x^{(2)}}"),
      ("dL/dx(2)", "\\frac{\\mathrm{d} L}{\\mathrm{d} x^{(2)}}"), ("1.5e-05", "1.5 \\cdot 10^{-5}"),
      ("x_1", "\\mathrm{x\\_1}"),
      ("J 2x3", "J 2 \\times 3"), ("-dx/2", "-\\mathrm{dx}/2"), ("[1, -2]", "[1, -2]"),
    ] { #expect(LaTeXText.of(text) == latex) }
  }

  /// The classic derivation, with its names: L = s^2, s = y - 2, y = w x at w = x = 1.
  @Test func namedStepsExplainThemselves() throws {
    let graph = try FormulaSequence("y = w*x; s = y - 2; s^2").gradientGraph(at: ["w": 1, "x": 1])
    #expect(graph.explanation().contains("  dL/dw = ∂L/∂s * ∂s/∂y * ∂y/∂w = -2 * 1 * 1 = -2\n"))
    #expect(graph.explanation(.markdown).contains("- `dL/dw = ∂L/∂s * ∂s/∂y * ∂y/∂w = -2 * 1 * 1 = -2`\n"))
    let latex = graph.explanation(.latex)
    #expect(latex.contains("\\frac{\\partial L}{\\partial s} \\cdot \\frac{\\partial s}{\\partial y}"))
    let named = try FormulaSequence("a = x; L1 = a*a").gradientGraph(at: ["x": 3])
    #expect(named.nodes.map(\.name) == ["x", "L1"] && named.nodes[0].gradient?.item() == 6)
    #expect(throws: EvaluationError.unboundVariable(name: "t", given: ["w"])) {
      try FormulaSequence("y = w; y - t").gradientGraph(at: ["w": 1])
    }
  }
}

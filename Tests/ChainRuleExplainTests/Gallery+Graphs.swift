import ChainRule
import ChainRuleSymbolic

@testable import ChainRuleExplain

extension Gallery {
  /// The pictures of graphs, by file name; the README shows them.
  static let graphs = ["graph", "graph-network", "graph-folded"]

  static func graph(_ name: String) throws -> GradientGraph {
    switch name {
    case "graph": try Formula("relu(w*x+b)").gradientGraph(at: ["w": 2, "x": 3, "b": -1])
    case "graph-network": network
    default: deep
    }
  }

  /// Two layers and a squared error, framed.
  static var network: GradientGraph {
    let x = Tensor([[0.5, -1.0]]).named("x"), y = Tensor([[1.0]]).named("y")
    let w1 = Tensor([[1.0, -0.5, 0.25], [0.5, 1, -1]]).asLeaf(), b1 = Tensor([0.25, 0.5, 0]).asLeaf()
    let w2 = Tensor([[0.5], [-1.0], [1.5]]).asLeaf(), b2 = Tensor([0.1]).asLeaf()
    let names = [("hidden.weight", w1), ("hidden.bias", b1), ("out.weight", w2), ("out.bias", b2)]
    return GradientGraph(parameters: names) {
      let h = (x.matmul(w1) + b1).relu().named("h")
      let p = (h.matmul(w2) + b2).named("p")
      return graphGroup("loss") { (p - y).pow(2) }
    }
  }

  /// Three thousand nodes, folded to a few.
  static var deep: GradientGraph {
    let w = Tensor(0.9, dtype: .float64).named("w").asLeaf(), v = Tensor(1.5, dtype: .float64).named("v").asLeaf()
    return GradientGraph {
      var h = Tensor(0.5, dtype: .float64).named("x") * v
      for _ in 0..<1000 { h = (h * w + 0.1).tanh() }
      return (h - 1).pow(2)
    }
  }
}

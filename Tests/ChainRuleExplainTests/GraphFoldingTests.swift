import ChainRule
import TestSupport
import Testing

@testable import ChainRuleExplain

struct GraphFoldingTests {
  /// w, then `count` times relu(h w + 0.001).
  private func chain(_ count: Int) -> GradientGraph {
    let w = Tensor(0.999, dtype: .float64).named("w").asLeaf()
    return GradientGraph {
      var h = Tensor(1.0, dtype: .float64).named("x")
      for _ in 0..<count { h = (h * w + 0.001).relu() }
      return h
    }
  }

  @Test func aHundredThousandNodesFoldToAFew() throws {
    let clock = ContinuousClock()
    var graph = chain(0)
    let recording = clock.measure { graph = chain(33_333) }
    #expect(graph.nodes.count > 100_000)
    var folded = graph
    let folding = clock.measure { folded = graph.folded(limit: 100) }
    print("100,000 nodes: recorded and differentiated in \(recording), folded in \(folding)")
    #expect(folded.nodes.count <= 10)
    #expect(folded.nodes.contains { $0.name == "33,333 × (mul → add → relu)" })
    #expect(folded.nodes.first { $0.name == "w" }?.gradient?.item() == graph.nodes.first { $0.name == "w" }?.gradient?.item())
    #expect(WellFormed.problem(in: try graph.svg()) == nil)
    // What is folded is called by the result it hands on, and gradients along its many edges are summed.
    #expect(folded.tree().hasPrefix("33,333 × (mul → add → relu): L = "))
    let w = try #require(folded.edges.first { folded.nodes[$0.from].name == "w" })
    let sum = try #require(w.contribution).item(), gradient = try #require(folded.nodes[w.from].gradient).item()
    #expect(w.count == 33_333 && abs(sum - gradient) < 1e-9 * abs(gradient))
    // Every kind of drawing folds.
    for text in [graph.tree(), graph.dot(), graph.mermaid(), try graph.html()] {
      #expect(text.contains("33,333 × (mul → add → relu)") && text.utf8.count < 100_000)
    }
    #expect(recording + folding < .seconds(Sanitizer.isLoaded ? 600 : 60))
  }

  @Test func whatDoesNotRepeatFoldsByTime() throws {
    var bits = UInt64(7)
    let graph = GradientGraph {
      var h = Tensor(1.0, dtype: .float64).named("x").asLeaf()
      for _ in 0..<500 {
        bits = bits &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        switch bits >> 61 {
        case 0...2: h = h.sin()
        case 3...5: h = h + Tensor(Double(bits >> 40), dtype: .float64).asLeaf()
        default: h = h.tanh()
        }
      }
      return h
    }
    let folded = graph.folded(limit: 40)
    #expect(folded.nodes.count <= 60)
    #expect(folded.nodes[folded.root].value?.item() == graph.nodes[graph.root].value?.item())
    #expect(throws: Never.self) { try folded.drawing(.right) }
  }

  @Test func groupsFoldToOneNodeEach() throws {
    let w = Tensor(0.5).named("w").asLeaf()
    let graph = GradientGraph {
      var h = Tensor(1.0).named("x")
      for i in 0..<4 { h = graphGroup("block \(i)") { graphGroup("inner") { h * w }.tanh() } }
      return h
    }
    #expect(graph.groupDepth == 2)
    let folded = graph.foldingGroups(at: 0)
    #expect(folded.nodes.map(\.name).sorted() == ["block 0", "block 1", "block 2", "block 3", "w"])
    #expect(graph.foldingGroups(at: 1).nodes.count == 10)
    #expect(folded.nodes[folded.root].gradient?.item() == 1)
  }
}

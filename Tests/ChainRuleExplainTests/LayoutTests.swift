import Foundation
import Testing

@testable import ChainRuleExplain

struct LayoutTests {
  private func overlap(_ a: LayoutBox, _ b: LayoutBox) -> Bool {
    let slack = 1e-6
    return a.x + a.width > b.x + slack && b.x + b.width > a.x + slack && a.y + a.height > b.y + slack && b.y + b.height > a.y + slack
  }

  private func contains(_ outer: LayoutBox, _ inner: LayoutBox) -> Bool {
    let slack = 1e-6
    return inner.x >= outer.x - slack && inner.y >= outer.y - slack && inner.x + inner.width <= outer.x + outer.width + slack
      && inner.y + inner.height <= outer.y + outer.height + slack
  }

  /// The groups around a node or group, innermost first.
  private func ancestors(_ graph: LayoutGraph, _ group: Int?) -> [Int] {
    var (result, next) = ([Int](), group)
    while let at = next {
      result.append(at)
      next = graph.groups[at].parent
    }
    return result
  }

  private func checkInvariants(_ graph: LayoutGraph, _ options: LayoutOptions, _ note: String) throws {
    let layout = try graph.layered(options)
    let isDown = options.direction == .down
    let whole = LayoutBox(x: 0, y: 0, width: layout.size.width, height: layout.size.height)
    for (index, edge) in graph.edges.enumerated() {
      let (from, to) = (layout.nodes[edge.from], layout.nodes[edge.to])
      let goesOn = isDown ? from.y + from.height < to.y : from.x + from.width < to.x
      #expect(goesOn, "edge \(index) goes back, \(note)")
      let places = layout.edges[index].map(\.end)
      let start = try #require(places.first), end = try #require(places.last)
      #expect(abs(isDown ? start.y - from.y - from.height : start.x - from.x - from.width) < 1e-6, "edge \(index), \(note)")
      #expect(abs(isDown ? end.y - to.y : end.x - to.x) < 1e-6, "edge \(index), \(note)")
      let isMonotone = zip(places, places.dropFirst()).allSatisfy { isDown ? $0.y <= $1.y + 1e-6 : $0.x <= $1.x + 1e-6 }
      #expect(isMonotone, "edge \(index) turns back, \(note)")
      #expect((layout.labels[index] != nil) == (edge.label != nil), "label of edge \(index), \(note)")
    }
    for (index, box) in layout.nodes.enumerated() {
      #expect(contains(whole, box), "node \(index) out of view, \(note)")
      for other in (index + 1)..<max(index + 1, layout.nodes.count) {
        #expect(!overlap(box, layout.nodes[other]), "nodes \(index) and \(other), \(note)")
      }
      let around = ancestors(graph, graph.nodes[index].group)
      for (group, frame) in layout.groups.enumerated() {
        guard let frame else { continue }
        if around.contains(group) {
          #expect(contains(frame, box), "group \(group) and its node \(index), \(note)")
        } else {
          #expect(!overlap(frame, box), "group \(group) and foreign node \(index), \(note)")
        }
      }
    }
    for (first, frame) in layout.groups.enumerated() {
      guard let frame else { continue }
      #expect(contains(whole, frame), "group \(first) out of view, \(note)")
      #expect(frame.width >= graph.groups[first].heading.width, "heading of group \(first), \(note)")
      for (second, other) in layout.groups.enumerated() where second > first {
        guard let other else { continue }
        if ancestors(graph, second).contains(first) {
          #expect(contains(frame, other), "groups \(first) and \(second), \(note)")
        } else {
          #expect(!overlap(frame, other), "groups \(first) and \(second), \(note)")
        }
      }
    }
  }

  @Test(arguments: 0..<60) func keepsItsPromises(_ seed: UInt64) throws {
    let nodes = [1, 2, 5, 12, 30, 60][Int(seed) % 6]
    let graph = LayoutSamples.random(
      seed: seed, nodes: nodes, edges: nodes * 3 / 2, groups: Int(seed) % 5, labels: seed % 2 == 0)
    var options = LayoutOptions()
    options.direction = seed % 3 == 0 ? .right : .down
    options.routing = [.spline, .polyline, .orthogonal][Int(seed / 3) % 3]
    try checkInvariants(graph, options, "seed \(seed)")
  }

  @Test func samplesKeepTheirPromises() throws {
    for direction in [LayoutOptions.Direction.down, .right] {
      var options = LayoutOptions()
      options.direction = direction
      try checkInvariants(LayoutSamples.expression, options, "expression \(direction)")
      try checkInvariants(LayoutSamples.residual(blocks: 3), options, "residual \(direction)")
    }
  }

  @Test func sameGraphSameLayout() throws {
    let graph = LayoutSamples.random(seed: 5, nodes: 40, edges: 70, groups: 4, labels: true)
    let (first, second) = (try graph.layered(), try graph.layered())
    #expect(LayoutSamples.svg(first) == LayoutSamples.svg(second))
  }

  @Test func planarGraphsAreDrawnWithoutCrossings() throws {
    var tree = LayoutGraph()
    for _ in 0..<31 { _ = tree.addNode(LayoutSize(20, 20)) }
    // Added in an order that a naive placement would tangle.
    for child in (1..<31).reversed() { tree.addEdge(from: (child - 1) / 2, to: child) }
    #expect(try tree.layered().crossings == 0)
  }

  @Test func chainsAreStraight() throws {
    var graph = LayoutGraph()
    for index in 0..<6 { _ = graph.addNode(LayoutSize(Double(20 + 17 * index), 20)) }
    for index in 0..<5 { graph.addEdge(from: index, to: index + 1) }
    let layout = try graph.layered()
    #expect(layout.nodes.allSatisfy { abs($0.center.x - layout.nodes[0].center.x) < 1e-6 })
    #expect(layout.edges.allSatisfy { $0.count == 2 })
  }

  @Test func sourcesStandRightBeforeTheirOnlyUse() throws {
    let ranks = try RankAssignment.ranks(edges: [(0, 1), (1, 2), (2, 3), (4, 3)], groupOf: [-1, -1, -1, -1, -1])
    #expect(ranks == [0, 1, 2, 3, 2])
  }

  @Test func groupsThatFeedEachOtherStandBelowEachOther() throws {
    let layout = try LayoutSamples.residual(blocks: 3).layered()
    let blocks = try [0, 3, 6].map { try #require(layout.groups[$0]) }
    for (upper, lower) in zip(blocks, blocks.dropFirst()) { #expect(upper.y + upper.height < lower.y) }
  }

  @Test func pathThatLeavesAGroupAndReturnsIsDrawn() throws {
    // 0 and 2 are in one group, 1 between them is not: the group cannot have ranks of its own, the others can.
    let ranks = try RankAssignment.ranks(edges: [(0, 1), (1, 2), (2, 3), (4, 3)], groupOf: [0, -1, 0, 1, 1], parents: [-1, -1])
    #expect(ranks == [0, 1, 2, 4, 3])
  }

  @Test func parallelEdgesAreApart() throws {
    let layout = try LayoutSamples.expression.layered()
    #expect(layout.edges[4] != layout.edges[5])
  }

  @Test func badGraphsAreRefused() {
    var cycle = LayoutGraph()
    for _ in 0..<3 { _ = cycle.addNode(LayoutSize(10, 10)) }
    cycle.addEdge(from: 0, to: 1, label: LayoutSize(5, 5))
    cycle.addEdge(from: 1, to: 2)
    cycle.addEdge(from: 2, to: 1)
    #expect(throws: LayoutError.cycle([1, 2])) { try cycle.layered() }
    var loose = LayoutGraph()
    loose.addEdge(from: 0, to: -1)
    #expect(throws: LayoutError.unknownNode(0, edge: 0)) { try loose.layered() }
    var lost = LayoutGraph()
    _ = lost.addNode(LayoutSize(1, 1), group: 2)
    #expect(throws: LayoutError.unknownGroup(2, of: "node 0")) { try lost.layered() }
    var ring = LayoutGraph()
    _ = ring.addGroup(parent: 0)
    #expect(throws: LayoutError.unknownGroup(0, of: "group 0")) { try ring.layered() }
  }

  @Test func emptyGraphHasOnlyAMargin() throws {
    let layout = try LayoutGraph().layered()
    #expect(layout.size == LayoutSize(16, 16))
  }

  @Test func longChainDoesNotRecurse() async throws {
    var graph = LayoutGraph()
    for _ in 0..<20_000 { _ = graph.addNode(LayoutSize(10, 10)) }
    for index in 1..<20_000 { graph.addEdge(from: index - 1, to: index) }
    // One edge over everything has no dummies within the budget for all, and must not end the drawing.
    for _ in 0..<30 { graph.addEdge(from: 0, to: 19_999) }
    let layout = try graph.layered()
    #expect(layout.nodes.count == 20_000)
  }

  @Test func picturesCanBeLookedAt() throws {
    guard let directory = ProcessInfo.processInfo.environment["CHAINRULE_PICTURES"] else { return }
    var right = LayoutOptions(), orthogonal = LayoutOptions()
    right.direction = .right
    orthogonal.routing = .orthogonal
    let samples: [(String, LayoutGraph, LayoutOptions)] = [
      ("g-expression", LayoutSamples.expression, LayoutOptions()), ("g-expression-right", LayoutSamples.expression, right),
      ("g-residual", LayoutSamples.residual(blocks: 2), LayoutOptions()), ("g-residual-right", LayoutSamples.residual(blocks: 2), right),
      ("g-random", LayoutSamples.random(seed: 9, nodes: 40, edges: 60, groups: 0), LayoutOptions()),
      ("g-orthogonal", LayoutSamples.random(seed: 9, nodes: 40, edges: 60, groups: 0), orthogonal),
      ("g-groups", LayoutSamples.random(seed: 4, nodes: 24, edges: 34, groups: 4), LayoutOptions()),
    ]
    for (name, graph, options) in samples {
      let text = LayoutSamples.svg(try graph.layered(options))
      #expect(WellFormed.problem(in: text) == nil)
      try Data(text.utf8).write(to: URL(fileURLWithPath: directory).appendingPathComponent(name + ".svg"))
    }
  }
}

@testable import ChainRuleExplain

/// Graphs to lay out, and a plain drawing of the result for people to look at.
enum LayoutSamples {
  /// Integers from the generator of `Gallery.noise`.
  struct Random {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
  }

  /// A random acyclic graph with nested groups.
  static func random(seed: UInt64, nodes: Int, edges: Int, groups: Int, labels: Bool = false) -> LayoutGraph {
    var random = Random(state: seed)
    var graph = LayoutGraph()
    for index in 0..<groups {
      let parent = index > 0 && random.next(2) == 0 ? random.next(index) : nil
      _ = graph.addGroup(heading: LayoutSize(Double(random.next(90)), random.next(3) == 0 ? 0 : 14), parent: parent)
    }
    for _ in 0..<nodes {
      let group = groups > 0 && random.next(3) > 0 ? random.next(groups) : nil
      _ = graph.addNode(LayoutSize(Double(20 + random.next(80)), Double(16 + random.next(30))), group: group)
    }
    guard nodes > 1 else { return graph }
    for _ in 0..<edges {
      let to = 1 + random.next(nodes - 1)
      // Mostly near, sometimes far, as operations and skip connections are.
      let from = random.next(6) == 0 ? random.next(to) : max(0, to - 1 - random.next(5))
      graph.addEdge(from: from, to: to, label: labels && random.next(2) == 0 ? LayoutSize(Double(10 + random.next(40)), 12) : nil)
    }
    return graph
  }

  /// The expression (a b + c)² with a double edge and labelled edges.
  static var expression: LayoutGraph {
    var graph = LayoutGraph()
    let (a, b, c) = (graph.addNode(LayoutSize(60, 34)), graph.addNode(LayoutSize(60, 34)), graph.addNode(LayoutSize(60, 34)))
    let (product, sum, square) = (graph.addNode(LayoutSize(90, 34)), graph.addNode(LayoutSize(90, 34)), graph.addNode(LayoutSize(90, 34)))
    let label = LayoutSize(44, 14)
    for (from, to) in [(a, product), (b, product), (product, sum), (c, sum)] { graph.addEdge(from: from, to: to, label: label) }
    graph.addEdge(from: sum, to: square)
    graph.addEdge(from: sum, to: square)
    return graph
  }

  /// A residual network: blocks as nested groups with weights, and skips around them.
  static func residual(blocks: Int) -> LayoutGraph {
    var graph = LayoutGraph()
    let heading = LayoutSize(70, 16)
    var last = graph.addNode(LayoutSize(80, 28))
    for _ in 0..<blocks {
      let block = graph.addGroup(heading: heading)
      let skip = last
      for _ in 0..<2 {
        let layer = graph.addGroup(heading: heading, parent: block)
        let weight = graph.addNode(LayoutSize(60, 24), group: layer), bias = graph.addNode(LayoutSize(44, 24), group: layer)
        let product = graph.addNode(LayoutSize(80, 28), group: layer), sum = graph.addNode(LayoutSize(60, 28), group: layer)
        let relu = graph.addNode(LayoutSize(60, 28), group: block)
        for (from, to) in [(last, product), (weight, product), (product, sum), (bias, sum), (sum, relu)] {
          graph.addEdge(from: from, to: to)
        }
        last = relu
      }
      let sum = graph.addNode(LayoutSize(60, 28), group: block)
      graph.addEdge(from: last, to: sum)
      graph.addEdge(from: skip, to: sum)
      last = sum
    }
    return graph
  }

  static func svg(_ layout: GraphLayout) -> String {
    var picture = SVGDocument(width: layout.size.width, height: layout.size.height, title: "layout")
    for box in layout.groups.compactMap({ $0 }) {
      picture.element("rect", ["class": "cr-group", "x": box.x, "y": box.y, "width": box.width, "height": box.height, "rx": 6])
      picture.label("group", x: box.x + 6, y: box.y + 13, style: "cr-faint", size: 10)
    }
    for edge in layout.edges.indices {
      picture.element("path", ["class": "cr-edge", "d": layout.svgPath(ofEdge: edge)])
      picture.element("path", ["class": "cr-arrow", "d": layout.svgArrow(ofEdge: edge)])
    }
    for (index, box) in layout.nodes.enumerated() {
      picture.element("rect", ["class": "cr-node", "x": box.x, "y": box.y, "width": box.width, "height": box.height, "rx": 4])
      picture.label("\(index)", x: box.center.x, y: box.center.y + 4, size: 11, anchor: "middle")
    }
    for label in layout.labels.compactMap({ $0 }) {
      picture.label("0.123", x: label.x, y: label.y + 4, style: "cr-text cr-halo", size: 10, anchor: "middle")
    }
    return picture.text
  }
}

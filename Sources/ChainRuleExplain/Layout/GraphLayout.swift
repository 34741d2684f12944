/// A place in a drawing, y downwards.
public struct LayoutPoint: Sendable, Equatable {
  /// Across.
  public var x: Double
  /// Down.
  public var y: Double

  /// A place.
  public init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}

/// A rectangle in a drawing.
public struct LayoutBox: Sendable, Equatable {
  /// The left edge.
  public var x: Double
  /// The upper edge.
  public var y: Double
  /// Across.
  public var width: Double
  /// Down.
  public var height: Double

  /// The middle.
  public var center: LayoutPoint { LayoutPoint(x + width / 2, y + height / 2) }
}

/// A step of an edge's path.
public enum LayoutStep: Sendable, Equatable {
  /// Begins here.
  case move(LayoutPoint)
  /// A straight line to here.
  case line(LayoutPoint)
  /// A cubic Bézier curve with two control points to here.
  case curve(LayoutPoint, LayoutPoint, LayoutPoint)

  /// Where the step ends.
  public var end: LayoutPoint {
    switch self {
    case .move(let point), .line(let point), .curve(_, _, let point): return point
    }
  }
}

/// Where everything of a graph goes.
public struct GraphLayout: Sendable {
  /// The size of the whole drawing, which begins at (0, 0).
  public let size: LayoutSize
  /// The box of each node.
  public let nodes: [LayoutBox]
  /// The path of each edge, from the border of one node to the border of the other.
  public let edges: [[LayoutStep]]
  /// The middle of the text on each edge; nil where it has none.
  public let labels: [LayoutPoint?]
  /// The frame of each group; nil where it has no members.
  public let groups: [LayoutBox?]
  /// The number of crossings between edges, frames counted three times.
  public let crossings: Int
  /// Where edges lead.
  public let direction: LayoutOptions.Direction

  /// The path of an edge as the `d` attribute of an SVG path.
  public func svgPath(ofEdge edge: Int) -> String {
    let text = { (point: LayoutPoint) in "\(SVGDocument.number(point.x)) \(SVGDocument.number(point.y))" }
    return steps(ofEdge: edge).map { step in
      switch step {
      case .move(let point): return "M" + text(point)
      case .line(let point): return "L" + text(point)
      case .curve(let first, let second, let point): return "C\(text(first)) \(text(second)) \(text(point))"
      }
    }.joined()
  }

  private func steps(ofEdge edge: Int) -> [LayoutStep] {
    Bounds.hold(["edge": Double(edge)], 0...Double(max(edges.count - 1, 0)), "GraphLayout") && edge < edges.count ? edges[edge] : []
  }

  /// The head of an edge's arrow, a triangle as the `d` attribute of an SVG path. Edges arrive along the layout's direction.
  public func svgArrow(ofEdge edge: Int, length: Double = 7) -> String {
    guard let tip = steps(ofEdge: edge).last?.end else { return "" }
    let half = length * 0.45
    let (a, b): (LayoutPoint, LayoutPoint)
    switch direction {
    case .down: (a, b) = (LayoutPoint(tip.x - half, tip.y - length), LayoutPoint(tip.x + half, tip.y - length))
    case .right: (a, b) = (LayoutPoint(tip.x - length, tip.y - half), LayoutPoint(tip.x - length, tip.y + half))
    }
    return ChartFrame.path([tip, a, b].map { (x: $0.x, y: $0.y) }) + "Z"
  }
}

/// A width and a height.
public struct LayoutSize: Sendable, Equatable {
  /// Across.
  public var width: Double
  /// Down.
  public var height: Double

  /// A width and a height; what is negative or not finite counts as 0.
  public init(_ width: Double, _ height: Double) {
    self.width = width.isFinite ? max(0, width) : 0
    self.height = height.isFinite ? max(0, height) : 0
  }
}

/// A graph to be laid out: only sizes, edges and groups, whatever they stand for.
///
/// ```swift
/// var graph = LayoutGraph()
/// let x = graph.addNode(LayoutSize(60, 30)), y = graph.addNode(LayoutSize(60, 30))
/// graph.addEdge(from: x, to: y)
/// let layout = try graph.layered()
/// ```
public struct LayoutGraph: Sendable {
  /// A box to be placed.
  public struct Node: Sendable {
    /// Its size.
    public var size: LayoutSize
    /// The innermost group that holds it.
    public var group: Int?
  }

  /// An arrow from one node to another.
  public struct Edge: Sendable {
    /// Where it begins.
    public var from: Int
    /// Where it ends.
    public var to: Int
    /// The size of the text on it, for which room is kept; nil for none.
    public var label: LayoutSize?
  }

  /// A frame around nodes.
  public struct Group: Sendable {
    /// The group around this one.
    public var parent: Int?
    /// The size of the heading, for which room is kept above the members.
    public var heading: LayoutSize
  }

  /// The nodes, numbered from 0.
  public private(set) var nodes: [Node] = []
  /// The edges, numbered from 0.
  public private(set) var edges: [Edge] = []
  /// The groups, numbered from 0.
  public private(set) var groups: [Group] = []

  /// A graph without nodes.
  public init() {}

  /// Adds a node and returns its number.
  public mutating func addNode(_ size: LayoutSize, group: Int? = nil) -> Int {
    nodes.append(Node(size: size, group: group))
    return nodes.count - 1
  }

  /// Adds an edge. Several edges between the same nodes are drawn beside each other.
  public mutating func addEdge(from: Int, to: Int, label: LayoutSize? = nil) { edges.append(Edge(from: from, to: to, label: label)) }

  /// Adds a group and returns its number. A parent comes before its children.
  public mutating func addGroup(heading: LayoutSize = LayoutSize(0, 0), parent: Int? = nil) -> Int {
    groups.append(Group(parent: parent, heading: heading))
    return groups.count - 1
  }

  /// Throws where a number names nothing or a group does not come after its parent.
  func validate() throws(LayoutError) {
    for (index, group) in groups.enumerated() {
      if let parent = group.parent, !(0..<index).contains(parent) { throw .unknownGroup(parent, of: "group \(index)") }
    }
    for (index, node) in nodes.enumerated() {
      if let group = node.group, !groups.indices.contains(group) { throw .unknownGroup(group, of: "node \(index)") }
    }
    for (index, edge) in edges.enumerated() {
      for end in [edge.from, edge.to] where !nodes.indices.contains(end) { throw .unknownNode(end, edge: index) }
    }
  }
}

/// Why a graph cannot be laid out in ranks.
public enum LayoutError: Error, Equatable, CustomStringConvertible {
  /// These nodes lie on cycles or behind them; the first few are named.
  case cycle([Int])
  /// An edge names a node that does not exist.
  case unknownNode(Int, edge: Int)
  /// A node or group names a group that does not exist, or not before it.
  case unknownGroup(Int, of: String)

  /// The reason in words.
  public var description: String {
    switch self {
    case .cycle(let nodes): return "the graph has a cycle; it holds back nodes \(nodes.prefix(8).map { "\($0)" }.joined(separator: ", "))"
    case .unknownNode(let node, let edge): return "edge \(edge) names node \(node), which does not exist"
    case .unknownGroup(let group, let owner): return "\(owner) names group \(group), which does not exist before it"
    }
  }
}

/// How a layered drawing looks.
public struct LayoutOptions: Sendable {
  /// Where edges lead.
  public enum Direction: Sendable {
    /// Downwards.
    case down
    /// To the right.
    case right
  }

  /// How edges run between the ranks.
  public enum Routing: Sendable {
    /// Curves.
    case spline
    /// Straight lines.
    case polyline
    /// Right angles.
    case orthogonal
  }

  /// Where edges lead.
  public var direction = Direction.down
  /// How edges run.
  public var routing = Routing.spline
  /// The space between nodes of a rank.
  public var nodeSpacing = 24.0
  /// The space between an edge and what is beside it.
  public var edgeSpacing = 12.0
  /// The space between ranks.
  public var layerSpacing = 36.0
  /// The space between a group's frame and its members.
  public var groupPadding = 12.0
  /// The space around the whole drawing.
  public var margin = 8.0

  /// The usual look.
  public init() {}
}

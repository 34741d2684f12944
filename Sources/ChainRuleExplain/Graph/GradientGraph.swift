public import ChainRule

/// A computation to look at: every tensor with its value and gradient, every edge with its factor of the chain rule.
///
/// ```swift
/// let graph = GradientGraph { (w * x + b).relu() }
/// print(graph.tree())
/// try graph.svg()
/// ```
/// The gradients are those of the result (of the sum of its elements, where it has several), computed for the drawing by the operations'
/// own rules: no leaf's `grad` is touched, so it does not matter whether `backward()` has run. Hooks have no part in them.
public struct GradientGraph: Sendable {
  /// What a node stands for.
  public enum Kind: Sendable, Equatable {
    /// A tensor that was given and asks for its gradient, or a parameter.
    case leaf
    /// A tensor that was given and is not differentiated for.
    case constant
    /// The result of an operation.
    case result
    /// Many nodes drawn as one.
    case folded(count: Int)
  }

  /// One tensor.
  public struct Node: Sendable {
    /// What it stands for.
    public internal(set) var kind: Kind
    /// The name the user gave it, or one that counts: `v3`.
    public internal(set) var name: String
    /// The operation that made it, as the catalog calls it; empty for what was given.
    public internal(set) var operation = ""
    /// PyTorch's name of the node: `MulBackward0`.
    public internal(set) var gradFn = ""
    /// The operation's attributes, such as `dim`.
    public internal(set) var attributes: [(name: String, value: String)] = []
    /// The sizes; nil where the tape did not keep them.
    public internal(set) var shape: [Int]?
    /// The element type; nil where the tape did not keep it.
    public internal(set) var dtype: DType?
    /// The value; nil where the tape did not keep it.
    public internal(set) var value: Tensor?
    /// The gradient of the result for this tensor; nil where none flows here or it is not known.
    public internal(set) var gradient: Tensor?
    /// Whether a gradient can flow here.
    public internal(set) var requiresGrad: Bool
    /// The innermost group it belongs to.
    public internal(set) var group: Int?
    /// The edges from what it was made of, in the operation's order.
    public internal(set) var inputs: [Int] = []
    /// The edges to what was made of it, in the order of time.
    public internal(set) var outputs: [Int] = []
    /// Whether the number among the attributes was written before the tensor: `2 * x`.
    var isNumberFirst = false
    /// Of what is folded: the name of the one result whose value and gradient these are.
    var handsOn: String?

    /// What derivatives call it.
    var symbol: String { handsOn ?? name }
  }

  /// The use of one tensor in the making of another.
  public struct Edge: Sendable {
    /// The node that is used.
    public internal(set) var from: Int
    /// The node that is made.
    public internal(set) var to: Int
    /// The factor of the chain rule.
    public internal(set) var local: LocalDerivative
    /// The incoming gradient times the factor: what this path adds to the gradient of `from`.
    public internal(set) var contribution: Tensor?
    /// How many edges are drawn as this one.
    public internal(set) var count = 1
  }

  /// Nodes that belong together: a module, or a `graphGroup`.
  public struct Group: Sendable {
    /// What it is called.
    public let name: String
    /// The group around it, which comes before it.
    public let parent: Int?
  }

  /// The nodes in the order of time: inputs before results.
  public internal(set) var nodes: [Node] = []
  /// The edges, by the node they lead to.
  public internal(set) var edges: [Edge] = []
  /// The groups, outer before inner.
  public internal(set) var groups: [Group] = []
  /// The number of the result.
  public internal(set) var root = 0

  /// Records what `body` does in full, and takes what its result was computed from.
  ///
  /// - Parameters:
  ///   - parameters: names for leaves, such as a module's `namedParameters()`. Operations that use leaves with a common beginning
  ///     (`fc1.weight`, `fc1.bias`) become a group (`fc1`).
  ///   - body: gives the tensor to differentiate.
  public init<E: Error>(parameters: [(name: String, tensor: Tensor)] = [], _ body: () throws(E) -> Tensor) throws(E) {
    self.init(try RecordedTape(recording: body), parameters)
  }

  /// What the tape behind `tensor` kept: everything inside `recordingGraph`, else the operations, the leaves, and what was saved for
  /// backward. What was not kept is not invented: such nodes have no value, and such edges no factor.
  public init(of tensor: Tensor, parameters: [(name: String, tensor: Tensor)] = []) {
    self.init(RecordedTape(of: tensor), parameters)
  }

  /// An empty graph to be filled.
  init() {}

  private init(_ tape: RecordedTape, _ parameters: [(name: String, tensor: Tensor)]) {
    root = tape.root
    var names: [ObjectIdentifier: String] = [:]
    for (name, tensor) in parameters { if let leaf = tensor.leafIdentity { names[leaf] = name } }
    for vertex in tape.vertices {
      let name = vertex.leaf.flatMap { names[$0] } ?? vertex.name ?? ""
      var node = Node(kind: .result, name: printable(name), requiresGrad: vertex.isTracked)
      switch vertex.origin {
      case .leaf: node.kind = .leaf
      case .constant: node.kind = .constant
      case .result: node.kind = .result
      }
      node.operation = vertex.operation
      node.gradFn = vertex.nodeName
      node.attributes = vertex.attributes
      node.isNumberFirst = vertex.isNumberFirst
      node.shape = vertex.shape
      node.dtype = vertex.dtype
      node.value = vertex.value
      node.gradient = vertex.keptGradient
      for input in vertex.inputs {
        node.inputs.append(edges.count)
        nodes[input].outputs.append(edges.count)
        edges.append(Edge(from: input, to: nodes.count, local: .unknown))
      }
      nodes.append(node)
    }
    nameNodes()
    findGroups(tape, names)
    differentiate(tape)
  }

  /// Gives every node a name of its own: the result `L`, constants their value, the others numbers.
  private mutating func nameNodes() {
    var taken = Set(nodes.lazy.map(\.name))
    func fresh(_ candidates: some Sequence<String>) -> String { candidates.first { !taken.contains($0) } ?? "" }
    if nodes[root].name.isEmpty { nodes[root].name = fresh(["L", "out", "result"]) }
    taken.insert(nodes[root].name)
    var results = 0, leaves = 0
    for i in nodes.indices where nodes[i].name.isEmpty {
      if nodes[i].kind == .constant, let value = nodes[i].value, value.count == 1, value.hasOwnElements {
        nodes[i].name = NumberText.significant(value.item(), digits: 6)
        continue
      }
      repeat {
        if nodes[i].kind == .result {
          results += 1
          nodes[i].name = "v\(results)"
        } else {
          leaves += 1
          nodes[i].name = nodes[i].kind == .leaf ? "p\(leaves)" : "c\(leaves)"
        }
      } while taken.contains(nodes[i].name)
      taken.insert(nodes[i].name)
    }
  }
}

public import ChainRule

extension GradientGraph {
  /// The steps of a compiled function as a graph, to be drawn as any other: a box for each argument, constant, leaf, operation, rule and
  /// effect, and an arrow for each tensor that one hands to another.
  ///
  ///     print(GradientGraph(of: step.plan!).tree())
  ///     try GradientGraph(of: step.plan!).svg().write(toFile: "plan.svg", atomically: true, encoding: .utf8)
  public init(of plan: ExecutionPlan) {
    self.init()
    // Which node filled a place last: a place is filled once.
    var makers: [Int: Int] = [:]
    func input(_ place: Int) -> Int {
      if let maker = makers[place] { return maker }
      let isArgument = place < plan.argumentCount
      var node = Node(kind: .constant, name: "%\(place)", requiresGrad: false)
      node.operation = isArgument ? "argument" : ""
      nodes.append(node)
      makers[place] = nodes.count - 1
      return nodes.count - 1
    }
    for step in plan.steps {
      let sources = step.inputs.map(input)
      var node = Node(
        kind: step.kind == .value || step.kind == .gradient ? .leaf : .result,
        name: step.outputs.isEmpty ? "" : step.outputs.map { "%\($0)" }.joined(separator: ", "), requiresGrad: step.kind == .rule)
      node.operation = step.text
      node.shape = step.shapes.first
      node.dtype = step.dtypes.first
      for source in sources {
        node.inputs.append(edges.count)
        nodes[source].outputs.append(edges.count)
        edges.append(Edge(from: source, to: nodes.count, local: .unknown))
      }
      for place in step.outputs { makers[place] = nodes.count }
      nodes.append(node)
    }
    root = max(nodes.count - 1, 0)
  }
}

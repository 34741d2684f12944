import ChainRule
public import ChainRuleSymbolic

extension FormulaSequence {
  /// The computation at a point, in double precision, with every value, gradient and local derivative; what a step names has that name.
  ///
  /// ```swift
  /// try FormulaSequence("y = w*x; s = y - t; s^2").gradientGraph(at: ["w": 1, "x": 1, "t": 2]).explanation()
  /// ```
  /// - Parameters:
  ///   - point: a value for each variable.
  ///   - data: the variables that are data, such as the labels of a loss: they get no gradient.
  /// - Throws: `EvaluationError.unboundVariable` for a variable without a value, and for data that is no variable.
  public func gradientGraph(at point: [String: Double], data: Set<String> = []) throws(EvaluationError) -> GradientGraph {
    let compute = try computation(at: point, data: data)
    return GradientGraph(compute)
  }

  /// The result as a formula of one of the nodes of its graph, called as there, and of what it is made of beside it.
  ///
  /// - Returns: the formula, and the node's value; nil where there is no node of this name through which the result is computed.
  package func formula(
    inNode name: String, at point: [String: Double], data: Set<String> = []
  ) throws -> (formula: Formula, value: Double)? {
    let compute = try computation(at: point, data: data)
    return try recordingGraph {
      let output = compute(), graph = GradientGraph(of: output)
      var places = [(node: graph.root, tensor: output)], seen: Set<Int> = []
      while let (node, tensor) = places.popLast() {
        if graph.nodes[node].name == name { return (try Formula(of: output, inputs: [(name, tensor)]), tensor.item()) }
        guard seen.insert(node).inserted, let record = tensor.record else { continue }
        places += zip(graph.nodes[node].inputs, record.inputs).map { (node: graph.edges[$0].from, tensor: $1) }
      }
      return nil
    }
  }

  /// The sequence as a computation of tensors.
  private func computation(at point: [String: Double], data: Set<String>) throws(EvaluationError) -> () -> Tensor {
    if let unknown = data.sorted().first(where: { !variables.contains($0) }) {
      throw .unboundVariable(name: unknown, given: variables)
    }
    var tensors: [String: Tensor] = [:]
    for name in variables {
      guard let value = point[name] else { throw .unboundVariable(name: name, given: point.keys.sorted()) }
      let tensor = Tensor(value, dtype: .float64).named(name)
      tensors[name] = data.contains(name) ? tensor : tensor.asLeaf()
    }
    var functions: [(inputs: [String], run: @Sendable ([Tensor]) -> Tensor)] = []
    for step in steps {
      let inputs = step.formula.variables
      functions.append((inputs, try step.formula.tensorFunction(inputs)))
    }
    return { [steps, tensors, functions] in
      withDefaultDType(.float64) {
        var tensors = tensors
        var result = Tensor(0.0)
        for (step, function) in zip(steps, functions) {
          result = function.run(function.inputs.compactMap { tensors[$0] })
          guard let name = step.name else { continue }
          // Another name of what has one is no computation: it keeps its own.
          if result.name == nil { result = result.named(name) }
          tensors[name] = result
        }
        return result
      }
    }
  }
}

extension Formula {
  /// The formula's computation at a point, in double precision, with every value, gradient and local derivative.
  ///
  /// ```swift
  /// try Formula("relu(w*x + b)").gradientGraph(at: ["w": 2, "x": 3, "b": -1]).svg()
  /// ```
  /// - Parameters:
  ///   - point: a value for each variable.
  ///   - data: the variables that are data, such as the labels of a loss: they get no gradient.
  /// - Throws: `EvaluationError.unboundVariable` for a variable without a value.
  public func gradientGraph(at point: [String: Double], data: Set<String> = []) throws(EvaluationError) -> GradientGraph {
    try FormulaSequence(self).gradientGraph(at: point, data: data)
  }
}

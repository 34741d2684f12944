import ChainRule

extension GradientGraph {
  /// Applies the chain rule from the result back, and keeps every factor and every contribution.
  mutating func differentiate(_ tape: RecordedTape) {
    let isRecorded = tape.vertices[root].call != nil || nodes[root].kind == .leaf
    guard nodes[root].requiresGrad, let value = nodes[root].value, isRecorded else { return markEdges() }
    for i in nodes.indices { nodes[i].gradient = nil }
    noGrad {
      nodes[root].gradient = Tensor.ones(value.shape, dtype: value.dtype)
      var done = Set<Int>()
      for i in nodes.indices.reversed() {
        guard let number = tape.vertices[i].call, done.insert(number).inserted else { continue }
        let first = i - tape.vertices[i].output
        let outputs = (max(first, 0)...i).filter { tape.vertices[$0].call == number }
        apply(tape.calls[number], to: outputs, tape)
      }
    }
    markEdges()
  }

  /// One operation: the gradients of its outputs become contributions to those of its inputs.
  private mutating func apply(_ call: RecordedCall, to outputs: [Int], _ tape: RecordedTape) {
    let arrived = outputs.filter { nodes[$0].gradient != nil }
    guard !arrived.isEmpty, let edgesIn = outputs.first.map({ nodes[$0].inputs }) else { return }
    let needs = edgesIn.map { nodes[edges[$0].from].requiresGrad }
    guard needs.contains(true) else { return }
    for output in arrived {
      var gradients = [Tensor?](repeating: nil, count: call.outputs.count)
      gradients[tape.vertices[output].output] = nodes[output].gradient
      let contributions = call.vjp(gradients, needs: needs)
      let factors = factors(call, tape.vertices[output].output, needs)
      for (position, edge) in nodes[output].inputs.enumerated() {
        edges[edge].local = factors[position]
        guard position < contributions.count, let contribution = contributions[position] else { continue }
        edges[edge].contribution = contribution
        let from = edges[edge].from
        nodes[from].gradient = nodes[from].gradient.map { $0 + contribution } ?? contribution
      }
    }
  }

  /// The factor for every input: as a number or a diagonal only where the operation's rule says exactly that.
  private func factors(_ call: RecordedCall, _ output: Int, _ needs: [Bool]) -> [LocalDerivative] {
    let y = call.outputs[output]
    var seeds = [Tensor?](repeating: nil, count: call.outputs.count)
    seeds[output] = Tensor.ones(y.shape, dtype: y.dtype)
    let isDiagonal = call.isElementwise && y.count != 1
    let isKnown = y.count == 1 || isDiagonal
    let rows = isKnown ? call.vjp(seeds, needs: needs, isFitted: !isDiagonal) : []
    return call.values.indices.map { i in
      guard needs[i] else { return .none }
      guard isKnown else { return .jacobian(rows: y.count, columns: call.values[i].count) }
      guard i < rows.count, let row = rows[i], row.hasOwnElements else { return .none }
      if isDiagonal { return row.count == y.count ? .diagonal(row) : .jacobian(rows: y.count, columns: call.values[i].count) }
      return row.count == 1 ? .number(row.item()) : .row(row)
    }
  }

  /// Edges from what needs no gradient have no factor, rather than an unknown one.
  private mutating func markEdges() {
    for i in edges.indices where !nodes[edges[i].from].requiresGrad { edges[i].local = .none }
  }
}

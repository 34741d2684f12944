import ChainRule

extension LayerGraph {
  /// Computes every layer's value, inputs first.
  ///
  /// - Throws: `LayerGraphError` for a mistake in building, an unknown input, a circle, or a layer whose operations fail.
  public mutating func forward() throws {
    if let problem {
      self.problem = nil
      throw problem
    }
    for layer in try ordered() {
      let inputs = layer.inputs.map { LayerValue(self[$0] ?? .nan) }
      values[layer.name] = try Self.caught(layer) { layer.function(inputs).value }
    }
  }

  /// The derivative of one layer's value for one of its own inputs, all others held; summed over places where the layer reads it more
  /// than once. Nil where the layer does not read it, or has no value yet.
  public func localGradient(of layer: String, withRespectTo input: String) -> Double? {
    guard let index = position[layer], values[layer] != nil, layers[index].inputs.contains(input) else { return nil }
    guard let partials = try? locals(layers[index]) else { return nil }
    return zip(layers[index].inputs, partials).reduce(0) { $1.0 == input ? $0 + $1.1 : $0 }
  }

  /// Finds the gradients of a layer's value for all variables and layers that it depends on, into `gradients`.
  ///
  /// Goes through the layers from `name` back, each once, after all that read it: what has arrived there is then the whole gradient, and
  /// times the layer's local derivatives it goes on to the inputs.
  /// - Parameters:
  ///   - name: the name of the loss in the graph.
  ///   - seed: the gradient to begin with: 1, or that of a loss for this layer.
  /// - Throws: `LayerGraphError`.
  public mutating func backward(from name: String, seed: Double = 1) throws {
    if let problem {
      self.problem = nil
      throw problem
    }
    guard position[name] != nil || variables[name] != nil else { throw unknown(name) }
    guard self[name] != nil else { throw LayerGraphError.notForward(name) }
    gradients = [name: seed]
    visits = [:]
    visitOrder = []
    for layer in try ordered().reversed() {
      // A layer that no gradient has reached is no ancestor of the beginning.
      guard let upstream = gradients[layer.name] else { continue }
      visits[layer.name, default: 0] += 1
      visitOrder.append(layer.name)
      for (input, local) in zip(layer.inputs, try locals(layer)) { gradients[input, default: 0] += upstream * local }
    }
  }

  // MARK: Local derivatives

  /// The derivatives of a layer for its inputs, in their order.
  private func locals(_ layer: Layer) throws -> [Double] {
    let inputs = layer.inputs.map { self[$0] ?? .nan }
    switch localGradients {
    case .numeric(let step): return try Self.caught(layer) { Self.differences(layer.function, inputs, step) }
    case .automatic: return try Self.caught(layer) { Self.tangents(layer.function, inputs) }
    }
  }

  private static func differences(_ function: Function, _ inputs: [Double], _ step: Double) -> [Double] {
    let value = function(inputs.map { LayerValue($0) }).value
    return inputs.indices.map { index in
      var moved = inputs
      moved[index] += step
      return (function(moved.map { LayerValue($0) }).value - value) / step
    }
  }

  private static func tangents(_ function: Function, _ inputs: [Double]) -> [Double] {
    recordingTape {
      let leaves = inputs.map { Tensor($0, dtype: .float64, requiresGrad: true) }
      guard case .tensor(let output) = function(leaves.map { LayerValue($0) }).storage, output.requiresGrad else {
        return inputs.map { _ in 0 }
      }
      return ChainRule.gradients(of: output, withRespectTo: leaves, allowUnused: true).map { $0?.item() ?? 0 }
    }
  }

  private static func caught<R>(_ layer: Layer, _ body: () -> R) throws -> R {
    do { return try catching(body) } catch {
      throw LayerGraphError.layerFailed(name: layer.name, .init(text: "\(error)"))
    }
  }

  // MARK: Order

  /// The layers, each after those it reads (A. B. Kahn, "Topological sorting of large networks", CACM 5, 1962); found once.
  private mutating func ordered() throws -> [Layer] {
    if let order { return order.map { layers[$0] } }
    var readers = [[Int]](repeating: [], count: layers.count)
    var missing = [Int](repeating: 0, count: layers.count)
    for (index, layer) in layers.enumerated() {
      for input in layer.inputs {
        if let producer = position[input] {
          readers[producer].append(index)
          missing[index] += 1
        } else if variables[input] == nil {
          throw LayerGraphError.unknownInput(name: input, layer: layer.name, known: variableNames + layerNames)
        }
      }
    }
    var found = layers.indices.filter { missing[$0] == 0 }
    var next = 0
    while next < found.count {
      for reader in readers[found[next]] {
        missing[reader] -= 1
        if missing[reader] == 0 { found.append(reader) }
      }
      next += 1
    }
    guard found.count == layers.count else { throw LayerGraphError.cycle(circle(missing)) }
    order = found
    return found.map { layers[$0] }
  }

  /// One circle among the layers that never became free: from any of them, inputs that are not free either lead into it.
  private func circle(_ missing: [Int]) -> [String] {
    guard var current = missing.firstIndex(where: { $0 > 0 }) else { return [] }
    var seen: [Int: Int] = [:]
    var path: [Int] = []
    while seen[current] == nil {
      seen[current] = path.count
      path.append(current)
      guard let producer = layers[current].inputs.lazy.compactMap({ position[$0] }).first(where: { missing[$0] > 0 }) else { break }
      current = producer
    }
    return path[(seen[current] ?? 0)...].map { layers[$0].name }
  }
}

// What drawing and explaining need of a recorded computation, as plain data.

/// One tensor of a recorded computation, and how it came about.
package struct RecordedVertex: Sendable {
  package enum Origin: Sendable { case leaf, constant, result }

  package var origin: Origin
  /// The name the user gave it.
  package var name: String?
  /// The catalog's name of the operation that made it: `mul`.
  package var operation = ""
  /// PyTorch's name of the node: `MulBackward0`.
  package var nodeName = ""
  package var attributes: [(name: String, value: String)] = []
  /// Whether the number among the attributes was written before the tensor: `2 * x`.
  package var isNumberFirst = false
  package var shape: [Int]?
  package var dtype: DType?
  /// The value, where it was kept.
  package var value: Tensor?
  /// The gradient a backward pass left here, where it was kept.
  package var keptGradient: Tensor?
  package var isTracked: Bool
  /// When it was made.
  package var order: UInt64 = 0
  package var groups: [GraphGroup] = []
  /// The vertices it was made from, by the operation's inputs.
  package var inputs: [Int] = []
  /// The call that made it, and which of its outputs it is.
  package var call: Int?
  package var output = 0
  /// What all copies of a leaf have in common.
  package var leaf: ObjectIdentifier?
}

/// One call of an operation with everything that went in and came out.
package struct RecordedCall: Sendable {
  private let record: OperationRecord

  init(_ record: OperationRecord) { self.record = record }

  package var values: [Tensor] { record.values }
  package var outputs: [Tensor] { record.outputs }
  /// PyTorch's name of its node: `MulBackward0`.
  package var nodeName: String { record.operation.nodeName }
  /// When it ran, on the scale of `RecordedVertex.order`.
  package var order: UInt64 { record.order }
  /// The inputs that were tracked: those whose gradients are wanted.
  package var needed: [Int] { record.inputs.indices.filter { record.inputs[$0].isTracked } }
  /// Whether gradients flow through output `i`.
  package func isDifferentiable(output i: Int) -> Bool { record.operation.tracksOutput(i, record.outputs[i]) }
  /// The operation's derivative in words: `cos x`.
  package var derivative: String { record.operation.entry.derivative }

  /// Whether element i of the result depends on element i of each input alone, broadcasting aside.
  package var isElementwise: Bool { ["elementwise", "broadcast"].contains(record.operation.entry.shapes) }

  /// What the operation computes from other values.
  package func forward(_ values: [Tensor]) throws -> [Tensor] { try noGrad { try record.operation.forwardAny(values) } }

  /// The operation's own tangent rule: the tangents of the outputs.
  package func jvp(_ tangents: [Tensor?]) -> [Tensor?] {
    noGrad { record.operation.jvpAny(tangents, record.values, record.outputs) }
  }

  /// The operation's own gradient rule: what arrives at each input where `gradients` arrive at the outputs.
  ///
  /// - Parameter isFitted: whether broadcasting is undone. Without it an elementwise rule gives, for a gradient of ones, its derivative
  ///   at every element of the result.
  package func vjp(_ gradients: [Tensor?], needs: [Bool], isFitted: Bool = true) -> [Tensor?] {
    noGrad {
      let x = record.values, y = record.outputs
      var result: [Tensor?]
      switch record.operation {
      case let op as any UnaryOperation:
        result = [needs[0] ? gradients[0].map { op.vjp($0, Saved(x: x[0], y: y[0])) } : nil]
      case let op as any BinaryOperation:
        guard let dy = gradients[0] else { return [nil, nil] }
        let (dx, dw) = op.vjp(dy, Saved(x: x[0], w: x[1], y: y[0], needsX: needs[0], needsW: needs[1]))
        result = [needs[0] ? dx : nil, needs[1] ? dw : nil]
      case let op as any AffineOperation:
        guard let dy = gradients[0] else { return needs.map { _ in nil } }
        let (dx, dw, db) = op.vjp(
          dy, Saved(x: x[0], w: x[1], y: nil, needsX: needs[0], needsW: needs[1]), needsB: needs.count > 2 && needs[2])
        result = needs.count > 2 ? [dx, dw, db] : [dx, dw]
      case let op as any VariadicOperation:
        result = op.vjp(gradients, SavedList(inputs: x, outputs: y, needs: needs))
        for i in result.indices where !needs[i] { result[i] = nil }
      default:
        return needs.map { _ in nil }
      }
      if isFitted { for i in result.indices { result[i] = result[i].map { InputForm(x[i].box).fit($0).detach() } } }
      return result
    }
  }
}

/// A recorded computation: its tensors in the order they were made, inputs before results.
package struct RecordedTape: Sendable {
  package private(set) var vertices: [RecordedVertex] = []
  package private(set) var calls: [RecordedCall] = []
  package private(set) var root = 0

  /// Runs `body` recording everything, and keeps what its result was computed from.
  package init<E: Error>(recording body: () throws(E) -> Tensor) throws(E) {
    var builder = Builder()
    let root = try Modes.slowly { (modes) throws(E) -> Tensor in
      let previous = modes.recorder
      let recorder = Recorder()
      modes.recorder = recorder
      defer { modes.recorder = previous }
      let result = try body()
      builder.makers = recorder.makers
      return result
    }
    self = builder.tape(of: root)
  }

  /// What the tape behind `tensor` kept: everything inside `recordingGraph`, else what backward needs.
  package init(of tensor: Tensor) {
    var builder = Builder()
    builder.makers = Modes.currentIfAny?.recorder?.makers ?? [:]
    self = builder.tape(of: tensor)
  }

  private init() {}

  private struct Key: Hashable {
    let object: ObjectIdentifier
    let output: Int
  }

  /// Where a tensor came from, while it is looked up.
  private enum Source {
    /// A leaf, with the value it had when it was used.
    case leaf(LeafNode, Tensor, isTracked: Bool)
    /// A node's output, with its value where it is known.
    case node(Node, Int, Tensor?)
    case record(OperationRecord, Int)
    case constant(Tensor)
  }

  private struct Builder {
    var makers: [ObjectIdentifier: (record: OperationRecord, output: Int)] = [:]
    private var numbers: [Key: Int] = [:]
    private var calls: [ObjectIdentifier: Int] = [:]
    private var tape = RecordedTape()
    /// Keeps constants alive while their addresses are keys.
    private var held: [Tensor] = []
    private var waiting: [(vertex: Int, inputs: [Source])] = []

    private func source(_ t: Tensor, value: Tensor? = nil) -> Source {
      if let leaf = t.leaf { return .leaf(leaf, value ?? t.detach(), isTracked: t.isTracked) }
      // A transform links a leaf's value to it.
      if t.isTracked, let leaf = t.box.head.pointee.node as? LeafNode { return .leaf(leaf, value ?? t.detach(), isTracked: true) }
      if t.isTracked, let node = t.box.head.pointee.node { return .node(node, t.outputIndex, value ?? t.detach()) }
      if let maker = makers[ObjectIdentifier(t.box)] { return .record(maker.record, maker.output) }
      return .constant(t)
    }

    private func key(_ source: Source) -> Key {
      switch source {
      case .leaf(let leaf, _, _): Key(object: ObjectIdentifier(leaf), output: 0)
      case .node(let node, let output, _): Key(object: ObjectIdentifier(node), output: output)
      case .record(let record, let output): Key(object: ObjectIdentifier(record), output: output)
      case .constant(let t): Key(object: ObjectIdentifier(t.box), output: 0)
      }
    }

    /// Walks from the result to everything it was computed from, then puts it in the order of time.
    mutating func tape(of root: Tensor) -> RecordedTape {
      let first = add(source(root))
      while let (vertex, inputs) = waiting.popLast() {
        let numbers = inputs.map { add($0) }
        tape.vertices[vertex].inputs = numbers
      }
      return sorted(first)
    }

    private mutating func add(_ source: Source) -> Int {
      let key = key(source), number = tape.vertices.count
      if let known = numbers[key] { return known }
      numbers[key] = number
      switch source {
      case .leaf(let leaf, let value, let isTracked):
        var vertex = RecordedVertex(
          origin: .leaf, name: leaf.extra?.names[0], shape: value.shape, dtype: value.dtype, value: value, isTracked: isTracked)
        vertex.nodeName = leaf.name
        vertex.keptGradient = leaf.grad
        vertex.leaf = ObjectIdentifier(leaf)
        tape.vertices.append(vertex)
      case .constant(let t):
        held.append(t)
        let value = t.detach()
        tape.vertices.append(
          RecordedVertex(origin: .constant, name: t.name, shape: value.shape, dtype: value.dtype, value: value, isTracked: false))
      case .record(let record, let output): addResult(record, output, node: nil)
      case .node(let node, let output, let value):
        if let record = node.extra?.record { addResult(record, output, node: node) } else { addUnrecorded(node, output, value) }
      }
      return number
    }

    private mutating func addResult(_ record: OperationRecord, _ output: Int, node: Node?) {
      let number = tape.vertices.count, value = record.outputs[output]
      var vertex = RecordedVertex(
        origin: .result, name: node?.extra?.names[output] ?? value.name, operation: record.operation.name,
        nodeName: record.operation.nodeName, attributes: Self.attributes(record.operation), shape: value.shape, dtype: value.dtype,
        value: value,
        isTracked: node != nil)
      vertex.isNumberFirst = record.operation.isNumberFirst
      vertex.keptGradient = record.gradients[output] ?? node?.extra?.retained[output] ?? nil
      vertex.order = record.order
      vertex.groups = record.groups
      vertex.output = output
      let id = ObjectIdentifier(record)
      if calls[id] == nil {
        calls[id] = tape.calls.count
        tape.calls.append(RecordedCall(record))
      }
      vertex.call = calls[id]
      tape.vertices.append(vertex)
      waiting.append((number, zip(record.inputs, record.values).map { source($0, value: $1) }))
    }

    /// The attributes to show, the number beside a tensor among them.
    private static func attributes(_ operation: any Operation) -> [(name: String, value: String)] {
      let numbers = Mirror(reflecting: operation).children.compactMap { child in
        (child.value as? Scalar).map { (name: child.label ?? "", value: $0.text) }
      }
      let shown = operation.attributes
      return shown + numbers.filter { number in !shown.contains { $0.name == number.name } }
    }

    /// A node of an ordinary tape: its inputs' values are known as far as it saved them.
    private mutating func addUnrecorded(_ node: Node, _ output: Int, _ known: Tensor?) {
      let number = tape.vertices.count
      var vertex = RecordedVertex(
        origin: .result, name: node.extra?.names[output], operation: Self.operation(node.name), nodeName: node.name,
        attributes: node.attributes, isTracked: true)
      let saved = node.saved
      let value = known ?? saved.first { $0.name == "result" || $0.name == "result\(output)" }?.value.detach()
      vertex.isNumberFirst = node.isNumberFirst
      vertex.value = value
      vertex.shape = value?.shape
      vertex.dtype = value?.dtype
      vertex.keptGradient = node.extra?.retained[output] ?? nil
      vertex.order = node.sequence
      vertex.output = output
      tape.vertices.append(vertex)
      var inputs: [Source] = []
      for (i, edge) in node.nextFunctions.enumerated() {
        let names = [i == 0 ? "self" : "other", "input\(i)"]
        let value = saved.first { names.contains($0.name) }?.value
        if let edge, edge.node.isAccumulator {
          let leaf = unsafeDowncast(edge.node, to: LeafNode.self)
          inputs.append(.leaf(leaf, value ?? Tensor(leaf.current), isTracked: true))
        } else if let edge {
          inputs.append(.node(edge.node, edge.output, value?.detach()))
        } else if let value {
          inputs.append(.constant(value))
        }
      }
      waiting.append((number, inputs))
    }

    /// `AddBackward0` is the node of `add`.
    private static func operation(_ nodeName: String) -> String {
      let stem = nodeName.split(separator: "Backward", maxSplits: 1).first.map(String.init) ?? nodeName
      return stem.prefix(1).lowercased() + stem.dropFirst()
    }

    /// The vertices by time, every leaf and constant just before its first use.
    private mutating func sorted(_ root: Int) -> RecordedTape {
      var vertices = tape.vertices
      for vertex in vertices where vertex.origin == .result {
        for input in vertex.inputs where vertices[input].origin != .result {
          vertices[input].order = vertices[input].order == 0 ? vertex.order : min(vertices[input].order, vertex.order)
        }
      }
      let order = vertices.indices.sorted { a, b in
        let (x, y) = (vertices[a], vertices[b])
        if x.order != y.order { return x.order < y.order }
        if (x.origin == .result) != (y.origin == .result) { return y.origin == .result }
        return x.output != y.output ? x.output < y.output : a < b
      }
      var place = Array(repeating: 0, count: order.count)
      for (position, vertex) in order.enumerated() { place[vertex] = position }
      var result = tape
      result.vertices = order.map { old in
        var vertex = vertices[old]
        vertex.inputs = vertex.inputs.map { place[$0] }
        return vertex
      }
      result.root = place[root]
      return result
    }
  }
}

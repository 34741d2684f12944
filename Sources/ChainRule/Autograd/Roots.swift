/// A place where a pass begins, and the gradient that it begins with.
struct Root {
  let edge: Edge
  let seed: Tensor

  init(edge: Edge, seed: Tensor) {
    self.edge = edge
    self.seed = seed
  }

  /// The place of a tracked tensor.
  init(_ output: Tensor, _ seed: Tensor) {
    self.init(edge: Edge(node: output.box.head.pointee.node.unsafelyUnwrapped, output: output.outputIndex), seed: seed)
  }

  /// The places of several tensors, each with the gradient given for it, or 1 where it has one element.
  static func all(
    _ outputs: [Tensor], _ gradients: [Tensor?]?, _ recording: Recording, _ operation: String
  ) throws(TensorError) -> [Root] {
    let given = gradients ?? outputs.map { _ in nil }
    try check(given.count, outputs.count, operation)
    var roots: [Root] = []
    for (i, output) in outputs.enumerated() { roots.append(Root(output, try Engine.seed(output, given[i], index: i, recording))) }
    return roots
  }

  fileprivate static func check(_ gradients: Int, _ outputs: Int, _ operation: String) throws(TensorError) {
    guard gradients != outputs else { return }
    throw TensorError(
      .argument, "got \(outputs) tensors and \(gradients) gradients", hint: "Give one gradient, or nil, for each output.",
      operation: operation)
  }
}

/// Computes the gradients of the sum of several tensors for every leaf they were computed from, in one pass, and adds them to their
/// `grad`. PyTorch's `torch.autograd.backward`.
///
///     backward([loss, features], gradients: [nil, weights])
///
/// One pass through what the tensors have in common, where a call for each would make several and need `retainGraph`.
///
/// - Parameters:
///   - tensors: where to begin.
///   - gradients: for each the gradient of some scalar for it, in its shape; nil for a tensor of one element.
///   - retainGraph: whether what the graph saved is kept for another pass; by default only where `createGraph` is set.
///   - createGraph: whether the pass is itself recorded, for derivatives of higher order.
///   - inputs: where given, only these receive gradients.
public func backward(
  _ tensors: [Tensor], gradients: [Tensor?]? = nil, retainGraph: Bool? = nil, createGraph: Bool = false, inputs: [Tensor]? = nil
) {
  if isErrorPending { return }
  do throws(TensorError) {
    let recording = Recording(createGraph: createGraph), roots = try Root.all(tensors, gradients, recording, "backward")
    if let inputs {
      try Engine.accumulate(roots, into: inputs, retain: retainGraph ?? createGraph, recording)
    } else {
      try Engine.accumulate(roots, retain: retainGraph ?? createGraph, recording)
    }
  } catch {
    fail(error.describing(tensors))
  }
}

/// A place in a graph: one output of one node. A pass can begin there and end there when the tensor itself is gone: it holds the graph
/// below, and no element of the tensor. PyTorch's `GradientEdge`.
///
///     let edge = hidden.gradientEdge!
///     let d = gradients(of: [loss.gradientEdge!], withRespectTo: [edge])
public struct GradientEdge: Sendable {
  /// The node; a leaf's where the tensor is one.
  public let node: Node
  /// Which of its outputs.
  public let output: Int
  /// The tensor's shape, which a gradient for it has.
  public let shape: [Int]
  /// The tensor's type.
  public let dtype: DType

  fileprivate var edge: Edge { Edge(node: node, output: output) }

  /// The gradient that a pass begins with here.
  fileprivate func root(_ given: Tensor?, index: Int, _ recording: Recording) throws(TensorError) -> Root {
    guard given != nil || shape.reduce(1, *) == 1 else {
      throw TensorError(
        .gradient, "grad can be implicitly created only for scalar outputs",
        hint: "The edge is of a tensor of shape \(shape): give a gradient of that shape.", operation: "gradients")
    }
    let seed = given ?? Tensor.ones(shape, dtype: dtype)
    guard seed.shape == shape else { throw Engine.mismatch(seed, shape, index: index, operation: "gradients") }
    return Root(edge: edge, seed: Engine.passedOn(seed, dtype, recording))
  }
}

extension Tensor {
  /// This tensor's place in its graph; nil where it requires no gradient. PyTorch's `get_gradient_edge`.
  public var gradientEdge: GradientEdge? {
    guard isTracked, let node = box.head.pointee.node else { return nil }
    return GradientEdge(node: node, output: outputIndex, shape: shape, dtype: dtype)
  }
}

/// The gradients of the sum of the tensors at `outputs` for those at `inputs`, nil for one that none of them depends on.
///
/// - Parameters:
///   - outputs: where to begin.
///   - inputs: where to end.
///   - gradOutputs: for each output the gradient of some scalar for it; nil for one of one element.
///   - retainGraph: whether what the graph saved is kept; by default only where `createGraph` is set.
///   - createGraph: whether the gradients can themselves be differentiated.
public func gradients(
  of outputs: [GradientEdge], withRespectTo inputs: [GradientEdge], gradOutputs: [Tensor?]? = nil, retainGraph: Bool? = nil,
  createGraph: Bool = false
) -> [Tensor?] {
  if isErrorPending { return inputs.map { _ in nil } }
  do throws(TensorError) {
    let given = gradOutputs ?? outputs.map { _ in nil }, recording = Recording(createGraph: createGraph)
    try Root.check(given.count, outputs.count, "gradients")
    var roots: [Root] = []
    for (i, output) in outputs.enumerated() { roots.append(try output.root(given[i], index: i, recording)) }
    return try Engine.gradients(roots, edges: inputs.map(\.edge), retain: retainGraph ?? createGraph, recording)
  } catch {
    fail(error)
    return inputs.map { _ in nil }
  }
}

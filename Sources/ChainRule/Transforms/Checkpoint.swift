import CKernels

/// Returns `f(x)` without keeping what its backward pass needs: that is computed again when the gradient comes back (Chen et al.
/// 2016, "Training deep nets with sublinear memory cost").
///
///     let y = checkpoint({ block($0) }, x)
///
/// Gradients reach `x` and everything that `f` captures, derivatives of every order work, and checkpoints nest. The second run
/// starts from the same state of the default generator, so dropout drops the same; a generator of `f`'s own is not put back.
/// Inside `jvp`, `vmap` and `recordingGraph` this is a plain call of `f`.
public func checkpoint(_ f: @escaping (Tensor) -> Tensor, _ x: Tensor) -> Tensor {
  Segment.apply({ f($0[0]) }, [x])
}

/// Returns `f(x, w)` without keeping what its backward pass needs: that is computed again when the gradient comes back.
public func checkpoint(_ f: @escaping (Tensor, Tensor) -> Tensor, _ x: Tensor, _ w: Tensor) -> Tensor {
  Segment.apply({ f($0[0], $0[1]) }, [x, w])
}

/// Returns `f(x)` without keeping what its backward pass needs: that is computed again when the gradient comes back.
public func checkpoint(_ f: @escaping ([Tensor]) -> Tensor, _ x: [Tensor]) -> Tensor { Segment.apply(f, x) }

/// A part of the graph that is computed again: the function, its inputs, and what else decides its result.
private final class Segment {
  private let f: ([Tensor]) -> Tensor
  private let inputs: [Tensor]
  private let generator: Generator.State
  private let substitutions: [ObjectIdentifier: Tensor]
  private let dtype: DType

  private init(_ f: @escaping ([Tensor]) -> Tensor, _ x: [Tensor]) {
    self.f = f
    inputs = x.map(\.bare)
    generator = Generator.default.snapshot
    substitutions = Modes.currentIfAny?.substitutions ?? [:]
    dtype = defaultDType
  }

  static func apply(_ f: @escaping ([Tensor]) -> Tensor, _ x: [Tensor]) -> Tensor {
    let modes = Modes.currentIfAny
    guard isGradEnabled, !isErrorPending, modes?.depth ?? 0 == 0, modes?.recorder == nil else { return f(x) }
    let x = x.map(Levels.substituted)
    let segment = Segment(f, x)
    let start = cr_thread().pointee.sequence
    let edges = x.map { x in x.isTracked ? x.box.head.pointee.node.map { Edge(node: $0, output: x.outputIndex) } : nil }
    let entered = zip(segment.inputs, edges).map { $1 == nil ? $0 : Reverse.origin(of: $0.detach()) }
    // Recorded only to learn what `f` reaches; the record is dropped on return.
    let y = f(entered)
    guard y.isTracked, let root = y.box.head.pointee.node, root.sequence >= start, !root.isAccumulator else { return y }
    let origins = Set(zip(entered, edges).compactMap { $1 == nil ? nil : $0.box.head.pointee.node.map(ObjectIdentifier.init) })
    let captured = captures(below: root, since: start, origins)
    let result = y.detach()
    result.box.attach(SegmentNode(segment, edges, captured))
    return result
  }

  /// Where the graph of `root` leaves the nodes made since `start`: the leaves and tensors that the function captured.
  private static func captures(below root: Node, since start: UInt64, _ origins: Set<ObjectIdentifier>) -> [Edge] {
    var seen: Set<ObjectIdentifier> = origins, stack = [root], found: [Edge] = []
    while let node = stack.popLast() {
      node.forEachEdge { edge in
        guard let edge, !origins.contains(ObjectIdentifier(edge.node)) else { return }
        if edge.node.sequence < start || edge.node.isAccumulator {
          if !found.contains(where: { $0.node === edge.node && $0.output == edge.output }) { found.append(edge) }
        } else if seen.insert(ObjectIdentifier(edge.node)).inserted {
          stack.append(edge.node)
        }
      }
    }
    return found
  }

  /// The result once more, recorded, from inputs that lead to `edges` where the pass is itself recorded.
  ///
  /// Computed outside the transforms that are open now, as the first time: a pullback may run inside `vmap`, which the function has
  /// nothing to do with.
  func again(_ edges: [Edge?], createGraph: Bool) -> (inputs: [Tensor], result: Tensor) {
    Modes.outsideLevels(substitutions) {
      enableGrad {
        let entered = zip(inputs, edges).map { input, edge in
          guard let edge else { return input }
          let value = input.detach()
          guard createGraph else { return Reverse.origin(of: value) }
          let linked = value.box.alias()
          linked.attach(edge.node, output: edge.output)
          return Alias()(Tensor(linked))
        }
        let now = Generator.default.snapshot
        Generator.default.snapshot = generator
        defer { Generator.default.snapshot = now }
        return (entered, withDefaultDType(dtype) { f(entered) })
      }
    }
  }
}

/// The node of a segment: its backward pass records the segment again and goes back through that.
private final class SegmentNode: Node, @unchecked Sendable {
  @exclusivity(unchecked) private var segment: SharedReference<Segment>
  private var edges: [Edge?]
  private var captured: [Edge]

  init(_ segment: Segment, _ edges: [Edge?], _ captured: [Edge]) {
    self.segment = SharedReference(segment)
    self.edges = edges
    self.captured = captured
    super.init()
    number(after: nil)
    for edge in edges + captured { if let edge { number(after: .passUnretained(edge.node)) } }
  }

  deinit {
    for edge in edges + captured {
      var node = edge?.node
      ReleaseQueue.release(&node)
    }
  }

  override var name: String { "CheckpointFunctionBackward" }
  override func forEachEdge(_ body: (Edge?) -> Void) {
    for edge in edges { body(edge) }
    for edge in captured { body(edge) }
  }

  override func releaseSaved() { segment.exchange(nil) }

  override func run(_ gradient: consuming Tensor?, _ pass: inout Pass) {
    guard let gradient = consume gradient else { return }
    guard let segment = pass.retain ? segment.read() : segment.exchange(nil) else { return pass.failFreed(self) }
    // What is computed again comes after what it was computed from, also on another thread.
    let thread = cr_thread()!
    thread.pointee.sequence = max(thread.pointee.sequence, sequence)
    let (inputs, result) = segment.again(edges, createGraph: pass.recording == .graph)
    if isErrorPending { return }
    guard result.isTracked, result.internalShape == gradient.internalShape else {
      return pass.stop(
        TensorError(
          .gradient,
          "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than during the forward pass.",
          hint: "The function gave a tensor of shape \(gradient.shape) and then one of \(result.shape): it must compute the same each "
            + "time, so it cannot depend on anything that changes before backward().",
          operation: "checkpoint"))
    }
    let targets =
      zip(edges, inputs).compactMap { edge, input in
        edge.flatMap { edge in input.box.head.pointee.node.map { (to: edge, from: Edge(node: $0, output: input.outputIndex)) } }
      } + captured.map { (to: $0, from: $0) }
    do throws(TensorError) {
      let gradients = try Engine.gradients(
        [(result, gradient)], edges: targets.map(\.from), retain: pass.recording == .graph, pass.recording, stopsThere: true)
      for (target, gradient) in zip(targets, gradients) {
        if let gradient { pass.deliver(gradient, to: .passUnretained(target.to.node), target.to.output) }
      }
    } catch {
      pass.stop(error)
    }
  }
}

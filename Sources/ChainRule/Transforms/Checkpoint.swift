import CKernels

// Parts of a graph that keep nothing for the backward pass and are computed again in it.

/// What is compared between the first run of a checkpointed function and the second.
public enum DeterminismCheck: Sendable {
  /// How many tensors are saved, with which shapes and types.
  case metadata
  /// Nothing but the shape of the result.
  case none
}

/// What a checkpoint does with the result of one operation.
public enum CheckpointPolicy: Sendable {
  /// Keep it: the second run takes it and does not compute the operation.
  case save
  /// Compute it again.
  case recompute
}

/// An operation that a checkpoint's policy is asked about.
public struct CheckpointedCall: Sendable {
  /// The operation, as the catalog names it: `matmul`.
  public let operation: String
  /// The shapes of its inputs.
  public let inputShapes: [[Int]]
  /// The shapes of its results.
  public let outputShapes: [[Int]]
}

/// Returns `f(x)` without keeping what its backward pass needs: that is computed again when the gradient comes back (Chen et al.
/// 2016, "Training deep nets with sublinear memory cost").
///
///     let y = checkpoint({ block($0) }, x)
///     let z = checkpoint({ block($0) }, x, policy: { $0.operation == "matmul" ? .save : .recompute })
///
/// Gradients reach `x` and everything that `f` captures, derivatives of every order work, and checkpoints nest. The second run
/// starts from the same state of every generator that the first has drawn from, so dropout drops the same. Inside `jvp`, `vmap` and
/// `recordingGraph` this is a plain call of `f`.
///
/// PyTorch stops the second run once it has what the backward pass needs. A Swift closure cannot be left midway, so here it goes to the
/// end; large elementwise results at the end that nobody reads are not computed, as they wait until they are wanted.
///
/// - Parameters:
///   - f: the function, which must compute the same each time.
///   - x: its input.
///   - preserveRNGState: whether generators are put back for the second run; without it a function that draws draws anew.
///   - determinismCheck: what of the two runs is compared; a difference is an error.
///   - policy: which results are kept, where not all are computed again: those that cost much time and little memory.
public func checkpoint(
  _ f: @escaping (Tensor) -> Tensor, _ x: Tensor, preserveRNGState: Bool = true, determinismCheck: DeterminismCheck = .metadata,
  policy: ((CheckpointedCall) -> CheckpointPolicy)? = nil
) -> Tensor {
  checkpoint({ f($0[0]) }, [x], preserveRNGState: preserveRNGState, determinismCheck: determinismCheck, policy: policy)
}

/// Returns `f(x, w)` without keeping what its backward pass needs: that is computed again when the gradient comes back.
public func checkpoint(
  _ f: @escaping (Tensor, Tensor) -> Tensor, _ x: Tensor, _ w: Tensor, preserveRNGState: Bool = true,
  determinismCheck: DeterminismCheck = .metadata, policy: ((CheckpointedCall) -> CheckpointPolicy)? = nil
) -> Tensor {
  checkpoint({ f($0[0], $0[1]) }, [x, w], preserveRNGState: preserveRNGState, determinismCheck: determinismCheck, policy: policy)
}

/// Returns `f(x)` without keeping what its backward pass needs: that is computed again when the gradient comes back.
public func checkpoint(
  _ f: @escaping ([Tensor]) -> Tensor, _ x: [Tensor], preserveRNGState: Bool = true, determinismCheck: DeterminismCheck = .metadata,
  policy: ((CheckpointedCall) -> CheckpointPolicy)? = nil
) -> Tensor {
  Segment.apply(f, x, .init(preservesGenerators: preserveRNGState, checks: determinismCheck, policy: policy))
}

/// Returns what the functions give one after the other, as `segments` checkpoints; the last part is not one, as its turn comes at once
/// in the backward pass. PyTorch's `checkpoint_sequential`.
///
///     let y = checkpointSequential([{ first($0) }, { second($0) }, { third($0) }, { fourth($0) }], segments: 2, x)
///
/// With n functions of equal size, sqrt(n) segments keep about 2 sqrt(n) of their inputs and results instead of n.
public func checkpointSequential(_ functions: [(Tensor) -> Tensor], segments: Int, _ x: Tensor) -> Tensor {
  guard segments > 0, segments <= functions.count else {
    return fail(
      TensorError(
        .argument, "\(functions.count) functions cannot be run as \(segments) segments",
        hint: "Give at least 1 segment, and at most as many as there are functions.", operation: "checkpointSequential"))
  }
  let size = functions.count / segments
  var y = x
  for start in stride(from: 0, to: size * (segments - 1), by: size) {
    let part = functions[start..<start + size]
    y = checkpoint({ part.reduce($0) { $1($0) } }, y)
  }
  return functions[(size * (segments - 1))...].reduce(y) { $1($0) }
}

/// A part of the graph that is computed again: the function, its inputs, and what else decides its result.
private final class Segment {
  private let f: ([Tensor]) -> Tensor
  private let inputs: [Tensor]
  private let options: Options
  /// The default generator of the first run, and those it has drawn from as they were.
  private let generator = Generator.default
  private var drawn: [(generator: Generator, state: Generator.State)] = []
  /// The forms of what the first run has saved.
  private var saved: [InputForm] = []
  /// The results that are kept.
  private let selection: CheckpointSelection?
  private let substitutions: [ObjectIdentifier: Tensor]
  private let dtype: DType

  struct Options {
    let preservesGenerators: Bool
    let checks: DeterminismCheck
    let policy: ((CheckpointedCall) -> CheckpointPolicy)?
  }

  private init(_ f: @escaping ([Tensor]) -> Tensor, _ x: [Tensor], _ options: Options) {
    self.f = f
    self.options = options
    inputs = x.map(\.bare)
    selection = options.policy.map { CheckpointSelection($0) }
    substitutions = Modes.currentIfAny?.substitutions ?? [:]
    dtype = defaultDType
  }

  static func apply(_ f: @escaping ([Tensor]) -> Tensor, _ x: [Tensor], _ options: Options) -> Tensor {
    let modes = Modes.currentIfAny
    guard isGradEnabled, !isErrorPending, modes?.depth ?? 0 == 0, modes?.recorder == nil else { return f(x) }
    let x = x.map(Levels.substituted)
    let segment = Segment(f, x, options)
    let start = cr_thread().pointee.sequence
    let edges = x.map { x in x.isTracked ? x.box.head.pointee.node.map { Edge(node: $0, output: x.outputIndex) } : nil }
    let entered = zip(segment.inputs, edges).map { $1 == nil ? $0 : Reverse.origin(of: $0.detach()) }
    // Recorded only to learn what `f` reaches; the record is dropped on return.
    let y = segment.firstRun(entered)
    guard y.isTracked, let root = y.box.head.pointee.node, root.sequence >= start, !root.isAccumulator else { return y }
    let origins = Set(zip(entered, edges).compactMap { $1 == nil ? nil : $0.box.head.pointee.node.map(ObjectIdentifier.init) })
    let captured = captures(below: root, since: start, origins)
    if options.checks == .metadata { segment.saved = savedForms(below: root, since: start) }
    let result = y.detach()
    result.box.attach(SegmentNode(segment, edges, captured, InputForm(result.box)))
    return result
  }

  private func firstRun(_ entered: [Tensor]) -> Tensor {
    let run = { CheckpointSelection.using(self.selection) { self.f(entered) } }
    guard options.preservesGenerators else { return run() }
    let (y, journal) = Journal.keeping(run)
    drawn = journal.drawn
    return y
  }

  /// The shapes and types of what the nodes made since `start` have saved; of a graph that nobody else has seen.
  static func savedForms(below root: Node, since start: UInt64) -> [InputForm] {
    var seen: Set<ObjectIdentifier> = [ObjectIdentifier(root)], stack = [root], forms: [InputForm] = []
    while let node = stack.popLast() {
      node.packSaved { box, _ in
        forms.append(InputForm(box))
        return box
      }
      node.forEachEdge { edge in
        guard let edge, edge.node.sequence >= start, !edge.node.isAccumulator, seen.insert(ObjectIdentifier(edge.node)).inserted else {
          return
        }
        stack.append(edge.node)
      }
    }
    return forms
  }

  /// What of the second run, whose nodes were made since `start`, differs from the first; nil where nothing does.
  func difference(_ result: Tensor, _ gradient: Tensor, since start: UInt64) -> TensorError? {
    let hint = "The function must compute the same each time, so it cannot depend on anything that changes before backward()."
    func differing(_ what: String) -> TensorError {
      TensorError(
        .gradient,
        "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than during the forward pass.\(what)",
        hint: hint, operation: "checkpoint")
    }
    guard result.isTracked, let root = result.box.head.pointee.node, result.internalShape == gradient.internalShape else {
      return differing("\nThe result had shape \(gradient.shape) and then \(result.shape).")
    }
    guard options.checks == .metadata else { return nil }
    let again = Segment.savedForms(below: root, since: start)
    guard again.count == saved.count else {
      return TensorError(
        .gradient,
        "torch.utils.checkpoint: A different number of tensors was saved during the original forward and recomputation.\n"
          + "Number of tensors saved during forward: \(saved.count)\nNumber of tensors saved during recomputation: \(again.count).",
        hint: hint, operation: "checkpoint")
    }
    func text(_ form: InputForm) -> String { "\(Array(form.shape)) of \(form.dtype.name)" }
    let lines = zip(saved, again).enumerated().filter { $1.0.shape != $1.1.shape || $1.0.dtype != $1.1.dtype }.map { place, forms in
      "\ntensor at position \(place):\nsaved metadata: \(text(forms.0))\nrecomputed metadata: \(text(forms.1))"
    }
    return lines.isEmpty ? nil : differing(lines.joined())
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
      recordingTape {
        let entered = zip(inputs, edges).map { input, edge in
          guard let edge else { return input }
          let value = input.detach()
          guard createGraph else { return Reverse.origin(of: value) }
          let linked = value.box.alias()
          linked.attach(edge.node, output: edge.output)
          return Alias()(Tensor(linked))
        }
        let now = drawn.map(\.generator.snapshot)
        for (generator, state) in drawn { generator.snapshot = state }
        defer { for (entry, state) in zip(drawn, now) { entry.generator.snapshot = state } }
        let run = { CheckpointSelection.using(self.selection?.again) { self.f(entered) } }
        let result = withDefaultDType(dtype) { options.preservesGenerators ? Generator.withDefault(generator, run) : run() }
        return (entered, result)
      }
    }
  }
}

/// The node of a segment: its backward pass records the segment again and goes back through that.
private final class SegmentNode: Node, @unchecked Sendable {
  @exclusivity(unchecked) private var segment: SharedReference<Segment>
  private var edges: [Edge?]
  private var captured: [Edge]
  private let form: InputForm

  init(_ segment: Segment, _ edges: [Edge?], _ captured: [Edge], _ form: InputForm) {
    self.segment = SharedReference(segment)
    self.form = form
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
  override var resultForm: InputForm? { form }
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
    let start = thread.pointee.sequence
    let (inputs, result) = segment.again(edges, createGraph: pass.recording == .graph)
    if isErrorPending { return }
    if let difference = segment.difference(result, gradient, since: start) { return pass.stop(difference) }
    let targets =
      zip(edges, inputs).compactMap { edge, input in
        edge.flatMap { edge in input.box.head.pointee.node.map { (to: edge, from: Edge(node: $0, output: input.outputIndex)) } }
      } + captured.map { (to: $0, from: $0) }
    do throws(TensorError) {
      let gradients = try Engine.gradients(
        [Root(result, gradient)], edges: targets.map(\.from), retain: pass.recording == .graph, pass.recording, stopsThere: true)
      for (target, gradient) in zip(targets, gradients) {
        if let gradient { pass.deliver(gradient, to: .passUnretained(target.to.node), target.to.output) }
      }
    } catch {
      pass.stop(error)
    }
  }
}

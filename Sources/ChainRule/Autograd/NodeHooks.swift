import CKernels

// Hooks of a node, over several tensors, and at the end of a pass.

/// The hooks of one node, in the order of their registration.
struct NodeHooks {
  struct Entry<Body> {
    let id: UInt64
    let body: Body
  }

  var before: [Entry<([Tensor?]) -> [Tensor?]?>] = []
  var after: [Entry<(_ gradInputs: [Tensor?], _ gradOutputs: [Tensor?]) -> [Tensor?]?>] = []

  /// These without the hook of a number; nil where none is left.
  func without(_ id: UInt64) -> NodeHooks? {
    var rest = self
    rest.before.removeAll { $0.id == id }
    rest.after.removeAll { $0.id == id }
    return rest.before.isEmpty && rest.after.isEmpty ? nil : rest
  }

  /// Shows the gradients of the outputs to each hook in turn, and puts in what it returns; false where that has been refused.
  func runBefore(_ gradients: inout [Tensor?]) -> Bool {
    for hook in before {
      guard let new = hook.body(gradients) else { continue }
      guard Self.check(new, gradients, "registerPrehook") else { return false }
      gradients = new
    }
    return true
  }

  /// Shows the gradients of inputs and outputs to each hook in turn; the gradients of the inputs that result, nil where refused.
  func runAfter(_ gradInputs: [Tensor?], _ gradOutputs: [Tensor?]) -> [Tensor?]? {
    var gradInputs = gradInputs
    for hook in after {
      guard let new = hook.body(gradInputs, gradOutputs) else { continue }
      guard Self.check(new, gradInputs, "registerHook") else { return nil }
      gradInputs = new
    }
    return gradInputs
  }

  /// Whether a hook returned as many gradients as it was given, each in the shape of the one it replaces.
  private static func check(_ new: [Tensor?], _ old: [Tensor?], _ operation: String) -> Bool {
    guard new.count == old.count else {
      fail(
        TensorError(
          .gradient, "hook has returned an incorrect number of values (got \(new.count), but expected \(old.count))",
          hint: "Return nil to leave the gradients as they are, or one gradient or nil for each that was given.", operation: operation))
      return false
    }
    for case (let new?, let old?) in zip(new, old) where new.internalShape != old.internalShape {
      fail(
        TensorError(
          .shape, "hook has changed the size of value", hint: "It was \(old.shape) and became \(new.shape): a gradient keeps its shape.",
          operation: operation))
      return false
    }
    return true
  }
}

extension Node {
  /// Calls `body` with the gradients of the operation's outputs before its rule runs, nil for outputs that received none; what it
  /// returns, where it does, the rule sees instead.
  ///
  ///     y.gradFn!.registerPrehook { gradOutputs in gradOutputs.map { $0.map { $0 * 2 } } }
  ///
  /// Hooks of the outputs as tensors (`registerHook`) have run by then, and gradients that are kept (`retainGrad`) are those before this
  /// hook. It is not called where the node does not run: at what `gradients(of:withRespectTo:)` asks for. A leaf's node,
  /// `gradFn!.nextFunctions[0]!.node`, has such hooks too.
  @discardableResult
  public final func registerPrehook(_ body: @escaping (_ gradOutputs: [Tensor?]) -> [Tensor?]?) -> HookHandle {
    addHook { $0.before.append(.init(id: $1, body: body)) }
  }

  /// Calls `body` after the operation's rule has run, with the gradients for its inputs and those of its outputs; what it returns, where
  /// it does, goes on to the inputs instead.
  ///
  ///     y.gradFn!.registerHook { gradInputs, gradOutputs in gradInputs.map { $0.map { $0.clamp(min: -1, max: 1) } } }
  ///
  /// There is one gradient for each of `nextFunctions`, nil where none is wanted or given. At the node of a leaf there are no inputs: the
  /// hook runs when the gradient has been added to `grad`.
  @discardableResult
  public final func registerHook(
    _ body: @escaping (_ gradInputs: [Tensor?], _ gradOutputs: [Tensor?]) -> [Tensor?]?
  ) -> HookHandle {
    addHook { $0.after.append(.init(id: $1, body: body)) }
  }

  private func addHook(_ add: (inout NodeHooks, _ id: UInt64) -> Void) -> HookHandle {
    let id = HookHandle.nextID()
    changeExtra {
      var hooks = $0.nodeHooks ?? NodeHooks()
      add(&hooks, id)
      $0.nodeHooks = hooks
    }
    return HookHandle(nodes: [self], id: id)
  }
}

/// The gradients that one node gives, in the order of its edges, until all are there.
struct HeldGradients {
  let edges: [Edge?]
  private(set) var gradients: [Tensor?]
  /// Rules give gradients in the order of the edges, some of which may lead to the same place: the first edge not yet looked at.
  private var next = 0

  init(of node: Node) {
    var edges: [Edge?] = []
    node.forEachEdge { edges.append($0) }
    self.edges = edges
    gradients = edges.map { _ in nil }
  }

  /// Keeps the gradient for an edge that leads there; false where none does.
  mutating func hold(_ gradient: Tensor, to node: Node, _ output: Int) -> Bool {
    guard let i = edges.indices.first(where: { $0 >= next && edges[$0]?.node === node && edges[$0]?.output == output }) else {
      return false
    }
    gradients[i] = gradient
    next = i + 1
    return true
  }
}

// MARK: Several gradients

/// When a hook over several tensors is called.
public enum MultiGradMode: Sendable {
  /// Once the gradients of all of them that the pass reaches are there.
  case all
  /// With the first that is there.
  case any
}

/// A hook over the gradients of several tensors.
final class MultiGradHook {
  let nodes: [Node]
  let mode: MultiGradMode
  let body: ([Tensor?]) -> Void

  init(_ nodes: [Node], _ mode: MultiGradMode, _ body: @escaping ([Tensor?]) -> Void) {
    self.nodes = nodes
    self.mode = mode
    self.body = body
  }
}

/// What one pass has seen of the gradients that a hook waits for.
struct GatheredGradients {
  let hook: MultiGradHook
  var gradients: [Tensor?]
  /// How many more will come; 0 where the hook has been called.
  var missing: Int
}

/// Calls `body` in each backward pass with the gradients of all of `tensors`, once the last of those that the pass reaches is there; nil
/// for those it does not reach. PyTorch's `register_multi_grad_hook`.
///
///     let handle = registerMultiGradHook([a, b]) { gradients in print(gradients[0]?.norm() as Any) }
///
/// With `.any` it is called once in a pass, with the first gradient that is there. It sees gradients and replaces none. Among the hooks of
/// a tensor it runs in its place of the order in which they were registered.
///
/// - Note: Traps where one of the tensors does not require a gradient.
@discardableResult
public func registerMultiGradHook(_ tensors: [Tensor], mode: MultiGradMode = .all, _ body: @escaping ([Tensor?]) -> Void) -> HookHandle {
  var nodes: [Node] = []
  for tensor in tensors {
    guard let node = tensor.nodeForHook("registerMultiGradHook") else { return .none }
    nodes.append(node)
  }
  let hook = MultiGradHook(nodes, mode, body), id = HookHandle.nextID()
  for (place, (tensor, node)) in zip(tensors, nodes).enumerated() {
    let entry = HookEntry(id: id, output: tensor.outputIndex, body: .several(hook, place: place))
    node.changeExtra { $0.hooks.append(entry) }
  }
  return HookHandle(nodes: nodes, id: id)
}

extension Pass {
  /// Takes the gradient of one of a hook's tensors, and calls the hook where it is the last to come.
  mutating func gather(_ gradient: Tensor, for hook: MultiGradHook, _ place: Int, at node: Node) {
    let key = ObjectIdentifier(hook)
    var state =
      rare.pointee.gathered[key]
      ?? GatheredGradients(
        hook: hook, gradients: hook.nodes.map { _ in nil }, missing: hook.mode == .any ? 1 : countReached(hook.nodes, from: node))
    guard state.missing > 0 else { return }
    state.gradients[place] = gradient
    state.missing -= 1
    rare.pointee.gathered[key] = state
    if state.missing == 0 { hook.body(state.gradients) }
  }

  /// How many of the nodes the pass will still reach, the one it is at among them.
  private func countReached(_ wanted: [Node], from node: Node) -> Int {
    let lowest = wanted.map(\.sequence).min() ?? 0
    var seen: Set<ObjectIdentifier> = [], stack: [Node] = []
    func visit(_ node: Node) {
      guard node.sequence >= lowest, !restricted || isNeeded(node), seen.insert(ObjectIdentifier(node)).inserted, !isEnd(node) else {
        return
      }
      stack.append(node)
    }
    visit(node)
    forEachWaiting(visit)
    while let next = stack.popLast() { next.forEachEdge { edge in if let edge { visit(edge.node) } } }
    return wanted.count { seen.contains(ObjectIdentifier($0)) }
  }

  /// Calls the hooks that waited for a gradient that did not come: a rule may give none.
  mutating func handOverGathered() {
    let open = rare.pointee.gathered.values.filter { $0.missing > 0 }
    rare.pointee.gathered = [:]
    for state in open { state.hook.body(state.gradients) }
  }
}

// MARK: The pass itself

/// The backward pass that runs on this thread.
public struct BackwardPass: Sendable {
  /// A number that no other pass of the process has; PyTorch's id of a graph task.
  public let id: UInt64

  /// The pass that runs on this thread, the innermost where one runs inside another; nil outside of passes.
  public static var current: BackwardPass? {
    let id = cr_thread().pointee.pass
    return id == 0 ? nil : BackwardPass(id: id)
  }

  /// Calls `body` when the pass is done and every leaf has its gradient: PyTorch's `queue_callback`. For hooks and rules of one's own.
  ///
  ///     w.registerHook { gradient in
  ///       BackwardPass.current?.whenDone { print(w.grad!) }
  ///       return nil
  ///     }
  ///
  /// Where the pass fails `body` is not called. In it another may be asked for.
  public func whenDone(_ body: @escaping () -> Void) {
    let thread = cr_thread()!
    guard thread.pointee.pass == id else {
      fail(
        TensorError(
          .gradient, "Final callbacks can only be installed during backward pass.",
          hint: "Ask BackwardPass.current in the hook or rule itself, on the thread of the pass.", operation: "whenDone"))
      return
    }
    let work: Work
    if let raw = thread.pointee.pass_work {
      work = Unmanaged<Work>.fromOpaque(raw).takeUnretainedValue()
    } else {
      work = Work()
      thread.pointee.pass_work = Unmanaged.passRetained(work).toOpaque()
    }
    work.callbacks.append(body)
  }

  private final class Work {
    var callbacks: [() -> Void] = []
  }

  /// Does what the pass on this thread has been asked to do at its end, or where it has failed forgets it.
  @inline(never)
  static func runWork(isDone: Bool) {
    let thread = cr_thread()!
    while let raw = thread.pointee.pass_work {
      thread.pointee.pass_work = nil
      let callbacks = Unmanaged<Work>.fromOpaque(raw).takeRetainedValue().callbacks
      if isDone { for callback in callbacks { callback() } }
    }
  }
}

import CKernels

/// A hook that can be taken off again.
public struct HookHandle: Sendable {
  private let nodes: [Node]
  private let id: UInt64

  init(nodes: [Node], id: UInt64) {
    self.nodes = nodes
    self.id = id
  }

  /// A handle of no hook, where one was refused.
  static let none = HookHandle(nodes: [], id: 0)

  /// Takes the hook off; a second call does nothing.
  ///
  /// It may be called from any thread and from the hook itself. A pass that has already come to the tensor still calls the hook.
  public func remove() {
    for node in nodes where node.hasExtra {
      node.changeExtra { extra in
        extra.hooks.removeAll { $0.id == id }
        extra.postHooks.removeAll { $0.id == id }
        extra.nodeHooks = extra.nodeHooks?.without(id)
      }
    }
  }

  nonisolated(unsafe) private static var lastID: UInt64 = 0

  /// A number that no other hook has.
  static func nextID() -> UInt64 { cr_next(&lastID) }
}

struct HookEntry {
  enum Body {
    /// The hook of one tensor; its result, where there is one, replaces the gradient.
    case one((Tensor) -> Tensor?)
    /// A hook over several tensors, of which this is one.
    case several(MultiGradHook, place: Int)
  }

  let id: UInt64
  let output: Int
  let body: Body
}

struct PostHookEntry {
  let id: UInt64
  let body: () -> Void
}

extension Node {
  /// Adds to the gradient that is kept of an output.
  func retain(_ gradient: Tensor, _ output: Int) {
    changeExtra { extra in
      let before = extra.retained[output] ?? nil
      extra.retained[output] = before.map { $0 + gradient } ?? gradient
    }
  }
}

extension Pass {
  /// Tensor hooks, then the retained gradient: PyTorch's order. A hook may replace the gradient.
  @inline(never)
  mutating func applyHooks(_ node: Node, _ gradient: Tensor?) -> Tensor? {
    guard let hooks = node.extra?.hooks else { return gradient }
    var gradient = gradient
    for hook in hooks {
      guard let current = hook.output == 0 ? gradient : output(of: node, hook.output) else { continue }
      switch hook.body {
      case .several(let all, let place): gather(current, for: all, place, at: node)
      case .one(let body):
        guard let new = body(current) else { continue }
        if hook.output == 0 { gradient = new } else { replaceOutput(node, hook.output, by: new) }
      }
    }
    // Asked for again: a hook may have called retainGrad().
    guard let extra = node.extra else { return gradient }
    for output in extra.retained.keys {
      if let arrived = output == 0 ? gradient : self.output(of: node, output) { node.retain(arrived, output) }
    }
    if let record = extra.record { record.gradients = record.outputs.indices.map { $0 == 0 ? gradient : self.output(of: node, $0) } }
    return gradient
  }

  @inline(never)
  func runPostHooks(_ node: Node) {
    for hook in node.extra?.postHooks ?? [] { hook.body() }
  }
}

extension Tensor {
  /// Calls `body` with the gradient of this tensor each time it is computed; the result, where there is one, replaces it.
  ///
  ///     let handle = y.registerHook { $0 * 2 }
  ///     handle.remove()
  ///
  /// - Note: Traps where the tensor does not require a gradient.
  @discardableResult
  public func registerHook(_ body: @escaping (Tensor) -> Tensor?) -> HookHandle {
    guard let node = nodeForHook("registerHook") else { return .none }
    let entry = HookEntry(id: HookHandle.nextID(), output: outputIndex, body: .one(body))
    node.changeExtra { $0.hooks.append(entry) }
    return HookHandle(nodes: [node], id: entry.id)
  }

  /// The node that a hook of this tensor's gradient belongs to; refused where there is none.
  func nodeForHook(_ operation: String) -> Node? {
    if isTracked, let node = box.head.pointee.node { return node }
    fail(
      TensorError(
        .gradient, "cannot register a hook on a tensor that doesn't require gradient",
        hint: "Create it with requiresGrad: true, or compute it from a tensor that was.", operation: operation
      ).describing([self]))
    return nil
  }

  /// Calls `body` each time a gradient has been added to this leaf's `grad`.
  @discardableResult
  public func registerPostAccumulateGradHook(_ body: @escaping (Tensor) -> Void) -> HookHandle {
    guard let leaf, isTracked else {
      fail(
        TensorError(
          .gradient, "post accumulate grad hooks cannot be registered on non-leaf tensors",
          hint: "Use registerHook(_:) for a computed tensor.", operation: "registerPostAccumulateGradHook"
        ).describing([self]))
      return .none
    }
    let box = self.box
    let entry = PostHookEntry(id: HookHandle.nextID()) { [weak box] in if let box { body(Tensor(box)) } }
    leaf.changeExtra { $0.postHooks.append(entry) }
    return HookHandle(nodes: [leaf], id: entry.id)
  }
}

/// A hook that can be taken off again.
public struct HookHandle: Sendable {
  private let node: Node
  private let id: UInt64

  init(node: Node, id: UInt64) {
    self.node = node
    self.id = id
  }

  /// Takes the hook off; a second call does nothing.
  public func remove() {
    node.extra?.hooks.removeAll { $0.id == id }
    node.extra?.postHooks.removeAll { $0.id == id }
  }
}

struct HookEntry {
  let id: UInt64
  let output: Int
  let body: (Tensor) -> Tensor?
}

struct PostHookEntry {
  let id: UInt64
  let body: () -> Void
}

extension NodeExtra {
  /// A number no other hook of this node has.
  func nextHookID() -> UInt64 {
    lastHookID += 1
    return lastHookID
  }
}

extension Pass {
  /// Tensor hooks, then the retained gradient: PyTorch's order. A hook may replace the gradient.
  @inline(never)
  mutating func applyHooks(_ node: Node, _ gradient: Tensor?) -> Tensor? {
    guard let extra = node.extra else { return gradient }
    var gradient = gradient
    for hook in extra.hooks {
      if hook.output == 0 {
        if let current = gradient, let new = hook.body(current) { gradient = new }
      } else {
        replaceOutput(node, hook.output, hook.body)
      }
    }
    for (output, _) in extra.retained {
      let current = output == 0 ? gradient : self.output(of: node, output)
      guard let current else { continue }
      if let before = extra.retained[output] ?? nil {
        extra.retained[output] = before + current
      } else {
        extra.retained[output] = current
      }
    }
    if let record = extra.record {
      for i in record.gradients.indices { record.gradients[i] = i == 0 ? gradient : self.output(of: node, i) }
    }
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
    guard isTracked, let node = box.head.pointee.node else {
      fail(
        TensorError(
          .gradient, "cannot register a hook on a tensor that doesn't require gradient",
          mend: "Create it with requiresGrad: true, or compute it from a tensor that was.", operation: "registerHook"
        ).describing([self]))
      return HookHandle(node: Node(), id: 0)
    }
    let extra = node.ensureExtra()
    let id = extra.nextHookID()
    extra.hooks.append(HookEntry(id: id, output: outputIndex, body: body))
    return HookHandle(node: node, id: id)
  }

  /// Calls `body` each time a gradient has been added to this leaf's `grad`.
  @discardableResult
  public func registerPostAccumulateGradHook(_ body: @escaping (Tensor) -> Void) -> HookHandle {
    guard let leaf, isTracked else {
      fail(
        TensorError(
          .gradient, "post accumulate grad hooks cannot be registered on non-leaf tensors",
          mend: "Use registerHook(_:) for a computed tensor.", operation: "registerPostAccumulateGradHook"
        ).describing([self]))
      return HookHandle(node: Node(), id: 0)
    }
    let extra = leaf.ensureExtra()
    let id = extra.nextHookID()
    let box = self.box
    extra.postHooks.append(PostHookEntry(id: id) { [weak box] in if let box { body(Tensor(box)) } })
    return HookHandle(node: leaf, id: id)
  }
}

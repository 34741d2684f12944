/// A hook of an optimizer's steps; it runs until it is removed.
public final class StepHookHandle {
  private let onRemove: () -> Void

  init(_ onRemove: @escaping () -> Void) { self.onRemove = onRemove }

  /// Takes the hook away.
  public func remove() { onRemove() }
}

extension Optimizer {
  /// Runs `hook` before each step, and before its closure.
  ///
  ///     optimizer.registerStepPreHook { optimizer in clipGradNorm(optimizer.groups.flatMap(\.parameters), maxNorm: 1) }
  ///
  /// Hooks run in the order in which they were registered.
  @discardableResult
  public func registerStepPreHook(_ hook: @escaping (Optimizer) -> Void) -> StepHookHandle { register(\.preHooks, hook) }

  /// Runs `hook` after each step.
  @discardableResult
  public func registerStepPostHook(_ hook: @escaping (Optimizer) -> Void) -> StepHookHandle { register(\.postHooks, hook) }

  private func register(_ hooks: ReferenceWritableKeyPath<Optimizer, [StepHook]>, _ hook: @escaping (Optimizer) -> Void) -> StepHookHandle {
    let new = StepHook(run: hook)
    self[keyPath: hooks].append(new)
    return StepHookHandle { [weak self, weak new] in self?[keyPath: hooks].removeAll { $0 === new } }
  }
}

/// What runs before or after a step.
final class StepHook {
  let run: (Optimizer) -> Void
  init(run: @escaping (Optimizer) -> Void) { self.run = run }
}

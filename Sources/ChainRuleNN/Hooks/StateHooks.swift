public import ChainRule

/// What is called before the state of a module is made; `prefix` is what stands before its names, such as `blocks.0.`.
public typealias StateDictPreHook = (_ module: any Module, _ prefix: String) -> Void
/// What is called with the state that has been made, which it may change.
public typealias StateDictPostHook = (_ module: any Module, _ state: inout NamedTensors, _ prefix: String) -> Void
/// What is called with a state before a module takes its part, which it may change: rename, add, take away.
public typealias LoadStateDictPreHook = (_ module: any Module, _ state: inout NamedTensors, _ prefix: String) -> Void
/// What is called when a module has taken its part of a state, with the names that the whole model or the whole state lacks: those it takes
/// away are not refused.
public typealias LoadStateDictPostHook = (_ module: any Module, _ keys: inout (missing: [String], unexpected: [String])) -> Void

/// Hooks of states, in the order in which `stateDict()` and `load(_:)` of a model come to them:
///
/// 1. `stateDict()` calls the pre-hooks of all modules inside, a module's before its parts', then takes the values;
/// 2. then the post-hooks, a module's after its parts'; each has the whole state.
/// 3. `load(_:)` renames (`renaming:`), then calls the load pre-hooks, a module's before its parts'; each has the whole state, and may put
///    tensors under other names, add some, or take some away;
/// 4. it compares names and shapes, and refuses shapes that differ;
/// 5. when all values are there it calls the load post-hooks, a module's after its parts'. Where names are then still missing or unknown and
///    `strict` is asked for, the values of before are put back, and the error is thrown.
///
/// Hooks of one module are called in the order in which they were registered. Those of copies are their own: `copy()` copies none.
extension Module {
  /// Calls `hook` before the state of this module, alone or inside another, is made; PyTorch's `register_state_dict_pre_hook`.
  ///
  ///     model.registerStateDictPreHook { module, _ in (module as? Averaged)?.settle() }
  @discardableResult
  public func registerStateDictPreHook(_ hook: @escaping StateDictPreHook) -> ModuleHookHandle {
    HookTable.addToState(hook, of: self, \.statePre)
  }

  /// Calls `hook` with the state in which this module's values are, before it is handed on; PyTorch's `register_state_dict_post_hook`.
  ///
  ///     head.registerStateDictPostHook { _, state, prefix in state[prefix + "temperature"] = nil }
  @discardableResult
  public func registerStateDictPostHook(_ hook: @escaping StateDictPostHook) -> ModuleHookHandle {
    HookTable.addToState(hook, of: self, \.statePost)
  }

  /// Calls `hook` with a state that is loaded, before this module takes its part; PyTorch's `register_load_state_dict_pre_hook`.
  ///
  ///     head.registerLoadStateDictPreHook { _, state, prefix in
  ///       if let old = state[prefix + "gamma"] {          // what the weight was called once
  ///         state[prefix + "weight"] = old
  ///         state[prefix + "gamma"] = nil
  ///       }
  ///     }
  @discardableResult
  public func registerLoadStateDictPreHook(_ hook: @escaping LoadStateDictPreHook) -> ModuleHookHandle {
    HookTable.addToState(hook, of: self, \.loadPre)
  }

  /// Calls `hook` when this module has taken its part of a state; PyTorch's `register_load_state_dict_post_hook`.
  ///
  ///     model.registerLoadStateDictPostHook { _, keys in keys.missing.removeAll { $0.hasPrefix("head.") } }
  @discardableResult
  public func registerLoadStateDictPostHook(_ hook: @escaping LoadStateDictPostHook) -> ModuleHookHandle {
    HookTable.addToState(hook, of: self, \.loadPost)
  }
}

/// The modules of a network that have hooks of states.
struct StateHooks {
  /// A module's before its parts'.
  private var outerFirst: [(module: any Module, prefix: String, hooks: HookLists)] = []
  /// A module's after its parts'.
  private var innerFirst: [(module: any Module, prefix: String, hooks: HookLists)] = []

  init(of root: any Module) {
    if HookTable.isEmpty { return }
    // The modules that hold the one at hand.
    var open: [(name: String, module: any Module)] = []
    func close() {
      let (name, module) = open.removeLast()
      if let hooks = HookTable.stateLists(of: module) { innerFirst.append((module, name.isEmpty ? "" : name + ".", hooks)) }
    }
    for case (let name, .module(let module)) in ModuleTree.entries(root) {
      while let last = open.last, !last.name.isEmpty, !name.hasPrefix(last.name + ".") { close() }
      open.append((name, module))
      if let hooks = HookTable.stateLists(of: module) { outerFirst.append((module, name.isEmpty ? "" : name + ".", hooks)) }
    }
    while !open.isEmpty { close() }
  }

  /// Whether there is a hook that looks at what has been loaded.
  var lookAtLoaded: Bool { innerFirst.contains { !$0.hooks.loadPost.isEmpty } }

  func beforeState() {
    for (module, prefix, hooks) in outerFirst { for entry in hooks.statePre { entry.hook(module, prefix) } }
  }

  func afterState(_ state: inout NamedTensors) {
    for (module, prefix, hooks) in innerFirst { for entry in hooks.statePost { entry.hook(module, &state, prefix) } }
  }

  func beforeLoad(_ module: any Module, _ state: inout NamedTensors, _ prefix: String) {
    for entry in HookTable.stateLists(of: module)?.loadPre ?? [] { entry.hook(module, &state, prefix) }
  }

  func afterLoad(_ keys: inout (missing: [String], unexpected: [String])) {
    for (module, _, hooks) in innerFirst { for entry in hooks.loadPost { entry.hook(module, &keys) } }
  }
}

public import ChainRule

/// What is called before a module's call, with its inputs; a list in return takes their place.
public typealias ForwardPreHook = (_ module: any Module, _ inputs: [Tensor]) -> [Tensor]?
/// What is called after a module's call, with its inputs and results; a list in return takes the place of the results.
public typealias ForwardHook = (_ module: any Module, _ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor]?
/// What is called before a backward pass goes through a module, with the gradients of its results (nil where none came); a list in return
/// takes their place.
public typealias BackwardPreHook = (_ module: any Module, _ gradOutputs: [Tensor?]) -> [Tensor?]?
/// What is called after a backward pass has gone through a module, with the gradients of its inputs and of its results; a list in return
/// takes the place of those of the inputs.
public typealias BackwardHook = (_ module: any Module, _ gradInputs: [Tensor?], _ gradOutputs: [Tensor?]) -> [Tensor?]?

/// A hook of a module, or of all modules, that can be taken off again.
public struct ModuleHookHandle: Sendable {
  private let id: UInt64

  init(id: UInt64) { self.id = id }

  /// Takes the hook off; a second call does nothing. It may be called from any thread and from the hook itself.
  public func remove() { HookTable.remove(id) }
}

// MARK: Registering

/// Hooks, in the order in which a call comes to them:
///
/// 1. forward pre-hooks: those of all modules, then the module's own;
/// 2. `forward`;
/// 3. forward hooks: those of all modules, then the module's own;
/// 4. in a backward pass, when the gradients of the results are there: backward pre-hooks, those of all modules first;
/// 5. when those of the inputs are there: backward hooks, those of all modules first. Where no input needs a gradient they are called at
///    once, with nil for each.
///
/// Hooks of one kind are called in the order in which they were registered, one with `prepend` before all others of its module. Tensor hooks
/// (`registerHook`) on a module's input come after its backward hooks, those on its result before its backward pre-hooks. Inputs and results
/// are the tensors of the call, in order, without options such as masks: x for a `Layer`; output, h, c for an `LSTM`.
extension Module {
  /// Calls `hook` before each call of this module, with its inputs; a list in return takes their place.
  ///
  ///     model.registerForwardPreHook { _, inputs in [inputs[0].clamp(min: -1, max: 1)] }
  ///
  /// A module whose call runs no hooks, because it has a `callAsFunction` of its own and is no `HookedModule`, is refused.
  @discardableResult
  public func registerForwardPreHook(prepend: Bool = false, _ hook: @escaping ForwardPreHook) -> ModuleHookHandle {
    HookTable.add(hook, to: self, \.forwardPre, prepend)
  }

  /// Calls `hook` after each call of this module, with its inputs and results; a list in return takes the place of the results.
  ///
  ///     var shapes: [[Int]] = []
  ///     let handle = model.registerForwardHook { _, _, outputs in shapes.append(outputs[0].shape); return nil }
  ///     handle.remove()
  ///
  /// A module whose call runs no hooks is refused; see `registerForwardPreHook(prepend:_:)`.
  @discardableResult
  public func registerForwardHook(prepend: Bool = false, _ hook: @escaping ForwardHook) -> ModuleHookHandle {
    HookTable.add(hook, to: self, \.forward, prepend)
  }

  /// Calls `hook` each time a backward pass comes to this module, with the gradients of its results; a list in return takes their place.
  ///
  /// A module whose call runs no hooks is refused; see `registerForwardPreHook(prepend:_:)`.
  @discardableResult
  public func registerFullBackwardPreHook(prepend: Bool = false, _ hook: @escaping BackwardPreHook) -> ModuleHookHandle {
    HookTable.add(hook, to: self, \.backwardPre, prepend)
  }

  /// Calls `hook` each time a backward pass has gone through this module, with the gradients of its inputs and of its results; a list in
  /// return takes the place of those of the inputs.
  ///
  ///     layer.registerFullBackwardHook { _, dx, dy in [dx[0].map { $0 * 0.5 }] }
  ///
  /// A module whose call runs no hooks is refused; see `registerForwardPreHook(prepend:_:)`.
  @discardableResult
  public func registerFullBackwardHook(prepend: Bool = false, _ hook: @escaping BackwardHook) -> ModuleHookHandle {
    HookTable.add(hook, to: self, \.backward, prepend)
  }
}

/// Calls `hook` before each call of any module: see `Module.registerForwardPreHook(prepend:_:)`.
@discardableResult
public func registerModuleForwardPreHook(_ hook: @escaping ForwardPreHook) -> ModuleHookHandle {
  HookTable.add(hook, to: nil, \.forwardPre, false)
}

/// Calls `hook` after each call of any module: see `Module.registerForwardHook(prepend:_:)`.
@discardableResult
public func registerModuleForwardHook(_ hook: @escaping ForwardHook) -> ModuleHookHandle {
  HookTable.add(hook, to: nil, \.forward, false)
}

/// Calls `hook` each time a backward pass comes to any module: see `Module.registerFullBackwardPreHook(prepend:_:)`.
@discardableResult
public func registerModuleFullBackwardPreHook(_ hook: @escaping BackwardPreHook) -> ModuleHookHandle {
  HookTable.add(hook, to: nil, \.backwardPre, false)
}

/// Calls `hook` each time a backward pass has gone through any module: see `Module.registerFullBackwardHook(prepend:_:)`.
@discardableResult
public func registerModuleFullBackwardHook(_ hook: @escaping BackwardHook) -> ModuleHookHandle {
  HookTable.add(hook, to: nil, \.backward, false)
}

// MARK: The table

/// The hooks of one module, or of all.
struct HookLists {
  struct Entry<Hook> {
    let id: UInt64
    let hook: Hook
  }
  var forwardPre: [Entry<ForwardPreHook>] = []
  var forward: [Entry<ForwardHook>] = []
  var backwardPre: [Entry<BackwardPreHook>] = []
  var backward: [Entry<BackwardHook>] = []
  /// The module's parameters that are computed at each call.
  var reparametrized: [Reparametrized] = []
  // Those of a module's state see no calls.
  var statePre: [Entry<StateDictPreHook>] = []
  var statePost: [Entry<StateDictPostHook>] = []
  var loadPre: [Entry<LoadStateDictPreHook>] = []
  var loadPost: [Entry<LoadStateDictPostHook>] = []

  /// Whether a call has to look at them.
  var seeCalls: Bool { !(forwardPre.isEmpty && forward.isEmpty && backwardPre.isEmpty && backward.isEmpty && reparametrized.isEmpty) }

  var isEmpty: Bool { !seeCalls && statePre.isEmpty && statePost.isEmpty && loadPre.isEmpty && loadPost.isEmpty }

  mutating func remove(_ id: UInt64) {
    statePre.removeAll { $0.id == id }
    statePost.removeAll { $0.id == id }
    loadPre.removeAll { $0.id == id }
    loadPost.removeAll { $0.id == id }
    forwardPre.removeAll { $0.id == id }
    forward.removeAll { $0.id == id }
    backwardPre.removeAll { $0.id == id }
    backward.removeAll { $0.id == id }
  }

  /// These, and after them `others`.
  func followed(by others: HookLists) -> HookLists {
    HookLists(
      forwardPre: forwardPre + others.forwardPre, forward: forward + others.forward, backwardPre: backwardPre + others.backwardPre,
      backward: backward + others.backward, reparametrized: others.reparametrized)
  }
}

/// All hooks there are. A table and not a property, because a module's class is the user's and declares nothing for us; a process without
/// hooks pays one test a call.
enum HookTable {
  private struct Owned {
    weak var module: (any Module)?
    var lists = HookLists()
  }
  private struct Table {
    var everywhere = HookLists()
    var modules: [ObjectIdentifier: Owned] = [:]
    var isEmpty: Bool { everywhere.isEmpty && modules.isEmpty }

    func lists(of module: any Module) -> HookLists? {
      // A new module may have the address of one that is gone.
      modules[ObjectIdentifier(module)].flatMap { $0.module === module ? $0.lists : nil }
    }
  }
  private static let table = SharedValue<Table>()

  /// Whether there is no hook anywhere.
  static var isEmpty: Bool { table.isEmpty }

  /// What a call of `module` runs; nil where it runs none.
  static func lists(of module: any Module) -> HookLists? {
    guard !table.isEmpty, let table = table.read() else { return nil }
    guard let own = table.lists(of: module), own.seeCalls else { return table.everywhere.isEmpty ? nil : table.everywhere }
    return table.everywhere.followed(by: own)
  }

  /// The hooks of the states of `module`; nil where there are none.
  static func stateLists(of module: any Module) -> HookLists? { table.isEmpty ? nil : table.read()?.lists(of: module) }

  /// Adds a hook of calls.
  static func add<Hook>(
    _ hook: Hook, to module: (any Module)?, _ list: WritableKeyPath<HookLists, [HookLists.Entry<Hook>]>, _ prepend: Bool
  ) -> ModuleHookHandle {
    let entry = HookLists.Entry(id: ModuleCalls.nextHook(), hook: hook)
    guard let module else {
      change { $0.everywhere[keyPath: list].append(entry) }
      return ModuleHookHandle(id: entry.id)
    }
    guard runsHooks(module) else {
      refuse(
        TensorError(
          .argument, "a hook of \(type(of: module)) would never run: the class has a call of its own",
          hint: "Define forward(_:) instead of callAsFunction(_:); or be a HookedModule, whose call goes through withHooks(_:_:).",
          operation: "registerHook"))
      return ModuleHookHandle(id: entry.id)
    }
    change(module) { $0[keyPath: list].insert(entry, at: prepend ? 0 : $0[keyPath: list].count) }
    return ModuleHookHandle(id: entry.id)
  }

  /// Adds a hook of states, which every module has.
  static func addToState<Hook>(
    _ hook: Hook, of module: any Module, _ list: WritableKeyPath<HookLists, [HookLists.Entry<Hook>]>
  ) -> ModuleHookHandle {
    let entry = HookLists.Entry(id: ModuleCalls.nextHook(), hook: hook)
    change(module) { $0[keyPath: list].append(entry) }
    return ModuleHookHandle(id: entry.id)
  }

  static func remove(_ id: UInt64) {
    if table.isEmpty { return }
    change { table in
      table.everywhere.remove(id)
      for identity in table.modules.keys { table.modules[identity]?.lists.remove(id) }
    }
  }

  /// The parameters of `module` that are computed at each call.
  static func reparametrized(of module: any Module) -> [Reparametrized] {
    table.isEmpty ? [] : lists(of: module)?.reparametrized ?? []
  }

  static func reparametrize(_ module: any Module, _ body: (inout [Reparametrized]) -> Void) {
    change(module) { body(&$0.reparametrized) }
  }

  /// Changes what one module has.
  private static func change(_ module: any Module, _ body: (inout HookLists) -> Void) {
    change { table in
      let identity = ObjectIdentifier(module)
      var own = table.modules[identity].flatMap { $0.module === module ? $0 : nil } ?? Owned(module: module)
      body(&own.lists)
      table.modules[identity] = own
    }
  }

  /// Changes the table, and forgets modules that are gone or have no hook left.
  private static func change(_ body: (inout Table) -> Void) {
    table.update { old in
      var table = old ?? Table()
      body(&table)
      table.modules = table.modules.filter { $0.value.module != nil && !$0.value.lists.isEmpty }
      return table.isEmpty ? nil : table
    }
  }
}

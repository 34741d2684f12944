public import ChainRule

/// A module that can make another like it: all layers and containers of the library.
protocol SelfCopying: Module {
  /// A module with the options of `other`, and copies of what it stores. Where a class adds to another's, each copies its own.
  init(copying other: Self, _ copier: ModuleCopier)
}

/// One copy of a network: what is stored in several places is copied once.
final class ModuleCopier {
  private var modules: [ObjectIdentifier: any Module] = [:]
  private var leaves: [ObjectIdentifier: Tensor] = [:]

  /// A copy of a module, in the same mode; the module itself, and refused, where its class has none.
  func callAsFunction<M: Module>(_ module: M) -> M {
    if let known = modules[ObjectIdentifier(module)] as? M { return known }
    guard let copying = module as? any SelfCopying, let copy = made(copying) as? M else {
      refuse(
        TensorError(
          .argument, "\(type(of: module)) cannot copy itself",
          hint: "Say how one is made: model.copy { \(type(of: module))() }, or model.frozen { \(type(of: module))() }.", operation: "copy"))
      return module
    }
    modules[ObjectIdentifier(module)] = copy
    let computed = HookTable.reparametrized(of: module)
    if !computed.isEmpty { HookTable.reparametrize(copy) { $0 = computed.map { $0.copied(self) } } }
    if !module.isTraining { copy.isTraining = false }
    return copy
  }

  private func made<M: SelfCopying>(_ module: M) -> any Module { type(of: module).init(copying: module, self) }

  /// The same for what is stored as any layer.
  func any(_ layer: any Layer) -> any Layer { self(layer) }

  /// The same for what is stored as any module.
  func any(_ module: any Module) -> any Module { self(module) }

  /// The same for what makes a parameter.
  func parametrization(_ module: any Parametrization) -> any Parametrization { self(module) }

  func callAsFunction<M: Module>(_ module: M?) -> M? { module.map { self($0) } }
  func callAsFunction<M: Module>(_ modules: [M]) -> [M] { modules.map { self($0) } }

  /// A leaf with the same value; a constant is itself.
  func callAsFunction(_ tensor: Tensor) -> Tensor {
    guard let identity = tensor.leafIdentity else { return tensor }
    if let known = leaves[identity] { return known }
    let value = tensor.detach()
    var copy = tensor.isParameter ? value.asParameter(requiresGrad: tensor.requiresGrad) : value.asLeaf(requiresGrad: tensor.requiresGrad)
    if let name = tensor.name { copy = copy.named(name) }
    leaves[identity] = copy
    return copy
  }

  func callAsFunction(_ tensor: Tensor?) -> Tensor? { tensor.map { self($0) } }

  func callAsFunction(_ buffer: Buffer) -> Buffer { Buffer(copying: buffer, cell: self(buffer.tensor)) }

  func callAsFunction(_ buffer: Buffer?) -> Buffer? { buffer.map { self($0) } }
}

extension Module {
  /// A module like this one, with values of its own: parameters, buffers, which of them are frozen, and modes are as they are here; gradients
  /// and hooks are not copied. What is tied here is tied there.
  ///
  ///     let before = model.copy()
  ///
  /// The layers, containers and models of the library copy themselves. A class of yours says how one is made: `copy { Net() }`. Without it it
  /// is refused.
  public func copy() -> Self { ModuleCopier()(self) }

  /// A module that `make` makes, with the parameters, buffers and modes of this one, which it has by the same names.
  ///
  ///     let before = model.copy { Net() }
  ///
  /// A name or a shape that one of them lacks is refused, with the report of `load(_:strict:assign:renaming:)`.
  public func copy(_ make: () throws -> Self) rethrows -> Self {
    let copy = try make()
    if let difference = ModuleTree.adopt(self, by: copy) {
      refuse(
        TensorError(
          .argument, difference.description, hint: "The module that is made has the parts of the one that is copied.", operation: "copy"))
    }
    return copy
  }

  /// A copy of this module as it is now, in evaluation and without gradients, for any thread or task to call.
  ///
  ///     let served = model.frozen()
  ///     await withTaskGroup { group in for x in batches { group.addTask { served(x) } } }
  ///
  /// The layers, containers and models of the library copy themselves; a class of yours says how one is made: `frozen { Net() }`.
  public func frozen() -> Frozen<Self> { Frozen(copy()) }

  /// The same of a module that `make` makes: see `copy(_:)`.
  public func frozen(_ make: () throws -> Self) rethrows -> Frozen<Self> { Frozen(try copy(make)) }
}

/// A module that nobody changes any more: a snapshot in evaluation, without gradients, that any number of threads and tasks call at once.
///
///     let served: Frozen<Sequential> = model.frozen()       // as a global, in an actor, in a task group
///     let y = served(x)
///
/// Its calls record nothing. Nothing that they read is written: batch normalisations use their running statistics, dropouts do nothing.
public struct Frozen<Model: Module>: @unchecked Sendable, CustomStringConvertible {
  // Whoever holds this holds it alone: `copy` made it, and nothing hands it out but for the time of a call.
  private let model: Model

  init(_ copy: Model) {
    model = copy
    copy.eval()
    copy.requiresGrad(false)
  }

  /// Applies the model.
  public func callAsFunction(_ x: Tensor) -> Tensor where Model: Layer { noGrad { model(x) } }

  /// Runs `body` with the model, without recording: for models that take other than one tensor. It must not change the model or keep it.
  ///
  ///     let (output, state) = served.apply { $0(x, state) }
  public func apply<R>(_ body: (Model) throws -> R) rethrows -> R { try noGrad { try body(model) } }

  /// The values: see `Module.stateDict()`.
  public func stateDict() -> NamedTensors { model.stateDict() }

  /// The tree that the model prints.
  public var description: String { model.description }
}

public import ChainRule

/// What makes a parameter of others: `registerParametrization(_:_:_:)` puts one between the numbers that are trained and the parameter that a
/// layer reads.
///
///     final class Symmetric: Parametrization {
///       func forward(_ originals: [Tensor]) -> Tensor { (originals[0] + originals[0].transposed(0, 1)) / 2 }
///     }
///     registerParametrization(layer, "weight", Symmetric())
public protocol Parametrization: Module {
  /// The parameter, made of the tensors that are trained: one, unless `rightInverse(_:)` gives more.
  func forward(_ originals: [Tensor]) -> Tensor
  /// What is to be trained so that `forward` gives `value`, or something near it: the value itself unless a class says more.
  func rightInverse(_ value: Tensor) -> [Tensor]
}

extension Parametrization {
  /// The value itself.
  public func rightInverse(_ value: Tensor) -> [Tensor] { [value] }
}

/// Makes the parameter `name` of `module` what `parametrization` makes of others, which are trained in its place; of several that are
/// registered each takes the result of the one before.
///
/// In a state the others are `parametrizations.NAME.original`, or `original0`, `original1` where there are several, as in PyTorch. The parameter
/// is computed anew at each call of the module; the property holds the value of the last call in training. Refused are a name without a
/// parameter, a module whose call runs no hooks, and a parametrization that gives another shape or type.
///
/// - Returns: the module.
@discardableResult
public func registerParametrization<M: Module>(_ module: M, _ name: String, _ parametrization: any Parametrization) -> M {
  if let known = Reparametrized.of(module, name) {
    guard let list = known.list else {
      refuse(Reparametrized.problem(module, "'\(name)' is pruned: no parametrization can be added", "Make the pruning permanent first."))
      return module
    }
    // The last one gives the parameter, so a further one must take over where it is now.
    let value = noGrad { list.value() }
    guard parametrization.rightInverse(value).count == 1 else {
      refuse(
        Reparametrized.problem(
          module, "a parametrization of several tensors must be the first one", "Register it before the others."))
      return module
    }
    parametrization.train(module.isTraining)
    list.parts.append(parametrization)
    return module
  }
  guard let cell = Reparametrized.parameter(module, name) else { return module }
  parametrization.train(module.isTraining)
  let value = cell.detach()
  let originals = parametrization.rightInverse(value).map { $0.detach().asParameter(requiresGrad: cell.requiresGrad) }
  let made = noGrad { parametrization.forward(originals.map { $0.detach() }) }
  if isErrorPending { return module }
  guard made.shape == value.shape, made.dtype == value.dtype else {
    refuse(
      Reparametrized.problem(
        module,
        "Registering a parametrization may not change the shape or the type of the tensor: '\(name)' is \(value.dtype.name) \(value.shape), "
          + "and would be \(made.dtype.name) \(made.shape)", "A parametrization gives a tensor like the one that it is of."))
    return module
  }
  Reparametrized(name: name, cell: cell, list: ParametrizationList(originals, [parametrization])).install(on: module, value: made)
  return module
}

/// Whether a parameter of `module`, or that of this name, is made of others.
public func isParametrized(_ module: any Module, _ name: String? = nil) -> Bool {
  HookTable.reparametrized(of: module).contains { $0.list != nil && (name == nil || $0.name == name) }
}

/// Makes the parameter `name` of `module` one of its own again, with the value that it has now.
///
/// - Returns: the module.
@discardableResult
public func removeParametrizations<M: Module>(_ module: M, _ name: String) -> M {
  guard let known = Reparametrized.of(module, name), known.list != nil else {
    refuse(Reparametrized.problem(module, "\(type(of: module)) does not have a parametrization on \(name)", "isParametrized tells."))
    return module
  }
  known.uninstall(from: module)
  return module
}

/// The parametrizations of one parameter, and the tensors that they make it of.
public final class ParametrizationList: Module {
  /// What is trained.
  public let originals: [Tensor]
  /// What makes the parameter of it, in order.
  public internal(set) var parts: [any Parametrization]

  init(_ originals: [Tensor], _ parts: [any Parametrization]) {
    self.originals = originals
    self.parts = parts
  }
  convenience init(copying other: ParametrizationList, _ copier: ModuleCopier) {
    self.init(other.originals.map { copier($0) }, other.parts.map { copier.parametrization($0) })
  }

  /// The parameter.
  public func value() -> Tensor {
    guard let first = parts.first else { return originals[0] }
    return parts.dropFirst().reduce(first.forward(originals)) { $1.forward([$0]) }
  }
}

extension ParametrizationList: MemberListing {
  var listedMembers: [(name: String, member: ModuleTree.Member)] {
    let tensors = originals.enumerated().map { i, tensor in
      (name: originals.count == 1 ? "original" : "original\(i)", member: ModuleTree.Member.parameter(tensor))
    }
    return tensors + parts.enumerated().map { ("\($0)", .module($1)) }
  }
}

// MARK: What stands in a parameter's place

/// A parameter of a module that is computed at each call: by parametrizations, or as what a mask leaves of it.
final class Reparametrized: @unchecked Sendable {
  let name: String
  /// What the module stores and reads; in its calls the computed value stands for it.
  let cell: Tensor
  let list: ParametrizationList?
  let pruned: (original: Tensor, mask: Buffer)?

  init(name: String, cell: Tensor, list: ParametrizationList) {
    self.name = name
    self.cell = cell
    self.list = list
    pruned = nil
  }

  init(name: String, cell: Tensor, original: Tensor, mask: Buffer) {
    self.name = name
    self.cell = cell
    list = nil
    pruned = (original, mask)
  }

  /// The value now.
  func value() -> Tensor {
    if let list { return list.value() }
    guard let pruned else { return cell }
    return pruned.original * pruned.mask.value.to(pruned.original.dtype)
  }

  /// The parameter of this name, if it can be made one that is computed; refused, and nil, where not.
  static func parameter(_ module: any Module, _ name: String) -> Tensor? {
    guard runsHooks(module) else {
      refuse(
        problem(
          module, "'\(name)' of \(type(of: module)) cannot be computed at each call: the class has a call of its own",
          "Define forward(_:) instead of callAsFunction(_:); or be a HookedModule, whose call goes through withHooks(_:_:)."))
      return nil
    }
    for case (name, .parameter(let cell)) in ModuleTree.members(module) { return cell }
    refuse(problem(module, "Module '\(type(of: module))' does not have a parameter with name '\(name)'", "namedParameters() lists them."))
    return nil
  }

  static func of(_ module: any Module, _ name: String) -> Reparametrized? {
    HookTable.reparametrized(of: module).first { $0.name == name }
  }

  static func problem(_ module: any Module, _ message: String, _ hint: String) -> TensorError {
    TensorError(.argument, message, hint: hint, operation: "\(type(of: module))")
  }

  func install(on module: any Module, value: Tensor) {
    var cell = cell
    cell.zeroGrad()
    cell.requiresGrad = false
    cell.data = value
    HookTable.reparametrize(module) { $0.append(self) }
  }

  /// Gives the cell the value that it has now.
  func uninstall(from module: any Module) {
    let value: Tensor = noGrad { self.value().detach() }
    if isErrorPending { return }
    var cell = cell
    cell.data = value
    cell.requiresGrad = (list?.originals.first ?? pruned?.original)?.requiresGrad ?? true
    HookTable.reparametrize(module) { all in all.removeAll { $0 === self } }
  }

  /// What the module's members are with these in the place of their parameters.
  static func members(
    _ members: [(name: String, member: ModuleTree.Member)], _ all: [Reparametrized]
  ) -> [(name: String, member: ModuleTree.Member)] {
    let names = Set(all.map(\.name)), lists = ModuleDictionary()
    var result = members.filter { name, member in if case .parameter = member { !names.contains(name) } else { true } }
    for item in all {
      if let pruned = item.pruned {
        result.append(("\(item.name)_orig", .parameter(pruned.original)))
        result.append(("\(item.name)_mask", .buffer(pruned.mask)))
      } else if let list = item.list {
        lists[item.name] = list
      }
    }
    if !lists.names.isEmpty { result.append(("parametrizations", .module(lists))) }
    return result
  }

  /// Runs a call in which the computed values stand for the parameters.
  static func standing<R>(_ all: [Reparametrized], of module: any Module, _ body: () -> R) -> R {
    if all.isEmpty { return body() }
    let values = all.map { (leaf: $0.cell, value: $0.value()) }
    if module.isTraining, !isErrorPending { for (cell, value) in values { cell.data = value.detach() } }
    return withSubstitutions(values, body)
  }

  func copied(_ copier: ModuleCopier) -> Reparametrized {
    if let pruned { return Reparametrized(name: name, cell: copier(cell), original: copier(pruned.original), mask: copier(pruned.mask)) }
    return Reparametrized(name: name, cell: copier(cell), list: list.map { ParametrizationList(copying: $0, copier) } ?? .init([], []))
  }
}

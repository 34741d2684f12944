public import ChainRule

/// A module whose own call runs hooks, through `withHooks(_:_:)`: for what takes or returns other than one tensor.
///
///     final class Scorer: HookedModule {
///       let map = Linear(8, 8)
///       func callAsFunction(_ a: Tensor, _ b: Tensor) -> Tensor {
///         withHooks([a, b]) { [(map($0[0]) * $0[1]).sum(dim: -1)] }[0]
///       }
///     }
public protocol HookedModule: Module {}

extension HookedModule {
  /// Runs `call` as the call of this module: with its hooks, the watch of `withFiniteChecks` and the eyes of `summary`.
  ///
  /// - Parameters:
  ///   - inputs: the tensors that go in, in order.
  ///   - call: what the module computes of them, or of what hooks put in their place.
  /// - Returns: the results, or what hooks put in their place: as many as `call` returned.
  public func withHooks(_ inputs: [Tensor], _ call: ([Tensor]) -> [Tensor]) -> [Tensor] {
    isWatched ? watchedCall(self, inputs, call) : call(inputs)
  }
}

extension Layer where ForwardResult == Tensor {
  /// Applies the layer: hooks, `forward`, and hooks again.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    isWatched ? watchedCall(self, [x]) { [forward($0[0])] }[0] : forward(x)
  }
}

extension Layer {
  static var callsForward: Bool { ForwardResult.self == Tensor.self }
}

/// Applies `layer` as a part of another whose call is watched: what watches sees it also where it has a call of its own.
func watched(_ layer: some Layer, _ x: Tensor) -> Tensor {
  type(of: layer).callsForward ? layer(x) : watchedCall(layer, [x]) { [layer($0[0])] }[0]
}

/// Whether a module's call runs hooks.
func runsHooks(_ module: any Module) -> Bool {
  module is any HookedModule || (module as? any Layer).map { type(of: $0).callsForward } ?? false
}

/// Whether something may be looking at calls; all that a call pays where nothing is.
var isWatched: Bool { ModuleCalls.areWatched || !HookTable.isEmpty }

/// A call with all that watches it.
@inline(never)
func watchedCall(_ module: any Module, _ inputs: [Tensor], _ call: ([Tensor]) -> [Tensor]) -> [Tensor] {
  moduleScope(module) {
    let observer = ModuleCalls.observer
    observer?.begin(module, inputs)
    var outputs = HookTable.lists(of: module).map { HookedCall(module, $0).run(inputs, call) } ?? call(inputs)
    // A call that refused something has poison for all that it returns.
    if outputs.isEmpty, isErrorPending { outputs = inputs }
    observer?.end(module, inputs, outputs)
    return outputs
  }
}

/// One call of a module that has hooks, and the backward passes through it.
private final class HookedCall: @unchecked Sendable {
  private let module: any Module
  private let hooks: HookLists
  /// The gradients of the results, for the hooks that wait for those of the inputs.
  private let gradOutputs = SharedValue<[Tensor?]>()

  init(_ module: any Module, _ hooks: HookLists) {
    self.module = module
    self.hooks = hooks
  }

  func run(_ inputs: [Tensor], _ call: ([Tensor]) -> [Tensor]) -> [Tensor] {
    refuseInPlan("a module has hooks", hint: "What a hook does beside computing would be done once: remove it, or run without compile.")
    var inputs = inputs
    for entry in hooks.forwardPre {
      if let new = entry.hook(module, inputs) { inputs = checked(new, inputs, "Forward pre hook", "input") }
    }
    let seesGradients = !hooks.backward.isEmpty || !hooks.backwardPre.isEmpty
    let hasTrackedInput = inputs.contains { $0.requiresGrad && $0.dtype.isFloatingPoint }
    let entered = seesGradients && hasTrackedInput ? bounded(inputs) { [self] in leaving($0) } : inputs
    var outputs = Reparametrized.standing(hooks.reparametrized, of: module) { call(entered) }
    for entry in hooks.forward {
      if let new = entry.hook(module, inputs, outputs) { outputs = checked(new, outputs, "Forward hook", "output") }
    }
    guard seesGradients, isGradEnabled else { return outputs }
    return bounded(outputs) { [self] in entering($0, inputs.count, hasTrackedInput: hasTrackedInput) }
  }

  /// What the boundary makes of the tensors that can have gradients; the others stay.
  private func bounded(_ tensors: [Tensor], _ body: @escaping ([Tensor?]) -> [Tensor?]) -> [Tensor] {
    let places = tensors.indices.filter { tensors[$0].requiresGrad && tensors[$0].dtype.isFloatingPoint }
    if places.isEmpty || isErrorPending { return tensors }
    let count = tensors.count
    let found = ModuleCalls.boundary(places.map { tensors[$0] }) { gradients in
      var all = [Tensor?](repeating: nil, count: count)
      for (place, gradient) in zip(places, gradients) { all[place] = gradient }
      let results = body(all)
      return places.map { results[$0] }
    }
    guard found.count == places.count else { return tensors }
    var result = tensors
    for (place, tensor) in zip(places, found) { result[place] = tensor }
    return result
  }

  /// A backward pass comes to the results.
  private func entering(_ gradients: [Tensor?], _ inputCount: Int, hasTrackedInput: Bool) -> [Tensor?] {
    var gradients = gradients
    for entry in hooks.backwardPre {
      if let new = entry.hook(module, gradients) { gradients = checked(new, gradients, "Backward pre hook", "grad_output") }
    }
    if hasTrackedInput {
      let kept = gradients
      gradOutputs.update { _ in kept }
      return gradients
    }
    let none = [Tensor?](repeating: nil, count: inputCount)
    for entry in hooks.backward {
      guard let new = entry.hook(module, none, gradients), new.contains(where: { $0 != nil }) else { continue }
      refuse(
        TensorError(
          .gradient,
          "Backward hook for Modules where no input requires gradient should always return None or None for all gradients.",
          hint: "Return nil: there is nobody to give the gradient to.", operation: "\(type(of: module))"))
    }
    return gradients
  }

  /// It has come to the inputs.
  private func leaving(_ gradients: [Tensor?]) -> [Tensor?] {
    let before = gradOutputs.read() ?? []
    // A gradient with a graph holds this call by it.
    gradOutputs.update { _ in nil }
    var gradients = gradients
    for entry in hooks.backward {
      if let new = entry.hook(module, gradients, before) { gradients = checked(new, gradients, "Backward hook", "grad_input") }
    }
    return gradients
  }

  /// What a hook returned; what was there before, and refused, where that is another number of tensors.
  private func checked<T>(_ new: [T], _ old: [T], _ kind: String, _ what: String) -> [T] {
    if new.count == old.count { return new }
    refuse(
      TensorError(
        .argument, "\(kind) returned an invalid number of \(what), got \(new.count), but expected \(old.count)",
        hint: "Return nil to leave them as they are.", operation: "\(type(of: module))"))
    return old
  }
}

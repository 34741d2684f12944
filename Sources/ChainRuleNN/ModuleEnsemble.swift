public import ChainRule

/// The parameters and the buffers of several modules of one kind, each stacked along a new first dimension: an ensemble that `vmap` runs at
/// once. As `torch.func.stack_module_state`.
///
///     let models = (0..<5).map { _ in Linear(3, 1) }
///     let (parameters, buffers) = stackModuleState(models)
///     let run = vmap({ (state: NamedTensors, x: Tensor) in functionalCall(models[0], state, x) }, inDims: (0, nil))
///     run(parameters.merging(buffers), x)       // [5, batch, 1]
///
/// The parameters are leaves of their own where those of the modules require gradients: an optimizer may have them. The modules are of one
/// class, with the same parts and shapes, and all train or none does; else it is refused.
public func stackModuleState<M: Module>(_ modules: [M]) -> (parameters: NamedTensors, buffers: NamedTensors) {
  func refused(_ message: String, _ hint: String) -> (NamedTensors, NamedTensors) {
    refuse(TensorError(.argument, message, hint: hint, operation: "stackModuleState"))
    return ([:], [:])
  }
  guard let first = modules.first else {
    return refused("stack_module_state: Expected at least one model, got 0.", "Pass the modules of the ensemble.")
  }
  guard modules.allSatisfy({ $0.isTraining == first.isTraining }) else {
    return refused(
      "stack_module_state: Expected all models to have the same training/eval mode.", "Call train() or eval() of all of them.")
  }
  guard modules.allSatisfy({ type(of: $0) == type(of: first) }) else {
    return refused("stack_module_state: Expected all models to be of the same class.", "vmap runs the code of one module for all.")
  }
  let parameters = modules.map { NamedTensors($0.namedParameters().map { (name: $0.name, tensor: $0.tensor) }) }
  let buffers = modules.map { NamedTensors($0.namedBuffers().map { (name: $0.name, tensor: $0.buffer.tensor) }) }
  var stacked: [NamedTensors] = []
  for states in [parameters, buffers] {
    var all: NamedTensors = [:]
    for name in states[0].names {
      let tensors = states.compactMap { $0[name] }, isTrained = tensors.filter(\.requiresGrad).count
      guard tensors.count == modules.count, states.allSatisfy({ $0.count == states[0].count }) else {
        return refused("stack_module_state: Expected all models to have the same parts; \(name) is not in all", "Make them alike.")
      }
      guard isTrained == 0 || isTrained == modules.count else {
        return refused("Expected \(name) from each model to have the same .requires_grad", "Freeze it in all of them, or in none.")
      }
      let values = stack(tensors.map { $0.detach() })
      all[name] = isTrained == 0 ? values : values.asLeaf()
    }
    stacked.append(all)
  }
  return (stacked[0], stacked[1])
}

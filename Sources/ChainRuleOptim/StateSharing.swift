import ChainRule

/// How several processes share the steps of one optimizer, so that each keeps the state of a part of the elements only.
package protocol StateSharing: AnyObject {
  /// One step: every parameter with a gradient is updated, here or elsewhere, and stands whole in its leaf afterwards.
  func step(_ optimizer: Optimizer)
  /// The whole states, from all processes; each of them asks at the same time.
  func wholeStates(_ optimizer: Optimizer) -> [ObjectIdentifier: Optimizer.ParameterState]
  /// Keeps this process's part of whole states.
  func keep(_ states: [ObjectIdentifier: Optimizer.ParameterState], _ optimizer: Optimizer)
}

extension Optimizer {
  /// Has the steps shared from here on; a state that is there is shared too.
  ///
  /// Each element must be updated by its own gradient and state alone, as those of Adam and SGD are: other optimizers are refused.
  package func share(_ sharing: any StateSharing) {
    if self is LBFGS || self is Muon || self is Adafactor || self is SparseAdam {
      refuse(
        TensorError(
          .argument, "\(name) cannot be shared between processes: its update of an element looks at others",
          hint: "Use one that updates each element by itself, such as AdamW.", operation: "shardedOptimizer"))
      return
    }
    self.sharing = sharing
    sharing.keep(states, self)
    states = [:]
  }
}

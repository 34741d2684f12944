import CKernels

/// What the open scopes have told a thread, for another one that goes on with its work while it waits.
package struct ThreadScopes: @unchecked Sendable {
  private let modes: Modes?
  private let state: cr_thread_state

  /// What they have told this thread.
  package init() {
    modes = Modes.currentIfAny
    state = cr_thread().pointee
  }

  /// Runs `body` on a thread without scopes as it would run on the other thread.
  ///
  /// - Returns: the error that an operation has met, where the other thread catches them.
  package func run(_ body: () -> Void) -> TensorError? {
    let thread = cr_thread()!, before = thread.pointee, own = modes.map { Modes(continuing: $0) }
    thread.pointee.no_grad = state.no_grad
    thread.pointee.default_dtype = state.default_dtype
    thread.pointee.threads = state.threads
    thread.pointee.slow = state.slow
    // A node that is made here may stand on one of the other thread, and runs before it in a backward pass.
    thread.pointee.sequence = Swift.max(state.sequence, before.sequence)
    thread.pointee.modes = own.map { Unmanaged.passUnretained($0).toOpaque() }
    withExtendedLifetime(own) { body() }
    (thread.pointee.slow, thread.pointee.modes) = (before.slow, before.modes)
    return own?.catching?.error
  }
}

import CKernels

/// Releases graphs without recursion: a chain of a million nodes must not need a million stack frames.
///
/// A release that is the last one runs the object's `deinit`, which releases what it holds, and so on. A few levels of that
/// are fine and fast; beyond the kernels' limit the objects are set aside and released by the outermost call.
final class ReleaseQueue {
  private var waiting: [AnyObject] = []

  /// Releases `reference` and clears it.
  @inline(__always)
  static func release<T: AnyObject>(_ reference: inout T?) {
    guard reference != nil else { return }
    guard cr_release_enter() else { return postpone(&reference) }
    reference = nil
    if cr_release_leave() { drain() }
  }

  /// Releases a reference that its holder counts by hand.
  @inline(__always)
  static func release<T: AnyObject>(_ owned: Unmanaged<T>) {
    guard cr_release_enter() else {
      var reference: T? = owned.takeRetainedValue()
      return postpone(&reference)
    }
    owned.release()
    if cr_release_leave() { drain() }
  }

  @inline(never)
  private static func postpone<T: AnyObject>(_ reference: inout T?) {
    // Only the last reference runs a deinit; any other release is harmless now.
    if isKnownUniquelyReferenced(&reference), let object = reference {
      let thread = cr_thread()!
      let queue: ReleaseQueue
      if let raw = thread.pointee.release_queue {
        queue = Unmanaged<ReleaseQueue>.fromOpaque(raw).takeUnretainedValue()
      } else {
        queue = ReleaseQueue()
        thread.pointee.release_queue = Unmanaged.passRetained(queue).toOpaque()
      }
      queue.waiting.append(object)
    }
    reference = nil
  }

  @inline(never)
  private static func drain() {
    let thread = cr_thread()!
    guard let raw = thread.pointee.release_queue else { return }
    let queue = Unmanaged<ReleaseQueue>.fromOpaque(raw).takeUnretainedValue()
    _ = cr_release_enter()
    while let object = queue.waiting.popLast() { withExtendedLifetime(object) {} }
    thread.pointee.release_queue = nil
    _ = cr_release_leave()
    Unmanaged<ReleaseQueue>.fromOpaque(raw).release()
  }
}

import CKernels

/// How many threads the kernels use, the calling one included: what `setThreadCount` said, else the environment's `CHAINRULE_THREADS`, else
/// the processors that this process may use. PyTorch's `torch.get_num_threads()`.
public var threadCount: Int { Int(cr_thread_count()) }

/// Says how many threads the kernels use from now on, the calling one included; PyTorch's `torch.set_num_threads`.
///
/// Results do not depend on it, to the last bit. The pool is one for the process: an operation that finds it at work for another thread
/// runs on its own thread alone.
///
///     setThreadCount(1)    // in a server, say, whose tasks fill the processors
///
/// - Parameter count: 1 or more; more than 256 count as 256.
///
/// Traps, and throws inside `catching`, where `count` is not positive.
public func setThreadCount(_ count: Int) {
  guard count > 0 else {
    fail(
      TensorError(
        .argument, "setThreadCount expects a positive integer, got \(count)", hint: "Use 1 for the calling thread alone.",
        operation: "setThreadCount"))
    return
  }
  cr_set_thread_count(Int32(clamping: count))
}

/// Runs `body` with at most `count` threads for the kernels that it calls, on this thread; 1 leaves the pool to others.
///
/// Results do not depend on it, to the last bit.
///
///     withThreadCount(1) { model(request) }    // predictions beside a training that uses them all
///
/// Traps, and throws inside `catching`, where `count` is not positive.
public func withThreadCount<R, E: Error>(_ count: Int, _ body: () throws(E) -> R) throws(E) -> R {
  guard count > 0 else {
    fail(
      TensorError(
        .argument, "withThreadCount expects a positive integer, got \(count)", hint: "Use 1 for the calling thread alone.",
        operation: "withThreadCount"))
    return try body()
  }
  let thread = cr_thread()!, previous = thread.pointee.threads
  thread.pointee.threads = UInt16(clamping: count)
  defer { thread.pointee.threads = previous }
  return try body()
}

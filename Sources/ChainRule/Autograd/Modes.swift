import CKernels

/// What the slow path of an operation must know, per thread; nothing of it follows into another thread.
///
/// The fast path reads one counter, `cr_thread_state.slow`; a scope that changes how operations behave raises it.
final class Modes {
  var catching: CatchFrame?
  /// The open transforms, outermost first. The level of one is its place, counted from 1.
  private(set) var levels: [OpenLevel] = []
  /// How many transforms are open: the level of the innermost.
  var depth: Int { levels.count }
  /// The open `vmap` scopes, outermost first.
  var vmaps: [Vectorized.Scope] = []
  /// The levels of the open `dualLevel` scopes, outermost first.
  var dualLevels: [Int] = []
  /// The `vmap` scopes whose batch is being taken apart, one example after the other; the one that began last is the last.
  var loops: [Vectorized.Loop] = []
  /// How many transforms were open when the forward computation began that runs now; 0 where none does. It sees nothing of them.
  var forwardDepth = 0
  /// Where a run may be undone: what it has changed.
  var journal: Journal?
  var substitutions: [ObjectIdentifier: Tensor] = [:]
  var recorder: Recorder?
  var profiler: Profiler?
  /// Where this thread has a default generator of its own.
  var generator: Generator?
  /// Where operations note where they were called, and passes look for NaN.
  var anomalies: AnomalyDetection?
  /// Where `withFiniteChecks` is open.
  var finite: FiniteWatch?
  /// Where a checkpoint keeps some results.
  var selection: CheckpointSelection?
  /// How what operations save is packed.
  var packer: SavedTensorPacker?
  /// Where a compiled function is recorded.
  var tracer: Tracer?
  /// Who sees the calls of modules.
  var calls: (any CallObserver)?
  /// Who adds up the parts of a batch.
  var batchSum: (any BatchSum)?
  private var scopes = 0

  init() {}

  /// The same for another thread, which has errors of its own.
  init(continuing other: Modes) {
    catching = other.catching.map { _ in CatchFrame() }
    (levels, vmaps, dualLevels, loops, forwardDepth) = (other.levels, other.vmaps, other.dualLevels, other.loops, other.forwardDepth)
    (journal, substitutions, recorder, profiler) = (other.journal, other.substitutions, other.recorder, other.profiler)
    (generator, anomalies, finite, selection) = (other.generator, other.anomalies, other.finite, other.selection)
    (packer, tracer, calls, batchSum) = (other.packer, other.tracer, other.calls, other.batchSum)
    // Its owner frees it, and no scope that is opened and closed on it.
    scopes = 1
  }

  /// A transform that runs.
  struct OpenLevel {
    /// A number that no other transform has, so that what escapes from one is not taken for a later one's of the same level.
    let id: UInt64
    /// Whether what the transform computes is recorded further out.
    let recordsOutside: Bool
    /// The leaves made in it.
    var leaves: [WeakLeaf] = []
  }

  struct WeakLeaf {
    weak var leaf: LeafNode?
  }

  nonisolated(unsafe) private static var lastLevel: UInt64 = 0

  /// This thread's modes, where any scope is open.
  static var currentIfAny: Modes? {
    guard let raw = cr_thread().pointee.modes else { return nil }
    return Unmanaged<Modes>.fromOpaque(raw).takeUnretainedValue()
  }

  /// Opens a scope; balanced by `leave`.
  static func enter() -> Modes {
    let modes: Modes
    if let current = currentIfAny {
      modes = current
    } else {
      modes = Modes()
      cr_thread().pointee.modes = Unmanaged.passRetained(modes).toOpaque()
    }
    modes.scopes += 1
    return modes
  }

  /// Closes a scope; the last one frees the thread's modes.
  static func leave() {
    guard let raw = cr_thread().pointee.modes else { return }
    let modes = Unmanaged<Modes>.fromOpaque(raw)
    let current = modes.takeUnretainedValue()
    current.scopes -= 1
    if current.scopes == 0 {
      cr_thread().pointee.modes = nil
      modes.release()
    }
  }

  /// Runs `body` with one of the modes set to `value` on this thread.
  static func with<Value, R>(
    _ mode: ReferenceWritableKeyPath<Modes, Value>, _ value: Value, _ body: () throws -> R
  ) rethrows -> R {
    let modes = enter(), outer = modes[keyPath: mode]
    modes[keyPath: mode] = value
    defer {
      modes[keyPath: mode] = outer
      leave()
    }
    return try body()
  }

  /// Runs `body` with every operation on the slow path.
  static func slowly<R, E: Error>(_ body: (Modes) throws(E) -> R) throws(E) -> R {
    let modes = enter()
    cr_thread().pointee.slow += 1
    defer {
      cr_thread().pointee.slow -= 1
      leave()
    }
    return try body(modes)
  }
}

// MARK: Levels

extension Modes {
  /// Runs `body` as a transform of a level of its own.
  ///
  /// - Parameter recordsOutside: whether the tapes of outer levels record what happens in it, whatever `body` does to the gradient mode.
  static func atNewLevel<R, E: Error>(
    recordsOutside: Bool = true, _ body: (_ modes: Modes, _ level: Int) throws(E) -> R
  ) throws(E) -> R {
    try slowly { (modes) throws(E) -> R in
      modes.levels.append(OpenLevel(id: cr_next(&lastLevel), recordsOutside: recordsOutside))
      defer {
        // A leaf that outlives the transform is from here on as one made outside, unless its value belongs to the transform.
        for case let leaf? in modes.levels.removeLast().leaves.map(\.leaf) where !leaf.current.flags.contains(.wrapped) { leaf.level = 0 }
      }
      return try body(modes, modes.depth)
    }
  }

  /// Runs `body` as outside every transform, with `substitutions`: what was recorded there is computed again as it was, whatever
  /// transforms are open now.
  static func outsideLevels<R>(_ substitutions: [ObjectIdentifier: Tensor], _ body: () -> R) -> R {
    guard currentIfAny != nil || !substitutions.isEmpty else { return body() }
    return slowly { modes in
      let now = (modes.levels, modes.vmaps, modes.dualLevels, modes.loops, modes.forwardDepth, modes.substitutions)
      defer { (modes.levels, modes.vmaps, modes.dualLevels, modes.loops, modes.forwardDepth, modes.substitutions) = now }
      (modes.levels, modes.vmaps, modes.dualLevels, modes.loops, modes.forwardDepth, modes.substitutions) = (
        [], [], [], [], 0, substitutions
      )
      return body()
    }
  }

  /// Whether another tensor stands for `leaf` in a `functionalCall`.
  static func isSubstituted(_ leaf: LeafNode) -> Bool {
    cr_thread().pointee.slow != 0 && currentIfAny?.substitutions[ObjectIdentifier(leaf)] != nil
  }

  /// Puts `value` in the place of what stands for `leaf`; false where nothing does.
  static func replaceSubstitution(of leaf: LeafNode, by value: Tensor) -> Bool {
    guard isSubstituted(leaf), let modes = currentIfAny else { return false }
    modes.substitutions[ObjectIdentifier(leaf)] = value
    return true
  }

  /// Makes a fresh leaf one of the innermost level.
  func adopt(_ leaf: LeafNode) {
    guard !levels.isEmpty else { return }
    leaf.level = UInt8(truncatingIfNeeded: depth)
    levels[depth - 1].leaves.append(WeakLeaf(leaf: leaf))
  }

  /// Whether an operation that a tape of `level` would interpret is outside a gradient that was begun where nothing is recorded.
  func isSilent(_ level: Int) -> Bool { level < depth && levels[level...].contains { !$0.recordsOutside } }

  /// What stands for `t` in a `functionalCall`; `t` itself where nothing does.
  func substituted(_ t: Tensor) -> Tensor {
    guard let leaf = t.leaf else { return t }
    return substitutions[ObjectIdentifier(leaf)] ?? t
  }
}

// MARK: Gradient modes

/// Whether operations on this thread are recorded.
public var isGradEnabled: Bool { cr_thread().pointee.no_grad == 0 }

/// What `cr_thread.no_grad` is where operations are recorded, where they are not, and where nothing turns that on again.
private enum GradMode {
  static let on: UInt8 = 0, off: UInt8 = 1, inference: UInt8 = 2
}

private func withMode<R, E: Error>(_ mode: UInt8, _ body: () throws(E) -> R) throws(E) -> R {
  let thread = cr_thread()!
  let previous = thread.pointee.no_grad
  thread.pointee.no_grad = mode
  defer { thread.pointee.no_grad = previous }
  return try body()
}

/// Runs `body` with recording on or off, on this thread; inside `inferenceMode` it stays off.
public func withGradMode<R, E: Error>(_ enabled: Bool, _ body: () throws(E) -> R) throws(E) -> R {
  isInferenceModeEnabled ? try body() : try withMode(enabled ? GradMode.on : GradMode.off, body)
}

/// Runs `body` with recording on, for the library's own graphs: also inside `inferenceMode`, where transforms work as they do elsewhere.
package func recordingTape<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R { try withMode(GradMode.on, body) }

/// Whether `inferenceMode` is on, on this thread.
public var isInferenceModeEnabled: Bool { cr_thread().pointee.no_grad == GradMode.inference }

/// Runs `body` without recording, and so that nothing in it can turn recording on again: `enableGrad` and `withGradMode(true)` inside do
/// nothing. PyTorch's `inference_mode`, for code that serves a model and calls what it did not write.
///
///     let y = inferenceMode { model(x) }      // no graph, whatever the model does
///
/// Transforms (`grad`, `jvp`, ...) work inside. Its results are tensors like any other: values have no version counters and views that
/// PyTorch's inference tensors go without, so they may take part in later gradients, as constants.
public func inferenceMode<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R { try withMode(GradMode.inference, body) }

/// Not for asynchronous work, as `noGrad` is not.
@available(
  *, unavailable,
  message: "inferenceMode belongs to the thread, and after an await a task may go on in another one: await first, then compute inside it"
)
public func inferenceMode<R>(_ body: () async throws -> R) async throws -> R { fatalError("unavailable") }

/// Runs `body` without recording: its results carry no graph.
public func noGrad<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R { try withGradMode(false, body) }

/// Not for asynchronous work: the mode belongs to the thread, and a task may go on in another thread after each `await`.
@available(
  *, unavailable,
  message: "noGrad belongs to the thread, and after an await a task may go on in another one: await first, then compute inside noGrad"
)
public func noGrad<R>(_ body: () async throws -> R) async throws -> R { fatalError("unavailable") }

/// Runs `body` with recording on, also inside `noGrad`, but not inside `inferenceMode`.
public func enableGrad<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R { try withGradMode(true, body) }

/// The floating-point type that literals, `[Double]` and creation functions take on this thread.
public var defaultDType: DType {
  let raw = cr_thread().pointee.default_dtype
  return raw == 0 ? .float32 : DType(rawValue: raw) ?? .float32
}

/// Runs `body` with another default floating-point type, on this thread.
///
///     withDefaultDType(.float64) { Tensor([0.1]).dtype }   // float64
public func withDefaultDType<R, E: Error>(_ dtype: DType, _ body: () throws(E) -> R) throws(E) -> R {
  guard dtype.isFloatingPoint else {
    fail(
      TensorError(
        .dtype, "only floating-point types are supported as the default type", hint: "Use .float32 or .float64.",
        operation: "withDefaultDType"))
    return try body()
  }
  let thread = cr_thread()!
  let previous = thread.pointee.default_dtype
  thread.pointee.default_dtype = dtype.rawValue
  defer { thread.pointee.default_dtype = previous }
  return try body()
}

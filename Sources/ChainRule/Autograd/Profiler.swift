import CKernels

/// What ran inside `profile { }`: every operation, every step of the chain rule, every step of an optimizer.
///
///     let report = profile { train(model) }
///     print(report.table())                    // these two are in ChainRuleExplain
///     let trace = report.chromeTrace()
public struct Profile: Sendable {
  /// What a thing that ran was part of.
  public enum Phase: String, Sendable {
    case forward, backward, update
    /// A part of the program that `profileSpan` names.
    case span
  }

  /// One thing that ran.
  public struct Event: Sendable {
    /// The operation: PyTorch's name, in Swift's grammar.
    public let name: String
    /// What it was part of.
    public let phase: Phase
    /// When it began, in seconds since the scope did.
    public let start: Double
    /// How long it took, in seconds, other events inside it included.
    public let duration: Double
    /// What it must read and write at least: inputs and results, in bytes; 0 for views.
    public let bytes: Int
    /// Floating-point operations: two a multiply-add, one an element of what works element by element, 0 for what only moves.
    public let flops: Double
    /// The shapes of the operation's inputs.
    public let shapes: [[Int]]
    /// The bytes that were asked for as blocks of results meanwhile, other events inside it included. Small tensors, which lie in no block,
    /// and what kernels work in are not counted.
    public let allocated: Int
    /// Which thread: 0 for that of `profile`, others in the order in which they ended.
    public private(set) var thread = 0

    /// The event as one of another thread.
    func on(_ thread: Int) -> Event {
      var event = self
      event.thread = thread
      return event
    }
  }

  /// The sums over all events of one name.
  public struct Total: Sendable, Equatable {
    /// How many there were.
    public var calls = 0
    /// How long they took, in seconds, without other events inside them: these times add up.
    public var seconds = 0.0
    /// See `Event.bytes`.
    public var bytes = 0
    /// See `Event.flops`.
    public var flops = 0.0
    /// See `Event.allocated`; without other events inside them.
    public var allocated = 0

    /// Nothing yet.
    public init() {}

    /// The sums of both.
    public static func + (a: Total, b: Total) -> Total {
      var sum = a
      sum.calls += b.calls
      sum.seconds += b.seconds
      sum.bytes += b.bytes
      sum.flops += b.flops
      sum.allocated += b.allocated
      return sum
    }
  }

  /// The events in the order of their ends; the first `eventLimit` of them.
  public internal(set) var events: [Event] = []
  /// The sums, by operation and phase, of all events.
  public internal(set) var totals: [String: [Phase: Total]] = [:]
  /// How long the scope took, in seconds.
  public internal(set) var duration = 0.0
  /// How many threads took part.
  public internal(set) var threads = 1

  /// How many events are kept one by one.
  public static let eventLimit = 1 << 19

  /// The sum over all operations, of one phase or of all.
  public func total(_ phase: Phase? = nil) -> Total {
    totals.values.reduce(Total()) { sum, phases in
      phases.reduce(sum) { phase == nil || $1.key == phase ? $0 + $1.value : $0 }
    }
  }
}

/// Runs `body` and measures every operation in it, on this thread.
///
/// Kernels run as they would without it. A scope inside another one measures for itself, and the outer one does not see it. Other threads
/// join with `ProfileScope`; of a long loop `profile(schedule:_:)` measures some steps.
public func profile<E: Error>(_ body: () throws(E) -> Void) throws(E) -> Profile {
  let profiler = Profiler()
  try profiler.run(body)
  return profiler.report()
}

/// Runs `body` as one event of the profile that is being made; elsewhere it only runs it.
package func profileSpan<R>(_ name: @autoclosure () -> String, bytes: @autoclosure () -> Int, _ body: () -> R) -> R {
  guard cr_thread().pointee.slow != 0, let profiler = Modes.currentIfAny?.profiler else { return body() }
  let span = profiler.begin()
  let result = body()
  profiler.end(span, name(), .update, bytes: bytes(), flops: 0, shapes: [])
  return result
}

/// Sees every operation of a `profile` scope and every node that a backward pass in it runs.
final class Profiler {
  /// What is known of a recorded operation when its node runs.
  private struct Recorded {
    let name: String
    let bytes: Int
    let flops: Double
    let shapes: [[Int]]
  }

  let link: ProfilerLink
  private var profile = Profile()
  /// By the nodes' sequence numbers, which no other node of the thread has.
  private var recorded: [UInt64: Recorded] = [:]
  /// The time that events inside the open ones have taken, innermost last.
  private var inside: [(seconds: Double, allocated: Int, allocatedBefore: Int)] = []

  init() { link = ProfilerLink(origin: ContinuousClock.now) }

  /// One for another thread, on the same clock.
  init(joining link: ProfilerLink) { self.link = ProfilerLink(origin: link.origin) }

  /// Runs `body` with this profiler seeing what happens on this thread.
  func run<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    try Modes.slowly { (modes) throws(E) -> R in
      let outer = modes.profiler
      modes.profiler = self
      defer { modes.profiler = outer }
      return try body()
    }
  }

  func report() -> Profile {
    profile.duration = now
    var report = profile
    for (i, part) in link.parts.enumerated() { report.add(part, thread: i + 1) }
    return report
  }

  private var allocated: Int { Int(truncatingIfNeeded: cr_thread().pointee.allocated) }

  private var now: Double {
    let (seconds, attoseconds) = (ContinuousClock.now - link.origin).components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }

  /// Opens an event; closed by `end` or `cancel`, in the opposite order.
  func begin() -> Double {
    inside.append((0, 0, allocated))
    return now
  }

  func cancel() { inside.removeLast() }

  func end(_ start: Double, _ name: String, _ phase: Profile.Phase, bytes: Int, flops: Double, shapes: [[Int]]) {
    let duration = now - start, inner = inside.removeLast(), taken = allocated - inner.allocatedBefore
    if !inside.isEmpty {
      inside[inside.count - 1].seconds += duration
      inside[inside.count - 1].allocated += taken
    }
    if profile.events.count < Profile.eventLimit {
      profile.events.append(
        .init(name: name, phase: phase, start: start, duration: duration, bytes: bytes, flops: flops, shapes: shapes, allocated: taken))
    }
    var total = Profile.Total()
    (total.calls, total.seconds, total.bytes, total.flops) = (1, duration - inner.seconds, bytes, flops)
    total.allocated = taken - inner.allocated
    profile.totals[name, default: [:]][phase] = (profile.totals[name]?[phase] ?? .init()) + total
  }

  /// Closes the event of an operation that has been applied; `node` recorded it.
  func end(_ start: Double, _ op: any Operation, _ inputs: [Tensor], _ values: [Tensor], _ outputs: [Tensor], _ node: Node?) {
    let name = op.name, shapes = values.map(\.shape)
    let isView = outputs.allSatisfy { output in values.contains { $0.holds(output) } }
    let results = isView ? 0 : outputs.map(\.byteCount).reduce(0, +), operands = isView ? 0 : values.map(\.byteCount).reduce(0, +)
    let flops = isView ? 0 : op.flops(values, outputs)
    if let node {
      let needs = inputs.map(\.isTracked), wanted = zip(values, needs).map { $1 && !isView ? $0.byteCount : 0 }
      recorded[node.sequence] = Recorded(
        name: name, bytes: results + operands + wanted.reduce(0, +), flops: op.backwardFlops(flops, values, needs: needs), shapes: shapes)
    }
    end(start, name, .forward, bytes: results + operands, flops: flops, shapes: shapes)
  }

  /// Runs a node of a backward pass as one event. Where nothing else is watching, its rule is free to use one kernel for all.
  func run(_ node: Node, recording: Bool, retaining: Bool, _ body: () -> Void) {
    let known = retaining ? recorded[node.sequence] : recorded.removeValue(forKey: node.sequence)
    let thread = cr_thread()!, isAlone = !recording && thread.pointee.slow == 1
    if isAlone { thread.pointee.slow -= 1 }
    let start = begin()
    body()
    end(
      start, known?.name ?? node.name, .backward, bytes: known?.bytes ?? 0, flops: known?.flops ?? 0, shapes: known?.shapes ?? [])
    if isAlone { thread.pointee.slow += 1 }
  }
}

extension Operation {
  func backwardFlops(_ forward: Double, _ inputs: [Tensor], needs: [Bool]) -> Double { forward * Double(needs.prefix(2).count { $0 }) }

  /// The elements of the largest input or output.
  func elements(_ inputs: [Tensor], _ outputs: [Tensor]) -> Double { Double((inputs + outputs).map(\.count).max() ?? 0) }
}

extension Tensor {
  package var byteCount: Int { count * cr_dtype_size(dtype.kernelType) }

  /// Whether `view`'s elements lie among this tensor's.
  fileprivate func holds(_ view: Tensor) -> Bool {
    guard let own = box.c.pointee.data, let other = view.box.c.pointee.data else { return false }
    let end = zip(shape, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 } + 1
    return other >= own && other < own + end * cr_dtype_size(dtype.kernelType)
  }
}

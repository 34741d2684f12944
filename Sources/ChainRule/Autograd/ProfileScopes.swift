import CKernels

/// Runs `body` as one event of the profile that is being made; elsewhere it only runs it. PyTorch's `record_function`.
///
///     let report = profile { profileSpan("attention") { attend(x) } }
///
/// The event takes the whole time of `body`; the total of its name only what passed outside of the operations in it, so that all totals
/// add up.
public func profileSpan<R, E: Error>(_ name: String, _ body: () throws(E) -> R) throws(E) -> R {
  guard cr_thread().pointee.slow != 0, let profiler = Modes.currentIfAny?.profiler else { return try body() }
  let span = profiler.begin()
  defer { profiler.end(span, name, .span, bytes: 0, flops: 0, shapes: []) }
  return try body()
}

/// The profile that is being made on this thread, for others to join in.
///
///     let report = profile {
///       let scope = ProfileScope.current
///       let thread = Thread { scope?.run { work() } }
///       ...
///     }
///
/// What a thread does in `run` is in the report where `run` has ended before `profile` does, under the thread's number.
public struct ProfileScope: Sendable {
  private let profiler: ProfilerLink

  /// The innermost scope of `profile` on this thread; nil outside.
  public static var current: ProfileScope? {
    guard cr_thread().pointee.slow != 0, let profiler = Modes.currentIfAny?.profiler else { return nil }
    return ProfileScope(profiler: profiler.link)
  }

  /// Runs `body` on this thread as a part of the profile.
  public func run<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    let own = Profiler(joining: profiler)
    defer { profiler.add(own.report()) }
    return try own.run(body)
  }
}

/// What a profiler and those that join it share.
final class ProfilerLink: Sendable {
  let origin: ContinuousClock.Instant
  private let joined = SharedValue<[Profile]>()

  init(origin: ContinuousClock.Instant) { self.origin = origin }

  func add(_ part: Profile) { joined.update { ($0 ?? []) + [part] } }

  var parts: [Profile] { joined.read() ?? [] }
}

extension Profile {
  /// Adds what another thread did.
  mutating func add(_ part: Profile, thread: Int) {
    for event in part.events.prefix(max(0, Profile.eventLimit - events.count)) { events.append(event.on(thread)) }
    for (name, phases) in part.totals {
      for (phase, total) in phases { totals[name, default: [:]][phase] = (totals[name]?[phase] ?? .init()) + total }
    }
    threads += 1
  }
}

// MARK: Schedules

/// Which steps of a loop are profiled. PyTorch's `torch.profiler.schedule`.
public struct ProfileSchedule: Sendable {
  /// What is done in a step.
  enum Action { case nothing, warmUp, record }

  let wait: Int
  let warmUp: Int
  let active: Int
  let repeats: Int
  let skipFirst: Int

  /// Cycles of steps: some that run as without a profiler, some that are measured and forgotten, some that are measured and reported.
  ///
  /// - Parameters:
  ///   - wait: the steps of a cycle that are not measured.
  ///   - warmUp: those that are measured and forgotten: the first ones fill caches.
  ///   - active: those that are reported.
  ///   - repeats: how many cycles; 0 for as many as there are steps.
  ///   - skipFirst: steps before the first cycle that are not measured.
  public init(wait: Int, warmUp: Int, active: Int, repeats: Int = 0, skipFirst: Int = 0) {
    if wait < 0 || warmUp < 0 || active < 1 || repeats < 0 || skipFirst < 0 {
      fail(
        TensorError(
          .argument, "Invalid profiler schedule arguments",
          hint:
            "active is at least 1, the others at least 0; given are wait \(wait), warmUp \(warmUp), active \(active), repeats \(repeats), "
            + "skipFirst \(skipFirst).", operation: "ProfileSchedule"))
    }
    self.wait = max(0, wait)
    self.warmUp = max(0, warmUp)
    self.active = max(1, active)
    self.repeats = max(0, repeats)
    self.skipFirst = max(0, skipFirst)
  }

  /// What is done in step `number`, and whether it is the last of its cycle.
  func action(_ number: Int) -> (action: Action, isLast: Bool) {
    guard number >= skipFirst else { return (.nothing, false) }
    let (sum, overflow) = wait.addingReportingOverflow(warmUp), (cycle, tooLong) = sum.addingReportingOverflow(active)
    guard !overflow, !tooLong else { return (number - skipFirst < wait ? .nothing : .record, false) }
    let place = (number - skipFirst) % cycle, round = (number - skipFirst) / cycle
    if repeats > 0, round >= repeats { return (.nothing, false) }
    return (place < wait ? .nothing : place < sum ? .warmUp : .record, place == cycle - 1)
  }
}

/// Tells a scheduled profile that a step is over.
public final class ProfileSteps {
  private let schedule: ProfileSchedule
  private let thread = UInt(bitPattern: cr_thread())
  private var number = 0
  private var open: (profiler: Profiler, outer: Profiler?, records: Bool)?
  fileprivate var reports: [Profile] = []

  fileprivate init(_ schedule: ProfileSchedule) {
    self.schedule = schedule
    begin()
  }

  /// Ends one step and begins the next. On the thread of `profile`, outside of scopes that the step has opened.
  public func step() {
    guard UInt(bitPattern: cr_thread()) == thread else {
      fail(
        TensorError(
          .argument, "a scheduled profile was stepped on another thread", hint: "Call step() in the body of profile itself.",
          operation: "profile"))
      return
    }
    let isLast = schedule.action(number).isLast
    number += 1
    let next = schedule.action(number).action
    if let open, isLast || next == .nothing || open.records != (next == .record) { end() }
    begin()
  }

  private func begin() {
    let action = schedule.action(number).action
    guard open == nil, action != .nothing else { return }
    let modes = Modes.enter(), profiler = Profiler()
    open = (profiler, modes.profiler, action == .record)
    modes.profiler = profiler
    cr_thread().pointee.slow += 1
  }

  fileprivate func end() {
    guard let (profiler, outer, records) = open else { return }
    open = nil
    Modes.currentIfAny?.profiler = outer
    cr_thread().pointee.slow -= 1
    Modes.leave()
    if records { reports.append(profiler.report()) }
  }
}

/// Runs `body`, a loop, and measures the steps that the schedule says; others run at full speed.
///
///     let reports = profile(schedule: ProfileSchedule(wait: 10, warmUp: 2, active: 3, repeats: 1)) { steps in
///       for batch in batches {
///         train(batch)
///         steps.step()
///       }
///     }
///
/// - Returns: a report for each cycle that came to an active step, which may be cut short by the end of the loop.
public func profile<E: Error>(schedule: ProfileSchedule, _ body: (ProfileSteps) throws(E) -> Void) throws(E) -> [Profile] {
  let steps = ProfileSteps(schedule)
  do {
    try body(steps)
  } catch {
    steps.end()
    throw error
  }
  steps.end()
  return steps.reports
}

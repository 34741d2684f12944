import ChainRule

/// One schedule after another: each from its milestone to the next, as if it began there.
///
///     let warmUp = LinearLR(optimizer, startFactor: 0.1, totalIters: 5)
///     let schedule = SequentialLR(optimizer, schedules: [warmUp, ExponentialLR(optimizer, gamma: 0.9)], milestones: [5])
public final class SequentialLR: LearningRateSchedule {
  private let schedules: [LearningRateSchedule]
  private var milestones: [Int]

  /// Runs `schedules[0]` until epoch `milestones[0]`, then `schedules[1]`, and so on.
  public init(_ optimizer: Optimizer, schedules: [LearningRateSchedule], milestones: [Int], lastEpoch: Int = -1) {
    self.schedules = schedules
    self.milestones = milestones
    super.init(madeOfOthersOf: optimizer)
    guard Self.canFollow(lastEpoch, optimizer) else { return }
    epoch = lastEpoch + 1
    guard requireOneOptimizer(schedules, "expects at least one scheduler, but got no scheduler.") else { return }
    guard milestones.count == schedules.count - 1 else {
      optimizer.refuseOption(
        "Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone points, but got number "
          + "of schedulers \(schedules.count) and the number of milestones to be equal to \(milestones.count)")
      return
    }
    undo()
    begin()
  }

  /// The schedule whose turn it is.
  private var turn: Int { milestones.prefix { $0 <= epoch }.count }

  override func begin() {
    if isErrorPending { return }
    for group in optimizer.groups { group.lr = group.number("initial_lr") }
    // As PyTorch, which begins at 0 also where a run goes on: what was reached comes with the state that is loaded.
    schedules[min(milestones.prefix { $0 <= 0 }.count, schedules.count - 1)].begin()
    stepCount = 1
  }

  override func advance() {
    guard milestones.count == schedules.count - 1 else { return }
    stepCount += 1
    epoch += 1
    let turn = turn
    if turn > 0, milestones[turn - 1] == epoch { schedules[turn].restart() } else { schedules[turn].advance() }
  }

  override func restart() {
    epoch = 0
    begin()
  }

  override func undo() { for schedule in schedules { schedule.undo() } }

  override var fields: [ScheduleField] {
    [
      .schedules(\SequentialLR.schedules),
      .other("_milestones", { (s: SequentialLR) in .list(s.milestones.map { .number(Double($0)) }) }) { s, value in
        guard let numbers = value.values?.compactMap({ $0.number.flatMap { Int(exactly: $0) } }), numbers.count == s.milestones.count else {
          return false
        }
        s.milestones = numbers
        return true
      },
    ]
  }
}

/// Several schedules of one optimizer that step together; their factors multiply where they follow from the rates before.
public final class ChainedScheduler: LearningRateSchedule {
  private let schedules: [LearningRateSchedule]

  /// Steps these schedules, one after the other, at each step.
  public init(_ schedules: [LearningRateSchedule], optimizer: Optimizer? = nil) {
    self.schedules = schedules
    guard let optimizer = optimizer ?? schedules.first?.optimizer else {
      let none = TensorError(
        .argument, "ChainedScheduler expects at least one scheduler to be chained, but got no scheduler.",
        hint: "Pass the schedules in the order in which they step.", operation: "ChainedScheduler")
      refuse(none)
      // Inside `catching` the call goes on, with an optimizer that has nothing to change.
      super.init(madeOfOthersOf: Optimizer(groups: [], defaults: [:]))
      return
    }
    super.init(madeOfOthersOf: optimizer)
    stepCount = 1
    _ = requireOneOptimizer(schedules, "expects at least one scheduler to be chained, but got no scheduler.")
  }

  override func begin() {
    if isErrorPending { return }
    for schedule in schedules { schedule.begin() }
    stepCount = 1
  }

  override func advance() {
    stepCount += 1
    epoch += 1
    for schedule in schedules { schedule.advance() }
  }

  override func restart() {
    epoch = 0
    for group in optimizer.groups { group.lr = group.number("initial_lr") }
    // Undone when the sequence was made; each begins as if it were made now.
    begin()
  }

  override func undo() { for schedule in schedules { schedule.undo() } }

  override var fields: [ScheduleField] { [.schedules(\ChainedScheduler.schedules)] }
}

extension LearningRateSchedule {
  /// Whether there are schedules, and all belong to this optimizer; refuses them where not.
  fileprivate func requireOneOptimizer(_ schedules: [LearningRateSchedule], _ none: String) -> Bool {
    let name = "\(type(of: self))"
    if schedules.isEmpty {
      optimizer.refuseOption("\(name) \(none)")
      return false
    }
    for (i, schedule) in schedules.enumerated() where schedule.optimizer !== optimizer {
      optimizer.refuseOption(
        "\(name) expects all schedulers to belong to the same optimizer, but got scheduler \(type(of: schedule)) at index \(i) has "
          + "\(schedule.optimizer.name), which is different from \(optimizer.name).")
      return false
    }
    return true
  }
}

extension ScheduleField {
  /// The states of the schedules that one is made of.
  fileprivate static func schedules<S: AnyObject>(_ path: KeyPath<S, [LearningRateSchedule]>) -> ScheduleField {
    .other("_schedulers", { (s: S) in .list(s[keyPath: path].map { .table($0.stateDict()) }) }) { s, value in
      guard let states = value.values, states.count == s[keyPath: path].count else { return false }
      for (schedule, state) in zip(s[keyPath: path], states) {
        guard case .table(let values) = state, (try? schedule.load(values)) != nil else { return false }
      }
      return true
    }
  }
}

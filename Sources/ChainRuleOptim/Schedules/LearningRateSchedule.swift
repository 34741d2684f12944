import ChainRule

/// Changes the learning rates of an optimizer's groups from epoch to epoch.
///
///     let schedule = StepLR(optimizer, stepSize: 30)
///     for epoch in 0..<90 { train(); schedule.step() }
///
/// Rates follow from the ones before, so several schedules of one optimizer multiply and a rate set by hand is kept, as in PyTorch.
///
/// To go on with a run, load the optimizer's state first, then make the schedule with the epoch before the one that was reached, or
/// make the schedule first and then load the states of both:
///
///     try optimizer.load(state)
///     let schedule = LinearLR(optimizer, lastEpoch: reached - 1)
open class LearningRateSchedule {
  /// The optimizer.
  public let optimizer: Optimizer
  /// The rates the groups had at first.
  public internal(set) var baseRates: [Double]
  /// How many times `step` has run; PyTorch's `last_epoch`.
  public var epoch: Int
  /// Whether the schedule is being made and sets its first rates: those of epoch 0, or where it goes on, the ones that are there.
  public private(set) var isInitial = false
  /// How many times rates have been set.
  var stepCount = 0

  /// A schedule that sets the rates of epoch `lastEpoch + 1`.
  ///
  /// - Parameters:
  ///   - optimizer: the optimizer whose rates are set.
  ///   - lastEpoch: -1 to begin, with the rates of the groups now as the base; else the epoch before the one where a run goes
  ///   on, which asks for groups with the `initial_lr` of a loaded state.
  public init(_ optimizer: Optimizer, lastEpoch: Int = -1) {
    self.optimizer = optimizer
    epoch = lastEpoch
    for (i, group) in optimizer.groups.enumerated() where group.options["initial_lr"] == nil {
      if lastEpoch != -1 {
        optimizer.refuseOption(
          "param 'initial_lr' is not specified in param_groups[\(i)] when resuming scheduler with last_epoch >= 0.",
          "Load the optimizer's state before the schedule is made; a run that begins leaves lastEpoch out.")
      }
      group.set("initial_lr", .number(group.lr))
    }
    baseRates = optimizer.groups.map { $0.number("initial_lr") }
    if Self.canFollow(lastEpoch, optimizer) { begin() }
  }

  /// Whether a run can go on after the epoch; refuses where not. Epochs go to where doubles stop to hold every integer.
  static func canFollow(_ lastEpoch: Int, _ optimizer: Optimizer) -> Bool {
    if lastEpoch < -1 { optimizer.refuseOption("Expected last_epoch >= -1, but got \(lastEpoch)") }
    if lastEpoch > 1 << 53 { optimizer.refuseOption("Expected last_epoch <= 2^53, but got \(lastEpoch)") }
    return -1...1 << 53 ~= lastEpoch
  }

  /// Whether there is a group `i`; refuses where not.
  final func has(group i: Int) -> Bool {
    if isErrorPending { return false }
    let count = min(baseRates.count, optimizer.groups.count)
    if 0..<count ~= i { return true }
    optimizer.refuseOption("there is no parameter group \(i)", "The schedule has \(count), counted from 0.")
    return false
  }

  /// A schedule made of others, which set the rates.
  init(madeOfOthersOf optimizer: Optimizer) {
    self.optimizer = optimizer
    epoch = 0
    baseRates = optimizer.groups.map { $0.options["initial_lr"]?.number ?? $0.lr }
  }

  // MARK: For subclasses

  /// The rate of group `i` in this epoch, which follows epoch `epoch - 1` with rate `current`; at epoch 0 the rate to begin with.
  ///
  /// A run that goes on makes the schedule with rates that are already there: `isInitial` says so.
  open func rate(of i: Int, current: Double) -> Double { current }

  /// What the schedule keeps in its state, beside the epoch and the base rates.
  var fields: [ScheduleField] { [] }

  /// The rate of group `i` at epoch 0 from the base, where it does not follow from the rate before.
  func firstRate(of i: Int) -> Double? { nil }

  // MARK: Use

  /// Goes on to the next epoch.
  public func step() {
    if isErrorPending { return }
    _ = planned("\(type(of: self)).step()", []) { [self] _ in
      goOn()
      return []
    }
  }

  private func goOn() {
    if stepCount == 1, optimizer.stepCount == 0 { warnOfScheduleBeforeOptimizer() }
    advance()
  }

  /// The rates of the groups now.
  public var rates: [Double] { optimizer.groups.map(\.lr) }

  /// Sets the first rates.
  func begin() {
    if isErrorPending { return }
    stepCount = 0
    isInitial = true
    advance()
    isInitial = false
  }

  func advance() {
    stepCount += 1
    epoch += 1
    apply { rate(of: $0, current: $1) }
  }

  /// Takes the next epoch for epoch 0, as a part of a sequence whose turn it is.
  func restart() {
    epoch = 0
    apply { firstRate(of: $0) ?? rate(of: $0, current: $1) }
  }

  /// Undoes the step of `init`, so that a sequence can make it when it is the schedule's turn.
  func undo() { epoch -= 1 }

  private func apply(_ rate: (Int, Double) -> Double) {
    let rates = optimizer.groups.indices.prefix(baseRates.count).map { rate($0, optimizer.groups[$0].lr) }
    for (i, value) in rates.enumerated() {
      guard value.isFinite else {
        optimizer.refuseOption(
          "\(type(of: self)) gives group \(i) a learning rate of \(OptionValue.text(value)) in epoch \(epoch)", "A rate is a finite number."
        )
        return
      }
      optimizer.groups[i].lr = value
    }
  }

  // MARK: State

  /// What the schedule remembers, by PyTorch's names: `last_epoch`, `base_lrs` and its arguments.
  ///
  /// Functions cannot be kept: a schedule of functions is made with them again before it loads.
  public func stateDict() -> [String: OptionValue] {
    var result = allFields.values(of: self)
    result["_last_lr"] = .list(rates.map(OptionValue.number))
    return result
  }

  /// Goes on from a saved state; the rates themselves are in the optimizer's.
  ///
  /// - Throws: `OptimizerStateError` where it is the state of another schedule; nothing has been changed then.
  public func load(_ state: [String: OptionValue]) throws(OptimizerStateError) {
    try allFields.load(state, into: self, "\(type(of: self))")
  }

  private var allFields: [ScheduleField] {
    fields + [
      .integer("last_epoch", \LearningRateSchedule.epoch), .integer("_step_count", \LearningRateSchedule.stepCount),
      .numbers("base_lrs", \LearningRateSchedule.baseRates),
    ]
  }
}

/// PyTorch's name of a schedule's class.
public typealias LRScheduler = LearningRateSchedule

/// One value for all groups of an optimizer, or a list with one for each.
public protocol PerGroup {
  /// The values: one, or as many as there are groups.
  var perGroup: [Double] { get }
  /// Whether it is a list, which must have one value for each group.
  var isList: Bool { get }
}

extension Double: PerGroup {
  /// The value for all groups.
  public var perGroup: [Double] { [self] }
  /// No.
  public var isList: Bool { false }
}

extension Int: PerGroup {
  /// The value for all groups.
  public var perGroup: [Double] { [Double(self)] }
  /// No.
  public var isList: Bool { false }
}

extension [Double]: PerGroup {
  /// The values.
  public var perGroup: [Double] { self }
  /// Yes.
  public var isList: Bool { true }
}

extension Optimizer {
  /// A value for each group; PyTorch's sentence where a list has another length.
  final func values(_ name: String, _ value: any PerGroup) -> [Double] {
    let values = value.perGroup
    for one in values { requireFinite(name, one) }
    if !value.isList { return Array(repeating: values.first ?? 0, count: groups.count) }
    if values.count == groups.count { return values }
    refuseOption(
      "\(name) must have the same length as optimizer.param_groups. \(name) has \(values.count) values, param_groups has \(groups.count).")
    return Array(repeating: values.first ?? 0, count: groups.count)
  }

  /// Refuses NaN and infinities.
  final func requireFinite(_ name: String, _ value: Double) {
    if !value.isFinite { refuseOption("Invalid \(name): \(OptionValue.text(value))", "A finite number is expected.") }
  }

  /// Refuses what is not above 0.
  final func requirePositive(_ name: String, _ value: Int) -> Int {
    if value <= 0 { refuseOption("Expected positive integer \(name), but got \(value)") }
    return max(value, 1)
  }
}

import ChainRule

/// The rate times `factor` when a figure has not improved for more than `patience` epochs.
///
///     let schedule = ReduceLROnPlateau(optimizer, mode: .max, patience: 3)
///     for _ in 0..<90 { train(); schedule.step(accuracy()) }
public final class ReduceLROnPlateau {
  /// Which figures are better.
  public enum Mode: String, Sendable {
    /// Smaller ones, as of a loss.
    case min
    /// Larger ones, as of an accuracy.
    case max
  }

  /// What the threshold is.
  public enum ThresholdMode: String, Sendable {
    /// A share of the best figure.
    case rel
    /// A difference from it.
    case abs
  }

  private let optimizer: Optimizer
  private var mode: Mode
  private var factor: Double
  private var patience: Int
  private var threshold: Double
  private var thresholdMode: ThresholdMode
  private var cooldown: Int
  private var lowest: [Double]
  private var eps: Double
  private var rest = 0
  /// How many figures there have been.
  public private(set) var epoch = 0
  /// The best figure so far.
  public private(set) var best: Double
  /// How many epochs have passed without an improvement.
  public private(set) var badEpochs = 0

  /// - Parameters:
  ///   - optimizer: the optimizer whose rates are set.
  ///   - mode: whether smaller or larger figures are better.
  ///   - factor: what the rates are multiplied by, below 1.
  ///   - patience: how many epochs without an improvement change nothing.
  ///   - threshold: by how much the figure must improve to count.
  ///   - thresholdMode: whether the threshold is a part of the best value or a difference.
  ///   - cooldown: how many epochs after a change do not count.
  ///   - minLR: the rate to stop at; a list has one for each group.
  ///   - eps: a change that is no larger is not made.
  public init(
    _ optimizer: Optimizer, mode: Mode = .min, factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4,
    thresholdMode: ThresholdMode = .rel, cooldown: Int = 0, minLR: any PerGroup = 0.0, eps: Double = 1e-8
  ) {
    if !(factor < 1) { optimizer.refuseOption("Factor should be < 1.0.") }
    for (name, value) in [("factor", factor), ("threshold", threshold), ("eps", eps)] { optimizer.requireFinite(name, value) }
    if minLR.isList, minLR.perGroup.count != optimizer.groups.count {
      optimizer.refuseOption("expected \(optimizer.groups.count) min_lrs, got \(minLR.perGroup.count)")
    }
    self.optimizer = optimizer
    self.mode = mode
    self.factor = factor
    self.patience = patience
    self.threshold = threshold
    self.thresholdMode = thresholdMode
    self.cooldown = cooldown
    lowest = optimizer.values("min_lr", minLR)
    self.eps = eps
    best = mode == .min ? .infinity : -.infinity
  }

  /// Reduces the rates when a figure has not improved.
  @available(*, deprecated, message: "higherIsBetter: true is mode: .max, minimum is minLR")
  public convenience init(
    _ optimizer: Optimizer, higherIsBetter: Bool, factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4, cooldown: Int = 0,
    minimum: Double = 0
  ) {
    self.init(
      optimizer, mode: higherIsBetter ? .max : .min, factor: factor, patience: patience, threshold: threshold, cooldown: cooldown,
      minLR: minimum)
  }

  /// Reduces the rates when a figure has not become smaller.
  @available(*, deprecated, message: "minimum is called minLR")
  public convenience init(
    _ optimizer: Optimizer, factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4, cooldown: Int = 0, minimum: Double
  ) {
    self.init(optimizer, factor: factor, patience: patience, threshold: threshold, cooldown: cooldown, minLR: minimum)
  }

  private func isBetter(_ figure: Double) -> Bool {
    switch (mode, thresholdMode) {
    case (.min, .rel): figure < best * (1 - threshold)
    case (.min, .abs): figure < best - threshold
    case (.max, .rel): figure > best * (threshold + 1)
    case (.max, .abs): figure > best + threshold
    }
  }

  /// Looks at the figure of the epoch that ended.
  public func step(_ figure: Double) {
    if isErrorPending { return }
    refuseInPlan("a schedule looks at a number", hint: "Call ReduceLROnPlateau.step(_:) outside compile { }.")
    epoch += 1
    let isBetter = isBetter(figure)
    if isBetter { best = figure }
    badEpochs = isBetter ? 0 : badEpochs + 1
    if rest > 0 {
      rest -= 1
      badEpochs = 0
    }
    guard badEpochs > patience else { return }
    for (i, group) in optimizer.groups.enumerated() {
      let lower = max(group.lr * factor, i < lowest.count ? lowest[i] : lowest.first ?? 0)
      if group.lr - lower > eps { group.lr = lower }
    }
    rest = cooldown
    badEpochs = 0
  }

  /// The rates of the groups now.
  public var rates: [Double] { optimizer.groups.map(\.lr) }

  private var fields: [ScheduleField] {
    [
      .word("mode", \ReduceLROnPlateau.mode), .number("factor", \ReduceLROnPlateau.factor),
      .integer("patience", \ReduceLROnPlateau.patience), .number("threshold", \ReduceLROnPlateau.threshold),
      .word("threshold_mode", \ReduceLROnPlateau.thresholdMode), .integer("cooldown", \ReduceLROnPlateau.cooldown),
      .numbers("min_lrs", \ReduceLROnPlateau.lowest), .number("eps", \ReduceLROnPlateau.eps),
      .integer("cooldown_counter", \ReduceLROnPlateau.rest), .integer("last_epoch", \ReduceLROnPlateau.epoch),
      .number("best", \ReduceLROnPlateau.best), .integer("num_bad_epochs", \ReduceLROnPlateau.badEpochs),
      .constant("mode_worse", .number(mode == .min ? .infinity : -.infinity)), .constant("default_min_lr", .null),
    ]
  }

  /// What the schedule remembers, by PyTorch's names, such as `best` and `num_bad_epochs`.
  public func stateDict() -> [String: OptionValue] {
    var result = fields.values(of: self)
    result["_last_lr"] = .list(rates.map(OptionValue.number))
    return result
  }

  /// Goes on from a saved state; the rates themselves are in the optimizer's.
  ///
  /// - Throws: `OptimizerStateError` where it is the state of another schedule; nothing has been changed then.
  public func load(_ state: [String: OptionValue]) throws(OptimizerStateError) {
    try fields.load(state, into: self, "ReduceLROnPlateau")
  }
}

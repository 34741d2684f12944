import ChainRule

/// Changes the learning rates of an optimizer's groups from epoch to epoch.
///
///     let schedule = StepLR(optimizer, stepSize: 30)
///     for epoch in 0..<90 { train(); schedule.step() }
///
/// Rates follow from the ones before, so several schedules of one optimizer multiply and a rate set by hand is kept, as in PyTorch.
open class LearningRateSchedule {
  /// The optimizer.
  public let optimizer: Optimizer
  /// The rates the groups had at first.
  public let baseRates: [Double]
  /// How many times `step` has run; to go on from a saved state, set it beside the optimizer's.
  public var epoch = 0

  /// A schedule that sets the rates of epoch 0.
  public init(_ optimizer: Optimizer) {
    self.optimizer = optimizer
    for group in optimizer.groups where group.options["initial_lr"] == nil { group.set("initial_lr", .number(group.lr)) }
    baseRates = optimizer.groups.map { $0.number("initial_lr") }
    apply()
  }

  /// The rate of group `i` in this epoch, which follows epoch `epoch - 1` with rate `current`; at epoch 0 the rate to begin with.
  open func rate(of i: Int, current: Double) -> Double { current }

  /// Goes on to the next epoch.
  public func step() {
    if isErrorPending { return }
    if epoch == 0, optimizer.stepCount == 0 { warnOfScheduleBeforeOptimizer() }
    epoch += 1
    apply()
  }

  /// The rates of the groups now.
  public var rates: [Double] { optimizer.groups.map(\.lr) }

  private func apply() {
    for (i, group) in optimizer.groups.enumerated() where i < baseRates.count { group.lr = rate(of: i, current: group.lr) }
  }
}

/// The base rate times a function of the epoch.
public final class LambdaLR: LearningRateSchedule {
  private let factor: (Int) -> Double

  /// Rates of base times `factor(epoch)`.
  public init(_ optimizer: Optimizer, _ factor: @escaping (Int) -> Double) {
    self.factor = factor
    super.init(optimizer)
  }
  public override func rate(of i: Int, current: Double) -> Double { baseRates[i] * factor(epoch) }
}

/// The rate times `gamma` every `stepSize` epochs.
public final class StepLR: LearningRateSchedule {
  private let stepSize: Int
  private let gamma: Double

  /// Multiplies by `gamma` after every `stepSize` epochs.
  public init(_ optimizer: Optimizer, stepSize: Int, gamma: Double = 0.1) {
    self.stepSize = max(stepSize, 1)
    self.gamma = gamma
    super.init(optimizer)
  }
  public override func rate(of i: Int, current: Double) -> Double {
    epoch == 0 || epoch % stepSize != 0 ? current : current * gamma
  }
}

/// The rate times `gamma` at each milestone.
public final class MultiStepLR: LearningRateSchedule {
  private let milestones: [Int]
  private let gamma: Double

  /// Multiplies by `gamma` at these epochs; at one that is listed twice, twice.
  public init(_ optimizer: Optimizer, milestones: [Int], gamma: Double = 0.1) {
    self.milestones = milestones
    self.gamma = gamma
    super.init(optimizer)
  }
  public override func rate(of i: Int, current: Double) -> Double {
    let times = epoch == 0 ? 0 : milestones.filter { $0 == epoch }.count
    return times == 0 ? current : current * power(gamma, Double(times))
  }
}

/// The rate times `gamma` every epoch.
public final class ExponentialLR: LearningRateSchedule {
  private let gamma: Double

  /// Multiplies by `gamma` after every epoch.
  public init(_ optimizer: Optimizer, gamma: Double) {
    self.gamma = gamma
    super.init(optimizer)
  }
  public override func rate(of i: Int, current: Double) -> Double { epoch == 0 ? current : current * gamma }
}

/// The rate times a factor that goes from `startFactor` to `endFactor` in equal steps: a warm-up.
public final class LinearLR: LearningRateSchedule {
  private let start: Double
  private let end: Double
  private let total: Int

  /// Goes from `startFactor` times the base to `endFactor` times the base in `total` epochs.
  public init(_ optimizer: Optimizer, startFactor: Double = 1.0 / 3, endFactor: Double = 1, total: Int = 5) {
    start = startFactor
    end = endFactor
    self.total = total
    if !(startFactor > 0 && startFactor <= 1) {
      optimizer.refuseOption("Starting multiplicative factor expected to be greater than 0 and less or equal to 1.")
    }
    super.init(optimizer)
  }
  public override func rate(of i: Int, current: Double) -> Double {
    if epoch == 0 { return current * start }
    if epoch > total { return current }
    return current * (1 + (end - start) / (Double(total) * start + Double(epoch - 1) * (end - start)))
  }
}

/// The rate along half a cosine from its base to `minimum` in `tMax` epochs, and back (Loshchilov and Hutter 2017).
///
/// minimum + (base - minimum) (1 + cos(pi epoch / tMax)) / 2.
public final class CosineAnnealingLR: LearningRateSchedule {
  private let tMax: Double
  private let minimum: Double

  /// Goes down to `minimum` in `tMax` epochs.
  public init(_ optimizer: Optimizer, tMax: Int, minimum: Double = 0) {
    self.tMax = Double(max(tMax, 1))
    self.minimum = minimum
    super.init(optimizer)
  }
  public override func rate(of i: Int, current: Double) -> Double {
    if epoch == 0 { return current }
    let t = Double(epoch)
    // Where the rate was at its minimum, it cannot be scaled up again.
    if (epoch - 1 - Int(tMax)) % (2 * Int(tMax)) == 0 {
      return current + (baseRates[i] - minimum) * (1 - cosine(.pi / tMax)) / 2
    }
    return (1 + cosine(.pi * t / tMax)) / (1 + cosine(.pi * (t - 1) / tMax)) * (current - minimum) + minimum
  }
}

/// The rate up to a maximum and down to almost nothing, with the momentum the other way (Smith and Topin 2018).
///
/// Steps once a batch: `totalSteps` batches in all.
public final class OneCycleLR: LearningRateSchedule {
  /// How values go from one to the next.
  public enum Annealing: Sendable {
    /// Along half a cosine.
    case cosine
    /// Straight.
    case linear
  }

  private struct Phase {
    let end: Double
    let rate: (from: Double, to: Double)
    let momentum: (from: Double, to: Double)
  }

  private let total: Int
  private let phases: [Phase]
  private let annealing: Annealing
  private let cyclesMomentum: Bool

  /// Goes from maximum / divFactor up to `maximum` in the first `warmUp` share of the steps, then down to
  /// maximum / divFactor / finalDivFactor.
  ///
  /// - Parameter threePhase: whether it goes down to the first value as fast as it went up, and on from there.
  public init(
    _ optimizer: Optimizer, maximum: Double, totalSteps: Int, warmUp: Double = 0.3, annealing: Annealing = .cosine,
    cyclesMomentum: Bool = true, baseMomentum: Double = 0.85, maxMomentum: Double = 0.95, divFactor: Double = 25,
    finalDivFactor: Double = 1e4, threePhase: Bool = false
  ) {
    if totalSteps <= 0 { optimizer.refuseOption("Expected positive integer total_steps, but got \(totalSteps)") }
    if !(warmUp >= 0 && warmUp <= 1) { optimizer.refuseOption("Expected float between 0 and 1 pct_start, but got \(warmUp)") }
    let hasMomentum = optimizer.defaults["momentum"] != nil || optimizer.defaults["betas"] != nil
    if cyclesMomentum, !hasMomentum {
      optimizer.refuseOption("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
    }
    total = totalSteps
    self.annealing = annealing
    self.cyclesMomentum = cyclesMomentum && hasMomentum
    let first = maximum / divFactor, last = first / finalDivFactor
    let up = warmUp * Double(totalSteps) - 1, end = Double(totalSteps - 1)
    let rising = Phase(end: up, rate: (first, maximum), momentum: (maxMomentum, baseMomentum))
    phases =
      threePhase
      ? [
        rising, Phase(end: 2 * warmUp * Double(totalSteps) - 2, rate: (maximum, first), momentum: (baseMomentum, maxMomentum)),
        Phase(end: end, rate: (first, last), momentum: (maxMomentum, maxMomentum)),
      ] : [rising, Phase(end: end, rate: (maximum, last), momentum: (baseMomentum, maxMomentum))]
    for group in optimizer.groups { group.set("initial_lr", .number(first)) }
    super.init(optimizer)
  }

  public override func rate(of i: Int, current: Double) -> Double {
    if epoch > total {
      optimizer.refuseOption("Tried to step \(epoch) times. The specified number of total steps is \(total)")
      return current
    }
    var start = 0.0
    for (k, phase) in phases.enumerated() {
      guard Double(epoch) <= phase.end || k == phases.count - 1 else {
        start = phase.end
        continue
      }
      let share = (Double(epoch) - start) / (phase.end - start)
      if cyclesMomentum { setMomentum(optimizer.groups[i], between(phase.momentum, share)) }
      return between(phase.rate, share)
    }
    return current
  }

  private func between(_ ends: (from: Double, to: Double), _ share: Double) -> Double {
    switch annealing {
    case .cosine: ends.to + (ends.from - ends.to) / 2 * (cosine(.pi * share) + 1)
    case .linear: (ends.to - ends.from) * share + ends.from
    }
  }

  private func setMomentum(_ group: ParameterGroup, _ value: Double) {
    if case .pair(_, let beta2)? = group.options["betas"] {
      group.set("betas", .pair(value, beta2))
    } else {
      group.set("momentum", .number(value))
    }
  }
}

/// The rate times `factor` when a figure has not improved for more than `patience` epochs.
public final class ReduceLROnPlateau {
  private let optimizer: Optimizer
  private let isLess: Bool
  private let factor: Double
  private let patience: Int
  private let threshold: Double
  private let cooldown: Int
  private let minimum: Double
  private let eps = 1e-8
  private var rest = 0
  /// The best figure so far.
  public private(set) var best: Double
  /// How many epochs have passed without an improvement.
  public private(set) var badEpochs = 0

  /// - Parameters:
  ///   - higherIsBetter: whether the figure is an accuracy and not a loss.
  ///   - threshold: the share by which the figure must improve to count.
  ///   - cooldown: how many epochs after a change do not count.
  public init(
    _ optimizer: Optimizer, higherIsBetter: Bool = false, factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4,
    cooldown: Int = 0, minimum: Double = 0
  ) {
    if factor >= 1 { optimizer.refuseOption("Factor should be < 1.0.") }
    self.optimizer = optimizer
    isLess = !higherIsBetter
    self.factor = factor
    self.patience = patience
    self.threshold = threshold
    self.cooldown = cooldown
    self.minimum = minimum
    best = isLess ? .infinity : -.infinity
  }

  /// Looks at the figure of the epoch that ended.
  public func step(_ figure: Double) {
    let isBetter = isLess ? figure < best * (1 - threshold) : figure > best * (1 + threshold)
    if isBetter { best = figure }
    badEpochs = isBetter ? 0 : badEpochs + 1
    if rest > 0 {
      rest -= 1
      badEpochs = 0
    }
    guard badEpochs > patience else { return }
    for group in optimizer.groups {
      let lower = max(group.lr * factor, minimum)
      if group.lr - lower > eps { group.lr = lower }
    }
    rest = cooldown
    badEpochs = 0
  }
}

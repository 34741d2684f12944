/// The rate times `gamma` every `stepSize` epochs.
public final class StepLR: LearningRateSchedule {
  private var stepSize: Int
  private var gamma: Double

  /// Multiplies by `gamma` after every `stepSize` epochs.
  public init(_ optimizer: Optimizer, stepSize: Int, gamma: Double = 0.1, lastEpoch: Int = -1) {
    self.stepSize = optimizer.requirePositive("step_size", stepSize)
    self.gamma = gamma
    optimizer.requireFinite("gamma", gamma)
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  public override func rate(of i: Int, current: Double) -> Double {
    guard has(group: i) else { return current }
    return epoch == 0 || epoch % stepSize != 0 ? current : current * gamma
  }
  override func firstRate(of i: Int) -> Double? { baseRates[i] }
  override var fields: [ScheduleField] {
    [.period("step_size", \StepLR.stepSize), .number("gamma", \StepLR.gamma)]
  }
}

/// The rate times `gamma` at each milestone.
public final class MultiStepLR: LearningRateSchedule {
  private var milestones: [Int]
  private var gamma: Double

  /// Multiplies by `gamma` at these epochs; at one that is listed twice, twice.
  public init(_ optimizer: Optimizer, milestones: [Int], gamma: Double = 0.1, lastEpoch: Int = -1) {
    self.milestones = milestones
    self.gamma = gamma
    optimizer.requireFinite("gamma", gamma)
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  public override func rate(of i: Int, current: Double) -> Double {
    guard has(group: i) else { return current }
    let times = milestones.count { $0 == epoch }
    return times == 0 ? current : current * power(gamma, Double(times))
  }
  override func firstRate(of i: Int) -> Double? { baseRates[i] * power(gamma, Double(milestones.count { $0 <= 0 })) }
  override var fields: [ScheduleField] {
    [
      .other(
        "milestones",
        { (s: MultiStepLR) in
          // As PyTorch keeps them: how often each epoch is listed.
          .table(Dictionary(grouping: s.milestones) { "\($0)" }.mapValues { .number(Double($0.count)) })
        }
      ) { s, value in
        guard case .table(let counts) = value else { return false }
        var milestones: [Int] = []
        for (key, count) in counts {
          guard let epoch = Int(key), let count = count.number.flatMap({ Int(exactly: $0) }), (0...1_000_000).contains(count) else {
            return false
          }
          milestones += Array(repeating: epoch, count: count)
        }
        s.milestones = milestones.sorted()
        return true
      }, .number("gamma", \MultiStepLR.gamma),
    ]
  }
}

/// The rate times `factor` for the first `totalIters` epochs, and then the rate itself.
public final class ConstantLR: LearningRateSchedule {
  private var factor: Double
  private var totalIters: Int

  /// Multiplies by `factor`, and divides by it again after `totalIters` epochs.
  public init(_ optimizer: Optimizer, factor: Double = 1.0 / 3, totalIters: Int = 5, lastEpoch: Int = -1) {
    self.factor = factor
    self.totalIters = totalIters
    if !(factor >= 0 && factor <= 1) {
      optimizer.refuseOption("Constant multiplicative factor expected to be between 0 and 1.")
    }
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  public override func rate(of i: Int, current: Double) -> Double {
    guard has(group: i) else { return current }
    if epoch == 0 { return current * factor }
    return epoch == totalIters ? current * (1 / factor) : current
  }
  override func firstRate(of i: Int) -> Double? { baseRates[i] * (totalIters <= 0 ? factor + (1 - factor) : factor) }
  override var fields: [ScheduleField] { [.number("factor", \ConstantLR.factor), .integer("total_iters", \ConstantLR.totalIters)] }
}

/// The rate times a factor that goes from `startFactor` to `endFactor` in equal steps: a warm-up.
public final class LinearLR: LearningRateSchedule {
  private var startFactor: Double
  private var endFactor: Double
  private var totalIters: Int

  /// Goes from `startFactor` times the base to `endFactor` times the base in `totalIters` epochs.
  public init(
    _ optimizer: Optimizer, startFactor: Double = 1.0 / 3, endFactor: Double = 1, totalIters: Int = 5, lastEpoch: Int = -1
  ) {
    self.startFactor = startFactor
    self.endFactor = endFactor
    self.totalIters = totalIters
    if !(startFactor > 0 && startFactor <= 1) {
      optimizer.refuseOption("Starting multiplicative factor expected to be greater than 0 and less or equal to 1.")
    }
    if !(endFactor >= 0 && endFactor <= 1) {
      optimizer.refuseOption("Ending multiplicative factor expected to be between 0 and 1.")
    }
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  /// Goes from `startFactor` times the base to `endFactor` times the base in `total` epochs.
  @available(*, deprecated, message: "total is called totalIters")
  public convenience init(_ optimizer: Optimizer, startFactor: Double = 1.0 / 3, endFactor: Double = 1, total: Int) {
    self.init(optimizer, startFactor: startFactor, endFactor: endFactor, totalIters: total)
  }

  public override func rate(of i: Int, current: Double) -> Double {
    guard has(group: i) else { return current }
    if epoch == 0 { return current * startFactor }
    if isInitial || epoch > totalIters { return current }
    let change = endFactor - startFactor
    return current * (1 + change / (Double(totalIters) * startFactor + Double(epoch - 1) * change))
  }
  override func firstRate(of i: Int) -> Double? { totalIters == 0 ? nil : baseRates[i] * startFactor }
  override var fields: [ScheduleField] {
    [
      .number("start_factor", \LinearLR.startFactor), .number("end_factor", \LinearLR.endFactor),
      .integer("total_iters", \LinearLR.totalIters),
    ]
  }
}

/// The rate times `gamma` every epoch.
public final class ExponentialLR: LearningRateSchedule {
  private var gamma: Double

  /// Multiplies by `gamma` after every epoch.
  public init(_ optimizer: Optimizer, gamma: Double, lastEpoch: Int = -1) {
    self.gamma = gamma
    optimizer.requireFinite("gamma", gamma)
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  public override func rate(of i: Int, current: Double) -> Double {
    guard has(group: i) else { return current }
    return isInitial ? current : current * gamma
  }
  override func firstRate(of i: Int) -> Double? { baseRates[i] }
  override var fields: [ScheduleField] { [.number("gamma", \ExponentialLR.gamma)] }
}

/// The rate down to 0 in `totalIters` epochs, along a power of what is left of them.
///
/// base (1 - epoch / totalIters)^power.
public final class PolynomialLR: LearningRateSchedule {
  private var totalIters: Int
  private var power: Double

  /// Goes down to 0 in `totalIters` epochs; straight where `power` is 1.
  public init(_ optimizer: Optimizer, totalIters: Int = 5, power: Double = 1, lastEpoch: Int = -1) {
    self.totalIters = totalIters
    self.power = power
    optimizer.requireFinite("power", power)
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  public override func rate(of i: Int, current: Double) -> Double {
    guard has(group: i) else { return current }
    if isInitial || epoch == 0 || epoch > totalIters { return current }
    let total = Double(totalIters)
    return current * ChainRuleOptim.power((1 - Double(epoch) / total) / (1 - Double(epoch - 1) / total), power)
  }
  override func firstRate(of i: Int) -> Double? { baseRates[i] }
  override var fields: [ScheduleField] { [.integer("total_iters", \PolynomialLR.totalIters), .number("power", \PolynomialLR.power)] }
}

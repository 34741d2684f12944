import ChainRule

/// The rate up and down between two values, again and again, with the momentum the other way (Smith 2017).
///
/// Steps once a batch: `stepSizeUp` batches up and `stepSizeDown` down.
public final class CyclicLR: LearningRateSchedule {
  /// How the height of the cycles changes.
  public enum Mode: String, Sendable {
    /// Not at all.
    case triangular
    /// It is halved every cycle.
    case triangular2
    /// It is multiplied by gamma every step.
    case expRange = "exp_range"
  }

  /// What `scaleFn` is a function of.
  public enum ScaleMode: String, Sendable {
    /// The number of the cycle, from 1.
    case cycle
    /// The number of the step.
    case iterations
  }

  private var maxRates: [Double]
  private var totalSize: Double
  private var stepRatio: Double
  private var mode: Mode
  private var gamma: Double
  private let scaleFn: ((Double) -> Double)?
  private var scaleMode: ScaleMode
  private var cycleMomentum: Bool
  private var baseMomentums: [Double]
  private var maxMomentums: [Double]

  /// Goes from `baseLR` to `maxLR` in `stepSizeUp` steps and back in `stepSizeDown`, at first as many.
  ///
  /// - Parameters:
  ///   - optimizer: the optimizer whose rates are set.
  ///   - baseLR: the lowest rate; a list has one for each group, as `maxLR`, `baseMomentum` and `maxMomentum` may.
  ///   - maxLR: the largest rate, for each group or for all.
  ///   - stepSizeUp: the steps of the rising half.
  ///   - stepSizeDown: the steps of the falling half; as many as of the rising one where none is given.
  ///   - mode: the form of the cycles.
  ///   - gamma: the factor of each cycle.
  ///   - scaleFn: what the height is multiplied by, in place of the mode's own: a function of what `scaleMode` says.
  ///   - scaleMode: whether `scaleFn` takes the cycle or the step.
  ///   - cycleMomentum: whether the momentum runs against the rate.
  ///   - baseMomentum: the smallest momentum.
  ///   - maxMomentum: the largest momentum.
  ///   - lastEpoch: the step after which the schedule goes on; -1 at the beginning.
  public init(
    _ optimizer: Optimizer, baseLR: any PerGroup, maxLR: any PerGroup, stepSizeUp: Int = 2000, stepSizeDown: Int? = nil,
    mode: Mode = .triangular, gamma: Double = 1, scaleFn: ((Double) -> Double)? = nil, scaleMode: ScaleMode = .cycle,
    cycleMomentum: Bool = true, baseMomentum: any PerGroup = 0.8, maxMomentum: any PerGroup = 0.9, lastEpoch: Int = -1
  ) {
    let lowest = optimizer.values("base_lr", baseLR)
    maxRates = optimizer.values("max_lr", maxLR)
    let up = Double(optimizer.requirePositive("step_size_up", stepSizeUp)), down = stepSizeDown.map { Double(max($0, 0)) } ?? up
    if let stepSizeDown, stepSizeDown < 0 {
      optimizer.refuseOption("Expected step_size_down >= 0, but got \(stepSizeDown)")
    }
    optimizer.requireFinite("gamma", gamma)
    totalSize = up + down
    stepRatio = up / totalSize
    self.mode = mode
    self.gamma = gamma
    self.scaleFn = scaleFn
    self.scaleMode = scaleFn != nil ? scaleMode : mode == .expRange ? .iterations : .cycle
    self.cycleMomentum = cycleMomentum
    baseMomentums = optimizer.values("base_momentum", baseMomentum)
    maxMomentums = optimizer.values("max_momentum", maxMomentum)
    if cycleMomentum { optimizer.requireMomentum() }
    if lastEpoch == -1, !isErrorPending {
      for (i, group) in optimizer.groups.enumerated() {
        group.lr = lowest[i]
        if cycleMomentum { group.setMomentum(from: maxMomentums[i], to: baseMomentums[i]) }
      }
    }
    super.init(optimizer, lastEpoch: lastEpoch)
    baseRates = lowest
  }

  private func scale(_ x: Double) -> Double {
    if let scaleFn { return scaleFn(x) }
    return switch mode {
    case .triangular: 1
    case .triangular2: 1 / power(2, x - 1)
    case .expRange: power(gamma, x)
    }
  }

  public override func rate(of i: Int, current: Double) -> Double {
    guard has(group: i) else { return current }
    let cycle = (1 + Double(epoch) / totalSize).rounded(.down), x = 1 + Double(epoch) / totalSize - cycle
    let height = x <= stepRatio ? x / stepRatio : (x - 1) / (stepRatio - 1)
    let scale = scale(scaleMode == .cycle ? cycle : Double(epoch))
    if cycleMomentum {
      optimizer.groups[i].setMomentum(maxMomentums[i] - (maxMomentums[i] - baseMomentums[i]) * height * scale)
    }
    return baseRates[i] + (maxRates[i] - baseRates[i]) * height * scale
  }

  override var fields: [ScheduleField] {
    [
      .numbers("max_lrs", \CyclicLR.maxRates), .number("total_size", \CyclicLR.totalSize), .number("step_ratio", \CyclicLR.stepRatio),
      .word("mode", \CyclicLR.mode), .number("gamma", \CyclicLR.gamma), .word("scale_mode", \CyclicLR.scaleMode),
      .flag("cycle_momentum", \CyclicLR.cycleMomentum), .constant("use_beta1", .flag(optimizer.defaults["betas"] != nil)),
      .numbers("base_momentums", \CyclicLR.baseMomentums), .numbers("max_momentums", \CyclicLR.maxMomentums),
      .constant("_scale_fn_custom", .null),
    ]
  }
}

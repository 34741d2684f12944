/// The rate along half a cosine from its base to `etaMin` in `tMax` epochs, and back (Loshchilov and Hutter 2017).
///
/// etaMin + (base - etaMin) (1 + cos(pi epoch / tMax)) / 2.
public final class CosineAnnealingLR: LearningRateSchedule {
  private var tMax: Int
  private var etaMin: Double

  /// Goes down to `etaMin` in `tMax` epochs.
  public init(_ optimizer: Optimizer, tMax: Int, etaMin: Double = 0, lastEpoch: Int = -1) {
    self.tMax = optimizer.requirePositive("T_max", tMax)
    self.etaMin = etaMin
    optimizer.requireFinite("eta_min", etaMin)
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  /// Goes down to `minimum` in `tMax` epochs.
  @available(*, deprecated, message: "minimum is called etaMin")
  public convenience init(_ optimizer: Optimizer, tMax: Int, minimum: Double) { self.init(optimizer, tMax: tMax, etaMin: minimum) }

  public override func rate(of i: Int, current: Double) -> Double {
    guard has(group: i) else { return current }
    if isInitial || epoch == 0 { return current }
    let t = Double(epoch), period = Double(tMax)
    // Where the rate was at its minimum, it cannot be scaled up again.
    if tMax <= Int.max / 2, (epoch - 1 - tMax) % (2 * tMax) == 0 {
      return current + (baseRates[i] - etaMin) * (1 - cosine(.pi / period)) / 2
    }
    return (1 + cosine(.pi * t / period)) / (1 + cosine(.pi * (t - 1) / period)) * (current - etaMin) + etaMin
  }
  override func firstRate(of i: Int) -> Double? { baseRates[i] }
  override var fields: [ScheduleField] {
    [.period("T_max", \CosineAnnealingLR.tMax), .number("eta_min", \CosineAnnealingLR.etaMin)]
  }
}

/// The rate along half a cosine from its base to `etaMin`, again and again: after `t0` epochs, then after `tMult` times as many as the
/// time before (Loshchilov and Hutter 2017).
public final class CosineAnnealingWarmRestarts: LearningRateSchedule {
  private var t0: Int
  private var tMult: Int
  private var etaMin: Double

  /// Goes down to `etaMin` in `t0` epochs, then from the base again in `tMult` times as many.
  public init(_ optimizer: Optimizer, t0: Int, tMult: Int = 1, etaMin: Double = 0, lastEpoch: Int = -1) {
    self.t0 = optimizer.requirePositive("T_0", t0)
    self.tMult = max(tMult, 1)
    self.etaMin = etaMin
    if tMult < 1 { optimizer.refuseOption("Expected integer T_mult >= 1, but got \(tMult)") }
    optimizer.requireFinite("eta_min", etaMin)
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  /// The epochs since the last restart, and those from it to the next.
  private var place: (current: Int, period: Int) {
    var current = max(epoch, 0), period = t0
    if tMult == 1 { return (current % period, period) }
    while current >= period {
      current -= period
      let (longer, isTooLong) = period.multipliedReportingOverflow(by: tMult)
      period = isTooLong ? .max : longer
    }
    return (current, period)
  }

  public override func rate(of i: Int, current: Double) -> Double {
    guard has(group: i) else { return current }
    let (t, period) = place
    return etaMin + (baseRates[i] - etaMin) * (1 + cosine(.pi * Double(t) / Double(period))) / 2
  }
  override var fields: [ScheduleField] {
    [
      .period("T_0", \CosineAnnealingWarmRestarts.t0), .period("T_mult", \CosineAnnealingWarmRestarts.tMult),
      .number("eta_min", \CosineAnnealingWarmRestarts.etaMin),
      // Both follow from the epoch; PyTorch keeps them.
      .other("T_cur", { (s: CosineAnnealingWarmRestarts) in .number(Double(s.place.current)) }) { _, _ in true },
      .other("T_i", { (s: CosineAnnealingWarmRestarts) in .number(Double(s.place.period)) }) { _, _ in true },
    ]
  }
}

import ChainRule

/// The rate up to a maximum and down to almost nothing, with the momentum the other way (Smith and Topin 2018).
///
/// Steps once a batch: `totalSteps` batches in all.
///
///     OneCycleLR(optimizer, maxLR: 0.1, epochs: 10, stepsPerEpoch: loader.count)
public final class OneCycleLR: LearningRateSchedule {
  /// How values go from one to the next.
  public typealias Annealing = AnnealStrategy

  /// A part of the cycle: it ends at step `end`, and goes between values that the groups keep under these names.
  private struct Phase {
    let end: Double
    let rate: (from: String, to: String)
    let momentum: (from: String, to: String)
  }

  private var totalSteps: Int
  private var phases: [Phase]
  private var annealStrategy: AnnealStrategy
  private var cycleMomentum: Bool

  /// Goes from maxLR / divFactor up to `maxLR` in the first `pctStart` share of the steps, then down to
  /// maxLR / divFactor / finalDivFactor.
  ///
  /// - Parameters:
  ///   - optimizer: the optimizer whose rates are set.
  ///   - maxLR: the highest rate; a list has one for each group, as `baseMomentum` and `maxMomentum` may.
  ///   - totalSteps: how many steps there are; where it is left out, epochs times stepsPerEpoch.
  ///   - epochs: the number of epochs.
  ///   - stepsPerEpoch: the steps of an epoch.
  ///   - pctStart: the part of the steps in which the rate rises.
  ///   - annealStrategy: the form of the curve.
  ///   - cycleMomentum: whether the momentum runs against the rate.
  ///   - baseMomentum: the smallest momentum.
  ///   - maxMomentum: the largest momentum.
  ///   - divFactor: the largest rate over the first.
  ///   - finalDivFactor: the first rate over the last.
  ///   - threePhase: whether it goes down to the first value as fast as it went up, and on from there.
  ///   - lastEpoch: the step after which the schedule goes on; -1 at the beginning.
  public init(
    _ optimizer: Optimizer, maxLR: any PerGroup, totalSteps: Int? = nil, epochs: Int? = nil, stepsPerEpoch: Int? = nil,
    pctStart: Double = 0.3, annealStrategy: AnnealStrategy = .cos, cycleMomentum: Bool = true, baseMomentum: any PerGroup = 0.85,
    maxMomentum: any PerGroup = 0.95, divFactor: Double = 25, finalDivFactor: Double = 1e4, threePhase: Bool = false, lastEpoch: Int = -1
  ) {
    let total = Self.steps(optimizer, totalSteps, epochs, stepsPerEpoch)
    if !(pctStart >= 0 && pctStart <= 1) {
      optimizer.refuseOption("Expected float between 0 and 1 pct_start, but got \(OptionValue.text(pctStart))")
    }
    for (name, factor) in [("div_factor", divFactor), ("final_div_factor", finalDivFactor)] where !(factor > 0 && factor < .infinity) {
      optimizer.refuseOption("Expected positive \(name), but got \(OptionValue.text(factor))", "The first rate is max_lr / div_factor.")
    }
    self.totalSteps = total
    self.annealStrategy = annealStrategy
    self.cycleMomentum = cycleMomentum
    let up = pctStart * Double(total) - 1, end = Double(total - 1)
    let rising = Phase(end: up, rate: ("initial_lr", "max_lr"), momentum: ("max_momentum", "base_momentum"))
    phases =
      threePhase
      ? [
        rising, Phase(end: 2 * pctStart * Double(total) - 2, rate: ("max_lr", "initial_lr"), momentum: ("base_momentum", "max_momentum")),
        Phase(end: end, rate: ("initial_lr", "min_lr"), momentum: ("max_momentum", "max_momentum")),
      ] : [rising, Phase(end: end, rate: ("max_lr", "min_lr"), momentum: ("base_momentum", "max_momentum"))]
    if lastEpoch == -1, phases[0].end == 0 { Self.refuseEmptyPhase(optimizer, 0, 0) }
    let highest = optimizer.values("max_lr", maxLR)
    if lastEpoch == -1 {
      for (group, highest) in zip(optimizer.groups, highest) {
        let first = highest / divFactor
        group.set("initial_lr", .number(first))
        group.set("max_lr", .number(highest))
        group.set("min_lr", .number(first / finalDivFactor))
      }
    }
    if cycleMomentum {
      optimizer.requireMomentum()
      let highest = optimizer.values("max_momentum", maxMomentum), lowest = optimizer.values("base_momentum", baseMomentum)
      if lastEpoch == -1, !isErrorPending {
        for (i, group) in optimizer.groups.enumerated() { group.setMomentum(from: highest[i], to: lowest[i]) }
      }
    }
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  /// Goes up to `maximum` and down again in `totalSteps` steps.
  @available(
    *, deprecated, message: "maximum, warmUp, annealing and cyclesMomentum are called maxLR, pctStart, annealStrategy, cycleMomentum"
  )
  public convenience init(
    _ optimizer: Optimizer, maximum: Double, totalSteps: Int, warmUp: Double = 0.3, annealing: Annealing = .cos,
    cyclesMomentum: Bool = true, baseMomentum: Double = 0.85, maxMomentum: Double = 0.95, divFactor: Double = 25,
    finalDivFactor: Double = 1e4, threePhase: Bool = false
  ) {
    self.init(
      optimizer, maxLR: maximum, totalSteps: totalSteps, pctStart: warmUp, annealStrategy: annealing, cycleMomentum: cyclesMomentum,
      baseMomentum: baseMomentum, maxMomentum: maxMomentum, divFactor: divFactor, finalDivFactor: finalDivFactor, threePhase: threePhase)
  }

  private static func steps(_ optimizer: Optimizer, _ totalSteps: Int?, _ epochs: Int?, _ stepsPerEpoch: Int?) -> Int {
    if let totalSteps { return optimizer.requirePositive("total_steps", totalSteps) }
    guard let epochs, let stepsPerEpoch else {
      optimizer.refuseOption("You must define either total_steps OR (epochs AND steps_per_epoch)")
      return 1
    }
    let (total, isTooLong) = optimizer.requirePositive("epochs", epochs)
      .multipliedReportingOverflow(by: optimizer.requirePositive("steps_per_epoch", stepsPerEpoch))
    if isTooLong { optimizer.refuseOption("epochs * steps_per_epoch is too large: \(epochs) * \(stepsPerEpoch)") }
    return isTooLong ? .max : total
  }

  public override func rate(of i: Int, current: Double) -> Double {
    guard has(group: i) else { return current }
    if epoch > totalSteps {
      optimizer.refuseOption("Tried to step \(epoch) times. The specified number of total steps is \(totalSteps)")
      return current
    }
    let group = optimizer.groups[i]
    var start = 0.0
    for (k, phase) in phases.enumerated() {
      guard Double(epoch) <= phase.end || k == phases.count - 1 else {
        start = phase.end
        continue
      }
      if phase.end == start {
        Self.refuseEmptyPhase(optimizer, k, start)
        return current
      }
      let share = (Double(epoch) - start) / (phase.end - start)
      if cycleMomentum { group.setMomentum(between(group.number(phase.momentum.from), group.number(phase.momentum.to), share)) }
      return between(group.number(phase.rate.from), group.number(phase.rate.to), share)
    }
    return current
  }

  private static func refuseEmptyPhase(_ optimizer: Optimizer, _ k: Int, _ start: Double) {
    optimizer.refuseOption(
      "division by zero: phase \(k + 1) of OneCycleLR has a length of 0, it begins and ends at step \(OptionValue.text(start))",
      "pct_start * total_steps - 1 is the last step of the first phase: make pct_start or total_steps larger or smaller.")
  }

  private func between(_ from: Double, _ to: Double, _ share: Double) -> Double {
    switch annealStrategy {
    case .cos: to + (from - to) / 2 * (cosine(.pi * share) + 1)
    case .linear: (to - from) * share + from
    }
  }

  override var fields: [ScheduleField] {
    [
      .period("total_steps", \OneCycleLR.totalSteps), .word("_anneal_func_type", \OneCycleLR.annealStrategy),
      .flag("cycle_momentum", \OneCycleLR.cycleMomentum), .constant("use_beta1", .flag(optimizer.defaults["betas"] != nil)),
      .other("_schedule_phases", { (s: OneCycleLR) in .list(s.phases.map(Self.table)) }) { s, value in
        guard let values = value.values else { return false }
        let phases = values.compactMap { Self.phase($0) }
        guard phases.count == values.count, !phases.isEmpty else { return false }
        s.phases = phases
        return true
      },
    ]
  }

  private static func table(_ phase: Phase) -> OptionValue {
    .table([
      "end_step": .number(phase.end), "start_lr": .word(phase.rate.from), "end_lr": .word(phase.rate.to),
      "start_momentum": .word(phase.momentum.from), "end_momentum": .word(phase.momentum.to),
    ])
  }

  private static func phase(_ value: OptionValue) -> Phase? {
    guard case .table(let values) = value, let end = values["end_step"]?.number else { return nil }
    let words = ["start_lr", "end_lr", "start_momentum", "end_momentum"].compactMap { name -> String? in
      if case .word(let text)? = values[name], Optimizer.scheduleOptions.contains(text) { text } else { nil }
    }
    return words.count == 4 ? Phase(end: end, rate: (words[0], words[1]), momentum: (words[2], words[3])) : nil
  }
}

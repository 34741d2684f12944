/// The rate from where it is to `swaLR` in `annealEpochs` epochs, and then that: for averages of weights (Izmailov et al. 2018).
public final class SWALR: LearningRateSchedule {
  private var annealEpochs: Int
  private var annealStrategy: AnnealStrategy

  /// Goes to `swaLR`, a list of one rate for each group or one for all.
  public init(
    _ optimizer: Optimizer, swaLR: any PerGroup, annealEpochs: Int = 10, annealStrategy: AnnealStrategy = .cos, lastEpoch: Int = -1
  ) {
    for (group, rate) in zip(optimizer.groups, optimizer.values("swa_lr", swaLR)) { group.set("swa_lr", .number(rate)) }
    if annealEpochs < 0 { optimizer.refuseOption("anneal_epochs must be equal or greater than 0, got \(annealEpochs)") }
    self.annealEpochs = max(annealEpochs, 0)
    self.annealStrategy = annealStrategy
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  /// How much of the way to the last rate is done after `step` steps.
  private func share(_ step: Int) -> Double {
    let t = max(0, min(1, Double(step) / Double(max(1, annealEpochs))))
    return annealStrategy == .linear ? t : (1 - cosine(.pi * t)) / 2
  }

  public override func rate(of i: Int, current: Double) -> Double {
    guard has(group: i) else { return current }
    let step = annealEpochs == 0 ? max(1, stepCount - 1) : stepCount - 1
    let target = optimizer.groups[i].number("swa_lr"), before = share(step - 1), now = share(step)
    let first = before == 1 ? target : (current - before * target) / (1 - before)
    return target * now + first * (1 - now)
  }

  override var fields: [ScheduleField] {
    [.integer("anneal_epochs", \SWALR.annealEpochs), .word("_anneal_strategy", \SWALR.annealStrategy)]
  }
}

import ArgumentParser
import ChainRule
import ChainRuleOptim

/// How the learning rate changes over a run.
enum ScheduleChoice: String, CaseIterable, ExpressibleByArgument {
  case constant, cosine, linear, onecycle, step, plateau

  /// Whether the rates follow from the length of the whole run, which then cannot be changed.
  var dependsOnLength: Bool { self == .cosine || self == .linear || self == .onecycle || self == .step }
}

/// The schedule of a run: after each step, or after each epoch.
struct RateSchedule {
  private let stepped: LearningRateSchedule?
  private let plateau: ReduceLROnPlateau?
  private let steps: Int

  /// - Parameters:
  ///   - steps: how many the whole run has.
  init(_ choice: ScheduleChoice, _ optimizer: Optimizer, lr: Double, steps: Int) {
    self.steps = steps
    stepped =
      switch choice {
      case .constant, .plateau: nil
      case .cosine: CosineAnnealingLR(optimizer, tMax: steps)
      case .linear: LinearLR(optimizer, startFactor: 1, endFactor: 0, totalIters: steps)
      case .onecycle: OneCycleLR(optimizer, maxLR: lr, totalSteps: steps)
      // A tenth after each third.
      case .step: StepLR(optimizer, stepSize: (steps + 2) / 3)
      }
    plateau = choice == .plateau ? ReduceLROnPlateau(optimizer, factor: 0.5, patience: 3) : nil
  }

  /// After step `step`, counted from one.
  func endStep(_ step: Int) { if step < steps { stepped?.step() } }

  /// After an epoch, with the loss on samples that were not learned from.
  func endEpoch(_ loss: Double) { plateau?.step(loss) }

  private var state: [String: OptionValue] { stepped?.stateDict() ?? plateau?.stateDict() ?? [:] }

  /// The numbers that change from step to step; all else follows from the settings.
  var numbers: [String: Double] {
    state.compactMapValues { value in if case .number(let number) = value { number } else { nil } }
  }

  /// Goes on from these numbers.
  func load(_ numbers: [String: Double]) throws {
    var state = state
    for (name, number) in numbers where state[name] != nil { state[name] = .number(number) }
    try stepped?.load(state)
    try plateau?.load(state)
  }
}

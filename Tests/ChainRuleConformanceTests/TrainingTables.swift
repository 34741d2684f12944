import ChainRule
import ChainRuleOptim

/// PyTorch's optimizers in our words: for each name, what makes it of groups. The options have PyTorch's names, and those that a case
/// does not give are our own defaults.
///
/// To add an optimizer add its line; the suite then tries it with every configuration there is.
enum OptimizerTable {
  static let constructors: [String: @Sendable ([ParameterGroup]) -> Optimizer] = [
    "ASGD": { ASGD(groups: $0) },
    "Adadelta": { Adadelta(groups: $0) },
    "Adafactor": { Adafactor(groups: $0) },
    "Adagrad": { Adagrad(groups: $0) },
    "Adam": { Adam(groups: $0) },
    "AdamW": { AdamW(groups: $0) },
    "Adamax": { Adamax(groups: $0) },
    "LBFGS": { LBFGS(groups: $0) },
    "Muon": { Muon(groups: $0) },
    "NAdam": { NAdam(groups: $0) },
    "RAdam": { RAdam(groups: $0) },
    "RMSprop": { RMSprop(groups: $0) },
    "Rprop": { Rprop(groups: $0) },
    "SGD": { SGD(groups: $0) },
  ]

  /// Optimizers that round to bfloat16, where processors multiply differently: the share of a step that may differ.
  static let roundedSteps: [String: Double] = ["Muon": 1e-2]

  /// The value of an argument as an option.
  static func option(_ argument: Argument) throws -> OptionValue {
    switch argument {
    case .none: return .null
    case .bool(let value): return .flag(value)
    case .string(let text): return .word(text)
    case .list(let elements), .tuple(let elements):
      let values = try elements.map(option)
      if values.count == 2, case .number(let a) = values[0], case .number(let b) = values[1] { return .pair(a, b) }
      return .list(values)
    default:
      guard let number = argument.number else { throw CaseError("an option that is no number, word or list") }
      return .number(number)
    }
  }
}

/// PyTorch's schedules in our words: for each name, the call that does the same.
enum ScheduleTable {
  static let constructors: [String: @Sendable (Optimizer, Keywords) throws -> LearningRateSchedule] = [
    "LambdaLR": { LambdaLR($0, lrLambda: try $1.functions("functions")) },
    "MultiplicativeLR": { MultiplicativeLR($0, lrLambda: try $1.functions("functions")) },
    "StepLR": { StepLR($0, stepSize: try $1.int("step_size"), gamma: $1.number("gamma", 0.1)) },
    "MultiStepLR": { MultiStepLR($0, milestones: try $1.ints("milestones"), gamma: $1.number("gamma", 0.1)) },
    "ConstantLR": { ConstantLR($0, factor: $1.number("factor", 1.0 / 3), totalIters: $1.int("total_iters", 5)) },
    "LinearLR": {
      LinearLR(
        $0, startFactor: $1.number("start_factor", 1.0 / 3), endFactor: $1.number("end_factor", 1), totalIters: $1.int("total_iters", 5))
    },
    "ExponentialLR": { ExponentialLR($0, gamma: $1.number("gamma", 0)) },
    "PolynomialLR": { PolynomialLR($0, totalIters: $1.int("total_iters", 5), power: $1.number("power", 1)) },
    "CosineAnnealingLR": { CosineAnnealingLR($0, tMax: try $1.int("T_max"), etaMin: $1.number("eta_min", 0)) },
    "CosineAnnealingWarmRestarts": {
      CosineAnnealingWarmRestarts($0, t0: try $1.int("T_0"), tMult: $1.int("T_mult", 1), etaMin: $1.number("eta_min", 0))
    },
    "OneCycleLR": {
      OneCycleLR(
        $0, maxLR: try $1.perGroup("max_lr"), totalSteps: $1.optionalInt("total_steps"), epochs: $1.optionalInt("epochs"),
        stepsPerEpoch: $1.optionalInt("steps_per_epoch"), pctStart: $1.number("pct_start", 0.3),
        annealStrategy: try $1.word("anneal_strategy", AnnealStrategy.cos), divFactor: $1.number("div_factor", 25),
        finalDivFactor: $1.number("final_div_factor", 1e4), threePhase: $1.flag("three_phase"))
    },
    "CyclicLR": {
      CyclicLR(
        $0, baseLR: try $1.perGroup("base_lr"), maxLR: try $1.perGroup("max_lr"), stepSizeUp: $1.int("step_size_up", 2000),
        stepSizeDown: $1.optionalInt("step_size_down"), mode: try $1.word("mode", CyclicLR.Mode.triangular), gamma: $1.number("gamma", 1))
    },
    "SequentialLR": { optimizer, keywords in
      let parts = try keywords.parts(optimizer)
      return SequentialLR(optimizer, schedules: parts, milestones: try keywords.ints("milestones"))
    },
    "ChainedScheduler": { ChainedScheduler(try $1.parts($0)) },
    "SWALR": {
      SWALR(
        $0, swaLR: try $1.perGroup("swa_lr"), annealEpochs: $1.int("anneal_epochs", 10),
        annealStrategy: try $1.word("anneal_strategy", AnnealStrategy.cos))
    },
  ]

  /// The schedule that looks at a figure.
  static func plateau(_ optimizer: Optimizer, _ keywords: Keywords) throws -> ReduceLROnPlateau {
    ReduceLROnPlateau(
      optimizer, mode: try keywords.word("mode", ReduceLROnPlateau.Mode.min), factor: keywords.number("factor", 0.1),
      patience: keywords.int("patience", 10), threshold: keywords.number("threshold", 1e-4),
      thresholdMode: try keywords.word("threshold_mode", ReduceLROnPlateau.ThresholdMode.rel), cooldown: keywords.int("cooldown", 0),
      minLR: try keywords.perGroup("min_lr"))
  }

  /// Functions of the epoch, as the cases write them in Python.
  static let functions: [String: @Sendable (Int) -> Double] = [
    "0.95 ** epoch": { (0..<$0).reduce(1) { y, _ in y * 0.95 } },
    "1 / (1 + epoch)": { 1 / Double(1 + $0) },
    "0.97": { _ in 0.97 },
    "0.9 if epoch % 5 == 0 else 1.0": { $0 % 5 == 0 ? 0.9 : 1 },
  ]
}

/// The named arguments of a schedule, plain JSON.
struct Keywords {
  let values: [String: JSONValue]

  private func number(_ value: JSONValue?) -> Double? {
    switch value {
    case .real(let number): number
    case .integer(let number): Double(number)
    default: nil
    }
  }

  func number(_ name: String, _ otherwise: Double) -> Double { number(values[name]) ?? otherwise }
  func optionalInt(_ name: String) -> Int? { values[name]?.integer }
  func int(_ name: String, _ otherwise: Int) -> Int { optionalInt(name) ?? otherwise }
  func flag(_ name: String) -> Bool { values[name]?.bool ?? false }

  func int(_ name: String) throws -> Int {
    guard let value = optionalInt(name) else { throw CaseError("no \(name)") }
    return value
  }

  func ints(_ name: String) throws -> [Int] {
    guard let values = values[name]?.array else { throw CaseError("no list \(name)") }
    return values.compactMap(\.integer)
  }

  func word<T: RawRepresentable<String>>(_ name: String, _ otherwise: T) throws -> T {
    guard let text = values[name]?.string else { return otherwise }
    guard let word = T(rawValue: text) else { throw CaseError("unknown \(name) \(text)") }
    return word
  }

  func perGroup(_ name: String) throws -> any PerGroup {
    if let list = values[name]?.array { return list.compactMap { number($0) } }
    guard let value = number(values[name]) else { throw CaseError("no \(name)") }
    return value
  }

  func functions(_ name: String) throws -> [(Int) -> Double] {
    guard let texts = values[name]?.array?.compactMap(\.string) else { throw CaseError("no \(name)") }
    return try texts.map { text in
      guard let function = ScheduleTable.functions[text] else { throw CaseError("the function \"\(text)\" is in no table") }
      return function
    }
  }

  /// The schedules that one is made of: pairs of a name and arguments.
  func parts(_ optimizer: Optimizer) throws -> [LearningRateSchedule] {
    guard let parts = values["parts"]?.array else { throw CaseError("no parts") }
    return try parts.map { part in
      guard let pair = part.array, pair.count == 2, let name = pair[0].string, case .object(let arguments) = pair[1],
        let make = ScheduleTable.constructors[name]
      else { throw CaseError("a part that is in no table") }
      return try make(optimizer, Keywords(values: arguments))
    }
  }
}

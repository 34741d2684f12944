import ArgumentParser
import ChainRule
import ChainRuleData
import ChainRuleOptim

/// How the weights follow the gradient.
enum OptimizerChoice: String, CaseIterable, ExpressibleByArgument {
  case adam, adamw, sgd

  func optimizer(_ parameters: [Tensor], lr: Double) -> Optimizer {
    switch self {
    case .adam: Adam(parameters, lr: lr)
    case .adamw: AdamW(parameters, lr: lr)
    case .sgd: SGD(parameters, lr: lr)
    }
  }
}

/// What decides the numbers of a training run, beside its data.
struct RunSettings: Equatable {
  /// How many epochs, and how many samples in a batch, there may be: products of them must fit an `Int`.
  static let counts = 1...1_000_000_000

  let job: String
  var epochs: Int
  var batch: Int
  var lr: Double
  var seed = 0
  var hidden: [Int]
  var optimizer = OptimizerChoice.adam
  var schedule = ScheduleChoice.constant
  /// The largest norm of all gradients together; 0 for any.
  var clip = 0.0
  /// After how many epochs without a smaller loss on samples kept back training ends; 0 for never.
  var patience = 0
  /// Options of the job's own, by name; they cannot change once the run has begun.
  var extra: [String: String] = [:]
  /// Where the data lies, by the option that says so; it may move.
  var sources: [String: String] = [:]

  init(job: String, epochs: Int, batch: Int, lr: Double, hidden: [Int]) {
    self.job = job
    self.epochs = epochs
    self.batch = batch
    self.lr = lr
    self.hidden = hidden
  }

  /// The options by name, as they are written on the command line.
  var texts: [String: String] {
    var texts = [
      "job": job, "epochs": "\(epochs)", "batch": "\(batch)", "lr": "\(lr)", "seed": "\(seed)",
      "hidden": hidden.map(String.init).joined(separator: ","), "optimizer": optimizer.rawValue, "schedule": schedule.rawValue,
      "clip": "\(clip)", "patience": "\(patience)",
    ]
    for (name, value) in extra { texts[name] = value }
    return texts
  }

  /// What a job's help says of the options whose defaults are the job's own.
  var usual: String {
    let options = ["epochs", "batch", "lr", "hidden", "schedule"].map { "--\($0) \(texts[$0]!)" }.joined(separator: " ")
    return spoken("Without an option: \(options).", "옵션을 주지 않으면: \(options).")
  }

  /// The settings under `run.NAME` in the metadata of a file; those of `defaults` name what must be there.
  init(metadata: [String: String], like defaults: RunSettings, file: String) throws(FormatError) {
    func number<N: LosslessStringConvertible>(_ name: String, _ usual: N? = nil) throws(FormatError) -> N {
      // A run of an earlier version knows nothing of this option.
      if let usual, metadata["run.\(name)"] == nil { return usual }
      guard let text = metadata["run.\(name)"], let value = N(text) else {
        throw FormatError(file: file, place: .key("run.\(name)"), "is missing, or no number")
      }
      return value
    }
    guard let job = metadata["run.job"] else { throw FormatError(file: file, "is no checkpoint of a run") }
    guard job == defaults.job else {
      throw FormatError(file: file, place: .key("run.job"), "is a run of \(job), not of \(defaults.job)")
    }
    let widths = (metadata["run.hidden"] ?? "").split(separator: ",").map { Int($0) ?? 0 }
    guard Widths.areUsable(widths) else {
      throw FormatError(file: file, place: .key("run.hidden"), "is not a list of widths")
    }
    self.init(job: job, epochs: try number("epochs"), batch: try number("batch"), lr: try number("lr"), hidden: widths)
    seed = try number("seed")
    guard let optimizer = metadata["run.optimizer"].flatMap(OptimizerChoice.init) else {
      throw FormatError(file: file, place: .key("run.optimizer"), "is missing, or no optimizer")
    }
    self.optimizer = optimizer
    guard let schedule = ScheduleChoice(rawValue: metadata["run.schedule"] ?? ScheduleChoice.constant.rawValue) else {
      throw FormatError(file: file, place: .key("run.schedule"), "is no schedule")
    }
    self.schedule = schedule
    clip = try number("clip", 0)
    patience = try number("patience", 0)
    for (name, usual) in defaults.extra { extra[name] = metadata["run.\(name)"] ?? usual }
    sources = defaults.sources
    guard clip >= 0, clip.isFinite, patience >= 0, Self.counts.contains(epochs), Self.counts.contains(batch), lr > 0, lr.isFinite else {
      throw FormatError(file: file, "its settings are out of range")
    }
  }

  /// The settings as a file that `--config` reads: every option by its name.
  var file: String {
    Self.file(texts.merging(sources) { $1 }.filter { !$0.value.isEmpty || $0.key == "hidden" })
  }

  /// The same of options by their names.
  static func file(_ options: [String: String]) -> String {
    "{\n" + options.sorted { $0.key < $1.key }.map { "  \(jsonText($0.key)): \(jsonText($0.value))" }.joined(separator: ",\n") + "\n}\n"
  }

  /// Takes over what the command line says.
  ///
  /// - Throws: a usage error where `isFixed`, as the run has begun, and an option says otherwise. It may only get longer.
  mutating func apply(_ options: TrainingOptions, extra given: [String: String?] = [:], isFixed: Bool) throws {
    let begun = texts
    if let epochs = options.epochs { self.epochs = epochs }
    if let batch = options.batch { self.batch = batch }
    if let lr = options.lr { self.lr = lr }
    if let seed = options.seed { self.seed = seed }
    if let optimizer = options.optimizer { self.optimizer = optimizer }
    if let hidden = options.hidden { self.hidden = hidden.values }
    if let schedule = options.schedule { self.schedule = schedule }
    if let clip = options.clip { self.clip = clip }
    if let patience = options.patience { self.patience = patience }
    for case let (name, value?) in given { extra[name] = value }
    guard isFixed else { return }
    let now = texts
    for name in begun.keys.sorted() where begun[name] != now[name] && (name != "epochs" || schedule.dependsOnLength) {
      throw ValidationError(
        spoken(
          "--\(name) \(now[name] ?? ""): the run in \(options.out) was begun with \(begun[name] ?? "")",
          "--\(name) \(now[name] ?? ""): \(options.out)의 실행은 \(begun[name] ?? "")(으)로 시작했습니다"))
    }
  }
}

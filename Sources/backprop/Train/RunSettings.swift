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
  /// Numbers of the job's own, by the option that sets them.
  var extra: [String: Int] = [:]

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
      "hidden": hidden.map(String.init).joined(separator: ","), "optimizer": optimizer.rawValue,
    ]
    for (name, value) in extra { texts[name] = "\(value)" }
    return texts
  }

  /// The settings under `run.NAME` in the metadata of a file; those of `defaults` name what must be there.
  init(metadata: [String: String], like defaults: RunSettings, file: String) throws(FormatError) {
    func number<N: LosslessStringConvertible>(_ name: String) throws(FormatError) -> N {
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
    for name in defaults.extra.keys { extra[name] = try number(name) }
    guard Self.counts.contains(epochs), Self.counts.contains(batch), lr > 0, lr.isFinite else {
      throw FormatError(file: file, "its settings are out of range")
    }
  }

  /// Takes over what the command line says.
  ///
  /// - Throws: a usage error where `isFixed`, as the run has begun, and an option says otherwise. It may only get longer.
  mutating func apply(_ options: TrainingOptions, extra given: [String: Int?] = [:], isFixed: Bool) throws {
    let begun = texts
    if let epochs = options.epochs { self.epochs = epochs }
    if let batch = options.batch { self.batch = batch }
    if let lr = options.lr { self.lr = lr }
    if let seed = options.seed { self.seed = seed }
    if let optimizer = options.optimizer { self.optimizer = optimizer }
    if let hidden = options.hidden { self.hidden = hidden.values }
    for case let (name, value?) in given { extra[name] = value }
    guard isFixed else { return }
    let now = texts
    for name in begun.keys.sorted() where name != "epochs" && begun[name] != now[name] {
      throw ValidationError("--\(name) \(now[name] ?? ""): the run in \(options.out) was begun with \(begun[name] ?? "")")
    }
  }
}

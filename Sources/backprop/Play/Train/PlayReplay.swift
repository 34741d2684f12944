import ChainRule
import ChainRuleData
import ChainRuleNN
import Foundation

/// The weights that a run has left.
struct PlayStored: Sendable {
  let folder: String
  let weights: NamedTensors

  /// Reads them; nil where the run was ended before it had left any.
  init?(_ folder: String) throws {
    guard FileManager.default.fileExists(atPath: ModelForm.file(folder)) else { return nil }
    self.folder = folder
    weights = NamedTensors(try ModelForm.load(folder).network.stateDict().map { (name: $0.name, tensor: $0.tensor.detach()) })
  }
}

/// A run of `backprop train`: the network that it has left, and the settings with which the page goes through it again, to the last bit of
/// every loss.
struct PlayReplay {
  /// What a tab begins with; nil for a run that the page does not go through.
  let plan: PlayPlan?
  let table: PlayTable?
  let stored: PlayStored?
  let digits: PlayDigits?

  /// Reads the settings that a run left in its folder.
  ///
  /// - Parameters:
  ///   - data: where the table is now, if it has moved.
  ///   - label: the column to predict, where the settings do not say.
  init(_ folder: String, data: String?, label: String?) throws {
    let file = folder + "/settings.json"
    guard let text = try? FileBytes.text(file), let options = try? JSONDecoder().decode([String: String].self, from: Data(text.utf8)) else {
      throw FormatError(file: file, "cannot be read as the settings of a run; hint: name a folder that backprop train wrote")
    }
    func value<T: LosslessStringConvertible>(_ name: String, _ usual: T) throws -> T {
      guard let text = options[name], !text.isEmpty else { return usual }
      guard let value = T(text) else { throw FormatError(file: file, place: .key(name), "is \"\(text)\", which is none") }
      return value
    }
    func unusual(_ name: String, _ usual: Set<String>) throws {
      if let text = options[name], !usual.contains(text) {
        throw FormatError(file: file, place: .key(name), "is \(text), which the page has not: it shows runs without it")
      }
    }
    if options["job"] == "mnist" {
      (self.plan, table, stored, digits) = (nil, nil, nil, try PlayDigits(folder))
      return
    }
    digits = nil
    var plan = PlayPlan()
    plan.epochs = try value("epochs", 60)
    plan.batch = try value("batch", 32)
    plan.lr = try value("lr", 3e-3)
    plan.seed = try value("seed", 0)
    plan.hidden = (options["hidden"] ?? "").split(separator: ",").compactMap { Int($0) }.map { .init(width: $0, activation: .relu) }
    guard let rule = PlayPlan.Rule(rawValue: options["optimizer"] ?? "adam") else {
      throw FormatError(file: file, place: .key("optimizer"), "is no optimizer of the page")
    }
    guard let schedule = ScheduleChoice(rawValue: options["schedule"] ?? "constant") else {
      throw FormatError(file: file, place: .key("schedule"), "is no schedule")
    }
    (plan.optimizer, plan.schedule) = (rule, schedule)
    plan.weightDecay = rule.usualWeightDecay
    try unusual("clip", ["0.0", "0"])
    try unusual("patience", ["0"])
    switch options["job"] {
    case "spirals":
      plan.samples = 2 * (try value("points", 500))
      table = nil
    case "table":
      try unusual("class-weights", ["equal"])
      try unusual("separator", ["comma"])
      try unusual("leave-out", [""])
      try unusual("categories", [""])
      try unusual("test", [""])
      guard let data = data ?? options["data"] else {
        throw FormatError(file: file, place: .key("data"), "is missing; hint: --data names the table")
      }
      let table = try PlayTable(contentsOf: data, label: label ?? options["label"], seed: plan.seed)
      plan.data = .csv
      plan.loss = table.classes.isEmpty ? .mse : .crossEntropy
      self.table = table
    case let job:
      throw FormatError(file: file, place: .key("job"), "is \(job ?? "missing"): the page shows runs of spirals, of tables and of digits")
    }
    stored = try PlayStored(folder)
    if stored != nil { plan.start = .stored }
    do { try plan.check() } catch { throw FormatError(file: file, "\(error)") }
    self.plan = plan
  }
}

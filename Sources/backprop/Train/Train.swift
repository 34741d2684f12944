import ArgumentParser
import ChainRule
import ChainRuleData
import ChainRuleExplain

/// Trains a network and leaves what it learned, and pictures of it, in a folder.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a network: on a table, images or a text of your own, on handwritten digits, or on two generated spirals.",
    discussion: """
      The folder of --out then holds model.safetensors, checkpoint.safetensors (for --resume), metrics.jsonl (a line for each step and \
      epoch), settings.json (for --config), loss.svg and other pictures. Ctrl-C ends a run after the step under way and leaves a checkpoint. \
      backprop predict and backprop sample use the model, backprop runs compares runs. \
      Each job lists its options: backprop train table --help.
      """,
    subcommands: [TrainSpirals.self, TrainMNIST.self, TrainTable.self, TrainImages.self, TrainText.self],
    defaultSubcommand: TrainSpirals.self)
}

/// The options every training job takes.
struct TrainingOptions: ParsableArguments {
  @Option(help: "The folder the results go to; made where it is missing.")
  var out = "runs/latest"

  @Option(parsing: .unconditional, help: "How many times training goes through all samples.")
  var epochs: Int?

  @Option(parsing: .unconditional, help: "Samples in a batch.")
  var batch: Int?

  @Option(parsing: .unconditional, help: "The learning rate.")
  var lr: Double?

  @Option(help: "How the weights follow the gradient: adam, adamw or sgd. (default: adam)")
  var optimizer: OptimizerChoice?

  @Option(parsing: .unconditional, help: "The seed of everything random; equal seeds give equal results. (default: 0)")
  var seed: Int?

  @Option(parsing: .unconditional, help: "The widths of the hidden layers, as in 64 or 64,32.", transform: Widths.init)
  var hidden: Widths?

  @Option(help: "How the learning rate changes: constant, cosine, linear, onecycle, step or plateau. (default: constant)")
  var schedule: ScheduleChoice?

  @Option(parsing: .unconditional, help: "The largest norm of all gradients together; larger ones are scaled down. (default: any)")
  var clip: Double?

  @Option(
    parsing: .unconditional,
    help: "Keep a tenth of the samples back, end after this many epochs without a smaller loss on them, and keep the best weights.")
  var patience: Int?

  @Option(help: "A settings.json of another run: its options, where the command line says nothing else.")
  var config: String?

  @Flag(name: .customLong("find-lr"), help: "Try learning rates from 1e-7 up, say which to take, and end.")
  var findsRate = false

  @Flag(help: "List for each layer how large weights, gradients and updates are, and which units are dead.")
  var gradients = false

  @Flag(help: "Write events for TensorBoard too, into the folder tensorboard of --out.")
  var tensorboard = false

  @Flag(help: "Go on with the run in the folder of --out, to the weights it would have had without the stop.")
  var resume = false

  @Flag(name: .customLong("profile"), help: "List the time of every operation, and write profile.json for chrome://tracing.")
  var isProfiled = false

  func validate() throws {
    let counts = RunSettings.counts
    if let epochs, !counts.contains(epochs) { throw ValidationError("--epochs \(epochs): from 1 to \(counts.upperBound)") }
    if let batch, !counts.contains(batch) { throw ValidationError("--batch \(batch): from 1 to \(counts.upperBound)") }
    if let lr, !(lr > 0 && lr.isFinite) { throw ValidationError("--lr \(lr): a positive number") }
    if let clip, !(clip >= 0 && clip.isFinite) { throw ValidationError("--clip \(clip): 0 or more") }
    if let patience, patience < 0 { throw ValidationError("--patience \(patience): 0 or more") }
    if findsRate && resume { throw ValidationError("--find-lr: a run that is gone on with has its rate") }
  }

  /// The settings of the run, and its checkpoint where it is gone on with.
  func settings(_ defaults: RunSettings, extra: [String: String?] = [:]) throws -> (RunSettings, Checkpoint?) {
    guard resume else {
      var settings = defaults
      try settings.apply(self, extra: extra, isFixed: false)
      return (settings, nil)
    }
    let checkpoint = try Checkpoint(out + "/" + Checkpoint.name)
    var settings = try RunSettings(metadata: checkpoint.metadata, like: defaults, file: checkpoint.path)
    try settings.apply(self, extra: extra, isFixed: true)
    return (settings, checkpoint)
  }
}

/// The widths of hidden layers, written with commas.
struct Widths {
  static let limit = 100_000
  let values: [Int]

  /// Whether a network with these hidden layers fits a machine: at most 200 million weights between two of them.
  static func areUsable(_ widths: [Int]) -> Bool {
    widths.allSatisfy { (1...limit).contains($0) } && zip(widths, widths.dropFirst()).allSatisfy { $0 * $1 <= 200_000_000 }
  }

  init(_ text: String) throws {
    values = try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let width = Int(part), width > 0, width <= Self.limit else {
        throw ValidationError("\"\(part)\" is not a width: give whole numbers from 1 to \(Self.limit), as in 64 or 64,32")
      }
      return width
    }
    if !Self.areUsable(values) { throw ValidationError("\"\(text)\" asks for more than 200 million weights between two layers") }
  }
}

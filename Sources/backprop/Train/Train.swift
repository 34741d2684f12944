import ArgumentParser
import ChainRule
import ChainRuleData
import ChainRuleExplain

/// Trains a network and leaves what it learned, and pictures of it, in a folder.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a network: on two generated spirals, on handwritten digits, or on a table.",
    discussion: """
      The folder of --out then holds model.safetensors, checkpoint.safetensors (for --resume), metrics.jsonl (a line for each step and \
      epoch), loss.svg and confusion.svg. Ctrl-C ends a run after the step under way and leaves a checkpoint.
      """,
    subcommands: [TrainSpirals.self, TrainMNIST.self, TrainTable.self], defaultSubcommand: TrainSpirals.self)
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

  @Flag(help: "Go on with the run in the folder of --out, to the weights it would have had without the stop.")
  var resume = false

  @Flag(name: .customLong("profile"), help: "List the time of every operation, and write profile.json for chrome://tracing.")
  var isProfiled = false

  func validate() throws {
    let counts = RunSettings.counts
    if let epochs, !counts.contains(epochs) { throw ValidationError("--epochs \(epochs): from 1 to \(counts.upperBound)") }
    if let batch, !counts.contains(batch) { throw ValidationError("--batch \(batch): from 1 to \(counts.upperBound)") }
    if let lr, !(lr > 0 && lr.isFinite) { throw ValidationError("--lr \(lr): a positive number") }
  }

  /// The settings of the run, and its checkpoint where it is gone on with.
  func settings(_ defaults: RunSettings, extra: [String: Int?] = [:]) throws -> (RunSettings, Checkpoint?) {
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

/// Runs a job to its end: the network, the training, then test accuracy, the loss curve in the terminal, and the pictures.
///
/// - Parameters:
///   - isProfiled: whether the training is measured, operation by operation.
///   - pictures: what the job draws beside the loss and the confusion matrix, from the answers to the test samples; SVG by
///     file name.
func complete<Data>(
  _ run: ClassifierRun<Data>, in folder: RunFolder, isProfiled: Bool, pictures: (Answers) throws -> [String: String] = { _ in [:] }
) throws {
  print(run.model)
  var isFinished = false
  if isProfiled {
    let report = try profile { isFinished = try run.run() }
    print(report.table(ascii: !Terminal.output.usesUnicode), terminator: "")
    try folder.write(report.chromeTrace(), to: "profile.json")
    folder.tell("profile.json")
  } else {
    isFinished = try run.run()
  }
  let answers = run.evaluate(run.test), matrix = answers.matrix(run.classNames)
  let terminal = Terminal.output
  print(
    run.lossChart().text(
      width: Swift.min(terminal.columns, 100), height: 14, ascii: !terminal.usesUnicode, color: terminal.usesColor))
  print("test accuracy \(NumberText.percent(matrix.accuracy)) (\(NumberText.count(run.test.count)) samples)")
  var pictures = try pictures(answers)
  pictures["loss.svg"] = run.lossChart().svg()
  pictures["confusion.svg"] = matrix.svg()
  for (name, text) in pictures.sorted(by: { $0.key < $1.key }) {
    try folder.write(text, to: name)
    folder.tell(name)
  }
  guard isFinished else {
    print("ended early, after step \(run.progress.losses.count); --resume --out \(folder.path) goes on from there")
    // What a shell reports of a program that Ctrl-C has ended.
    throw ExitCode(130)
  }
}

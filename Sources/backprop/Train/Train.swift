import ArgumentParser

/// Trains a network and leaves what it learned, and pictures of it, in a folder.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a network: on two generated spirals, or on a table.",
    subcommands: [TrainSpirals.self, TrainTable.self], defaultSubcommand: TrainSpirals.self)
}

/// The options every training job takes.
struct TrainingOptions: ParsableArguments {
  @Option(help: "The folder the results go to; made where it is missing.")
  var out = "runs/latest"

  @Option(help: "How often all samples are seen.")
  var epochs: Int?

  @Option(help: "Samples in a batch.")
  var batch: Int?

  @Option(help: "The learning rate of Adam.")
  var lr: Double?

  @Option(help: "The seed of everything random; equal seeds give equal results.")
  var seed = 0

  @Option(help: "The widths of the hidden layers, as in 64 or 64,32.", transform: Widths.init)
  var hidden: Widths?

  func validate() throws {
    if let epochs, epochs < 1 { throw ValidationError("--epochs \(epochs): at least 1") }
    if let batch, batch < 1 { throw ValidationError("--batch \(batch): at least 1") }
    if let lr, !(lr > 0 && lr.isFinite) { throw ValidationError("--lr \(lr): a positive number") }
  }
}

/// The widths of hidden layers, written with commas.
struct Widths {
  let values: [Int]

  init(_ text: String) throws {
    values = try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let width = Int(part), width > 0, width <= 1_000_000 else {
        throw ValidationError("\"\(part)\" is not a width: give positive whole numbers, as in 64 or 64,32")
      }
      return width
    }
  }

  init(values: [Int]) { self.values = values }
}

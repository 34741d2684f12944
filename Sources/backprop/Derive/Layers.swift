import ArgumentParser
import ChainRuleExplain

/// Goes through back-propagation on a small network, layer by layer, numerically and automatically.
struct Layers: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Walk through back-propagation on a network of five layers, with both kinds of local derivatives.")

  @Option(parsing: .unconditional, help: "The step of the numeric local derivatives.")
  var step = 1e-10

  @Flag(help: "Leave the training out.")
  var noTraining = false

  func run() throws {
    guard step > 0, step.isFinite else { throw OptionError("--step \(step): a positive number") }
    print(try LayerGraphWalk(step: step).text(ascii: !Terminal.output.usesUnicode), terminator: "")
    if !noTraining { print("\n" + (try LayerGraphWalk(step: step).training()), terminator: "") }
  }
}

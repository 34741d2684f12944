import ArgumentParser

/// The command line of ChainRule: one file a subcommand.
@main
struct Backprop: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backprop", abstract: "Learn, check and look at back-propagation; train real networks.",
    subcommands: [Train.self, Derive.self, Swell.self, Layers.self, Graph.self, Explain.self, TourCommand.self, Bench.self])
}

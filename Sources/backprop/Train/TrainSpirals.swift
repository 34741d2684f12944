import ArgumentParser
import ChainRule
import ChainRuleExplain
import ChainRuleNN

/// Learns to tell two interleaved spirals apart.
struct TrainSpirals: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spirals", abstract: "Tell two generated spirals apart; needs no data. The default job.")

  @OptionGroup var options: TrainingOptions

  @Option(help: "Points of each spiral.")
  var points = 500

  func validate() throws {
    guard (10...1_000_000).contains(points) else { throw ValidationError("--points \(points): from 10 to 1000000") }
  }

  func run() throws {
    let folder = try RunFolder(options.out)
    manualSeed(options.seed)
    let train = spirals(), test = spirals()
    let run = ClassifierRun(
      train: train, test: test, classNames: ["first", "second"], hidden: options.hidden?.values ?? [64, 64],
      epochs: options.epochs ?? 60, batch: options.batch ?? 32, lr: options.lr ?? 3e-3)
    print(run.model)
    run.run()
    try report(run, to: folder) { try folder.write(boundary(run).svg(), to: "boundary.svg") }
  }

  /// Two arms of an Archimedean spiral, one and three quarter turns, half a turn apart, with a little noise; the points of both
  /// in random order.
  private func spirals() -> ClassifierRun.Samples {
    let t = Tensor.rand(2 * points).sqrt()
    let labels = Tensor.arange(2 * points).to(.int64) .>= points
    let angle = t * (3.5 * Double.pi) + labels.to(.float32) * Double.pi
    let noise = Tensor.randn(2 * points, 2) * 0.02
    let inputs = stack([t * angle.cos(), t * angle.sin()], dim: 1) + noise
    return ClassifierRun.Samples(inputs: inputs, labels: labels.to(.int64))
  }

  /// What the network says of every place, with the points it was trained and tested on.
  private func boundary(_ run: ClassifierRun) -> RegionPlot {
    let columns = 150, rows = 120, limit = 1.15
    let x = Tensor.linspace(-limit, limit, columns), y = Tensor.linspace(-limit, limit, rows)
    let grid = stack([x.expanded(rows, columns).flattened(), y.unsqueezed(1).expanded(rows, columns).flattened()], dim: 1)
    let probabilities = noGrad { run.model(grid).softmax(dim: 1) }
    var plot = RegionPlot(
      title: "What the network has learned", x: -limit...limit, y: -limit...limit, columns: columns, rows: rows, classCount: 2,
      grid: probabilities.array(of: Double.self))
    plot.classNames = run.classNames
    for (samples, isTest) in [(run.train, false), (run.test, true)] {
      let places = samples.inputs.array(of: Double.self), labels = samples.labels.array(of: Int.self)
      // A few hundred points show the arms; more would hide the regions.
      for i in stride(from: 0, to: samples.count, by: Swift.max(1, samples.count / 300)) {
        plot.points.append(.init(x: places[2 * i], y: places[2 * i + 1], label: labels[i], isTest: isTest))
      }
    }
    return plot
  }
}

/// Ends a run: test accuracy, the loss curve in the terminal, and the pictures.
func report(_ run: ClassifierRun, to folder: RunFolder, pictures: () throws -> Void = {}) throws {
  let matrix = run.testMatrix()
  let terminal = Terminal.output
  print(
    run.lossChart().text(
      width: Swift.min(terminal.columns, 100), height: 14, ascii: !terminal.usesUnicode, color: terminal.usesColor))
  print("test accuracy \(NumberText.percent(matrix.accuracy)) (\(NumberText.count(run.test.count)) samples)")
  try folder.write(run.lossChart().svg(), to: "loss.svg")
  try pictures()
  try folder.write(matrix.svg(), to: "confusion.svg")
}

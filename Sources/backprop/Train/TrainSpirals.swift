import ArgumentParser
import ChainRule
import ChainRuleData
import ChainRuleExplain
import ChainRuleNN

/// Learns to tell two interleaved spirals apart.
struct TrainSpirals: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spirals",
    abstract: spoken("Tell two generated spirals apart; needs no data. The default job.", "만들어 낸 두 나선을 구분합니다. 데이터가 필요 없는 기본 작업입니다."),
    discussion: usual.usual)

  private static let usual = RunSettings(job: "spirals", epochs: 60, batch: 32, lr: 3e-3, hidden: [64, 64])

  @OptionGroup var options: TrainingOptions

  @Option(parsing: .unconditional, help: ArgumentHelp("Points of each spiral. (default: 500)", "나선마다의 점 개수. (기본값: 500)"))
  var points: Int?

  private static let counts = 10...1_000_000

  func validate() throws {
    if let points, !Self.counts.contains(points) {
      throw ValidationError(spoken("--points \(points): from 10 to 1000000", "--points \(points): 10부터 1000000까지 쓸 수 있습니다"))
    }
  }

  func run() throws {
    var defaults = Self.usual
    defaults.extra["points"] = "500"
    let (settings, checkpoint) = try options.settings(defaults, extra: ["points": points.map(String.init)])
    guard let count = settings.extra["points"].flatMap({ Int($0) }), Self.counts.contains(count) else {
      throw FormatError(file: checkpoint?.path ?? options.out, place: .key("run.points"), "is out of range")
    }
    let folder = try RunFolder(options.out)
    manualSeed(settings.seed)
    let train = Self.samples(count), test = Self.samples(count)
    let form = ModelForm(inputs: [2], hidden: settings.hidden, outputs: .classes(["first", "second"]))
    let run = try TrainingRun(
      settings, options, train: Samples(train), test: Samples(test), form: form, objective: .classes(weights: nil), folder: folder,
      checkpoint: checkpoint)
    try complete(run, options) { _ in ["boundary.svg": Boundary.plot(run.model, form.classNames, train, test, limit: 1.15).svg()] }
  }

  /// Two arms of an Archimedean spiral, one and three quarter turns, half a turn apart, with a little noise; the points of both
  /// in random order.
  static func samples(_ points: Int, noise: Double = 0.02) -> TensorDataset {
    let t = Tensor.rand(2 * points).sqrt()
    let labels = Tensor.arange(2 * points).to(.int64) .>= points
    let angle = t * (3.5 * Double.pi) + labels.to(.float32) * Double.pi
    let inputs = stack([t * angle.cos(), t * angle.sin()], dim: 1) + Tensor.randn(2 * points, 2) * noise
    return TensorDataset(inputs, labels.to(.int64))
  }
}

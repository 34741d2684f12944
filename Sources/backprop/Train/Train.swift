import ArgumentParser
import ChainRule
import ChainRuleData
import ChainRuleDistributed
import ChainRuleExplain

/// Trains a network and leaves what it learned, and pictures of it, in a folder.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: spoken(
      "Train a network: on a table, images or a text of your own, on handwritten digits, or on two generated spirals.",
      "신경망을 학습시킵니다. 내 표, 이미지, 글, 손글씨 숫자, 또는 만들어 낸 두 나선으로."),
    discussion: spoken(
      """
      The folder of --out then holds model.safetensors, checkpoint.safetensors (for --resume), metrics.jsonl (a line for each step and \
      epoch), settings.json (for --config), loss.svg and other pictures. Ctrl-C ends a run after the step under way and leaves a checkpoint. \
      backprop predict and backprop sample use the model, backprop runs compares runs. \
      Under mpiexec several processes train one network, each on its part of every batch; the weights do not depend on how many they are. \
      Each job lists its options: backprop train table --help.
      """,
      """
      끝나면 --out 폴더에 model.safetensors, checkpoint.safetensors(--resume용), metrics.jsonl(단계와 에폭마다 한 줄), settings.json(--config용), \
      loss.svg와 다른 그림들이 있습니다. Ctrl-C를 누르면 하던 단계를 마치고 체크포인트를 남깁니다. 모델은 backprop predict와 backprop sample로 쓰고, \
      실행은 backprop runs로 비교합니다. mpiexec로 실행하면 여러 프로세스가 배치를 나누어 신경망 하나를 학습하며, 프로세스의 수와 상관없이 같은 \
      가중치가 나옵니다. 작업마다 옵션이 따로 있습니다: backprop train table --help.
      """),
    subcommands: [TrainSpirals.self, TrainMNIST.self, TrainTable.self, TrainImages.self, TrainText.self],
    defaultSubcommand: TrainSpirals.self)
}

/// The options every training job takes.
struct TrainingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The folder the results go to; made where it is missing.", "결과를 저장할 폴더. 없으면 만듭니다."))
  var out = "runs/latest"

  @Option(parsing: .unconditional, help: ArgumentHelp("How many times training goes through all samples.", "샘플 전체를 몇 번 돌지(에폭)."))
  var epochs: Int?

  @Option(parsing: .unconditional, help: ArgumentHelp("Samples in a batch.", "배치 하나의 샘플 수."))
  var batch: Int?

  @Option(parsing: .unconditional, help: ArgumentHelp("The learning rate.", "학습률."))
  var lr: Double?

  @Option(
    help: ArgumentHelp(
      "How the weights follow the gradient: adam, adamw or sgd. (default: adam)", "가중치를 기울기에 따라 옮기는 옵티마이저: adam, adamw, sgd. (기본값: adam)"))
  var optimizer: OptimizerChoice?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The seed of everything random; equal seeds give equal results. (default: 0)", "모든 난수의 시드. 시드가 같으면 결과도 같습니다. (기본값: 0)"))
  var seed: Int?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("The widths of the hidden layers, as in 64 or 64,32.", "은닉층의 너비. 예: 64 또는 64,32."),
    transform: Widths.init)
  var hidden: Widths?

  @Option(
    help: ArgumentHelp(
      "How the learning rate changes: constant, cosine, linear, onecycle, step or plateau.",
      "학습률 스케줄: constant, cosine, linear, onecycle, step, plateau."))
  var schedule: ScheduleChoice?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The largest norm of all gradients together; larger ones are scaled down. (default: any)", "모든 기울기를 합친 norm의 상한. 넘으면 줄입니다. (기본값: 없음)")
  )
  var clip: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Keep a tenth of the samples back, end after this many epochs without a smaller loss on them, and keep the best weights.",
      "샘플의 10분의 1을 떼어 두고, 그 손실이 이만큼의 에폭 동안 줄지 않으면 끝내며 가장 좋은 가중치를 남깁니다."))
  var patience: Int?

  @Option(
    help: ArgumentHelp(
      "A settings.json of another run: its options, where the command line says nothing else.",
      "다른 실행의 settings.json. 명령줄에 없는 옵션을 거기서 가져옵니다."))
  var config: String?

  @Flag(
    name: .customLong("find-lr"),
    help: ArgumentHelp("Try learning rates from 1e-7 up, say which to take, and end.", "1e-7부터 학습률을 시험해 알맞은 값을 알리고 끝냅니다."))
  var findsRate = false

  @Flag(
    help: ArgumentHelp(
      "List for each layer how large weights, gradients and updates are, and which units are dead.", "층마다 가중치, 기울기, 갱신량의 크기와 죽은 유닛을 보여 줍니다."
    ))
  var gradients = false

  @Flag(
    help: ArgumentHelp(
      "Write events for TensorBoard too, into the folder tensorboard of --out.", "--out의 tensorboard 폴더에 TensorBoard 이벤트도 씁니다."))
  var tensorboard = false

  @Flag(
    name: .customLong("sharded-optimizer"),
    help: ArgumentHelp(
      "Under a launcher: each rank keeps its part of the optimizer's state (ZeRO-1). The weights are the same.",
      "런처로 실행할 때 랭크마다 옵티마이저 상태를 나누어 갖습니다(ZeRO-1). 가중치는 그대로입니다."))
  var isSharded = false

  @Flag(
    name: .customLong("live"),
    help: ArgumentHelp(
      "Serve a page that shows the losses while the run goes on, and print its address.", "학습하는 동안 손실을 보여 주는 페이지를 열고 주소를 출력합니다."))
  var isLive = false

  @Flag(
    help: ArgumentHelp(
      "Go on with the run in the folder of --out, to the weights it would have had without the stop.",
      "--out 폴더의 실행을 이어서, 멈추지 않았을 때와 같은 가중치까지 학습시킵니다."))
  var resume = false

  @Flag(
    name: .customLong("profile"),
    help: ArgumentHelp(
      "List the time of every operation, and write profile.json for chrome://tracing.",
      "연산마다 걸린 시간을 보여 주고 chrome://tracing용 profile.json을 씁니다."))
  var isProfiled = false

  @OptionGroup var speech: LanguageOptions

  func validate() throws {
    let counts = RunSettings.counts
    if let epochs, !counts.contains(epochs) {
      throw ValidationError(
        spoken("--epochs \(epochs): from 1 to \(counts.upperBound)", "--epochs \(epochs): 1부터 \(counts.upperBound)까지 쓸 수 있습니다"))
    }
    if let batch, !counts.contains(batch) {
      throw ValidationError(
        spoken("--batch \(batch): from 1 to \(counts.upperBound)", "--batch \(batch): 1부터 \(counts.upperBound)까지 쓸 수 있습니다"))
    }
    if let lr, !(lr > 0 && lr.isFinite) { throw ValidationError(spoken("--lr \(lr): a positive number", "--lr \(lr): 양수여야 합니다")) }
    if let clip, !(clip >= 0 && clip.isFinite) { throw ValidationError(spoken("--clip \(clip): 0 or more", "--clip \(clip): 0 이상이어야 합니다")) }
    if let patience, patience < 0 {
      throw ValidationError(spoken("--patience \(patience): 0 or more", "--patience \(patience): 0 이상이어야 합니다"))
    }
    if findsRate && resume {
      throw ValidationError(spoken("--find-lr: a run that is gone on with has its rate", "--find-lr: 이어서 하는 실행의 학습률은 이미 정해져 있습니다"))
    }
  }

  /// The settings of the run, and its checkpoint where it is gone on with.
  func settings(_ defaults: RunSettings, extra: [String: String?] = [:]) throws -> (RunSettings, Checkpoint?) {
    let world = try Ranks.world()
    if findsRate, world.size > 1 {
      throw ValidationError(spoken("--find-lr: one rank is enough to look for a rate", "--find-lr: 학습률은 랭크 하나로 찾습니다"))
    }
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
        throw ValidationError(
          spoken(
            "\"\(part)\" is not a width: give whole numbers from 1 to \(Self.limit), as in 64 or 64,32",
            "\"\(part)\"은(는) 너비가 아닙니다. 1부터 \(Self.limit)까지의 정수를 64 또는 64,32처럼 쓰세요"))
      }
      return width
    }
    if !Self.areUsable(values) {
      throw ValidationError(
        spoken("\"\(text)\" asks for more than 200 million weights between two layers", "\"\(text)\"은(는) 두 층 사이의 가중치가 2억 개를 넘습니다"))
    }
  }
}

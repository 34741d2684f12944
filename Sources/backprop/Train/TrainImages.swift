import ArgumentParser
import ChainRule
import ChainRuleData
import ChainRuleExplain
import ChainRuleNN
import Foundation

/// Learns to tell images apart.
struct TrainImages: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "images",
    abstract: spoken("Classify the images of a folder that has a folder for each class.", "클래스마다 폴더가 하나씩 든 폴더의 이미지를 분류합니다."),
    discussion: spoken(
      """
      FOLDER/cat/1.png, FOLDER/dog/1.jpg and so on, or FOLDER/train and FOLDER/test (or val) of that kind. Without a folder to test on a \
      fifth of the images is kept for it. --network cnn (--hidden gives the channels) or resnet18; --from begins with the weights of a file, \
      a torchvision state or a model of another run, with a new last layer. The worst mistakes are drawn in mistakes.svg.
      """,
      """
      FOLDER/cat/1.png, FOLDER/dog/1.jpg처럼 두거나, 그런 폴더를 FOLDER/train과 FOLDER/test(또는 val)에 둡니다. 테스트 폴더가 없으면 이미지의 \
      5분의 1을 떼어 둡니다. --network는 cnn(--hidden이 채널 수)이나 resnet18입니다. --from은 파일의 가중치(torchvision의 상태나 다른 실행의 모델)로 \
      시작하고 마지막 층만 새로 만듭니다. 가장 크게 틀린 이미지를 mistakes.svg에 그립니다.
      """) + "\n\n" + usual.usual)

  private static let usual = RunSettings(job: "images", epochs: 10, batch: 32, lr: 1e-3, hidden: [32, 64, 128])

  @Option(help: ArgumentHelp("The folder of the images.", "이미지 폴더."))
  var data: String

  @Option(help: ArgumentHelp("cnn or resnet18. (default: cnn)", "cnn 또는 resnet18. (기본값: cnn)"))
  var network: NetworkKind?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The edge of the square every image becomes. (default: that of the first image, at most 64)",
      "이미지를 맞출 정사각형의 한 변. (기본값: 첫 이미지의 변, 64까지)"))
  var size: Int?

  @Option(help: ArgumentHelp("A file of weights to begin with: .safetensors, .pt or .pth.", "시작할 가중치 파일: .safetensors, .pt, .pth."))
  var from: String?

  @OptionGroup var options: TrainingOptions

  func validate() throws {
    if let network, network != .cnn, network != .resnet18 {
      throw ValidationError(spoken("--network \(network.rawValue): cnn or resnet18", "--network \(network.rawValue): cnn이나 resnet18을 쓰세요"))
    }
    if let size, !(8...1024).contains(size) {
      throw ValidationError(spoken("--size \(size): from 8 to 1024", "--size \(size): 8부터 1024까지 쓸 수 있습니다"))
    }
  }

  func run() throws {
    var defaults = Self.usual
    defaults.extra = ["network": NetworkKind.cnn.rawValue, "size": "", "from": ""]
    defaults.sources = ["data": data]
    var (settings, checkpoint) = try options.settings(
      defaults, extra: ["network": network?.rawValue, "size": size.map(String.init), "from": from])
    guard let kind = NetworkKind(rawValue: settings.extra["network"] ?? ""), kind == .cnn || kind == .resnet18 else {
      throw FormatError(file: checkpoint?.path ?? options.out, place: .key("run.network"), "is no network for images")
    }
    let (train, test, classes) = try files(seed: settings.seed)
    let size = try settings.extra["size"].flatMap { Int($0) } ?? Self.edge(train[0].path)
    if kind == .cnn, size >> (settings.hidden.count - 1) < 1 {
      throw ValidationError(
        spoken(
          "--hidden: images of \(size) pixels can be halved \(settings.hidden.count - 1) times no more",
          "--hidden: \(size)픽셀 이미지는 \(settings.hidden.count - 1)번이나 반으로 줄일 수 없습니다"))
    }
    settings.extra["size"] = "\(size)"
    let images = try ImagePreparation.pixels(train.map(\.path), size: size)
    let testImages = try ImagePreparation.pixels(test.map(\.path), size: size)
    let pretrained = try settings.extra["from"].flatMap { $0.isEmpty ? nil : $0 }.map { try Pretrained($0, size: size) }
    let preparation = pretrained?.preparation ?? ImagePreparation(size: size, measuring: images)
    let form = ModelForm(
      kind, inputs: [3, size, size], hidden: kind == .cnn ? settings.hidden : [512], outputs: .classes(classes),
      preparation: .images(preparation))
    let folder = try RunFolder(options.out)
    manualSeed(settings.seed)
    let run = try TrainingRun(
      settings, options, train: preparation.samples(images, train.map(\.label)), test: preparation.samples(testImages, test.map(\.label)),
      form: form, objective: .classes(weights: nil), folder: folder, checkpoint: checkpoint
    ) { model in
      if checkpoint == nil { try pretrained?.begin(model) }
    }
    let counts = (NumberText.count(train.count), NumberText.count(test.count))
    print(
      spoken(
        "\(counts.0) images to learn from, \(counts.1) to test on, of \(size) x \(size) pixels; \(classes.count) classes",
        "학습 이미지 \(counts.0)개, 테스트 이미지 \(counts.1)개, \(size) x \(size)픽셀, 클래스 \(classes.count)개"))
    try complete(run, options) { answers in
      guard let answers else { return [:] }
      return ["mistakes.svg": try Mistakes.grid(answers, classNames: classes) { testImages[$0] }.svg()]
    }
  }

  /// The shorter edge of the first image, within what a small network learns from in a short time.
  private static func edge(_ path: String) throws -> Int {
    let image = try readImage(path)
    return Swift.min(Swift.max(Swift.min(image.shape[1], image.shape[2]), 8), 64)
  }

  private typealias Labelled = [(path: String, label: Int)]

  /// The images to learn from and to test on.
  private func files(seed: Int) throws -> (train: Labelled, test: Labelled, classes: [String]) {
    func isFolder(_ path: String) -> Bool {
      var isDirectory: ObjCBool = false
      return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }
    let result: (Labelled, Labelled, [String])
    if isFolder(data + "/train"), let other = ["test", "val"].first(where: { isFolder(data + "/\($0)") }) {
      let train = try ImageFolder(data + "/train"), test = try ImageFolder(data + "/" + other)
      if let new = test.classes.first(where: { !train.classes.contains($0) }) {
        throw FormatError(file: data + "/" + other, "has a class \"\(new)\" that \(data)/train has not")
      }
      let labels = train.classToIndex
      result = (train.samples, test.samples.map { ($0.path, labels[test.classes[$0.label]] ?? 0) }, train.classes)
    } else {
      let all = try ImageFolder(data)
      guard all.count > 1 else { throw FormatError(file: data, "has one image: nothing to test on") }
      let (kept, rest) = Samples.split(all.count, fraction: 0.2, seed: seed)
      result = (rest.map { all.samples[$0] }, kept.map { all.samples[$0] }, all.classes)
    }
    guard result.2.count > 1 else { throw FormatError(file: data, "has one class, \"\(result.2[0])\": there is nothing to tell apart") }
    return result
  }
}

/// Weights to begin with, from a file.
private struct Pretrained {
  let path: String
  let preparation: ImagePreparation
  private let state: NamedTensors

  init(_ path: String, size: Int) throws {
    self.path = path
    if [".pt", ".pth", ".bin"].contains(where: path.hasSuffix) {
      state = try loadTorch(path).tensors
      preparation = .imageNet(size: size)
      return
    }
    let contents = try SafetensorsContents(path)
    state = contents.tensors
    // A model of a run knows how its images were prepared.
    guard contents.metadata["model.form"] != nil, case .images(let own) = try ModelForm.load(path).form.preparation else {
      preparation = .imageNet(size: size)
      return
    }
    preparation = ImagePreparation(size: size, mean: own.mean, std: own.std)
  }

  /// Gives the network these weights, but for a last layer of another number of classes.
  func begin(_ model: any Layer) throws {
    let own = model.stateDict()
    let head = own.names.suffix(2)
    let differs = head.contains { own[$0]?.shape != state[$0]?.shape }
    let kept = NamedTensors(state.filter { !differs || !head.contains($0.name) })
    do {
      let (missing, unexpected) = try model.load(kept, strict: false)
      let lacking = missing.filter { !differs || !head.contains($0) }
      if let name = lacking.first ?? unexpected.first {
        throw FormatError(
          file: path, place: .key(name), lacking.isEmpty ? "is no part of this network" : "is missing: weights of another network")
      }
    } catch let error as StateDictError {
      let lines = error.description.split { $0.isNewline || $0 == "\t" }
      throw FormatError(
        file: path, lines.joined(separator: " ") + " (resnet18's first layer for images below --size 64 is another than for larger ones)")
    }
    print(
      spoken(
        "began with the weights of \(path)" + (differs ? ", and a new last layer" : ""),
        "\(path)의 가중치로 시작합니다" + (differs ? ". 마지막 층은 새로 만듭니다" : "")))
  }
}

import ArgumentParser
import ChainRule
import ChainRuleData
import ChainRuleExplain

/// Learns to read handwritten digits.
struct TrainMNIST: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mnist",
    abstract: spoken("Read handwritten digits from the MNIST files, plain or gzipped.", "MNIST 파일(gzip도 됩니다)의 손글씨 숫자를 읽습니다."),
    discussion: spoken("The worst mistakes are drawn in mistakes.svg.", "가장 크게 틀린 숫자를 mistakes.svg에 그립니다.") + "\n\n" + usual.usual)

  private static let usual = RunSettings(job: "mnist", epochs: 5, batch: 64, lr: 1e-3, hidden: [128])

  @Option(
    help: ArgumentHelp(
      "The folder of train-images-idx3-ubyte[.gz] (or train-10k-...) and the other three files.",
      "train-images-idx3-ubyte[.gz](또는 train-10k-...)와 나머지 세 파일이 있는 폴더."))
  var data: String

  @OptionGroup var options: TrainingOptions

  func run() throws {
    var defaults = Self.usual
    defaults.sources = ["data": data]
    let (settings, checkpoint) = try options.settings(defaults)
    let train = try MNIST(directory: data, split: .train), test = try MNIST(directory: data, split: .test)
    guard train.count > 0 else { throw FormatError(file: train.imagesPath, "has no images: nothing to learn from") }
    guard test.count > 0 else { throw FormatError(file: test.imagesPath, "has no images: nothing to test on") }
    let sizes = Array(train.images.shape.dropFirst())
    guard Array(test.images.shape.dropFirst()) == sizes else {
      throw FormatError(file: test.imagesPath, "has images of another size than \(train.imagesPath)")
    }
    guard train.labels.min().item(as: Int.self) < train.labels.max().item(as: Int.self) else {
      throw FormatError(
        file: train.labelsPath, "every image has the label \(train.labels.max().item(as: Int.self)): there is nothing to tell apart")
    }
    // Ten digits, or more classes where the data set has taken over only the file names.
    let classCount = Swift.max(10, train.labels.max().item(as: Int.self) + 1)
    guard test.labels.max().item(as: Int.self) < classCount else {
      throw FormatError(file: test.labelsPath, "has a label that \(train.labelsPath) has not")
    }

    let folder = try RunFolder(options.out)
    manualSeed(settings.seed)
    let form = ModelForm(
      inputs: [1] + sizes, hidden: settings.hidden, outputs: .classes((0..<classCount).map(String.init)), preparation: .digits)
    let run = try TrainingRun(
      settings, options, train: Samples(train), test: Samples(test), form: form, objective: .classes(weights: nil), folder: folder,
      checkpoint: checkpoint)
    let counts = (NumberText.count(train.count), NumberText.count(test.count))
    print(spoken("\(counts.0) images to learn from, \(counts.1) to test on", "학습 이미지 \(counts.0)개, 테스트 이미지 \(counts.1)개"))
    try complete(run, options) { answers in
      guard let answers else { return [:] }
      return ["mistakes.svg": try Mistakes.grid(answers, classNames: form.classNames) { test.images[$0].unsqueezed(0) }.svg()]
    }
  }
}

/// The images that a network is most wrong about.
enum Mistakes {
  /// The worst of them, with what they are and what they were taken for.
  ///
  /// - Parameters:
  ///   - image: the image of a sample: [channels, height, width], uint8.
  static func grid(_ answers: Answers, classNames: [String], limit: Int = 40, image: (Int) throws -> Tensor) throws -> ImageGrid {
    let mistakes = answers.mistakes
    let items = try mistakes.prefix(limit).map { i in
      let image = try image(i), pixels = image.permuted(1, 2, 0)
      let picture = try PixelImage(
        width: image.shape[2], height: image.shape[1], channels: image.shape[0], pixels: pixels.array(of: UInt8.self))
      return ImageGrid.Item(
        picture,
        caption: [
          spoken(
            "\(classNames[answers.labels[i]]), not \(classNames[answers.predicted[i]])",
            "\(classNames[answers.labels[i]]) → \(classNames[answers.predicted[i]])"),
          NumberText.percent(answers.confidence[i], decimals: 0),
        ])
    }
    return ImageGrid(
      title: spoken(
        "The worst of \(NumberText.count(mistakes.count)) mistakes", "틀린 \(NumberText.count(mistakes.count))개 가운데 가장 크게 틀린 것(정답 → 답)"),
      items: items)
  }
}

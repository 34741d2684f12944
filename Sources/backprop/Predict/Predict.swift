import ArgumentParser
import ChainRule
import ChainRuleData
import ChainRuleExplain
import ChainRuleNN

/// Uses a model that a training job has left on new data.
struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: spoken(
      "Predict with a model that backprop train has left, and say how well where the answers are there.",
      "backprop train이 남긴 모델로 예측하고, 정답이 있으면 얼마나 맞는지 알려 줍니다."),
    discussion: spoken(
      """
      For a model of a table --data is a table with its columns; of images a folder (with a folder for each class, or images themselves) or an \
      image; of a text a text, line by line; of MNIST the folder of its files. --out has a row for each row, image or line, in order: what was \
      there, prediction, and the probability of each class.
      """,
      """
      표 모델이면 --data는 같은 열이 있는 표, 이미지 모델이면 폴더(클래스마다 폴더 하나, 또는 이미지들)나 이미지 하나, 글 모델이면 한 줄씩 읽을 글, \
      MNIST 모델이면 그 파일들의 폴더입니다. --out에는 행이나 이미지나 줄마다 한 행씩 차례대로, 있던 값과 예측(prediction)과 클래스마다의 확률을 씁니다.
      """))

  @Option(help: ArgumentHelp("The folder of a run, or its model.safetensors.", "실행 폴더, 또는 그 안의 model.safetensors."))
  var model: String

  @Option(help: ArgumentHelp("What to predict for.", "예측할 대상."))
  var data: String

  @Option(help: ArgumentHelp("The CSV file that predictions go to.", "예측을 쓸 CSV 파일."))
  var out: String?

  @Option(
    help: ArgumentHelp(
      "The folder that pictures of the fit go to, where the answers are there; made where it is missing.",
      "정답이 있을 때 적합도 그림을 저장할 폴더. 없으면 만듭니다."))
  var pictures: String?

  @Option(help: ArgumentHelp("What stands between the fields of the table. (default: as in the training)", "표의 구분자. (기본값: 학습 때와 같음)"))
  var separator: Separator?

  @Option(parsing: .unconditional, help: ArgumentHelp("How many predictions to show.", "보여 줄 예측의 수."))
  var show = 10

  @OptionGroup var speech: LanguageOptions

  func validate() throws {
    if show < 0 { throw ValidationError(spoken("--show \(show): 0 or more", "--show \(show): 0 이상이어야 합니다")) }
  }

  func run() throws {
    let (form, network) = try ModelForm.load(model)
    network.eval()
    switch form.preparation {
    case .table(let transform, let label, let separator):
      let delimiter = self.separator ?? Separator(argument: separator)
      try report(TablePredictions(data, delimiter?.character ?? ",", transform, label, form, network))
    case .images(let preparation): try report(ImagePredictions(data, preparation, form, network))
    case .text: try report(TextPredictions(data, TextWriter(model, form, network)))
    case .digits: try report(ImagePredictions(digits: data, ModelForm.file(model), form, network))
    case .none:
      throw FormatError(file: ModelForm.file(model), "is a model of points that backprop made itself: there is no other data for it")
    }
  }

  private func report(_ predictions: some Predictions) throws {
    for row in predictions.rows.prefix(show) { print(predictions.line(row)) }
    if let out {
      try saveCSV(predictions.rows, columns: predictions.columns, delimiter: predictions.delimiter, to: out)
      let count = NumberText.count(predictions.count)
      print(spoken("wrote \(count) predictions to \(out)", "예측 \(count)개를 \(out)에 썼습니다"))
    }
    guard let fit = try predictions.fit() else { return }
    print(fit.text)
    guard let pictures, !fit.pictures.isEmpty else { return }
    let folder = try RunFolder(pictures)
    for (name, text) in fit.pictures.sorted(by: { $0.key < $1.key }) {
      try folder.write(text, to: name)
      folder.tell(name)
    }
  }
}

/// What a model says of new data.
protocol Predictions {
  associatedtype Rows: Sequence<[String]>
  var columns: [String] { get }
  var delimiter: Character { get }
  var count: Int { get }
  /// The rows of the file of predictions.
  var rows: Rows { get }
  /// A row for the reader.
  func line(_ row: [String]) -> String
  /// How well the predictions fit the answers; nil where those are not there.
  func fit() throws -> Fit?
}

/// How well predictions fit.
struct Fit {
  let text: String
  var pictures: [String: String] = [:]

  init(_ scores: ClassScores) { (text, pictures) = (scores.text, scores.pictures) }

  init(_ scores: QuantityScores) {
    (text, pictures) = (
      "\(scores.line) " + spoken("(\(NumberText.count(scores.actual.count)) samples)", "(샘플 \(NumberText.count(scores.actual.count))개)"),
      scores.pictures
    )
  }

  init(_ text: String) { self.text = text }
}

/// The results of a network for many samples.
struct Outcomes {
  /// The prediction of each sample.
  let predictions: [String]
  /// The probability of each class, sample by sample; none for quantities.
  let probabilities: [Double]
  /// The quantity of each sample; none for classes.
  let quantities: [Double]
  let classNames: [String]

  /// - Parameters:
  ///   - inputs: the samples of a range.
  init(_ count: Int, _ form: ModelForm, _ network: any Layer, _ inputs: (Range<Int>) throws -> Tensor) rethrows {
    var probabilities: [Double] = [], quantities: [Double] = []
    for start in stride(from: 0, to: count, by: form.evaluationBatch) {
      let x = try inputs(start..<Swift.min(start + form.evaluationBatch, count))
      noGrad {
        let output = network(x)
        if case .quantity(_, let standardization) = form.outputs {
          quantities += standardization.inverse(of: output.array(of: Double.self))
        } else {
          probabilities += output.softmax(dim: 1).array(of: Double.self)
        }
      }
    }
    let names = form.classNames
    predictions =
      names.isEmpty
      ? quantities.map { "\(Float($0))" }
      : (0..<count).map { i in
        names[(0..<names.count).max { probabilities[i * names.count + $0] < probabilities[i * names.count + $1] } ?? 0]
      }
    classNames = names
    self.probabilities = probabilities
    self.quantities = quantities
  }

  /// The names of the columns that a prediction is written in.
  var columns: [String] { ["prediction"] + classNames.map { "probability \($0)" } }

  /// What is written of a sample.
  func fields(_ i: Int) -> [String] {
    [predictions[i]] + classNames.indices.map { "\(Float(probabilities[i * classNames.count + $0]))" }
  }
}

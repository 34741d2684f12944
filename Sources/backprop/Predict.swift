import ArgumentParser
import ChainRule
import ChainRuleData
import ChainRuleExplain

/// Uses a model that `train mnist` has left.
struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Read the test digits of a folder with a model that train mnist has left, and say how well.")

  @Option(help: "The model.safetensors of a run.")
  var model: String

  @Option(help: "The folder of t10k-images-idx3-ubyte[.gz] and t10k-labels-idx1-ubyte[.gz].")
  var data: String

  @Option(parsing: .unconditional, help: "How many digits to show with their prediction.")
  var show = 10

  func validate() throws {
    if show < 0 { throw ValidationError("--show \(show): 0 or more") }
  }

  func run() throws {
    let (form, network) = try ModelForm.load(model)
    let samples = try MNIST(directory: data, split: .test)
    let sizes = [1] + samples.images.shape.dropFirst()
    guard form.inputs == sizes else {
      throw FormatError(file: model, "takes inputs of \(form.inputs), the images of \(samples.imagesPath) are \(sizes)")
    }
    guard samples.count > 0 else { throw FormatError(file: samples.imagesPath, "has no images") }
    guard samples.labels.max().item(as: Int.self) < form.classNames.count else {
      throw FormatError(file: samples.labelsPath, "has a label that the model does not know")
    }
    let answers = Answers(of: network, samples), matrix = answers.matrix(form.classNames)
    for i in 0..<Swift.min(show, samples.count) {
      let isRight = answers.predicted[i] == answers.labels[i]
      print(
        "image \(i): \(printable(form.classNames[answers.predicted[i]])) (\(NumberText.percent(answers.confidence[i], decimals: 1)))"
          + (isRight ? "" : ", is \(printable(form.classNames[answers.labels[i]]))"))
    }
    print(matrix.text())
    print("accuracy \(NumberText.percent(matrix.accuracy)) (\(NumberText.count(samples.count)) samples)")
  }
}

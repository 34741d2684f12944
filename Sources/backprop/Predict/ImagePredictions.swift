import ChainRule
import ChainRuleData
import ChainRuleExplain
import ChainRuleNN
import Foundation

/// What a model of images says of others.
struct ImagePredictions: Predictions {
  private let names: [String]
  /// The class of each image, where it is known.
  private let labels: [Int]?
  private let outcomes: Outcomes

  /// Images of a folder with a folder for each class, of a folder of images, or one image.
  init(_ path: String, _ preparation: ImagePreparation, _ form: ModelForm, _ network: any Layer) throws {
    (names, labels) = try Self.files(path, form.classNames)
    let names = names
    outcomes = try Outcomes(names.count, form, network) {
      preparation.normalised(try ImagePreparation.pixels(Array(names[$0]), size: preparation.size))
    }
  }

  /// The test digits of a folder of MNIST's files.
  init(digits path: String, _ model: String, _ form: ModelForm, _ network: any Layer) throws {
    let samples = try MNIST(directory: path, split: .test)
    let sizes = [1] + samples.images.shape.dropFirst()
    guard form.inputs == sizes else {
      throw FormatError(file: model, "takes inputs of \(form.inputs), the images of \(samples.imagesPath) are \(sizes)")
    }
    guard samples.count > 0 else { throw FormatError(file: samples.imagesPath, "has no images") }
    guard samples.labels.max().item(as: Int.self) < form.classNames.count else {
      throw FormatError(file: samples.labelsPath, "has a label that the model does not know")
    }
    names = (0..<samples.count).map { "image \($0)" }
    labels = samples.labels.array(of: Int.self)
    outcomes = Outcomes(samples.count, form, network) { samples.batch(at: Array($0)).0 }
  }

  private static func files(_ path: String, _ classes: [String]) throws -> ([String], [Int]?) {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else { return ([path], nil) }
    let entries = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    let images = entries.filter { name in [".png", ".jpg", ".jpeg"].contains { name.lowercased().hasSuffix($0) } }
    if !images.isEmpty { return (images.map { "\(path)/\($0)" }, nil) }
    let folder = try ImageFolder(path)
    let places = folder.classes.map { classes.firstIndex(of: $0) }
    let labels = folder.samples.compactMap { places[$0.label] }
    // Folders of other names are no classes.
    return (folder.samples.map(\.path), labels.count == folder.count ? labels : nil)
  }

  var columns: [String] { ["image"] + (labels == nil ? [] : ["label"]) + outcomes.columns }
  var delimiter: Character { "," }
  var count: Int { names.count }
  var rows: some Sequence<[String]> {
    (0..<count).lazy.map { i in [names[i]] + (labels.map { [outcomes.classNames[$0[i]]] } ?? []) + outcomes.fields(i) }
  }

  func line(_ row: [String]) -> String {
    let at = labels == nil ? 1 : 2
    let best = row.dropFirst(at + 1).compactMap(Double.init).max() ?? 0
    let isRight = labels == nil || row[1] == row[2]
    return "\(printable(row[0])): \(printable(row[at])) (\(NumberText.percent(best, decimals: 1)))"
      + (isRight ? "" : spoken(", is \(printable(row[1]))", ", 정답 \(printable(row[1]))"))
  }

  func fit() throws -> Fit? {
    labels.map { Fit(ClassScores(labels: $0, probabilities: outcomes.probabilities, classNames: outcomes.classNames)) }
  }
}

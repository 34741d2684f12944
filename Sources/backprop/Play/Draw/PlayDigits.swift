import ChainRule
import ChainRuleData
import ChainRuleNN
import Foundation

/// A network that `backprop train mnist` has left, asked about what is drawn.
final class PlayDigits {
  private let folder: String
  private let network: any Layer
  private let classes: [String]
  private let rows: Int
  private let columns: Int

  /// Reads the network of a run.
  init(_ folder: String) throws {
    let (form, network) = try ModelForm.load(folder)
    guard case .digits = form.preparation, form.inputs.count == 3, form.inputs[0] == 1, !form.classNames.isEmpty else {
      throw FormatError(file: ModelForm.file(folder), "is no model of digits: there is nothing to draw for it")
    }
    network.eval()
    (self.folder, self.network, classes, rows, columns) = (folder, network, form.classNames, form.inputs[1], form.inputs[2])
  }

  /// A drawing, and the class whose gradient is wanted; without one that of the answer.
  struct Request: Decodable {
    let strokes: [[[Double]]]
    let about: Int?
  }

  private struct Setup: Encodable {
    let folder: String
    let classes: [String]
    let printed: String
  }

  private struct Answer: Encodable {
    let rows: Int
    let columns: Int
    /// What the network sees: a byte a pixel, row by row.
    let image: Data
    let probabilities: [Double]
    let best: Int
    /// The class that the gradient is of.
    let about: Int
    /// Of the logarithm of that class's probability, for every pixel.
    let gradient: TrainerState.Picture
  }

  /// What stays the same.
  func setup() -> Data { PlayJSON.encoded(Setup(folder: folder, classes: classes, printed: "\(network)")) }

  func answer(_ request: Request) throws -> Data {
    if let about = request.about, !classes.indices.contains(about) {
      throw PlayError("there are classes 0 to \(classes.count - 1)", "클래스는 0번부터 \(classes.count - 1)번까지 있습니다", field: "about")
    }
    let drawing = try Drawing(request.strokes, rows: rows, columns: columns)
    let x = Tensor(drawing.ink.map { Float($0) }, shape: [1, 1, rows, columns], requiresGrad: true)
    let logarithms = network(x).logSoftmax(dim: 1)
    let probabilities = noGrad { logarithms.exp().array(of: Double.self) }
    let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0, about = request.about ?? best
    let gradient = gradients(of: logarithms[0, about], withRespectTo: [x])[0]
    return PlayJSON.encoded(
      Answer(
        rows: rows, columns: columns, image: Data(drawing.ink.map { UInt8(($0 * 255).rounded()) }), probabilities: probabilities,
        best: best, about: about, gradient: TrainerState.Picture(gradient.reshaped(rows, columns))))
  }
}

import ChainRule
import ChainRuleData
import ChainRuleNN
import ChainRuleOptim
import Figures
import Foundation

/// Embeddings, positions, a stack of encoder layers that do not look ahead, and a score for each word.
final class LanguageModel: Module {
  static let context = 32, size = 128
  let embedding: Embedding
  let dropout = Dropout(0.1)
  let encoder: TransformerEncoder
  let head: Linear
  private let places = Buffer(sinusoidalPositions(context, size), isPersistent: false)
  private let later = Buffer(Transformer.squareSubsequentMask(context), isPersistent: false)

  init(_ words: Int) {
    embedding = Embedding(words, Self.size)
    let layer = TransformerEncoderLayer(Self.size, heads: 4, feedforward: 256, dropout: 0.1, batchFirst: true)
    encoder = TransformerEncoder(layer, numLayers: 2)
    head = Linear(Self.size, words)
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let start = dropout(embedding(x) * Double(Self.size).squareRoot() + places.value)
    return head(encoder(start, mask: later.value, isCausal: true))
  }
}

/// A transformer says which word comes next, with PyTorch's own layers, masks and dropout (Vaswani et al. 2017).
@main
struct TransformerLM {
  static func main() throws {
    let text = try String(contentsOfFile: Figures.data("tinyshakespeare.txt"), encoding: .utf8)
    let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
    let vocabulary = Vocabulary(counting: words, minFrequency: 5, specials: ["<unk>"], unknown: "<unk>")
    let tokens = Tensor(try vocabulary.encode(words)), border = tokens.count - tokens.count / 10
    let train = tokens[..<border], test = tokens[border...], context = LanguageModel.context
    print("\(words.count) words, \(vocabulary.count) different ones")

    var figures = Figures("transformer_lm")
    manualSeed(0)
    let model = LanguageModel(vocabulary.count)
    let optimizer = Adam(model.parameters(), lr: 1e-3)

    func loss(_ windows: Tensor) -> Tensor {
      crossEntropy(model(windows[.all, ..<context]).flattened(from: 0, through: 1), windows[.all, 1...].flattened())
    }

    let steps = Figures.isSmall ? 10 : 500
    for step in 0..<steps {
      let starts = Tensor.randint(0, train.count - context, [16])
      let value = loss(train[starts.unsqueezed(1) + Tensor.arange(context + 1)])
      optimizer.zeroGrad()
      value.backward()
      clipGradNorm(model.parameters(), maxNorm: 0.5)
      optimizer.step()
      if step == 0 { figures.report("first loss", value.item(), within: 1e-4) }
      if (step + 1) % (steps / 10) == 0 { print("step \(step + 1)  loss \(value.item())") }
    }
    model.eval()
    let windows = test[(Tensor.arange(400) * context).unsqueezed(1) + Tensor.arange(context + 1)]
    let losses = noGrad { split(windows, 100).map { loss($0).item() } }
    figures.report("test loss", losses.reduce(0, +) / 4, within: Figures.isSmall ? 1e-3 : 0.05)
    figures.finish()
  }
}

import ChainRule
import ChainRuleData
import ChainRuleNN
import ChainRuleOptim
import Figures

/// An LSTM that says which character comes next.
final class CharacterModel: Module {
  let embedding: Embedding
  let lstm: LSTM
  let head: Linear

  init(_ vocabulary: Int) {
    embedding = Embedding(vocabulary, 64)
    lstm = LSTM(64, 128, numLayers: 2, batchFirst: true)
    head = Linear(128, vocabulary)
  }

  func callAsFunction(_ x: Tensor, _ state: (h: Tensor, c: Tensor)? = nil) -> (logits: Tensor, state: (h: Tensor, c: Tensor)) {
    let (output, state) = lstm(embedding(x), state)
    return (head(output), state)
  }
}

/// An LSTM learns to write like Shakespeare, a character at a time (Karpathy 2015).
@main
struct CharacterRNN {
  static func main() throws {
    let text = try Shakespeare(), context = 64
    var figures = Figures("character_rnn")
    manualSeed(0)
    let model = CharacterModel(text.tokenizer.vocabularySize)
    let optimizer = Adam(model.parameters(), lr: 3e-3)

    func loss(_ x: Tensor, _ y: Tensor) -> Tensor { crossEntropy(model(x).logits.flattened(from: 0, through: 1), y.flattened()) }

    let steps = Figures.isSmall ? 20 : 2000
    for step in 0..<steps {
      let (x, y) = text.batch(32, context)
      let value = loss(x, y)
      optimizer.zeroGrad()
      value.backward()
      clipGradNorm(model.parameters(), maxNorm: 1)
      optimizer.step()
      if step == 0 { figures.report("first loss", value.item(), within: 1e-5) }
      if (step + 1) % (steps / 10) == 0 { print("step \(step + 1)  loss \(value.item())") }
    }
    figures.report("test loss", text.testLoss(context, count: Figures.isSmall ? 100 : 1000, loss), within: Figures.isSmall ? 1e-3 : 0.02)
    print(try write(model, text.tokenizer, "ROMEO:", 200))
    figures.finish()
  }

  /// Reads the beginning, then writes on, each character drawn by its probability.
  static func write(_ model: CharacterModel, _ tokenizer: CharacterTokenizer, _ beginning: String, _ count: Int) throws -> String {
    var tokens = try tokenizer.encode(beginning)
    noGrad {
      var (logits, state) = model(Tensor([tokens]))
      for _ in 0..<count {
        let next = sampleTokens(logits[0, -1], temperature: 0.8).item(as: Int.self)
        tokens.append(next)
        (logits, state) = model(Tensor([[next]]), state)
      }
    }
    return try tokenizer.decode(tokens)
  }
}

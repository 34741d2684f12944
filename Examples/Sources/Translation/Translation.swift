import ChainRule
import ChainRuleNN
import ChainRuleOptim
import Figures

/// A GRU reads, another writes; before each character it looks at what was read, most at what matches its state (Bahdanau et al. 2015; the match
/// is Luong et al.'s of 2015).
final class Translator: Module {
  let reads = Embedding(Dates.sourceCharacters.count, 32)
  let encoder = GRU(32, 64, batchFirst: true)
  let writes = Embedding(Dates.targetCharacters.count, 32)
  let decoder = GRUCell(32 + 64, 64)
  let query = Linear(64, 64)
  let head = Linear(128, Dates.targetCharacters.count)

  /// The scores of the ten characters, [batch, 10, characters]; each is guessed from the right ones before it, or where there is no target
  /// from its own.
  func callAsFunction(_ source: Tensor, _ lengths: Tensor, target: Tensor? = nil) -> Tensor {
    let (memory, state) = encoder(reads(source))
    var h = state[0], context = Tensor.zeros(source.shape[0], 64), scores: [Tensor] = []
    var token = Tensor.full([source.shape[0]], Dates.targetCharacters.firstIndex(of: "<")!)
    let behind = Tensor.arange(Dates.longest) .>= lengths.unsqueezed(1)
    for i in 0..<10 {
      if let target { token = target[.all, i] }
      h = decoder(cat([writes(token), context], dim: 1), h)
      let match = memory.matmul(query(h).unsqueezed(2)).squeezed(2).maskedFill(behind, -Double.infinity)
      context = match.softmax(dim: 1).unsqueezed(1).matmul(memory).squeezed(1)
      scores.append(head(cat([h, context], dim: 1)))
      token = scores[i].argmax(dim: 1)
    }
    return stack(scores, dim: 1)
  }
}

/// Dates as people write them are translated into one form: 12 march 1998 into 1998-03-12.
@main
struct Translation {
  static func main() {
    var figures = Figures("translation")
    manualSeed(0)
    let model = Translator()
    let optimizer = Adam(model.parameters(), lr: 3e-3)
    let steps = Figures.isSmall ? 10 : 600
    var last = 0.0
    for step in 0..<steps {
      let dates = Dates(32)
      let scores = model(dates.source, dates.lengths, target: dates.target)
      let loss = crossEntropy(scores.flattened(from: 0, through: 1), dates.target[.all, 1...].flattened())
      optimizer.zeroGrad()
      loss.backward()
      optimizer.step()
      last = loss.item()
      if step == 0 { figures.report("first loss", last, within: 1e-5) }
      if (step + 1) % (steps / 10) == 0 { print("step \(step + 1)  loss \(last)") }
    }
    figures.report("last loss", last, within: Figures.isSmall ? 1e-4 : 0.1)
    if !Figures.isSmall {
      let dates = Dates(500)
      let written = noGrad { model(dates.source, dates.lengths).argmax(dim: 2) }
      for i in 0..<3 {
        let from = Dates.text(dates.source[i], Dates.sourceCharacters), to = Dates.text(written[i], Dates.targetCharacters)
        print("\(from) -> \(to)")
      }
      let right = (written .== dates.target[.all, 1...]).all(dim: 1).to(.float32).mean().item()
      // Rounding takes the last steps apart, and with them the few dates that are still wrong.
      figures.report("dates without a mistake", right, within: 0.1)
    }
    figures.finish()
  }
}

import ChainRule
import ChainRuleData
import ChainRuleNN
import ChainRuleOptim
import Figures
import Foundation

/// GPT as in nanoGPT: tied weights, small first values, warm-up and cosine, decay of matrices only; then it writes. Before that a checkpoint of
/// GPT-2's shape is read, and gives the scores that PyTorch gave: that of `PyTorch/gpt.py`, or with `--load FILE` another.
@main
struct NanoGPT {
  static func main() throws {
    var figures = Figures("nano_gpt")
    let option = CommandLine.arguments.firstIndex(of: "--load")
    let file = option.map { CommandLine.arguments[$0 + 1] } ?? Figures.folder.appending(path: "gpt2_shaped.pt").path
    let difference = try differenceToPyTorch(file)
    print("scores of \(file): at most \(difference) from PyTorch's")
    guard difference < 1e-4 else { exit(1) }
    if option == nil { try learn(&figures) }
    figures.finish()
  }

  /// The largest difference between the scores in a checkpoint, made by PyTorch, and those of its weights here.
  static func differenceToPyTorch(_ path: String) throws -> Double {
    let checkpoint = try loadTorch(path)
    guard let state = checkpoint["model"]?.tensors, let heads = checkpoint["heads"]?.int, let tokens = checkpoint["tokens"]?.tensor,
      let logits = checkpoint["logits"]?.tensor, let words = state["transformer.wte.weight"], let places = state["transformer.wpe.weight"]
    else {
      print("\(path): is not what PyTorch/gpt.py writes")
      exit(1)
    }
    let layers = Set(state.names.filter { $0.hasPrefix("transformer.h.") }.map { $0.split(separator: ".")[2] }).count
    let model = GPT(
      vocabulary: words.shape[0], context: places.shape[0], layers: layers, heads: heads, width: words.shape[1], activation: .tanh,
      tiesHead: true)
    try model.load(state)
    return noGrad { (model(tokens) - logits).abs().max().item() }
  }

  static func learn(_ figures: inout Figures) throws {
    let text = try Shakespeare(), context = 64, layers = 4
    manualSeed(0)
    let model = GPT(
      vocabulary: text.tokenizer.vocabularySize, context: context, layers: layers, heads: 4, width: 128, activation: .tanh, tiesHead: true)
    for (name, parameter) in model.namedParameters() {
      if parameter.rank > 1 {
        Initialize.normal(parameter, std: name.hasSuffix("c_proj.weight") ? 0.02 / Double(2 * layers).squareRoot() : 0.02)
      } else if name.hasSuffix("bias") {
        Initialize.zeros(parameter)
      }
    }
    let groups = [
      ParameterGroup(model.parameters().filter { $0.rank > 1 }, ["weight_decay": 0.1]),
      ParameterGroup(model.parameters().filter { $0.rank == 1 }, ["weight_decay": 0]),
    ]
    let steps = Figures.isSmall ? 20 : 2000, warmUp = Figures.isSmall ? 5 : 100
    let optimizer = AdamW(groups: groups, lr: 1e-3, betas: (0.9, 0.99))
    let schedule = LambdaLR(optimizer) { step in
      step < warmUp
        ? Double(step + 1) / Double(warmUp) : 0.1 + 0.45 * (1 + cos(Double.pi * Double(step - warmUp) / Double(steps - warmUp)))
    }

    func loss(_ x: Tensor, _ y: Tensor) -> Tensor { crossEntropy(model(x).flattened(from: 0, through: 1), y.flattened()) }

    for step in 0..<steps {
      let (x, y) = text.batch(12, context)
      let value = loss(x, y)
      optimizer.zeroGrad()
      value.backward()
      clipGradNorm(model.parameters(), maxNorm: 1)
      optimizer.step()
      schedule.step()
      if step == 0 { figures.report("first loss", value.item(), within: 1e-5) }
      if (step + 1) % (steps / 10) == 0 { print("step \(step + 1)  loss \(value.item())") }
    }
    figures.report("test loss", text.testLoss(context, count: Figures.isSmall ? 100 : 1000, loss), within: Figures.isSmall ? 1e-3 : 0.02)
    print(try write(model, text.tokenizer, "ROMEO:", 200))
  }

  /// Writes on, each character drawn by its probability after the last ones that the model can look at.
  static func write(_ model: GPT, _ tokenizer: CharacterTokenizer, _ beginning: String, _ count: Int) throws -> String {
    var tokens = try tokenizer.encode(beginning)
    for _ in 0..<count {
      let logits = noGrad { model(Tensor([Array(tokens.suffix(model.context))])) }
      tokens.append(sampleTokens(logits[0, -1], temperature: 0.8).item(as: Int.self))
    }
    return try tokenizer.decode(tokens)
  }
}

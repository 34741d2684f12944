public import ChainRule
public import ChainRuleData
import Foundation

/// The works of Shakespeare as numbers of characters; the last tenth is kept to test on.
public struct Shakespeare {
  /// Between characters and their numbers.
  public let tokenizer: CharacterTokenizer
  let train: Tensor
  let test: Tensor

  /// Reads the text.
  public init() throws {
    let text = try String(contentsOfFile: Figures.data("tinyshakespeare.txt"), encoding: .utf8)
    tokenizer = CharacterTokenizer(text)
    let tokens = Tensor(try tokenizer.encode(text)), split = tokens.count - tokens.count / 10
    train = tokens[..<split]
    test = tokens[split...]
  }

  /// Windows anywhere in the text, [size, context], and the same one character later.
  public func batch(_ size: Int, _ context: Int) -> (x: Tensor, y: Tensor) {
    let starts = Tensor.randint(0, train.count - context, [size])
    let windows = train[starts.unsqueezed(1) + Tensor.arange(context + 1)]
    return (windows[.all, ..<context], windows[.all, 1...])
  }

  /// The mean loss of the first `count` windows side by side, 100 at a time.
  public func testLoss(_ context: Int, count: Int, _ loss: (Tensor, Tensor) -> Tensor) -> Double {
    let windows = test[(Tensor.arange(count) * context).unsqueezed(1) + Tensor.arange(context + 1)]
    let losses = noGrad { split(windows, 100).map { loss($0[.all, ..<context], $0[.all, 1...]).item() } }
    return losses.reduce(0, +) / Double(losses.count)
  }
}

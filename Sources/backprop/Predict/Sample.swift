import ArgumentParser
import ChainRule
import ChainRuleData
import ChainRuleNN
import Foundation

/// Lets a model that `train text` has left write.
struct Sample: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: spoken("Go on with a text, by a model that train text has left.", "train text가 남긴 모델로 글을 이어 씁니다."))

  @Option(help: ArgumentHelp("The folder of a run, or its model.safetensors.", "실행 폴더, 또는 그 안의 model.safetensors."))
  var model: String

  @Option(parsing: .unconditional, help: ArgumentHelp("The text to go on with.", "이어서 쓸 글."))
  var prompt = "\n"

  @Option(parsing: .unconditional, help: ArgumentHelp("How many characters to write.", "몇 글자를 쓸지."))
  var length = 400

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Below 1 the likely becomes likelier; 0 always takes the likeliest.", "1보다 작으면 그럴듯한 글자가 더 자주 나오고, 0이면 늘 가장 그럴듯한 글자입니다."))
  var temperature = 0.8

  @Option(parsing: .unconditional, help: ArgumentHelp("Draw from this many of the likeliest characters only.", "가장 그럴듯한 글자 이만큼에서만 뽑습니다."))
  var topK: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Draw from the likeliest characters that together have this probability.", "확률을 합해 이만큼이 되는 가장 그럴듯한 글자에서만 뽑습니다."))
  var topP: Double?

  @Option(parsing: .unconditional, help: ArgumentHelp("The seed of what is drawn.", "뽑기에 쓰는 시드."))
  var seed = 0

  @OptionGroup var speech: LanguageOptions

  func validate() throws {
    if prompt.isEmpty { throw ValidationError(spoken("--prompt: at least one character", "--prompt: 한 글자 이상이어야 합니다")) }
    if !(0...10_000_000).contains(length) {
      throw ValidationError(spoken("--length \(length): from 0 to 10000000", "--length \(length): 0부터 10000000까지 쓸 수 있습니다"))
    }
    if !(temperature >= 0 && temperature.isFinite) {
      throw ValidationError(spoken("--temperature \(temperature): 0 or more", "--temperature \(temperature): 0 이상이어야 합니다"))
    }
    if let topK, topK < 1 { throw ValidationError(spoken("--top-k \(topK): 1 or more", "--top-k \(topK): 1 이상이어야 합니다")) }
    if let topP, !(topP > 0 && topP <= 1) {
      throw ValidationError(spoken("--top-p \(topP): above 0, at most 1", "--top-p \(topP): 0보다 크고 1 이하여야 합니다"))
    }
  }

  func run() throws {
    let writer = try TextWriter(model)
    manualSeed(seed)
    let tokens = try writer.tokens(prompt, "--prompt")
    let more = writer.continuations(of: [tokens], length: length) {
      sampleTokens($0, temperature: temperature, topK: topK, topP: topP)
    }
    print(prompt + (try writer.tokenizer.decode(more[0])))
  }
}

/// A network of characters, and what it makes of texts.
struct TextWriter {
  let path: String
  let tokenizer: CharacterTokenizer
  private let network: any Layer
  private let context: Int

  init(_ path: String) throws {
    let (form, network) = try ModelForm.load(path)
    try self.init(path, form, network)
  }

  init(_ path: String, _ form: ModelForm, _ network: any Layer) throws {
    guard case .tokens(let characters) = form.outputs else {
      throw FormatError(file: ModelForm.file(path), "is no model of texts: those come from train text")
    }
    self.path = path
    self.network = network
    tokenizer = CharacterTokenizer(characters: Array(characters.unicodeScalars))
    context = form.inputs[0]
    network.eval()
  }

  /// The tokens of a text, which errors call `name`.
  func tokens(_ text: String, _ name: String) throws -> [Int] {
    do {
      return try tokenizer.encode(text)
    } catch {
      throw FormatError(file: name, "\(error)")
    }
  }

  /// How many windows the network reads at once.
  private static let batch = 64

  /// What follows each of several texts, none of them empty: each token chosen by `next` from the scores of all, [texts, tokens].
  ///
  /// - Parameters:
  ///   - end: the token to stop at.
  func continuations(of texts: [[Int]], length: Int, until end: Int? = nil, next: (Tensor) -> Tensor) -> [[Int]] {
    var results = [[Int]](repeating: [], count: texts.count)
    // Beside each other stand texts of about one length: less of a batch is padding.
    let order = texts.indices.sorted { texts[$0].count < texts[$1].count }
    noGrad {
      for first in stride(from: 0, to: order.count, by: Self.batch) {
        var open = Array(order[first..<Swift.min(first + Self.batch, order.count)])
        for _ in 0..<length where !open.isEmpty {
          let windows = open.map { Array((texts[$0].suffix(context) + results[$0]).suffix(context)) }
          let scores = self.scores(windows), last = Tensor(windows.map { $0.count - 1 })
          let tokens = next(scores[Tensor.arange(open.count), last]).array(of: Int.self)
          var left: [Int] = []
          for (text, token) in zip(open, tokens) where token != end {
            results[text].append(token)
            left.append(text)
          }
          open = left
        }
      }
    }
    return results
  }

  /// For each text exp of the mean cross entropy of each token after the first, given those before it; nil for fewer than two tokens.
  func perplexities(_ texts: [[Int]]) -> [Double?] {
    // No token's number: such places count for nothing.
    let nowhere = -100
    var sums = [Double](repeating: 0, count: texts.count)
    let windows = texts.indices.flatMap { text in
      stride(from: 0, to: texts[text].count - 1, by: context).map {
        (text: text, range: $0..<Swift.min($0 + context, texts[text].count - 1))
      }
    }.sorted { $0.range.count < $1.range.count }
    noGrad {
      for first in stride(from: 0, to: windows.count, by: Self.batch) {
        let some = windows[first..<Swift.min(first + Self.batch, windows.count)], longest = some.last?.range.count ?? 0
        let scores = self.scores(some.map { Array(texts[$0.text][$0.range]) })
        let targets = some.flatMap { window in
          let next = texts[window.text][window.range.lowerBound + 1...window.range.upperBound]
          return next + repeatElement(nowhere, count: longest - next.count)
        }
        let losses = crossEntropy(scores.flattened(from: 0, through: 1), Tensor(targets), ignoreIndex: nowhere, reduction: .none)
        let rows = losses.reshaped(some.count, longest).sum(dim: 1).array(of: Double.self)
        for (window, loss) in zip(some, rows) { sums[window.text] += loss }
      }
    }
    return zip(texts, sums).map { text, sum in text.count > 1 ? exp(sum / Double(text.count - 1)) : nil }
  }

  /// The scores of what comes after each token of several windows, [windows, positions, tokens]. Shorter windows are filled up behind their end:
  /// what the network says of a position depends on nothing behind it.
  private func scores(_ windows: [[Int]]) -> Tensor {
    let longest = windows.map(\.count).max() ?? 0
    let padded = windows.flatMap { $0 + repeatElement(0, count: longest - $0.count) }
    return network(Tensor(padded, shape: [windows.count, longest]))
  }
}

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
    let more = writer.continuation(of: tokens, length: length) {
      sampleTokens($0, temperature: temperature, topK: topK, topP: topP)
    }
    print(prompt + (try writer.tokenizer.decode(more)))
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

  /// What follows tokens, each chosen by `next` from the scores of all.
  ///
  /// - Parameters:
  ///   - end: the token to stop at.
  func continuation(of tokens: [Int], length: Int, until end: Int? = nil, next: (Tensor) -> Tensor) -> [Int] {
    var all = tokens
    noGrad {
      for _ in 0..<length {
        let window = all.suffix(context)
        let scores = network(Tensor(Array(window), shape: [1, window.count]))[0][window.count - 1]
        let token = next(scores).item(as: Int.self)
        if token == end { break }
        all.append(token)
      }
    }
    return Array(all.dropFirst(tokens.count))
  }

  /// exp of the mean cross entropy of each token after the first, given those before it; nil for fewer than two tokens.
  func perplexity(_ tokens: [Int]) -> Double? {
    guard tokens.count > 1 else { return nil }
    var sum = 0.0
    noGrad {
      for start in stride(from: 0, to: tokens.count - 1, by: context) {
        let end = Swift.min(start + context, tokens.count - 1), count = end - start
        let scores = network(Tensor(Array(tokens[start..<end]), shape: [1, count]))[0]
        sum += crossEntropy(scores, Tensor(Array(tokens[start + 1...end])), reduction: .sum).item()
      }
    }
    return exp(sum / Double(tokens.count - 1))
  }
}

import ArgumentParser
import ChainRule
import ChainRuleData
import ChainRuleNN
import Foundation

/// Lets a model that `train text` has left write.
struct Sample: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Go on with a text, by a model that train text has left.")

  @Option(help: "The folder of a run, or its model.safetensors.")
  var model: String

  @Option(parsing: .unconditional, help: "The text to go on with.")
  var prompt = "\n"

  @Option(parsing: .unconditional, help: "How many characters to write.")
  var length = 400

  @Option(parsing: .unconditional, help: "Below 1 the likely becomes likelier; 0 always takes the likeliest.")
  var temperature = 0.8

  @Option(parsing: .unconditional, help: "Draw from this many of the likeliest characters only.")
  var topK: Int?

  @Option(parsing: .unconditional, help: "Draw from the likeliest characters that together have this probability.")
  var topP: Double?

  @Option(parsing: .unconditional, help: "The seed of what is drawn.")
  var seed = 0

  func validate() throws {
    if prompt.isEmpty { throw ValidationError("--prompt: at least one character") }
    if !(0...10_000_000).contains(length) { throw ValidationError("--length \(length): from 0 to 10000000") }
    if !(temperature >= 0 && temperature.isFinite) { throw ValidationError("--temperature \(temperature): 0 or more") }
    if let topK, topK < 1 { throw ValidationError("--top-k \(topK): 1 or more") }
    if let topP, !(topP > 0 && topP <= 1) { throw ValidationError("--top-p \(topP): above 0, at most 1") }
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

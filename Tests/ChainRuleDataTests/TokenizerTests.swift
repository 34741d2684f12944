import ChainRule
import ChainRuleData
import Foundation
import Testing

/// Tokenizers beside the library `tokenizers`: Fixtures/make_tokens.py.
@Suite struct TokenizerTests {
  private struct Expected: Decodable {
    struct Sample: Decodable {
      let text: String
      let tokens: [Int]
    }
    let text: String
    let samples: [Sample]
  }

  private static let expected = Result { try JSONDecoder().decode(Expected.self, from: Data(contentsOf: fixture("tokens.json"))) }
  private static let trained = Result {
    try BytePairTokenizer(training: expected.get().text, vocabularySize: 330, specialTokens: ["<|end|>"])
  }

  @Test func trainingGivesTheLibrarysTokens() throws {
    let ours = try Self.trained.get(), theirs = try BytePairTokenizer(contentsOf: fixture("tokenizer.json").path)
    #expect(ours.vocabularySize == 330 && theirs.vocabularySize == 330 && ours.specialTokens == theirs.specialTokens)
    for token in 0..<330 { #expect(try ours.decodeBytes([token]) == theirs.decodeBytes([token]), "token \(token)") }
  }

  @Test func textsGetTheLibrarysTokens() throws {
    for tokenizer in try [Self.trained.get(), BytePairTokenizer(contentsOf: fixture("tokenizer.json").path)] {
      for sample in try Self.expected.get().samples {
        #expect(tokenizer.encodeWithSpecialTokens(sample.text) == sample.tokens, "\(sample.text)")
        #expect(try tokenizer.decode(sample.tokens) == sample.text)
      }
    }
  }

  @Test(arguments: 0..<20) func anyBytesComeBack(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let tokenizer = try Self.trained.get(), all = Array(try Self.expected.get().text.utf8)
    for _ in 0..<40 {
      let count = Int.random(in: 0..<300, using: &generator), start = Int.random(in: 0..<all.count - 300, using: &generator)
      let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      for bytes in [noise, mutated(Array(all[start..<start + count]), &generator)] {
        #expect(try tokenizer.decodeBytes(tokenizer.encode(bytes: bytes)) == bytes)
      }
    }
  }

  @Test func filesBothWays() throws {
    let folder = try TemporaryDirectory(), tokenizer = try Self.trained.get()
    let path = ProcessInfo.processInfo.environment["TOKENIZER_FILES"] ?? folder.path
    try tokenizer.save(to: path + "/tokenizer.json")
    try tokenizer.save(vocabulary: path + "/vocab.json", merges: path + "/merges.txt")
    let one = try BytePairTokenizer(contentsOf: path + "/tokenizer.json")
    let two = try BytePairTokenizer(vocabulary: path + "/vocab.json", merges: path + "/merges.txt")
    for sample in try Self.expected.get().samples {
      #expect(one.encode(sample.text) == tokenizer.encode(sample.text) && two.encode(sample.text) == tokenizer.encode(sample.text))
    }
    #expect(one.specialTokens == ["<|end|>": 0] && two.specialTokens == ["<|end|>": 0])
    for (text, sentence) in [
      (#"{"model":{"type":"WordPiece","vocab":{}}}"#, "a tokenizer of the kind \"WordPiece\"; only BPE is read"),
      (#"{"model":{"type":"BPE","vocab":{},"merges":[]}}"#, "does not cut text as GPT-2 does"),
      (#"{"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}"#, "no token for the byte 0"),
      (#"{"normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{}}}"#, "normalizer"),
      (
        #"{"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{"a":99999999}}}"#,
        "1 tokens with numbers up to 99999999"
      ), ("{", "found the end of the tokenizer"),
    ] {
      let bad = try folder.write("bad.json", text)
      let error = message { _ = try BytePairTokenizer(contentsOf: bad) }
      #expect(error.hasPrefix(bad) && error.contains(sentence), "\(error)")
    }
    try folder.write("merges.txt", "#version: 0.2\nt h\nxyz\n")
    let error = message { _ = try BytePairTokenizer(vocabulary: path + "/vocab.json", merges: folder("merges.txt")) }
    #expect(error == "\(folder("merges.txt")): line 3: \"xyz\" is not two tokens with a space between")
  }

  @Test func sizesThatCannotBe() throws {
    #expect(throws: TokenError.self) { try BytePairTokenizer(training: "a", vocabularySize: 255) }
    #expect(throws: TokenError.self) { try BytePairTokenizer(training: "a", vocabularySize: 300, specialTokens: ["x", "x"]) }
    #expect(try BytePairTokenizer(training: "", vocabularySize: 400).vocabularySize == 256)
    #expect(throws: TokenError.self) { try Self.trained.get().decode([330]) }
    #expect(throws: TokenError.self) { try Self.trained.get().decode([-1]) }
  }

  @Test func charactersAndWords() throws {
    let tokenizer = CharacterTokenizer("hello é")
    #expect(tokenizer.vocabularySize == 6 && String(String.UnicodeScalarView(tokenizer.characters)) == " ehloé")
    #expect(try tokenizer.decode(tokenizer.encode("oh hello é")) == "oh hello é")
    let error = #expect(throws: TokenError.self) { try tokenizer.encode("help") }
    #expect(error?.description == "the character \"p\" at position 3 is not in the vocabulary of 6")
    #expect(throws: TokenError.self) { try tokenizer.decode([6]) }
    let words = Vocabulary(
      counting: "b a b c a b <unk>".split(separator: " ").map(String.init), minFrequency: 2, specials: ["<unk>"], unknown: "<unk>")
    #expect(words.words == ["<unk>", "b", "a"] && words["c"] == 0 && words["a"] == 2)
    #expect(try words.decode(words.encode(["a", "x"])) == ["a", "<unk>"])
    #expect(throws: TokenError.self) { try Vocabulary(["a"]).encode(["b"]) }
    #expect(throws: TokenError.self) { try words.decode([3]) }
  }

  @Test func filesOfTokens() throws {
    let folder = try TemporaryDirectory(), path = folder("t.bin")
    for (width, largest) in [(TokenFile.Width.uint16, 65535), (.uint32, 4_294_967_295)] {
      let tokens = [0, 1, largest, 7, 8]
      try TokenFile.write(tokens, as: width, to: path)
      let file = try TokenFile(path, width)
      #expect(file.count == 5 && file[0..<5].array(of: Int.self) == tokens && file[1..<1].count == 0)
      let windows = TokenWindows(file, length: 2)
      #expect(windows.count == 3)
      let (x, y) = windows.batch(at: [0, 2])
      #expect(x.array(of: Int.self) == [0, 1, largest, 7] && y.array(of: Int.self) == [1, largest, 7, 8])
      #expect(message { try TokenFile.write([1, largest + 1], as: width, to: path) }.contains("the token \(largest + 1) does not fit"))
      #expect(throws: TensorError.self) { try catching { file[3..<6] } }
      #expect(throws: TensorError.self) { try catching { TokenWindows(file, length: 5) } }
    }
    try folder.write("t.bin", [1, 2, 3])
    #expect(message { _ = try TokenFile(path, .uint16) } == "\(path): byte 2: the last token is cut short; each has 2 bytes")
  }

  @Test func drawnTokens() throws {
    let logits = Tensor([[1.0, 3, 2, 0], [0, 0, 5, 0]])
    func draw(_ temperature: Double = 1, topK: Int? = nil, topP: Double? = nil) -> Set<Int> {
      let generator = Generator(seed: 1)
      return Set(
        (0..<300).map { _ in
          sampleTokens(logits[0], temperature: temperature, topK: topK, topP: topP, generator: generator).item(as: Int.self)
        })
    }
    #expect(sampleTokens(logits, temperature: 0).array(of: Int.self) == [1, 2])
    #expect(sampleTokens(logits).shape == [2] && sampleTokens(logits[0]).shape == [])
    #expect(draw() == [0, 1, 2, 3] && draw(topK: 2) == [1, 2] && draw(topK: 1) == [1] && draw(0.01) == [1])
    // Their probabilities are 0.087, 0.644, 0.237 and 0.032.
    #expect(draw(topP: 0.6) == [1] && draw(topP: 0.7) == [1, 2] && draw(topP: 0.9) == [0, 1, 2] && draw(topP: 1) == [0, 1, 2, 3])
    for call in [
      { sampleTokens(logits, temperature: -1) }, { sampleTokens(logits, topK: 0) }, { sampleTokens(logits, topP: 0) },
      { sampleTokens(logits, topP: .nan) }, { sampleTokens(Tensor([1, 2])) }, { sampleTokens(Tensor.zeros([2, 0])) },
    ] {
      #expect(throws: TensorError.self) { try catching(call) }
    }
  }
}

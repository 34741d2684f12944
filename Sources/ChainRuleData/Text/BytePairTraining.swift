extension BytePairTokenizer {
  /// Learns the merges of `text`: of all neighbouring tokens the most frequent pair becomes a token, until there are `vocabularySize`. Of equally
  /// frequent ones the pair of the lower tokens; the special tokens come first, then the bytes in the order of GPT-2's characters: the tokens of
  /// the library `tokenizers`.
  ///
  /// - Parameters:
  ///   - text: what is learned from.
  ///   - vocabularySize: how many tokens there are in the end, unless the text has no pair left; at least those of the bytes.
  ///   - specialTokens: tokens that stand for themselves.
  ///   - minFrequency: how often a pair must come up.
  /// - Throws: `TokenError` where the size is too small, or a special token comes twice.
  public init(training text: String, vocabularySize: Int, specialTokens: [String] = [], minFrequency: Int = 0) throws {
    guard Set(specialTokens).count == specialTokens.count else { throw TokenError("a special token comes twice: \(listed(specialTokens))") }
    guard vocabularySize >= 256 + specialTokens.count, vocabularySize <= 1 << 24 else {
      throw TokenError("a vocabulary of \(vocabularySize) tokens: there are 256 bytes and \(specialTokens.count) special tokens")
    }
    var pieces = specialTokens.map { Array($0.utf8) }, bytes = [Int32](repeating: 0, count: 256)
    for (i, byte) in ByteCharacters.order.enumerated() {
      bytes[Int(byte)] = Int32(specialTokens.count + i)
      pieces.append([byte])
    }
    var trainer = PairTrainer(text, bytes)
    var pairs: [(Int32, Int32)] = [], results: [Int32] = [], byPiece: [[UInt8]: Int32] = [:]
    for (i, piece) in pieces.enumerated().dropFirst(specialTokens.count) { byPiece[piece] = Int32(i) }
    while pieces.count < vocabularySize, let (pair, count) = trainer.best(), count >= Swift.max(minFrequency, 1) {
      let piece = pieces[Int(pair.0)] + pieces[Int(pair.1)]
      // Two ways to one piece are one token.
      let token = byPiece[piece] ?? Int32(pieces.count)
      if Int(token) == pieces.count {
        pieces.append(piece)
        byPiece[piece] = token
      }
      pairs.append(pair)
      results.append(token)
      trainer.merge(pair, to: token)
    }
    self.init(
      pieces: pieces, bytes: bytes, pairs: pairs, results: results,
      specialTokens: Dictionary(uniqueKeysWithValues: specialTokens.enumerated().map { ($1, $0) }))
  }
}

/// The words of a text and how often their pairs come up.
private struct PairTrainer {
  private struct Pair: Hashable {
    let a: Int32
    let b: Int32
  }

  /// The most frequent first, then the lowest tokens.
  private struct Candidate: Comparable {
    let count: Int
    let pair: Pair

    static func < (x: Candidate, y: Candidate) -> Bool {
      if x.count != y.count { return x.count > y.count }
      return x.pair.a != y.pair.a ? x.pair.a < y.pair.a : x.pair.b < y.pair.b
    }
  }

  private var words: [[Int32]] = []
  private var frequencies: [Int] = []
  private var counts: [Pair: Int] = [:]
  /// The words in which a pair is or was.
  private var places: [Pair: Set<Int>] = [:]
  private var heap = Heap<Candidate>()

  init(_ text: String, _ bytes: [Int32]) {
    var text = text, numbers: [[UInt8]: Int] = [:]
    text.withUTF8 { buffer in
      var scanner = WordScanner(buffer)
      while let range = scanner.next() { numbers[Array(buffer[range]), default: 0] += 1 }
    }
    for (word, count) in numbers {
      let number = words.count
      words.append(word.map { bytes[Int($0)] })
      frequencies.append(count)
      for pair in zip(words[number], words[number].dropFirst()).map(Pair.init) {
        counts[pair, default: 0] += count
        places[pair, default: []].insert(number)
      }
    }
    for (pair, count) in counts { heap.push(Candidate(count: count, pair: pair)) }
  }

  /// The most frequent pair, with how often it comes up.
  mutating func best() -> (pair: (Int32, Int32), count: Int)? {
    while let candidate = heap.pop() {
      let count = counts[candidate.pair] ?? 0
      if count == candidate.count, count > 0 { return ((candidate.pair.a, candidate.pair.b), count) }
      if count > 0 { heap.push(Candidate(count: count, pair: candidate.pair)) }
    }
    return nil
  }

  mutating func merge(_ pair: (Int32, Int32), to token: Int32) {
    let merged = Pair(a: pair.0, b: pair.1)
    var changed: Set<Pair> = []
    for number in places.removeValue(forKey: merged) ?? [] {
      let word = words[number], frequency = frequencies[number]
      var result: [Int32] = []
      var i = 0
      while i < word.count {
        if i + 1 < word.count, word[i] == merged.a, word[i + 1] == merged.b {
          result.append(token)
          i += 2
        } else {
          result.append(word[i])
          i += 1
        }
      }
      if result.count == word.count { continue }
      for old in zip(word, word.dropFirst()).map(Pair.init) { counts[old, default: 0] -= frequency }
      for new in zip(result, result.dropFirst()).map(Pair.init) {
        counts[new, default: 0] += frequency
        places[new, default: []].insert(number)
        changed.insert(new)
      }
      words[number] = result
    }
    counts[merged] = nil
    // Pairs that became rarer are put right when they come up; those that came about are offered.
    for new in changed where new != merged { heap.push(Candidate(count: counts[new] ?? 0, pair: new)) }
  }
}

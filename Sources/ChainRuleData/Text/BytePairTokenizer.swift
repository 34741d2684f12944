/// Byte-level byte pair encoding, as of GPT-2: words of bytes whose most frequent pairs were merged to tokens (Sennrich and others, 2016).
///
///     let tokenizer = try BytePairTokenizer(training: text, vocabularySize: 10_000, specialTokens: ["<|endoftext|>"])
///     let tokens = tokenizer.encode("To be, or not to be")
///     try tokenizer.save(to: "tokenizer.json")
///     let gpt2 = try BytePairTokenizer(vocabulary: "vocab.json", merges: "merges.txt")
///
/// Every text is tokens and comes back as it was: decode(encode(x)) is x, for any bytes.
public struct BytePairTokenizer: Tokenizer {
  /// The bytes of each token.
  let pieces: [[UInt8]]
  /// The token of each byte.
  let bytes: [Int32]
  /// For two tokens the one they become, with its rank: the lower, the earlier.
  let merges: PairTable
  /// The pairs in the order of their ranks.
  let pairs: [(Int32, Int32)]
  /// Tokens that stand for themselves, such as `<|endoftext|>`, and no text becomes unless it is asked for.
  public let specialTokens: [String: Int]

  init(pieces: [[UInt8]], bytes: [Int32], pairs: [(Int32, Int32)], results: [Int32], specialTokens: [String: Int]) {
    self.pieces = pieces
    self.bytes = bytes
    self.pairs = pairs
    self.specialTokens = specialTokens
    var table = PairTable(capacity: pairs.count)
    for (rank, pair) in pairs.enumerated() { table.insert(pair.0, pair.1, rank: Int32(rank), result: results[rank]) }
    merges = table
  }

  /// The number of tokens.
  public var vocabularySize: Int { pieces.count }

  /// The tokens of `text`.
  public func encode(_ text: String) -> [Int] {
    var text = text
    return text.withUTF8 { encode($0) }
  }

  /// The tokens of `text`, in which the special tokens are themselves, the longest where several begin.
  public func encodeWithSpecialTokens(_ text: String) -> [Int] {
    let specials = specialTokens.map { (Array($0.key.utf8), $0.value) }.filter { !$0.0.isEmpty }.sorted { $0.0.count > $1.0.count }
    let all = Array(text.utf8)
    let firsts = Set(specials.map { $0.0[0] })
    var result: [Int] = [], start = 0, position = 0
    while position < all.count {
      if firsts.contains(all[position]), let (name, token) = specials.first(where: { all[position...].starts(with: $0.0) }) {
        result += encode(bytes: Array(all[start..<position]))
        result.append(token)
        position += name.count
        start = position
      } else {
        position += 1
      }
    }
    return result + encode(bytes: Array(all[start...]))
  }

  /// The tokens of any bytes.
  public func encode(bytes: [UInt8]) -> [Int] { bytes.withUnsafeBufferPointer { encode($0) } }

  private func encode(_ text: UnsafeBufferPointer<UInt8>) -> [Int] {
    var scanner = WordScanner(text), cache = WordCache(bytes: text.count), result: [Int] = [], word: [Int32] = []
    result.reserveCapacity(text.count / 3)
    while let range = scanner.next() {
      let piece = UnsafeBufferPointer(rebasing: text[range])
      if let known = cache.tokens(piece) {
        for token in known { result.append(Int(token)) }
        continue
      }
      word.removeAll(keepingCapacity: true)
      for byte in piece { word.append(bytes[Int(byte)]) }
      merge(&word)
      for token in word { result.append(Int(token)) }
      cache.keep(piece, word)
    }
    return result
  }

  /// Merges the pairs of a word, the lowest rank first.
  private func merge(_ word: inout [Int32]) {
    if word.count > 64 { return mergeLong(&word) }
    while word.count > 1 {
      var best = Int32.max, result: Int32 = 0, left: Int32 = 0, right: Int32 = 0
      for i in 0..<word.count - 1 {
        if let found = merges[word[i], word[i + 1]], found.rank < best {
          (best, result, left, right) = (found.rank, found.result, word[i], word[i + 1])
        }
      }
      if best == .max { return }
      var to = 0, from = 0
      while from < word.count {
        if from + 1 < word.count, word[from] == left, word[from + 1] == right {
          word[to] = result
          from += 2
        } else {
          word[to] = word[from]
          from += 1
        }
        to += 1
      }
      word.removeLast(word.count - to)
    }
  }

  /// The same with a heap of pairs and a chain of tokens, so that a word of n bytes takes n log n steps.
  private func mergeLong(_ word: inout [Int32]) {
    let count = word.count
    var next = Array(1...count), previous = Array(-1..<count - 1), heap = Heap<MergeCandidate>()
    func offer(_ i: Int, _ word: [Int32], _ heap: inout Heap<MergeCandidate>) {
      guard i >= 0, next[i] < count, let found = merges[word[i], word[next[i]]] else { return }
      heap.push(MergeCandidate(rank: found.rank, place: i, left: word[i], right: word[next[i]], result: found.result))
    }
    for i in 0..<count { offer(i, word, &heap) }
    while let candidate = heap.pop() {
      let i = candidate.place, j = next[i]
      // One of the two may be another token by now, or gone.
      guard word[i] == candidate.left, j < count, word[j] == candidate.right else { continue }
      word[i] = candidate.result
      word[j] = -1
      next[i] = next[j]
      if next[i] < count { previous[next[i]] = i }
      offer(i, word, &heap)
      offer(previous[i], word, &heap)
    }
    word.removeAll { $0 < 0 }
  }

  /// The bytes of `tokens`.
  ///
  /// - Throws: `TokenError` for a number that is none of a token.
  public func decodeBytes(_ tokens: [Int]) throws -> [UInt8] {
    var result: [UInt8] = []
    for (position, token) in tokens.enumerated() {
      guard pieces.indices.contains(token) else { throw TokenError.unknown(token, at: position, of: pieces.count) }
      result += pieces[token]
    }
    return result
  }

  /// The text of `tokens`; bytes that are not UTF-8, such as those of half a character, become U+FFFD.
  ///
  /// - Throws: `TokenError` for a number that is none of a token.
  public func decode(_ tokens: [Int]) throws -> String { String(decoding: try decodeBytes(tokens), as: UTF8.self) }
}

private struct MergeCandidate: Comparable {
  let rank: Int32
  let place: Int
  let left: Int32
  let right: Int32
  let result: Int32

  static func < (a: MergeCandidate, b: MergeCandidate) -> Bool { a.rank != b.rank ? a.rank < b.rank : a.place < b.place }
}

/// The smallest first.
struct Heap<Element: Comparable> {
  private var items: [Element] = []

  mutating func push(_ item: Element) {
    items.append(item)
    var i = items.count - 1
    while i > 0, items[i] < items[(i - 1) / 2] {
      items.swapAt(i, (i - 1) / 2)
      i = (i - 1) / 2
    }
  }

  mutating func pop() -> Element? {
    guard let first = items.first, let last = items.popLast() else { return nil }
    guard !items.isEmpty else { return first }
    items[0] = last
    var i = 0
    while true {
      var least = i
      for child in [2 * i + 1, 2 * i + 2] where child < items.count && items[child] < items[least] { least = child }
      if least == i { return first }
      items.swapAt(i, least)
      i = least
    }
  }
}

/// What pairs of tokens become: open addressing, as it is asked for every two neighbours.
struct PairTable: Sendable {
  private var keys: [UInt64]
  private var values: [(rank: Int32, result: Int32)]
  private let mask: Int

  init(capacity: Int) {
    var size = 16
    while size < 2 * capacity { size *= 2 }
    keys = [UInt64](repeating: .max, count: size)
    values = [(rank: Int32, result: Int32)](repeating: (0, 0), count: size)
    mask = size - 1
  }

  private static func key(_ a: Int32, _ b: Int32) -> UInt64 { UInt64(UInt32(bitPattern: a)) << 32 | UInt64(UInt32(bitPattern: b)) }

  private func slot(_ key: UInt64) -> Int {
    // Multiplicative hashing (Knuth, TAOCP volume 3, 6.4).
    var i = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
    while keys[i] != key, keys[i] != .max { i = (i &+ 1) & mask }
    return i
  }

  /// The first of equal pairs counts; there is room for as many as were announced.
  mutating func insert(_ a: Int32, _ b: Int32, rank: Int32, result: Int32) {
    let key = Self.key(a, b), i = slot(key)
    if keys[i] == key { return }
    keys[i] = key
    values[i] = (rank, result)
  }

  subscript(a: Int32, b: Int32) -> (rank: Int32, result: Int32)? {
    let key = Self.key(a, b), i = slot(key)
    return keys[i] == key ? values[i] : nil
  }
}

/// The tokens of words that came before.
private struct WordCache {
  private struct Entry {
    var hash: UInt64 = 0
    var word: Range<Int32> = 0..<0
    var tokens: Range<Int32> = 0..<0
  }

  private static let longest = 32
  private var entries: [Entry]
  private let mask: Int
  private var bytes: [UInt8] = []
  private var kept: [Int32] = []

  /// For the words of a text of so many bytes.
  init(bytes count: Int) {
    var size = 64
    while size < 1 << 16, size < count / 4 { size *= 2 }
    entries = [Entry](repeating: Entry(), count: size)
    mask = size - 1
  }

  private static func hash(_ word: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in word { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash ^ hash >> 29 | 1
  }

  func tokens(_ word: UnsafeBufferPointer<UInt8>) -> ArraySlice<Int32>? {
    if word.count > Self.longest { return nil }
    let hash = Self.hash(word), entry = entries[Int(truncatingIfNeeded: hash >> 1) & mask]
    guard entry.hash == hash, entry.word.count == word.count else { return nil }
    for i in 0..<word.count where bytes[Int(entry.word.lowerBound) + i] != word[i] { return nil }
    return kept[Int(entry.tokens.lowerBound)..<Int(entry.tokens.upperBound)]
  }

  mutating func keep(_ word: UnsafeBufferPointer<UInt8>, _ tokens: [Int32]) {
    // What is replaced stays in the pool, so the pool is bounded.
    if word.count > Self.longest || bytes.count > 1 << 24 { return }
    let hash = Self.hash(word), start = Int32(bytes.count), first = Int32(kept.count)
    bytes.append(contentsOf: word)
    kept.append(contentsOf: tokens)
    entries[Int(truncatingIfNeeded: hash >> 1) & mask] = Entry(
      hash: hash, word: start..<Int32(bytes.count), tokens: first..<Int32(kept.count))
  }
}

/// GPT-2's characters for bytes: those that can be seen stand for themselves, the others for the characters from U+0100 on.
enum ByteCharacters {
  /// The bytes in the order of their characters.
  static let order: [UInt8] = {
    let seen = (0x21...0x7E).map(UInt8.init) + (0xA1...0xAC).map(UInt8.init) + (0xAE...0xFF).map(UInt8.init)
    return seen + (0...255).map(UInt8.init).filter { !seen.contains($0) }
  }()

  private static let characters: [Unicode.Scalar] = {
    var result = [Unicode.Scalar](repeating: "?", count: 256)
    for (i, byte) in order.enumerated() { result[Int(byte)] = i < 188 ? Unicode.Scalar(byte) : Unicode.Scalar(UInt16(0x100 + i - 188))! }
    return result
  }()

  private static let bytes = Dictionary(uniqueKeysWithValues: characters.enumerated().map { ($1, UInt8($0)) })

  static func text(_ piece: [UInt8]) -> String {
    var text = String.UnicodeScalarView()
    for byte in piece { text.append(characters[Int(byte)]) }
    return String(text)
  }

  /// The bytes that a text of these characters stands for; nil where it has others.
  static func bytes(_ text: String) -> [UInt8]? {
    var result: [UInt8] = []
    for scalar in text.unicodeScalars {
      guard let byte = bytes[scalar] else { return nil }
      result.append(byte)
    }
    return result
  }
}

extension BytePairTokenizer {
  /// Reads GPT-2's two files: the tokens with their numbers in JSON, and the pairs, one on each line, in the order of their ranks.
  ///
  /// - Throws: `FormatError` with the file and the place.
  public init(vocabulary: String, merges: String) throws {
    let bytes = try FileBytes.read(vocabulary)
    let tokens = try bytes.withUnsafeBytes { buffer in
      if let bad = firstInvalidUTF8(buffer) { throw FormatError(file: vocabulary, place: .byte(bad), "the file is not UTF-8") }
      var scanner = JSONScanner(buffer, file: vocabulary, name: "vocabulary")
      let tokens = try Self.vocabulary(&scanner)
      try scanner.onlySpaceRemains()
      return tokens
    }
    let text = try FileBytes.read(merges)
    let pairs = try text.withUnsafeBytes { buffer in
      if let bad = firstInvalidUTF8(buffer) { throw FormatError(file: merges, place: .byte(bad), "the file is not UTF-8") }
      return try Self.pairs(String(decoding: buffer, as: UTF8.self), merges)
    }
    try self.init(tokens: tokens, pairs: pairs, added: [], file: vocabulary)
  }

  /// Reads a `tokenizer.json` of the library `tokenizers` that has a byte-level model of pairs.
  ///
  /// - Throws: `FormatError` with the place, or for a file of another kind of tokenizer.
  public init(contentsOf path: String) throws {
    let bytes = try FileBytes.read(path)
    try self.init(bytes, path)
  }

  package init(_ bytes: Bytes, _ path: String) throws {
    var parts = TokenizerParts()
    try bytes.withUnsafeBytes { buffer in
      if let bad = firstInvalidUTF8(buffer) { throw FormatError(file: path, place: .byte(bad), "the file is not UTF-8") }
      var scanner = JSONScanner(buffer, file: path, name: "tokenizer")
      try parts.read(&scanner)
      try scanner.onlySpaceRemains()
    }
    guard parts.type == "BPE" else {
      throw FormatError(file: path, "a tokenizer of the kind \(quoted(parts.type ?? "none")); only BPE is read")
    }
    guard parts.isByteLevel else {
      throw FormatError(file: path, "a tokenizer that does not cut text as GPT-2 does (ByteLevel): its tokens would be others")
    }
    if let problem = parts.problem { throw FormatError(file: path, problem) }
    try self.init(tokens: parts.tokens, pairs: parts.pairs.map { ($0.0, $0.1, 0) }, added: parts.added, file: path)
  }

  /// The tokens of a vocabulary, by number.
  fileprivate static func vocabulary(_ scanner: inout JSONScanner) throws(FormatError) -> [String: Int] {
    var tokens: [String: Int] = [:]
    try scanner.object { (scanner, token) throws(FormatError) in
      let number = try scanner.integer()
      guard tokens.updateValue(number, forKey: token) == nil else { throw scanner.error("the token \(quoted(token)) appears twice") }
    }
    return tokens
  }

  private static func pairs(_ text: String, _ path: String) throws(FormatError) -> [(String, String, Int)] {
    var pairs: [(String, String, Int)] = []
    for (i, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = line.last == "\r" ? line.dropLast() : line
      if line.isEmpty || i == 0 && line.hasPrefix("#version") { continue }
      let halves = line.split(separator: " ", omittingEmptySubsequences: false)
      guard halves.count == 2, !halves[0].isEmpty, !halves[1].isEmpty else {
        throw FormatError(file: path, place: .line(i + 1), "\(quoted(String(line))) is not two tokens with a space between")
      }
      pairs.append((String(halves[0]), String(halves[1]), i + 1))
    }
    return pairs
  }

  private init(tokens: [String: Int], pairs: [(String, String, Int)], added: [(String, Int)], file: String) throws {
    let count = (Array(tokens.values) + added.map(\.1)).max().map { $0 + 1 } ?? 0
    guard count <= 2 * (tokens.count + added.count) + 256 else {
      throw FormatError(file: file, "\(tokens.count + added.count) tokens with numbers up to \(count - 1)")
    }
    var pieces = [[UInt8]](repeating: [], count: count), owners = [String?](repeating: nil, count: count)
    var bytes = [Int32](repeating: -1, count: 256), specials: [String: Int] = [:]
    for (name, number) in added {
      (pieces[number], owners[number]) = (Array(name.utf8), name)
      specials[name] = number
    }
    for (token, number) in tokens where specials[token] != number {
      guard owners[number] == nil else {
        throw FormatError(file: file, "\(quoted(token)) and \(quoted(owners[number] ?? "")) have the number \(number)")
      }
      owners[number] = token
      // What is not written in the characters of bytes stands for itself, such as <|endoftext|>.
      if let piece = ByteCharacters.bytes(token), !(token.hasPrefix("<|") && token.hasSuffix("|>")) {
        pieces[number] = piece
        if piece.count == 1 { bytes[Int(piece[0])] = Int32(number) }
      } else {
        pieces[number] = Array(token.utf8)
        specials[token] = number
      }
    }
    if let missing = bytes.firstIndex(of: -1) {
      throw FormatError(file: file, "no token for the byte \(missing): it is no byte-level vocabulary")
    }
    var ranked: [(Int32, Int32)] = [], results: [Int32] = []
    for (left, right, line) in pairs {
      guard let a = tokens[left], let b = tokens[right], let whole = tokens[left + right] else {
        throw FormatError(
          file: file, place: line > 0 ? .line(line) : .file, "the pair \(quoted(left)) \(quoted(right)) is not of tokens of the vocabulary")
      }
      ranked.append((Int32(a), Int32(b)))
      results.append(Int32(whole))
    }
    self.init(pieces: pieces, bytes: bytes, pairs: ranked, results: results, specialTokens: specials)
  }

  private func name(_ token: Int32) -> String { ByteCharacters.text(pieces[Int(token)]) }

  /// The tokens as the files name them, in the order of their numbers.
  private var names: [(name: String, number: Int)] {
    let specials = Dictionary(specialTokens.map { ($0.value, $0.key) }) { first, _ in first }
    return pieces.indices.filter { !pieces[$0].isEmpty || specials[$0] != nil }.map { (specials[$0] ?? name(Int32($0)), $0) }
  }

  /// Writes a `tokenizer.json` that the library `tokenizers` reads.
  ///
  /// - Throws: `FormatError` where the file cannot be written; what was there before is there still.
  public func save(to path: String) throws {
    let added = specialTokens.sorted { $0.value < $1.value }.map { name, number in
      #"{"id":\#(number),"content":\#(jsonText(name)),"single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}"#
    }
    let level = #"{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}"#
    let vocabulary = names.map { "\(jsonText($0.name)):\($0.number)" }.joined(separator: ",\n")
    let merges = pairs.map { "[\(jsonText(name($0.0))),\(jsonText(name($0.1)))]" }.joined(separator: ",\n")
    let text = """
      {"version":"1.0","truncation":null,"padding":null,"added_tokens":[\(added.joined(separator: ",\n"))],
      "normalizer":null,"pre_tokenizer":\(level),"post_processor":null,"decoder":\(level),
      "model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,"end_of_word_suffix":null,"fuse_unk":false,
      "byte_fallback":false,"ignore_merges":false,"vocab":{\(vocabulary)},"merges":[\(merges)]}}

      """
    try writeAtomically(to: path) { try $0.write(Bytes(text.utf8)) }
  }

  /// Writes GPT-2's two files.
  ///
  /// - Throws: `FormatError` where a file cannot be written.
  public func save(vocabulary: String, merges: String) throws {
    let tokens = "{" + names.map { "\(jsonText($0.name)): \($0.number)" }.joined(separator: ", ") + "}"
    let lines = "#version: 0.2\n" + pairs.map { "\(name($0.0)) \(name($0.1))\n" }.joined()
    try writeAtomically(to: vocabulary) { try $0.write(Bytes(tokens.utf8)) }
    try writeAtomically(to: merges) { try $0.write(Bytes(lines.utf8)) }
  }
}

/// What matters in a `tokenizer.json`.
private struct TokenizerParts {
  var type: String?
  var isByteLevel = false
  var tokens: [String: Int] = [:]
  var pairs: [(String, String)] = []
  var added: [(String, Int)] = []
  /// An option that would make other tokens.
  var problem: String?

  mutating func read(_ scanner: inout JSONScanner) throws(FormatError) {
    try scanner.object { (scanner, key) throws(FormatError) in
      switch key {
      case "added_tokens": try scanner.list { (scanner) throws(FormatError) in added.append(try Self.addedToken(&scanner)) }
      case "pre_tokenizer": try preTokenizer(&scanner)
      case "normalizer":
        if !scanner.isNull() {
          problem = "a tokenizer that changes its text (normalizer), which is not done here"
          try scanner.skipValue()
        }
      case "model": try model(&scanner)
      default: try scanner.skipValue()
      }
    }
  }

  private static func addedToken(_ scanner: inout JSONScanner) throws(FormatError) -> (String, Int) {
    var name: String?, number: Int?
    try scanner.object { (scanner, key) throws(FormatError) in
      switch key {
      case "id": number = try scanner.integer()
      case "content": name = try scanner.string()
      default: try scanner.skipValue()
      }
    }
    guard let name, let number else { throw scanner.error("an added token without content or id") }
    return (name, number)
  }

  private mutating func preTokenizer(_ scanner: inout JSONScanner) throws(FormatError) {
    if scanner.isNull() { return }
    try scanner.object { (scanner, key) throws(FormatError) in
      switch key {
      case "type": isByteLevel = try scanner.string() == "ByteLevel"
      case "add_prefix_space": if try scanner.bool() { problem = "a tokenizer that puts a space before its text, which is not done here" }
      case "use_regex": if try !scanner.bool() { problem = "a tokenizer that does not cut text into words, which is done here" }
      default: try scanner.skipValue()
      }
    }
  }

  private mutating func model(_ scanner: inout JSONScanner) throws(FormatError) {
    try scanner.object { (scanner, key) throws(FormatError) in
      switch key {
      case "type": type = try scanner.string()
      case "vocab" where tokens.isEmpty: tokens = try BytePairTokenizer.vocabulary(&scanner)
      case "merges": try scanner.list { (scanner) throws(FormatError) in pairs.append(try Self.pair(&scanner)) }
      case "ignore_merges":
        if try scanner.bool() { problem = "a tokenizer that looks whole words up first (ignore_merges), which is not done here" }
      default: try scanner.skipValue()
      }
    }
  }

  /// `["a", "b"]`, or in older files `"a b"`.
  private static func pair(_ scanner: inout JSONScanner) throws(FormatError) -> (String, String) {
    var halves: [String] = []
    if scanner.isAtString {
      halves = try scanner.string().split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    } else {
      try scanner.list { (scanner) throws(FormatError) in halves.append(try scanner.string()) }
    }
    guard halves.count == 2 else { throw scanner.error("a pair of \(halves.count) tokens") }
    return (halves[0], halves[1])
  }
}

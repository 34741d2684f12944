import ChainRuleData
import Testing

struct GzipTests {
  /// A gzip member around a DEFLATE stream.
  static func member(_ stream: [UInt8], of output: [UInt8], flags: UInt8 = 0, fields: [UInt8] = []) -> [UInt8] {
    var writer = DeflateWriter()
    writer.bits(Int(output.withUnsafeBytes { CRC32.checksum($0) }), 32)
    writer.bits(output.count, 32)
    return [0x1F, 0x8B, 8, flags, 0, 0, 0, 0, 0, 255] + fields + stream + writer.bytes
  }

  /// A stream of random blocks and what it decodes to.
  static func randomStream(_ generator: inout SeededGenerator, blocks: Int, symbols: Int) -> DeflateWriter {
    var writer = DeflateWriter()
    for block in 1...blocks {
      let isLast = block == blocks
      switch Int.random(in: 0..<4, using: &generator) {
      case 0:
        let data = (0..<Int.random(in: 0...symbols, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
        writer.stored(data, isLast: isLast)
      case let kind:
        writer.block(Int.random(in: 0...symbols, using: &generator), fixed: kind == 1, isLast: isLast, &generator)
      }
    }
    return writer
  }

  /// Made by zlib at its highest level.
  private func sample() throws -> [UInt8] {
    try base64(
      """
      H4sIAAAAAAACA+2MsQrDIBQA936FESTRDEVwEgqCOGRRcDGTIE1iCrXIIw35/Bb6B13b6Tg4bltndF3T7YHgeZ8lmrqly91BKT1PB7qgpf0oyu0bp+138gYTxq
      XxCXoVKrdFBDyArmZ3LKkmalZGIwjkGLyzzoeYgQgzFqZjoxJzu6kaBhxEsbwG1UPyRnJG8P/8zfkFHFyOKKoCAAA=
      """)
  }

  private let sampleText: [UInt8] =
    Array(String(repeating: "the chain rule: d(f(g(x)))/dx = f'(g(x)) g'(x)\n", count: 6).utf8)
    + (0..<400).map { UInt8(33 + ($0 * $0) % 90) }

  private func error(_ bytes: [UInt8], limit: Int = Gzip.defaultLimit) -> String {
    message { _ = try Gzip.decompress(Bytes(bytes), limit: limit) }
  }

  @Test func theChecksumIsTheStandardOne() {
    let bytes = Array("123456789".utf8)
    #expect(bytes.withUnsafeBytes { CRC32.checksum($0) } == 0xCBF4_3926)
    let long = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let halves = long[..<333].withUnsafeBytes { CRC32.checksum($0) }
    #expect(long[333...].withUnsafeBytes { CRC32.checksum($0, seed: halves) } == long.withUnsafeBytes { CRC32.checksum($0) })
  }

  @Test func zlibsStreamIsRead() throws {
    #expect(try Gzip.decompress(Bytes(sample())).array == sampleText)
  }

  @Test func membersFollowOneAnotherAndZerosMayPadTheEnd() throws {
    let sample = try sample()
    #expect(try Gzip.decompress(Bytes(sample + sample)).array == sampleText + sampleText)
    #expect(try Gzip.decompress(Bytes(sample + [0, 0, 0])).array == sampleText)
    let rest = "after the end of the gzip data are neither a further member of it nor padding with zeros"
    #expect(error(sample + [0, 5]) == "byte \(sample.count + 1): 1 bytes \(rest)")
    #expect(error(sample + [5]) == "byte \(sample.count): 1 bytes \(rest)")
    #expect(error(sample + Array("<html>".utf8)) == "byte \(sample.count): 6 bytes \(rest)")
    #expect(error(sample + [0x1F, 0x8B, 8]) == "byte \(sample.count + 3): the gzip header is cut short")
    #expect(error(sample + [UInt8](repeating: 5, count: 20)) == "byte \(sample.count): 20 bytes \(rest)")
  }

  @Test func everyHeaderFieldIsSkippedAndItsChecksumChecked() throws {
    let stream: [UInt8] = [3, 0]
    #expect(try Gzip.decompress(Bytes(Self.member(stream, of: []))).count == 0)
    let fields: [UInt8] = [2, 0, 9, 9] + Array("name\0comment\0".utf8)
    let header = [0x1F, 0x8B, 8, 0x1F, 0, 0, 0, 0, 0, 255] + fields
    let crc = header.withUnsafeBytes { CRC32.checksum($0) }
    let check = [UInt8(crc & 0xFF), UInt8(crc >> 8 & 0xFF)]
    let whole = Self.member(stream, of: [], flags: 0x1F, fields: fields + check)
    #expect(try Gzip.decompress(Bytes(whole)).count == 0)
    for count in 0..<whole.count {
      #expect(error(Array(whole[..<count])) != "(no error)")
    }
    let wrong = Self.member(stream, of: [], flags: 0x1F, fields: fields + [check[0] ^ 1, check[1]])
    #expect(error(wrong) == "byte 27: the checksum of the gzip header does not match")
  }

  @Test(arguments: 0..<60) func randomStreamsOfEveryKindDecode(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let writer = Self.randomStream(&generator, blocks: 4, symbols: 700)
    let member = Self.member(writer.bytes, of: writer.output)
    #expect(try Gzip.decompress(Bytes(member)).array == writer.output)
    // The same without a hint of the size, and with no room to spare.
    #expect(try Gzip.decompress(Bytes(member + [0, 0, 0, 0]), limit: writer.output.count).array == writer.output)
    if !writer.output.isEmpty {
      #expect(error(member, limit: writer.output.count - 1).hasSuffix("more than the \(writer.output.count - 1) bytes accepted here"))
    }
  }

  @Test(arguments: 0..<40) func aDamagedStreamIsRefusedOrRight(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let writer = Self.randomStream(&generator, blocks: 3, symbols: 60)
    let whole = Self.member(writer.bytes, of: writer.output)
    for _ in 0..<100 {
      let damaged = mutated(whole, &generator)
      if let decoded = try? Gzip.decompress(Bytes(damaged), limit: 1 << 20) {
        // Two changes may undo each other, a member may be doubled, or a field that means nothing may have changed.
        #expect(decoded.array == writer.output || decoded.array == writer.output + writer.output)
      }
    }
    // Without the checksum in the way: the decoder alone must stay within its bounds.
    for count in 0..<writer.bytes.count {
      #expect(error([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255] + writer.bytes[..<count]) != "(no error)")
    }
  }

  @Test func aBombIsStoppedAtTheLimit() {
    var writer = DeflateWriter()
    writer.header(isLast: true, type: 1)
    writer.code(0x30, 8)  // the literal 0
    for _ in 0..<100_000 {
      writer.code(0b11000101, 8)  // length 258
      writer.code(0, 5)  // distance 1
    }
    let bomb = Self.member(writer.bytes, of: [])
    #expect(error(bomb, limit: 1 << 20).hasSuffix("the data expands to more than the 1048576 bytes accepted here"))
  }
}

/// One malformed stream for every rule of DEFLATE and gzip.
struct MalformedGzipTests {
  struct Case: CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
  }

  private static func deflate(_ expected: String, _ build: (inout DeflateWriter) -> Void) -> Case {
    var writer = DeflateWriter()
    build(&writer)
    return Case(testDescription: expected, bytes: GzipTests.member(writer.bytes, of: []))
  }

  private static func dynamic(_ expected: String, _ lengths: [Int: Int], _ distances: [Int: Int], then: [(Int, Int)] = []) -> Case {
    deflate(expected) { writer in
      writer.header(isLast: true, type: 2)
      writer.dynamicHeader((0..<286).map { lengths[$0] ?? 0 }, (0..<30).map { distances[$0] ?? 0 })
      for (code, length) in then { writer.code(code, length) }
    }
  }

  private static func edited(_ expected: String, _ edit: (inout [UInt8]) -> Void) -> Case {
    var bytes = GzipTests.member([3, 0], of: [])
    edit(&bytes)
    return Case(testDescription: expected, bytes: bytes)
  }

  static let cases: [Case] = [
    deflate("a block of the reserved type 3") { $0.header(isLast: true, type: 3) },
    deflate("the length of a stored block and its complement disagree") {
      $0.header(isLast: true, type: 0)
      $0.align()
      $0.bits(5, 16)
      $0.bits(5, 16)
    },
    deflate("the compressed data is cut short") {
      $0.header(isLast: true, type: 0)
      $0.align()
      $0.bits(500, 16)
      $0.bits(500 ^ 0xFFFF, 16)
    },
    deflate("287 literal and length codes, where 286 are the most") {
      $0.header(isLast: true, type: 2)
      $0.bits(30, 5)
      $0.bits(0, 5)
      $0.bits(0, 4)
    },
    deflate("31 distance codes, where 30 are the most") {
      $0.header(isLast: true, type: 2)
      $0.bits(0, 5)
      $0.bits(30, 5)
      $0.bits(0, 4)
    },
    deflate("the code length code has more symbols than its lengths leave room for") {
      $0.header(isLast: true, type: 2)
      $0.bits(0, 14)
      for _ in 0..<4 { $0.bits(1, 3) }
    },
    deflate("the code length code is incomplete") {
      $0.header(isLast: true, type: 2)
      $0.bits(0, 14)
      for _ in 0..<3 { $0.bits(2, 3) }
      $0.bits(0, 3)
    },
    deflate("the first code length repeats the one before it") {
      $0.header(isLast: true, type: 2)
      $0.bits(0, 14)
      for length in [1, 0, 0, 1] { $0.bits(length, 3) }
      $0.code(1, 1)
    },
    deflate("more code lengths than the 258 announced") {
      $0.header(isLast: true, type: 2)
      $0.bits(0, 14)
      for length in [0, 0, 1, 1] { $0.bits(length, 3) }
      for _ in 0..<2 {
        $0.code(1, 1)
        $0.bits(127, 7)
      }
    },
    dynamic("no code ends the block", [0: 1, 1: 1], [:]),
    dynamic("the length code has more symbols than its lengths leave room for", [0: 1, 1: 1, 256: 1], [:]),
    dynamic("the length code is incomplete", [0: 2, 256: 2], [:]),
    dynamic("the length code is incomplete", [256: 2], [:]),
    dynamic("the distance code has more symbols than its lengths leave room for", [0: 1, 256: 1], [0: 1, 1: 1, 2: 1]),
    dynamic("the distance code is incomplete", [0: 1, 256: 1], [0: 2, 1: 2]),
    dynamic("a code without a symbol", [256: 1], [:], then: [(1, 1)]),
    dynamic("a distance code without a distance", [0: 2, 1: 2, 256: 2, 257: 2], [:], then: [(0, 2), (3, 2), (0, 1)]),
    dynamic("a distance code without a distance", [0: 2, 1: 2, 256: 2, 257: 2], [0: 1], then: [(0, 2), (3, 2), (1, 1)]),
    dynamic("a distance of 2 where the output has 1 bytes", [0: 2, 1: 2, 256: 2, 257: 2], [0: 1, 1: 1], then: [(0, 2), (3, 2), (1, 1)]),
    deflate("a distance of 1 where the output has 0 bytes") {
      $0.header(isLast: true, type: 1)
      $0.code(1, 7)
      $0.code(0, 5)
    },
    deflate("a code without a symbol") {
      $0.header(isLast: true, type: 1)
      $0.code(0b11000110, 8)
    },
    deflate("a distance code without a distance") {
      $0.header(isLast: true, type: 1)
      $0.code(0x30, 8)
      $0.code(1, 7)
      $0.code(30, 5)
    },
    edited("not gzip data") { $0[1] = 0x8C },
    edited("compression method 7; only 8, DEFLATE, is defined") { $0[2] = 7 },
    edited("reserved header flags are set") { $0[3] = 0x20 },
    edited("the checksum does not match the data") { $0[12] = 1 },
    edited("the size in the trailer is not the 0 bytes of the data") { $0[16] = 1 },
    edited("the gzip data is cut short within its trailer") { $0.removeLast() },
    edited("the compressed data is cut short") { $0.removeLast(9) },
    edited("the gzip header is cut short") { $0.removeLast(15) },
  ]

  @Test(arguments: cases) func givesOneClearError(_ malformed: Case) {
    let text = message { _ = try Gzip.decompress(Bytes(malformed.bytes)) }
    #expect(text.split(separator: ":", maxSplits: 1).last?.contains(malformed.testDescription) == true, "\(text)")
  }

  @Test func aMatchMayNotReachIntoTheMemberBefore() {
    var first = DeflateWriter()
    first.stored([1, 2, 3], isLast: true)
    var second = DeflateWriter()
    second.header(isLast: true, type: 1)
    second.code(1, 7)
    second.code(0, 5)
    let bytes = GzipTests.member(first.bytes, of: [1, 2, 3]) + GzipTests.member(second.bytes, of: [])
    let text = message { _ = try Gzip.decompress(Bytes(bytes)) }
    #expect(text.hasSuffix("a distance of 1 where the output has 0 bytes"))
  }
}

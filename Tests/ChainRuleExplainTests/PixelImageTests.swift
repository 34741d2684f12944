import ChainRuleData
import Foundation
import Testing

@testable import ChainRuleExplain

struct PixelImageTests {
  /// Reads a DEFLATE block with fixed codes by the text of RFC 1951, independently of the writer.
  private struct Inflater {
    let bytes: [UInt8]
    var bit: Int

    mutating func take(_ count: Int) -> Int {
      var value = 0
      for index in 0..<count {
        value |= Int(bytes[bit / 8] >> UInt8(bit % 8) & 1) << index
        bit += 1
      }
      return value
    }

    mutating func code(_ count: Int) -> Int { (0..<count).reduce(0) { value, _ in value << 1 | take(1) } }

    mutating func symbol() -> Int {
      var code = code(7)
      if code <= 0b001_0111 { return 256 + code }
      code = code << 1 | take(1)
      if code >= 0x30 && code <= 0xBF { return code - 0x30 }
      if code >= 0xC0 && code <= 0xC7 { return 280 + code - 0xC0 }
      return 144 + (code << 1 | take(1)) - 0x190
    }

    mutating func block() -> [UInt8] {
      let lengths = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258]
      let lengthBits = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
      let distances = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289,
        16385,
        24577,
      ]
      var result: [UInt8] = []
      while true {
        let symbol = symbol()
        if symbol == 256 { return result }
        if symbol < 256 {
          result.append(UInt8(symbol))
          continue
        }
        let length = lengths[symbol - 257] + take(lengthBits[symbol - 257])
        let code = code(5)
        let distance = distances[code] + take(max(0, code / 2 - 1))
        for _ in 0..<length { result.append(result[result.count - distance]) }
      }
    }
  }

  private func inflate(_ stream: [UInt8]) throws -> [UInt8] {
    #expect((Int(stream[0]) << 8 | Int(stream[1])) % 31 == 0)
    var reader = Inflater(bytes: stream, bit: 16)
    #expect(reader.take(3) == 0b011)
    let data = reader.block()
    let sum = stream.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    #expect(sum == data.withUnsafeBytes { Adler32.checksum($0) })
    #expect((reader.bit + 7) / 8 == stream.count - 4)
    return data
  }

  @Test(arguments: 0..<24) func deflateCanBeUndone(_ seed: UInt64) throws {
    // From noise to long runs, so that literals of both lengths, near and far matches all occur.
    let count = [0, 1, 2, 3, 257, 258, 259, 1000, 70_000][Int(seed) % 9]
    let levels = [256.0, 2, 1, 17][Int(seed) % 4]
    let data = Gallery.noise(count, seed: seed).map { UInt8(Int($0 * levels) * 251 % 256) }
    let stream = Deflate.zlib(data)
    #expect(try inflate(stream) == data, "seed \(seed)")
  }

  @Test func farMatchesAreFound() throws {
    let noise = Gallery.noise(40_000, seed: 11).map { UInt8($0 * 255) }
    let data = Array(noise.prefix(30_000)) + noise.prefix(30_000)
    let stream = Deflate.zlib(data)
    #expect(try inflate(stream) == data)
    #expect(stream.count < 50_000)
  }

  @Test func knownChecksums() {
    #expect(Array("123456789".utf8).withUnsafeBytes { CRC32.checksum($0) } == 0xCBF4_3926)
    #expect(Array("Wikipedia".utf8).withUnsafeBytes { Adler32.checksum($0) } == 0x11E6_0398)
    for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
      #expect(PixelImage.base64(Array(plain.utf8)) == coded)
    }
  }

  @Test(arguments: [1, 3]) func pngHasItsChunks(_ channels: Int) throws {
    let pixels = (0..<(5 * 4 * channels)).map { UInt8($0 * 3) }
    let png = try PixelImage(width: 5, height: 4, channels: channels, pixels: pixels).png
    #expect(Array(png.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    var (offset, names, data) = (8, [String](), [UInt8]())
    while offset < png.count {
      let number = { (at: Int) in png[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) } }
      let length = number(offset)
      let body = Array(png[(offset + 4)..<(offset + 8 + length)])
      #expect(number(offset + 8 + length) == Int(body.withUnsafeBytes { CRC32.checksum($0) }))
      names.append(String(decoding: body.prefix(4), as: UTF8.self))
      if names.last == "IHDR" { #expect(body.dropFirst(4) == [0, 0, 0, 5, 0, 0, 0, 4, 8, channels == 1 ? 0 : 2, 0, 0, 0]) }
      if names.last == "IDAT" { data = Array(body.dropFirst(4)) }
      offset += 12 + length
    }
    #expect(names == ["IHDR", "IDAT", "IEND"])
    let rows = try inflate(data)
    #expect(rows.count == 4 * (5 * channels + 1))
    let rowLength = 5 * channels
    var read: [UInt8] = []
    for row in 0..<4 { read += rows[(row * (rowLength + 1))...].dropFirst().prefix(rowLength) }
    #expect(read == pixels)
  }

  @Test func wrongSizesAreRefused() throws {
    for (width, height, channels) in [(2, 2, 1), (0, 0, 1), (-1, -3, 1), (3, 1, 2), (Int.max, 2, 1)] {
      #expect(throws: PixelImage.SizeError.self) {
        try PixelImage(width: width, height: height, channels: channels, pixels: [1, 2, 3])
      }
    }
    #expect(try PixelImage(width: 5, height: 1, values: [-1, 0, 0.5, 2, .nan]).pixels == [0, 0, 128, 255, 0])
  }
}

import ChainRule
import ChainRuleData
import Foundation
import Testing

/// Images that Fixtures/make_images.py wrote by the text of the standard, with what PIL and torchvision read of them.
struct ImageFixture: Decodable {
  struct PNGCase: Decodable {
    let name: String
    let png: Data
    let shape: [Int]
    let is16: Bool
    let unchanged: Data
    let rgb: Data?
    let rgbAlpha: Data?
    let gray: Data?
  }

  struct JPEGCase: Decodable {
    let jpeg: Data
    let shape: [Int]
    let rgb: Data
  }

  let pngs: [PNGCase]
  let jpegs: [JPEGCase]

  static func read() throws -> ImageFixture { try JSONDecoder().decode(Self.self, from: Data(contentsOf: fixture("images.json"))) }
}

@Suite struct ImageTests {
  private func decode(_ data: Data, _ mode: ImageMode = .unchanged) throws -> Tensor {
    try decodeImage(Bytes([UInt8](data)), name: "f.png", mode: mode)
  }

  @Test func everyKindOfPNG() throws {
    let cases = try ImageFixture.read().pngs
    #expect(cases.count > 40)
    for image in cases {
      let tensor = try decode(image.png)
      #expect(tensor.shape == image.shape, "\(image.name)")
      if image.is16 {
        let words = stride(from: 0, to: image.unchanged.count, by: 2).map { Int(image.unchanged[$0]) | Int(image.unchanged[$0 + 1]) << 8 }
        #expect(tensor.array(of: Int.self) == words, "\(image.name)")
        #expect(try decode(image.png, .rgb).shape[0] == 3)
      } else {
        #expect(tensor.dtype == .uint8 && tensor.array(of: UInt8.self) == [UInt8](image.unchanged), "\(image.name)")
      }
      for (mode, data) in [(ImageMode.rgb, image.rgb), (.rgbAlpha, image.rgbAlpha), (.gray, image.gray)] {
        guard let data else { continue }
        #expect(try decode(image.png, mode).array(of: UInt8.self) == [UInt8](data), "\(image.name) as \(mode)")
      }
    }
  }

  @Test func whatIsWrittenIsRead() throws {
    let directory = try TemporaryDirectory(), path = directory("a.png")
    for shape in [[1, 3, 5], [2, 1, 1], [3, 17, 9], [4, 2, 3]] {
      let image = Tensor.randint(0, 256, shape, dtype: .uint8)
      try writePNG(image, to: path)
      #expect(try readImage(path).equal(image))
    }
    try writePNG(Tensor([[0.0, 0.5], [2, -1]]), to: path)
    #expect(try readImage(path).array(of: Int.self) == [0, 128, 255, 0])
    try writePNG(Tensor([[Double.nan, 1]]), to: path)
    #expect(try readImage(path).array(of: Int.self) == [0, 255])
    for bad in [Tensor.zeros(5), Tensor.zeros([5, 2, 2]), Tensor.zeros([3, 0, 2]), Tensor.zeros([1, 2, 2], dtype: .int64)] {
      #expect(throws: FormatError.self) { try writePNG(bad, to: path) }
    }
  }

  /// libturbojpeg gives PIL's pixels; where it is not there, the sentence says how to have it.
  @Test func jpeg() throws {
    for image in try ImageFixture.read().jpegs {
      do {
        #expect(try decode(image.jpeg).shape == image.shape)
        let tensor = try decode(image.jpeg, .rgb)
        #expect(tensor.array(of: UInt8.self) == [UInt8](image.rgb))
        #expect(message { _ = try decode(image.jpeg.prefix(300)) }.hasPrefix("f.png: byte 0: a JPEG image that libturbojpeg refuses: "))
      } catch let error as FormatError {
        #expect(error.message.contains("apt install libturbojpeg0"))
      }
    }
  }

  /// What is wrong is named with its byte. The first file of the fixture, changed.
  @Test func damageIsNamed() throws {
    let whole = try [UInt8](#require(ImageFixture.read().pngs.first { $0.name == "2/8/0" }).png)
    func error(_ bytes: [UInt8]) -> String { message { _ = try decodeImage(Bytes(bytes), name: "f", mode: .unchanged) } }
    for count in 0..<whole.count { #expect(error(Array(whole[..<count])) != "(no error)", "cut at \(count)") }
    var bad = whole
    bad[17] ^= 1
    #expect(error(bad) == "f: byte 29: the checksum of a chunk does not match its data")
    #expect(error(whole + [0]) == "f: byte \(whole.count): 1 bytes after the end of the picture")
    #expect(error([1, 2, 3]) == "f: byte 0: neither a PNG nor a JPEG image")
    /// With another header, its checksum right.
    func header(_ change: (inout [UInt8]) -> Void) -> String {
      var bytes = whole, body = Array(whole[12..<29])
      change(&body)
      let crc = body.withUnsafeBytes { CRC32.checksum($0) }
      bytes.replaceSubrange(12..<33, with: body + (0..<4).map { UInt8(truncatingIfNeeded: crc >> (24 - 8 * $0)) })
      return error(bytes)
    }
    #expect(header { $0[12] = 7 } == "f: byte 24: no pictures of colour type 2 with 7 bits")
    #expect(header { $0[4] = 0x40 } == "f: byte 16: a picture of 1073741830 x 5; at most 134217728 pixels are read")
    #expect(header { $0[5] = 0x40 }.hasSuffix("bytes of data cannot be 4194310 x 5 pixels"))
    #expect(header { $0[7] = 0 } == "f: byte 16: a picture of 0 x 5")
    #expect(header { $0[16] = 2 }.hasSuffix("a method of compression, filtering or interlacing that PNG does not have"))
    #expect(header { $0[7] = 7 }.contains("the data expands to"))
  }
}

import ChainRule
import ChainRuleData
import Foundation
import Testing

/// Every reader on files with cut and changed bytes: it reads them or throws its own error, and never ends the process.
///
/// 2,000 files for each; CHAINRULE_FUZZ says another number.
@Suite struct FuzzTests {
  /// A PNG file with the checksums of its chunks set right, as far as there are chunks.
  private static func mended(_ png: [UInt8]) -> [UInt8] {
    var png = png, position = 8
    while position + 12 <= png.count {
      let length = png[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }, end = position + 8 + length
      guard end + 4 <= png.count else { break }
      let crc = png[position + 4..<end].withUnsafeBytes { CRC32.checksum($0) }
      for i in 0..<4 { png[end + i] = UInt8(truncatingIfNeeded: crc >> (24 - 8 * i)) }
      position = end + 4
    }
    return png
  }

  private static let count = ProcessInfo.processInfo.environment["CHAINRULE_FUZZ"].flatMap(Int.init) ?? 2000

  struct Reader: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// Good files, which are then changed.
    let samples: @Sendable () throws -> [[UInt8]]
    let read: @Sendable (Bytes) throws -> Void
  }

  private static let pickles = Reader(testDescription: "pickles") {
    try JSONDecoder().decode([String: Data].self, from: Data(contentsOf: fixture("pickles.json"))).sorted { $0.key < $1.key }.map {
      [UInt8]($1)
    }
  } read: {
    // The elements themselves are not there.
    let file = try TorchFile(Bytes(torchArchive($0.array)), path: "f")
    _ = try? file.value()
  }

  private static let torch = Reader(testDescription: "torch") {
    let directory = try TemporaryDirectory()
    try saveTorch(["a": TorchValue(["w": Tensor([[1.0, 2], [3, 4]])]), "epoch": 3], to: directory("a.pt"))
    return [try contents(directory("a.pt"))]
  } read: {
    _ = try TorchFile($0, path: "f").value()
  }

  /// Each also with right checksums: else those of the chunks would catch nearly all.
  private static let images = Reader(testDescription: "PNG") {
    try ImageFixture.read().pngs.map { [UInt8]($0.png) }
  } read: { bytes in
    let right = Result { try decodeImage(Bytes(mended(bytes.array)), name: "f", mode: .unchanged) }
    _ = try decodeImage(bytes, name: "f", mode: .rgb)
    _ = try right.get()
  }

  static let readers = [pickles, torch, images]

  @Test(arguments: readers) func refusesOrReads(reader: Reader) throws {
    var generator = SeededGenerator(seed: 19)
    let samples = try reader.samples()
    for sample in samples { try reader.read(Bytes(sample)) }
    var readable = 0
    for i in 0..<Self.count {
      do {
        try reader.read(Bytes(mutated(samples[i % samples.count], &generator)))
        readable += 1
      } catch is FormatError {
      } catch is DataError {
      }
    }
    #expect(readable < Self.count)
  }
}

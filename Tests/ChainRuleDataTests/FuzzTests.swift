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

  private static let tensors: NamedTensors = ["a": Tensor([[1.0, 2], [3, 4]]), "b": Tensor([true, false]), "c": Tensor([7])]

  /// What `write` leaves in a file.
  private static func file(_ write: (String) throws -> Void) throws -> [UInt8] {
    let directory = try TemporaryDirectory()
    try write(directory("x"))
    return try contents(directory("x"))
  }

  private static let safetensors = Reader(testDescription: "safetensors") {
    [try file { try saveSafetensors(tensors, metadata: ["k": "v"], to: $0) }]
  } read: {
    let file = try SafetensorsFile($0, path: "f")
    for name in file.names { _ = try? file.tensor(named: name) }
  }

  private static let npy = Reader(testDescription: "npy") {
    [try file { try saveNpy(Tensor([[1.0, 2], [3, 4]]), to: $0) }]
  } read: {
    _ = try Npy.decode($0)
  }

  private static let npz = Reader(testDescription: "npz") {
    var deflated = TestArchive()
    deflated.add("a.npy", try file { try saveNpy(Tensor([[1.0, 2], [3, 4]]), to: $0) }, .deflated)
    return [try file { try saveNpz(tensors, to: $0) }, deflated.finished()]
  } read: {
    let file = try NpzFile($0, path: "f")
    _ = file.arrays
    for name in file.names { _ = try file.tensor(named: name) }
  }

  private static let tables = Reader(testDescription: "CSV") {
    [Array("a,b,label\n1,2.5,x\r\n-3e2,\"4\",\"y\"\"\n,z\"\n\n".utf8), Array("\u{FEFF}sep=;\na;b\n1;2\n".utf8)]
  } read: { bytes in
    let table = try Table(bytes, file: "f", ",", nil)
    for name in table.columnNames {
      _ = try table.strings(name)
      _ = try? table.doubles(name, missing: 0)
    }
  }

  private static let idx = Reader(testDescription: "IDX") {
    [[0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6], [0, 0, 0x0D, 1, 0, 0, 0, 1, 0x3F, 0x80, 0, 0]]
  } read: {
    _ = try IDX.decode($0)
  }

  private static let gzip = Reader(testDescription: "gzip") {
    let text = Array("so it is, so it was, so it will be".utf8), crc = Int(text.withUnsafeBytes { CRC32.checksum($0) })
    // A zlib stream is two bytes, the same data, and four bytes.
    let data = Deflate.zlib(text).dropFirst(2).dropLast(4)
    return [[0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255] + data + TestArchive.little(crc, 4) + TestArchive.little(text.count, 4)]
  } read: {
    _ = try Gzip.decompress($0, limit: 1 << 20)
  }

  private static let tokenizers = Reader(testDescription: "tokenizer.json") {
    [try file { try BytePairTokenizer(training: "a b a b", vocabularySize: 258, specialTokens: ["<|x|>"]).save(to: $0) }]
  } read: {
    _ = try BytePairTokenizer($0, "f").encode("a b a b")
  }

  private static let shards = Reader(testDescription: "shards' index") {
    [Array(#"{"metadata": {"total_size": 8}, "weight_map": {"a": "x.safetensors", "b\u00e9": "y.safetensors"}}"#.utf8)]
  } read: {
    _ = try ShardedSafetensors($0, path: "f").names
  }

  private struct Line: Codable {
    var text: String
    var label: Int
  }

  private static let lines = Reader(testDescription: "JSON lines") {
    [Array("{\"text\":\"a\",\"label\":1}\n\n{\"text\":\"b\\n\",\"label\":-2}\n".utf8)]
  } read: {
    _ = try parseJSONLines($0, "f", as: Line.self)
  }

  static let readers = [
    pickles, torch, images, safetensors, npy, npz, tables, idx, gzip, tokenizers, shards, lines,
  ]

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

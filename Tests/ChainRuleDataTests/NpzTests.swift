import ChainRuleData
import Testing

private func uint8(_ bytes: [UInt8]) throws -> UntypedArray {
  try #require(UntypedArray(.uint8, [bytes.count], Bytes(bytes)))
}

struct NpzTests {
  private let one: [UInt8] = Array(1...200)
  private let two: [UInt8] = [7, 8]

  private func written(_ arrays: [String: UntypedArray], largestField: Int = ZipWriter.largestField) throws -> [UInt8] {
    let directory = try TemporaryDirectory()
    try NpzFile.write(arrays, to: directory("f"), largestField: largestField)
    return try contents(directory("f"))
  }

  private func open(_ bytes: [UInt8]) throws -> NpzFile {
    try NpzFile(Bytes(bytes), path: "f")
  }

  @Test func whatIsWrittenIsRead() throws {
    let arrays = ["b": try uint8(one), "a": try uint8(two), "größe/x": try uint8([])]
    let file = try open(written(arrays))
    #expect(file.names == ["a", "b", "größe/x"])
    for (name, array) in arrays {
      #expect(try file.array(name) == array)
    }
    #expect(try open(written([:])).names == [])
    #expect(message { _ = try file.array("c") } == #"f: "c": no array of this name; the file has "a", "b", "größe/x""#)
  }

  @Test func equalArraysMakeEqualFiles() throws {
    let arrays = ["b": try uint8(one), "a": try uint8(two)]
    #expect(try written(arrays) == written(arrays))
  }

  /// As if the files were beyond 4 GiB: every size, or only the places of the later members, in 64-bit fields.
  @Test(arguments: [-1, 0, 150, 400]) func largeSizesAndPlacesAreWrittenAndRead(largestField: Int) throws {
    let arrays = ["a": try uint8(one), "b": try uint8(two), "c": try uint8(one)]
    let file = try open(written(arrays, largestField: largestField))
    for (name, array) in arrays {
      #expect(try file.array(name) == array)
    }
  }

  /// `savez_compressed(x=arange(300, dtype=int32) % 7, y=array(1.5))` of NumPy 2.4: deflated, with 64-bit sizes in the local
  /// headers alone.
  @Test func numPysCompressedFileIsRead() throws {
    let file = try open(
      base64(
        """
        UEsDBC0AAAAIAAAAIQCY46i2//////////8FABQAeC5ucHkBABAAMAUAAAAAAABjAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TaaKuo6Cell9UUp
        SYF59flJIKEndLzClOBYoXZyQWpAL5GsYGBjqaOgq1CmQDLgYgYARiJiBmBmIWIGYFYjYGCBiVG5UblRuVGyxyAFBLAwQtAAAACAAAACEAKXaJ6///////
        ////BQAUAHkubnB5AQAQAIgAAAAAAAAARwAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2ahrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+R
        qaOgq1ChQBLgYw+GEPAFBLAQItAy0AAAAIAAAAIQCY46i2YwAAADAFAAAFAAAAAAAAAAAAAACAAQAAAAB4Lm5weVBLAQItAy0AAAAIAAAAIQApdonrRwAA
        AIgAAAAFAAAAAAAAAAAAAACAAZoAAAB5Lm5weVBLBQYAAAAAAgACAGYAAAAYAQAAAAA=
        """))
    #expect(file.names == ["x", "y"])
    let x = try file.array("x")
    #expect(x.elementType == .int32 && x.shape == [300])
    #expect(x.bytes.array == (0..<300).flatMap { [UInt8($0 % 7), 0, 0, 0] })
    #expect(try file.array("y") == UntypedArray(.float64, [], Bytes([0, 0, 0, 0, 0, 0, 0xF8, 0x3F])))
  }

  @Test(arguments: 0..<40) func aDamagedFileIsRefusedOrRight(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let arrays = ["a": try uint8(two), "b": try uint8(Array(one.prefix(20)))]
    let whole = try written(arrays, largestField: seed % 2 == 0 ? ZipWriter.largestField : -1)
    for _ in 0..<200 {
      guard let file = try? open(mutated(whole, &generator)) else { continue }
      for name in file.names {
        // The checksum covers the arrays; only times, versions and names may have changed without notice.
        if let array = try? file.array(name) {
          #expect(arrays.values.contains(array))
        }
      }
    }
  }
}

/// Edits of a good archive of two members, each against one rule.
struct MalformedNpzTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let edit: @Sendable (inout Archive) -> Void

    init(_ expected: String, _ edit: @escaping @Sendable (inout Archive) -> Void) {
      testDescription = expected
      self.edit = edit
    }
  }

  /// The bytes of an archive, and where its parts are.
  struct Archive {
    var bytes: [UInt8]
    let locals: [Int]
    let entries: [Int]
    let end: Int

    init(_ bytes: [UInt8]) {
      func places(_ signature: [UInt8]) -> [Int] {
        bytes.indices.filter { bytes[$0...].starts(with: signature) }
      }
      self.bytes = bytes
      locals = places([0x50, 0x4B, 3, 4])
      entries = places([0x50, 0x4B, 1, 2])
      end = places([0x50, 0x4B, 5, 6])[0]
    }

    /// Changes a little-endian field.
    mutating func set(_ place: Int, _ count: Int, _ value: Int) {
      for index in 0..<count {
        bytes[place + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
      }
    }
  }

  static let cases: [Case] = [
    Case("not a zip archive, or cut short: there is no directory at its end") { $0.bytes.removeLast() },
    Case("not a zip archive, or cut short: there is no directory at its end") { $0.bytes = Array("hello".utf8) },
    Case("not a zip archive, or cut short: there is no directory at its end") { $0.bytes.append(0) },
    Case("the archive is one part of several") { $0.set($0.end + 4, 2, 1) },
    Case("the archive is one part of several") { $0.set($0.end + 8, 2, 1) },
    Case("the archive is one part of several") { $0.set($0.entries[1] + 34, 2, 1) },
    Case("the directory is not where it is said to be") { $0.set($0.end + 16, 4, $0.entries[0] + 1) },
    Case("the directory is not where it is said to be") { $0.set($0.end + 12, 4, 0x7FFF_FFFF) },
    Case("the directory is not where it is said to be") { $0.bytes.insert(0, at: 0) },
    Case("the directory is too small for its 500 entries") {
      $0.set($0.end + 8, 2, 500)
      $0.set($0.end + 10, 2, 500)
    },
    Case("bytes after the last entry of the directory") {
      $0.set($0.end + 8, 2, 1)
      $0.set($0.end + 10, 2, 1)
    },
    Case("expected an entry of the directory") { $0.set($0.entries[1], 1, 0) },
    Case("an entry of the directory runs past its end") { $0.set($0.entries[1] + 28, 2, 100) },
    Case("a name that is not UTF-8, though the entry says so") {
      $0.set($0.entries[0] + 46, 1, 0xFF)
      $0.set($0.entries[0] + 8, 2, 0x800)
    },
    Case(#"the name "a.npy" appears twice"#) {
      $0.set($0.entries[1] + 46, 1, 0x61)
      $0.set($0.locals[1] + 30, 1, 0x61)
    },
    Case(#"the member "a.npy" is encrypted or patched"#) {
      for place in [$0.entries[0] + 8, $0.locals[0] + 6] { $0.set(place, 2, 1) }
    },
    Case(#"the member "a.npy" is compressed by method 12; only DEFLATE, 8, is read"#) {
      for place in [$0.entries[0] + 10, $0.locals[0] + 8] { $0.set(place, 2, 12) }
    },
    Case(#"the member "b.npy" is not where the directory says"#) { $0.set($0.entries[1] + 42, 4, 0x7FFF_FFFF) },
    Case(#"the member "b.npy" is not where the directory says"#) { $0.set($0.entries[1] + 42, 4, $0.locals[1] - 1) },
    Case(#"the member "b.npy" and its entry in the directory disagree"#) { $0.set($0.entries[1] + 42, 4, $0.locals[0]) },
    Case(#"the member "a.npy" and its entry in the directory disagree"#) { $0.set($0.locals[0] + 30, 1, 0x62) },
    Case(#"the member "a.npy" and its entry in the directory disagree"#) { $0.set($0.locals[0] + 8, 2, 8) },
    Case(#"the member "a.npy" and its entry in the directory disagree about its size"#) { $0.set($0.locals[0] + 18, 4, 1) },
    Case(#"the member "a.npy" and its entry in the directory disagree about its size"#) { $0.set($0.locals[0] + 22, 4, 1) },
    Case(#"the member "a.npy" and its entry in the directory disagree about its size"#) { $0.set($0.locals[0] + 14, 4, 1) },
    Case(#"the member "a.npy" has no valid size"#) { $0.set($0.entries[0] + 24, 4, 0xFFFF_FFFF) },
    Case(#"the data of the member "b.npy" runs into the directory"#) {
      for place in [$0.entries[1] + 20, $0.entries[1] + 24, $0.locals[1] + 18, $0.locals[1] + 22] { $0.set(place, 4, 100_000) }
    },
    Case(#"the data of the member "b.npy" runs into the directory"#) { $0.set($0.locals[1] + 28, 2, 0xFFFF) },
    Case(#"the member "b.npy" overlaps another"#) {
      for place in [$0.entries[0] + 20, $0.entries[0] + 24, $0.locals[0] + 18, $0.locals[0] + 22] { $0.set(place, 4, 200) }
    },
    Case(#"the member "a.npy" is stored in 130 bytes but has 131"#) {
      for place in [$0.entries[0] + 24, $0.locals[0] + 22] { $0.set(place, 4, 131) }
    },
    Case("of the archive: the checksum does not match the data") { $0.set($0.locals[0] + 40, 1, 0) },
    Case("byte 43 of the archive: the data expands to 6 bytes, 130 were announced") {
      for place in [$0.entries[0] + 10, $0.locals[0] + 8] { $0.set(place, 2, 8) }
    },
    Case("of the member: shape [1] of uint8 takes 1 bytes, the file has 2 after its header") { archive in
      // A header that lies, with its right checksum.
      let shape = archive.locals[0] + 35 + 61
      archive.set(shape, 1, 0x31)
      let checksum = archive.bytes[archive.locals[0] + 35..<archive.locals[1]].withUnsafeBytes { CRC32.checksum($0) }
      for place in [archive.entries[0] + 16, archive.locals[0] + 14] { archive.set(place, 4, Int(checksum)) }
    },
  ]

  @Test(arguments: cases) func givesOneClearError(_ malformed: Case) throws {
    let directory = try TemporaryDirectory()
    try NpzFile.write(["a": uint8([7, 8]), "b": uint8([1, 2, 3])], to: directory("f"))
    var archive = try Archive(contents(directory("f")))
    #expect(archive.locals.count == 2 && archive.entries.count == 2)
    malformed.edit(&archive)
    let text = message {
      let file = try NpzFile(Bytes(archive.bytes), path: "f")
      for name in file.names { _ = try file.array(name) }
    }
    #expect(text.hasPrefix("f: ") && text.hasSuffix(malformed.testDescription), "\(text)")
  }

  @Test func aMemberMayNotExpandBeyondItsSize() throws {
    var stream = DeflateWriter()
    stream.header(isLast: true, type: 1)
    stream.code(0x30, 8)
    for _ in 0..<1000 {
      stream.code(0b11000101, 8)
      stream.code(0, 5)
    }
    stream.code(0, 7)
    for (claimed, expected) in [
      (100, "the data expands to more than the 100 bytes accepted here"),
      (258_002, "the data expands to 258001 bytes, 258002 were announced"),
    ] {
      let text = message {
        let archive = Self.deflated("a.npy", stream.bytes, size: claimed)
        _ = try NpzFile(Bytes(archive), path: "f").array("a")
      }
      #expect(text.hasPrefix("f: \"a\": byte") && text.hasSuffix(expected), "\(text)")
    }
  }

  /// An archive of one deflated member.
  private static func deflated(_ name: String, _ stream: [UInt8], size: Int) -> [UInt8] {
    func little(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    let common =
      little(20, 2) + little(0, 2) + little(8, 2) + little(0, 8) + little(stream.count, 4) + little(size, 4)
      + little(name.utf8.count, 2) + little(0, 2)
    let local = little(0x0403_4B50, 4) + common + Array(name.utf8) + stream
    let entry = little(0x0201_4B50, 4) + little(20, 2) + common + little(0, 10) + little(0, 4) + Array(name.utf8)
    return local + entry + little(0x0605_4B50, 4) + little(0, 4) + little(1, 2) + little(1, 2) + little(entry.count, 4)
      + little(local.count, 4) + little(0, 2)
  }
}

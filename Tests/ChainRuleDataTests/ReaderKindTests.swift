import ChainRule
import ChainRuleData
import Testing

/// A zip archive as other programs may write it.
struct TestArchive {
  enum Method { case stored, deflated, other(Int) }

  private(set) var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0

  static func little(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

  /// - Parameters:
  ///   - isStreamed: whether sizes and checksum follow the data, as a writer does that cannot go back.
  ///   - flags: of the header, such as 1 for encrypted.
  mutating func add(
    _ name: String, _ contents: [UInt8], _ method: Method = .stored, isStreamed: Bool = false, isLarge: Bool = false, flags: Int = 0
  ) {
    var data = contents, code = 0
    switch method {
    case .stored: break
    case .deflated:
      var writer = DeflateWriter()
      let half = contents.count / 2
      writer.stored(Array(contents[..<half]), isLast: false)
      writer.stored(Array(contents[half...]), isLast: true)
      (data, code) = (writer.bytes, 8)
    case .other(let number): code = number
    }
    let checksum = Int(contents.withUnsafeBytes { CRC32.checksum($0) }), start = bytes.count, little = Self.little
    let kind = little(flags | (isStreamed ? 8 : 0), 2) + little(code, 2) + little(0, 4), lengths = little(name.utf8.count, 2)
    let sizes = little(checksum, 4) + little(data.count, 4) + little(contents.count, 4)
    let none = isLarge ? little(0, 4) + little(0xFFFF_FFFF, 4) + little(0xFFFF_FFFF, 4) : little(0, 12)
    let extra =
      isLarge ? little(1, 2) + little(16, 2) + little(isStreamed ? 0 : contents.count, 8) + little(isStreamed ? 0 : data.count, 8) : []
    let local = isStreamed ? none : isLarge ? little(checksum, 4) + little(0xFFFF_FFFF, 4) + little(0xFFFF_FFFF, 4) : sizes
    bytes += little(0x0403_4B50, 4) + little(20, 2) + kind + local + lengths + little(extra.count, 2) + Array(name.utf8) + extra + data
    if isStreamed {
      bytes += little(0x0807_4B50, 4) + little(checksum, 4) + little(data.count, isLarge ? 8 : 4) + little(contents.count, isLarge ? 8 : 4)
    }
    directory += little(0x0201_4B50, 4) + little(20, 2) + little(20, 2) + kind + sizes + lengths + little(0, 12) + little(start, 4)
    directory += Array(name.utf8)
    count += 1
  }

  func finished() -> [UInt8] {
    bytes + directory + Self.little(0x0605_4B50, 4) + Self.little(0, 4) + Self.little(count, 2) + Self.little(count, 2)
      + Self.little(directory.count, 4) + Self.little(bytes.count, 4) + Self.little(0, 2)
  }
}

private func npy(_ descr: String, _ shape: String, _ elements: [UInt8]) -> [UInt8] {
  let text = "{'descr': '\(descr)', 'fortran_order': False, 'shape': \(shape), }\n"
  return [0x93] + Array("NUMPY".utf8) + [1, 0] + TestArchive.little(text.utf8.count, 2) + Array(text.utf8) + elements
}

/// One array that cannot be read hides none of the others.
struct NpzKindTests {
  private func open(_ archive: TestArchive) throws -> NpzFile { try NpzFile(Bytes(archive.finished()), path: "f") }

  private let x = npy("|u1", "(3,)", [1, 2, 3])

  @Test func textAmongNumbers() throws {
    let directory = try TemporaryDirectory()
    var archive = TestArchive()
    archive.add("names.npy", npy("<U1", "(2,)", [0x61, 0, 0, 0, 0x62, 0, 0, 0]), .deflated)
    archive.add("x.npy", x, .deflated)
    archive.add("z.npy", npy("<c8", "(1,)", [UInt8](repeating: 0, count: 8)))
    archive.add("pairs.npy", Array(npy("|u1", "()", []).map { $0 }))
    let path = try directory.write("f.npz", archive.finished())
    let file = try NpzFile(path)
    #expect(file.names == ["names", "x", "z", "pairs"] && file.otherNames == [])
    #expect(try file.tensor(named: "x").array(of: Int.self) == [1, 2, 3])
    #expect(try file.tensor(named: "x.npy").shape == [3])
    let arrays = file.arrays
    #expect(arrays.map(\.shape) == [[2], [3], [1], []] && arrays.map(\.elementType) == ["<U1", "|u1", "<c8", "|u1"])
    #expect(arrays.map(\.dtype) == [nil, .uint8, nil, .uint8])
    #expect(
      arrays.map(\.problem) == [
        #"elements of type "<U1", text, cannot be read"#, nil, "no tensor type holds the values of complex64", nil,
      ])
    #expect(
      message { _ = try file.tensor(named: "names") }
        == #"\#(path): "names": byte 20 of the member: elements of type "<U1", text, cannot be read"#)
    #expect(message { _ = try file.tensor(named: "z") } == #"\#(path): "z": no tensor type holds the values of complex64"#)
    #expect(message { _ = try loadNpz(path) }.hasSuffix("NpzFile(path).tensor(named:) reads the other arrays one by one"))
  }

  @Test func whatMacOSAddsIsNoArray() throws {
    var archive = TestArchive()
    archive.add("a.npy", x)
    archive.add("__MACOSX/._a.npy", [0, 5, 0x16, 7, 0, 2, 0, 0])
    archive.add("dir/", [])
    archive.add("dir/._b.npy", [0, 5, 0x16, 7])
    archive.add("dir/b.npy", x, .deflated)
    archive.add("._c.npy", x)
    archive.add(".DS_Store", [0, 0, 0, 1], .deflated)
    archive.add("README.txt", Array("read me".utf8))
    let directory = try TemporaryDirectory()
    let path = try directory.write("f.npz", archive.finished())
    let file = try NpzFile(path)
    #expect(file.names == ["a", "dir/b", "._c"])
    #expect(file.otherNames == ["__MACOSX/._a.npy", "dir/", "dir/._b.npy", ".DS_Store", "README.txt"])
    #expect(try loadNpz(path).map(\.name) == ["a", "dir/b", "._c"])
  }

  /// Names that no flag calls UTF-8 are in the code page of the first PCs, unless they are UTF-8 all the same: as Python reads them.
  @Test func namesOfOldArchives() throws {
    var archive = TestArchive()
    archive.add("x1.npy", x)
    archive.add("x2.npy", x, .deflated)
    archive.add("\u{E9}.npy", x)
    var bytes = archive.finished()
    // "x1" and "x2" become the bytes of "\u{E9}1" and "\u{3A9}2", at both places of each.
    for (digit, byte) in [(0x31, 0x82), (0x32, 0xEA)] as [(UInt8, UInt8)] {
      for i in bytes.indices.dropLast(5) where bytes[i...].starts(with: [0x78, digit, 0x2E, 0x6E, 0x70, 0x79]) { bytes[i] = byte }
    }
    let directory = try TemporaryDirectory()
    let file = try NpzFile(try directory.write("f.npz", bytes))
    #expect(file.names == ["\u{E9}1", "\u{3A9}2", "\u{E9}"])
    #expect(try file.tensor(named: "\u{E9}1").equal(file.tensor(named: "\u{E9}")))
  }

  /// NumPy gives the array of a member whatever its name; a member of the very name comes before the one with the suffix.
  @Test func membersWithoutTheSuffix() throws {
    var archive = TestArchive()
    archive.add("a", x, .deflated)
    archive.add("b.dat", npy("|u1", "(1,)", [7]))
    archive.add("a.npy", npy("|u1", "(1,)", [9]))
    let file = try open(archive)
    #expect(file.names == ["a", "b.dat", "a.npy"])
    #expect(try file.tensor(named: "a").array(of: Int.self) == [1, 2, 3])
    #expect(try file.tensor(named: "a.npy").array(of: Int.self) == [9])
    #expect(try file.tensor(named: "b.dat").array(of: Int.self) == [7])
  }

  @Test func membersThatCannotBeUnpackedHideNothing() throws {
    var archive = TestArchive()
    archive.add("bzip.npy", x, .other(12))
    archive.add("secret.npy", x, flags: 1)
    archive.add("broken.npy", [0x93, 0x4E])
    archive.add("x.npy", x)
    let file = try open(archive)
    #expect(try file.tensor(named: "x").array(of: Int.self) == [1, 2, 3])
    #expect(file.arrays.map { $0.problem != nil } == [true, true, true, false])
    #expect(file.arrays[0].problem == #"the member "bzip.npy" is compressed by method 12; only DEFLATE, 8, is read"#)
    #expect(message { _ = try file.tensor(named: "secret") }.hasSuffix(#"the member "secret.npy" is encrypted or patched"#))
    #expect(message { _ = try file.tensor(named: "broken") }.hasSuffix("not an npy file: it does not begin with \\x93NUMPY"))
  }

  @Test(arguments: [false, true], [false, true]) func sizesAfterTheDataAndIn64Bits(isStreamed: Bool, isLarge: Bool) throws {
    for method in [TestArchive.Method.stored, .deflated] {
      var archive = TestArchive()
      archive.add("x.npy", x, method, isStreamed: isStreamed, isLarge: isLarge)
      archive.add("y.npy", npy("<f4", "(1, 1)", [0, 0, 0x80, 0x3F]), method, isStreamed: isStreamed, isLarge: isLarge)
      let file = try open(archive)
      #expect(try file.tensor(named: "x").array(of: Int.self) == [1, 2, 3])
      #expect(try file.tensor(named: "y").item() == 1 && file.arrays[1].shape == [1, 1])
    }
  }

  /// The description of a large member is read without the rest of it.
  @Test func theHeaderAloneIsUnpacked() throws {
    var archive = TestArchive()
    let count = 40_000
    archive.add("x.npy", npy("|u1", "(\(count),)", [UInt8](repeating: 3, count: count)), .deflated)
    var bytes = archive.finished()
    // Damage far behind the header: the array is refused, its description is not.
    bytes[30_000] ^= 1
    let file = try NpzFile(Bytes(bytes), path: "f")
    #expect(file.arrays[0].shape == [count] && file.arrays[0].problem == nil)
    #expect(message { _ = try file.tensor(named: "x") }.hasSuffix("the checksum does not match the data"))
  }

  @Test func oneUnreadableArrayAlone() throws {
    let directory = try TemporaryDirectory()
    var archive = TestArchive()
    archive.add("names.npy", npy("<U1", "(1,)", [0x61, 0, 0, 0]))
    let path = try directory.write("f.npz", archive.finished())
    #expect(message { _ = try loadNpz(path) }.hasSuffix(#"elements of type "<U1", text, cannot be read"#))
  }
}

/// What the reference library, 0.6, reads is read here where it can mean one thing only.
struct SafetensorsKindTests {
  private static let x = #""x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}"#

  private func open(_ header: String, _ data: [UInt8] = [1, 2, 3, 4]) throws -> SafetensorsFile {
    try SafetensorsFile(Bytes(TestArchive.little(header.utf8.count, 8) + Array(header.utf8) + data), path: "f")
  }

  @Test(arguments: [
    "{\(x)}\n\n\n", "{\(x)}\t \r\n", " {\(x)}", "\n\r\t{\(x)}", "{ \n\(x)\n }", #"{"__metadata__":null,\#(x)}"#,
    #"{\#(x),"__metadata__": null }"#,
    #"{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"strides":[1]}}"#,
    #"{"x":{"more":{"a":[1.5,-2e3,0,true,false,null,"s\n",{}],"b":[]},"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#,
    #"{"x":{"more":-0.5E+7,"dtype":"U8","shape":[4],"data_offsets":[0,4],"last":""}}"#,
    #"{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"deep":"# + String(repeating: "[", count: 100)
      + String(repeating: "]", count: 100) + "}}",
  ]) func isRead(header: String) throws {
    let file = try open(header)
    #expect(file.names == ["x"] && file.metadata == [:])
    #expect(try file.tensor(named: "x").array(of: Int.self) == [1, 2, 3, 4])
  }

  @Test func aTypeThatNoTensorHasHidesNoOther() throws {
    let header = #"""
      {"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"X9","shape":[2,1],"data_offsets":[1,3]},
       "c":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}
      """#
    let file = try open(header)
    #expect(try file.tensor(named: "c").array(of: Int.self) == [4])
    #expect(file.arrays.map(\.elementType) == ["F8_E4M3", "X9", "U8"] && file.arrays.map(\.shape) == [[1], [2, 1], [1]])
    #expect(file.arrays.map(\.dtype) == [nil, nil, .uint8])
    #expect(file.arrays.map(\.problem) == ["no tensor type holds the values of float8_e4m3fn", #"the format has no dtype "X9""#, nil])
    #expect(message { _ = try file.tensor(named: "b") } == #"f: "b": the format has no dtype "X9""#)
    #expect(message { _ = try file.tensor(named: "d") } == #"f: "d": no tensor of this name; the file has "a", "b", "c""#)
    let directory = try TemporaryDirectory()
    let path = try directory.write("f", TestArchive.little(header.utf8.count, 8) + Array(header.utf8) + [1, 2, 3, 4])
    #expect(message { _ = try loadSafetensors(path) }.hasSuffix("SafetensorsFile(path).tensor(named:) reads the other arrays one by one"))
    #expect(try SafetensorsFile(path).tensor(named: "c").item() == 4)
  }
}

struct DigitKindTests {
  @Test(arguments: [[5, 0, 0], [5, 0, 28], [5, 28, 0]]) func imagesOfNoPixels(shape: [Int]) throws {
    let directory = try TemporaryDirectory()
    func header(_ sizes: [Int]) -> [UInt8] { [0, 0, 8, UInt8(sizes.count)] + sizes.flatMap { [0, 0, 0, UInt8($0)] } }
    let path = try directory.write("train-images-idx3-ubyte", header(shape))
    try directory.write("train-labels-idx1-ubyte", header([5]) + [0, 1, 2, 3, 4])
    let sizes = shape.map(String.init).joined(separator: ", ")
    #expect(message { _ = try MNIST(directory: directory.path, split: .train) } == "\(path): [\(sizes)]: images of no pixels")
  }
}

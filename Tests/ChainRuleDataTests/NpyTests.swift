import ChainRuleData
import Testing

/// An npy file of this header, as it stands, and these elements.
private func npy(_ header: String, _ elements: [UInt8] = [], version: UInt8 = 1) -> [UInt8] {
  let text = Array(header.utf8)
  let length = (0..<(version == 1 ? 2 : 4)).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
  return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + elements
}

private func header(_ descr: String, _ shape: String, columnMajor: Bool = false) -> String {
  "{'descr': '\(descr)', 'fortran_order': \(columnMajor ? "True" : "False"), 'shape': \(shape), }\n"
}

struct NpyTests {
  private func decoded(_ bytes: [UInt8]) throws -> UntypedArray {
    try Npy.decode(Bytes(bytes))
  }

  @Test func everyElementTypeAndVersionIsRead() throws {
    let types: [(String, ElementType)] = [
      ("|b1", .bool), ("|u1", .uint8), ("|i1", .int8), ("<u2", .uint16), ("<i2", .int16), ("<u4", .uint32), ("<i4", .int32),
      ("<u8", .uint64), ("<i8", .int64), ("<f2", .float16), ("<f4", .float32), ("<f8", .float64), ("<c8", .complex64),
      ("<c16", .complex128), ("=f4", .float32), ("<u1", .uint8),
    ]
    for (descr, type) in types {
      for version: UInt8 in [1, 2, 3] {
        let bytes = (0..<UInt8(type.bitCount / 4)).map { $0 }
        #expect(try decoded(npy(header(descr, "(2,)"), bytes, version: version)) == UntypedArray(type, [2], Bytes(bytes)))
      }
    }
  }

  @Test func bigEndianElementsAreTurned() throws {
    func elements(_ descr: String, _ count: UInt8) throws -> [UInt8] {
      try decoded(npy(header(descr, "()"), (0..<count).map { $0 })).bytes.array
    }
    #expect(try elements(">i2", 2) == [1, 0])
    #expect(try elements(">f4", 4) == [3, 2, 1, 0])
    #expect(try elements(">f8", 8) == [7, 6, 5, 4, 3, 2, 1, 0])
    #expect(try elements(">c8", 8) == [3, 2, 1, 0, 7, 6, 5, 4])
    #expect(try elements(">c16", 16) == [7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8])
    #expect(try elements(">u1", 1) == [0])
  }

  @Test func theShapeIsATuple() throws {
    #expect(try decoded(npy(header("|u1", "()"), [1])).shape == [])
    #expect(try decoded(npy(header("|u1", "(0,)"))).shape == [0])
    #expect(try decoded(npy(header("|u1", "( 2 , 1,3,)"), [UInt8](repeating: 0, count: 6))).shape == [2, 1, 3])
    #expect(try decoded(npy(#"{"shape":(1,),"descr":"|u1","fortran_order":False}"#, [7])).bytes.array == [7])
  }

  /// Words as NumPy 2.4 reads them: the order may be missing, C's letters and plain names stand for types.
  @Test func theTypeIsWhatNumPyMakesOfIt() throws {
    let words: [(String, ElementType)] = [
      ("f8", .float64), ("|f8", .float64), ("f4", .float32), ("u1", .uint8), ("i8", .int64), ("b1", .bool), ("?", .bool), ("<?", .bool),
      ("b", .int8), ("B", .uint8), ("h", .int16), ("H", .uint16), ("i", .int32), ("I", .uint32), ("q", .int64), ("Q", .uint64),
      ("l", .int64), ("L", .uint64), ("e", .float16), ("f", .float32), ("<d", .float64), ("D", .complex128), ("float64", .float64),
      ("uint8", .uint8), ("bool", .bool), ("half", .float16), ("int", .int64), ("|i2", .int16), ("c8", .complex64),
    ]
    for (word, type) in words {
      let bytes = (0..<UInt8(type.bitCount / 8)).map { $0 }
      #expect(try decoded(npy(header(word, "()"), bytes)) == UntypedArray(type, [], Bytes(bytes)), "\(word)")
    }
    #expect(try decoded(npy(header(">d", "()"), Array(0..<8))).bytes.array == [7, 6, 5, 4, 3, 2, 1, 0])
  }

  @Test func headersOfPython2AreRead() throws {
    for text in [
      "{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 3L), }", "{'shape': (2L,3L,), 'fortran_order': False, 'descr': '|u1'}\n",
      "{u'descr': u'|u1', u'fortran_order': False, u'shape': (2, 3L), }   ",
      " \n{ 'descr' : U\"|u1\" , 'fortran_order':False, 'shape':(2L , 3)}",
    ] {
      for version: UInt8 in [1, 2] {
        #expect(try decoded(npy(text, Array(1...6), version: version)) == UntypedArray(.uint8, [2, 3], Bytes(Array(1...6))))
      }
    }
    #expect(try decoded(npy(header("|u1", "(4L,)"), [1, 2, 3, 4])).shape == [4])
    #expect(message { _ = try decoded(npy(header("|u1", "(4l,)"))) }.hasSuffix(#"expected a comma or the end of the tuple, found "l""#))
  }

  @Test func columnMajorElementsAreReordered() throws {
    // The element at [i, j, k] of shape [2, 3, 4] is 100 i + 10 j + k.
    var columns: [UInt8] = []
    for k: UInt8 in 0..<4 { for j: UInt8 in 0..<3 { for i: UInt8 in 0..<2 { columns.append(100 * i + 10 * j + k) } } }
    var rows: [UInt8] = []
    for i: UInt8 in 0..<2 { for j: UInt8 in 0..<3 { for k: UInt8 in 0..<4 { rows.append(100 * i + 10 * j + k) } } }
    for (descr, size) in [("|u1", 1), ("<i2", 2), ("<i4", 4), ("<i8", 8), ("<c16", 16)] {
      func widened(_ bytes: [UInt8]) -> [UInt8] { bytes.flatMap { [UInt8](repeating: $0, count: size) } }
      #expect(try decoded(npy(header(descr, "(2, 3, 4)", columnMajor: true), widened(columns))).bytes.array == widened(rows))
    }
    #expect(try decoded(npy(header("|u1", "(3,)", columnMajor: true), [1, 2, 3])).bytes.array == [1, 2, 3])
    #expect(try decoded(npy(header("|u1", "(2, 0)", columnMajor: true))).shape == [2, 0])
  }

  /// Headers as NumPy 2.4 wrote them, but for the number of spaces before the end, which the length gives.
  @Test func whatIsWrittenIsWhatNumPyWrites() throws {
    let directory = try TemporaryDirectory()
    let cases: [(ElementType, [Int], String, length: Int)] = [
      (.float32, [2, 3], "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 118),
      (.int64, [], "{'descr': '<i8', 'fortran_order': False, 'shape': (), }", 118),
      (.bool, [0], "{'descr': '|b1', 'fortran_order': False, 'shape': (0,), }", 118),
      (.int8, [12_345_678_901, 0], "{'descr': '|i1', 'fortran_order': False, 'shape': (12345678901, 0), }", 118),
      (.complex128, [2], "{'descr': '<c16', 'fortran_order': False, 'shape': (2,), }", 118),
      (
        .uint16, [Int](repeating: 1, count: 20),
        "{'descr': '<u2', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), }", 182
      ),
    ]
    for (type, shape, text, length) in cases {
      let elements = (0..<(try #require(type.byteCount(shape)))).map { UInt8($0) }
      let array = try #require(UntypedArray(type, shape, Bytes(elements)))
      try Npy.write(array, to: directory("x.npy"))
      let padded = text + String(repeating: " ", count: length - text.utf8.count - 1) + "\n"
      #expect(try contents(directory("x.npy")) == npy(padded, elements))
      #expect(try Npy.read(directory("x.npy")) == array)
    }
    let brain = try #require(UntypedArray(.bfloat16, [], Bytes([0, 0])))
    #expect(message { try Npy.write(brain, to: directory("y.npy")) } == "\(directory("y.npy")): npy has no type for bfloat16")
  }

  @Test func anAbsurdRankTakesTheSecondVersion() throws {
    let directory = try TemporaryDirectory()
    let array = try #require(UntypedArray(.uint8, [Int](repeating: 1, count: 30_000), Bytes([7])))
    try Npy.write(array, to: directory("x.npy"))
    #expect(try contents(directory("x.npy"))[6] == 2)
    #expect(try Npy.read(directory("x.npy")) == array)
  }

  @Test(arguments: 0..<20) func aDamagedFileIsRefusedOrWhole(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let whole = npy(header("<f4", "(2, 3)", columnMajor: seed % 2 == 0), Array(0..<24))
    for _ in 0..<200 {
      let damaged = mutated(whole, &generator)
      if let array = try? decoded(damaged) {
        #expect(array.bytes.count == damaged.count - 10 - Int(damaged[8]))
      }
    }
  }
}

struct MalformedNpyTests {
  struct Case: CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]

    init(_ expected: String, _ bytes: [UInt8]) {
      testDescription = expected
      self.bytes = bytes
    }

    init(_ expected: String, _ header: String) {
      self.init(expected, npy(header))
    }
  }

  static let cases: [Case] = [
    Case("byte 0: not an npy file: it does not begin with \\x93NUMPY", Array("PK\u{3}\u{4}......".utf8)),
    Case("byte 0: not an npy file: it does not begin with \\x93NUMPY", [0x93, 0x4E]),
    Case("byte 9: the file is cut short within its header", Array(npy("")[..<9])),
    Case("byte 11: the file is cut short within its header", Array(npy("", version: 2)[..<11])),
    Case("byte 6: version 4.0 of the format; 1.0, 2.0 and 3.0 are defined", npy("{}", version: 4)),
    Case("byte 12: the file is cut short within its header of 3 bytes", Array(npy("{} ").dropLast())),
    Case("byte 10: expected a dictionary, found \"[\"", "[]"),
    Case("byte 10: expected a dictionary, found the end of the header", ""),
    Case("byte 10: the key \"descr\" is missing", "{}"),
    Case("byte 10: the key \"fortran_order\" is missing", "{'descr':'|u1'}"),
    Case("byte 10: the key \"shape\" is missing", "{'descr':'|u1','fortran_order':False}"),
    Case("byte 33: the key \"descr\" appears twice", "{'descr':'|u1','descr':'|u1'}"),
    Case("byte 19: the format has no key \"order\"", "{'order':'C'}"),
    Case("byte 11: expected a string, found \"d\"", "{descr:'|u1'}"),
    Case("byte 18: expected a colon after the key \"descr\", found \",\"", "{'descr','|u1'}"),
    Case("byte 25: expected a comma or the end of the dictionary, found \"'\"", "{'descr':'|u1' 'shape':()}"),
    Case("byte 13: expected the end of the header, found \"{\"", "{} {}"),
    Case("byte 17: a string without an end", "{'descr"),
    Case("byte 17: a character that no header has", "{'descr\\'':1}"),
    Case("byte 12: a character that no header has", "{'é':1}"),
    Case("byte 27: expected True or False, found \"1\"", "{'fortran_order':1}"),
    Case("byte 19: expected a tuple, found \"[\"", "{'shape':[3]}"),
    Case("byte 21: a tuple of one size needs a comma", "{'shape':(3)}"),
    Case("byte 20: expected an integer that is not negative, found \"-\"", "{'shape':(-3,)}"),
    Case("byte 20: expected an integer that is not negative, found \",\"", "{'shape':(,)}"),
    Case("byte 22: expected a comma or the end of the tuple, found \"4\"", "{'shape':(3 4)}"),
    Case("byte 38: an integer of more than 63 bits", "{'shape':(9223372036854775808,)}"),
    Case(
      "byte 19: the elements are records of several fields; save the fields one by one",
      "{'descr':[('a','<f4'),('b',[('c','|u1')])],'fortran_order':False,'shape':()}"),
    Case("byte 33: a list without an end", "{'descr':[('a','<f4'), "),
    Case("byte 20: the elements are Python objects; those are pickled, and to read a pickle is to run it", header("|O", "()")),
    Case("byte 20: elements of type \"<U5\", text, cannot be read", header("<U5", "()")),
    Case("byte 20: elements of type \"<M8[ns]\", dates, cannot be read", header("<M8[ns]", "()")),
    Case("byte 20: elements of type \"!f4\" cannot be read", header("!f4", "()")),
    Case("byte 20: elements of type \"<float32\" cannot be read", header("<float32", "()")),
    Case("byte 20: elements of type \"f16\" cannot be read", header("f16", "()")),
    Case("byte 20: elements of type \"\" cannot be read", header("", "()")),
    Case("shape [4294967296, 4294967296] of uint8 takes too many bytes", header("|u1", "(4294967296, 4294967296)")),
    Case("shape [0, 4294967296, 4294967296] of uint8 takes too many bytes", header("|u1", "(0, 4294967296, 4294967296)")),
    Case(
      "byte 69: shape [2] of uint8 takes 2 bytes, the file has 1 after its header", npy(header("|u1", "(2,)"), [1])),
    Case(
      "byte 70: shape [2] of uint8 takes 2 bytes, the file has 3 after its header", npy(header("|u1", "(2,)"), [1, 2, 3])),
  ]

  @Test(arguments: cases) func givesOneClearError(_ malformed: Case) {
    let text = message { _ = try Npy.decode(Bytes(malformed.bytes)) }
    #expect(text.hasSuffix(malformed.testDescription), "\(text)")
  }
}

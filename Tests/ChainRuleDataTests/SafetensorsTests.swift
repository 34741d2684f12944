import ChainRuleData
import Testing

/// A safetensors file of this header, as it stands, and so many bytes of data.
func safetensors(_ header: String, data: [UInt8] = []) -> [UInt8] {
  let text = Array(header.utf8)
  return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text + data
}

private func array(_ type: ElementType, _ shape: [Int], _ bytes: [UInt8]) throws -> UntypedArray {
  try #require(UntypedArray(type, shape, Bytes(bytes)))
}

struct SafetensorsTests {
  private func open(_ header: String, data: [UInt8] = []) throws -> SafetensorsFile {
    try SafetensorsFile(Bytes(safetensors(header, data: data)), path: "f")
  }

  private func written(_ arrays: [String: UntypedArray], metadata: [String: String] = [:]) throws -> [UInt8] {
    let directory = try TemporaryDirectory()
    try SafetensorsFile.write(arrays, metadata: metadata, to: directory("f"))
    return try contents(directory("f"))
  }

  @Test func tensorsAreReadByName() throws {
    let file = try open(
      #"""
      {"b":{"shape":[2,1],"dtype":"I16","data_offsets":[4,8]},
       "a" : { "data_offsets" : [0, 4], "dtype":"F32", "shape":[] } }   
      """#,
      data: [0, 0, 0x80, 0x3F, 1, 0, 2, 0])
    #expect(file.names == ["a", "b"])
    #expect(try file.array("a") == array(.float32, [], [0, 0, 0x80, 0x3F]))
    #expect(try file.array("b") == array(.int16, [2, 1], [1, 0, 2, 0]))
    #expect(message { _ = try file.array("c") } == #"f: "c": no tensor of this name; the file has "a", "b""#)
    #expect(file.metadata == [:])
  }

  @Test func emptyTensorsFitBetweenOthersAndAFileMayHaveNone() throws {
    let file = try open(
      #"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"e":{"dtype":"F64","shape":[0,7],"data_offsets":[1,1]},"#
        + #""y":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, data: [5, 6])
    #expect(file.names == ["x", "e", "y"])
    #expect(try file.array("e") == array(.float64, [0, 7], []))
    #expect(try file.array("y") == array(.uint8, [1], [6]))
    #expect(try open("{}").names == [])
    #expect(try open(#"{"__metadata__":{}}"#).metadata == [:])
  }

  @Test func escapesAreDecoded() throws {
    let file = try open(#"{"__metadata__":{"\"\\\/\b\f\n\r\t":"\u0041\u00e9\u20AC\ud83d\ude00","é€😀":"","":"x"}}"#)
    #expect(file.metadata == ["\"\\/\u{8}\u{C}\n\r\t": "Aé€😀", "é€😀": "", "": "x"])
  }

  @Test func subByteTypesAreCountedInBits() throws {
    let file = try open(#"{"x":{"dtype":"F4","shape":[3,2],"data_offsets":[0,3]}}"#, data: [1, 2, 3])
    #expect(try file.array("x") == array(.float4E2M1, [3, 2], [1, 2, 3]))
    let six = try open(#"{"x":{"dtype":"F6_E3M2","shape":[4],"data_offsets":[0,3]}}"#, data: [1, 2, 3])
    #expect(try six.array("x").elementType == .float6E3M2)
  }

  /// The header that the reference library (0.8.0) wrote for these tensors, of 16 bytes each.
  @Test func everyTypeIsWrittenInTheReferencesOrder() throws {
    let types: [(name: String, dtype: String, count: Int)] = [
      ("uint64", "U64", 2), ("int64", "I64", 2), ("float64", "F64", 2), ("complex64", "C64", 2), ("float32", "F32", 4),
      ("uint32", "U32", 4), ("int32", "I32", 4), ("bfloat16", "BF16", 8), ("float16", "F16", 8), ("uint16", "U16", 8),
      ("int16", "I16", 8), ("float8_e5m2fnuz", "F8_E5M2FNUZ", 16), ("float8_e4m3fnuz", "F8_E4M3FNUZ", 16),
      ("float8_e8m0fnu", "F8_E8M0", 16), ("float8_e4m3fn", "F8_E4M3", 16), ("float8_e5m2", "F8_E5M2", 16), ("int8", "I8", 16),
      ("uint8", "U8", 16), ("float4_e2m1fn", "F4", 32), ("bool", "BOOL", 16),
    ]
    var arrays: [String: UntypedArray] = [:]
    var entries: [String] = []
    for (index, (name, dtype, count)) in types.enumerated() {
      arrays[name] = try array(#require(ElementType(rawValue: name)), [count], Array(0..<16))
      entries.append(#""\#(name)":{"dtype":"\#(dtype)","shape":[\#(count)],"data_offsets":[\#(index * 16),\#(index * 16 + 16)]}"#)
    }
    let data = types.flatMap { _ in [UInt8](0..<16) }
    #expect(try written(arrays) == safetensors("{\(entries.joined(separator: ","))}    ", data: data))
    let file = try SafetensorsFile(Bytes(written(arrays)), path: "f")
    #expect(file.names == types.map(\.name))
    for (name, array) in arrays {
      #expect(try file.array(name) == array)
    }
  }

  /// What the reference library wrote for names that need escapes, an empty tensor, a scalar, metadata.
  @Test func theReferencesBytesAreWritten() throws {
    let floats: [UInt8] = (0..<6).flatMap { value in withUnsafeBytes(of: Float(value).bitPattern.littleEndian, Array.init) }
    let minusSeven: [UInt8] = [0xF9] + [UInt8](repeating: 0xFF, count: 7)
    let arrays = [
      "b": try array(.float32, [2, 3], floats),
      "a": try array(.int64, [], minusSeven),
      "empty": try array(.float32, [0, 3], []),
      "é\n\u{1}\"\\/\u{7F}": try array(.bool, [2], [1, 0]),
      "B": try array(.float32, [1, 1, 1], [0, 0, 0, 0]),
    ]
    let header =
      #"{"__metadata__":{"format":"pt"},"a":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"#
      + #""B":{"dtype":"F32","shape":[1,1,1],"data_offsets":[8,12]},"b":{"dtype":"F32","shape":[2,3],"data_offsets":[12,36]},"#
      + #""empty":{"dtype":"F32","shape":[0,3],"data_offsets":[36,36]},"#
      + #""é\n\u0001\"\\/"# + "\u{7F}" + #"":{"dtype":"BOOL","shape":[2],"data_offsets":[36,38]}}     "#
    #expect(
      try written(arrays, metadata: ["format": "pt"]) == safetensors(header, data: minusSeven + [0, 0, 0, 0] + floats + [1, 0]))
    #expect(try written([:]) == safetensors("{}      "))
    let file = try SafetensorsFile(Bytes(written(arrays, metadata: ["z": "1", "a\u{0}": "é"])), path: "f")
    #expect(file.metadata == ["z": "1", "a\u{0}": "é"])
    for (name, array) in arrays {
      #expect(try file.array(name) == array)
    }
  }

  @Test func whatTheFormatCannotHoldIsRefused() throws {
    let directory = try TemporaryDirectory()
    let path = directory("f")
    let reserved = ["__metadata__": try array(.uint8, [0], [])]
    #expect(
      message { try SafetensorsFile.write(reserved, to: path) } == #"\#(path): "__metadata__": this name is reserved for the metadata"#)
    let complex = ["z": try array(.complex128, [0], [])]
    #expect(message { try SafetensorsFile.write(complex, to: path) } == #"\#(path): "z": safetensors has no type for complex128"#)
    #expect(try directory.names() == [])
  }

  @Test func aLargeFileIsMappedAndOutlivesItsName() throws {
    let directory = try TemporaryDirectory()
    let bytes = (0..<FileBytes.mappingThreshold).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try SafetensorsFile.write(["x": array(.uint8, [bytes.count], bytes), "y": array(.uint8, [1], [9])], to: directory("f"))
    var file: SafetensorsFile? = try SafetensorsFile(directory("f"))
    let x = try #require(file).array("x")
    file = nil
    // A save over the file that is being read.
    try SafetensorsFile.write(["x": x], to: directory("f"))
    #expect(x.bytes.array == bytes)
    #expect(try SafetensorsFile(directory("f")).array("x").bytes == x.bytes)
  }

  @Test(arguments: 0..<40) func aDamagedFileIsRefusedOrWhole(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let arrays = [
      "weight": try array(.float32, [2, 3], Array(0..<24)), "bias": try array(.float64, [1], Array(0..<8)),
      "e\"\n": try array(.uint8, [0], []), "mask": try array(.bool, [], [1]),
    ]
    let whole = try written(arrays, metadata: ["format": "pt"])
    for _ in 0..<200 {
      let damaged = mutated(whole, &generator)
      // Where the damage is in a type, only that tensor is refused.
      guard let file = try? SafetensorsFile(Bytes(damaged), path: "f"),
        let total = try? file.names.reduce(0, { try $0 + file.array($1).bytes.count })
      else { continue }
      #expect(total == damaged.count - 8 - Int(damaged[0]) - Int(damaged[1]) << 8)
    }
  }
}

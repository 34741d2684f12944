import ChainRule
import ChainRuleData
import Foundation
import Testing

@Suite struct TensorFileTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  private static let tensors: NamedTensors = [
    "weight": Tensor([[1.5, -2], [0, 1e-40]]), "empty": Tensor.zeros([0, 3]), "scalar": Tensor(2.5, dtype: .float64),
    "index": Tensor([1, -2, 3]), "mask": Tensor([true, false]), "bytes": Tensor([UInt8(0), 255]), "words": Tensor([Int32.min, .max]),
    "columns": Tensor([[1.0, 2], [3, 4], [5, 6]]).transposed(0, 1),
  ]

  private func expectEqual(_ a: NamedTensors, _ b: NamedTensors, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(Set(a.names) == Set(b.names), sourceLocation: sourceLocation)
    for (name, tensor) in a { #expect(b[name].map(tensor.equal) ?? false, "\(name)", sourceLocation: sourceLocation) }
  }

  @Test func safetensorsBothWays() throws {
    try saveSafetensors(Self.tensors, metadata: ["by": "test"], to: folder("a.safetensors"))
    expectEqual(try loadSafetensors(folder("a.safetensors")), Self.tensors)
    #expect(try SafetensorsContents(folder("a.safetensors")).metadata == ["by": "test"])
    // Reading and writing again gives the same bytes.
    try saveSafetensors(try loadSafetensors(folder("a.safetensors")), metadata: ["by": "test"], to: folder("b.safetensors"))
    #expect(try contents(folder("a.safetensors")) == contents(folder("b.safetensors")))
  }

  @Test func npyAndNpzBothWays() throws {
    try saveNpz(Self.tensors, to: folder("a.npz"))
    expectEqual(try loadNpz(folder("a.npz")), Self.tensors)
    for (name, tensor) in Self.tensors {
      try saveNpy(tensor, to: folder("\(name).npy"))
      #expect(try loadNpy(folder("\(name).npy")).equal(tensor), "\(name)")
    }
  }

  /// A safetensors file with one tensor of `bytes`.
  private func file(_ dtype: String, _ count: Int, _ bytes: [UInt8]) throws -> String {
    var header = Array(#"{"t":{"dtype":"\#(dtype)","shape":[\#(count)],"data_offsets":[0,\#(bytes.count)]}}"#.utf8)
    header += repeatElement(UInt8(ascii: " "), count: -header.count & 7)
    return try folder.write("t.safetensors", (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header + bytes)
  }

  @Test func typesThatTensorsHaveAreKeptAndOthersWidened() throws {
    func values(_ dtype: String, _ count: Int, _ bytes: [UInt8]) throws -> Tensor {
      try #require(try loadSafetensors(file(dtype, count, bytes))["t"])
    }
    // 1, -2, the smallest subnormal, infinity, 65504.
    let half = try values("F16", 5, [0x00, 0x3C, 0x00, 0xC0, 0x01, 0x00, 0x00, 0x7C, 0xFF, 0x7B])
    #expect(half.dtype == .float16)
    #expect(half.array(of: Double.self) == [1, -2, 0x1p-24, .infinity, 65504])
    #expect(try values("F16", 1, [0x01, 0x7E]).item().isNaN)
    #expect(try values("F16", 1, [0x00, 0x80]).item().sign == .minus)
    #expect(try values("BF16", 2, [0x80, 0x3F, 0x00, 0xC0]).array(of: Double.self) == [1, -2])
    #expect(try values("I8", 2, [0xFF, 0x7F]).array(of: Int.self) == [-1, 127])
    #expect(try ["F16", "BF16", "I16"].map { try values($0, 1, [0, 0]).dtype } == [.float16, .bfloat16, .int16])
    #expect(try values("I8", 1, [0xFF]).dtype == .int8)
    #expect(try values("U16", 1, [0xFF, 0xFF]).array(of: Int.self) == [65535])
    #expect(try values("U32", 1, [0xFF, 0xFF, 0xFF, 0xFF]).array(of: Int.self) == [4_294_967_295])
    let path = try file("U64", 1, [UInt8](repeating: 0xFF, count: 8))
    #expect(message { _ = try loadSafetensors(path) } == "\(path): \"t\": no tensor type holds the values of uint64")
  }

  @Test func whatCannotBeWrittenLeavesWhatWasThere() throws {
    try saveSafetensors(["a": Tensor([1.0])], to: folder("a.safetensors"))
    let before = try contents(folder("a.safetensors"))
    #expect(throws: FormatError.self) { try saveSafetensors(["__metadata__": Tensor([1.0])], to: folder("a.safetensors")) }
    #expect(throws: FormatError.self) { try saveSafetensors(["a": Tensor([1.0])], to: folder("missing/a.safetensors")) }
    #expect(throws: FormatError.self) { try saveNpy(Tensor([1.0]), to: folder.path) }
    #expect(try contents(folder("a.safetensors")) == before)
    #expect(try folder.names() == ["a.safetensors"])
  }

  @Test func mnist() throws {
    try folder.write("t10k-images.idx3-ubyte", [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2] + [0, 255, 51, 0])
    try folder.write("t10k-labels.idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 2, 7, 1])
    let digits = try MNIST(directory: folder.path, split: .test)
    #expect(digits.count == 2)
    #expect(digits.images.shape == [2, 1, 2])
    let (x, y) = digits.batch(at: [1, 0])
    #expect(x.shape == [2, 1, 1, 2])
    #expect(x.array(of: Float.self) == [51 / 255, 0, 0, 1])
    #expect(y.array(of: Int.self) == [1, 7])
    #expect(message { _ = try MNIST(directory: folder.path, split: .train) }.contains("train-10k-images-idx3-ubyte.gz"))
  }

  @Test func theGeneratorsStateInAFile() throws {
    let generator = Generator(seed: 4)
    _ = Tensor.randn(3, generator: generator)
    let state = generator.snapshot.values
    let next = Tensor.randn(20, generator: generator)
    try saveSafetensors(["state": Tensor(state)], to: folder("g.safetensors"))
    let loaded = try #require(try loadSafetensors(folder("g.safetensors"))["state"])
    let other = Generator(seed: 9)
    other.snapshot = try #require(Generator.State(loaded.array(of: Int.self)))
    #expect(Tensor.randn(20, generator: other).equal(next))
    #expect(Generator.State(state.dropLast()) == nil)
    var bad = state
    bad[1] = 625
    #expect(Generator.State(bad) == nil)
    bad = state
    bad[10] = -1
    #expect(Generator.State(bad) == nil)
  }
}

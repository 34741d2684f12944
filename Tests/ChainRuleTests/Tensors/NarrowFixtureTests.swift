import ChainRule
import Foundation
import Testing

/// int8, int16, float16 and bfloat16 beside PyTorch: Tests/Fixtures/narrow.txt, by make_narrow.py.
@Suite struct NarrowFixtureTests {
  private struct Line: Sendable {
    let head: [String]
    let parts: [String]
  }

  private static let lines: [Line] = {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let text = (try? String(contentsOf: folder.appendingPathComponent("Fixtures/narrow.txt"), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map { line in
      let parts = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
      return Line(head: parts[0].split(separator: " ").map(String.init), parts: Array(parts.dropFirst()))
    }
  }()

  private static func of(_ kind: String) -> [Line] { lines.filter { $0.head[0] == kind } }

  private static func dtype(_ name: String) throws -> DType { try #require(DType.allCases.first { $0.name == name }) }

  private static func tensor(_ text: String, _ dtype: DType, shape: [Int]? = nil) throws -> Tensor {
    let words = text.split(separator: " ").map(String.init)
    let flat =
      dtype.isFloatingPoint
      ? Tensor(try words.map { try #require(Double($0)) }, shape: [words.count], dtype: .float64).to(dtype)
      : Tensor(try words.map { try #require(Int($0)) }, shape: [words.count], dtype: .int64).to(dtype)
    return flat.reshaped(shape ?? [words.count])
  }

  /// The same bits, but for NaN.
  private static func isSame(_ a: Tensor, _ b: Tensor) -> Bool {
    guard a.dtype == b.dtype, a.shape == b.shape else { return false }
    if !a.dtype.isFloatingPoint { return a.equal(b) }
    return zip(a.array(of: Double.self), b.array(of: Double.self)).allSatisfy { $0.bitPattern == $1.bitPattern || $0.isNaN && $1.isNaN }
  }

  @Test func conversions() throws {
    let lines = Self.of("to")
    #expect(lines.count == 60)
    for line in lines {
      let (from, to) = (try Self.dtype(line.head[1]), try Self.dtype(line.head[2]))
      let found = try Self.tensor(line.parts[0], from).to(to), expected = try Self.tensor(line.parts[1], to)
      #expect(Self.isSame(found, expected), "\(line.head): \(found), PyTorch has \(expected)")
    }
  }

  @Test func promotion() throws {
    let lines = Self.of("with")
    #expect(lines.count == 68)
    for line in lines {
      let x = Tensor.ones([2], dtype: try Self.dtype(line.head[1])), types: [DType]
      if line.head[2] == "number" {
        types = [(x + 2).dtype, (x + 2.5).dtype]
      } else {
        let w = Tensor.ones([2], dtype: try Self.dtype(line.head[2]))
        types = [(x + w).dtype, (x + w[0]).dtype, (x[0] + w).dtype, (x[0] + w[0]).dtype]
      }
      #expect(types.map(\.name).joined(separator: " ") == line.parts[0], "\(line.head)")
    }
  }

  @Test func printing() throws {
    let lines = Self.of("print")
    #expect(lines.count > 80)
    for line in lines {
      let shape = line.head[2] == "-" ? [] : line.head[2].split(separator: "x").compactMap { Int($0) }
      let x = try Self.tensor(line.parts[0], Self.dtype(line.head[1]), shape: shape)
      #expect("\(x)" == line.parts[1].replacing("\\n", with: "\n"), "\(line.head) of \(line.parts[0])")
    }
  }

  /// Texts are PyTorch 2.13's.
  @Test func random() {
    func drawn(_ body: () -> Tensor) -> String { "\(Generator.withDefault(Generator(seed: 0), body))" }
    // Whole blocks of sixteen, and then the last sixteen once more: not as of float32.
    #expect(
      drawn { Tensor.randn(20, dtype: .float16) } == """
        tensor([-1.1260, -1.1523, -0.2505, -0.4338, -1.3525, -1.6963,  0.5669,  0.7935,
                 0.5986, -1.5547, -0.3413,  1.8525,  0.7500, -0.5854, -0.1733,  0.1835,
                 1.3896,  1.5859,  0.9463, -0.8438], dtype=torch.float16)
        """)
    #expect(
      drawn { Tensor.randn(20, dtype: .bfloat16) } == """
        tensor([-1.1250, -1.1562, -0.2500, -0.4336, -1.3516, -1.6953,  0.5664,  0.7930,
                 0.5977, -1.5547, -0.3418,  1.8516,  0.7500, -0.5859, -0.1738,  0.1836,
                 1.3906,  1.5859,  0.9453, -0.8438], dtype=torch.bfloat16)
        """)
    #expect(drawn { Tensor.randn(3, dtype: .float16) } == "tensor([ 1.5410, -0.2935, -2.1797], dtype=torch.float16)")
    #expect(drawn { Tensor.rand(5, dtype: .float16) } == "tensor([0.4963, 0.7681, 0.0885, 0.1321, 0.3074], dtype=torch.float16)")
    // Numbers like a transposed matrix come column by column, one after the other.
    #expect(
      drawn { Tensor.zeros(5, 4).T.randnLike() } == """
        tensor([[ 1.5410, -1.0845, -0.7193, -0.8567, -0.5663],
                [-0.2934, -1.3986, -0.4033,  1.1006,  0.3731],
                [-2.1788,  0.4033, -0.5966, -1.0712, -0.8920],
                [ 0.5684,  0.8380,  0.1820,  0.1227, -1.5091]])
        """)
    #expect(
      drawn { Tensor.zeros(3, 2).T.randLike() } == "tensor([[0.4963, 0.0885, 0.3074],\n        [0.7682, 0.1320, 0.6341]])")
  }

  @Test func neighbours() {
    let h = Tensor([1.0, 1, 0, 0, -1, 65504, Double.infinity, Double.nan, 2], dtype: .float16)
    let to = Tensor([2.0, 0, 1, -1, 0, Double.infinity, 0, 1, 2], dtype: .float16)
    let expected = [1.0009765625, 0.99951171875, 0x1p-24, -0x1p-24, -0.99951171875, .infinity, 65504, .nan, 2]
    for (found, wanted) in zip(h.nextafter(to).array(of: Double.self), expected) { #expect(found == wanted || found.isNaN && wanted.isNaN) }
    #expect(
      Tensor([1.0, 2], dtype: .bfloat16).nextafter(Tensor([2.0, 3], dtype: .bfloat16)).array(of: Double.self) == [1.0078125, 2.015625])
  }

  /// Normalisations take float32 parameters, compute in float32 and round once; products do not mix.
  @Test func parametersOfAnotherType() {
    let x = Tensor([[1.0, 2], [4, 8]], dtype: .float16), w = Tensor([0.3, 1.7]), b = Tensor([0.1, -0.2])
    func rounded(_ f: (Tensor) -> Tensor) -> Bool {
      let y = f(x)
      return y.dtype == .float16 && y.equal(f(x.to(.float32)).to(.float16))
    }
    #expect(rounded { batchNorm($0, weight: w, bias: b) })
    #expect(rounded { batchNorm($0, runningMean: b, runningVar: w, weight: w, bias: b, training: false) })
    #expect(rounded { layerNorm($0, [2], weight: w, bias: b) })
    #expect(rounded { groupNorm($0.unsqueezed(2), 2, weight: w, bias: b) })
    #expect(rounded { instanceNorm($0.unsqueezed(0), weight: w, bias: b) })
    let gradient = vjp({ layerNorm(x, [2], weight: $0, bias: b) }, w).pullback(Tensor.ones([2, 2], dtype: .float16))
    #expect(gradient.dtype == .float32)
    for (call, sentence) in [
      ({ cdist(x, x) }, "\"cdist\" not implemented for 'Half'"),
      ({ x.to(.bfloat16).prelu(w[0]) }, "prelu: Type promoting not supported. Got BFloat16 and Float"),
      ({ layerNorm(x, [2], weight: w.to(.float64)) }, "expected scalar type Half but found Double"),
      ({ layerNorm(x, [2], weight: w, bias: b.to(.float16)) }, "expected scalar type Float but found Half"),
    ] as [(() -> Tensor, String)] {
      #expect(message { _ = call() } == sentence)
    }
  }
}

import ChainRule
import Foundation
import Testing

/// Derivatives and lengths where a rule may cancel, overflow or vanish, against high precision (Tests/Fixtures/slopes.txt, by make_slopes.py).
struct SlopeTests {
  private static let functions: [String: @Sendable (Tensor) -> Tensor] = [
    "expm1": { $0.expm1() }, "sinc": { $0.sinc() }, "asin": { $0.asin() }, "acos": { $0.acos() }, "atanh": { $0.atanh() },
    "acosh": { $0.acosh() }, "log1p": { $0.log1p() }, "logSigmoid": { $0.logSigmoid() }, "softplus": { $0.softplus() },
    "atan": { $0.atan() }, "erfc": { $0.erfc() },
  ]

  /// A few units in the last place of either type.
  @Test(arguments: [(DType.float32, 2e-6), (.float64, 4e-15)]) func slopes(_ dtype: DType, _ tolerance: Double) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(contentsOf: folder.appendingPathComponent("Fixtures/slopes.txt"), encoding: .utf8)
    let lines = text.split(separator: "\n").map { $0.split(separator: "|").map(String.init) }
    #expect(lines.count > 80)
    for line in lines {
      let f = try #require(Self.functions[line[0]]), at = try #require(Double(line[1])), expected = try #require(Double(line[2]))
      let x = Tensor([at], dtype: dtype, requiresGrad: true)
      f(x).backward(gradient: Tensor([1], dtype: dtype))
      let found = x.grad!.item(), forward = jvp(f, x.detach(), Tensor([1], dtype: dtype)).tangent.item()
      // What float32 has no normal number for may be 0.
      let room = dtype == .float32 ? 1e-37 : 0
      #expect(abs(found - expected) <= tolerance * abs(expected) + room, "\(line[0]) at \(at): \(found), not \(expected)")
      #expect(forward == found || abs(forward - expected) <= tolerance * abs(expected) + room, "\(line[0]) at \(at), forward: \(forward)")
    }
  }

  /// The second derivative of sinc near 0, where its first is a series, and across the place where it no longer is: -pi^2/3 at 0.
  @Test func secondDerivativeOfSinc() {
    for (x, expected) in [(0.0, -3.289868133696453), (0.25, -2.703060757258859), (0.375, -2.0292280151423426)] {
      let found = jvp(grad { $0.sinc().sum() }, Tensor([x], dtype: .float64), Tensor([1.0], dtype: .float64)).tangent.item()
      #expect(abs(found - expected) < 1e-12, "\(x): \(found)")
    }
  }

  @Test(arguments: [(DType.float32, 1e22), (.float32, 1e-25), (.float64, 1e200), (.float64, 1e-200), (.float32, 1)])
  func lengthsThatSquaresLeave(_ dtype: DType, _ unit: Double) {
    let x = Tensor([3 * unit, 4 * unit], dtype: dtype, requiresGrad: true)
    let length = x.norm()
    #expect(abs(length.item() / (5 * unit) - 1) < 1e-6)
    length.backward()
    #expect(zip(x.grad!.doubles, [0.6, 0.8]).allSatisfy { abs($0 - $1) < 1e-6 })
    let rows = Tensor([[3 * unit, 4 * unit], [0, 0]], dtype: dtype)
    #expect(rows.norm(2, dim: 1).doubles[1] == 0 && abs(rows.norm(2, dim: 1, keepDim: true)[0, 0].item() / (5 * unit) - 1) < 1e-6)
    #expect(abs(cosineSimilarity(rows[0], rows[0], dim: 0, eps: 0).item() - 1) < 1e-6)
    // The gradient of the angle: (w, -x)/(x^2 + w^2).
    let angle = Tensor([3 * unit], dtype: dtype, requiresGrad: true), across = Tensor([4 * unit], dtype: dtype, requiresGrad: true)
    angle.atan2(across).backward(gradient: Tensor([1], dtype: dtype))
    #expect(abs(angle.grad!.item() * unit - 0.16) < 1e-6 && abs(across.grad!.item() * unit + 0.12) < 1e-6)
    #expect(Tensor([Double.infinity, 1], dtype: dtype).norm().item() == .infinity && Tensor([.nan, 1], dtype: dtype).norm().item().isNaN)
  }
}

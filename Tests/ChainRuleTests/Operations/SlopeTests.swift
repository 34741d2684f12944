import ChainRule
import Foundation
import Testing

/// Derivatives and lengths where a rule may cancel, overflow or vanish, against high precision (Tests/Fixtures/slopes.txt, by make_slopes.py).
struct SlopeTests {
  private static let functions: [String: @Sendable (Tensor) -> Tensor] = [
    "expm1": { $0.expm1() }, "sinc": { $0.sinc() }, "asin": { $0.asin() }, "acos": { $0.acos() }, "atanh": { $0.atanh() },
    "acosh": { $0.acosh() }, "log1p": { $0.log1p() }, "logSigmoid": { $0.logSigmoid() }, "softplus": { $0.softplus() },
    "atan": { $0.atan() }, "erfc": { $0.erfc() }, "asinh": { $0.asinh() }, "gelu": { $0.gelu() },
    "geluTanh": { $0.gelu(approximate: .tanh) }, "silu": { $0.silu() },
  ]

  /// How many times its relative rounding a derivative may be off: x^2 and, by the tanh formula, x^4 stand in exponents.
  private static func condition(_ function: String, _ x: Double) -> Double {
    switch function {
    case "gelu", "erfc": 1 + x * x
    case "geluTanh": 1 + x * x + 0.1 * x * x * x * x
    default: 1
    }
  }

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
      let tolerance = tolerance * Self.condition(line[0], at)
      // What a type has no normal number for may be 0.
      let room = dtype == .float32 ? 1e-37 : 1e-300
      #expect(abs(found - expected) <= tolerance * abs(expected) + room, "\(line[0]) at \(at): \(found), not \(expected)")
      #expect(forward == found || abs(forward - expected) <= tolerance * abs(expected) + room, "\(line[0]) at \(at), forward: \(forward)")
      // Of the second derivative a part may cancel.
      let second = try #require(Double(line[3])), size = max(abs(second), line[0] == "sinc" ? 1 : 0)
      let found2 = jvp(grad { f($0).sum() }, x.detach(), Tensor([1], dtype: dtype)).tangent.item()
      #expect(abs(found2 - second) <= 8 * tolerance * size + room, "\(line[0]) at \(at), second: \(found2), not \(second)")
    }
  }

  /// Lengths and spreads grow as their elements do; first derivatives stay as they are, second ones fall: also where squares and other
  /// powers of the elements leave the range of the type, in all modes.
  @Test(arguments: [(DType.float32, 1e25), (.float32, 1e-25), (.float32, 1e36), (.float64, 1e200), (.float64, 1e-200)])
  func lengthsOfAnyScale(_ dtype: DType, _ unit: Double) {
    let lengths: [(String, (Tensor) -> Tensor)] =
      [0.5, 1.5, 2, 2.5, 3, 4, 7, -1, -2].map { p in ("norm \(p)", { $0.norm(p) }) } + [
        ("std", { $0.std() }), ("std of rows", { stack([$0, $0 * 2]).std(dim: 1, correction: 0).sum() }),
        ("std in vmap", { vmap({ $0.std() })(stack([$0, $0 * 2])).sum() }),
      ]
    let x = Tensor([1.0, -2, 4], dtype: .float64), scaled = (x * unit).to(dtype)
    let v = Tensor([0.3, 1, -0.5], dtype: .float64)
    func close(_ a: Tensor, _ b: Tensor) -> Bool { zip(a.doubles, b.doubles).allSatisfy { abs($0 - $1) <= 2e-5 * max(1, abs($1)) } }
    for (name, f) in lengths {
      #expect(close(f(scaled).to(.float64) / unit, f(x)), "\(name)")
      let slope = grad(f)(x), found = grad(f)(scaled)
      #expect(close(found, slope), "\(name): \(found)")
      let forward = jvp(f, scaled, v.to(dtype)).tangent
      #expect(close(forward, (slope * v).sum()), "\(name), forward: \(forward)")
      // The second derivative is 1/unit times that of x: in float32 a number only for some.
      guard unit < 1e30 || dtype == .float64 else { continue }
      let bent = jvp(grad(f), x, v).tangent
      for (mode, second) in [
        ("forward over reverse", jvp(grad(f), scaled, v.to(dtype)).tangent),
        ("reverse over reverse", grad { (grad(f)($0) * v.to(dtype)).sum() }(scaled)),
        ("forward over forward", jvp({ jvp(f, $0, v.to(dtype)).tangent }, scaled, v.to(dtype)).tangent),
      ] {
        let expected = mode == "forward over forward" ? (bent * v).sum() : bent
        #expect(close(second.to(.float64) * unit, expected), "\(name), \(mode): \(second)")
      }
    }
  }

  /// Where a length is 0 its derivatives are 0 in all modes.
  @Test(arguments: [0, 0.5, 1, 1.5, 2, 2.5, 3, 4, .infinity]) func lengthsOfNothing(_ p: Double) {
    let zero = Tensor.zeros([3], dtype: .float64), one = Tensor.ones([3], dtype: .float64), same = one * 3
    for (f, x) in [({ $0.norm(p) }, zero), ({ $0.std() }, same), ({ vmap({ $0.std() })(stack([$0, $0])).sum() }, same)]
      as [((Tensor) -> Tensor, Tensor)]
    {
      #expect(grad(f)(x).doubles == [0, 0, 0] && jvp(f, x, one).tangent.item() == 0)
      #expect(grad { (grad(f)($0) * one).sum() }(x).doubles == [0, 0, 0] && jvp(grad(f), x, one).tangent.doubles == [0, 0, 0])
    }
  }

  /// An element that is 0 beside others has the second derivative of |x|^p: 0 from p = 2 on, in all modes.
  @Test(arguments: [2.5, 3, 3.5]) func lengthsBesideNothing(_ p: Double) {
    let x = Tensor([0.0, 2], dtype: .float64), f = { (x: Tensor) in x.norm(p) }
    for (outer, inner) in [(JacobianMode.forward, JacobianMode.forward), (.forward, .reverse), (.reverse, .forward), (.reverse, .reverse)] {
      #expect(jacobian({ jacobian(f, $0, mode: inner) }, x, mode: outer).doubles == [0, 0, 0, 0], "\(outer) over \(inner)")
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

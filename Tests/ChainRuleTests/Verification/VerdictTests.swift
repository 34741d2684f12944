import ChainRule
import TestSupport
import Testing

/// What `gradcheck` says of derivatives that are wrong on purpose: the pattern of the error tells its cause, and the whole text is
/// compared with `Verdicts.txt`, which a run with `CHAINRULE_RECORD=1` writes anew.
struct VerdictTests {
  /// x w, with a gradient rule for x of the test's.
  struct Product: DifferentiableFunction {
    let rule: @Sendable (_ dy: Tensor, _ x: Tensor, _ w: Tensor) -> Tensor?
    func forward(_ x: [Tensor]) -> Tensor { x[0] * x[1] }
    func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [rule(dy, x[0], x[1]), nil] }
  }

  /// W x for a matrix W.
  struct Map: DifferentiableFunction {
    let isTransposed: Bool
    func forward(_ x: [Tensor]) -> Tensor { x[0].matmul(x[1]) }
    func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [nil, (isTransposed ? x[0].T : x[0]).matmul(dy)] }
    func jvp(_ dx: [Tensor?], _ x: [Tensor], _ y: Tensor) -> Tensor { x[0].matmul(dx[1]!) * 2 }
  }

  /// Gives another value each time.
  final class Counter: @unchecked Sendable { var count = 0.0 }

  private static let x = Tensor([0.5, -1.5, 2], dtype: .float64, requiresGrad: true).named("x")
  private static let w = Tensor([3.0, 4, 5], dtype: .float64)
  private static let square = Tensor([[1.0, 2, 3], [4, 5, 6], [7, 8, 10]], dtype: .float64)
  private static let m = Tensor([[0.5, 1, 2], [3, -1, 4]], dtype: .float64, requiresGrad: true)

  private typealias Case = (name: String, f: ([Tensor]) -> [Tensor], inputs: [Tensor], forward: Bool)

  private static func product(
    _ name: String, _ x: Tensor = x, _ w: Tensor = w, _ rule: @escaping @Sendable (Tensor, Tensor, Tensor) -> Tensor?
  ) -> Case {
    (name, { [Product(rule: rule)($0[0], w)] }, [x], false)
  }

  private static var cases: [Case] {
    let counter = Counter()
    return [
      product("factor") { dy, _, w in dy * w * 0.5 },
      product("factor, an inverse fraction") { dy, _, w in dy * w * 3 },
      product("sign") { dy, _, w in -(dy * w) },
      product("cut off") { _, _, _ in nil },
      product("transposed", m, Tensor([[3.0, 4, 5], [6, 7, 8]], dtype: .float64)) { dy, _, w in (dy * w).T.reshaped(2, 3) },
      product("wrong dimension", x, square) { dy, _, w in (dy * w).sum(dim: 1) },
      product("broadcast not undone", x, square) { dy, _, w in (dy * w)[0] },
      product("a sum too many") { dy, _, w in (dy * w).sum().expanded(3) },
      product("summed over one dimension", m, Tensor([[3.0, 4, 5], [6, 7, 8]], dtype: .float64)) { dy, _, w in
        (dy * w).sum(dim: 0, keepDim: true).expanded(2, 3)
      },
      product("not finite") { dy, _, w in dy * w / (w - 4) },
      product("arriving gradient ignored", Tensor([2.0], dtype: .float64, requiresGrad: true), Tensor([3.0], dtype: .float64)) { _, _, w in
        w
      },
      product("no pattern") { dy, x, w in dy * w * x },
      ("Jacobian not transposed", { [Map(isTransposed: false)(square, $0[0])] }, [x], false),
      ("forward mode", { [Map(isTransposed: true)(square, $0[0])] }, [x], true),
      (
        "first wrong operation of a composition",
        {
          let h = ($0[0] * 2).sin()
          let k = Product { dy, _, w in dy * w * 0.25 }(h, w)
          return [$0[0].sum(), Product { dy, _, w in -(dy * w) }(k.exp(), w).sum()]
        }, [x], false
      ),
      ("lost between operations", { [($0[0] * $0[0].detach()).sum()] }, [x], false),
      ("cut off before everything", { [$0[0].detach() * 2] }, [x], false),
      ("a kink", { [$0[0].relu()] }, [Tensor([1.0, 0], dtype: .float64, requiresGrad: true)], false),
      (
        "not deterministic",
        {
          counter.count += 1
          return [$0[0] * counter.count]
        }, [x], false
      ),
      ("the second of two inputs", { [$0[0].sum() * $0[1], $0[0].sum() * Product { dy, _, w in dy * w * 2 }($0[1], w)] }, [m, x], false),
    ]
  }

  private static func verdict(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "accepted"
    } catch { return "\(error)" }
  }

  @Test func everyCause() throws {
    var text = ""
    for one in Self.cases {
      text += "### \(one.name)\n" + Self.verdict { try gradcheck(one.f, one.inputs, checkForwardAD: one.forward) } + "\n\n"
    }
    // Right to first order only: the gradient rule computes with detached values.
    let detached = Product { dy, x, w in dy * w + (x * 0).detach() * dy }
    text += "### second order, right\n" + Self.verdict { try gradgradcheck({ (x: Tensor) in detached(x, Self.w) }, [Self.x]) } + "\n\n"
    struct DetachedCube: DifferentiableFunction {
      func forward(_ x: [Tensor]) -> Tensor { x[0] * x[0] * x[0] }
      func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [dy * 3 * (x[0] * x[0]).detach()] }
    }
    text += "### second order, cut off\n" + Self.verdict { try gradgradcheck({ (x: Tensor) in DetachedCube()(x) }, [Self.x]) } + "\n"
    #expect(try Golden.difference(of: text, from: "Verdicts.txt") == nil)
  }
}

import ChainRule
import ChainRuleExplain
import ChainRuleSymbolic
import Foundation
import Testing

/// Functions that use transforms, read back as formulas: the formula is that of what was computed, or it is refused.
struct TracedTransformTests {
  private struct Cube: DifferentiableFunction {
    func forward(_ x: [Tensor]) -> Tensor { x[0] * x[0] * x[0] }
    func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [dy * 3 * x[0] * x[0]] }
  }

  @Test func formulasOfTransforms() throws {
    let at = 1.3, one = Tensor(1.0, dtype: .float64)
    let cases: [(String, (Tensor) -> Tensor, value: Double, slope: Double)] = [
      ("grad", { grad { $0.pow(3) }($0) }, 3 * at * at, 6 * at),
      ("valueAndGrad", { x in valueAndGrad { $0.pow(3) }(x).gradient * x }, 3 * at * at * at, 9 * at * at),
      ("jvp", { jvp({ $0.sin() }, $0, one).tangent }, cos(at), -sin(at)),
      ("vjp", { vjp({ $0.exp() }, $0).pullback($0) }, at * exp(at), (1 + at) * exp(at)),
      ("hvp", { hvp({ $0.pow(4) }, $0, $0) }, 12 * at * at * at, 36 * at * at),
      ("jacobian", { jacobian({ $0 * $0.sin() }, $0) }, sin(at) + at * cos(at), 2 * cos(at) - at * sin(at)),
      ("jacobian by rows", { jacobian({ $0 * $0.sin() }, $0, mode: .reverse) }, sin(at) + at * cos(at), 2 * cos(at) - at * sin(at)),
      ("hessian", { hessian({ $0.pow(4) }, $0) }, 12 * at * at, 24 * at),
      ("checkpoint", { checkpoint({ $0.tanh() * $0 }, $0) }, at * tanh(at), tanh(at) + at / (cosh(at) * cosh(at))),
      ("vmap", { vmap { $0 * $0 }($0.unsqueezed(0))[0] }, at * at, 2 * at),
      ("function", { Cube()($0) }, at * at * at, 3 * at * at),
      ("grad of a function", { grad { Cube()($0) }($0) }, 3 * at * at, 6 * at),
      ("catching", { x in (try? catching { x.exp() }) ?? x }, exp(at), exp(at)),
      ("grad twice", { grad { grad { $0.pow(4) }($0) }($0) }, 12 * at * at, 24 * at),
      ("jvp of grad", { jvp(grad { $0.pow(4) }, $0, one).tangent }, 12 * at * at, 24 * at),
      ("grad of jvp", { grad { jvp({ $0.pow(4) }, $0, one).tangent }($0) }, 12 * at * at, 24 * at),
    ]
    var refused: [String] = []
    for (name, f, value, slope) in cases {
      do {
        let report = try compareDerivatives(tracing: ["x"], at: ["x": at], measuringTimes: false) { f($0[0]) }
        #expect(abs(report.value - value) < 1e-9, "\(name): \(report.formula)")
        for row in report.rows {
          let found = try #require(row.derivative, "\(name): \(row)")
          #expect(abs(found - slope) < 1e-5, "\(name), \(row.method): \(report.formula)")
        }
      } catch is TraceError {
        refused.append(name)
      }
    }
    // What a function of the user's computes inside its forward is not recorded; its gradient rule is.
    #expect(refused == ["function"])
  }
}

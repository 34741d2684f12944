import ChainRule
import Testing

struct JacobianTests {
  private let x = Tensor([0.5, -1.0, 2.0], dtype: .float64)

  @Test(arguments: [JacobianMode.automatic, .forward, .reverse])
  func jacobianOfProducts(_ mode: JacobianMode) {
    let j = jacobian({ $0[..<2] * $0[1...] }, x, mode: mode)
    #expect(j.allClose(Tensor([[-1.0, 0.5, 0], [0, 2, -1]], dtype: .float64)))
  }

  @Test func hessianOfRosenbrockIsSymmetricAndRight() {
    let rosenbrock = { (x: Tensor) in (100 * (x[1...] - x[..<(-1)].pow(2)).pow(2) + (1 - x[..<(-1)]).pow(2)).sum() }
    let h = hessian(rosenbrock, x)
    #expect(h.allClose(h.T))
    let a = 0.5, b = -1.0, c = 2.0
    let expected = Tensor(
      [
        [1200 * a * a - 400 * b + 2, -400 * a, 0],
        [-400 * a, 200 + 1200 * b * b - 400 * c + 2, -400 * b],
        [0, -400 * b, 200],
      ], dtype: .float64)
    #expect(h.allClose(expected))
    let v = Tensor([1.0, 2, 3], dtype: .float64)
    #expect(hvp(rosenbrock, x, v).allClose(h.matmul(v)))
  }

  @Test func hessianByBothOrders() {
    let f = { (x: Tensor) in (x.sin() * x.exp()).sum() * x.prodOfTwo }
    #expect(jacobian(grad(f), x, mode: .forward).allClose(jacobian(grad(f), x, mode: .reverse), relative: 1e-10))
  }

  @Test func scalarInScalarOut() {
    #expect(jacobian({ $0 * $0 }, Tensor(3.0)).item() == 6)
    #expect(hessian({ $0 * $0 * $0 }, Tensor(3.0)).item() == 18)
  }
}

extension Tensor {
  fileprivate var prodOfTwo: Tensor { self[0] * self[2] }
}

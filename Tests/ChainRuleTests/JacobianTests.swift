import ChainRule
import Testing

struct JacobianTests {
  private let x = Tensor([0.5, -1.0, 2.0], dtype: .float64)

  @Test(arguments: [JacobianMode.automatic, .forward, .reverse])
  func jacobianOfProducts(_ mode: JacobianMode) {
    let j = jacobian({ $0[..<2] * $0[1...] }, x, mode: mode)
    #expect(j.allClose(Tensor([[-1.0, 0.5, 0], [0, 2, -1]], dtype: .float64)))
  }

  /// Whichever mode is chosen, what the function changes moves as if it ran once: leaves and generators; all inputs share the run.
  @Test(arguments: [2, 3, 7]) func functionRunsOnceForWhatItChanges(_ outputs: Int) {
    let statistic = Tensor([1.0], dtype: .float64).asLeaf(requiresGrad: false), generator = Generator(seed: 5)
    let w = Tensor.ones([outputs, 3], dtype: .float64)
    let f = { (x: [Tensor]) -> Tensor in
      statistic.data = statistic.data * 2 + x[0].detach().sum()
      statistic.data += 1
      return w.matmul(x[0] * x[1]) * statistic + Tensor.randn([outputs], dtype: .float64, generator: generator) * x[1].sum()
    }
    let expected = vjp(f, [x, x]).value, moved = statistic.item(), next = Tensor.randn([2], generator: generator).doubles
    for mode in [JacobianMode.automatic, .forward, .reverse] {
      statistic.data = Tensor([1.0], dtype: .float64)
      generator.manualSeed(5)
      let j = jacobian(f, [x, x], mode: mode)
      #expect(statistic.item() == moved && Tensor.randn([2], generator: generator).doubles == next, "\(mode)")
      // f is the sum of what is linear in x[0] and x[1] each and what is linear in x[1] alone.
      #expect((j[0].matmul(x) + (j[1] - j[0]).matmul(x)).allClose(expected, relative: 1e-12))
    }
  }

  @Test func jacobiansOfInputsOfSeveralShapesAndTypes() {
    let a = Tensor([[1.0, 2], [3, 4]], dtype: .float64), b = Tensor([0.5, -1], dtype: .float32), c = Tensor(2.0, dtype: .float64)
    for mode in [JacobianMode.automatic, .forward, .reverse] {
      let all = jacobian({ $0[0].matmul($0[1].to(.float64)) * $0[2] }, [a, b, c], mode: mode)
      #expect(all.map(\.shape) == [[2, 2, 2], [2, 2], [2]])
      #expect(all[0].doubles == [1, -2, 0, 0, 0, 0, 1, -2] && all[1].doubles == [2, 4, 6, 8] && all[2].doubles == [-1.5, -2.5])
    }
    let (left, right) = jacobian({ $0.dot($1) }, x, x * 2)
    #expect(left.doubles == (x * 2).doubles && right.doubles == x.doubles)
    let none = jacobian({ $0 * 2 }, Tensor.zeros([0], dtype: .float64))
    #expect(none.shape == [0, 0] && jacobian({ [$0[0]][0] }, [Tensor](), mode: .forward).isEmpty)
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

import ChainRule
import ChainRuleNN
import Testing

/// Fixed points, roots and minima, differentiated without their solvers.
struct ImplicitTests {
  private let a = Tensor([2.0, 0.7, 5], dtype: .float64)
  private let w = Tensor([[0.2, -0.1, 0.3], [0.1, 0.25, -0.2], [-0.3, 0.1, 0.15]], dtype: .float64)

  /// z = tanh(w z + b).
  private func layer(_ w: Tensor, _ b: Tensor, _ solver: LinearSolver = .iteration) -> Tensor {
    fixedPoint(
      { (z: Tensor, p: [String: Tensor]) in (p["w"]!.matmul(z) + p["b"]!).tanh() }, Tensor.zeros(like: b), ["w": w, "b": b],
      linearSolver: solver)
  }

  /// sqrt(a), with a derivative of the iteration that is not zero at the point.
  private func root(_ a: Tensor) -> Tensor {
    fixedPoint({ (z: Tensor, a: Tensor) in z - 0.2 * (z * z - a) }, Tensor.ones(like: a), a)
  }

  @Test func fixedPointsAndTheirDerivatives() throws {
    #expect(distance(root(a), a.sqrt()) < 1e-12 && distance(grad { root($0).sum() }(a), 0.5 / a.sqrt()) < 1e-11)
    #expect(distance(hessian({ root($0).sum() }, a), (-0.25 * a.pow(-1.5)).diag()) < 1e-10)
    #expect(distance(grad { grad { grad { root($0).sum() }($0).sum() }($0).sum() }(a), 0.375 * a.pow(-2.5)) < 1e-9)
    #expect(distance(jvp(root, a, a * a).tangent, 0.5 * a.pow(1.5)) < 1e-11)
    let leaf = a.asLeaf()
    root(leaf).sum().backward()
    #expect(distance(leaf.grad!, 0.5 / a.sqrt()) < 1e-11)
    let inputs = [w.asLeaf(), a.asLeaf()]
    for solver in [LinearSolver.iteration, .direct] {
      try gradcheck({ layer($0, $1, solver) }, inputs, checkForwardAD: true)
      try gradgradcheck({ layer($0, $1, solver) }, inputs, checkForwardOverReverse: true)
    }
    // Against the loop itself, recorded.
    var z = Tensor.zeros(like: a)
    for _ in 0..<80 { z = (inputs[0].matmul(z) + inputs[1]).tanh() }
    let unrolled = gradients(of: z.sum(), withRespectTo: inputs)
    let implicit = gradients(of: layer(inputs[0], inputs[1]).sum(), withRespectTo: inputs)
    for (x, y) in zip(implicit, unrolled) { #expect(distance(x, y) < 1e-11) }
  }

  @Test func memoryDoesNotGrowWithTheSteps() {
    let leaf = a.asLeaf(), y = root(leaf)
    #expect(y.gradFn?.name == "FixedPointBackward" && y.gradFn?.nextFunctions.first??.node.name == "AccumulateGrad")
  }

  @Test func insideVmapEachIsSolvedForItself() {
    let rows = stack([a, a * 0.5, a + 1])
    #expect(distance(vmap(root)(rows), rows.sqrt()) < 1e-12)
    #expect(distance(vmap(grad { root($0).sum() })(rows), 0.5 / rows.sqrt()) < 1e-11)
    #expect(distance(grad { vmap(root)($0).sum() }(rows), 0.5 / rows.sqrt()) < 1e-11)
    #expect(distance(vmap({ layer(w, $0) })(rows)[1], layer(w, rows[1])) < 1e-12)
  }

  @Test func rootsByAnySolver() throws {
    // The cube root by bisection, which no tape could go through.
    func cubeRoot(_ a: Tensor) -> Tensor {
      implicitRoot({ (z: Tensor, a: Tensor) in z * z * z - a }, a) { a in
        Tensor(
          a.array(of: Double.self).map { a in
            var low = 0.0, high = 10.0
            for _ in 0..<80 { if pow3((low + high) / 2) > a { high = (low + high) / 2 } else { low = (low + high) / 2 } }
            return low
          }, shape: a.shape, dtype: .float64)
      }
    }
    func pow3(_ x: Double) -> Double { x * x * x }
    #expect(distance(cubeRoot(a), a.pow(1.0 / 3)) < 1e-13 && distance(grad { cubeRoot($0).sum() }(a), a.pow(-2.0 / 3) / 3) < 1e-12)
    #expect(distance(grad { grad { cubeRoot($0).sum() }($0).sum() }(a), -2.0 / 9 * a.pow(-5.0 / 3)) < 1e-11)
    #expect(distance(vmap(grad(cubeRoot))(a), a.pow(-2.0 / 3) / 3) < 1e-12)
    // Two unknowns of different shapes: z + s = p, sum(z) = 2 s.
    let pair = { (p: Tensor) in
      implicitRoot({ (z: [String: Tensor], p: Tensor) in ["z": z["z"]! + z["s"]! - p, "s": z["z"]!.sum() - 2 * z["s"]!] }, p) { p in
        let s = p.sum() / 5
        return ["z": p - s, "s": s]
      }
    }
    #expect(distance(grad { pair($0)["s"]! }(a), Tensor.full([3], 0.2, dtype: .float64)) < 1e-13)
    #expect(distance(jacobian({ pair($0)["z"]! }, a), Tensor.eye(3, dtype: .float64) - 0.2) < 1e-13)
  }

  @Test(arguments: [LinearSolver.direct, .conjugateGradient]) func minima(_ solver: LinearSolver) throws {
    let x = Tensor([[1.0, 2, 0.5], [0.3, -1, 2], [1, 1, 1], [2, -0.5, 0.1]], dtype: .float64),
      y = Tensor([1.0, -1, 2, 0.5], dtype: .float64)
    // Ridge regression: w = (x'x + c I)^-1 x'y.
    func closed(_ c: Tensor) -> Tensor { (x.T.matmul(x) + c * Tensor.eye(3, dtype: .float64)).solve(x.T.matmul(y)) }
    func ridge(_ c: Tensor) -> Tensor {
      implicitArgmin(
        { (w: Tensor, c: Tensor) in (x.matmul(w) - y).square().sum() + c * w.square().sum() }, c, linearSolver: solver,
        solve: { closed($0) })
    }
    let c = Tensor(0.8, dtype: .float64)
    for f in [{ (c: Tensor) in ridge(c).square().sum() }] {
      let g = { (c: Tensor) in closed(c).square().sum() }
      #expect(distance(grad(f)(c), grad(g)(c)) < 1e-12 && distance(grad(grad(f))(c), grad(grad(g))(c)) < 1e-11)
      #expect(distance(jvp(f, c, c).tangent, jvp(g, c, c).tangent) < 1e-12)
    }
    try gradcheck({ ridge($0) }, [c.asLeaf()], checkForwardAD: true)
    try gradgradcheck({ ridge($0) }, [c.asLeaf()], checkForwardOverReverse: true)
  }

  @Test func modulesPassTheirParameters() {
    let cell = Linear(3, 3, dtype: .float64, generator: Generator(seed: 1)), x = a * 0.1
    let run = { (state: NamedTensors) in
      fixedPoint({ (z: Tensor, p: NamedTensors) in functionalCall(cell, p, z * 0.3).tanh() + x }, x, state)
    }
    let slopes = grad { (state: NamedTensors) in run(state).sum() }(cell.stateDict())
    var z = x
    for _ in 0..<60 { z = cell(z * 0.3).tanh() + x }
    z.sum().backward()
    #expect(distance(slopes["weight"]!, cell.weight.grad!) < 1e-12 && distance(slopes["bias"]!, cell.bias!.grad!) < 1e-12)
    // Called inside a functionalCall, the function sees what stands for its parameters.
    let doubled = cell.stateDict().mapTensors { $0 * 0.5 }
    let inside = functionalCall(cell, doubled) { fixedPoint({ (z: Tensor, x: Tensor) in cell(z * 0.3).tanh() + x }, x, x) }
    #expect(distance(inside, run(doubled)) < 1e-12)
  }

  @Test func misuse() {
    func refuses(_ sentence: String, _ body: () -> Void) { #expect(message(body)?.contains(sentence) ?? false, "\(sentence)") }
    let leaf = a.asLeaf()
    refuses("fixedPoint: the function captures a tensor that is being differentiated") {
      _ = fixedPoint({ (z: Tensor, p: Tensor) in z * 0.5 + leaf + p }, a, a)
    }
    refuses("captures a tensor") { _ = grad { (c: Tensor) in fixedPoint({ (z: Tensor, p: Tensor) in z * 0.5 + c + p }, a, a).sum() }(a) }
    refuses("captures a tensor") { _ = jvp({ (c: Tensor) in fixedPoint({ (z: Tensor, p: Tensor) in z * 0.5 + c + p }, a, a) }, a, a) }
    refuses("captures a tensor") { _ = vmap { (c: Tensor) in fixedPoint({ (z: Tensor, p: Tensor) in z * 0.5 + c + p }, a, a) }(a) }
    refuses("implicitRoot: the function captures") { _ = implicitRoot({ (z: Tensor, p: Tensor) in z - p * leaf }, a) { $0 * self.a } }
    // Where nothing is recorded there is nothing to lose.
    #expect(noGrad { message { _ = fixedPoint({ (z: Tensor, p: Tensor) in z * 0.5 + leaf + p }, a, a) } } == nil)
    refuses("fixedPoint: no fixed point after") { _ = fixedPoint({ (z: Tensor, p: Tensor) in z * 2 + p }, a, a) }
    refuses("fixedPoint: no fixed point after 5 iterations") {
      _ = fixedPoint({ (z: Tensor, p: Tensor) in z * 0.9 + p }, a, a, maxIterations: 5)
    }
    refuses("f must keep the shapes") { _ = fixedPoint({ (z: Tensor, p: Tensor) in (z * 0.5).sum() }, a, a) }
    refuses("implicitRoot: what solve gives is no solution") { _ = implicitRoot({ (z: Tensor, p: Tensor) in z * z - p }, a) { $0 } }
    refuses("as many equations as unknowns") { _ = implicitRoot({ (z: Tensor, p: Tensor) in (z - p).sum() }, a) { $0 } }
    // A saddle: the Hessian is not positive definite.
    let saddle = { (c: Tensor) in
      implicitArgmin({ (z: Tensor, c: Tensor) in c * (z[0].square() - z[1].square()) }, c, linearSolver: .conjugateGradient) { _ in
        Tensor.zeros([2], dtype: .float64)
      }
    }
    refuses("need a positive definite matrix") {
      _ = vjp(saddle, Tensor(1.0, dtype: .float64)).pullback(Tensor([0.0, 1], dtype: .float64))
    }
    // The derivative may converge where it is asked to, only.
    let slow = { (p: Tensor) in fixedPoint({ (z: Tensor, p: Tensor) in z * 0.5 + p }, p * 2, p, maxIterations: 3) }
    refuses("the derivative of the solution did not converge in 3 iterations") { _ = grad { slow($0).sum() }(a) }
  }
}

import ChainRule
import Testing

/// Forward mode, functions of functions, and how they nest.
struct ForwardTests {
  private func t(_ values: Double...) -> Tensor { Tensor(values, dtype: .float64) }

  @Test func valueAndTangent() {
    let r = jvp({ $0 * $0 }, t(1, 2), t(1, 10))
    #expect(r.value.doubles == [1, 4] && r.tangent.doubles == [2, 40] && !r.value.requiresGrad)
    let two = jvp({ $0 * $1 }, (t(2), t(3)), (t(1), t(10)))
    #expect(two.tangent.doubles == [23])
    let constant = jvp({ _ in t(5) }, t(1), t(1))
    #expect(constant.value.doubles == [5] && constant.tangent.doubles == [0])
    #expect(jvp({ $0.argmax() }, t(1, 2), t(1, 1)).value.item() == 1)
    #expect(jvp({ $0 }, t(1), t(7)).tangent.doubles == [7])
  }

  @Test func refusals() {
    #expect(
      message { _ = jvp({ $0 }, t(1, 2, 3), t(1, 2, 3, 4)) }
        == "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not supported. Tensor is "
        + "of size [3] while the given forward gradient is of size [4].")
    #expect(
      message { _ = jvp({ $0[0] }, [t(1)], []) }
        == "jvp(f, primals, tangents): Expected primals and tangents to have the same structure")
    #expect(
      message { _ = grad { $0 * 2 }(t(1, 2)) }
        == "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with 1 dims. Maybe you wanted to use the vjp "
        + "or jacrev APIs instead?")
  }

  /// Perturbations of different levels must not be confused (Siskind and Pearlmutter 2005).
  @Test func levelsStayApart() {
    // d/dx (x * d/dy (x + y)) = 1
    let d = jvp({ x in x * jvp({ y in x + y }, t(1), t(1)).tangent }, t(1), t(1)).tangent
    #expect(d.item() == 1)
    // The same in reverse, and mixed.
    let r = grad { (x: Tensor) in (x * grad { y in (x + y).sum() }(t(1))).sum() }(t(1))
    #expect(r.item() == 1)
    let m = grad { (x: Tensor) in (x * jvp({ y in x + y }, t(1), t(1)).tangent).sum() }(t(1))
    #expect(m.item() == 1)
    let n = jvp({ x in x * grad { y in (x + y).sum() }(t(1)) }, t(1), t(1)).tangent
    #expect(n.item() == 1)
  }

  /// The inner function differentiates for one variable, the outer one for another that the inner captures. (Reverse over reverse gave 0.)
  @Test func mixedDerivativesOfCapturedVariables() {
    let q = t(2, 3), v = t(5, 7), one = t(1, 1)
    func f(_ q: Tensor, _ v: Tensor) -> Tensor { (q * q * v).sum() }
    func slope(_ v: Tensor) -> Tensor { grad { q in f(q, v) }(q) }
    // d2f / dq dv = 2 q, on the diagonal.
    let mixed = grad { slope($0).sum() }(v)
    #expect(mixed.doubles == [4, 6] && !mixed.requiresGrad)
    #expect(grad { v in vjp({ q in f(q, v) }, q).pullback(Tensor(1.0, dtype: .float64)).sum() }(v).doubles == [4, 6])
    #expect(grad { v in valueAndGrad { q in f(q, v) }(q).value }(v).doubles == [4, 9])
    #expect(jvp(slope, v, one).tangent.doubles == [4, 6])
    #expect(grad { v in jvp({ q in f(q, v) }, q, one).tangent }(v).doubles == [4, 6])
    for mode in [JacobianMode.forward, .reverse] { #expect(jacobian(slope, v, mode: mode).doubles == [4, 0, 0, 6]) }
    // The same inside a vmap, and around one.
    #expect(vmap(grad { slope($0).sum() })(stack([v, one])).doubles == [4, 6, 4, 6])
    #expect(grad { v in vmap { q in grad { q in f(q, v) }(q) }(stack([q, one])).sum() }(v).doubles == [6, 8])
    // Three functions deep, and under a tangent.
    let third = { (w: Tensor) in grad { v in grad { q in f(q, v * w) }(q).sum() }(v) }
    #expect(grad { third($0).sum() }(one).doubles == [4, 6] && jvp(third, one, one).tangent.doubles == [4, 6])
    #expect(grad { w in hessian({ f($0, w) }, q).sum() }(v).doubles == [2, 2])
  }

  @Test func fifthDerivative() {
    var f: (Tensor) -> Tensor = { $0.exp() * $0.sin() }
    for level in 0..<5 {
      let g = f
      f = level % 2 == 0 ? { x in jvp(g, x, Tensor.ones(like: x)).tangent } : { x in grad { g($0).sum() }(x) }
    }
    // (e^x sin x)''''' = 4 e^x (-sin x - cos x)
    let x = t(0.3, 1.1)
    #expect(distance(f(x), -4 * x.exp() * (x.sin() + x.cos())) < 1e-12)
  }

  @Test func functionsWriteInPlace() {
    let f: (Tensor) -> Tensor = { x in
      var v = x
      v[0] = v[1] * 3
      v *= 2
      return v
    }
    #expect(jvp(f, t(1, 2), t(1, 10)).tangent.doubles == [60, 20])
    #expect(grad { f($0).sum() }(t(1, 2)).doubles == [0, 8])
    let x = t(1, 2)
    _ = grad { f($0).sum() }(x)
    #expect(x.doubles == [1, 2])
  }

  @Test func outerGraphSeesThrough() {
    let w = Tensor([2.0], dtype: .float64, requiresGrad: true)
    // Reverse through forward: d/dw of the tangent of w x^2 at 3 is 6.
    jvp({ w * $0 * $0 }, t(3), t(1)).tangent.sum().backward()
    #expect(w.grad!.item() == 6)
    w.zeroGrad()
    // Reverse through a functional gradient, for a captured leaf and for the point itself.
    let p = Tensor([3.0], dtype: .float64, requiresGrad: true)
    grad { (w * $0 * $0).sum() }(p).backward()
    #expect(w.grad!.item() == 6 && p.grad!.item() == 4)
    let (value, gradient) = valueAndGrad { (x: Tensor) in (x * x).sum() }(t(3))
    #expect(value.item() == 9 && gradient.item() == 6 && !value.requiresGrad && !gradient.requiresGrad)
    noGrad { #expect(grad { ($0 * $0).sum() }(p).item() == 6) }
  }

  @Test func pullbacksAreReusable() {
    let pair = vjp({ $0 * $1 }, t(2, 3), t(5, 7))
    #expect(pair.pullbacks(t(1, 0)).map(\.doubles) == [[5, 0], [2, 0]])
    #expect(pair.pullbacks(t(0, 1)).map(\.doubles) == [[0, 7], [0, 3]])
    let pull = vjp({ $0 * $0 }, t(2, 3))
    // A pullback is linear: its own derivative is the function's.
    #expect(grad { pull.pullback($0).sum() }(t(1, 1)).doubles == [4, 6])
  }
}

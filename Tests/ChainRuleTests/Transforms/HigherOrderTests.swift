import ChainRule
import ChainRuleNN
import Testing

/// Linear maps of functions, dual numbers, Taylor mode, Gauss-Newton products.
struct HigherOrderTests {
  private let x = Tensor([0.4, -0.7, 1.1], dtype: .float64), v = Tensor([1.0, -0.5, 2], dtype: .float64)

  @Test func linearizedFunctionsRunOnce() {
    var runs = 0
    let f = { (x: Tensor) -> Tensor in
      runs += 1
      return (x * x.sum()).sin()
    }
    let (y, push) = linearize(f, x)
    let pushed = push(v), again = push(v * 2)
    #expect(runs == 1 && distance(y, f(x)) == 0)
    #expect(distance(pushed, jvp(f, x, v).tangent) < 1e-14 && distance(again, pushed * 2) < 1e-14)
    let trees = linearize({ (p: [String: Tensor]) in [p["a"]!.exp(), p["a"]! * p["b"]!] }, ["a": x, "b": v])
    let tangents = trees.jvp(["a": v, "b": x])
    #expect(distance(tangents[0], v * x.exp()) < 1e-14 && distance(tangents[1], v * v + x * x) < 1e-14)
    // It goes on in outer transforms: d/dx of J(x) v, and a batch of directions.
    let second = grad { (z: Tensor) in linearize(f, z).jvp(self.v).sum() }(x)
    #expect(distance(second, grad { (z: Tensor) in jvp(f, z, self.v).tangent.sum() }(x)) < 1e-13)
    #expect(distance(vmap { push($0) }(Tensor.eye(3, dtype: .float64)).T, jacobian(f, x)) < 1e-14)
    #expect(linearize({ (_: Tensor) in self.v }, x).jvp(v).doubles == [0, 0, 0])
    #expect(message { _ = push(Tensor([1.0])) }?.contains("different size") ?? false)
  }

  @Test func transposesOfLinearFunctions() {
    let a = Tensor([[1.0, 2, 3], [4, 5, 6]], dtype: .float64)
    let back = linearTranspose({ a.matmul($0) }, Tensor.zeros([3], dtype: .float64))
    #expect(distance(back(Tensor([1.0, 10], dtype: .float64)), Tensor([41.0, 52, 63], dtype: .float64)) < 1e-12)
    let kernel = Tensor([1.0, -2, 3], shape: [1, 1, 3], dtype: .float64), y = Tensor([1.0, 0, 2], shape: [1, 1, 3], dtype: .float64)
    let spread = linearTranspose({ conv1d($0, kernel) }, Tensor.zeros([1, 1, 5], dtype: .float64))(y)
    #expect(distance(spread, convTranspose1d(y, kernel)) < 1e-12)
    let pair = linearTranspose({ (p: [String: Tensor]) in [p["a"]! + p["b"]!, p["b"]! * 2] }, ["a": x, "b": x])([v, x])
    #expect(distance(pair["a"]!, v) == 0 && distance(pair["b"]!, v + x * 2) < 1e-15)
    for f in [{ $0 * $0 }, { $0 + 1 }, { $0.abs() }, { $0.relu() }, { $0.sin() }] as [(Tensor) -> Tensor] {
      #expect(message { _ = linearTranspose(f, x) }?.contains("requires a linear function") ?? false)
    }
  }

  @Test func dualNumbers() {
    let (value, tangent) = dualLevel { unpackDual((makeDual(x, v) * 3).sin()) }
    #expect(distance(value, (x * 3).sin()) == 0 && distance(tangent!, v * 3 * (x * 3).cos()) < 1e-15)
    #expect(dualLevel { unpackDual(x * 2) }.tangent == nil)
    // Levels nest, where PyTorch has one: the second derivative of x^3 along v.
    let second = dualLevel {
      let outer = makeDual(x, v)
      let inner = dualLevel { unpackDual(makeDual(outer, v).pow(3)).tangent! }
      return unpackDual(inner).tangent!
    }
    #expect(distance(second, 6 * x * v * v) < 1e-14)
    // Around and inside the other transforms.
    let over = dualLevel { unpackDual(grad { $0.pow(3).sum() }(makeDual(x, v))).tangent! }
    #expect(distance(over, hvp({ $0.pow(3).sum() }, x, v)) < 1e-14)
    let mixed = grad { (z: Tensor) in dualLevel { unpackDual(makeDual(z, self.v).pow(3)).tangent!.sum() } }(x)
    #expect(distance(mixed, 6 * x * v) < 1e-14)
    let rows = vmap { (z: Tensor) in dualLevel { unpackDual(makeDual(z, z).exp()).tangent! } }(stack([x, v]))
    #expect(distance(rows, stack([x * x.exp(), v * v.exp()])) < 1e-14)
    let leaf = x.asLeaf()
    dualLevel { unpackDual(makeDual(leaf, v).square()).tangent! }.sum().backward()
    #expect(distance(leaf.grad!, v * 2) < 1e-15)
    func refuses(_ sentence: String, _ body: () -> Void) { #expect(message(body)?.contains(sentence) ?? false, "\(sentence)") }
    refuses("no level exists") { _ = makeDual(x, v) }
    refuses("no level exists") { _ = unpackDual(x) }
    refuses("different size than that of the original Tensor") { _ = dualLevel { makeDual(x, v[0]) } }
    refuses("Expected tensor to be floating point") { _ = dualLevel { makeDual(Tensor([1]), Tensor([1])) } }
    refuses("already has a forward gradient at the same level") { _ = dualLevel { makeDual(makeDual(x, v), v) } }
    refuses("opened inside the dual level") { _ = dualLevel { vmap { makeDual($0, $0) }(x) } }
    refuses("after the transform had ended") { _ = dualLevel { makeDual(x, v) } + 1 }
  }

  @Test func taylorMode() {
    let zero = Tensor.zeros([3], dtype: .float64), one = Tensor.ones([3], dtype: .float64)
    let (y, series) = jet({ $0.sin() }, x, series: [one, zero, zero, zero])
    #expect(distance(y, x.sin()) < 1e-15)
    for (part, expected) in zip(series, [x.cos(), -x.sin(), -x.cos(), x.sin()]) { #expect(distance(part, expected) < 1e-13) }
    // Faa di Bruno: (f o x)'' = f'' x'^2 + f' x'', (f o x)''' = f''' x'^3 + 3 f'' x' x'' + f' x'''.
    let w = x * 2 - 1, u = x * x, curved = jet({ $0.exp() * $0 }, x, series: [v, w, u]).series
    let (d1, d2, d3) = (x.exp() * (x + 1), x.exp() * (x + 2), x.exp() * (x + 3))
    #expect(distance(curved[0], d1 * v) < 1e-13 && distance(curved[1], d2 * v * v + d1 * w) < 1e-13)
    #expect(distance(curved[2], d3 * v * v * v + 3 * d2 * v * w + d1 * u) < 1e-12)
    #expect(jet({ $0.exp() }, x, series: []).series.isEmpty)
    let tree = jet({ (p: [String: Tensor]) in [p["a"]! * p["b"]!] }, ["a": x, "b": v], series: [["a": v, "b": x], ["a": w, "b": w]])
    #expect(distance(tree.value[0], x * v) == 0 && distance(tree.series[0][0], v * v + x * x) < 1e-15)
    #expect(distance(tree.series[1][0], w * v + 2 * v * x + x * w) < 1e-14)
    #expect(jet({ _ in self.v }, x, series: [one]).series[0].doubles == [0, 0, 0])
    #expect(message { _ = jet({ $0 }, x, series: [one[0]]) }?.contains("different size") ?? false)
  }

  /// Recurrences and general rules beside `jvp` inside `jvp`.
  @Test func taylorCoefficientsAreNestedTangents() {
    let z = x * 0.3 + 0.6, a = Tensor([[1.0, 2, -1], [0.5, 1, 3], [2, 0, 1]], dtype: .float64), order = 4
    let functions: [(String, (Tensor) -> Tensor)] = [
      ("exp", { $0.exp() }), ("log", { $0.log() }), ("sqrt", { $0.sqrt() }), ("rsqrt", { $0.rsqrt() }), ("reciprocal", { $0.reciprocal() }),
      ("sin", { $0.sin() }), ("cos", { $0.cos() }), ("tan", { $0.tan() }), ("sinh", { $0.sinh() }), ("cosh", { $0.cosh() }),
      ("tanh", { $0.tanh() }), ("sigmoid", { $0.sigmoid() }), ("pow 3", { $0.pow(3) }), ("pow 0", { $0.pow(0) }),
      ("pow 2.5", { $0.pow(2.5) }), ("pow -1", { $0.pow(-1) }), ("2^x", { Tensor.pow(2, $0) }), ("x^x", { $0.pow($0) }),
      ("product", { $0 * $0 * self.v }), ("quotient", { ($0 + 1) / ($0 * $0 + 2) }), ("constant over", { 1 / $0 }),
      ("difference", { self.v - $0 - $0 * 2 + 1 }), ("matmul", { a.matmul($0.unsqueezed(1) * $0) }), ("mv", { a.mv($0).dot($0) }),
      ("linear", { linear($0.unsqueezed(0), a * $0, $0) }), ("reshape", { $0.reshaped(3, 1).expanded(3, 2).sum(dim: 1).flip(0) }),
      ("mask", { Tensor.where($0 .> 0.7, $0.exp(), $0 * $0) }), ("gelu", { $0.gelu() }), ("silu", { $0.silu() }),
      ("softplus", { $0.softplus() }), ("erf", { $0.erf() }), ("asin", { ($0 * 0.5).asin() }), ("atan", { $0.atan() }),
      ("acosh", { ($0 + 2).acosh() }), ("lgamma", { $0.lgamma() }), ("softmax", { $0.softmax(dim: 0) }),
      ("logsumexp", { $0.logsumexp(dim: 0) }), ("norm", { $0.norm() }), ("prod", { $0.prod() }), ("sort", { $0.sort().values * $0 }),
      ("conv", { conv1d($0.reshaped(1, 1, 3), $0[0..<2].reshaped(1, 1, 2)) }), ("layerNorm", { layerNorm($0, [3], weight: $0, eps: 0.1) }),
      ("cumprod", { $0.cumprod(dim: 0) }), ("rounded", { $0.round() * $0 }), ("integers", { $0[Tensor([2, 0])] }),
      ("float32", { $0.to(.float32).to(.float64) * $0 }), ("inverse", { (a + $0.diagEmbed()).inv() }),
    ]
    for (name, f) in functions {
      let curve = [v * 0.5, x, v - 1, x * v]
      let (y, series) = jet(f, z, series: curve)
      func along(_ t: Tensor) -> Tensor {
        var offset = Tensor.zeros(like: z)
        for (k, part) in curve.enumerated().reversed() { offset = (part + offset) * t / Double(k + 1) }
        return f(z + offset)
      }
      func derivative(_ k: Int, _ t: Tensor) -> Tensor {
        k == 0 ? along(t) : jvp({ derivative(k - 1, $0) }, t, Tensor.ones(like: t)).tangent
      }
      #expect(distance(y, f(z)) == 0, "\(name)")
      for k in 1...order {
        let expected = derivative(k, Tensor(0.0, dtype: .float64)), size = expected.abs().max().item()
        let tolerance = name == "float32" ? 1e-5 : 1e-11
        #expect(series[k - 1].shape == expected.shape && series[k - 1].dtype == expected.dtype, "\(name), order \(k)")
        #expect(distance(series[k - 1], expected) <= tolerance * (1 + size), "\(name), order \(k)")
      }
    }
  }

  /// Nested tangents would take 2^30 times as long.
  @Test func taylorModeGoesToHighOrders() {
    let x = Tensor(0.1, dtype: .float64), zero = Tensor(0.0, dtype: .float64)
    let series = jet({ (1 / (1 - $0)).log() * 1 }, x, series: [Tensor(1.0, dtype: .float64)] + Array(repeating: zero, count: 29)).series
    // The derivative of order n of -log(1 - x) is (n - 1)! / (1 - x)^n.
    var expected = 1.0
    for n in 1...30 {
      expected = n == 1 ? 1 / 0.9 : expected * Double(n - 1) / 0.9
      #expect(abs(series[n - 1].item() / expected - 1) < 1e-10, "order \(n)")
    }
  }

  @Test func gaussNewtonProducts() {
    let a = Tensor([[1.0, 2, -1], [0.5, 1, 3]], dtype: .float64), target = Tensor([1]), net = { (w: Tensor) in a.matmul(w.tanh()) }
    let loss = { (z: Tensor) in crossEntropy(z.unsqueezed(0), target) }
    let j = jacobian(net, x), h = hessian(loss, net(x)), expected = j.T.matmul(h).matmul(j)
    #expect(distance(ggnvp(net, loss, x, v), expected.matmul(v)) < 1e-14)
    #expect(expected.eigvalsh().array(of: Double.self).allSatisfy { $0 > -1e-12 })
    let tree = ggnvp({ (p: [String: Tensor]) in p["w"]! * p["b"]! }, { ($0 * $0).sum() }, ["w": x, "b": v], ["w": v, "b": x])
    #expect(distance(tree["w"]!, 2 * v * (v * v + x * x)) < 1e-13)
    // Of a linear function it is the Hessian.
    #expect(distance(ggnvp({ a.matmul($0) }, loss, x, v), hvp({ loss(a.matmul($0)) }, x, v)) < 1e-14)
  }
}

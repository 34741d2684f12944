import ChainRule
import ChainRuleNN
import Testing

/// Jacobians for chosen inputs and with results beside them, strict products, trees that leave a functional call.
struct ChosenInputTests {
  private let x = Tensor([0.4, -0.7, 1.1], dtype: .float64), w = Tensor([0.9, 0.6, -0.5], dtype: .float64)
  private let product = { (x: Tensor, w: Tensor) in x * w * w }

  @Test func jacobiansForChosenInputs() {
    let (forX, forW) = jacobian(product, x, w)
    for mode in [JacobianMode.forward, .reverse, .automatic] {
      #expect(distance(jacobian(product, x, w, argnums: 1, mode: mode), forW) == 0)
      #expect(distance(jacobian(product, x, w, argnums: -2, mode: mode), forX) == 0)
      let both = jacobian(product, x, w, argnums: [1, 0], mode: mode)
      #expect(distance(both[0], forW) == 0 && distance(both[1], forX) == 0)
      let ofList = jacobian({ product($0[0], $0[1]) }, [x, w], argnums: [-1], mode: mode)
      #expect(ofList.count == 1 && distance(ofList[0], forW) == 0)
    }
    #expect(message { _ = jacobian(product, x, w, argnums: 2) } == "Got argnum=2, but only 2 positional inputs")
    #expect(message { _ = jacobian(product, x, w, argnums: []) } == "argnums must be non-empty")
    #expect(message { _ = jacobian(product, x, w, argnums: [0, -2]) } == "argnums elements must be unique, got [0, -2]")
  }

  @Test func jacobiansWithResultsBeside() {
    for mode in [JacobianMode.forward, .reverse, .automatic] {
      var runs = 0
      let f = { (x: Tensor) -> (Tensor, [String: Tensor]) in
        runs += 1
        return (x.sin() * self.w, ["hidden": x * 2, "constant": self.w])
      }
      let (j, aux) = jacobian(f, x, hasAux: true, mode: mode)
      #expect(distance(j, (x.cos() * w).diagEmbed()) < 1e-15 && runs <= 2)
      #expect(distance(aux["hidden"]!, x * 2) == 0 && distance(aux["constant"]!, w) == 0)
    }
    // What comes beside is no part of the derivative, but of that of an outer one.
    let outer = grad { (z: Tensor) in jacobian({ (x: Tensor) in (x * 2, x.square()) }, z, hasAux: true).aux.sum() }(x)
    #expect(distance(outer, x * 2) < 1e-15)
    let chunks = jacobian({ (x: Tensor) in (x.exp(), x) }, x, hasAux: true, mode: .forward, chunkSize: 2)
    #expect(distance(chunks.jacobian, x.exp().diagEmbed()) < 1e-15 && distance(chunks.aux, x) == 0)
    #expect(message { _ = jacobian({ (x: Tensor) in (x, x) }, x, hasAux: false) }?.contains("Expected f to return a Tensor") ?? false)
  }

  @Test func strictProducts() {
    let independent =
      "Output 0 of the user-provided function does not require gradients. The outputs must be computed in a "
      + "differentiable manner from the input when running in strict mode."
    let unused = "The output of the user-provided function is independent of input 1. This is not allowed in strict mode."
    #expect(message { _ = vjp({ _ in self.w }, x, strict: true) } == independent)
    #expect(message { _ = jvp({ _ in self.w }, x, x, strict: true) } == independent)
    #expect(message { _ = vjp({ x, _ in x }, x, w, strict: true) } == unused)
    #expect(message { _ = jvp({ x, _ in x }, (x, w), (x, w), strict: true) } == unused)
    #expect(message { _ = vjp({ $0[0] * 1 }, [x, w], strict: true) } == unused)
    #expect(message { _ = jvp({ $0[0] * 1 }, [x, w], [x, w], strict: true) } == unused)
    let second = independent.replacing("Output 0", with: "Output 1")
    #expect(message { _ = vjp({ (x: Tensor) in [x * 1, self.w] }, x, strict: true) } == second)
    #expect(message { _ = jvp({ (x: Tensor) in [x * 1, self.w] }, x, x, strict: true) } == second)
    #expect(message { _ = vjp({ (x: Tensor) in ([self.w], x) }, x, hasAux: true, strict: true) } == independent)
    #expect(message { _ = jvp({ (x: Tensor) in ([self.w], x) }, x, x, hasAux: true, strict: true) } == independent)
    // What depends gives what it gives without, and a run that is only looked at leaves nothing behind.
    #expect(distance(vjp(product, x, w, strict: true).pullbacks(x)[1], vjp(product, x, w).pullbacks(x)[1]) == 0)
    let generator = Generator(seed: 1)
    let noisy = { (x: Tensor) in x * Tensor.randn([3], dtype: .float64, generator: generator) }
    let strict = jvp(noisy, x, x, strict: true).value
    #expect(distance(strict, x * Tensor.randn([3], dtype: .float64, generator: Generator(seed: 1))) == 0)
    #expect(distance(grad { (z: Tensor) in vjp({ $0 * z }, self.w, strict: true).pullback(self.x).sum() }(x), x) == 0)
    #expect(vjp({ _ in self.w }, x).pullback(x).doubles == [0, 0, 0])
  }

  @Test func associativeScans() {
    let xs = Tensor([1.0, 2, 3, 4, 5, 6, 7], dtype: .float64)
    for n in 0...7 {
      let part = xs[..<n]
      #expect(distance(associativeScan({ (a: Tensor, b: Tensor) in a * b }, part), part.cumprod(dim: 0)) == 0, "\(n)")
      let back = associativeScan({ (a: Tensor, b: Tensor) in a + b }, part, reverse: true)
      #expect(distance(back, part.flip(0).cumsum(dim: 0).flip(0)) == 0, "\(n)")
    }
    // Products of matrices, in their order, along the last dimension.
    let matrices = Tensor.randn(2, 2, 5, dtype: .float64, generator: Generator(seed: 2))
    let products = associativeScan({ (a: Tensor, b: Tensor) in a.matmul(b) }, matrices, dim: -1)
    var expected = matrices[.ellipsis, 0]
    for i in 1..<5 { expected = expected.matmul(matrices[.ellipsis, i]) }
    #expect(products.shape == [2, 2, 5] && distance(products[.ellipsis, 4], expected) < 1e-14)
    // A linear recurrence of trees, and its gradient, beside a loop.
    let a = xs.sin(), b = xs.cos()
    func looped(_ a: Tensor) -> Tensor {
      var h = Tensor(0.0, dtype: .float64), all: [Tensor] = []
      for i in 0..<7 {
        h = a[i] * h + b[i]
        all.append(h)
      }
      return stack(all)
    }
    func scanned(_ a: Tensor) -> Tensor {
      associativeScan(
        { (p: [String: Tensor], q: [String: Tensor]) in ["a": p["a"]! * q["a"]!, "b": q["a"]! * p["b"]! + q["b"]!] }, ["a": a, "b": b])[
          "b"]!
    }
    #expect(distance(scanned(a), looped(a)) < 1e-15)
    #expect(distance(grad { scanned($0).square().sum() }(a), grad { looped($0).square().sum() }(a)) < 1e-13)
    func refuses(_ sentence: String, _ body: () -> Void) { #expect(message(body)?.contains(sentence) ?? false, "\(sentence)") }
    refuses("different leading axis sizes: 3, 2") { _ = associativeScan({ (a: [Tensor], _: [Tensor]) in a }, [self.x, self.x[..<2]]) }
    refuses("must have equal types") { _ = associativeScan({ (a: Tensor, _: Tensor) in a.to(.float32) }, self.x) }
    refuses("Dimension out of range") { _ = associativeScan({ (a: Tensor, b: Tensor) in a + b }, self.x, dim: 1) }
  }

  private final class Holder: Module, @unchecked Sendable {
    let x = Tensor.ones([3], dtype: .float64).asLeaf()
  }

  /// What stands for a leaf leaves a functional call in every form of result.
  @Test func treesLeaveFunctionalCalls() {
    let holder = Holder()
    let tree = functionalCall(holder, ["x": x]) { ["first": holder.x, "second": holder.x * 2] }
    #expect(tree["first"]!.doubles == x.doubles && tree["second"]!.doubles == (x * 2).doubles)
    let nested = functionalCall(holder, ["x": x]) { [[holder.x], [holder.x + 1]] }
    #expect(nested[0][0].doubles == x.doubles)
    #expect(functionalCall(holder, ["x": x]) { Optional(holder.x) }?.doubles == x.doubles)
    #expect(functionalCall(holder, ["x": x]) { 7 } == 7 && holder.x.doubles == [1, 1, 1])
  }
}
